/* The pool's queue: who gets what, when, and why not. */
#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_fake.h"
#include "tests/support/suite.h"

static pool_fake fake;

static void check_always(pool_config *config) {
    config->check_idle_ms = 0;
}

static void recycle_soon(pool_config *config) {
    config->recycle_ms = 20;
}

static void wait_briefly(pool_config *config) {
    config->timeout_ms = 20;
}

/* Starts a worker and waits until it is in the queue behind `before` others. */
static void start_waiting(pool_worker *worker, uint32_t before, int64_t deadline_ns) {
    pool_worker_start(worker, &fake, deadline_ns);
    pool_fake_await_waiting(&fake, before + 1);
}

static void test_waiters_are_served_in_order(void) {
    pool_worker workers[5];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    for (uint32_t i = 0; i < 5; i++)
        start_waiting(&workers[i], i, BERTH_NO_DEADLINE);
    for (uint32_t i = 0; i < 5; i++) {
        pool_fake_give(&fake, slot);
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
        CU_ASSERT_EQUAL(workers[i].order, i + 1);
        CU_ASSERT_PTR_EQUAL(workers[i].slot, slot);
        CU_ASSERT_EQUAL(pool_fake_stats(&fake).waiting, 4 - i);
    }
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.opened, 1);
    CU_ASSERT_EQUAL(stats.waited, 5);
    CU_ASSERT_TRUE(stats.wait_max_ns > 0 && stats.wait_max_ns <= stats.wait_total_ns);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_newcomer_does_not_overtake_who_waits_for_long(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake), *mine = NULL;
    start_waiting(&worker, 0, BERTH_NO_DEADLINE);
    /* Before the first has waited for a millisecond, it would be allowed. */
    pool_fake_await_clock(clock_now_ns() + 2 * CLOCK_NS_PER_MS);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, clock_now_ns(), NULL, &mine, NULL), BERTH_POOL_TIMEOUT);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

static void test_failed_connect_wakes_the_next_waiter(void) {
    pool_worker first, second;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_fake_fail(&fake, &fake.open, 1);
    pool_worker_start(&first, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    start_waiting(&second, 0, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connecting, 1);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&first), BERTH_CONNECT);
    CU_ASSERT_EQUAL(pool_worker_join(&second), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    pool_fake_give(&fake, second.slot);
    pool_fake_end(&fake);
}

static void test_outage_reaches_every_waiter(void) {
    pool_worker workers[6];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_fake_fail(&fake, &fake.open, POOL_FAKE_ALWAYS);
    pool_worker_start(&workers[0], &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    for (uint32_t i = 1; i < 6; i++)
        start_waiting(&workers[i], i - 1, BERTH_NO_DEADLINE);
    pool_fake_let_go(&fake, &fake.open);
    for (uint32_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_CONNECT);
        ASSERT_TEXT(workers[i].error.message, "nobody answers");
    }
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connect_failed, 6);
    pool_fake_end(&fake);
}

static void test_broken_return_wakes_a_waiter(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    start_waiting(&worker, 0, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, slot, true, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

static void test_worn_out_return_wakes_a_waiter(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, recycle_soon);
    pool_slot *slot = pool_fake_take(&fake);
    start_waiting(&worker, 0, BERTH_NO_DEADLINE);
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_LIFETIME], 1);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

static void test_hanging_connect_blocks_nobody_else(void) {
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

static void test_hanging_check_and_close_block_nobody_else(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 3, 0, check_always);
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

static void *give_back(void *slot) {
    pool_checkin(fake.pool, slot, false, NULL);
    return NULL;
}

static void test_hanging_close_of_overflow_does_not_cost_the_next_one(void) {
    pthread_t thread;
    pool_fake_begin(&fake, 1, 1, NULL);
    pool_slot *one = pool_fake_take(&fake), *two = pool_fake_take(&fake);
    pool_fake_hold(&fake, &fake.close, 1);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, give_back, one), 0);
    pool_fake_await_held(&fake, &fake.close, 1);
    pool_fake_give(&fake, two);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    pool_fake_let_go(&fake, &fake.close);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 1);
    pool_fake_end(&fake);
}

static void test_place_is_kept_until_close_has_returned(void) {
    pool_worker resetter, worker;
    pool_fake_begin(&fake, 1, 0, check_always);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_fail(&fake, &fake.check, 1);
    pool_fake_hold(&fake, &fake.close, 1);
    pool_worker_start(&resetter, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.close, 1);
    start_waiting(&worker, 0, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(fake.open.calls, 1);
    pool_fake_let_go(&fake, &fake.close);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    pool_fake_give(&fake, worker.slot);
    CU_ASSERT_EQUAL(pool_worker_join(&resetter), BERTH_OK);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
    pool_fake_give(&fake, resetter.slot);
    pool_fake_end(&fake);
}

static void test_timeout_never_fires_early(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake), *none = NULL;
    for (int timeout_ms = 1; timeout_ms <= 32; timeout_ms *= 2) {
        int64_t deadline_ns = clock_deadline_ns(timeout_ms);
        CU_ASSERT_EQUAL(pool_checkout(fake.pool, deadline_ns, NULL, &none, NULL), BERTH_POOL_TIMEOUT);
        CU_ASSERT_TRUE(clock_now_ns() >= deadline_ns);
    }
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).timed_out, 6);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_timeout_says_the_counts(void) {
    pool_fake_begin(&fake, 1, 0, wait_briefly);
    pool_slot *slot = pool_fake_take(&fake), *none = NULL;
    berth_error error;
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), BERTH_POOL_TIMEOUT);
    ASSERT_TEXT(error.message,
                "no connection became free within 20 ms: 1 of 1 open, 1 in use, 0 connecting, 0 waiting");
    CU_ASSERT_PTR_NULL(none);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_timeout_says_the_last_failed_connect(void) {
    pool_fake_begin(&fake, 2, 0, wait_briefly);
    pool_slot *slot = pool_fake_take(&fake), *none = NULL, *other = NULL;
    berth_error error;
    pool_fake_fail(&fake, &fake.open, POOL_FAKE_ALWAYS);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), BERTH_CONNECT);
    ASSERT_TEXT(error.message, "no connection could be opened within 20 ms: 1 of 2 open, 1 in use, 0 connecting, "
                               "0 waiting; last failed connect: nobody answers");
    CU_ASSERT_PTR_NULL(none);
    pool_fake_fail(&fake, &fake.open, 0);
    CU_ASSERT_EQUAL_FATAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &other, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), BERTH_POOL_TIMEOUT);
    ASSERT_TEXT(error.message,
                "no connection became free within 20 ms: 2 of 2 open, 2 in use, 0 connecting, 0 waiting");
    pool_fake_give(&fake, other);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_waiter_that_gave_up_loses_nothing(void) {
    pool_worker workers[3];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    start_waiting(&workers[0], 0, BERTH_NO_DEADLINE);
    start_waiting(&workers[1], 1, clock_deadline_ns(1000));
    start_waiting(&workers[2], 2, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[1]), BERTH_POOL_TIMEOUT);
    CU_ASSERT_PTR_NULL(workers[1].slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).waiting, 2);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[0]), BERTH_OK);
    pool_fake_give(&fake, workers[0].slot);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[2]), BERTH_OK);
    pool_fake_give(&fake, workers[2].slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    pool_fake_end(&fake);
}

static void test_nothing_goes_to_a_waiter_whose_time_is_over(void) {
    pool_worker late, patient;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    int64_t deadline_ns = clock_deadline_ns(1000);
    start_waiting(&late, 0, deadline_ns);
    start_waiting(&patient, 1, BERTH_NO_DEADLINE);
    /* With the lock held the first can't notice the end of its time before the return does. */
    pthread_mutex_lock(&fake.pool->lock);
    pool_fake_await_clock(deadline_ns);
    pool_waiter *first = pool_queue_first(fake.pool);
    CU_ASSERT_PTR_EQUAL(first, patient.ticket.waiter);
    CU_ASSERT_PTR_NULL(late.ticket.waiter);
    pthread_mutex_unlock(&fake.pool->lock);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&late), BERTH_POOL_TIMEOUT);
    CU_ASSERT_PTR_NULL(late.slot);
    CU_ASSERT_EQUAL(pool_worker_join(&patient), BERTH_OK);
    pool_fake_give(&fake, patient.slot);
    pool_fake_end(&fake);
}

static void test_interrupt_ends_one_wait(void) {
    pool_worker workers[3];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    for (uint32_t i = 0; i < 3; i++)
        start_waiting(&workers[i], i, BERTH_NO_DEADLINE);
    pool_interrupt(fake.pool, &workers[1].ticket);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[1]), BERTH_CANCELLED);
    ASSERT_TEXT(workers[1].error.message, "the wait for a connection was cancelled");
    for (int i = 0; i < 3; i += 2) {
        pool_fake_give(&fake, slot);
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
    }
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_abandoned_connect_joins_the_pool(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, check_always);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_worker_start(&worker, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_interrupt(fake.pool, &worker.ticket);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_CANCELLED);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.open.calls, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).checkouts, 1);
    pool_fake_end(&fake);
}

static void test_abandoned_connect_goes_to_a_waiter(void) {
    pool_worker abandoned, waiting;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_worker_start(&abandoned, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    start_waiting(&waiting, 0, BERTH_NO_DEADLINE);
    pool_interrupt(fake.pool, &abandoned.ticket);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&abandoned), BERTH_CANCELLED);
    CU_ASSERT_EQUAL(pool_worker_join(&waiting), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 1);
    pool_fake_give(&fake, waiting.slot);
    pool_fake_end(&fake);
}

static void test_reset_strands_no_waiter(void) {
    pool_worker workers[3];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    uint32_t number = pool_fake_number(slot);
    for (uint32_t i = 0; i < 3; i++)
        start_waiting(&workers[i], i, BERTH_NO_DEADLINE);
    pool_reset(fake.pool);
    CU_ASSERT_EQUAL(pool_fake_number(slot), number);
    pool_fake_give(&fake, slot);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
        CU_ASSERT_TRUE(pool_fake_number(workers[i].slot) > number);
        pool_fake_give(&fake, workers[i].slot);
    }
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
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

static void test_close_wakes_all_waiters_at_once(void) {
    pool_worker workers[4];
    berth_error error;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    for (uint32_t i = 0; i < 4; i++)
        start_waiting(&workers[i], i, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_close(fake.pool, 0, &error), BERTH_POOL_TIMEOUT);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_POOL_CLOSED);
        ASSERT_TEXT(workers[i].error.message, "the pool of connections is closed");
    }
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).in_use, 1);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_connect_that_ends_after_close_is_closed(void) {
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
    pool_fake_begin(&fake, 1, 0, check_always);
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

static void test_concurrent_disconnects_replace_each_once(void) {
    pool_worker workers[3];
    pool_slot *slots[3];
    pool_fake_begin(&fake, 3, 0, check_always);
    for (int i = 0; i < 3; i++)
        slots[i] = pool_fake_take(&fake);
    for (int i = 0; i < 3; i++)
        pool_fake_give(&fake, slots[i]);
    pool_fake_fail(&fake, &fake.check, 3);
    pool_fake_hold(&fake, &fake.check, 3);
    for (int i = 0; i < 3; i++)
        pool_worker_start(&workers[i], &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.check, 3);
    pool_fake_let_go(&fake, &fake.check);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
    for (int i = 0; i < 3; i++)
        pool_fake_give(&fake, workers[i].slot);
    CU_ASSERT_EQUAL(fake.open.calls, 6);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_BROKEN], 3);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_STALE], 0);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 3);
    pool_fake_end(&fake);
}

SUITE("pool, waiting", TEST(test_waiters_are_served_in_order), TEST(test_newcomer_does_not_overtake_who_waits_for_long),
      TEST(test_failed_connect_wakes_the_next_waiter), TEST(test_outage_reaches_every_waiter),
      TEST(test_broken_return_wakes_a_waiter), TEST(test_worn_out_return_wakes_a_waiter),
      TEST(test_hanging_connect_blocks_nobody_else), TEST(test_hanging_check_and_close_block_nobody_else),
      TEST(test_hanging_close_of_overflow_does_not_cost_the_next_one),
      TEST(test_place_is_kept_until_close_has_returned), TEST(test_timeout_never_fires_early),
      TEST(test_timeout_says_the_counts), TEST(test_timeout_says_the_last_failed_connect),
      TEST(test_waiter_that_gave_up_loses_nothing), TEST(test_nothing_goes_to_a_waiter_whose_time_is_over),
      TEST(test_interrupt_ends_one_wait), TEST(test_abandoned_connect_joins_the_pool),
      TEST(test_abandoned_connect_goes_to_a_waiter), TEST(test_reset_strands_no_waiter),
      TEST(test_connect_begun_before_a_reset_lasts_one_use), TEST(test_close_wakes_all_waiters_at_once),
      TEST(test_connect_that_ends_after_close_is_closed), TEST(test_check_that_ends_after_close_is_closed),
      TEST(test_concurrent_disconnects_replace_each_once))
