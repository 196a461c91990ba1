/* What falls due by itself: closing what nobody used, keeping some ready, telling of what does not come back. By a
 * thread of the pool's, or in passing by checkouts and returns. */
#include <signal.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/pool_state.h"

#define SHORTEST_PERIOD_NS (10 * CLOCK_NS_PER_MS)
#define LONGEST_PERIOD_NS CLOCK_NS_PER_S
#define STACK_BYTES (256 * 1024) /* Hooks of the program and drivers run on it. */

bool pool_needs_housekeeping(const pool *pool) {
    return pool->idle_timeout_ns < INT64_MAX || pool->leak_after_ns < INT64_MAX || pool->config.min_idle > 0;
}

/* Often enough for what is due to be late by a quarter at most. */
static int64_t period_ns(const pool *pool) {
    int64_t shortest_ns = pool->idle_timeout_ns < pool->leak_after_ns ? pool->idle_timeout_ns : pool->leak_after_ns;
    int64_t quarter_ns = shortest_ns / 4;
    if (quarter_ns < SHORTEST_PERIOD_NS)
        return SHORTEST_PERIOD_NS;
    return quarter_ns < LONGEST_PERIOD_NS ? quarter_ns : LONGEST_PERIOD_NS;
}

static uint32_t count_idle(const pool *pool) {
    berth_pool_stats stats = {0};
    pool_count_slots(pool, &stats);
    return stats.idle;
}

/* Lock held, given up while closing. The compare-and-swap finds out whether somebody took it meanwhile. */
static void close_idle(pool *pool, int64_t now_ns) {
    uint32_t idle = count_idle(pool);
    for (uint32_t i = 0; pool->idle_timeout_ns < INT64_MAX && !pool->is_closed && i < pool->limit; i++) {
        pool_slot *slot = &pool->blocks->slots[i];
        unsigned word = SLOT_IDLE_WORD;
        if (idle <= pool->config.min_idle)
            return;
        if (pool_slot_state(slot) != SLOT_IDLE ||
            now_ns - atomic_load_explicit(&slot->used_ns, memory_order_relaxed) < pool->idle_timeout_ns ||
            !atomic_compare_exchange_strong(&slot->word, &word, SLOT_TAKEN | SLOT_STACKED))
            continue;
        idle--;
        pool_close_slot(pool, slot, POOL_IDLE);
    }
}

/* Once for each time that one is out. The flag makes its return look at it. */
static void tell_of_leak(pool *pool, pool_slot *slot, int64_t now_ns) {
    unsigned word = atomic_load(&slot->word);
    int64_t out_ns = now_ns - atomic_load_explicit(&slot->taken_ns, memory_order_relaxed);
    const char *where = atomic_load_explicit(&slot->where, memory_order_relaxed);
    if ((word & SLOT_STATES) != SLOT_OUT || (word & SLOT_LEAKED) != 0 || out_ns < pool->leak_after_ns ||
        !atomic_compare_exchange_strong(&slot->word, &word, word | SLOT_LEAKED))
        return;
    uint64_t number = slot->number;
    pool->counts.leaks++;
    pthread_mutex_unlock(&pool->lock);
    pool->callbacks.notice(pool->callbacks.context, POOL_LEAK, number, out_ns, where);
    pthread_mutex_lock(&pool->lock);
}

static void tell_of_leaks(pool *pool, int64_t now_ns) {
    for (uint32_t i = 0; pool->leak_after_ns < INT64_MAX && !pool->is_closed && i < pool->limit; i++)
        tell_of_leak(pool, &pool->blocks->slots[i], now_ns);
}

/* A failure is told by the callback, and to whoever needs a connection and gets none. */
static void top_up(pool *pool, int64_t deadline_ns) {
    berth_error error;
    bool may_pass;
    while (pool->first == NULL && !clock_passed(deadline_ns) && count_idle(pool) < pool->config.min_idle &&
           pool->counts.size - pool->closing + pool->counts.connecting < pool->config.size && pool_may_open(pool)) {
        pool_slot *slot = pool_reserve_place(pool);
        pthread_mutex_unlock(&pool->lock);
        berth_status status = pool_open_slot(pool, slot, deadline_ns, &may_pass, &error);
        if (status == BERTH_OK)
            pool_release(pool, slot, false, clock_coarse_ns());
        pthread_mutex_lock(&pool->lock);
        if (status != BERTH_OK)
            return;
    }
}

/* All that is due. Lock held, given up meanwhile. */
static void tend(pool *pool, int64_t deadline_ns) {
    int64_t now_ns = clock_coarse_ns();
    pool->is_tending = true;
    close_idle(pool, now_ns);
    tell_of_leaks(pool, now_ns);
    top_up(pool, deadline_ns);
    pool->is_tending = false;
}

void pool_tend_in_passing(pool *pool, int64_t deadline_ns) {
    pthread_mutex_lock(&pool->lock);
    if (!pool->is_tending && !pool->is_closed && !pool->is_forked) {
        /* First, so that others pass by. */
        atomic_store_explicit(&pool->tend_at_ns, clock_coarse_ns() + period_ns(pool), memory_order_relaxed);
        tend(pool, deadline_ns);
    }
    pthread_mutex_unlock(&pool->lock);
}

static void *keep_house(void *argument) {
    pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    while (!pool->is_closed) {
        tend(pool, BERTH_NO_DEADLINE);
        if (!pool->is_closed)
            pool_condition_wait(&pool->tend, &pool->lock, clock_now_ns() + period_ns(pool));
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals are the program's: its other threads get them. */
static bool start_thread(pool *pool) {
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* The thread begins by taking the lock: it finds both set. */
    pthread_mutex_lock(&pool->lock);
    pool->has_housekeeper = pthread_create(&pool->housekeeper, &attributes, keep_house, pool) == 0;
    pthread_mutex_unlock(&pool->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return pool->has_housekeeper;
}

berth_status pool_housekeeping_start(pool *pool, berth_error *error) {
    if (!pool_needs_housekeeping(pool))
        return BERTH_OK;
    if (!pool->config.housekeeping)
        atomic_store_explicit(&pool->tend_at_ns, 0, memory_order_relaxed);
    else if (!start_thread(pool))
        return error_set(error, BERTH_NO_MEMORY, "the pool's housekeeping thread can't be started");
    return BERTH_OK;
}

bool pool_is_housekeeper(const pool *pool) {
    return pool->has_housekeeper && pthread_equal(pool->housekeeper, pthread_self());
}

void pool_housekeeping_end(pool *pool) {
    if (pool->has_housekeeper)
        pthread_join(pool->housekeeper, NULL);
    pool->has_housekeeper = false;
}
