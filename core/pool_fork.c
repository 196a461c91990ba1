/* A child process has one thread and copies of everything else, so it starts with empty pools: fork() waits for every
 * pool's lock, and so finds each in order, and the child forgets what was the parent's. */
#include <string.h>

#include "core/clock.h"
#include "core/pool_state.h"

static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;
static pool *pools;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool watching;

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

/* Only memory is touched here: resources are dropped by the child's first checkout, if it has any. */
static void start_empty(pool *pool) {
    for (pool_waiter *waiter = pool->first; waiter != NULL; waiter = waiter->next)
        if (waiter->ticket != NULL)
            waiter->ticket->waiter = NULL;
    pool->first = pool->last = NULL;
    if (pool->idle != NULL)
        pool->inherited = pool->idle;
    pool->idle = pool->free = NULL;
    pool->counts = (berth_pool_stats){.struct_size = sizeof pool->counts, .limit = pool->limit};
    memset(pool->closed_by, 0, sizeof pool->closed_by);
    pool->closing = pool->sleeping = 0;
    pool->last_failure[0] = '\0';
    pool->process++;
    pool->forked = true;
    clock_condition_init(&pool->drained);
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
