/* What a pool is made of; for pool.c, pool_queue.c and pool_fork.c alone.
 *
 * A slot is a place for one resource. Its states, and who moves it on, always under the pool's lock unless said:
 *
 *     FREE     no resource                     -> OPENING by a checkout, or for the first waiter
 *     OPENING  reserved, no resource           -> TAKEN when open() succeeds, else to the next waiter or FREE
 *     TAKEN    with a thread inside the pool   -> OUT at hand-over, IDLE or the next waiter on return, CLOSING
 *     OUT      with its owner                  -> TAKEN by its return (without the lock: one compare-and-swap)
 *     IDLE     on the stack of idle ones       -> TAKEN by a checkout, CLOSING by reset, close, a failed check
 *     CLOSING  in close()                      -> OPENING afterwards, so that the place is kept until it is empty
 *
 * Always: waiters are queued only while no slot is IDLE or FREE. Every change that makes one goes to the first waiter
 * in the same critical section. */
#ifndef CORE_POOL_STATE_H
#define CORE_POOL_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/pool.h"

typedef enum slot_state {
    SLOT_FREE,
    SLOT_OPENING,
    SLOT_TAKEN,
    SLOT_OUT,
    SLOT_IDLE,
    SLOT_CLOSING,
} slot_state;

struct pool_slot {
    pool *pool;
    pool_slot *next; /* In a stack or list of slots. */
    void *resource;  /* NULL: a mere place. */
    _Atomic slot_state state;
    uint32_t process;    /* The pool's when the slot was made. */
    uint64_t generation; /* The pool's when open() began. */
    int64_t expires_ns;
    int64_t check_at_ns; /* From when on it is not used unchecked. */
};

/* As many slots as the pool's limit. A forked child gets a block of its own; the parent's stays for what is out. */
typedef struct pool_block {
    struct pool_block *older;
    pool_slot slots[];
} pool_block;

typedef struct pool_waiter {
    struct pool_waiter *next;
    struct pool_waiter *previous;
    pthread_cond_t wake;
    int64_t deadline_ns;
    pool_ticket *ticket; /* May be NULL. */
    bool done;           /* Out of the queue; the two below are set. */
    berth_status status; /* BERTH_OK: `slot` was given. */
    pool_slot *slot;     /* TAKEN with a resource, or OPENING. */
} pool_waiter;

struct pool {
    pthread_mutex_t lock; /* Of everything below that can change. */
    pool_slot *idle;      /* The last one returned first. */
    pool_slot *free;
    pool_waiter *first;
    pool_waiter *last;
    berth_pool_stats counts;         /* All but closed_*. */
    uint64_t closed_by[POOL_FORKED]; /* By pool_cause. */
    uint32_t closing;                /* Of counts.size. */
    uint32_t sleeping;               /* Threads asleep in pool_queue_wait(), or awake and not yet out of it. */
    uint64_t generation;
    uint64_t random;
    bool closed;
    pthread_cond_t drained;                 /* Something ended in a closed pool. */
    char last_failure[BERTH_MESSAGE_BYTES]; /* Of open(); "" after a success. */

    pool_callbacks callbacks;
    uint32_t size;
    uint32_t limit;
    int64_t timeout_ns;
    int64_t recycle_ns;
    int64_t check_idle_ns;

    pool_block *blocks;   /* The newest is in use, unless `forked`. */
    uint32_t process;     /* Counts forks. Changes only while a child has one thread. */
    bool forked;          /* A child that has no block of its own yet. */
    pool_slot *inherited; /* Idle in the parent, to be dropped by the child. */
    pool *next;           /* Of all pools, under the lock of pool_fork.c. */
};

/* Waits for a signal. False when the deadline is over. */
bool pool_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ns);

/* Joins the end of the queue and sleeps until it is left again. Lock held, given up while asleep. */
berth_status pool_queue_wait(pool *pool, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot);

/* The first waiter whose time isn't over; those before it are sent away. Lock held. */
pool_waiter *pool_queue_first(pool *pool);

/* Takes a waiter out of the queue and tells it why, in one step. Lock held. */
void pool_queue_leave(pool *pool, pool_waiter *waiter, berth_status status, pool_slot *slot);

/* Makes fork() find the pool's lock free, and the pool empty in the child. False without memory. */
bool pool_fork_watch(pool *pool);
void pool_fork_unwatch(pool *pool);

/* Points of time in nanoseconds; INT64_MAX is never. */
int64_t pool_time_after(int64_t now_ns, int64_t duration_ns);
/* How long a resource lives: up to 10 % less than `recycle_ns`, by `random`. */
int64_t pool_lifetime_ns(int64_t recycle_ns, uint64_t random);

/* Moves of slots. Lock held, unless it says otherwise. */

/* Of the last one that came back, which there is: TAKEN or OUT from now on. */
pool_slot *pool_take_idle(pool *pool, slot_state state);
/* Of a free one, which there is: OPENING from now on. */
pool_slot *pool_reserve_place(pool *pool);
/* Gives up an OPENING slot: the first waiter opens in it, if there is one. */
void pool_give_place(pool *pool, pool_slot *slot);
/* Closes a TAKEN slot's resource, without the lock meanwhile; the slot is OPENING then. */
void pool_close_slot(pool *pool, pool_slot *slot, pool_cause cause);
/* Takes all that is idle off the pool at once, to be CLOSING. */
pool_slot *pool_detach_idle(pool *pool);
/* Closes them, without the lock meanwhile, and gives up their places. */
void pool_close_detached(pool *pool, pool_slot *detached, pool_cause cause);
/* Puts a TAKEN slot where it belongs now: to a waiter, to the idle ones, closed. Lock not held. */
void pool_release(pool *pool, pool_slot *slot, bool broken, int64_t now_ns);
/* Makes a pool's slots, all of them free. False without memory. */
bool pool_add_block(pool *pool);
/* Drops what this process has from its parent, without the lock meanwhile. */
void pool_drop_inherited(pool *pool);

#endif
