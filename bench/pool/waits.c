#include "bench/pool/waits.h"

/* Up to 64 a bucket has one value; above, 64 buckets share a power of two. */
static int bucket_of(uint64_t value) {
    if (value < (1U << WAITS_STEP_BITS))
        return (int)value;
    int shift = 63 - __builtin_clzll(value) - WAITS_STEP_BITS;
    return (shift << WAITS_STEP_BITS) + (int)(value >> shift);
}

/* The middle of a bucket. */
static int64_t value_of(int bucket) {
    int shift = (bucket >> WAITS_STEP_BITS) - 1;
    if (shift <= 0)
        return bucket;
    uint64_t least = (uint64_t)(bucket - (shift << WAITS_STEP_BITS)) << shift;
    return (int64_t)(least + (UINT64_C(1) << shift) / 2);
}

void waits_add(waits *waits, int64_t wait_ns) {
    uint64_t value = wait_ns > 0 ? (uint64_t)wait_ns : 0;
    waits->buckets[bucket_of(value)]++;
    waits->count++;
    if (wait_ns > waits->most_ns)
        waits->most_ns = wait_ns;
}

void waits_merge(waits *all, const waits *more) {
    for (int i = 0; i < WAITS_BUCKETS; i++)
        all->buckets[i] += more->buckets[i];
    all->count += more->count;
    if (more->most_ns > all->most_ns)
        all->most_ns = more->most_ns;
}

int64_t waits_quantile(const waits *waits, double part) {
    uint64_t wanted = (uint64_t)(part * (double)waits->count);
    uint64_t below = 0;
    for (int i = 0; i < WAITS_BUCKETS; i++) {
        below += waits->buckets[i];
        if (below > wanted)
            return value_of(i) < waits->most_ns ? value_of(i) : waits->most_ns;
    }
    return waits->most_ns;
}
