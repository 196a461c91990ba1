/* The resources: slow, failing, hanging, dead at the wrong moment. And what they see of the pool that uses them. */
#include <stdlib.h>
#include <time.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/error.h"
#include "tests/stress/stress.h"

#define CONNECT_TIMEOUT_NS (5 * CLOCK_NS_PER_MS)

static _Thread_local stream *own_stream;
static _Thread_local stream spare_stream; /* Of a pool's own thread. */

void resource_use_stream(stream *stream) {
    own_stream = stream;
}

static stream *choices_of(const arena *arena) {
    if (own_stream == NULL) {
        spare_stream =
            stream_of(arena->world->seed, arena->world->configuration->name, 2 * STRESS_THREADS + arena->number);
        own_stream = &spare_stream;
    }
    return own_stream;
}

static void take_time(int64_t duration_ns) {
    struct timespec duration = clock_timespec(duration_ns);
    nanosleep(&duration, NULL);
}

static void hang_until(int64_t deadline_ns) {
    while (!clock_passed(deadline_ns))
        take_time(CLOCK_NS_PER_MS / 10);
}

/* Only one at a time may do anything with a resource, and nobody after its close. */
static void begin_call(thing *thing, const char *call) {
    const world *world = thing->arena->world;
    if (atomic_exchange(&thing->is_busy, true))
        world_fail(world, "%s() of resource %llu while another call of it is going on", call,
                   (unsigned long long)thing->number);
    if (thing->is_closed)
        world_fail(world, "%s() of resource %llu, which is closed", call, (unsigned long long)thing->number);
    if (thing->owner != 0)
        world_fail(world, "%s() of resource %llu, which thread %u has", call, (unsigned long long)thing->number,
                   thing->owner - 1);
}

static void end_call(thing *thing) {
    thing->is_busy = false;
}

/* Connecting fails with what this returns, after some time. */
static berth_status decide_connect(const arena *arena, int64_t deadline_ns) {
    stream *choices = choices_of(arena);
    bool is_odd = stream_one_in(choices, 50);
    uint32_t time_us = stream_below(choices, 3000);
    switch ((mood)arena->world->mood) {
    case MOOD_SLOW:
        take_time(time_us * INT64_C(1000));
        return BERTH_OK;
    case MOOD_FAILING:
        take_time(time_us * INT64_C(100));
        return is_odd ? BERTH_OK : BERTH_CONNECT;
    case MOOD_OVERLOADED:
        return is_odd ? BERTH_OK : BERTH_TOO_MANY_CONNECTIONS;
    case MOOD_HANGING:
        hang_until(deadline_ns);
        return is_odd ? BERTH_CONNECTION_LOST : BERTH_TIMEOUT;
    default:
        return is_odd ? BERTH_AUTH : BERTH_OK;
    }
}

static void keep(arena *arena, thing *thing) {
    thing->next = arena->things;
    while (!atomic_compare_exchange_weak(&arena->things, &thing->next, thing))
        continue;
}

static void check_bounds(arena *arena, uint32_t connecting, uint32_t exist) {
    const pool_config *config = &arena->world->configuration->pool;
    if (config->max_connecting > 0 && connecting > config->max_connecting)
        world_fail(arena->world, "%u are being opened at once, allowed are %u", connecting, config->max_connecting);
    if (exist > config->size + config->overflow)
        world_fail(arena->world, "%u exist at once, allowed are %u", exist, config->size + config->overflow);
}

static berth_status open_thing(void *context, uint64_t number, int64_t deadline_ns, void **resource,
                               berth_error *error) {
    arena *arena = context;
    check_bounds(arena, ++arena->connecting, ++arena->exist);
    uint32_t resets = arena->resets_begun;
    int64_t limit_ns = clock_now_ns() + CONNECT_TIMEOUT_NS;
    berth_status status = decide_connect(arena, limit_ns < deadline_ns ? limit_ns : deadline_ns);
    thing *made = status == BERTH_OK ? calloc(1, sizeof *made) : NULL;
    if (made == NULL) {
        arena->failed++;
        arena->exist--;
        arena->connecting--;
        return error_set(error, status != BERTH_OK ? status : BERTH_NO_MEMORY, "refused");
    }
    made->arena = arena;
    made->number = number;
    made->resets = resets;
    keep(arena, made);
    arena->opened++;
    arena->connecting--;
    *resource = made;
    return BERTH_OK;
}

static berth_status check_thing(void *context, void *resource, int64_t deadline_ns, berth_error *error) {
    arena *arena = context;
    thing *thing = resource;
    stream *choices = choices_of(arena);
    bool hangs = stream_one_in(choices, 50),
         is_dead = stream_one_in(choices, arena->world->mood == MOOD_DYING ? 2 : 30);
    begin_call(thing, "check");
    if (hangs) {
        int64_t limit_ns = clock_now_ns() + CONNECT_TIMEOUT_NS;
        hang_until(limit_ns < deadline_ns ? limit_ns : deadline_ns);
    }
    end_call(thing);
    if (!hangs && !is_dead)
        return BERTH_OK;
    return error_set(error, hangs ? BERTH_TIMEOUT : BERTH_CONNECTION_LOST, "it is dead");
}

static bool reset_thing(void *context, void *resource) {
    arena *arena = context;
    thing *thing = resource;
    stream *choices = choices_of(arena);
    bool is_clean = !stream_one_in(choices, 40);
    begin_call(thing, "reset");
    if (stream_one_in(choices, 100))
        take_time(CLOCK_NS_PER_MS / 5);
    end_call(thing);
    return is_clean;
}

static void close_thing(void *context, void *resource, pool_cause cause) {
    arena *arena = context;
    thing *thing = resource;
    stream *choices = choices_of(arena);
    begin_call(thing, "close");
    if (stream_one_in(choices, 20))
        take_time(CLOCK_NS_PER_MS);
    thing->is_closed = true;
    end_call(thing);
    arena->closed[cause]++;
    arena->exist--;
}

static void take_notice(void *context, pool_notice notice, uint64_t number, int64_t out_ns, const char *where) {
    arena *arena = context;
    int64_t least_ns = arena->world->configuration->pool.leak_after_ms * CLOCK_NS_PER_MS;
    if (least_ns == 0 || out_ns < least_ns)
        world_fail(arena->world, "resource %llu is called a leak after %lld ns", (unsigned long long)number,
                   (long long)out_ns);
    if (where == NULL)
        world_fail(arena->world, "a leak without the place that took it");
    arena->notices[notice]++;
}

const pool_callbacks resource_callbacks = {
    .open = open_thing,
    .check = check_thing,
    .reset = reset_thing,
    .close = close_thing,
    .notice = take_notice,
};
