package main

import "math/bits"

// The same histogram as in ../waits.c.
const (
	stepBits = 6
	buckets  = (64 - stepBits + 1) << stepBits
)

type waits struct {
	count   uint64
	most    int64
	buckets [buckets]uint32
}

func bucketOf(value uint64) int {
	if value < 1<<stepBits {
		return int(value)
	}
	shift := 63 - bits.LeadingZeros64(value) - stepBits
	return shift<<stepBits + int(value>>shift)
}

func valueOf(bucket int) int64 {
	shift := bucket>>stepBits - 1
	if shift <= 0 {
		return int64(bucket)
	}
	least := int64(bucket-shift<<stepBits) << shift
	return least + int64(1)<<shift/2
}

func (waits *waits) add(wait int64) {
	waits.buckets[bucketOf(uint64(wait))]++
	waits.count++
	if wait > waits.most {
		waits.most = wait
	}
}

func (waits *waits) merge(more *waits) {
	for i, count := range more.buckets {
		waits.buckets[i] += count
	}
	waits.count += more.count
	if more.most > waits.most {
		waits.most = more.most
	}
}

func (waits *waits) quantile(part float64) int64 {
	wanted := uint64(part * float64(waits.count))
	below := uint64(0)
	for i, count := range waits.buckets {
		below += uint64(count)
		if below > wanted {
			if value := valueOf(i); value < waits.most {
				return value
			}
			return waits.most
		}
	}
	return waits.most
}
