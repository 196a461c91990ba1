#include "tests/support/pool_fake.h"

#include <stdlib.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/error.h"
#include "tests/support/suite.h"
#include "tests/support/task.h"

#define PATIENCE_NS (10 * CLOCK_NS_PER_S)

static void pause_briefly(void) {
    nanosleep(&(struct timespec){.tv_nsec = CLOCK_NS_PER_MS}, NULL);
}

/* Would hang for good if the pool's lock was held. */
static void find_lock_free(pool_fake *fake) {
    pthread_mutex_lock(&fake->lock);
    pool *pool = fake->pool;
    pthread_mutex_unlock(&fake->lock);
    berth_pool_stats stats = {.struct_size = sizeof stats};
    pool_stats(pool, &stats);
}

/* Counts a call, hangs when it is to hang, and says whether it is to succeed. */
static bool pass(pool_fake *fake, pool_fake_step *step, int64_t deadline_ns) {
    find_lock_free(fake);
    pthread_mutex_lock(&fake->lock);
    step->calls++;
    step->deadline_ns = deadline_ns;
    if (++step->running > step->most_running)
        step->most_running = step->running;
    bool hang = step->holds > 0;
    if (hang) {
        step->holds--;
        step->held++;
        pthread_cond_broadcast(&fake->changed);
        while (step->held > 0)
            pthread_cond_wait(&fake->changed, &fake->lock);
    }
    bool late = step->until_deadline;
    bool fails = late || step->fails > 0;
    if (step->fails > 0 && step->fails != POOL_FAKE_ALWAYS)
        step->fails--;
    pthread_mutex_unlock(&fake->lock);
    while (late && !clock_passed(deadline_ns))
        pause_briefly();
    pthread_mutex_lock(&fake->lock);
    step->running--;
    pthread_mutex_unlock(&fake->lock);
    return !fails;
}

static void count_existing(pool_fake *fake, int change) {
    pthread_mutex_lock(&fake->lock);
    fake->exist += (uint32_t)change;
    if (fake->exist > fake->most_exist)
        fake->most_exist = fake->exist;
    pthread_mutex_unlock(&fake->lock);
}

static berth_status refuse(pool_fake *fake, berth_error *error) {
    pthread_mutex_lock(&fake->lock);
    berth_status status = fake->refusal != BERTH_OK ? fake->refusal : BERTH_CONNECT;
    pthread_mutex_unlock(&fake->lock);
    error_set(error, status, "nobody answers");
    error->native_code = 1040;
    return status;
}

static berth_status open_thing(void *context, uint64_t number, int64_t deadline_ns, void **resource,
                               berth_error *error) {
    pool_fake *fake = context;
    count_existing(fake, 1);
    pool_fake_thing *thing = calloc(1, sizeof *thing);
    if (!pass(fake, &fake->open, deadline_ns) || thing == NULL) {
        free(thing);
        count_existing(fake, -1);
        return refuse(fake, error);
    }
    thing->number = (uint32_t)number;
    *resource = thing;
    return BERTH_OK;
}

static berth_status check_thing(void *context, void *resource, int64_t deadline_ns, berth_error *error) {
    pool_fake *fake = context;
    pool_fake_thing *thing = resource;
    if (thing->number == 0 || !pass(fake, &fake->check, deadline_ns))
        return error_set(error, BERTH_CONNECTION_LOST, "it is dead");
    return BERTH_OK;
}

static bool reset_thing(void *context, void *resource) {
    pool_fake *fake = context;
    pool_fake_thing *thing = resource;
    return thing->number != 0 && pass(fake, &fake->reset, 0);
}

static void close_thing(void *context, void *resource, pool_cause cause) {
    pool_fake *fake = context;
    pass(fake, &fake->close, 0);
    free(resource);
    pthread_mutex_lock(&fake->lock);
    fake->closed_by[cause]++;
    pthread_mutex_unlock(&fake->lock);
    count_existing(fake, -1);
}

static void take_notice(void *context, pool_notice notice, uint64_t number, int64_t out_ns, const char *where) {
    pool_fake *fake = context;
    pass(fake, &fake->notice, 0);
    pthread_mutex_lock(&fake->lock);
    fake->notices[notice]++;
    fake->noticed_where = where;
    fake->noticed_number = number;
    fake->noticed_ns = out_ns;
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
}

void pool_fake_reinit(pool_fake *fake) {
    pthread_mutex_init(&fake->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&fake->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void pool_fake_begin(pool_fake *fake, uint32_t size, uint32_t overflow, void (*change)(pool_config *config)) {
    pool_config config = {
        .size = size, .overflow = overflow, .timeout_ms = 10000, .recycle_ms = -1, .check_idle_ms = -1};
    pool_callbacks callbacks = {fake, open_thing, check_thing, reset_thing, close_thing, take_notice};
    berth_error error;
    memset(fake, 0, sizeof *fake);
    pool_fake_reinit(fake);
    if (change != NULL)
        change(&config);
    /* The pool's own thread may be faster than this one. */
    pthread_mutex_lock(&fake->lock);
    berth_status status = pool_new(&config, &callbacks, &fake->pool, &error);
    pthread_mutex_unlock(&fake->lock);
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
}

void pool_fake_check_always(pool_config *config) {
    config->check_idle_ms = 0;
}

void pool_fake_recycle_soon(pool_config *config) {
    config->recycle_ms = 20;
}

void pool_fake_wait_briefly(pool_config *config) {
    config->timeout_ms = 20;
}

void pool_fake_end(pool_fake *fake) {
    berth_error error;
    CU_ASSERT_EQUAL(pool_close(fake->pool, clock_now_ns() + PATIENCE_NS, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    pool_free(fake->pool);
    CU_ASSERT_EQUAL(fake->exist, 0);
    pthread_cond_destroy(&fake->changed);
    pthread_mutex_destroy(&fake->lock);
}

pool_slot *pool_fake_take(pool_fake *fake) {
    pool_slot *slot = NULL;
    berth_error error;
    CU_ASSERT_EQUAL_FATAL(pool_checkout(fake->pool, BERTH_NO_DEADLINE, NULL, &slot, &error), BERTH_OK);
    return slot;
}

void pool_fake_give(pool_fake *fake, pool_slot *slot) {
    CU_ASSERT_EQUAL(pool_checkin(fake->pool, slot, false, NULL), BERTH_OK);
}

void pool_fake_take_all(pool_fake *fake, pool_slot **slots, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        slots[i] = pool_fake_take(fake);
}

void pool_fake_give_all(pool_fake *fake, pool_slot *const *slots, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        pool_fake_give(fake, slots[i]);
}

uint32_t pool_fake_number(const pool_slot *slot) {
    return ((const pool_fake_thing *)pool_slot_resource(slot))->number;
}

berth_pool_stats pool_fake_stats(pool_fake *fake) {
    berth_pool_stats stats = {.struct_size = sizeof stats};
    pool_stats(fake->pool, &stats);
    return stats;
}

uint32_t pool_fake_notices(pool_fake *fake, pool_notice notice) {
    pthread_mutex_lock(&fake->lock);
    uint32_t count = fake->notices[notice];
    pthread_mutex_unlock(&fake->lock);
    return count;
}

uint32_t pool_fake_calls(pool_fake *fake, const pool_fake_step *step) {
    pthread_mutex_lock(&fake->lock);
    uint32_t calls = step->calls;
    pthread_mutex_unlock(&fake->lock);
    return calls;
}

void pool_fake_await_held(pool_fake *fake, pool_fake_step *step, uint32_t held) {
    struct timespec until = clock_timespec(clock_now_ns() + PATIENCE_NS);
    int outcome = 0;
    pthread_mutex_lock(&fake->lock);
    while (step->held != held && outcome == 0)
        outcome = pthread_cond_timedwait(&fake->changed, &fake->lock, &until);
    uint32_t found = step->held;
    pthread_mutex_unlock(&fake->lock);
    CU_ASSERT_EQUAL_FATAL(found, held);
}

void pool_fake_await_waiting(pool_fake *fake, uint32_t waiting) {
    POOL_FAKE_AWAIT(pool_fake_stats(fake).waiting == waiting);
}

bool pool_fake_goes_on(int64_t *until_ns) {
    if (*until_ns == 0)
        *until_ns = clock_now_ns() + PATIENCE_NS;
    else
        pause_briefly();
    return !clock_passed(*until_ns);
}

void pool_fake_await_clock(int64_t until_ns) {
    while (clock_coarse_ns() < until_ns)
        pause_briefly();
}

void pool_fake_hold(pool_fake *fake, pool_fake_step *step, uint32_t calls) {
    pthread_mutex_lock(&fake->lock);
    step->holds = calls;
    pthread_mutex_unlock(&fake->lock);
}

void pool_fake_fail(pool_fake *fake, pool_fake_step *step, uint32_t calls) {
    pthread_mutex_lock(&fake->lock);
    step->fails = calls;
    pthread_mutex_unlock(&fake->lock);
}

void pool_fake_fail_with(pool_fake *fake, berth_status refusal) {
    pthread_mutex_lock(&fake->lock);
    fake->refusal = refusal;
    fake->open.fails = POOL_FAKE_ALWAYS;
    pthread_mutex_unlock(&fake->lock);
}

void pool_fake_let_go(pool_fake *fake, pool_fake_step *step) {
    pthread_mutex_lock(&fake->lock);
    step->held = step->holds = 0;
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
}

static void *work(void *argument) {
    pool_worker *worker = argument;
    pool_fake *fake = worker->fake;
    worker->task = task_self();
    worker->status = pool_checkout(fake->pool, worker->deadline_ns, &worker->ticket, &worker->slot, &worker->error);
    worker->ended_ns = clock_now_ns();
    pthread_mutex_lock(&fake->lock);
    worker->order = worker->status == BERTH_OK ? ++fake->order : 0;
    pthread_mutex_unlock(&fake->lock);
    return NULL;
}

void pool_worker_start(pool_worker *worker, pool_fake *fake, int64_t deadline_ns) {
    *worker = (pool_worker){.fake = fake, .deadline_ns = deadline_ns};
    CU_ASSERT_EQUAL_FATAL(pthread_create(&worker->thread, NULL, work, worker), 0);
}

void pool_worker_start_waiting(pool_worker *worker, pool_fake *fake, uint32_t before, int64_t deadline_ns) {
    pool_worker_start(worker, fake, deadline_ns);
    pool_fake_await_waiting(fake, before + 1);
}

berth_status pool_worker_join(pool_worker *worker) {
    pthread_join(worker->thread, NULL);
    return worker->status;
}
