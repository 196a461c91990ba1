#include "bench/mutex_pool.h"
#include "bench/pool/worker.h"

#include <stdio.h>

static mutex_pool pool = MUTEX_POOL_NEW;
static int size;

static void describe(char *text, size_t bytes) {
    snprintf(text, bytes, "a stack, pthread_mutex_t, pthread_cond_t");
}

static void open_pool(int wanted) {
    size = wanted;
    for (int i = 0; i < wanted; i++)
        mutex_pool_give(&pool, worker_owner_at(i));
}

static void checkout(worker_lease *lease) {
    lease->owner = mutex_pool_take(&pool);
}

static void checkin(worker_lease *lease) {
    mutex_pool_give(&pool, lease->owner);
}

static void close_pool(void) {
    pool.idle_count = 0;
}

static int opened(void) {
    return size;
}

const worker_side worker_this_side = {
    .name = "mutex and stack",
    .describe = describe,
    .open = open_pool,
    .checkout = checkout,
    .checkin = checkin,
    .close = close_pool,
    .opened = opened,
};
