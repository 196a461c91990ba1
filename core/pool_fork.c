/* A child process has one thread and copies of everything else, so it starts with empty pools: fork() waits for every
 * pool's lock, and so finds each in order, and the child forgets what was the parent's. Slots that move without the
 * lock are found before the move or after it. */
#include <string.h>

#include "core/clock.h"
#include "core/pool_state.h"

static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;
static pool *pools;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool watching;
static atomic_uint_fast64_t last_number;

uint64_t pool_next_number(void) {
    return atomic_fetch_add(&last_number, 1) + 1;
}

static void lock_all(void) {
    pthread_mutex_lock(&pools_lock);
    for (pool *each = pools; each != NULL; each = each->next)
        pthread_mutex_lock(&each->lock);
}

static void unlock_all(void) {
    for (pool *each = pools; each != NULL; each = each->next)
        pthread_mutex_unlock(&each->lock);
    pthread_mutex_unlock(&pools_lock);
}

/* What lies idle is the child's to drop, by its first checkout. What is out stays with its owner. */
static void inherit(pool *pool, pool_slot *slot) {
    atomic_fetch_and(&slot->word, ~SLOT_STACKED);
    if (pool_slot_state(slot) != SLOT_IDLE)
        return;
    pool_slot_move(slot, SLOT_IDLE, SLOT_CLOSING);
    slot->next = pool->inherited;
    pool->inherited = slot;
}

/* Only memory is touched here. */
static void start_empty(pool *pool) {
    for (pool_waiter *waiter = pool->first; waiter != NULL; waiter = waiter->next)
        if (waiter->ticket != NULL)
            waiter->ticket->waiter = NULL;
    pool->first = pool->last = NULL;
    for (uint32_t i = 0; !pool->is_forked && i < pool->limit; i++)
        inherit(pool, &pool->blocks->slots[i]);
    pool->idle = pool->free = NULL;
    pool->counts = (berth_pool_stats){.struct_size = sizeof pool->counts, .limit = pool->limit};
    memset(pool->closed_by, 0, sizeof pool->closed_by);
    pool->delayed = 0;
    pool->closing = pool->sleeping = 0;
    pool->backoff_ns = 0;
    pool->failure.status = BERTH_OK;
    pool->process++;
    pool->number = pool_next_number();
    pool->is_forked = true;
    pool->is_tending = pool->has_housekeeper = false;
    pool->tend_at_ns = pool_needs_housekeeping(pool) ? 0 : INT64_MAX;
    pool_note_attention(pool);
    clock_condition_init(&pool->drained);
    clock_condition_init(&pool->tend);
}

void pool_drop_inherited(pool *pool) {
    pool_slot *inherited = pool->inherited;
    pool->inherited = NULL;
    pthread_mutex_unlock(&pool->lock);
    while (inherited != NULL) {
        pool_slot *slot = inherited;
        inherited = slot->next;
        pool_slot_move(slot, SLOT_CLOSING, SLOT_FREE);
        pool->callbacks.close(pool->callbacks.context, slot->resource, POOL_FORKED);
    }
    pthread_mutex_lock(&pool->lock);
}

static void start_child(void) {
    for (pool *each = pools; each != NULL; each = each->next)
        start_empty(each);
    unlock_all();
}

static void watch_forks(void) {
    watching = pthread_atfork(lock_all, unlock_all, start_child) == 0;
}

bool pool_fork_watch(pool *pool) {
    pthread_once(&once, watch_forks);
    if (!watching)
        return false;
    pthread_mutex_lock(&pools_lock);
    pool->next = pools;
    pools = pool;
    pthread_mutex_unlock(&pools_lock);
    return true;
}

void pool_fork_unwatch(pool *pool) {
    pthread_mutex_lock(&pools_lock);
    struct pool **link = &pools;
    while (*link != pool)
        link = &(*link)->next;
    *link = pool->next;
    pthread_mutex_unlock(&pools_lock);
}
