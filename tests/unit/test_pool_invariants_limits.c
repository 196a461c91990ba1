/* What must always hold of a pool: how many resources there are, whatever their connects and checks do. */
#include <berth/driver.h>

#include "core/clock.h"
#include "tests/support/pool_storm.h"
#include "tests/support/suite.h"

static pool_fake fake;

static void connect_two_at_once(pool_config *config) {
    config->max_connecting = 2;
}

static void start_workers(pool_worker *workers, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        pool_worker_start(&workers[i], &fake, BERTH_NO_DEADLINE);
}

static void join_workers(pool_worker *workers, pool_slot **slots, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
        slots[i] = workers[i].slot;
    }
}

/* First all at once, then a storm in which each return is broken, so that all the time somebody connects. */
static void test_invariant_01_open_and_connecting_never_exceed_the_limit(void) {
    pool_storm storm = {.rounds = 2000, .broken_one_in = 1};
    pool_worker workers[3], late[2];
    pool_slot *slots[3];
    pool_fake_begin(&fake, 2, 1, NULL);
    pool_fake_hold(&fake, &fake.open, POOL_FAKE_ALWAYS);
    start_workers(workers, 3);
    pool_fake_await_held(&fake, &fake.open, 3);
    for (uint32_t i = 0; i < 2; i++)
        pool_worker_start_waiting(&late[i], &fake, i, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connecting, 3);
    pool_fake_let_go(&fake, &fake.open);
    join_workers(workers, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    join_workers(late, slots, 2);
    pool_fake_give_all(&fake, slots, 2);
    pool_storm_start(&storm, &fake);
    pool_storm_end(&storm);
    CU_ASSERT_EQUAL(storm.succeeded, STORM_THREADS * 2000);
    CU_ASSERT_EQUAL(fake.most_exist, 3);
    pool_storm_assert_whole(&fake, 3);
    pool_fake_end(&fake);
}

static void test_invariant_02_one_owner_at_a_time(void) {
    pool_storm storm = {.rounds = 2000, .broken_one_in = 7};
    pool_fake_begin(&fake, 2, 1, NULL);
    pool_storm_start(&storm, &fake);
    pool_storm_end(&storm);
    CU_ASSERT_EQUAL(storm.shared, 0);
    CU_ASSERT_EQUAL(storm.succeeded, STORM_THREADS * 2000);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.checkouts, STORM_THREADS * 2000);
    CU_ASSERT_EQUAL(stats.closed_broken, STORM_THREADS * (2000 / 7));
    CU_ASSERT_EQUAL(stats.opened, stats.size + stats.closed_broken + stats.closed_overflow);
    pool_storm_assert_whole(&fake, 3);
    pool_fake_end(&fake);
}

static void test_invariant_03_failed_connect_restores_the_count(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = NULL;
    berth_error error;
    pool_fake_fail(&fake, &fake.open, 3);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, &error), BERTH_CONNECT);
        ASSERT_TEXT(error.message, "nobody answers");
        CU_ASSERT_PTR_NULL(slot);
    }
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.size + stats.connecting + stats.in_use, 0);
    CU_ASSERT_EQUAL(stats.connect_failed, 3);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_end(&fake);
}

static void test_invariant_05_failed_reconnect_of_a_slot_leaks_nothing(void) {
    pool_fake_begin(&fake, 1, 0, pool_fake_recycle_soon);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_fake_fail(&fake, &fake.open, POOL_FAKE_ALWAYS);
    pool_slot *slot = NULL;
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, clock_deadline_ns(5), NULL, &slot, NULL), BERTH_CONNECT);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.size + stats.connecting + stats.in_use + stats.idle, 0);
    CU_ASSERT_EQUAL(stats.closed_lifetime, 1);
    CU_ASSERT_EQUAL(fake.exist, 0);
    pool_fake_fail(&fake, &fake.open, 0);
    pool_storm_assert_whole(&fake, 1);
    pool_fake_end(&fake);
}

static void test_invariant_07_hanging_connect_blocks_nobody_else(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 2, 1, NULL);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_worker_start(&worker, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_slot *one = pool_fake_take(&fake), *two = pool_fake_take(&fake);
    pool_fake_give(&fake, one);
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connecting, 1);
    pool_fake_give(&fake, two);
    pool_reset(fake.pool);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

/* Nor closes; the fake looks for the lock in every call. */
static void test_invariant_08_checks_run_with_no_lock_held(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 3, 0, pool_fake_check_always);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_fail(&fake, &fake.check, 1);
    pool_fake_hold(&fake, &fake.check, 1);
    pool_fake_hold(&fake, &fake.close, 1);
    pool_worker_start(&worker, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.check, 1);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_let_go(&fake, &fake.check);
    pool_fake_await_held(&fake, &fake.close, 1);
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 3);
    pool_fake_let_go(&fake, &fake.close);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    /* What came back meanwhile was better than a new one. */
    CU_ASSERT_EQUAL(fake.open.calls, 3);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

/* Six waiters behind two slow connects: one connection that comes and goes serves them, and nobody opens a third. */
static void test_invariant_10_burst_does_not_over_grow_the_pool(void) {
    pool_worker openers[2], waiters[6];
    pool_slot *slots[2];
    pool_fake_begin(&fake, 10, 0, connect_two_at_once);
    pool_slot *slot = pool_fake_take(&fake);
    pool_fake_hold(&fake, &fake.open, 2);
    start_workers(openers, 2);
    pool_fake_await_held(&fake, &fake.open, 2);
    for (uint32_t i = 0; i < 6; i++)
        pool_worker_start_waiting(&waiters[i], &fake, i, BERTH_NO_DEADLINE);
    for (int i = 0; i < 6; i++) {
        pool_fake_give(&fake, slot);
        CU_ASSERT_EQUAL(pool_worker_join(&waiters[i]), BERTH_OK);
        CU_ASSERT_PTR_EQUAL(waiters[i].slot, slot);
    }
    pool_fake_let_go(&fake, &fake.open);
    join_workers(openers, slots, 2);
    pool_fake_give(&fake, slot);
    pool_fake_give_all(&fake, slots, 2);
    CU_ASSERT_EQUAL(fake.open.calls, 3);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 3);
    pool_fake_end(&fake);
}

static void test_invariant_11_concurrent_connects_stay_within_max_connecting(void) {
    pool_worker workers[2], waiters[3];
    pool_slot *slots[5];
    pool_fake_begin(&fake, 5, 0, connect_two_at_once);
    pool_fake_hold(&fake, &fake.open, 2);
    start_workers(workers, 2);
    pool_fake_await_held(&fake, &fake.open, 2);
    for (uint32_t i = 0; i < 3; i++)
        pool_worker_start_waiting(&waiters[i], &fake, i, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connecting, 2);
    pool_fake_let_go(&fake, &fake.open);
    join_workers(workers, slots, 2);
    join_workers(waiters, slots + 2, 3);
    CU_ASSERT_EQUAL(fake.open.calls, 5);
    CU_ASSERT_EQUAL(fake.open.most_running, 2);
    pool_fake_give_all(&fake, slots, 5);
    pool_fake_end(&fake);
}

static void test_invariant_25_concurrent_disconnects_replace_each_once(void) {
    pool_worker workers[3];
    pool_slot *slots[3];
    pool_fake_begin(&fake, 3, 0, pool_fake_check_always);
    pool_fake_take_all(&fake, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    pool_fake_fail(&fake, &fake.check, 3);
    pool_fake_hold(&fake, &fake.check, 3);
    start_workers(workers, 3);
    pool_fake_await_held(&fake, &fake.check, 3);
    pool_fake_let_go(&fake, &fake.check);
    join_workers(workers, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    CU_ASSERT_EQUAL(fake.open.calls, 6);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_BROKEN], 3);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_STALE], 0);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 3);
    pool_fake_end(&fake);
}

static void test_invariant_31_recovers_from_a_long_outage(void) {
    pool_slot *slots[3];
    pool_fake_begin(&fake, 3, 0, pool_fake_check_always);
    pool_fake_take_all(&fake, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    pool_fake_fail(&fake, &fake.check, POOL_FAKE_ALWAYS);
    pool_fake_fail(&fake, &fake.open, POOL_FAKE_ALWAYS);
    for (int i = 0; i < 20; i++) {
        int64_t deadline_ns = clock_deadline_ns(i == 0 ? 100 : 1);
        CU_ASSERT_EQUAL(pool_checkout(fake.pool, deadline_ns, NULL, &slots[0], NULL), BERTH_CONNECT);
        CU_ASSERT_TRUE(clock_now_ns() >= deadline_ns);
    }
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 0);
    pool_fake_fail(&fake, &fake.check, 0);
    pool_fake_fail(&fake, &fake.open, 0);
    pool_storm_assert_whole(&fake, 3);
    pool_fake_end(&fake);
}

SUITE("pool, invariants: limits", TEST(test_invariant_01_open_and_connecting_never_exceed_the_limit),
      TEST(test_invariant_02_one_owner_at_a_time), TEST(test_invariant_03_failed_connect_restores_the_count),
      TEST(test_invariant_05_failed_reconnect_of_a_slot_leaks_nothing),
      TEST(test_invariant_07_hanging_connect_blocks_nobody_else), TEST(test_invariant_08_checks_run_with_no_lock_held),
      TEST(test_invariant_10_burst_does_not_over_grow_the_pool),
      TEST(test_invariant_11_concurrent_connects_stay_within_max_connecting),
      TEST(test_invariant_25_concurrent_disconnects_replace_each_once),
      TEST(test_invariant_31_recovers_from_a_long_outage))
