#include <errno.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"

/* From then on the first waiter gets what comes back. Before that others may overtake it, which spares a change of
 * threads for each of many short uses. */
#define OVERDUE_NS CLOCK_NS_PER_MS

bool pool_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ns) {
    if (deadline_ns == BERTH_NO_DEADLINE)
        return pthread_cond_wait(condition, lock) == 0;
    struct timespec until = clock_timespec(deadline_ns > 0 ? deadline_ns : 0);
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}

void pool_note_attention(pool *pool) {
    unsigned attention = pool->is_closed ? POOL_IS_CLOSED : 0;
    if (pool->first != NULL && !pool->first->is_nudged)
        attention |= POOL_HAS_WAITER;
    if (pool->counts.size - pool->closing > pool->config.size)
        attention |= POOL_HAS_SURPLUS;
    /* Sequentially consistent: a return makes its slot IDLE and then looks here; a waiter writes here and then looks
     * for an IDLE slot. One of them sees the other. */
    if (atomic_load_explicit(&pool->attention, memory_order_relaxed) != attention)
        atomic_store(&pool->attention, attention);
}

static void join(pool *pool, pool_waiter *waiter) {
    pool_waiter *previous = pool->last;
    while (previous != NULL && previous->began_ns > waiter->began_ns)
        previous = previous->previous;
    waiter->previous = previous;
    waiter->next = previous != NULL ? previous->next : pool->first;
    *(previous != NULL ? &previous->next : &pool->first) = waiter;
    *(waiter->next != NULL ? &waiter->next->previous : &pool->last) = waiter;
    pool->counts.waiting++;
    if (waiter->ticket != NULL)
        waiter->ticket->waiter = waiter;
    pool_note_attention(pool);
}

void pool_nudge_first(pool *pool) {
    pool_waiter *first = pool->first;
    if (first == NULL || first->is_nudged || !first->is_asleep)
        return;
    first->is_nudged = true;
    pthread_cond_signal(&first->wake);
    pool_note_attention(pool);
}

void pool_queue_leave(pool *pool, pool_waiter *waiter, berth_status status, pool_slot *slot) {
    *(waiter->previous != NULL ? &waiter->previous->next : &pool->first) = waiter->next;
    *(waiter->next != NULL ? &waiter->next->previous : &pool->last) = waiter->previous;
    pool->counts.waiting--;
    if (waiter->ticket != NULL)
        waiter->ticket->waiter = NULL;
    waiter->has_left = true;
    waiter->status = status;
    waiter->slot = slot;
    pthread_cond_signal(&waiter->wake);
    pool_note_attention(pool);
    /* What it was told to look for may still be there. And while nothing can be opened, it is the first that keeps an
     * eye on the time. */
    if (waiter->is_nudged || (waiter->previous == NULL && pool->backoff_ns > 0))
        pool_nudge_first(pool);
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

pool_waiter *pool_queue_overdue(pool *pool) {
    pool_waiter *first = pool_queue_first(pool);
    return first != NULL && clock_now_ns() - first->joined_ns >= OVERDUE_NS ? first : NULL;
}

void pool_serve(pool *pool, const pool_waiter *self) {
    pool_waiter *first;
    while ((first = pool_queue_first(pool)) != NULL) {
        if (pool_has_idle(pool)) {
            if (first != self && pool_queue_overdue(pool) != first) {
                pool_nudge_first(pool);
                return;
            }
            pool_slot *slot = pool_take_idle(pool);
            if (slot != NULL)
                pool_queue_leave(pool, first, BERTH_OK, slot);
        } else if (pool_may_open(pool)) {
            pool_queue_leave(pool, first, BERTH_OK, pool_reserve_place(pool));
        } else {
            return;
        }
    }
}

/* Asleep until it is woken, its time is over, or, as the first while nothing can be opened, until the next try. When
 * one is trying, its end wakes the first. */
static void sleep_once(pool *pool, pool_waiter *waiter) {
    bool watches = pool->first == waiter && pool->backoff_ns > 0 && pool->counts.connecting == 0 &&
                   pool->retry_at_ns < waiter->deadline_ns;
    waiter->is_asleep = true;
    bool is_signalled =
        pool_condition_wait(&waiter->wake, &pool->lock, watches ? pool->retry_at_ns : waiter->deadline_ns);
    waiter->is_asleep = false;
    if (!is_signalled && !waiter->has_left && clock_passed(waiter->deadline_ns))
        pool_queue_leave(pool, waiter, BERTH_POOL_TIMEOUT, NULL);
}

berth_status pool_queue_wait(pool *pool, int64_t began_ns, int64_t deadline_ns, pool_ticket *ticket, pool_slot **slot) {
    pool_waiter waiter = {
        .began_ns = began_ns, .joined_ns = clock_now_ns(), .deadline_ns = deadline_ns, .ticket = ticket};
    if (!clock_condition_init(&waiter.wake))
        return BERTH_NO_MEMORY;
    pool->sleeping++;
    join(pool, &waiter);
    for (;;) {
        pool_serve(pool, &waiter);
        if (waiter.has_left)
            break;
        sleep_once(pool, &waiter);
        if (waiter.has_left)
            break;
        waiter.is_nudged = false;
        pool_note_attention(pool);
    }
    pool->sleeping--;
    if (pool->is_closed)
        pthread_cond_broadcast(&pool->drained);
    pool_count_duration(&pool->counts.wait, (uint64_t)(clock_now_ns() - waiter.joined_ns));
    pthread_cond_destroy(&waiter.wake);
    *slot = waiter.slot;
    return waiter.status;
}
