#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/pool_state.h"

void pool_slot_move(pool_slot *slot, slot_state from, slot_state to) {
    atomic_fetch_add(&slot->word, (unsigned)to - (unsigned)from);
}

bool pool_slot_claim(pool_slot *slot) {
    unsigned word = atomic_load(&slot->word);
    do {
        if ((word & SLOT_STATES) != SLOT_OUT)
            return false;
    } while (!atomic_compare_exchange_weak(&slot->word, &word, word - SLOT_OUT + SLOT_TAKEN));
    return true;
}

static void push(pool_slot **list, pool_slot *slot) {
    slot->next = *list;
    *list = slot;
}

static pool_slot *pop(pool_slot **list) {
    pool_slot *slot = *list;
    *list = slot->next;
    return slot;
}

/* Takes the topmost slot off the stack, unless it is IDLE. It may change between IDLE and OUT meanwhile. */
static bool unstack_unless_idle(pool *pool) {
    pool_slot *slot = pool->idle;
    unsigned word = atomic_load(&slot->word);
    do {
        if ((word & SLOT_STATES) == SLOT_IDLE)
            return false;
    } while (!atomic_compare_exchange_weak(&slot->word, &word, word & ~SLOT_STACKED));
    pool->idle = slot->below;
    return true;
}

bool pool_has_idle(pool *pool) {
    while (pool->idle != NULL)
        if (!unstack_unless_idle(pool))
            return true;
    return false;
}

pool_slot *pool_take_idle(pool *pool) {
    while (pool_has_idle(pool)) {
        pool_slot *slot = pool->idle;
        unsigned word = SLOT_IDLE_WORD;
        if (!atomic_compare_exchange_strong(&slot->word, &word, SLOT_TAKEN))
            continue;
        pool->idle = slot->below;
        return slot;
    }
    return NULL;
}

void pool_push_idle(pool *pool, pool_slot *slot) {
    bool is_stacked = (atomic_load_explicit(&slot->word, memory_order_relaxed) & SLOT_STACKED) != 0;
    if (!is_stacked) {
        slot->below = pool->idle;
        pool->idle = slot;
    }
    atomic_store_explicit(&slot->taken_ns, INT64_MAX, memory_order_relaxed);
    atomic_fetch_add(&slot->word, SLOT_IDLE - SLOT_TAKEN + (is_stacked ? 0 : SLOT_STACKED));
}

bool pool_may_open(const pool *pool) {
    uint32_t bound = pool->config.max_connecting > 0 ? pool->config.max_connecting : UINT32_MAX;
    if (pool->free == NULL || pool->is_closed)
        return false;
    if (pool->backoff_ns == 0)
        return pool->counts.connecting < bound;
    /* One is enough to find out. */
    return pool->counts.connecting == 0 && clock_now_ns() >= pool->retry_at_ns;
}

pool_slot *pool_reserve_place(pool *pool) {
    pool_slot *slot = pop(&pool->free);
    pool_slot_move(slot, SLOT_FREE, SLOT_OPENING);
    slot->number = ++pool->last_number;
    pool->counts.connecting++;
    return slot;
}

void pool_give_place(pool *pool, pool_slot *slot, slot_state from) {
    atomic_fetch_and(&slot->word, ~(SLOT_STALE | SLOT_LEAKED));
    pool_slot_move(slot, from, SLOT_FREE);
    if (from == SLOT_OPENING)
        pool->counts.connecting--;
    push(&pool->free, slot);
    if (pool->is_closed)
        pthread_cond_broadcast(&pool->drained);
    pool_serve(pool, NULL);
    /* Nothing can be opened yet: from now on the first has to keep an eye on the time. */
    if (from == SLOT_OPENING && pool->backoff_ns > 0)
        pool_nudge_first(pool);
}

static void begin_close(pool *pool, pool_slot *slot, slot_state from) {
    pool_slot_move(slot, from, SLOT_CLOSING);
    pool->closing++;
}

static void finish_close(pool *pool, pool_slot *slot, pool_cause cause) {
    pool->closed_by[cause]++;
    pool_note_attention(pool);
    pthread_mutex_unlock(&pool->lock);
    pool->callbacks.close(pool->callbacks.context, slot->resource, cause);
    pthread_mutex_lock(&pool->lock);
    slot->resource = NULL;
    pool->closing--;
    pool->counts.size--;
    pool_note_attention(pool);
    pool_give_place(pool, slot, SLOT_CLOSING);
}

void pool_close_slot(pool *pool, pool_slot *slot, pool_cause cause) {
    begin_close(pool, slot, SLOT_TAKEN);
    finish_close(pool, slot, cause);
}

/* Once the flag is set, no quick way leads out of IDLE. */
void pool_make_stale(pool *pool, pool_cause cause) {
    pool_slot *detached = NULL;
    for (uint32_t i = 0; !pool->is_forked && i < pool->limit; i++) {
        pool_slot *slot = &pool->blocks->slots[i];
        if (pool_slot_state(slot) == SLOT_FREE)
            continue;
        if ((atomic_fetch_or(&slot->word, SLOT_STALE) & SLOT_STATES) == SLOT_IDLE) {
            begin_close(pool, slot, SLOT_IDLE);
            push(&detached, slot);
        }
    }
    while (detached != NULL)
        finish_close(pool, pop(&detached), cause);
}

static bool is_unfit(const pool *pool, const pool_slot *slot, bool is_broken, int64_t now_ns, pool_cause *cause) {
    if (is_broken)
        *cause = POOL_BROKEN;
    else if (pool->is_closed)
        *cause = POOL_SHUTDOWN;
    else if ((atomic_load_explicit(&slot->word, memory_order_relaxed) & SLOT_STALE) != 0)
        *cause = POOL_STALE;
    else if (now_ns >= slot->expires_ns)
        *cause = POOL_LIFETIME;
    else
        return false;
    return true;
}

/* Tells that one comes back of which it was said that it doesn't. Lock held, given up meanwhile. */
static void note_late_return(pool *pool, pool_slot *slot, int64_t now_ns) {
    const char *where = atomic_load_explicit(&slot->where, memory_order_relaxed);
    int64_t out_ns = now_ns - atomic_load_explicit(&slot->taken_ns, memory_order_relaxed);
    atomic_fetch_and(&slot->word, ~SLOT_LEAKED);
    pool->counts.late_returns++;
    pthread_mutex_unlock(&pool->lock);
    pool->callbacks.notice(pool->callbacks.context, POOL_LATE_RETURN, slot->number, out_ns, where);
    pthread_mutex_lock(&pool->lock);
}

void pool_release(pool *pool, pool_slot *slot, bool is_broken, int64_t now_ns) {
    pool_cause cause = POOL_OVERFLOW;
    pthread_mutex_lock(&pool->lock);
    if ((atomic_load_explicit(&slot->word, memory_order_relaxed) & SLOT_LEAKED) != 0)
        note_late_return(pool, slot, now_ns);
    bool unfit = is_unfit(pool, slot, is_broken, now_ns, &cause);
    pool_waiter *waiter = unfit ? NULL : pool_queue_overdue(pool);
    if (waiter != NULL) {
        pool_queue_leave(pool, waiter, BERTH_OK, slot);
    } else if (unfit || (pool->first == NULL && pool->counts.size - pool->closing > pool->config.size)) {
        pool_close_slot(pool, slot, cause);
    } else {
        pool_push_idle(pool, slot);
        pool_serve(pool, NULL);
    }
    pthread_mutex_unlock(&pool->lock);
}

bool pool_add_block(pool *pool) {
    pool_block *block = calloc(1, sizeof *block);
    size_t bytes = pool->limit * sizeof *block->slots;
    if (block == NULL || (block->slots = aligned_alloc(POOL_LINE_BYTES, bytes)) == NULL) {
        free(block);
        return false;
    }
    memset(block->slots, 0, bytes);
    block->older = pool->blocks;
    pool->blocks = block;
    pool->is_forked = false;
    for (uint32_t i = pool->limit; i-- > 0;) {
        block->slots[i].pool = pool;
        block->slots[i].process = pool->process;
        push(&pool->free, &block->slots[i]);
    }
    return true;
}
