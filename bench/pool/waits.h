/* A histogram of times: exact to 1.6 % and of fixed size. */
#ifndef BENCH_POOL_WAITS_H
#define BENCH_POOL_WAITS_H

#include <stdint.h>

#define WAITS_STEP_BITS 6 /* Steps in a power of two: 64. */
#define WAITS_BUCKETS ((64 - WAITS_STEP_BITS + 1) << WAITS_STEP_BITS)

typedef struct waits {
    uint64_t count;
    int64_t most_ns; /* Exact. */
    uint32_t buckets[WAITS_BUCKETS];
} waits;

void waits_add(waits *waits, int64_t wait_ns);

/* Adds all of `more`. */
void waits_merge(waits *all, const waits *more);

/* The wait that `part` of all are not above, from 0 to 1; 0 when there is none. */
int64_t waits_quantile(const waits *waits, double part);

#endif
