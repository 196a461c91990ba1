#include "core/pool_state.h"

#include <berth/driver.h>

#include "core/clock.h"
#include "core/error.h"

#define FIRST_BACKOFF_NS (10 * CLOCK_NS_PER_MS)
#define LONGEST_BACKOFF_NS (500 * CLOCK_NS_PER_MS)

/* By a half each time: so a try follows the end of an outage after half of the time that it lasted, at most; and
 * however long it lasted, sessions are served again within a second of its end. */
int64_t pool_next_backoff_ns(int64_t backoff_ns) {
    if (backoff_ns == 0)
        return FIRST_BACKOFF_NS;
    int64_t next_ns = backoff_ns + backoff_ns / 2;
    return next_ns < LONGEST_BACKOFF_NS ? next_ns : LONGEST_BACKOFF_NS;
}

int64_t pool_lifetime_ns(int64_t recycle_ns, uint64_t random) {
    return recycle_ns == INT64_MAX ? INT64_MAX : recycle_ns - recycle_ns / 1000 * (int64_t)(random % 101);
}

uint64_t pool_random(pool *pool) {
    pool->random ^= pool->random << 13;
    pool->random ^= pool->random >> 7;
    pool->random ^= pool->random << 17;
    return pool->random;
}

/* Not before the first success: a wrong host name should be told at once. */
static bool failure_may_pass(const pool *pool, berth_status status) {
    switch (status) {
    case BERTH_CONNECT:
    case BERTH_TOO_MANY_CONNECTIONS:
    case BERTH_CONNECTION_LOST:
    case BERTH_TIMEOUT:
        return pool->has_connected;
    default:
        return false;
    }
}

/* Of several attempts that fail together, one makes the pause longer. */
static void back_off(pool *pool) {
    int64_t now_ns = clock_now_ns();
    if (pool->backoff_ns > 0 && now_ns < pool->retry_at_ns)
        return;
    pool->backoff_ns = pool_next_backoff_ns(pool->backoff_ns);
    pool->retry_at_ns = now_ns + clock_jittered_ns(pool->backoff_ns, pool_random(pool));
}

static void note_success(pool *pool, pool_slot *slot, void *resource, int64_t began_ns, int64_t ended_ns) {
    slot->resource = resource;
    slot->expires_ns = pool_time_after(ended_ns, pool_lifetime_ns(pool->recycle_ns, pool_random(pool)));
    atomic_store_explicit(&slot->used_ns, clock_coarse_ns(), memory_order_relaxed);
    pool->has_connected = true;
    pool->backoff_ns = 0;
    pool->failure.status = BERTH_OK;
    pool->counts.size++;
    pool->counts.connecting--;
    pool->counts.opened++;
    pool_count_duration(&pool->counts.connect, (uint64_t)(ended_ns - began_ns));
    pool_slot_move(slot, SLOT_OPENING, SLOT_TAKEN);
    pool_note_attention(pool);
    pool_serve(pool, NULL);
}

berth_status pool_open_slot(pool *pool, pool_slot *slot, int64_t deadline_ns, bool *may_pass, berth_error *error) {
    void *resource = NULL;
    int64_t began_ns = clock_now_ns();
    error_clear(error);
    berth_status status = pool->callbacks.open(pool->callbacks.context, slot->number, deadline_ns, &resource, error);
    int64_t ended_ns = clock_now_ns();
    pthread_mutex_lock(&pool->lock);
    *may_pass = status != BERTH_OK && failure_may_pass(pool, status);
    if (status == BERTH_OK) {
        note_success(pool, slot, resource, began_ns, ended_ns);
    } else {
        pool->counts.connect_failed++;
        /* An attempt that ran out of its caller's time does not tell what is wrong, nor anything of the next. */
        bool tells = status != BERTH_TIMEOUT || ended_ns < deadline_ns;
        if (tells || pool->failure.status == BERTH_OK)
            pool->failure = *error;
        if (*may_pass && tells)
            back_off(pool);
        pool_give_place(pool, slot, SLOT_OPENING);
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}
