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
    uint32_t fails;   /* How many of the next calls fail. */
    uint32_t holds;   /* How many of the next calls hang until pool_fake_let_go(). */
    uint32_t held;    /* Hanging now. */
    uint32_t running; /* In this call now. */
    uint32_t most_running;
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
    berth_status refusal; /* What a failing open() says; BERTH_OK: BERTH_CONNECT. */
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
    atomic_int task; /* The kernel's number for it. */
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

/* Changes that many tests need. */
void pool_fake_check_always(pool_config *config);
void pool_fake_recycle_soon(pool_config *config); /* After 20 ms. */
void pool_fake_wait_briefly(pool_config *config); /* 20 ms. */

/* Closes and frees the pool, and checks that every resource was closed. */
void pool_fake_end(pool_fake *fake);

/* Takes out one, which must work; gives back one, which must work. */
pool_slot *pool_fake_take(pool_fake *fake);
void pool_fake_give(pool_fake *fake, pool_slot *slot);
void pool_fake_take_all(pool_fake *fake, pool_slot **slots, uint32_t count);
void pool_fake_give_all(pool_fake *fake, pool_slot *const *slots, uint32_t count);
uint32_t pool_fake_number(const pool_slot *slot);

berth_pool_stats pool_fake_stats(pool_fake *fake);

/* How often a callback was called, what was told how often; with the fake's lock. */
uint32_t pool_fake_calls(pool_fake *fake, const pool_fake_step *step);
uint32_t pool_fake_notices(pool_fake *fake, pool_notice notice);

/* Wait for a state, ten seconds at most: then the test has failed. */
#define POOL_FAKE_AWAIT(state)                                                                                         \
    do {                                                                                                               \
        int64_t until_ns = 0;                                                                                          \
        bool holds;                                                                                                    \
        while (!(holds = (state)) && pool_fake_goes_on(&until_ns))                                                     \
            continue;                                                                                                  \
        CU_ASSERT_FATAL(holds);                                                                                        \
    } while (0)
bool pool_fake_goes_on(int64_t *until_ns);
void pool_fake_await_held(pool_fake *fake, pool_fake_step *step, uint32_t held);
void pool_fake_await_waiting(pool_fake *fake, uint32_t waiting);
void pool_fake_await_clock(int64_t until_ns);

/* Makes the next calls hang or fail. */
void pool_fake_hold(pool_fake *fake, pool_fake_step *step, uint32_t calls);
void pool_fake_fail(pool_fake *fake, pool_fake_step *step, uint32_t calls);
void pool_fake_fail_with(pool_fake *fake, berth_status refusal); /* All calls of open(), with this status. */
void pool_fake_let_go(pool_fake *fake, pool_fake_step *step);

/* For a forked child, whose copy of the fake's lock may be held by a thread that it doesn't have. */
void pool_fake_reinit(pool_fake *fake);

void pool_worker_start(pool_worker *worker, pool_fake *fake, int64_t deadline_ns);
/* Starts one and waits until it is in the queue behind `before` others. */
void pool_worker_start_waiting(pool_worker *worker, pool_fake *fake, uint32_t before, int64_t deadline_ns);
/* Waits for its end and returns its status. */
berth_status pool_worker_join(pool_worker *worker);

#endif
