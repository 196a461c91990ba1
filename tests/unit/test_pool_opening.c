/* How a pool opens, and what it does while nothing can be opened. */
#include <berth/driver.h>
#include <sched.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_storm.h"
#include "tests/support/suite.h"
#include "tests/support/task.h"

static pool_fake fake;

static const berth_status passing[] = {BERTH_CONNECT, BERTH_TOO_MANY_CONNECTIONS, BERTH_CONNECTION_LOST, BERTH_TIMEOUT};
static const berth_status lasting[] = {BERTH_AUTH, BERTH_DATABASE_NOT_FOUND, BERTH_CONFIG, BERTH_NO_MEMORY};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* A pool that has connected once and has nothing open. */
static void begin_connected(uint32_t size) {
    pool_fake_begin(&fake, size, 0, NULL);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, pool_fake_take(&fake), true, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 0);
}

/* Nothing can be opened from now on, and the pool knows. */
static void begin_outage(void) {
    pool_slot *slot = NULL;
    pool_fake_fail_with(&fake, BERTH_CONNECT);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, clock_deadline_ns(1), NULL, &slot, NULL), BERTH_CONNECT);
}

static void end_outage(void) {
    pool_fake_fail(&fake, &fake.open, 0);
}

/* Only when the pool takes it that connects work again, or never thought else, are there several at once. */
static void assert_opens_several_at_once(void) {
    pool_worker workers[3];
    pool_fake_hold(&fake, &fake.open, 3);
    for (int i = 0; i < 3; i++)
        pool_worker_start(&workers[i], &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 3);
    pool_fake_let_go(&fake, &fake.open);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
        pool_fake_give(&fake, workers[i].slot);
    }
}

static void test_pauses_grow_by_half_from_10_ms_to_half_a_second(void) {
    CU_ASSERT_EQUAL(pool_next_backoff_ns(0), 10 * CLOCK_NS_PER_MS);
    CU_ASSERT_EQUAL(pool_next_backoff_ns(10 * CLOCK_NS_PER_MS), 15 * CLOCK_NS_PER_MS);
    CU_ASSERT_EQUAL(pool_next_backoff_ns(400 * CLOCK_NS_PER_MS), 500 * CLOCK_NS_PER_MS);
    CU_ASSERT_EQUAL(pool_next_backoff_ns(500 * CLOCK_NS_PER_MS), 500 * CLOCK_NS_PER_MS);
}

static void test_pauses_vary_between_half_and_all(void) {
    CU_ASSERT_EQUAL(clock_jittered_ns(1000, 0), 1000);
    CU_ASSERT_EQUAL(clock_jittered_ns(1000, 500), 500);
    CU_ASSERT_EQUAL(clock_jittered_ns(1000, 501), 1000);
}

static void test_failure_before_the_first_success_is_told_at_once(void) {
    pool_slot *slot = NULL;
    berth_error error;
    pool_fake_begin(&fake, 1, 0, NULL);
    for (uint32_t i = 0; i < COUNT(passing); i++) {
        pool_fake_fail_with(&fake, passing[i]);
        CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, &error), passing[i]);
        ASSERT_TEXT(error.message, "nobody answers");
        CU_ASSERT_EQUAL(fake.open.calls, i + 1);
    }
    pool_fake_end(&fake);
}

static void test_later_failure_that_may_pass_is_tried_again(void) {
    begin_connected(1);
    for (uint32_t i = 0; i < COUNT(passing); i++) {
        uint32_t calls = fake.open.calls;
        pool_fake_fail_with(&fake, passing[i]);
        pool_fake_fail(&fake, &fake.open, 2);
        CU_ASSERT_EQUAL(pool_checkin(fake.pool, pool_fake_take(&fake), true, NULL), BERTH_OK);
        CU_ASSERT_EQUAL(fake.open.calls, calls + 3);
    }
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connect_failed, 2 * COUNT(passing));
    pool_fake_end(&fake);
}

static void test_later_failure_that_lasts_is_told_at_once(void) {
    pool_slot *slot = NULL;
    berth_error error;
    begin_connected(3);
    for (uint32_t i = 0; i < COUNT(lasting); i++) {
        uint32_t calls = fake.open.calls;
        pool_fake_fail_with(&fake, lasting[i]);
        CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, &error), lasting[i]);
        ASSERT_TEXT(error.message, "nobody answers");
        CU_ASSERT_EQUAL(fake.open.calls, calls + 1);
    }
    end_outage();
    assert_opens_several_at_once();
    pool_fake_end(&fake);
}

static void test_outage_ends_the_wait_with_its_cause(void) {
    pool_slot *none = NULL;
    berth_error error;
    for (uint32_t i = 0; i < COUNT(passing); i++) {
        pool_fake_begin(&fake, 2, 0, pool_fake_wait_briefly);
        pool_slot *slot = pool_fake_take(&fake);
        pool_fake_fail_with(&fake, passing[i]);
        CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), passing[i]);
        ASSERT_TEXT(error.message, "no connection could be opened within 20 ms: 1 of 2 open, 1 in use, 0 connecting, "
                                   "0 waiting; last failed connect: nobody answers");
        CU_ASSERT_EQUAL((berth_status)error.status, passing[i]);
        CU_ASSERT_EQUAL(error.native_code, 1040);
        CU_ASSERT_PTR_NULL(none);
        pool_fake_give(&fake, slot);
        pool_fake_end(&fake);
    }
}

static void test_cause_is_forgotten_after_a_success(void) {
    pool_slot *none = NULL;
    berth_error error;
    pool_fake_begin(&fake, 1, 0, pool_fake_wait_briefly);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, pool_fake_take(&fake), true, NULL), BERTH_OK);
    pool_fake_fail(&fake, &fake.open, POOL_FAKE_ALWAYS);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), BERTH_CONNECT);
    end_outage();
    pool_slot *slot = NULL;
    POOL_FAKE_AWAIT(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, NULL) == BERTH_OK);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), BERTH_POOL_TIMEOUT);
    ASSERT_TEXT(error.message,
                "no connection became free within 20 ms: 1 of 1 open, 1 in use, 0 connecting, 0 waiting");
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

/* Of five that wait, one at a time finds out whether it works again; then all are served. */
static void test_all_share_the_tries_of_an_outage(void) {
    pool_worker workers[5];
    begin_connected(5);
    begin_outage();
    for (uint32_t i = 0; i < 5; i++)
        pool_worker_start_waiting(&workers[i], &fake, i, BERTH_NO_DEADLINE);
    pool_fake_hold(&fake, &fake.open, POOL_FAKE_ALWAYS);
    pool_fake_await_held(&fake, &fake.open, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connecting, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).waiting, 4);
    CU_ASSERT_EQUAL(fake.open.most_running, 1);
    end_outage();
    pool_fake_let_go(&fake, &fake.open);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
    for (int i = 0; i < 5; i++)
        pool_fake_give(&fake, workers[i].slot);
    pool_fake_end(&fake);
}

static void test_success_ends_the_pauses(void) {
    begin_connected(4);
    begin_outage();
    end_outage();
    pool_slot *slot = pool_fake_take(&fake);
    assert_opens_several_at_once();
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

/* The other connections are as good as before, and serve those that wait. */
static void test_overload_never_clears_the_pool(void) {
    pool_worker worker;
    pool_slot *slots[2];
    pool_fake_begin(&fake, 3, 0, NULL);
    pool_fake_take_all(&fake, slots, 2);
    pool_fake_fail_with(&fake, BERTH_TOO_MANY_CONNECTIONS);
    pool_worker_start(&worker, &fake, BERTH_NO_DEADLINE);
    POOL_FAKE_AWAIT(pool_fake_calls(&fake, &fake.open) >= 4);
    pool_fake_give(&fake, slots[0]);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    CU_ASSERT_PTR_EQUAL(worker.slot, slots[0]);
    pool_fake_give(&fake, worker.slot);
    pool_fake_give(&fake, slots[1]);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.idle, 2);
    CU_ASSERT_EQUAL(stats.opened, 2);
    CU_ASSERT_EQUAL(stats.closed_stale + stats.closed_broken, 0);
    pool_fake_end(&fake);
}

/* The one that found out that nothing can be opened does not stay to look again. */
static void test_waiter_goes_on_when_an_opener_gave_up(void) {
    pool_worker opener, waiter;
    begin_connected(1);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_fake_fail(&fake, &fake.open, 1);
    pool_worker_start(&opener, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_worker_start_waiting(&waiter, &fake, 0, BERTH_NO_DEADLINE);
    pool_interrupt(fake.pool, &opener.ticket);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&opener), BERTH_CANCELLED);
    CU_ASSERT_EQUAL(pool_worker_join(&waiter), BERTH_OK);
    pool_fake_give(&fake, waiter.slot);
    pool_fake_end(&fake);
}

static void test_waiter_goes_on_when_the_first_of_an_outage_gave_up(void) {
    pool_worker first, second;
    begin_connected(1);
    begin_outage();
    pool_worker_start_waiting(&first, &fake, 0, BERTH_NO_DEADLINE);
    pool_worker_start_waiting(&second, &fake, 1, BERTH_NO_DEADLINE);
    pool_interrupt(fake.pool, &first.ticket);
    end_outage();
    CU_ASSERT_EQUAL(pool_worker_join(&first), BERTH_CANCELLED);
    CU_ASSERT_EQUAL(pool_worker_join(&second), BERTH_OK);
    pool_fake_give(&fake, second.slot);
    pool_fake_end(&fake);
}

static void test_waiter_sleeps_while_another_tries_again(void) {
    pool_worker trying, waiting;
    begin_connected(1);
    begin_outage();
    pool_fake_hold(&fake, &fake.open, 1);
    pool_worker_start(&trying, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_worker_start_waiting(&waiting, &fake, 0, BERTH_NO_DEADLINE);
    POOL_FAKE_AWAIT(task_stays_asleep(waiting.task));
    end_outage();
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&trying), BERTH_OK);
    pool_fake_give(&fake, trying.slot);
    CU_ASSERT_EQUAL(pool_worker_join(&waiting), BERTH_OK);
    pool_fake_give(&fake, waiting.slot);
    pool_fake_end(&fake);
}

/* Whoever waits may find that it is time for the first to try, and is then the first itself. */
static void test_waiter_that_lets_the_first_try_goes_on_after_it(void) {
    pool_worker first, second;
    begin_connected(1);
    begin_outage();
    pthread_mutex_lock(&fake.pool->lock);
    fake.pool->retry_at_ns = INT64_MAX;
    pthread_mutex_unlock(&fake.pool->lock);
    pool_worker_start_waiting(&first, &fake, 0, BERTH_NO_DEADLINE);
    pool_fake_hold(&fake, &fake.open, 1);
    pthread_mutex_lock(&fake.pool->lock);
    fake.pool->retry_at_ns = 0;
    pthread_mutex_unlock(&fake.pool->lock);
    pool_worker_start(&second, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_interrupt(fake.pool, &first.ticket);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&first), BERTH_CANCELLED);
    end_outage();
    CU_ASSERT_EQUAL(pool_worker_join(&second), BERTH_OK);
    pool_fake_give(&fake, second.slot);
    pool_fake_end(&fake);
}

/* It says nothing of the server that a caller had no time. */
static void test_connect_cut_short_by_its_callers_deadline_starts_no_pause(void) {
    pool_slot *slot = NULL;
    begin_connected(3);
    pool_fake_fail_with(&fake, BERTH_TIMEOUT);
    fake.open.until_deadline = true;
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, clock_deadline_ns(5), NULL, &slot, NULL), BERTH_TIMEOUT);
    fake.open.until_deadline = false;
    end_outage();
    assert_opens_several_at_once();
    pool_fake_end(&fake);
}

static void test_storm_of_failing_connects_and_checks(void) {
    pool_storm storm = {.rounds = 1000, .broken_one_in = 3, .allowed = {BERTH_CONNECT}};
    pool_fake_begin(&fake, 3, 1, pool_fake_check_always);
    pool_storm_start(&storm, &fake);
    for (int i = 0; i < 200; i++) {
        pool_fake_fail(&fake, &fake.open, 3);
        pool_fake_fail(&fake, &fake.check, 2);
        sched_yield();
    }
    pool_storm_end(&storm);
    CU_ASSERT_TRUE(fake.most_exist <= 4);
    pool_fake_fail(&fake, &fake.open, 0);
    pool_fake_fail(&fake, &fake.check, 0);
    pool_storm_assert_whole(&fake, 4);
    pool_fake_end(&fake);
}

SUITE("pool, opening", TEST(test_pauses_grow_by_half_from_10_ms_to_half_a_second),
      TEST(test_pauses_vary_between_half_and_all), TEST(test_failure_before_the_first_success_is_told_at_once),
      TEST(test_later_failure_that_may_pass_is_tried_again), TEST(test_later_failure_that_lasts_is_told_at_once),
      TEST(test_outage_ends_the_wait_with_its_cause), TEST(test_cause_is_forgotten_after_a_success),
      TEST(test_all_share_the_tries_of_an_outage), TEST(test_success_ends_the_pauses),
      TEST(test_overload_never_clears_the_pool), TEST(test_waiter_goes_on_when_an_opener_gave_up),
      TEST(test_waiter_goes_on_when_the_first_of_an_outage_gave_up), TEST(test_waiter_sleeps_while_another_tries_again),
      TEST(test_waiter_that_lets_the_first_try_goes_on_after_it),
      TEST(test_connect_cut_short_by_its_callers_deadline_starts_no_pause),
      TEST(test_storm_of_failing_connects_and_checks))
