#include "core/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/pool_state.h"

#define LIMIT_MAX 1000000

/* One call of pool_checkout() that has more to do than to take what is idle. */
typedef struct checkout {
    pool *pool;
    pool_ticket *ticket;
    int64_t began_ns;
    int64_t deadline_ns;
    const char *missed; /* What did not happen when the time is over. */
    bool waited;
    bool opened;
    bool ready; /* Opened or checked by this call. */
} checkout;

/* Refusals. */

static berth_status refuse_late(checkout *call, berth_error *error) {
    const berth_pool_stats *now = &call->pool->counts;
    const char *failure = call->pool->last_failure;
    int64_t allowed_ns = call->deadline_ns > call->began_ns ? call->deadline_ns - call->began_ns : 0;
    call->pool->counts.timed_out++;
    return error_set(error, BERTH_POOL_TIMEOUT,
                     "no connection %s within %lld ms: %u of %u open, %u in use, %u connecting, %u waiting%s%s",
                     call->missed, (long long)((allowed_ns + CLOCK_NS_PER_MS / 2) / CLOCK_NS_PER_MS), now->size,
                     now->limit, now->in_use, now->connecting, now->waiting,
                     failure[0] != '\0' ? "; last failed connect: " : "", failure);
}

static berth_status refuse(checkout *call, berth_status status, berth_error *error) {
    if (status == BERTH_POOL_TIMEOUT)
        return refuse_late(call, error);
    if (status == BERTH_POOL_CLOSED)
        return error_set(error, status, "the pool of connections is closed");
    if (status == BERTH_CANCELLED)
        return error_set(error, status, "the wait for a connection was cancelled");
    return error_no_memory(error, "a place in the pool's queue");
}

/* Whether the call must end now; its deadline counts only before work that is still to do. */
static berth_status reason_to_stop(const checkout *call, bool work_left) {
    if (call->pool->closed)
        return BERTH_POOL_CLOSED;
    if (call->ticket != NULL && call->ticket->interrupted)
        return BERTH_CANCELLED;
    return work_left && clock_passed(call->deadline_ns) ? BERTH_POOL_TIMEOUT : BERTH_OK;
}

/* The resource works at this moment. */
static void note_use(const pool *pool, pool_slot *slot, int64_t now_ns) {
    slot->check_at_ns = pool_time_after(now_ns, pool->check_idle_ns);
}

/* Steps of a checkout. They are called without the lock. */

/* Gets a slot of one's own: TAKEN with a resource, or OPENING. */
static berth_status acquire(checkout *call, pool_slot **slot, berth_error *error) {
    pool *pool = call->pool;
    pthread_mutex_lock(&pool->lock);
    if (pool->forked)
        pool_drop_inherited(pool);
    berth_status status = reason_to_stop(call, false);
    if (status == BERTH_OK && pool->forked && !pool_add_block(pool))
        status = BERTH_NO_MEMORY;
    if (status != BERTH_OK) {
        refuse(call, status, error);
    } else if (pool->idle != NULL) {
        *slot = pool_take_idle(pool, SLOT_TAKEN);
    } else if (pool->free != NULL) {
        *slot = pool_reserve_place(pool);
    } else {
        call->waited = true;
        status = pool_queue_wait(pool, call->deadline_ns, call->ticket, slot);
        if (status != BERTH_OK)
            refuse(call, status, error);
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}

/* Before a check or an open: ends the call when it must end, else notes which generation a new resource belongs to. */
static berth_status go_on(checkout *call, pool_slot *slot, berth_error *error) {
    pool *pool = call->pool;
    bool is_place = slot->resource == NULL;
    pthread_mutex_lock(&pool->lock);
    berth_status status = reason_to_stop(call, true);
    if (is_place)
        slot->generation = pool->generation;
    if (status != BERTH_OK) {
        refuse(call, status, error);
        if (is_place)
            pool_give_place(pool, slot);
    }
    pthread_mutex_unlock(&pool->lock);
    if (status != BERTH_OK && !is_place)
        pool_release(pool, slot, false, clock_coarse_ns());
    return status;
}

/* Xorshift: neighbours that were opened together must not all end together, more is not needed. */
static uint64_t next_random(pool *pool) {
    pool->random ^= pool->random << 13;
    pool->random ^= pool->random >> 7;
    pool->random ^= pool->random << 17;
    return pool->random;
}

static void count_connect(berth_pool_stats *counts, uint64_t duration_ns) {
    counts->opened++;
    counts->connect_total_ns += duration_ns;
    if (duration_ns > counts->connect_max_ns)
        counts->connect_max_ns = duration_ns;
}

static berth_status open_slot(checkout *call, pool_slot *slot, berth_error *error) {
    pool *pool = call->pool;
    void *resource = NULL;
    int64_t began_ns = clock_now_ns();
    error_clear(error);
    call->missed = "could be opened";
    berth_status status = pool->callbacks.open(pool->callbacks.context, call->deadline_ns, &resource, error);
    int64_t ended_ns = clock_now_ns();
    pthread_mutex_lock(&pool->lock);
    if (status != BERTH_OK) {
        pool->counts.connect_failed++;
        snprintf(pool->last_failure, sizeof pool->last_failure, "%s", error->message);
        pool_give_place(pool, slot);
    } else {
        pool->last_failure[0] = '\0';
        slot->resource = resource;
        atomic_store(&slot->state, SLOT_TAKEN);
        slot->expires_ns = pool_time_after(ended_ns, pool_lifetime_ns(pool->recycle_ns, next_random(pool)));
        pool->counts.connecting--;
        pool->counts.size++;
        pool->counts.in_use++;
        count_connect(&pool->counts, (uint64_t)(ended_ns - began_ns));
        note_use(pool, slot, ended_ns);
        call->opened = call->ready = true;
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}

/* Closes what turned out unfit, and returns what the call goes on with: something idle, else the emptied place. */
static pool_slot *replace(checkout *call, pool_slot *slot, pool_cause cause) {
    pool *pool = call->pool;
    pool_slot *stale = NULL;
    bool late = clock_passed(call->deadline_ns);
    pthread_mutex_lock(&pool->lock);
    /* A check that had no time proves nothing about the others; and of several that fail, the first has told. */
    if (cause == POOL_BROKEN && !late && slot->generation == pool->generation) {
        pool->generation++;
        stale = pool_detach_idle(pool);
    }
    pool_close_slot(pool, slot, cause);
    pool_close_detached(pool, stale, POOL_STALE);
    if (pool->idle != NULL && !late) {
        pool_give_place(pool, slot);
        slot = pool_take_idle(pool, SLOT_TAKEN);
    }
    pthread_mutex_unlock(&pool->lock);
    return slot;
}

/* Makes sure that the resource may be used, or replaces it. */
static void verify(checkout *call, pool_slot **slot, berth_error *error) {
    pool_callbacks *callbacks = &call->pool->callbacks;
    if (clock_coarse_ns() >= (*slot)->expires_ns) {
        *slot = replace(call, *slot, POOL_LIFETIME);
        return;
    }
    call->missed = "passed its check";
    error_clear(error);
    if (callbacks->check(callbacks->context, (*slot)->resource, call->deadline_ns, error) != BERTH_OK) {
        *slot = replace(call, *slot, POOL_BROKEN);
        return;
    }
    note_use(call->pool, *slot, clock_coarse_ns());
    call->ready = true;
}

static bool is_fresh(const pool_slot *slot, int64_t now_ns) {
    return now_ns < slot->expires_ns && now_ns < slot->check_at_ns;
}

static berth_status hand_over(checkout *call, pool_slot *slot, berth_error *error) {
    pool *pool = call->pool;
    pthread_mutex_lock(&pool->lock);
    berth_status status = reason_to_stop(call, false);
    if (status == BERTH_OK) {
        atomic_store(&slot->state, SLOT_OUT);
        pool->counts.checkouts++;
        pool->counts.waited += call->waited;
        pool->counts.immediate += !call->waited && !call->opened;
    } else {
        refuse(call, status, error);
    }
    pthread_mutex_unlock(&pool->lock);
    if (status != BERTH_OK)
        pool_release(pool, slot, false, clock_coarse_ns());
    return status;
}

static berth_status checkout_slowly(checkout *call, pool_slot **slot, berth_error *error) {
    pool_slot *mine = NULL;
    berth_status status = acquire(call, &mine, error);
    while (status == BERTH_OK && !call->ready && (mine->resource == NULL || !is_fresh(mine, clock_coarse_ns()))) {
        status = go_on(call, mine, error);
        if (status == BERTH_OK && mine->resource == NULL)
            status = open_slot(call, mine, error);
        else if (status == BERTH_OK)
            verify(call, &mine, error);
    }
    if (status == BERTH_OK)
        status = hand_over(call, mine, error);
    if (status == BERTH_OK)
        *slot = mine;
    return status;
}

static int64_t duration_ns(int64_t duration_ms) {
    return duration_ms < 0 || duration_ms > INT64_MAX / CLOCK_NS_PER_MS ? INT64_MAX : duration_ms * CLOCK_NS_PER_MS;
}

static pool *allocate(const pool_config *config) {
    pool *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->size = config->size;
    made->limit = config->size + config->overflow;
    made->timeout_ns = config->timeout_ms > 0 ? duration_ns(config->timeout_ms) : INT64_MAX;
    made->recycle_ns = duration_ns(config->recycle_ms);
    made->check_idle_ns = duration_ns(config->check_idle_ms);
    made->counts.struct_size = sizeof made->counts;
    made->counts.limit = made->limit;
    made->random = ((uint64_t)clock_now_ns() ^ (uintptr_t)made) | 1;
    return made;
}

berth_status pool_new(const pool_config *config, const pool_callbacks *callbacks, pool **made, berth_error *error) {
    uint64_t limit = (uint64_t)config->size + config->overflow;
    *made = NULL;
    if (limit < 1 || limit > LIMIT_MAX)
        return error_set(error, BERTH_CONFIG, "the pool's size and overflow are %llu together, allowed is 1 to %d",
                         (unsigned long long)limit, LIMIT_MAX);
    pool *pool = allocate(config);
    if (pool == NULL)
        return error_no_memory(error, "the pool");
    pool->callbacks = *callbacks;
    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        goto no_lock;
    if (!clock_condition_init(&pool->drained))
        goto no_condition;
    if (!pool_add_block(pool) || !pool_fork_watch(pool))
        goto no_block;
    error_clear(error);
    *made = pool;
    return BERTH_OK;
no_block:
    free(pool->blocks);
    pthread_cond_destroy(&pool->drained);
no_condition:
    pthread_mutex_destroy(&pool->lock);
no_lock:
    free(pool);
    return error_no_memory(error, "the pool");
}

berth_status pool_checkout(pool *pool, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot, berth_error *error) {
    int64_t coarse_ns = clock_coarse_ns();
    berth_error own_error;
    if (error == NULL)
        error = &own_error;
    *slot = NULL;
    pthread_mutex_lock(&pool->lock);
    /* Nothing is idle in a closed pool or in one that was just forked. */
    if (pool->idle != NULL && is_fresh(pool->idle, coarse_ns) && (ticket == NULL || !ticket->interrupted)) {
        *slot = pool_take_idle(pool, SLOT_OUT);
        pool->counts.checkouts++;
        pool->counts.immediate++;
    }
    pthread_mutex_unlock(&pool->lock);
    berth_status status = BERTH_OK;
    if (*slot == NULL) {
        int64_t began_ns = clock_now_ns();
        int64_t own_ns = pool_time_after(began_ns, pool->timeout_ns);
        checkout call = {.pool = pool,
                         .ticket = ticket,
                         .began_ns = began_ns,
                         .deadline_ns = own_ns < deadline_ns ? own_ns : deadline_ns,
                         .missed = "became free"};
        status = checkout_slowly(&call, slot, error);
    }
    if (status == BERTH_OK)
        error_clear(error);
    return status;
}

berth_status pool_checkin(pool *pool, pool_slot *slot, bool broken, berth_error *error) {
    if (slot == NULL || slot->pool != pool)
        return error_set(error, BERTH_MISUSE, "what is given back is no connection of this pool");
    slot_state out = SLOT_OUT;
    if (!atomic_compare_exchange_strong(&slot->state, &out, SLOT_TAKEN))
        return error_set(error, BERTH_MISUSE, "the connection was given back already");
    pool_callbacks *callbacks = &pool->callbacks;
    error_clear(error);
    if (pool_slot_is_inherited(slot)) {
        callbacks->close(callbacks->context, slot->resource, POOL_FORKED);
        return BERTH_OK;
    }
    bool unusable = broken || !callbacks->reset(callbacks->context, slot->resource);
    int64_t now_ns = clock_coarse_ns();
    note_use(pool, slot, now_ns);
    pool_release(pool, slot, unusable, now_ns);
    return BERTH_OK;
}

void *pool_slot_resource(const pool_slot *slot) {
    return slot->resource;
}

bool pool_slot_is_inherited(const pool_slot *slot) {
    return slot->process != slot->pool->process;
}

void pool_interrupt(pool *pool, pool_ticket *ticket) {
    pthread_mutex_lock(&pool->lock);
    ticket->interrupted = true;
    if (ticket->waiter != NULL)
        pool_queue_leave(pool, ticket->waiter, BERTH_CANCELLED, NULL);
    pthread_mutex_unlock(&pool->lock);
}

void pool_reset(pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->generation++;
    pool_close_detached(pool, pool_detach_idle(pool), POOL_STALE);
    pthread_mutex_unlock(&pool->lock);
}

berth_status pool_close(pool *pool, int64_t deadline_ns, berth_error *error) {
    const berth_pool_stats *now = &pool->counts;
    berth_status status = BERTH_OK;
    error_clear(error);
    pthread_mutex_lock(&pool->lock);
    pool->closed = true;
    while (pool->first != NULL)
        pool_queue_leave(pool, pool->first, BERTH_POOL_CLOSED, NULL);
    pool_drop_inherited(pool);
    pool_close_detached(pool, pool_detach_idle(pool), POOL_SHUTDOWN);
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

void pool_free(pool *pool) {
    if (pool == NULL)
        return;
    pool_fork_unwatch(pool);
    while (pool->blocks != NULL) {
        pool_block *block = pool->blocks;
        pool->blocks = block->older;
        free(block);
    }
    pthread_cond_destroy(&pool->drained);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void pool_stats(pool *pool, berth_pool_stats *stats) {
    pthread_mutex_lock(&pool->lock);
    berth_pool_stats now = pool->counts;
    now.closed_lifetime = pool->closed_by[POOL_LIFETIME];
    now.closed_idle = pool->closed_by[POOL_IDLE];
    now.closed_broken = pool->closed_by[POOL_BROKEN];
    now.closed_stale = pool->closed_by[POOL_STALE];
    now.closed_overflow = pool->closed_by[POOL_OVERFLOW];
    now.closed_shutdown = pool->closed_by[POOL_SHUTDOWN];
    pthread_mutex_unlock(&pool->lock);
    now.struct_size = stats->struct_size < sizeof now ? stats->struct_size : (uint32_t)sizeof now;
    memcpy(stats, &now, now.struct_size);
}
