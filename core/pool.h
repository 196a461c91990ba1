/* The pool: slots, waiters, deadlines and callbacks. Knows nothing of databases. Every function: any thread.
 * docs/pool.md has the algorithm. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <berth/engine.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct pool pool;
typedef struct pool_slot pool_slot;

/* Why a resource is closed; the names are those of berth_pool_stats. */
typedef enum pool_cause {
    POOL_LIFETIME,
    POOL_IDLE,
    POOL_BROKEN,
    POOL_STALE,
    POOL_OVERFLOW,
    POOL_SHUTDOWN,
    POOL_FORKED, /* In a forked child: to be dropped without a word to the server. */
} pool_cause;

/* What is told about a resource that is out for long. */
typedef enum pool_notice {
    POOL_LEAK,        /* It is out since longer than `leak_after_ms`. */
    POOL_LATE_RETURN, /* It came back after that. */
} pool_notice;

/* What the pool needs done. Never called with a lock held. */
typedef struct pool_callbacks {
    void *context;
    /* Makes a resource, never NULL, before the deadline. `number` is its own within the pool, from 1. `error` is never
     * NULL, here and below. */
    berth_status (*open)(void *context, uint64_t number, int64_t deadline_ns, void **resource, berth_error *error);
    /* Whether an idle resource still works; a failure means that it doesn't. */
    berth_status (*check)(void *context, void *resource, int64_t deadline_ns, berth_error *error);
    /* Cleans a resource on its return. False when it can't be used again. */
    bool (*reset)(void *context, void *resource);
    /* Ends a resource. Its place counts as taken until this returns. */
    void (*close)(void *context, void *resource, pool_cause cause);
    /* Only with `leak_after_ms`: `where` is the place in the source that took it, or NULL. */
    void (*notice)(void *context, pool_notice notice, uint64_t number, int64_t out_ns, const char *where);
} pool_callbacks;

typedef struct pool_config {
    uint32_t size;           /* Resources kept. */
    uint32_t overflow;       /* How many more may exist for a while. */
    uint32_t max_connecting; /* Opened at the same time, at most; 0: no bound. */
    uint32_t max_waiting;    /* Waiters at most; 0: no bound. */
    uint32_t min_idle;       /* Kept ready for use, as far as `size` allows. */
    int64_t timeout_ms;      /* For a checkout without an earlier deadline; 0: no limit. */
    int64_t recycle_ms;      /* Age at which one is replaced, with up to 10 % jitter less; -1: never. */
    int64_t check_idle_ms;   /* Time since its last use after which one is checked; 0: always; -1: never. */
    int64_t idle_timeout_ms; /* Time since its last use after which one is closed; 0: never. */
    int64_t leak_after_ms;   /* Time out after which a notice is given; 0: never. */
    bool housekeeping;       /* A thread for what falls due; else checkouts and returns do it in passing. */
} pool_config;

/* Who asks, and a place to wait in, so that another thread can end the wait. Zero it before use. */
typedef struct pool_ticket {
    const char *where;          /* "file:line" that asks, for notices; may be NULL. */
    bool needs_no_check;        /* A resource that is dead does no harm: spare the check. */
    bool was_proved;            /* Set by a checkout: the resource was opened or checked by it. */
    struct pool_waiter *waiter; /* The pool's own. */
    atomic_bool interrupted;    /* Set by pool_interrupt(). */
} pool_ticket;

berth_status pool_new(const pool_config *config, const pool_callbacks *callbacks, pool **made, berth_error *error);

/* Takes a resource: an idle one, a new one, or the one that comes back first. `deadline_ns` may only shorten the
 * configured timeout. `ticket` may be NULL. In a forked child nothing of the parent's is used.
 * BERTH_POOL_TIMEOUT (with the pool's counts), or while resources can't be opened the status of the last attempt to
 * open one; BERTH_RESOURCE when the queue is full, BERTH_POOL_CLOSED, BERTH_CANCELLED, or what open() said. */
berth_status pool_checkout(pool *pool, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot, berth_error *error);

/* Gives one back; `broken` when its owner knows that it is. BERTH_MISUSE, and nothing else, for a slot that is not out
 * or is another pool's. */
berth_status pool_checkin(pool *pool, pool_slot *slot, bool broken, berth_error *error);

/* For its owner, before it gives it back broken: it was dead when it was taken, so those of its time are too. They are
 * not used again. */
void pool_condemn(pool *pool, const pool_slot *slot);

/* For its owner: the resource was in use until now. Without this it counts as used when it was taken, which spares the
 * return a look at the clock. */
void pool_slot_note_use(pool_slot *slot, int64_t now_ns);

void *pool_slot_resource(const pool_slot *slot);

/* Whether this is a forked child and the slot was taken in its parent: its resource must not be used any more. */
bool pool_slot_is_inherited(const pool_slot *slot);

/* Ends the wait that `ticket` is in, if it is in one; a checkout that starts later with it fails at once. */
void pool_interrupt(pool *pool, pool_ticket *ticket);

/* Idle resources close now, those that are out when they come back; waiters go on with new ones. */
void pool_reset(pool *pool);

/* No more checkouts, waiters are woken; idle resources close. Waits until `deadline_ns` for those that are out.
 * BERTH_POOL_TIMEOUT says how many still are; each closes on its return. */
berth_status pool_close(pool *pool, int64_t deadline_ns, berth_error *error);

/* Whether the caller is the pool's housekeeper, in a callback: it can't wait for its own end. */
bool pool_is_housekeeper(const pool *pool);

/* After pool_close(), when nothing is out any more, in a forked child not even what was out in the parent. NULL does
 * nothing. */
void pool_free(pool *pool);

void pool_stats(pool *pool, berth_pool_stats *stats);

#endif
