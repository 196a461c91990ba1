#include <stdlib.h>
#include <string.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "tests/stress/stress.h"

static arena *arena_new(world *world) {
    berth_error error;
    arena *made = calloc(1, sizeof *made);
    if (made == NULL)
        world_fail(world, "no memory");
    made->world = world;
    made->number = ++world->arenas;
    made->holders = 1;
    pthread_mutex_init(&made->resetting, NULL);
    pool_callbacks callbacks = resource_callbacks;
    callbacks.context = made;
    if (pool_new(&world->configuration->pool, &callbacks, &made->pool, &error) != BERTH_OK)
        world_fail(world, "no pool can be made: %s", error.message);
    return made;
}

static uint64_t sum(const berth_histogram *histogram) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < BERTH_HISTOGRAM_BUCKETS; i++)
        total += histogram->counts[i];
    return total;
}

/* What the pool counts, and what really happened. */
static void compare(const arena *arena, const berth_pool_stats *stats) {
    const struct {
        const char *name;
        uint64_t counted, real;
    } counts[] = {
        {"opened", stats->opened, arena->opened},
        {"connect_failed", stats->connect_failed, arena->failed},
        {"closed_lifetime", stats->closed_lifetime, arena->closed[POOL_LIFETIME]},
        {"closed_idle", stats->closed_idle, arena->closed[POOL_IDLE]},
        {"closed_broken", stats->closed_broken, arena->closed[POOL_BROKEN]},
        {"closed_stale", stats->closed_stale, arena->closed[POOL_STALE]},
        {"closed_overflow", stats->closed_overflow, arena->closed[POOL_OVERFLOW]},
        {"closed_shutdown", stats->closed_shutdown, arena->closed[POOL_SHUTDOWN]},
        {"checkouts", stats->checkouts, arena->taken},
        {"timed_out", stats->timed_out, arena->late},
        {"rejected", stats->rejected, arena->full},
        {"leaks", stats->leaks, arena->notices[POOL_LEAK]},
        {"late_returns", stats->late_returns, arena->notices[POOL_LATE_RETURN]},
        {"leaks that came back", stats->leaks, stats->late_returns},
        {"durations of connects", sum(&stats->connect), arena->opened},
        {"durations of uses", sum(&stats->use), arena->taken},
        {"all closed", stats->opened,
         stats->closed_lifetime + stats->closed_idle + stats->closed_broken + stats->closed_stale +
             stats->closed_overflow + stats->closed_shutdown},
        {"size", stats->size, 0},
        {"idle", stats->idle, 0},
        {"in_use", stats->in_use, 0},
        {"connecting", stats->connecting, 0},
        {"waiting", stats->waiting, 0},
        {"not yet closed", arena->exist, 0},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].counted != counts[i].real)
            world_fail(arena->world, "a closed pool counts %llu of \"%s\", found were %llu",
                       (unsigned long long)counts[i].counted, counts[i].name, (unsigned long long)counts[i].real);
    if (stats->immediate > stats->checkouts || stats->waited > stats->checkouts || stats->waited > sum(&stats->wait))
        world_fail(arena->world, "%llu checkouts, %llu immediate, %llu waited of %llu",
                   (unsigned long long)stats->checkouts, (unsigned long long)stats->immediate,
                   (unsigned long long)stats->waited, (unsigned long long)sum(&stats->wait));
}

bool arena_count_failure(arena *arena, berth_status status, const berth_error *error) {
    bool is_late = strncmp(error->message, "no connection ", 14) == 0;
    arena->late += is_late;
    arena->full += status == BERTH_POOL_FULL;
    return is_late;
}

static void finish(arena *arena) {
    berth_error error;
    berth_pool_stats stats = {.struct_size = sizeof stats};
    if (pool_close(arena->pool, clock_now_ns() + STRESS_PATIENCE_NS, &error) != BERTH_OK)
        world_fail(arena->world, "all was given back, yet: %s", error.message);
    pool_stats(arena->pool, &stats);
    compare(arena, &stats);
    pool_free(arena->pool);
    pthread_mutex_destroy(&arena->resetting);
    for (thing *thing = arena->things, *next; thing != NULL; thing = next) {
        next = thing->next;
        if (!thing->is_closed)
            world_fail(arena->world, "resource %llu was never closed", (unsigned long long)thing->number);
        free(thing);
    }
    free(arena);
}

arena *arena_hold(world *world) {
    pthread_mutex_lock(&world->lock);
    arena *arena = world->current;
    arena->holders++;
    pthread_mutex_unlock(&world->lock);
    return arena;
}

void arena_release(arena *arena) {
    if (--arena->holders == 0)
        finish(arena);
}

static void close_arena(arena *arena, int64_t grace_ns) {
    berth_error error;
    arena->is_closing = true;
    berth_status status = pool_close(arena->pool, clock_now_ns() + grace_ns, &error);
    if (status != BERTH_OK && status != BERTH_POOL_TIMEOUT)
        world_fail(arena->world, "closing ends with status %d: %s", (int)status, error.message);
    if (status == BERTH_OK && arena->exist != 0)
        world_fail(arena->world, "closing is done, yet %u exist", arena->exist);
    arena->is_closed = true;
}

void arena_change(world *world, bool replace, int64_t grace_ns) {
    arena *made = replace ? arena_new(world) : NULL;
    pthread_mutex_lock(&world->lock);
    arena *old = world->current;
    world->current = made;
    pthread_mutex_unlock(&world->lock);
    if (old == NULL)
        return;
    close_arena(old, grace_ns);
    arena_release(old);
}
