/* Threads that all use one pool at the same time. */
#ifndef TESTS_SUPPORT_POOL_STORM_H
#define TESTS_SUPPORT_POOL_STORM_H

#include "tests/support/pool_fake.h"

#define STORM_THREADS 8

/* What the threads do, and what they found. */
typedef struct pool_storm {
    pool_fake *fake;
    uint32_t rounds;         /* Of each thread. */
    int64_t patience_ns;     /* Of one checkout; 0: no limit. */
    uint32_t broken_one_in;  /* Returned as broken; 0: none. */
    berth_status allowed[2]; /* What may come beside BERTH_OK. */
    atomic_uint strange;     /* Anything else. */
    atomic_uint shared;      /* Two owners at once. */
    atomic_uint succeeded;
    atomic_bool over;
    pthread_t threads[STORM_THREADS];
} pool_storm;

void pool_storm_start(pool_storm *storm, pool_fake *fake);
/* Waits for the end of all. Nothing may have been strange, nothing shared. */
void pool_storm_end(pool_storm *storm);

/* Nothing may be out, and all of the limit, 16 at most, must be there to be taken. */
void pool_storm_assert_whole(pool_fake *fake, uint32_t limit);

#endif
