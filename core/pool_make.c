/* Making a pool and freeing it. */
#include <stdlib.h>
#include <string.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/pool_state.h"

#define LIMIT_MAX 1000000

int64_t pool_time_after(int64_t now_ns, int64_t duration_ns) {
    return duration_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + duration_ns;
}

static int64_t duration_ns(int64_t duration_ms) {
    return duration_ms < 0 || duration_ms > INT64_MAX / CLOCK_NS_PER_MS ? INT64_MAX : duration_ms * CLOCK_NS_PER_MS;
}

/* For settings where 0 means never. */
static int64_t positive_duration_ns(int64_t duration_ms) {
    return duration_ms > 0 ? duration_ns(duration_ms) : INT64_MAX;
}

static pool *allocate(const pool_config *config, const pool_callbacks *callbacks) {
    pool *made = aligned_alloc(POOL_LINE_BYTES, sizeof *made);
    if (made == NULL)
        return NULL;
    memset(made, 0, sizeof *made);
    made->config = *config;
    made->callbacks = *callbacks;
    made->number = pool_next_number();
    made->tend_at_ns = INT64_MAX;
    made->limit = config->size + config->overflow;
    made->timeout_ns = positive_duration_ns(config->timeout_ms);
    made->recycle_ns = duration_ns(config->recycle_ms);
    made->check_idle_ns = duration_ns(config->check_idle_ms);
    made->idle_timeout_ns = positive_duration_ns(config->idle_timeout_ms);
    made->leak_after_ns = positive_duration_ns(config->leak_after_ms);
    made->counts.struct_size = sizeof made->counts;
    made->counts.limit = made->limit;
    made->random = ((uint64_t)clock_now_ns() ^ (uintptr_t)made) | 1;
    return made;
}

static void free_blocks(pool *pool) {
    while (pool->blocks != NULL) {
        pool_block *block = pool->blocks;
        pool->blocks = block->older;
        free(block->slots);
        free(block);
    }
}

berth_status pool_new(const pool_config *config, const pool_callbacks *callbacks, pool **made, berth_error *error) {
    uint64_t limit = (uint64_t)config->size + config->overflow;
    *made = NULL;
    if (limit < 1 || limit > LIMIT_MAX)
        return error_set(error, BERTH_CONFIG, "the pool's size and overflow are %llu together, allowed is 1 to %d",
                         (unsigned long long)limit, LIMIT_MAX);
    pool *pool = allocate(config, callbacks);
    if (pool == NULL)
        return error_no_memory(error, "the pool");
    error_no_memory(error, "the pool");
    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        goto no_lock;
    if (!clock_condition_init(&pool->drained))
        goto no_drained;
    if (!clock_condition_init(&pool->tend))
        goto no_tend;
    if (!pool_add_block(pool) || !pool_fork_watch(pool))
        goto no_block;
    if (pool_housekeeping_start(pool, error) != BERTH_OK)
        goto no_housekeeper;
    error_clear(error);
    *made = pool;
    return BERTH_OK;
no_housekeeper:
    pool_fork_unwatch(pool);
no_block:
    free_blocks(pool);
    pthread_cond_destroy(&pool->tend);
no_tend:
    pthread_cond_destroy(&pool->drained);
no_drained:
    pthread_mutex_destroy(&pool->lock);
no_lock:
    free(pool);
    return BERTH_NO_MEMORY;
}

void pool_free(pool *pool) {
    if (pool == NULL)
        return;
    pool_housekeeping_end(pool);
    pool_fork_unwatch(pool);
    free_blocks(pool);
    pthread_cond_destroy(&pool->tend);
    pthread_cond_destroy(&pool->drained);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
