#include <stdlib.h>

#include "core/clock.h"
#include "core/pool_state.h"

int64_t pool_time_after(int64_t now_ns, int64_t duration_ns) {
    return duration_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + duration_ns;
}

int64_t pool_lifetime_ns(int64_t recycle_ns, uint64_t random) {
    return recycle_ns == INT64_MAX ? INT64_MAX : recycle_ns - recycle_ns / 1000 * (int64_t)(random % 101);
}

/* Relaxed: the lock orders it. Only pool_checkin() looks without. */
static void set_state(pool_slot *slot, slot_state state) {
    atomic_store_explicit(&slot->state, state, memory_order_relaxed);
}

static void push(pool_slot **stack, pool_slot *slot) {
    slot->next = *stack;
    *stack = slot;
}

static pool_slot *pop(pool_slot **stack) {
    pool_slot *slot = *stack;
    *stack = slot->next;
    return slot;
}

pool_slot *pool_take_idle(pool *pool, slot_state state) {
    pool_slot *slot = pop(&pool->idle);
    set_state(slot, state);
    pool->counts.idle--;
    pool->counts.in_use++;
    return slot;
}

pool_slot *pool_reserve_place(pool *pool) {
    pool_slot *slot = pop(&pool->free);
    set_state(slot, SLOT_OPENING);
    pool->counts.connecting++;
    return slot;
}

void pool_give_place(pool *pool, pool_slot *slot) {
    pool_waiter *waiter = pool_queue_first(pool);
    if (waiter != NULL) {
        pool_queue_leave(pool, waiter, BERTH_OK, slot);
        return;
    }
    set_state(slot, SLOT_FREE);
    pool->counts.connecting--;
    push(&pool->free, slot);
    if (pool->closed)
        pthread_cond_broadcast(&pool->drained);
}

/* What is left to do for a CLOSING slot. */
static void finish_close(pool *pool, pool_slot *slot, pool_cause cause) {
    pool->closed_by[cause]++;
    pthread_mutex_unlock(&pool->lock);
    pool->callbacks.close(pool->callbacks.context, slot->resource, cause);
    pthread_mutex_lock(&pool->lock);
    slot->resource = NULL;
    set_state(slot, SLOT_OPENING);
    pool->closing--;
    pool->counts.size--;
    pool->counts.connecting++;
}

void pool_close_slot(pool *pool, pool_slot *slot, pool_cause cause) {
    set_state(slot, SLOT_CLOSING);
    pool->counts.in_use--;
    pool->closing++;
    finish_close(pool, slot, cause);
}

pool_slot *pool_detach_idle(pool *pool) {
    pool_slot *detached = pool->idle;
    for (pool_slot *slot = detached; slot != NULL; slot = slot->next)
        set_state(slot, SLOT_CLOSING);
    pool->closing += pool->counts.idle;
    pool->counts.idle = 0;
    pool->idle = NULL;
    return detached;
}

void pool_close_detached(pool *pool, pool_slot *detached, pool_cause cause) {
    while (detached != NULL) {
        pool_slot *slot = pop(&detached);
        finish_close(pool, slot, cause);
        pool_give_place(pool, slot);
    }
}

static bool is_unfit(const pool *pool, const pool_slot *slot, bool broken, int64_t now_ns, pool_cause *cause) {
    if (broken)
        *cause = POOL_BROKEN;
    else if (pool->closed)
        *cause = POOL_SHUTDOWN;
    else if (slot->generation != pool->generation)
        *cause = POOL_STALE;
    else if (now_ns >= slot->expires_ns)
        *cause = POOL_LIFETIME;
    else
        return false;
    return true;
}

void pool_release(pool *pool, pool_slot *slot, bool broken, int64_t now_ns) {
    pool_waiter *waiter = NULL;
    pool_cause cause = POOL_OVERFLOW;
    pthread_mutex_lock(&pool->lock);
    bool unfit = is_unfit(pool, slot, broken, now_ns, &cause);
    if (!unfit && (waiter = pool_queue_first(pool)) != NULL) {
        pool_queue_leave(pool, waiter, BERTH_OK, slot);
    } else if (unfit || pool->counts.size - pool->closing > pool->size) {
        pool_close_slot(pool, slot, cause);
        pool_give_place(pool, slot);
    } else {
        set_state(slot, SLOT_IDLE);
        pool->counts.in_use--;
        pool->counts.idle++;
        push(&pool->idle, slot);
    }
    pthread_mutex_unlock(&pool->lock);
}

bool pool_add_block(pool *pool) {
    pool_block *block = calloc(1, sizeof *block + pool->limit * sizeof *block->slots);
    if (block == NULL)
        return false;
    block->older = pool->blocks;
    pool->blocks = block;
    pool->forked = false;
    for (uint32_t i = pool->limit; i-- > 0;) {
        block->slots[i].pool = pool;
        block->slots[i].process = pool->process;
        push(&pool->free, &block->slots[i]);
    }
    return true;
}

void pool_drop_inherited(pool *pool) {
    pool_slot *inherited = pool->inherited;
    pool->inherited = NULL;
    pthread_mutex_unlock(&pool->lock);
    while (inherited != NULL) {
        pool_slot *slot = pop(&inherited);
        set_state(slot, SLOT_FREE);
        pool->callbacks.close(pool->callbacks.context, slot->resource, POOL_FORKED);
    }
    pthread_mutex_lock(&pool->lock);
}
