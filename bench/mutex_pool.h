/* What a programmer writes who needs a pool in twenty lines: a stack under a mutex, and a condition to wait for. */
#ifndef BENCH_MUTEX_POOL_H
#define BENCH_MUTEX_POOL_H

#include <pthread.h>

#define MUTEX_POOL_MOST 64

typedef struct mutex_pool {
    pthread_mutex_t lock;
    pthread_cond_t returned;
    void *idle[MUTEX_POOL_MOST];
    int idle_count;
} mutex_pool;

#define MUTEX_POOL_NEW                                                                                                 \
    { .lock = PTHREAD_MUTEX_INITIALIZER, .returned = PTHREAD_COND_INITIALIZER }

/* Waits for as long as it takes. */
static inline void *mutex_pool_take(mutex_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    while (pool->idle_count == 0)
        pthread_cond_wait(&pool->returned, &pool->lock);
    void *taken = pool->idle[--pool->idle_count];
    pthread_mutex_unlock(&pool->lock);
    return taken;
}

/* Also what was not taken from it, up to MUTEX_POOL_MOST. */
static inline void mutex_pool_give(mutex_pool *pool, void *taken) {
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = taken;
    pthread_cond_signal(&pool->returned);
    pthread_mutex_unlock(&pool->lock);
}

#endif
