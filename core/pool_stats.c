/* What a pool counts. */
#include <string.h>

#include "core/clock.h"
#include "core/pool_state.h"

const uint64_t berth_histogram_bounds_ns[BERTH_HISTOGRAM_BUCKETS] = {
    100000,    500000,    1000000,    5000000,    10000000,    50000000,
    100000000, 500000000, 1000000000, 5000000000, 30000000000, UINT64_MAX,
};

uint32_t pool_histogram_bucket(uint64_t duration_ns) {
    uint32_t bucket = 0;
    while (duration_ns > berth_histogram_bounds_ns[bucket])
        bucket++;
    return bucket;
}

void pool_count_duration(berth_histogram *histogram, uint64_t duration_ns) {
    histogram->counts[pool_histogram_bucket(duration_ns)]++;
    histogram->total_ns += duration_ns;
    if (duration_ns > histogram->max_ns)
        histogram->max_ns = duration_ns;
}

/* Counters that one thread at a time writes, its slot's owner, and others only read. */
static void add(atomic_uint_fast64_t *counter, uint64_t amount) {
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount, memory_order_relaxed);
}

void pool_slot_note_use(pool_slot *slot, int64_t now_ns) {
    int64_t taken_ns = atomic_load_explicit(&slot->taken_ns, memory_order_relaxed);
    atomic_store_explicit(&slot->used_ns, now_ns, memory_order_relaxed);
    uint64_t use_ns = now_ns > taken_ns ? (uint64_t)(now_ns - taken_ns) : 0;
    add(&slot->uses[pool_histogram_bucket(use_ns)], 1);
    add(&slot->use_total_ns, use_ns);
    if (use_ns > atomic_load_explicit(&slot->use_max_ns, memory_order_relaxed))
        atomic_store_explicit(&slot->use_max_ns, use_ns, memory_order_relaxed);
}

static void count_slot(const pool_slot *slot, berth_pool_stats *stats) {
    uint64_t max_ns = atomic_load_explicit(&slot->use_max_ns, memory_order_relaxed);
    stats->idle += pool_slot_state(slot) == SLOT_IDLE;
    stats->checkouts += atomic_load_explicit(&slot->checkouts, memory_order_relaxed);
    stats->use.total_ns += atomic_load_explicit(&slot->use_total_ns, memory_order_relaxed);
    stats->use.max_ns = max_ns > stats->use.max_ns ? max_ns : stats->use.max_ns;
    for (uint32_t i = 0; i < BERTH_HISTOGRAM_BUCKETS; i++)
        stats->use.counts[i] += atomic_load_explicit(&slot->uses[i], memory_order_relaxed);
}

void pool_count_slots(const pool *pool, berth_pool_stats *stats) {
    for (uint32_t i = 0; !pool->is_forked && i < pool->limit; i++)
        count_slot(&pool->blocks->slots[i], stats);
    stats->in_use = pool->counts.size - pool->closing - stats->idle;
}

void pool_stats(pool *pool, berth_pool_stats *stats) {
    pthread_mutex_lock(&pool->lock);
    berth_pool_stats now = pool->counts;
    pool_count_slots(pool, &now);
    now.immediate = now.checkouts - pool->delayed;
    now.closed_lifetime = pool->closed_by[POOL_LIFETIME];
    now.closed_idle = pool->closed_by[POOL_IDLE];
    now.closed_broken = pool->closed_by[POOL_BROKEN];
    now.closed_stale = pool->closed_by[POOL_STALE];
    now.closed_overflow = pool->closed_by[POOL_OVERFLOW];
    now.closed_shutdown = pool->closed_by[POOL_SHUTDOWN];
    pthread_mutex_unlock(&pool->lock);
    now.wait_total_ns = now.wait.total_ns;
    now.wait_max_ns = now.wait.max_ns;
    now.connect_total_ns = now.connect.total_ns;
    now.connect_max_ns = now.connect.max_ns;
    now.struct_size = stats->struct_size < sizeof now ? stats->struct_size : (uint32_t)sizeof now;
    memcpy(stats, &now, now.struct_size);
}
