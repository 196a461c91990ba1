/* What a pool is made of; for pool*.c alone. docs/pool.md describes the algorithm and why each step is safe.
 *
 * A slot is a place for one resource. Its state and its flags are one atomic word:
 *
 *     FREE     no resource                     -> OPENING by a checkout, for the first waiter, by the housekeeper
 *     OPENING  reserved, no resource           -> TAKEN when open() succeeds, else FREE
 *     TAKEN    with a thread inside the pool   -> OUT at hand-over, IDLE or the first waiter on return, CLOSING
 *     OUT      with its owner                  -> IDLE or TAKEN by its return
 *     IDLE     free for use                    -> OUT or TAKEN by a checkout, CLOSING by reset, close, housekeeper
 *     CLOSING  in close()                      -> FREE
 *
 * Two moves are made without the lock, each by one compare-and-swap of the whole word: IDLE to OUT by a thread whose
 * hint is that slot, and OUT to IDLE by a return that nobody waits for. Both need the slot to be STACKED and without
 * another flag; so whoever holds the lock stops both by setting a flag, and a return also by taking the slot off the
 * stack. TAKEN belongs to the thread that made it so; all else moves under the lock.
 *
 * Always: a waiter sleeps only while no slot is IDLE and no place may be opened in, or while another waiter, or itself,
 * has been nudged to look. */
#ifndef CORE_POOL_STATE_H
#define CORE_POOL_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/pool.h"

#define POOL_LINE_BYTES 64 /* What one core's write takes away from the others. */

typedef enum slot_state {
    SLOT_FREE,
    SLOT_OPENING,
    SLOT_TAKEN,
    SLOT_OUT,
    SLOT_IDLE,
    SLOT_CLOSING,
} slot_state;

#define SLOT_STATES 7u
/* Flags. They change under the lock. */
#define SLOT_STACKED 8u /* Linked in the stack of idle slots, which it leaves lazily; every IDLE slot is. */
#define SLOT_STALE 16u  /* Not to be used again. */
#define SLOT_LEAKED 32u /* A notice was given. */

#define SLOT_IDLE_WORD (SLOT_IDLE | SLOT_STACKED)
#define SLOT_OUT_WORD (SLOT_OUT | SLOT_STACKED)

struct pool_slot {
    _Alignas(POOL_LINE_BYTES) atomic_uint word;
    uint32_t process; /* The pool's when the slot was made. */
    pool *pool;
    void *resource;                 /* NULL: a mere place. */
    int64_t expires_ns;             /* When its resource is to be replaced. */
    atomic_int_fast64_t used_ns;    /* When it was last known to be used. */
    atomic_int_fast64_t taken_ns;   /* When its owner got it. INT64_MAX: it has none that noted it. */
    atomic_uint_fast64_t checkouts; /* Written by its owner alone, as are those below. */
    const char *_Atomic where;      /* "file:line" of the last one; may be NULL. */

    _Alignas(POOL_LINE_BYTES) pool_slot *below; /* In the stack of idle slots. Lock. */
    pool_slot *next;                            /* In the list of free ones, or of those to be closed. Lock. */
    uint64_t number;                            /* Its resource's. Lock. */
    atomic_uint_fast64_t uses[BERTH_HISTOGRAM_BUCKETS];
    atomic_uint_fast64_t use_total_ns;
    atomic_uint_fast64_t use_max_ns;
};

/* As many slots as the pool's limit. A forked child gets a block of its own; the parent's stays for what is out. */
typedef struct pool_block {
    struct pool_block *older;
    pool_slot *slots;
} pool_block;

typedef struct pool_waiter {
    struct pool_waiter *next;
    struct pool_waiter *previous;
    pthread_cond_t wake;
    int64_t began_ns; /* Of its checkout: the order of the queue. */
    int64_t joined_ns;
    int64_t deadline_ns;
    pool_ticket *ticket; /* May be NULL. */
    bool is_asleep;      /* Else its thread has the lock, and is going to look or to leave. */
    bool is_nudged;      /* Told to look, and has not looked yet. */
    bool has_left;       /* Out of the queue; the two below are set. */
    berth_status status; /* BERTH_OK: `slot` was given. */
    pool_slot *slot;     /* TAKEN with a resource, or OPENING. */
} pool_waiter;

/* What keeps a return from the quick way; bits of pool->attention. */
#define POOL_IS_CLOSED 1u
#define POOL_HAS_WAITER 2u  /* ... who is not nudged yet. */
#define POOL_HAS_SURPLUS 4u /* More than `size` are open. */

struct pool {
    /* Read by every checkout and return, seldom written. */
    _Alignas(POOL_LINE_BYTES) atomic_uint attention;
    uint32_t process;               /* Counts forks. Changes only while a child has one thread. */
    atomic_uint_fast64_t number;    /* Unlike any other pool's, ever; for the threads' hints. */
    atomic_int_fast64_t tend_at_ns; /* When a checkout or return does the housekeeping; INT64_MAX: never. */
    int64_t timeout_ns;             /* INT64_MAX, here and below: never. */
    int64_t recycle_ns;
    int64_t check_idle_ns;
    int64_t idle_timeout_ns;
    int64_t leak_after_ns;
    pool_callbacks callbacks;
    pool_config config;
    uint32_t limit;
    uint32_t closing;  /* Of counts.size. Lock, as for all that follows. */
    uint32_t sleeping; /* Threads in pool_queue_wait(). */
    bool is_closed;
    bool has_connected;   /* open() has succeeded once. */
    bool is_forked;       /* A child that has no block of its own yet. */
    bool is_tending;      /* Somebody does the housekeeping. */
    bool has_housekeeper; /* A thread to be joined. */
    uint64_t delayed;     /* Checkouts that waited or opened. */
    uint64_t last_number;
    uint64_t random;
    int64_t backoff_ns;  /* 0: open() is not known to fail now. */
    int64_t retry_at_ns; /* With a backoff: no open() before that. */

    _Alignas(POOL_LINE_BYTES) pthread_mutex_t lock;
    pool_slot *idle; /* The stack: the last one pushed first. */
    pool_slot *free;
    pool_waiter *first;
    pool_waiter *last;
    berth_pool_stats counts;         /* Without what the slots count, and closed_*. */
    uint64_t closed_by[POOL_FORKED]; /* By pool_cause. */
    berth_error failure;             /* Of the last open(); status BERTH_OK after a success. */
    pthread_cond_t drained;          /* Something ended in a closed pool. */
    pthread_cond_t tend;             /* The housekeeper is to end. */
    pthread_t housekeeper;
    pool_block *blocks;   /* The newest is in use, unless `is_forked`. */
    pool_slot *inherited; /* Idle in the parent, to be dropped by the child. */
    pool *next;           /* Of all pools, under the lock of pool_fork.c. */
};

static inline slot_state pool_slot_state(const pool_slot *slot) {
    return (slot_state)(atomic_load_explicit(&slot->word, memory_order_relaxed) & SLOT_STATES);
}

/* ---- pool_queue.c: waiters. Lock held. ---- */

/* Waits for a signal. False when the deadline is over. */
bool pool_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ns);
/* Joins the queue, in the order of `began_ns`, and sleeps until it is left again; the lock is given up while asleep. */
berth_status pool_queue_wait(pool *pool, int64_t began_ns, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot);
/* The first waiter whose time isn't over; those before it are sent away. */
pool_waiter *pool_queue_first(pool *pool);
/* The first waiter, if it has waited for so long that nobody may overtake it any more. */
pool_waiter *pool_queue_overdue(pool *pool);
/* Takes a waiter out of the queue and tells it why, in one step. */
void pool_queue_leave(pool *pool, pool_waiter *waiter, berth_status status, pool_slot *slot);
/* Tells the first waiter, if there is one and it sleeps, to look. */
void pool_nudge_first(pool *pool);
/* Gives what is there to those who wait, or nudges the first to look. `self` is the caller, if it waits itself. */
void pool_serve(pool *pool, const pool_waiter *self);
/* Tells quick returns what they have to know. To be called after every change of it. */
void pool_note_attention(pool *pool);

/* ---- pool_slots.c: moves of slots. Lock held, unless it says otherwise. ---- */

/* What the owner of a slot, or of the lock where that is enough, may always do; keeps the flags. */
void pool_slot_move(pool_slot *slot, slot_state from, slot_state to);
/* From OUT to TAKEN, for one of those who try. False: it was not OUT. Lock not needed. */
bool pool_slot_claim(pool_slot *slot);
/* The last one that was pushed and is still IDLE: TAKEN from now on. NULL when none is. */
pool_slot *pool_take_idle(pool *pool);
bool pool_has_idle(pool *pool);
/* Makes a TAKEN slot IDLE, on top of the stack. */
void pool_push_idle(pool *pool, pool_slot *slot);
/* Whether one more resource may be opened now. */
bool pool_may_open(const pool *pool);
/* Of a FREE one, which there is: OPENING from now on. */
pool_slot *pool_reserve_place(pool *pool);
/* Makes a slot without a resource FREE; the first waiter opens in it, if there is one. */
void pool_give_place(pool *pool, pool_slot *slot, slot_state from);
/* Closes the resource of a TAKEN slot, without the lock meanwhile, and gives up its place. */
void pool_close_slot(pool *pool, pool_slot *slot, pool_cause cause);
/* No resource of now is used again: closes what is IDLE, marks the rest. */
void pool_make_stale(pool *pool, pool_cause cause);
/* Puts a TAKEN slot where it belongs now: to a waiter, to the idle ones, closed. Lock not held. */
void pool_release(pool *pool, pool_slot *slot, bool is_broken, int64_t now_ns);
/* Makes a pool's slots, all of them free. False without memory. */
bool pool_add_block(pool *pool);

/* ---- pool_open.c: opening, and not opening for a while after a failure. ---- */

/* Opens in an OPENING slot, without the lock: TAKEN afterwards, or FREE on a failure. `may_pass`: the failure is one
 * after which it is worth trying again. */
berth_status pool_open_slot(pool *pool, pool_slot *slot, int64_t deadline_ns, bool *may_pass, berth_error *error);

/* ---- pool_housekeeper.c: what falls due by itself. ---- */

bool pool_needs_housekeeping(const pool *pool);
/* Starts the thread, or lets checkouts and returns do it. */
berth_status pool_housekeeping_start(pool *pool, berth_error *error);
/* Waits for the end of the thread, in a closed pool. */
void pool_housekeeping_end(pool *pool);
/* In passing, by a checkout or return for which it is time; opens nothing beyond the deadline. Lock not held. */
void pool_tend_in_passing(pool *pool, int64_t deadline_ns);

/* ---- pool_fork.c ---- */

/* Makes fork() find the pool's lock free, and the pool empty in the child. False without memory. */
bool pool_fork_watch(pool *pool);
void pool_fork_unwatch(pool *pool);
/* Drops what this process has from its parent. Lock held, given up meanwhile. */
void pool_drop_inherited(pool *pool);
/* A number that no pool has had. */
uint64_t pool_next_number(void);

/* ---- pool_stats.c ---- */

/* Adds what the slots count, under the lock. */
void pool_count_slots(const pool *pool, berth_pool_stats *stats);
void pool_count_duration(berth_histogram *histogram, uint64_t duration_ns);
uint32_t pool_histogram_bucket(uint64_t duration_ns);

/* ---- Time: points and durations in nanoseconds; INT64_MAX is never. ---- */

int64_t pool_time_after(int64_t now_ns, int64_t duration_ns);
/* How long a resource lives: up to 10 % less than `recycle_ns`, by `random`. */
int64_t pool_lifetime_ns(int64_t recycle_ns, uint64_t random);
/* How long to wait before the next try to open. */
int64_t pool_next_backoff_ns(int64_t backoff_ns);
/* Xorshift: neighbours that began together must not all end together, more is not needed. Lock held. */
uint64_t pool_random(pool *pool);

#endif
