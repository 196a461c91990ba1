/* What must always hold of a pool: deadlines, checks and lifetimes. */
#include <berth/driver.h>

#include "core/clock.h"
#include "tests/support/pool_fake.h"
#include "tests/support/suite.h"

static pool_fake fake;

static void test_invariant_14_timeout_never_fires_early(void) {
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

/* Also when others look at the queue all the time. */
static void test_waiter_behind_many_others_is_not_sent_away_early(void) {
    pool_worker workers[6];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    for (int i = 0; i < 6; i++)
        pool_worker_start(&workers[i], &fake, clock_now_ns() + (20 + i) * CLOCK_NS_PER_MS);
    for (int i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_POOL_TIMEOUT);
        CU_ASSERT_TRUE(workers[i].ended_ns >= workers[i].deadline_ns);
    }
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_invariant_15_deadline_includes_the_checks(void) {
    pool_fake_begin(&fake, 2, 0, pool_fake_check_always);
    pool_slot *slots[2], *slot = NULL;
    berth_error error;
    pool_fake_take_all(&fake, slots, 2);
    pool_fake_give_all(&fake, slots, 2);
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

static void test_deadline_over_before_the_check_harms_nothing(void) {
    pool_fake_begin(&fake, 1, 0, pool_fake_check_always);
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

static void test_timeout_says_the_counts(void) {
    pool_fake_begin(&fake, 1, 0, pool_fake_wait_briefly);
    pool_slot *slot = pool_fake_take(&fake), *none = NULL;
    berth_error error;
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), BERTH_POOL_TIMEOUT);
    ASSERT_TEXT(error.message,
                "no connection became free within 20 ms: 1 of 1 open, 1 in use, 0 connecting, 0 waiting");
    CU_ASSERT_PTR_NULL(none);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_invariant_24_fresh_ones_are_not_checked(void) {
    pool_fake_begin(&fake, 1, 0, pool_fake_check_always);
    pool_slot *slot = pool_fake_take(&fake);
    CU_ASSERT_EQUAL(fake.check.calls, 0);
    pool_fake_give(&fake, slot);
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.check.calls, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).immediate, 1);
    pool_fake_end(&fake);
}

static void check_after_an_hour(pool_config *config) {
    config->check_idle_ms = 3600000;
}

static void check_after_a_while(pool_config *config) {
    config->check_idle_ms = 20;
}

static void test_recently_used_ones_are_not_checked(void) {
    pool_fake_begin(&fake, 1, 0, check_after_an_hour);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.check.calls, 0);
    pool_fake_end(&fake);
}

static void test_those_idle_for_long_are_checked(void) {
    pool_fake_begin(&fake, 1, 0, check_after_a_while);
    pool_slot *slot = pool_fake_take(&fake);
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_slot_note_use(slot, clock_coarse_ns() + CLOCK_NS_PER_S);
    pool_fake_give(&fake, slot);
    slot = pool_fake_take(&fake);
    CU_ASSERT_EQUAL(fake.check.calls, 0);
    pool_fake_give(&fake, slot);
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_fake_give(&fake, pool_fake_take(&fake));
    CU_ASSERT_EQUAL(fake.check.calls, 1);
    pool_fake_end(&fake);
}

/* One generation: a failed check tells of all that were opened before it, and of none that was opened later. */
static void test_failed_check_replaces_all_older_ones(void) {
    pool_fake_begin(&fake, 4, 0, pool_fake_check_always);
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

/* At the return too: one that is in use whenever anybody looks would else live for ever. */
static void test_invariant_26_lifetime_ends_on_a_connection_that_is_always_busy(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, pool_fake_recycle_soon);
    pool_slot *slot = pool_fake_take(&fake);
    pool_worker_start_waiting(&worker, &fake, 0, BERTH_NO_DEADLINE);
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_LIFETIME], 1);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
    pool_fake_await_clock(clock_now_ns() + 20 * CLOCK_NS_PER_MS);
    pool_fake_give(&fake, worker.slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_lifetime, 2);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 0);
    pool_fake_end(&fake);
}

/* Taken and given back in the quick way, which looks at no clock of its own on the return. */
static void test_lifetime_ends_between_many_short_uses(void) {
    pool_fake_begin(&fake, 1, 0, pool_fake_recycle_soon);
    POOL_FAKE_AWAIT((pool_fake_give(&fake, pool_fake_take(&fake)), pool_fake_stats(&fake).closed_lifetime > 0));
    CU_ASSERT_TRUE(pool_fake_stats(&fake).immediate > 0);
    pool_fake_end(&fake);
}

static void test_lifetime_ends_at_checkout(void) {
    pool_fake_begin(&fake, 2, 0, pool_fake_recycle_soon);
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

SUITE("pool, invariants: time", TEST(test_invariant_14_timeout_never_fires_early),
      TEST(test_waiter_behind_many_others_is_not_sent_away_early), TEST(test_invariant_15_deadline_includes_the_checks),
      TEST(test_deadline_over_before_the_check_harms_nothing), TEST(test_the_earlier_deadline_counts),
      TEST(test_timeout_says_the_counts), TEST(test_invariant_24_fresh_ones_are_not_checked),
      TEST(test_recently_used_ones_are_not_checked), TEST(test_those_idle_for_long_are_checked),
      TEST(test_failed_check_replaces_all_older_ones),
      TEST(test_invariant_26_lifetime_ends_on_a_connection_that_is_always_busy),
      TEST(test_lifetime_ends_between_many_short_uses), TEST(test_lifetime_ends_at_checkout))
