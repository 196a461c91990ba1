/* A pool on resources that count, fail and hang on demand. */
#ifndef TESTS_SUPPORT_POOL_FAKE_H
#define TESTS_SUPPORT_POOL_FAKE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/pool.h"

#define POOL_FAKE_ALWAYS UINT32_MAX

/* One of the callbacks. Guarded by the fake's lock. */
typedef struct pool_fake_step {
    uint32_t calls;
    uint32_t fails;      /* How many of the next calls fail. */
    uint32_t holds;      /* How many of the next calls hang until pool_fake_let_go(). */
    uint32_t held;       /* Hanging now. */
    bool until_deadline; /* Hang until the deadline is over, and fail. */
    int64_t deadline_ns; /* Of the last call. */
} pool_fake_step;

typedef struct pool_fake {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pool *pool;
    pool_fake_step open, check, reset, close, notice;
    uint32_t exist; /* Open, being opened or closed. */
    uint32_t most_exist;
    uint32_t closed_by[POOL_FORKED + 1];
    uint32_t notices[POOL_LATE_RETURN + 1];
    const char *noticed_where; /* Of the last notice, as are those below. */
    uint64_t noticed_number;
    int64_t noticed_ns;
    uint32_t order; /* How many workers have got something. */
} pool_fake;

/* The resource. It is freed by close(), so that any later use is found by AddressSanitizer. */
typedef struct pool_fake_thing {
    uint32_t number; /* From 1, in the order of opening. */
    atomic_uint owners;
} pool_fake_thing;

/* A thread that takes something out, or tries. */
typedef struct pool_worker {
    pthread_t thread;
    pool_fake *fake;
    int64_t deadline_ns;
    pool_ticket ticket;
    pool_slot *slot;
    berth_status status;
    berth_error error;
    int64_t ended_ns;
    uint32_t order; /* Which success in a row this was, from 1. */
} pool_worker;

/* A pool of `size` + `overflow` that waits up to ten seconds, never replaces and never checks, but for what `change`
 * says (NULL: nothing). */
void pool_fake_begin(pool_fake *fake, uint32_t size, uint32_t overflow, void (*change)(pool_config *config));

/* Closes and frees the pool, and checks that every resource was closed. */
void pool_fake_end(pool_fake *fake);

/* Takes out one, which must work; gives back one, which must work. */
pool_slot *pool_fake_take(pool_fake *fake);
void pool_fake_give(pool_fake *fake, pool_slot *slot);
uint32_t pool_fake_number(const pool_slot *slot);

berth_pool_stats pool_fake_stats(pool_fake *fake);

/* Wait for a state, ten seconds at most: then the test has failed. */
void pool_fake_await_held(pool_fake *fake, pool_fake_step *step, uint32_t held);
void pool_fake_await_waiting(pool_fake *fake, uint32_t waiting);
void pool_fake_await_notices(pool_fake *fake, pool_notice notice, uint32_t count);
void pool_fake_await_idle(pool_fake *fake, uint32_t idle);
void pool_fake_await_clock(int64_t until_ns);

/* Makes the next calls hang or fail. */
void pool_fake_hold(pool_fake *fake, pool_fake_step *step, uint32_t calls);
void pool_fake_fail(pool_fake *fake, pool_fake_step *step, uint32_t calls);
void pool_fake_let_go(pool_fake *fake, pool_fake_step *step);

/* For a forked child, whose copy of the fake's lock may be held by a thread that it doesn't have. */
void pool_fake_reinit(pool_fake *fake);

void pool_worker_start(pool_worker *worker, pool_fake *fake, int64_t deadline_ns);
/* Waits for its end and returns its status. */
berth_status pool_worker_join(pool_worker *worker);

#endif
