/* The pool as one thread sees it. */
#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_fake.h"
#include "tests/support/suite.h"

static pool_fake fake;

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
    pool_fake_take_all(&fake, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    for (int i = 2; i >= 0; i--)
        CU_ASSERT_PTR_EQUAL(pool_fake_take(&fake), slots[i]);
    pool_fake_give_all(&fake, slots, 3);
    pool_fake_end(&fake);
}

/* Two threads that go on in turns. */
typedef struct turns {
    pthread_barrier_t turn;
    pool_slot *given, *taken;
} turns;

static void *give_and_take_again(void *argument) {
    turns *turns = argument;
    turns->given = pool_fake_take(&fake);
    pool_fake_give(&fake, turns->given);
    pthread_barrier_wait(&turns->turn);
    pthread_barrier_wait(&turns->turn);
    turns->taken = pool_fake_take(&fake);
    pool_fake_give(&fake, turns->taken);
    return NULL;
}

/* Before the last one returned by all comes the last one that the thread itself returned. */
static void test_thread_takes_what_it_gave_back_last(void) {
    turns turns = {.given = NULL};
    pthread_t thread;
    pool_fake_begin(&fake, 2, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    pthread_barrier_init(&turns.turn, NULL, 2);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, give_and_take_again, &turns), 0);
    pthread_barrier_wait(&turns.turn);
    pool_fake_give(&fake, slot);
    pthread_barrier_wait(&turns.turn);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&turns.turn);
    CU_ASSERT_PTR_NOT_EQUAL(turns.given, slot);
    CU_ASSERT_PTR_EQUAL(turns.taken, turns.given);
    CU_ASSERT_PTR_EQUAL(pool_fake_take(&fake), slot);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

/* More than a thread remembers a slot of; and one that is gone is not looked at. */
static void test_slots_of_many_pools_are_told_apart(void) {
    static pool_fake fakes[6];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 6; i++) {
            pool_fake_begin(&fakes[i], 1, 0, NULL);
            pool_fake_give(&fakes[i], pool_fake_take(&fakes[i]));
        }
        for (int i = 0; i < 6; i++) {
            pool_slot *slot = pool_fake_take(&fakes[i]);
            CU_ASSERT_PTR_EQUAL(slot->pool, fakes[i].pool);
            pool_fake_give(&fakes[i], slot);
            CU_ASSERT_EQUAL(fakes[i].open.calls, 1);
        }
        for (int i = 0; i < 6; i++)
            pool_fake_end(&fakes[i]);
    }
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
    pool_fake_take_all(&fake, slots, 3);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 3);
    pool_fake_give_all(&fake, slots, 3);
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

static void test_an_error_is_not_needed(void) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = NULL;
    pool_fake_fail(&fake, &fake.open, 1);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, NULL), BERTH_CONNECT);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, NULL, false, NULL), BERTH_MISUSE);
    pool_fake_end(&fake);
}

static void test_lifetime_is_shortened_by_up_to_a_tenth(void) {
    CU_ASSERT_EQUAL(pool_lifetime_ns(1000000, 0), 1000000);
    CU_ASSERT_EQUAL(pool_lifetime_ns(1000000, 100), 900000);
    CU_ASSERT_EQUAL(pool_lifetime_ns(1000000, 101), 1000000);
    CU_ASSERT_EQUAL(pool_lifetime_ns(INT64_MAX, 100), INT64_MAX);
    CU_ASSERT_EQUAL(pool_time_after(1, INT64_MAX), INT64_MAX);
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

static uint64_t sum(const berth_histogram *histogram) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < BERTH_HISTOGRAM_BUCKETS; i++)
        total += histogram->counts[i];
    return total;
}

static void test_durations_are_counted_by_their_length(void) {
    static const uint64_t bounds_us[] = {100,    500,    1000,    5000,    10000,   50000,
                                         100000, 500000, 1000000, 5000000, 30000000};
    berth_histogram histogram = {.max_ns = 0};
    for (uint32_t i = 0; i + 1 < BERTH_HISTOGRAM_BUCKETS; i++) {
        CU_ASSERT_EQUAL(berth_histogram_bounds_ns[i], bounds_us[i] * 1000);
        CU_ASSERT_EQUAL(pool_histogram_bucket(bounds_us[i] * 1000), i);
        CU_ASSERT_EQUAL(pool_histogram_bucket(bounds_us[i] * 1000 + 1), i + 1);
    }
    CU_ASSERT_EQUAL(pool_histogram_bucket(0), 0);
    CU_ASSERT_EQUAL(pool_histogram_bucket(UINT64_MAX), BERTH_HISTOGRAM_BUCKETS - 1);
    pool_count_duration(&histogram, 7);
    pool_count_duration(&histogram, 600000);
    pool_count_duration(&histogram, 5);
    CU_ASSERT_EQUAL(histogram.counts[0], 2);
    CU_ASSERT_EQUAL(histogram.counts[2], 1);
    CU_ASSERT_EQUAL(histogram.total_ns, 600012);
    CU_ASSERT_EQUAL(histogram.max_ns, 600000);
}

/* Also of a pool that looks at no time for anything else. */
static void test_time_of_use_is_counted(void) {
    int64_t began_ns = clock_coarse_ns();
    pool_fake_begin(&fake, 1, 0, NULL);
    for (int i = 0; i < 3; i++) {
        pool_slot *slot = pool_fake_take(&fake);
        pool_fake_await_clock(clock_coarse_ns() + CLOCK_NS_PER_MS);
        pool_slot_note_use(slot, clock_coarse_ns());
        pool_fake_give(&fake, slot);
    }
    int64_t took_ns = clock_coarse_ns() - began_ns;
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.immediate, 2);
    CU_ASSERT_EQUAL(sum(&stats.use), 3);
    CU_ASSERT_TRUE(stats.use.max_ns >= (uint64_t)CLOCK_NS_PER_MS);
    CU_ASSERT_TRUE(stats.use.total_ns >= 3 * (uint64_t)CLOCK_NS_PER_MS);
    CU_ASSERT_TRUE(stats.use.total_ns <= (uint64_t)took_ns);
    pool_fake_end(&fake);
}

static void test_waits_and_connects_are_counted(void) {
    pool_worker worker;
    pool_slot *none = NULL;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, clock_deadline_ns(5), NULL, &none, NULL), BERTH_POOL_TIMEOUT);
    pool_worker_start_waiting(&worker, &fake, 0, BERTH_NO_DEADLINE);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(sum(&stats.wait), 2);
    CU_ASSERT_EQUAL(stats.wait_total_ns, stats.wait.total_ns);
    CU_ASSERT_EQUAL(stats.wait_max_ns, stats.wait.max_ns);
    CU_ASSERT_TRUE(stats.wait_max_ns > 0 && stats.wait_max_ns <= stats.wait_total_ns);
    CU_ASSERT_EQUAL(sum(&stats.connect), 1);
    CU_ASSERT_EQUAL(stats.connect_total_ns, stats.connect.total_ns);
    CU_ASSERT_EQUAL(stats.connect_max_ns, stats.connect.max_ns);
    CU_ASSERT_EQUAL(stats.checkouts, 2);
    CU_ASSERT_EQUAL(stats.waited, 1);
    CU_ASSERT_EQUAL(stats.timed_out, 1);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

static void *reset_pool(void *none) {
    pool_reset(fake.pool);
    return none;
}

static void test_those_that_a_reset_closes_are_not_in_use(void) {
    pthread_t thread;
    pool_slot *slots[3];
    pool_fake_begin(&fake, 3, 0, NULL);
    pool_fake_take_all(&fake, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    pool_fake_hold(&fake, &fake.close, 1);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, reset_pool, NULL), 0);
    pool_fake_await_held(&fake, &fake.close, 1);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.size, 3);
    CU_ASSERT_EQUAL(stats.idle, 0);
    CU_ASSERT_EQUAL(stats.in_use, 0);
    pool_fake_let_go(&fake, &fake.close);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 0);
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
      TEST(test_thread_takes_what_it_gave_back_last), TEST(test_slots_of_many_pools_are_told_apart),
      TEST(test_impossible_limits_are_refused), TEST(test_overflow_closes_on_return),
      TEST(test_size_zero_keeps_nothing), TEST(test_an_error_is_not_needed),
      TEST(test_lifetime_is_shortened_by_up_to_a_tenth), TEST(test_interrupted_ticket_fails_at_once),
      TEST(test_statistics_are_complete), TEST(test_durations_are_counted_by_their_length),
      TEST(test_time_of_use_is_counted), TEST(test_waits_and_connects_are_counted),
      TEST(test_those_that_a_reset_closes_are_not_in_use), TEST(test_statistics_fit_a_smaller_struct))
