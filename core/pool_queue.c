#include <errno.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"

bool pool_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ns) {
    if (deadline_ns == BERTH_NO_DEADLINE)
        return pthread_cond_wait(condition, lock) == 0;
    struct timespec until = clock_timespec(deadline_ns > 0 ? deadline_ns : 0);
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}

static void join(pool *pool, pool_waiter *waiter) {
    waiter->previous = pool->last;
    if (pool->last != NULL)
        pool->last->next = waiter;
    else
        pool->first = waiter;
    pool->last = waiter;
    pool->counts.waiting++;
    if (waiter->ticket != NULL)
        waiter->ticket->waiter = waiter;
}

void pool_queue_leave(pool *pool, pool_waiter *waiter, berth_status status, pool_slot *slot) {
    *(waiter->previous != NULL ? &waiter->previous->next : &pool->first) = waiter->next;
    *(waiter->next != NULL ? &waiter->next->previous : &pool->last) = waiter->previous;
    pool->counts.waiting--;
    if (waiter->ticket != NULL)
        waiter->ticket->waiter = NULL;
    waiter->done = true;
    waiter->status = status;
    waiter->slot = slot;
    pthread_cond_signal(&waiter->wake);
}

pool_waiter *pool_queue_first(pool *pool) {
    if (pool->first == NULL)
        return NULL;
    /* The coarse clock runs behind, so that nobody is sent away early. */
    int64_t now_ns = clock_coarse_ns();
    while (pool->first != NULL && pool->first->deadline_ns <= now_ns)
        pool_queue_leave(pool, pool->first, BERTH_POOL_TIMEOUT, NULL);
    return pool->first;
}

static void count_wait(berth_pool_stats *counts, uint64_t duration_ns) {
    counts->wait_total_ns += duration_ns;
    if (duration_ns > counts->wait_max_ns)
        counts->wait_max_ns = duration_ns;
}

berth_status pool_queue_wait(pool *pool, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot) {
    pool_waiter waiter = {.deadline_ns = deadline_ns, .ticket = ticket};
    if (!clock_condition_init(&waiter.wake))
        return BERTH_NO_MEMORY;
    int64_t began_ns = clock_now_ns();
    join(pool, &waiter);
    pool->sleeping++;
    while (!waiter.done)
        if (!pool_condition_wait(&waiter.wake, &pool->lock, deadline_ns) && !waiter.done)
            pool_queue_leave(pool, &waiter, BERTH_POOL_TIMEOUT, NULL);
    pool->sleeping--;
    if (pool->closed)
        pthread_cond_broadcast(&pool->drained);
    count_wait(&pool->counts, (uint64_t)(clock_now_ns() - began_ns));
    pthread_cond_destroy(&waiter.wake);
    *slot = waiter.slot;
    return waiter.status;
}
