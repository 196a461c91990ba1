/* The pool's queue: who gets what, when, and why not. */
#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_fake.h"
#include "tests/support/suite.h"

static pool_fake fake;

static void test_newcomer_does_not_overtake_who_waits_for_long(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake), *mine = NULL;
    pool_worker_start_waiting(&worker, &fake, 0, BERTH_NO_DEADLINE);
    /* Before the first has waited for a millisecond, it would be allowed. */
    pool_fake_await_clock(clock_now_ns() + 2 * CLOCK_NS_PER_MS);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, clock_now_ns(), NULL, &mine, NULL), BERTH_POOL_TIMEOUT);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
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
    pool_fake_begin(&fake, 1, 0, pool_fake_check_always);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_fail(&fake, &fake.check, 1);
    pool_fake_hold(&fake, &fake.close, 1);
    pool_worker_start(&resetter, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.close, 1);
    pool_worker_start_waiting(&worker, &fake, 0, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(fake.open.calls, 1);
    pool_fake_let_go(&fake, &fake.close);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    pool_fake_give(&fake, worker.slot);
    CU_ASSERT_EQUAL(pool_worker_join(&resetter), BERTH_OK);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
    pool_fake_give(&fake, resetter.slot);
    pool_fake_end(&fake);
}

static void test_timeout_says_the_last_failed_connect(void) {
    pool_fake_begin(&fake, 2, 0, pool_fake_wait_briefly);
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

static void test_interrupt_ends_one_wait(void) {
    pool_worker workers[3];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    for (uint32_t i = 0; i < 3; i++)
        pool_worker_start_waiting(&workers[i], &fake, i, BERTH_NO_DEADLINE);
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

SUITE("pool, waiting", TEST(test_newcomer_does_not_overtake_who_waits_for_long),
      TEST(test_hanging_close_of_overflow_does_not_cost_the_next_one),
      TEST(test_place_is_kept_until_close_has_returned), TEST(test_timeout_says_the_last_failed_connect),
      TEST(test_interrupt_ends_one_wait))
