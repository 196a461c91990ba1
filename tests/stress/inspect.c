/* What must hold at any moment, seen with the pool's lock held; see core/pool_state.h. */
#include <sched.h>
#include <stdlib.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "tests/stress/stress.h"

static void expect(const arena *arena, const char *what, uint64_t found, uint64_t expected) {
    if (found != expected)
        world_fail(arena->world, "%s: found %llu, expected %llu", what, (unsigned long long)found,
                   (unsigned long long)expected);
}

/* How many slots are in each state; and flags that may not be there. */
static uint32_t count_states(const arena *arena, uint32_t states[SLOT_STATES + 1]) {
    const pool *pool = arena->pool;
    uint32_t stacked = 0;
    for (uint32_t i = 0; i < pool->limit; i++) {
        unsigned word = atomic_load(&pool->blocks->slots[i].word);
        states[word & SLOT_STATES]++;
        stacked += (word & SLOT_STACKED) != 0;
        if ((word & SLOT_STATES) == SLOT_IDLE && word != SLOT_IDLE_WORD)
            world_fail(arena->world, "an idle slot has the word %u", word);
    }
    return stacked;
}

static void inspect_slots(const arena *arena) {
    const pool *pool = arena->pool;
    uint32_t states[SLOT_STATES + 1] = {0}, stack = 0, free = 0;
    uint32_t stacked = count_states(arena, states);
    for (const pool_slot *slot = pool->idle; slot != NULL; slot = slot->below)
        stack++;
    for (const pool_slot *slot = pool->free; slot != NULL; slot = slot->next)
        free++;
    expect(arena, "slots in the stack", stack, stacked);
    expect(arena, "slots in the list of free ones", free, states[SLOT_FREE]);
    expect(arena, "connecting", pool->counts.connecting, states[SLOT_OPENING]);
    expect(arena, "closing", pool->closing, states[SLOT_CLOSING]);
    expect(arena, "size", pool->counts.size,
           states[SLOT_TAKEN] + states[SLOT_OUT] + states[SLOT_IDLE] + states[SLOT_CLOSING]);
    if (pool->counts.size + pool->counts.connecting > pool->limit)
        world_fail(arena->world, "%u are open and %u being opened, allowed are %u", pool->counts.size,
                   pool->counts.connecting, pool->limit);
}

/* Whether somebody in the queue is told to look; else nothing may be there that is worth a look. */
static bool inspect_queue(const arena *arena) {
    const pool *pool = arena->pool;
    bool is_nudged = false;
    uint32_t waiting = 0;
    for (const pool_waiter *waiter = pool->first; waiter != NULL; waiter = waiter->next) {
        waiting++;
        is_nudged = is_nudged || waiter->is_nudged;
        if (waiter->has_left || waiter->ticket->waiter != waiter)
            world_fail(arena->world, "one in the queue has left it");
        if (waiter->next != NULL && waiter->next->began_ns < waiter->began_ns)
            world_fail(arena->world, "the queue is not in the order of coming");
    }
    expect(arena, "waiting", pool->counts.waiting, waiting);
    if (pool->sleeping < waiting)
        world_fail(arena->world, "%u wait, but %u sleep", waiting, pool->sleeping);
    return is_nudged;
}

static void inspect_waiting(const arena *arena) {
    const pool *pool = arena->pool;
    if (inspect_queue(arena) || pool->first == NULL)
        return;
    for (uint32_t i = 0; i < pool->limit; i++)
        if (pool_slot_state(&pool->blocks->slots[i]) == SLOT_IDLE)
            world_fail(arena->world, "%u sleep beside an idle resource, and nobody is told to look",
                       pool->counts.waiting);
    if (pool->backoff_ns == 0 && pool_may_open(pool))
        world_fail(arena->world, "%u sleep beside a free place, and nobody is told to look", pool->counts.waiting);
    if (pool->backoff_ns > 0 && pool->counts.connecting == 0 && pool->first->deadline_ns > pool->retry_at_ns &&
        clock_passed(pool->retry_at_ns + STRESS_PATIENCE_NS))
        world_fail(arena->world, "%u sleep, and nobody tries whether anything can be opened", pool->counts.waiting);
}

static void inspect_attention(const arena *arena) {
    const pool *pool = arena->pool;
    bool has_waiter = pool->first != NULL && !pool->first->is_nudged;
    bool has_surplus = pool->counts.size - pool->closing > pool->config.size;
    expect(arena, "what quick returns are told", pool->attention,
           (pool->is_closed ? POOL_IS_CLOSED : 0) | (has_waiter ? POOL_HAS_WAITER : 0) |
               (has_surplus ? POOL_HAS_SURPLUS : 0));
}

void inspect_arena(arena *arena) {
    pthread_mutex_lock(&arena->pool->lock);
    inspect_slots(arena);
    inspect_waiting(arena);
    inspect_attention(arena);
    pthread_mutex_unlock(&arena->pool->lock);
}

void inspect_users(const world *world) {
    int64_t now_ns = clock_now_ns();
    for (uint32_t i = 0; i < STRESS_THREADS; i++) {
        int64_t answer_by_ns = world->users[i].answer_by_ns;
        if (answer_by_ns < INT64_MAX && now_ns - answer_by_ns > STRESS_PATIENCE_NS)
            world_fail(world, "thread %u has got no answer", i);
    }
}

/* One that fails for good, or because the pool's own time is over, is tried again. */
static pool_slot *take_in_the_end(arena *arena, uint32_t before, int64_t until_ns) {
    pool_slot *slot = NULL;
    pool_ticket ticket = {.where = "the end"};
    berth_error error;
    berth_status status;
    while ((status = pool_checkout(arena->pool, until_ns, &ticket, &slot, &error)) != BERTH_OK) {
        arena_count_failure(arena, status, &error);
        if (clock_passed(until_ns))
            world_fail(arena->world, "only %u of %u can be taken when nobody else wants them: %s", before,
                       arena->pool->limit, error.message);
    }
    arena->taken++;
    return slot;
}

void inspect_wholeness(arena *arena) {
    uint32_t limit = arena->pool->limit, size = arena->world->configuration->pool.size;
    pool_slot **slots = calloc(limit, sizeof(pool_slot *));
    berth_pool_stats stats = {.struct_size = sizeof stats};
    int64_t until_ns = clock_now_ns() + STRESS_PATIENCE_NS;
    if (slots == NULL)
        world_fail(arena->world, "no memory");
    for (uint32_t i = 0; i < limit; i++)
        slots[i] = take_in_the_end(arena, i, until_ns);
    for (uint32_t i = 0; i < limit; i++) {
        pool_slot_note_use(slots[i], clock_coarse_ns());
        pool_checkin(arena->pool, slots[i], false, NULL);
    }
    free(slots);
    /* The pool's own thread may have one for a moment. */
    while (pool_stats(arena->pool, &stats), stats.in_use != 0 || stats.size > size) {
        if (clock_passed(until_ns))
            world_fail(arena->world, "all was given back, but %u of %u are in use, and %u are to be kept", stats.in_use,
                       stats.size, size);
        sched_yield();
    }
}
