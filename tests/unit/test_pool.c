/* The pool as one thread sees it. */
#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_fake.h"
#include "tests/support/suite.h"

static pool_fake fake;

static void check_always(pool_config *config) {
    config->check_idle_ms = 0;
}

static void check_after_an_hour(pool_config *config) {
    config->check_idle_ms = 3600000;
}

static void recycle_soon(pool_config *config) {
    config->recycle_ms = 20;
}

static void test_first_checkout_opens_and_the_second_reuses(void) {
    pool_fake_begin(&fake, 2, 0, NULL);
    CU_ASSERT_EQUAL(fake.open.calls, 0);
    pool_slot *slot = pool_fake_take(&fake);
    uint32_t number = pool_fake_number(slot);
    pool_fake_give(&fake, slot);
    slot = pool_fake_take(&fake);
    CU_ASSERT_EQUAL(pool_fake_number(slot), number);
    CU_ASSERT_EQUAL(fake.open.calls, 1);
    CU_ASSERT_EQUAL(fake.reset.calls, 1);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_SHUTDOWN], 1);
}

static void test_the_last_one_returned_is_taken_first(void) {
    pool_fake_begin(&fake, 3, 0, NULL);
    pool_slot *slots[3];
    for (int i = 0; i < 3; i++)
        slots[i] = pool_fake_take(&fake);
    for (int i = 0; i < 3; i++)
        pool_fake_give(&fake, slots[i]);
    for (int i = 2; i >= 0; i--)
        CU_ASSERT_PTR_EQUAL(pool_fake_take(&fake), slots[i]);
    for (int i = 0; i < 3; i++)
        pool_fake_give(&fake, slots[i]);
    pool_fake_end(&fake);
}

static void test_impossible_limits_are_refused(void) {
    pool_callbacks callbacks = {0};
    pool *made = NULL;
    berth_error error;
    CU_ASSERT_EQUAL(pool_new(&(pool_config){.size = 0}, &callbacks, &made, &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "the pool's size and overflow are 0 together, allowed is 1 to 1000000");
    CU_ASSERT_PTR_NULL(made);
    pool_config large = {.size = UINT32_MAX, .overflow = UINT32_MAX};
    CU_ASSERT_EQUAL(pool_new(&large, &callbacks, &made, &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "the pool's size and overflow are 8589934590 together, allowed is 1 to 1000000");
    pool_free(NULL);
}

static void test_overflow_closes_on_return(void) {
    pool_fake_begin(&fake, 1, 2, NULL);
    pool_slot *slots[3];
    for (int i = 0; i < 3; i++)
        slots[i] = pool_fake_take(&fake);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 3);
    for (int i = 0; i < 3; i++)
        pool_fake_give(&fake, slots[i]);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.size, 1);
    CU_ASSERT_EQUAL(stats.idle, 1);
    CU_ASSERT_EQUAL(stats.closed_overflow, 2);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_OVERFLOW], 2);
    pool_fake_end(&fake);
}

static void test_size_zero_keeps_nothing(void) {
    pool_fake_begin(&fake, 0, 1, NULL);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 0);
    pool_fake_end(&fake);
}

static void test_failed_connect_restores_the_count(void) {
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

static void test_an_error_is_not_needed(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = NULL;
    pool_fake_fail(&fake, &fake.open, 1);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, NULL), BERTH_CONNECT);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, NULL, false, NULL), BERTH_MISUSE);
    pool_fake_end(&fake);
}

static void test_recovers_from_a_long_outage(void) {
    pool_fake_begin(&fake, 3, 0, check_always);
    pool_slot *slots[3] = {pool_fake_take(&fake), pool_fake_take(&fake), pool_fake_take(&fake)};
    for (int i = 0; i < 3; i++)
        pool_fake_give(&fake, slots[i]);
    pool_fake_fail(&fake, &fake.check, POOL_FAKE_ALWAYS);
    pool_fake_fail(&fake, &fake.open, POOL_FAKE_ALWAYS);
    for (int i = 0; i < 20; i++) {
        int64_t deadline_ns = clock_deadline_ns(i == 0 ? 100 : 1);
        CU_ASSERT_EQUAL(pool_checkout(fake.pool, deadline_ns, NULL, &slots[0], NULL), BERTH_CONNECT);
        CU_ASSERT_TRUE(clock_now_ns() >= deadline_ns);
    }
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 0);
    /* Not one attempt a caller: they share the pauses. */
    CU_ASSERT_TRUE(fake.open.calls < 20);
    pool_fake_fail(&fake, &fake.check, 0);
    pool_fake_fail(&fake, &fake.open, 0);
    for (int i = 0; i < 3; i++)
        slots[i] = pool_fake_take(&fake);
    for (int i = 0; i < 3; i++)
        pool_fake_give(&fake, slots[i]);
    pool_fake_end(&fake);
}

static void test_failed_check_replaces_all_older_ones(void) {
    pool_fake_begin(&fake, 4, 0, check_always);
    pool_slot *out = pool_fake_take(&fake), *two = pool_fake_take(&fake), *three = pool_fake_take(&fake);
    pool_fake_give(&fake, two);
    pool_fake_give(&fake, three);
    uint32_t newest = pool_fake_number(three);
    pool_fake_fail(&fake, &fake.check, 1);
    pool_slot *slot = pool_fake_take(&fake);
    CU_ASSERT_TRUE(pool_fake_number(slot) > newest);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.closed_broken, 1);
    CU_ASSERT_EQUAL(stats.closed_stale, 1);
    CU_ASSERT_EQUAL(stats.size, 2);
    pool_fake_give(&fake, out);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_stale, 2);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_stale, 2);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    pool_fake_end(&fake);
}

static void test_fresh_ones_are_not_checked(void) {
    pool_fake_begin(&fake, 1, 0, check_always);
    pool_slot *slot = pool_fake_take(&fake);
    CU_ASSERT_EQUAL(fake.check.calls, 0);
    pool_fake_give(&fake, slot);
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.check.calls, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).immediate, 1);
    pool_fake_end(&fake);
}

static void test_recently_used_ones_are_not_checked(void) {
    pool_fake_begin(&fake, 1, 0, check_after_an_hour);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.check.calls, 0);
    pool_fake_end(&fake);
}

static void test_deadline_over_before_the_check_harms_nothing(void) {
    pool_fake_begin(&fake, 1, 0, check_always);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_slot *slot = NULL;
    berth_error error;
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, 1, NULL, &slot, &error), BERTH_POOL_TIMEOUT);
    ASSERT_TEXT(error.message, "no connection became free within 0 ms: 1 of 1 open, 1 in use, 0 connecting, 0 waiting");
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    CU_ASSERT_EQUAL(fake.check.calls, 0);
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.check.calls, 1);
    pool_fake_end(&fake);
}

static void test_deadline_includes_the_check(void) {
    pool_fake_begin(&fake, 2, 0, check_always);
    pool_slot *one = pool_fake_take(&fake), *two = pool_fake_take(&fake), *slot = NULL;
    berth_error error;
    pool_fake_give(&fake, one);
    pool_fake_give(&fake, two);
    fake.check.until_deadline = true;
    int64_t deadline_ns = clock_deadline_ns(100);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, deadline_ns, NULL, &slot, &error), BERTH_POOL_TIMEOUT);
    ASSERT_CONTAINS(error.message, "no connection passed its check within ");
    ASSERT_CONTAINS(error.message, " ms: 1 of 2 open, 0 in use, 0 connecting, 0 waiting");
    CU_ASSERT_EQUAL(fake.check.deadline_ns, deadline_ns);
    CU_ASSERT_EQUAL(fake.check.calls, 1);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.idle, 1);
    CU_ASSERT_EQUAL(stats.closed_broken, 1);
    CU_ASSERT_EQUAL(stats.closed_stale, 0);
    CU_ASSERT_EQUAL(stats.timed_out, 1);
    pool_fake_end(&fake);
}

static void test_the_earlier_deadline_counts(void) {
    pool_fake_begin(&fake, 2, 0, NULL);
    pool_slot *slot = NULL;
    int64_t before_ns = clock_now_ns();
    pool_slot *other = pool_fake_take(&fake);
    CU_ASSERT_TRUE(fake.open.deadline_ns >= before_ns + 10000 * CLOCK_NS_PER_MS);
    CU_ASSERT_TRUE(fake.open.deadline_ns <= clock_now_ns() + 10000 * CLOCK_NS_PER_MS);
    int64_t sooner_ns = clock_deadline_ns(5000);
    CU_ASSERT_EQUAL_FATAL(pool_checkout(fake.pool, sooner_ns, NULL, &slot, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.deadline_ns, sooner_ns);
    pool_fake_give(&fake, slot);
    pool_fake_give(&fake, other);
    pool_fake_end(&fake);
}

static void test_lifetime_ends_at_checkout(void) {
    pool_fake_begin(&fake, 2, 0, recycle_soon);
    pool_slot *slot = pool_fake_take(&fake);
    uint32_t number = pool_fake_number(slot);
    int64_t opened_ns = clock_now_ns();
    pool_fake_give(&fake, slot);
    pool_fake_await_clock(opened_ns + 20 * CLOCK_NS_PER_MS);
    slot = pool_fake_take(&fake);
    CU_ASSERT_TRUE(pool_fake_number(slot) > number);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_lifetime, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).immediate, 0);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_lifetime_ends_on_return_of_a_busy_one(void) {
    pool_fake_begin(&fake, 2, 0, recycle_soon);
    pool_slot *slot = pool_fake_take(&fake);
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_lifetime, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 0);
    pool_fake_end(&fake);
}

static void test_lifetime_is_shortened_by_up_to_a_tenth(void) {
    CU_ASSERT_EQUAL(pool_lifetime_ns(1000000, 0), 1000000);
    CU_ASSERT_EQUAL(pool_lifetime_ns(1000000, 100), 900000);
    CU_ASSERT_EQUAL(pool_lifetime_ns(1000000, 101), 1000000);
    CU_ASSERT_EQUAL(pool_lifetime_ns(INT64_MAX, 100), INT64_MAX);
    CU_ASSERT_EQUAL(pool_time_after(1, INT64_MAX), INT64_MAX);
}

static void test_failed_reconnect_of_an_old_one_leaks_nothing(void) {
    pool_fake_begin(&fake, 1, 0, recycle_soon);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_fake_fail(&fake, &fake.open, POOL_FAKE_ALWAYS);
    pool_slot *slot = NULL;
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, clock_deadline_ns(5), NULL, &slot, NULL), BERTH_CONNECT);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.size + stats.connecting + stats.in_use + stats.idle, 0);
    pool_fake_fail(&fake, &fake.open, 0);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_end(&fake);
}

static void test_broken_return_is_closed_without_a_reset(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, pool_fake_take(&fake), true, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(fake.reset.calls, 0);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_broken, 1);
    pool_fake_end(&fake);
}

static void test_return_that_cannot_be_cleaned_is_closed(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    uint32_t number = pool_fake_number(slot);
    pool_fake_fail(&fake, &fake.reset, 1);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_broken, 1);
    slot = pool_fake_take(&fake);
    CU_ASSERT_TRUE(pool_fake_number(slot) > number);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_double_and_foreign_returns_are_refused(void) {
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

static void test_reset_closes_idle_now_and_the_rest_on_return(void) {
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

static void test_interrupted_ticket_fails_at_once(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_ticket ticket = {0};
    pool_slot *slot = NULL;
    berth_error error;
    pool_interrupt(fake.pool, &ticket);
    CU_ASSERT_TRUE(ticket.interrupted);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, &ticket, &slot, &error), BERTH_CANCELLED);
    ASSERT_TEXT(error.message, "the wait for a connection was cancelled");
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    pool_fake_end(&fake);
}

static void test_statistics_are_complete(void) {
    pool_fake_begin(&fake, 1, 1, NULL);
    pool_slot *one = pool_fake_take(&fake), *two = pool_fake_take(&fake);
    pool_fake_give(&fake, one);
    one = pool_fake_take(&fake);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.struct_size, sizeof stats);
    CU_ASSERT_EQUAL(stats.limit, 2);
    CU_ASSERT_EQUAL(stats.size, 2);
    CU_ASSERT_EQUAL(stats.in_use, 2);
    CU_ASSERT_EQUAL(stats.idle, 0);
    CU_ASSERT_EQUAL(stats.opened, 3);
    CU_ASSERT_EQUAL(stats.closed_overflow, 1);
    CU_ASSERT_EQUAL(stats.checkouts, 3);
    CU_ASSERT_EQUAL(stats.immediate, 0);
    CU_ASSERT_EQUAL(stats.waited, 0);
    CU_ASSERT_EQUAL(stats.rejected, 0);
    CU_ASSERT_TRUE(stats.connect_max_ns > 0 && stats.connect_max_ns < stats.connect_total_ns);
    pool_fake_give(&fake, one);
    pool_fake_give(&fake, two);
    pool_fake_end(&fake);
}

static void test_statistics_fit_a_smaller_struct(void) {
    pool_fake_begin(&fake, 3, 1, NULL);
    berth_pool_stats stats;
    memset(&stats, 0x55, sizeof stats);
    stats.struct_size = offsetof(berth_pool_stats, size);
    pool_stats(fake.pool, &stats);
    CU_ASSERT_EQUAL(stats.struct_size, offsetof(berth_pool_stats, size));
    CU_ASSERT_EQUAL(stats.limit, 4);
    CU_ASSERT_EQUAL(stats.size, 0x55555555);
    pool_fake_end(&fake);
}

SUITE("pool", TEST(test_first_checkout_opens_and_the_second_reuses), TEST(test_the_last_one_returned_is_taken_first),
      TEST(test_impossible_limits_are_refused), TEST(test_overflow_closes_on_return),
      TEST(test_size_zero_keeps_nothing), TEST(test_failed_connect_restores_the_count),
      TEST(test_an_error_is_not_needed), TEST(test_recovers_from_a_long_outage),
      TEST(test_failed_check_replaces_all_older_ones), TEST(test_fresh_ones_are_not_checked),
      TEST(test_recently_used_ones_are_not_checked), TEST(test_deadline_over_before_the_check_harms_nothing),
      TEST(test_deadline_includes_the_check), TEST(test_the_earlier_deadline_counts),
      TEST(test_lifetime_ends_at_checkout), TEST(test_lifetime_ends_on_return_of_a_busy_one),
      TEST(test_lifetime_is_shortened_by_up_to_a_tenth), TEST(test_failed_reconnect_of_an_old_one_leaks_nothing),
      TEST(test_broken_return_is_closed_without_a_reset), TEST(test_return_that_cannot_be_cleaned_is_closed),
      TEST(test_double_and_foreign_returns_are_refused), TEST(test_reset_closes_idle_now_and_the_rest_on_return),
      TEST(test_close_refuses_and_reports_what_is_out), TEST(test_interrupted_ticket_fails_at_once),
      TEST(test_statistics_are_complete), TEST(test_statistics_fit_a_smaller_struct))
