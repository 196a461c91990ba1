/* The threads that use the pool, and what each of their calls must come to. */
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "tests/stress/stress.h"

/* One checkout: what was known when it began. */
typedef struct attempt {
    user *user;
    arena *arena;
    int64_t deadline_ns; /* The earlier of the pool's and its own. */
    uint32_t resets;     /* Done by then. */
    bool was_connected, was_closed;
    bool is_interrupted; /* By its end. */
} attempt;

/* All of a round's choices are made at its beginning, however much of it there is time for. */
typedef struct plan {
    uint32_t action; /* Of 1000. */
    int64_t patience_ns;
    uint32_t use; /* Of 100. */
    uint32_t victim;
    bool is_broken, takes_two, looks;
} plan;

static int64_t choose_patience(user *user) {
    uint32_t kind = stream_below(&user->choices, 4), length = stream_below(&user->choices, 5000);
    if (kind == 0 || user->world->configuration->is_patient)
        return 0;
    return kind == 1 ? 1000 + length * INT64_C(20) : length * INT64_C(1000);
}

static plan make_plan(user *user) {
    plan made = {.action = stream_below(&user->choices, 1000), .patience_ns = choose_patience(user)};
    made.use = stream_below(&user->choices, 100);
    made.victim = stream_below(&user->choices, STRESS_THREADS);
    made.is_broken = stream_one_in(&user->choices, 25);
    made.takes_two = stream_one_in(&user->choices, 20);
    made.looks = stream_one_in(&user->choices, 8);
    return made;
}

static attempt begin_attempt(user *user, arena *arena, int64_t patience_ns) {
    attempt made = {.user = user,
                    .arena = arena,
                    .resets = arena->resets_done,
                    .was_connected = arena->has_connected,
                    .was_closed = arena->is_closed};
    int64_t now_ns = clock_now_ns();
    int64_t pool_ns = arena->world->configuration->pool.timeout_ms * CLOCK_NS_PER_MS;
    made.deadline_ns = pool_ns > 0 ? now_ns + pool_ns : BERTH_NO_DEADLINE;
    if (patience_ns > 0 && now_ns + patience_ns < made.deadline_ns)
        made.deadline_ns = now_ns + patience_ns;
    user->answer_by_ns = made.deadline_ns < BERTH_NO_DEADLINE ? made.deadline_ns : now_ns;
    pthread_mutex_lock(&user->lock);
    user->ticket = (pool_ticket){.where = user->where};
    user->in = arena;
    pthread_mutex_unlock(&user->lock);
    return made;
}

static void end_attempt(attempt *attempt) {
    user *user = attempt->user;
    pthread_mutex_lock(&user->lock);
    user->in = NULL;
    attempt->is_interrupted = user->ticket.interrupted;
    pthread_mutex_unlock(&user->lock);
    user->answer_by_ns = INT64_MAX;
}

static void judge_success(const attempt *attempt, pool_slot *slot) {
    const world *world = attempt->arena->world;
    thing *thing = pool_slot_resource(slot);
    uint32_t before = atomic_exchange(&thing->owner, attempt->user->number + 1);
    if (before != 0)
        world_fail(world, "resource %llu has two owners, thread %u and thread %u", (unsigned long long)thing->number,
                   before - 1, attempt->user->number);
    if (thing->is_closed || thing->is_busy)
        world_fail(world, "resource %llu was handed out %s", (unsigned long long)thing->number,
                   thing->is_closed ? "after its close" : "during a call of it");
    if (thing->resets < attempt->resets)
        world_fail(world, "resource %llu of before a reset was handed to a checkout that began after it",
                   (unsigned long long)thing->number);
    if (attempt->was_closed)
        world_fail(world, "a closed pool handed out resource %llu", (unsigned long long)thing->number);
    attempt->arena->has_connected = true;
    attempt->arena->taken++;
}

/* How opening fails is told only when the time is over, once it has succeeded. */
static bool is_allowed(const attempt *attempt, berth_status status, bool late) {
    switch (status) {
    case BERTH_POOL_TIMEOUT:
        return late;
    case BERTH_CONNECT:
    case BERTH_TOO_MANY_CONNECTIONS:
    case BERTH_CONNECTION_LOST:
    case BERTH_TIMEOUT:
        return late || !attempt->was_connected;
    case BERTH_AUTH:
        return true;
    case BERTH_POOL_FULL:
        return attempt->arena->world->configuration->pool.max_waiting > 0;
    case BERTH_POOL_CLOSED:
        return attempt->arena->is_closing;
    case BERTH_CANCELLED:
        return attempt->is_interrupted;
    default:
        return false;
    }
}

static void judge_failure(const attempt *attempt, berth_status status, const berth_error *error) {
    bool late = arena_count_failure(attempt->arena, status, error);
    if (late && !clock_passed(attempt->deadline_ns))
        world_fail(attempt->arena->world, "a checkout ended before its deadline: %s", error->message);
    if (!is_allowed(attempt, status, late))
        world_fail(attempt->arena->world, "a checkout ended with status %d: %s", (int)status, error->message);
    if (attempt->was_closed && status != BERTH_POOL_CLOSED)
        world_fail(attempt->arena->world, "a checkout of a closed pool ended with status %d: %s", (int)status,
                   error->message);
}

static pool_slot *take(user *user, arena *arena, int64_t patience_ns) {
    pool_slot *slot = NULL;
    berth_error error;
    attempt attempt = begin_attempt(user, arena, patience_ns);
    int64_t own_ns = patience_ns > 0 ? attempt.deadline_ns : BERTH_NO_DEADLINE;
    berth_status status = pool_checkout(arena->pool, own_ns, &user->ticket, &slot, &error);
    end_attempt(&attempt);
    if (status == BERTH_OK)
        judge_success(&attempt, slot);
    else
        judge_failure(&attempt, status, &error);
    return status == BERTH_OK ? slot : NULL;
}

static void give(user *user, arena *arena, pool_slot *slot, bool is_broken) {
    berth_error error;
    thing *thing = pool_slot_resource(slot);
    if (atomic_exchange(&thing->owner, 0) != user->number + 1)
        world_fail(user->world, "resource %llu was taken from thread %u", (unsigned long long)thing->number,
                   user->number);
    pool_slot_note_use(slot, clock_coarse_ns());
    if (pool_checkin(arena->pool, slot, is_broken, &error) != BERTH_OK)
        world_fail(user->world, "a return was refused: %s", error.message);
}

static void use(uint32_t kind) {
    if (kind < 60)
        return;
    if (kind < 98)
        sched_yield();
    else
        nanosleep(&(struct timespec){.tv_nsec = (kind - 97) * 1000000}, NULL);
}

static void take_and_give(user *user, arena *arena, const plan *plan) {
    pool_slot *slot = take(user, arena, plan->patience_ns);
    if (slot == NULL)
        return;
    /* Never without a deadline: else all could wait for each other. */
    pool_slot *second = plan->takes_two ? take(user, arena, plan->patience_ns + 1000) : NULL;
    use(plan->use);
    if (second != NULL)
        give(user, arena, second, false);
    give(user, arena, slot, plan->is_broken);
}

static void interrupt(user *victim, arena *arena) {
    pthread_mutex_lock(&victim->lock);
    if (victim->in == arena)
        pool_interrupt(arena->pool, &victim->ticket);
    pthread_mutex_unlock(&victim->lock);
}

static void reset(arena *arena) {
    pthread_mutex_lock(&arena->resetting);
    arena->resets_begun++;
    pool_reset(arena->pool);
    arena->resets_done++;
    pthread_mutex_unlock(&arena->resetting);
}

static void act(user *user, arena *arena, const plan *plan) {
    if (plan->action < 2) {
        reset(arena);
    } else if (plan->action < 3) {
        if (pool_checkin(arena->pool, NULL, false, NULL) != BERTH_MISUSE)
            world_fail(user->world, "nothing was taken for a return");
    } else if (plan->action < 50 && !user->world->configuration->is_patient) {
        interrupt(&user->world->users[plan->victim], arena);
    } else {
        take_and_give(user, arena, plan);
    }
    if (plan->looks)
        inspect_arena(arena);
}

static void *live(void *argument) {
    user *user = argument;
    resource_use_stream(&user->behaviour);
    while (!user->world->is_over) {
        plan plan = make_plan(user);
        arena *arena = arena_hold(user->world);
        act(user, arena, &plan);
        arena_release(arena);
        user->world->rounds++;
    }
    user->world->living--;
    return NULL;
}

void users_start(world *world) {
    for (uint32_t i = 0; i < STRESS_THREADS; i++) {
        user *user = &world->users[i];
        *user = (struct user){.world = world, .number = i, .answer_by_ns = INT64_MAX};
        user->choices = stream_of(world->seed, world->configuration->name, i);
        user->behaviour = stream_of(world->seed, world->configuration->name, STRESS_THREADS + i);
        snprintf(user->where, sizeof user->where, "thread:%u", i);
        pthread_mutex_init(&user->lock, NULL);
    }
    world->living = STRESS_THREADS;
    for (uint32_t i = 0; i < STRESS_THREADS; i++)
        if (pthread_create(&world->users[i].thread, NULL, live, &world->users[i]) != 0)
            world_fail(world, "no thread can be started");
}

void users_join(world *world) {
    for (uint32_t i = 0; i < STRESS_THREADS; i++)
        pthread_join(world->users[i].thread, NULL);
    for (uint32_t i = 0; i < STRESS_THREADS; i++)
        pthread_mutex_destroy(&world->users[i].lock);
}
