/* The pool: slots, waiters, deadlines and four callbacks. Knows nothing of databases. Every function: any thread. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <berth/engine.h>
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

/* What the pool needs done. Never called with a lock held. */
typedef struct pool_callbacks {
    void *context;
    /* Makes a resource, never NULL, before the deadline. `error` is never NULL, here and below. */
    berth_status (*open)(void *context, int64_t deadline_ns, void **resource, berth_error *error);
    /* Whether an idle resource still works; a failure means that it doesn't. */
    berth_status (*check)(void *context, void *resource, int64_t deadline_ns, berth_error *error);
    /* Cleans a resource on its return. False when it can't be used again. */
    bool (*reset)(void *context, void *resource);
    /* Ends a resource. Its place counts as taken until this returns. */
    void (*close)(void *context, void *resource, pool_cause cause);
} pool_callbacks;

typedef struct pool_config {
    uint32_t size;         /* Resources kept. */
    uint32_t overflow;     /* How many more may exist for a while. */
    int64_t timeout_ms;    /* For a checkout without an earlier deadline; 0: no limit. */
    int64_t recycle_ms;    /* Age at which one is replaced, with up to 10 % jitter less; -1: never. */
    int64_t check_idle_ms; /* Idle time after which one is checked; 0: always; -1: never. */
} pool_config;

/* A place to wait in, so that another thread can end the wait. Zero it before use. */
typedef struct pool_ticket {
    struct pool_waiter *waiter; /* The pool's own. */
    bool interrupted;           /* Set by pool_interrupt(). */
} pool_ticket;

berth_status pool_new(const pool_config *config, const pool_callbacks *callbacks, pool **made, berth_error *error);

/* Takes a resource: an idle one, a new one, or the one that comes back first. `deadline_ns` may only shorten the
 * configured timeout. `ticket` may be NULL. In a forked child nothing of the parent's is used.
 * BERTH_POOL_TIMEOUT (the pool's counts and the last failed connect in the message; the connect's own status instead
 * where a connect failed within this call), BERTH_POOL_CLOSED, BERTH_CANCELLED, or what open() said. */
berth_status pool_checkout(pool *pool, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot, berth_error *error);

/* Gives one back; `broken` when its owner knows that it is. BERTH_MISUSE, and nothing else, for a slot that is not out
 * or is another pool's. */
berth_status pool_checkin(pool *pool, pool_slot *slot, bool broken, berth_error *error);

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

/* After pool_close(), when nothing is out any more, in a forked child not even what was out in the parent. NULL does
 * nothing. */
void pool_free(pool *pool);

void pool_stats(pool *pool, berth_pool_stats *stats);

#endif
