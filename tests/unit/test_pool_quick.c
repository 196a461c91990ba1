/* What an uncontended checkout and return do without. Linked so that calls of two functions come by here. */
#include <berth/driver.h>
#include <pthread.h>
#include <time.h>

#include "core/pool.h"
#include "tests/support/suite.h"

static _Thread_local uint32_t locks, precise_looks;

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock) {
    locks++;
    return __real_pthread_mutex_lock(lock);
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now) {
    precise_looks += id == CLOCK_MONOTONIC;
    return __real_clock_gettime(id, now);
}

static berth_status open_nothing(void *context, uint64_t number, int64_t deadline_ns, void **resource,
                                 berth_error *error) {
    (void)number, (void)deadline_ns, (void)error;
    *resource = context;
    return BERTH_OK;
}

static bool reset_nothing(void *context, void *resource) {
    return context == resource;
}

static void close_nothing(void *context, void *resource, pool_cause cause) {
    (void)context, (void)resource, (void)cause;
}

static void assert_quick(const pool_config *config) {
    int thing;
    const pool_callbacks callbacks = {
        .context = &thing, .open = open_nothing, .reset = reset_nothing, .close = close_nothing};
    berth_error error;
    pool *pool;
    pool_slot *slot;
    locks = precise_looks = 0;
    CU_ASSERT_EQUAL_FATAL(pool_new(config, &callbacks, &pool, &error), BERTH_OK);
    CU_ASSERT_EQUAL(pool_checkout(pool, BERTH_NO_DEADLINE, NULL, &slot, &error), BERTH_OK);
    CU_ASSERT_EQUAL(pool_checkin(pool, slot, false, &error), BERTH_OK);
    CU_ASSERT_TRUE(locks > 0);
    CU_ASSERT_TRUE(precise_looks > 0);
    locks = precise_looks = 0;
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(pool_checkout(pool, BERTH_NO_DEADLINE, NULL, &slot, &error), BERTH_OK);
        CU_ASSERT_PTR_EQUAL(pool_slot_resource(slot), &thing);
        CU_ASSERT_EQUAL(pool_checkin(pool, slot, false, &error), BERTH_OK);
    }
    CU_ASSERT_EQUAL(locks, 0);
    CU_ASSERT_EQUAL(precise_looks, 0);
    CU_ASSERT_EQUAL(pool_close(pool, 0, &error), BERTH_OK);
    pool_free(pool);
}

static void test_quick_ways_take_no_lock_and_read_no_precise_clock(void) {
    assert_quick(&(pool_config){.size = 1, .recycle_ms = -1, .check_idle_ms = -1});
    assert_quick(&(pool_config){.size = 5, .overflow = 10, .recycle_ms = 3600000, .check_idle_ms = 500000});
}

/* Nor when leaks are looked for, by another thread. */
static void test_quick_ways_stay_so_with_housekeeping(void) {
    assert_quick(&(pool_config){.size = 2,
                                .recycle_ms = 3600000,
                                .check_idle_ms = 500000,
                                .idle_timeout_ms = 3600000,
                                .leak_after_ms = 3600000,
                                .housekeeping = true});
}

SUITE("pool, quick", TEST(test_quick_ways_take_no_lock_and_read_no_precise_clock),
      TEST(test_quick_ways_stay_so_with_housekeeping))
