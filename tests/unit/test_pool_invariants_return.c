/* What must always hold of a pool: what comes back, a reset, the end. */
#include <berth/driver.h>
#include <sched.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_storm.h"
#include "tests/support/suite.h"

static pool_fake fake;

static void test_invariant_19_reset_closes_what_is_out_on_its_return(void) {
    pool_fake_begin(&fake, 2, 0, NULL);
    pool_slot *out = pool_fake_take(&fake), *idle = pool_fake_take(&fake);
    uint32_t number = pool_fake_number(idle);
    pool_fake_give(&fake, idle);
    pool_reset(fake.pool);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_STALE], 1);
    CU_ASSERT_EQUAL(pool_fake_number(out) + 1, number);
    pool_fake_give(&fake, out);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_STALE], 2);
    pool_slot *slot = pool_fake_take(&fake);
    CU_ASSERT_TRUE(pool_fake_number(slot) > number);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    pool_fake_end(&fake);
}

static void test_connect_begun_before_a_reset_lasts_one_use(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_worker_start(&worker, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_reset(fake.pool);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    pool_fake_give(&fake, worker.slot);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_STALE], 1);
    pool_fake_end(&fake);
}

static void test_invariant_21_close_under_traffic_loses_nothing(void) {
    for (int i = 0; i < 100; i++) {
        pool_storm storm = {.rounds = UINT32_MAX, .allowed = {BERTH_POOL_CLOSED}};
        berth_error error;
        pool_fake_begin(&fake, 2, 1, i % 2 == 0 ? pool_fake_check_always : NULL);
        pool_storm_start(&storm, &fake);
        while (storm.succeeded < 20)
            sched_yield();
        CU_ASSERT_EQUAL(pool_close(fake.pool, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_EQUAL(fake.exist, 0);
        CU_ASSERT_EQUAL(fake.pool->sleeping, 0);
        pool_storm_end(&storm);
        berth_pool_stats stats = pool_fake_stats(&fake);
        CU_ASSERT_EQUAL(stats.size + stats.connecting, 0);
        CU_ASSERT_EQUAL(stats.opened, stats.closed_shutdown + stats.closed_overflow);
        pool_fake_end(&fake);
    }
}

static void test_invariant_22_connect_that_ends_after_close_is_closed(void) {
    pool_worker worker;
    berth_error error;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_worker_start(&worker, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    CU_ASSERT_EQUAL(pool_close(fake.pool, 0, &error), BERTH_POOL_TIMEOUT);
    ASSERT_TEXT(error.message, "0 connections are still in use and 1 being opened; each closes when it comes back");
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_POOL_CLOSED);
    CU_ASSERT_PTR_NULL(worker.slot);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_SHUTDOWN], 1);
    pool_fake_end(&fake);
}

static void test_check_that_ends_after_close_is_closed(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, pool_fake_check_always);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_hold(&fake, &fake.check, 1);
    pool_worker_start(&worker, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.check, 1);
    CU_ASSERT_EQUAL(pool_close(fake.pool, 0, NULL), BERTH_POOL_TIMEOUT);
    pool_fake_let_go(&fake, &fake.check);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_POOL_CLOSED);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_SHUTDOWN], 1);
    pool_fake_end(&fake);
}

static void test_close_refuses_and_reports_what_is_out(void) {
    berth_error error;
    pool_fake_begin(&fake, 3, 0, NULL);
    pool_slot *one = pool_fake_take(&fake), *two = pool_fake_take(&fake), *slot = NULL;
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(pool_close(fake.pool, 0, &error), BERTH_POOL_TIMEOUT);
    ASSERT_TEXT(error.message, "2 connections are still in use and 0 being opened; each closes when it comes back");
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, &error), BERTH_POOL_CLOSED);
    ASSERT_TEXT(error.message, "the pool of connections is closed");
    CU_ASSERT_EQUAL(fake.closed_by[POOL_SHUTDOWN], 1);
    pool_fake_give(&fake, one);
    pool_fake_give(&fake, two);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_SHUTDOWN], 3);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_shutdown, 3);
    pool_fake_end(&fake);
}

static void *close_patiently(void *status) {
    *(berth_status *)status = pool_close(fake.pool, BERTH_NO_DEADLINE, NULL);
    return NULL;
}

static void test_close_waits_for_what_is_out(void) {
    pthread_t thread;
    berth_status status = BERTH_INTERNAL;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    int64_t grace_ns = clock_deadline_ns(10);
    CU_ASSERT_EQUAL(pool_close(fake.pool, grace_ns, NULL), BERTH_POOL_TIMEOUT);
    CU_ASSERT_TRUE(clock_now_ns() >= grace_ns);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, close_patiently, &status), 0);
    pool_fake_give(&fake, slot);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(status, BERTH_OK);
    pool_fake_end(&fake);
}

static void test_return_that_cannot_be_cleaned_is_closed(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    uint32_t number = pool_fake_number(slot);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(fake.reset.calls, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    slot = pool_fake_take(&fake);
    CU_ASSERT_EQUAL(pool_fake_number(slot), number);
    pool_fake_fail(&fake, &fake.reset, 1);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_broken, 1);
    slot = pool_fake_take(&fake);
    CU_ASSERT_TRUE(pool_fake_number(slot) > number);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_broken_return_is_closed_without_a_reset(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, pool_fake_take(&fake), true, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(fake.reset.calls, 0);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_broken, 1);
    pool_fake_end(&fake);
}

static void test_invariant_28_double_and_foreign_returns_are_refused(void) {
    pool_fake other;
    berth_error error;
    pool_fake_begin(&fake, 2, 0, NULL);
    pool_fake_begin(&other, 2, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake), *foreign = pool_fake_take(&other);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, foreign, false, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "what is given back is no connection of this pool");
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, NULL, false, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "what is given back is no connection of this pool");
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, slot, true, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "the connection was given back already");
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.idle, 1);
    CU_ASSERT_EQUAL(stats.in_use, 0);
    CU_ASSERT_EQUAL(fake.reset.calls, 1);
    CU_ASSERT_EQUAL(other.reset.calls, 0);
    CU_ASSERT_EQUAL(pool_fake_stats(&other).in_use, 1);
    pool_fake_give(&other, foreign);
    pool_fake_end(&other);
    pool_fake_end(&fake);
}

/* Two threads that return the same thing. */
typedef struct doubled {
    pthread_barrier_t both;
    pool_slot *slot;
    atomic_uint accepted;
} doubled;

static void *give_back(void *argument) {
    doubled *doubled = argument;
    pthread_barrier_wait(&doubled->both);
    if (pool_checkin(fake.pool, doubled->slot, false, NULL) == BERTH_OK)
        doubled->accepted++;
    return NULL;
}

static void test_of_two_returns_at_once_one_is_refused(void) {
    pool_fake_begin(&fake, 2, 0, NULL);
    for (int i = 0; i < 100; i++) {
        doubled doubled = {.slot = pool_fake_take(&fake)};
        pthread_t other;
        pthread_barrier_init(&doubled.both, NULL, 2);
        CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, give_back, &doubled), 0);
        give_back(&doubled);
        pthread_join(other, NULL);
        pthread_barrier_destroy(&doubled.both);
        CU_ASSERT_EQUAL(doubled.accepted, 1);
        CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    }
    pool_fake_end(&fake);
}

SUITE("pool, invariants: returns", TEST(test_invariant_19_reset_closes_what_is_out_on_its_return),
      TEST(test_connect_begun_before_a_reset_lasts_one_use), TEST(test_invariant_21_close_under_traffic_loses_nothing),
      TEST(test_invariant_22_connect_that_ends_after_close_is_closed), TEST(test_check_that_ends_after_close_is_closed),
      TEST(test_close_refuses_and_reports_what_is_out), TEST(test_close_waits_for_what_is_out),
      TEST(test_return_that_cannot_be_cleaned_is_closed), TEST(test_broken_return_is_closed_without_a_reset),
      TEST(test_invariant_28_double_and_foreign_returns_are_refused), TEST(test_of_two_returns_at_once_one_is_refused))
