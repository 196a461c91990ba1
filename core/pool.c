/* Checkout, return, reset, close. */
#include "core/pool.h"

#include <string.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/pool_state.h"

#define HINTS 4 /* Pools that a thread remembers a slot of. */

/* The slot that this thread gave back last. `number` is the pool's, so that a slot of a pool that is gone is never
 * looked at. */
typedef struct pool_hint {
    uint64_t number;
    pool_slot *slot;
} pool_hint;

#if defined(__GNUC__)
/* A few bytes of the room that the loader keeps for this: without it each look costs a call. */
#define POOL_THREAD_LOCAL __attribute__((tls_model("initial-exec"))) static _Thread_local
/* Not to be inlined: the quick ways would save registers for it. */
#define POOL_APART __attribute__((noinline, cold))
#else
#define POOL_THREAD_LOCAL static _Thread_local
#define POOL_APART
#endif

POOL_THREAD_LOCAL pool_hint hints[HINTS];

/* One call of pool_checkout() that has more to do than to take what its thread gave back last. */
typedef struct checkout {
    pool *pool;
    pool_ticket *ticket;
    int64_t began_ns;
    int64_t deadline_ns;
    const char *missed; /* What did not happen when the time is over. */
    bool has_waited;
    bool has_opened; /* Or tried to, as below. */
    bool has_checked;
    bool is_ready; /* Opened or checked by this call. */
    bool is_done;
} checkout;

/* Refusals. */

/* While nothing can be opened, the reason for that is the reason for this too. */
static berth_status refuse_late(checkout *call, berth_error *error) {
    const berth_pool_stats *now = &call->pool->counts;
    const berth_error *failure = &call->pool->failure;
    bool has_failed = failure->status != BERTH_OK;
    int64_t allowed_ns = call->deadline_ns > call->began_ns ? call->deadline_ns - call->began_ns : 0;
    berth_pool_stats stats = {.struct_size = sizeof stats};
    call->pool->counts.timed_out++;
    pool_count_slots(call->pool, &stats);
    error_set(error, has_failed ? (berth_status)failure->status : BERTH_POOL_TIMEOUT,
              "no connection %s within %lld ms: %u of %u open, %u in use, %u connecting, %u waiting%s%s", call->missed,
              (long long)((allowed_ns + CLOCK_NS_PER_MS / 2) / CLOCK_NS_PER_MS), now->size, now->limit, stats.in_use,
              now->connecting, now->waiting, has_failed ? "; last failed connect: " : "",
              has_failed ? failure->message : "");
    if (has_failed && error != NULL) {
        error->flags = failure->flags;
        error->native_code = failure->native_code;
        memcpy(error->sqlstate, failure->sqlstate, sizeof error->sqlstate);
    }
    return has_failed ? (berth_status)failure->status : BERTH_POOL_TIMEOUT;
}

static berth_status refuse(checkout *call, berth_status status, berth_error *error) {
    switch (status) {
    case BERTH_POOL_TIMEOUT:
        return refuse_late(call, error);
    case BERTH_POOL_CLOSED:
        return error_set(error, status, "the pool of connections is closed");
    case BERTH_POOL_FULL:
        call->pool->counts.rejected++;
        return error_set(error, status, "%u others wait for a connection already, which is max_waiting",
                         call->pool->counts.waiting);
    case BERTH_CANCELLED:
        return error_set(error, status, "the wait for a connection was cancelled");
    default:
        return error_no_memory(error, "a place in the pool's queue");
    }
}

static bool is_interrupted(pool_ticket *ticket) {
    return ticket != NULL && atomic_load_explicit(&ticket->interrupted, memory_order_relaxed);
}

/* Whether the call must end now; its deadline counts only before work that is still to do. */
static berth_status reason_to_stop(const checkout *call, bool work_left) {
    if (call->pool->is_closed)
        return BERTH_POOL_CLOSED;
    if (is_interrupted(call->ticket))
        return BERTH_CANCELLED;
    return work_left && clock_passed(call->deadline_ns) ? BERTH_POOL_TIMEOUT : BERTH_OK;
}

static bool is_fresh(const pool *pool, const pool_slot *slot, const pool_ticket *ticket, int64_t now_ns) {
    return now_ns < slot->expires_ns &&
           (now_ns - atomic_load_explicit(&slot->used_ns, memory_order_relaxed) < pool->check_idle_ns ||
            (ticket != NULL && ticket->needs_no_check));
}

/* A compare-and-swap waits for all stores before it to be done: those that would change nothing are left out. */
static void set_time(atomic_int_fast64_t *time, int64_t now_ns) {
    if (atomic_load_explicit(time, memory_order_relaxed) != now_ns)
        atomic_store_explicit(time, now_ns, memory_order_relaxed);
}

/* By its new owner. */
static void note_checkout(pool_slot *slot, const pool_ticket *ticket, int64_t now_ns) {
    const char *where = ticket != NULL ? ticket->where : NULL;
    set_time(&slot->used_ns, now_ns);
    set_time(&slot->taken_ns, now_ns);
    if (atomic_load_explicit(&slot->where, memory_order_relaxed) != where)
        atomic_store_explicit(&slot->where, where, memory_order_relaxed);
    uint64_t checkouts = atomic_load_explicit(&slot->checkouts, memory_order_relaxed);
    atomic_store_explicit(&slot->checkouts, checkouts + 1, memory_order_relaxed);
}

/* From TAKEN to OUT. Lock held. */
static void hand_over(checkout *call, pool_slot *slot) {
    pool *pool = call->pool;
    note_checkout(slot, call->ticket, clock_coarse_ns());
    if (call->ticket != NULL)
        call->ticket->was_proved = call->is_ready;
    pool->counts.waited += call->has_waited;
    pool->delayed += call->has_waited || call->has_opened;
    pool_slot_move(slot, SLOT_TAKEN, SLOT_OUT);
    call->is_done = true;
}

/* Steps of a checkout. They are called without the lock. */

static berth_status wait_for_one(checkout *call, pool_slot **slot) {
    pool *pool = call->pool;
    bool is_new = !call->has_waited && !call->has_opened && !call->has_checked;
    if (is_new && pool->config.max_waiting > 0 && pool->counts.waiting >= pool->config.max_waiting)
        return BERTH_POOL_FULL;
    call->has_waited = true;
    return pool_queue_wait(pool, call->began_ns, call->deadline_ns, call->ticket, slot);
}

/* Gets a slot of one's own: OUT if it may be used as it is, else TAKEN with a resource, or OPENING. */
static berth_status acquire(checkout *call, pool_slot **slot, berth_error *error) {
    pool *pool = call->pool;
    pthread_mutex_lock(&pool->lock);
    if (pool->is_forked)
        pool_drop_inherited(pool);
    berth_status status = reason_to_stop(call, call->has_opened || call->has_checked);
    if (status == BERTH_OK && pool->is_forked && !pool_add_block(pool))
        status = BERTH_NO_MEMORY;
    if (status == BERTH_OK && (*slot = pool_take_idle(pool)) == NULL) {
        if (pool->first == NULL && pool_may_open(pool))
            *slot = pool_reserve_place(pool);
        else
            status = wait_for_one(call, slot);
    }
    if (status != BERTH_OK)
        status = refuse(call, status, error);
    else if ((*slot)->resource != NULL && reason_to_stop(call, false) == BERTH_OK &&
             is_fresh(pool, *slot, call->ticket, clock_coarse_ns()))
        hand_over(call, *slot);
    pthread_mutex_unlock(&pool->lock);
    return status;
}

/* Before a check or an open: ends the call when it must end. */
static berth_status go_on(checkout *call, pool_slot *slot, berth_error *error) {
    pool *pool = call->pool;
    bool is_place = slot->resource == NULL;
    pthread_mutex_lock(&pool->lock);
    berth_status status = reason_to_stop(call, true);
    if (status != BERTH_OK) {
        status = refuse(call, status, error);
        if (is_place)
            pool_give_place(pool, slot, SLOT_OPENING);
    }
    pthread_mutex_unlock(&pool->lock);
    if (status != BERTH_OK && !is_place)
        pool_release(pool, slot, false, clock_coarse_ns());
    return status;
}

/* Opens one; a failure that may pass leaves the call without a slot, to try again. */
static berth_status open_one(checkout *call, pool_slot **slot, berth_error *error) {
    call->missed = "could be opened";
    call->has_opened = true;
    bool may_pass;
    berth_status status = pool_open_slot(call->pool, *slot, call->deadline_ns, &may_pass, error);
    call->is_ready = status == BERTH_OK;
    if (!call->is_ready)
        *slot = NULL;
    return may_pass ? BERTH_OK : status;
}

/* Of several that are found dead together, the first has told of the others. */
void pool_condemn(pool *pool, const pool_slot *slot) {
    pthread_mutex_lock(&pool->lock);
    if ((atomic_load_explicit(&slot->word, memory_order_relaxed) & SLOT_STALE) == 0)
        pool_make_stale(pool, POOL_STALE);
    pthread_mutex_unlock(&pool->lock);
}

/* Closes what turned out unfit. When it is dead, so are those of its time, unless the check had no time to find out. */
static void discard(checkout *call, pool_slot *slot, pool_cause cause, bool tells_of_others) {
    pool *pool = call->pool;
    if (tells_of_others)
        pool_condemn(pool, slot);
    pthread_mutex_lock(&pool->lock);
    pool_close_slot(pool, slot, cause);
    pthread_mutex_unlock(&pool->lock);
}

/* Makes sure that the resource may be used, or leaves the call without one. */
static void verify(checkout *call, pool_slot **slot, berth_error *error) {
    const pool_callbacks *callbacks = &call->pool->callbacks;
    if (clock_coarse_ns() >= (*slot)->expires_ns) {
        discard(call, *slot, POOL_LIFETIME, false);
        *slot = NULL;
        return;
    }
    call->missed = "passed its check";
    call->has_checked = true;
    error_clear(error);
    berth_status status = callbacks->check(callbacks->context, (*slot)->resource, call->deadline_ns, error);
    call->is_ready = status == BERTH_OK;
    if (status == BERTH_OK)
        return;
    discard(call, *slot, POOL_BROKEN, status != BERTH_TIMEOUT && !clock_passed(call->deadline_ns));
    *slot = NULL;
}

/* Opened or checked: the end of the call, if nobody has ended it meanwhile. */
static berth_status conclude(checkout *call, pool_slot *slot, berth_error *error) {
    pool *pool = call->pool;
    pthread_mutex_lock(&pool->lock);
    berth_status status = reason_to_stop(call, false);
    if (status == BERTH_OK)
        hand_over(call, slot);
    else
        status = refuse(call, status, error);
    pthread_mutex_unlock(&pool->lock);
    if (status != BERTH_OK)
        pool_release(pool, slot, false, clock_coarse_ns());
    return status;
}

/* `mine` is a TAKEN slot to begin with, or NULL. */
static berth_status checkout_slowly(checkout *call, pool_slot *mine, pool_slot **slot, berth_error *error) {
    berth_status status = BERTH_OK;
    while (status == BERTH_OK && !call->is_done) {
        if (mine == NULL)
            status = acquire(call, &mine, error);
        if (mine == NULL || call->is_done)
            break;
        if (call->is_ready) {
            status = conclude(call, mine, error);
            break;
        }
        status = go_on(call, mine, error);
        if (status == BERTH_OK && mine->resource == NULL)
            status = open_one(call, &mine, error);
        else if (status == BERTH_OK)
            verify(call, &mine, error);
    }
    if (status == BERTH_OK)
        *slot = mine;
    return status;
}

/* The quick ways, without the lock. */

static void remember(const pool *pool, pool_slot *slot) {
    uint64_t number = atomic_load_explicit(&pool->number, memory_order_relaxed);
    pool_hint *hint = &hints[number % HINTS];
    if (hint->number != number || hint->slot != slot)
        *hint = (pool_hint){number, slot};
}

/* Of the slot that this thread gave back last: OUT from now on. NULL when it isn't IDLE. */
static pool_slot *take_hinted(const pool *pool) {
    uint64_t number = atomic_load_explicit(&pool->number, memory_order_relaxed);
    const pool_hint *hint = &hints[number % HINTS];
    unsigned word = SLOT_IDLE_WORD;
    if (hint->number != number || !atomic_compare_exchange_strong_explicit(&hint->slot->word, &word, SLOT_OUT_WORD,
                                                                           memory_order_acquire, memory_order_relaxed))
        return NULL;
    return hint->slot;
}

/* From OUT to IDLE, when nobody waits and nothing is to be done, as far as it is known here: a waiter that comes
 * meanwhile finds the slot IDLE, or takes it off the stack, and then this fails. Who looks for leaks may see the next
 * owner before that one has noted its time, and must not take this one's for it. */
static bool give_back_quickly(const pool *pool, pool_slot *slot) {
    unsigned word = SLOT_OUT_WORD;
    if (atomic_load_explicit(&pool->attention, memory_order_relaxed) != 0)
        return false;
    int64_t taken_ns = atomic_load_explicit(&slot->taken_ns, memory_order_relaxed);
    if (pool->leak_after_ns < INT64_MAX)
        set_time(&slot->taken_ns, INT64_MAX);
    if (atomic_compare_exchange_strong_explicit(&slot->word, &word, SLOT_IDLE_WORD, memory_order_release,
                                                memory_order_relaxed))
        return true;
    set_time(&slot->taken_ns, taken_ns);
    return false;
}

/* `mine` is what the thread gave back last, if it got that, but may not use it unseen. */
POOL_APART static berth_status take_slowly(pool *pool, pool_slot *mine, int64_t deadline_ns, pool_ticket *ticket,
                                           pool_slot **slot, berth_error *error) {
    berth_error own_error;
    int64_t began_ns = clock_now_ns();
    int64_t own_ns = pool_time_after(began_ns, pool->timeout_ns);
    checkout call = {.pool = pool,
                     .ticket = ticket,
                     .began_ns = began_ns,
                     .deadline_ns = own_ns < deadline_ns ? own_ns : deadline_ns,
                     .missed = "became free"};
    if (mine != NULL)
        pool_slot_move(mine, SLOT_OUT, SLOT_TAKEN);
    berth_status status = checkout_slowly(&call, mine, slot, error != NULL ? error : &own_error);
    if (clock_coarse_ns() >= atomic_load_explicit(&pool->tend_at_ns, memory_order_relaxed))
        pool_tend_in_passing(pool, call.deadline_ns);
    if (status == BERTH_OK)
        error_clear(error);
    return status;
}

berth_status pool_checkout(pool *pool, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot, berth_error *error) {
    int64_t now_ns = clock_coarse_ns();
    pool_slot *mine = is_interrupted(ticket) ? NULL : take_hinted(pool);
    *slot = mine;
    if (mine == NULL || !is_fresh(pool, mine, ticket, now_ns)) {
        *slot = NULL;
        return take_slowly(pool, mine, deadline_ns, ticket, slot, error);
    }
    note_checkout(mine, ticket, now_ns);
    if (ticket != NULL)
        ticket->was_proved = false;
    if (error != NULL)
        error_clear(error);
    return BERTH_OK;
}

POOL_APART static berth_status drop_inherited(pool_slot *slot) {
    const pool_callbacks *callbacks = &slot->pool->callbacks;
    callbacks->close(callbacks->context, slot->resource, POOL_FORKED);
    return BERTH_OK;
}

POOL_APART static berth_status give_back_slowly(pool *pool, pool_slot *slot, bool is_unusable, berth_error *error) {
    if (!pool_slot_claim(slot))
        return error_set(error, BERTH_MISUSE, "the connection was given back already");
    pool_release(pool, slot, is_unusable, clock_coarse_ns());
    if (clock_coarse_ns() >= atomic_load_explicit(&pool->tend_at_ns, memory_order_relaxed))
        pool_tend_in_passing(pool, BERTH_NO_DEADLINE);
    return BERTH_OK;
}

berth_status pool_checkin(pool *pool, pool_slot *slot, bool broken, berth_error *error) {
    const pool_callbacks *callbacks = &pool->callbacks;
    if (slot == NULL || slot->pool != pool)
        return error_set(error, BERTH_MISUSE, "what is given back is no connection of this pool");
    if (error != NULL)
        error_clear(error);
    if (pool_slot_is_inherited(slot))
        return pool_slot_claim(slot) ? drop_inherited(slot)
                                     : error_set(error, BERTH_MISUSE, "the connection was given back already");
    bool is_out = pool_slot_state(slot) == SLOT_OUT;
    bool is_unusable = is_out && (broken || !callbacks->reset(callbacks->context, slot->resource));
    int64_t used_ns = atomic_load_explicit(&slot->used_ns, memory_order_relaxed);
    remember(pool, slot);
    if (!is_unusable && used_ns < slot->expires_ns && used_ns < pool->tend_at_ns && give_back_quickly(pool, slot))
        return BERTH_OK;
    return give_back_slowly(pool, slot, is_unusable, error);
}

void *pool_slot_resource(const pool_slot *slot) {
    return slot->resource;
}

bool pool_slot_is_inherited(const pool_slot *slot) {
    return slot->process != slot->pool->process;
}

void pool_interrupt(pool *pool, pool_ticket *ticket) {
    pthread_mutex_lock(&pool->lock);
    atomic_store_explicit(&ticket->interrupted, true, memory_order_relaxed);
    if (ticket->waiter != NULL)
        pool_queue_leave(pool, ticket->waiter, BERTH_CANCELLED, NULL);
    pthread_mutex_unlock(&pool->lock);
}

void pool_reset(pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool_make_stale(pool, POOL_STALE);
    pthread_mutex_unlock(&pool->lock);
}

berth_status pool_close(pool *pool, int64_t deadline_ns, berth_error *error) {
    const berth_pool_stats *now = &pool->counts;
    berth_status status = BERTH_OK;
    error_clear(error);
    pthread_mutex_lock(&pool->lock);
    pool->is_closed = true;
    pool_note_attention(pool);
    while (pool->first != NULL)
        pool_queue_leave(pool, pool->first, BERTH_POOL_CLOSED, NULL);
    pthread_cond_broadcast(&pool->tend);
    pool_drop_inherited(pool);
    pool_make_stale(pool, POOL_SHUTDOWN);
    /* Those who slept in the queue are awake and gone in a moment: pool_free() must not come before that. */
    while (pool->sleeping > 0)
        pool_condition_wait(&pool->drained, &pool->lock, BERTH_NO_DEADLINE);
    while (now->size + now->connecting > 0)
        if (!pool_condition_wait(&pool->drained, &pool->lock, deadline_ns))
            break;
    if (now->size + now->connecting > 0)
        status = error_set(error, BERTH_POOL_TIMEOUT,
                           "%u connections are still in use and %u being opened; each closes when it comes back",
                           now->size, now->connecting);
    pthread_mutex_unlock(&pool->lock);
    return status;
}
