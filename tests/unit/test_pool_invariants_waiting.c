/* What must always hold of a pool: who waits, who is served, and that nothing is lost on the way. */
#include <berth/driver.h>
#include <sched.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_storm.h"
#include "tests/support/suite.h"

static pool_fake fake;

static void connect_one_at_a_time(pool_config *config) {
    config->max_connecting = 1;
}

/* Before the first success, so that each failure is told at once. */
static void test_invariant_04_failed_connect_wakes_the_next_waiter(void) {
    pool_worker workers[6];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_fake_fail(&fake, &fake.open, 5);
    pool_worker_start(&workers[0], &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    for (uint32_t i = 1; i < 6; i++)
        pool_worker_start_waiting(&workers[i], &fake, i - 1, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connecting, 1);
    pool_fake_let_go(&fake, &fake.open);
    for (uint32_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_CONNECT);
        ASSERT_TEXT(workers[i].error.message, "nobody answers");
    }
    CU_ASSERT_EQUAL(pool_worker_join(&workers[5]), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 6);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).connect_failed, 5);
    pool_fake_give(&fake, workers[5].slot);
    pool_fake_end(&fake);
}

static void test_invariant_06_broken_return_frees_its_slot_and_wakes_a_waiter(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    pool_worker_start_waiting(&worker, &fake, 0, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, slot, true, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

/* One waits for its turn to connect, and gets what comes back meanwhile. */
static void test_invariant_09_waiter_takes_what_returns_before_its_turn_to_connect(void) {
    pool_worker opening, waiting;
    pool_fake_begin(&fake, 3, 0, connect_one_at_a_time);
    pool_slot *slot = pool_fake_take(&fake);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_worker_start(&opening, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_worker_start_waiting(&waiting, &fake, 0, BERTH_NO_DEADLINE);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&waiting), BERTH_OK);
    CU_ASSERT_PTR_EQUAL(waiting.slot, slot);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&opening), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    pool_fake_give(&fake, opening.slot);
    pool_fake_give(&fake, waiting.slot);
    pool_fake_end(&fake);
}

static void test_invariant_12_waiters_are_served_in_order(void) {
    pool_worker workers[5];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    for (uint32_t i = 0; i < 5; i++)
        pool_worker_start_waiting(&workers[i], &fake, i, BERTH_NO_DEADLINE);
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
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

#define RIVALS 4
#define SHARED_CHECKOUTS 2000

/* Threads that want the same connection again and again. */
typedef struct rivalry {
    atomic_uint total;
    uint32_t counts[RIVALS];
    atomic_uint next;
    pthread_barrier_t start;
} rivalry;

static void *vie(void *argument) {
    rivalry *rivalry = argument;
    uint32_t *count = &rivalry->counts[rivalry->next++];
    pthread_barrier_wait(&rivalry->start);
    while (rivalry->total < SHARED_CHECKOUTS) {
        pool_slot *slot = NULL;
        if (pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, NULL) != BERTH_OK)
            break;
        for (int64_t until_ns = clock_now_ns() + CLOCK_NS_PER_MS / 5; clock_now_ns() < until_ns;)
            sched_yield();
        (*count)++;
        rivalry->total++;
        pool_checkin(fake.pool, slot, false, NULL);
    }
    return NULL;
}

/* Barging is allowed only until the first waiter has waited for a millisecond, that is for five uses here. */
static void test_invariant_13_no_thread_gets_a_multiple_of_another(void) {
    rivalry rivalry = {.total = 0};
    pthread_t threads[RIVALS];
    uint32_t least = UINT32_MAX, most = 0;
    pool_fake_begin(&fake, 1, 0, NULL);
    pthread_barrier_init(&rivalry.start, NULL, RIVALS);
    for (int i = 0; i < RIVALS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, vie, &rivalry), 0);
    for (int i = 0; i < RIVALS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&rivalry.start);
    for (int i = 0; i < RIVALS; i++) {
        least = rivalry.counts[i] < least ? rivalry.counts[i] : least;
        most = rivalry.counts[i] > most ? rivalry.counts[i] : most;
    }
    CU_ASSERT_TRUE(most <= 10 * least);
    pool_fake_end(&fake);
}

static void test_invariant_16_waiter_that_gave_up_loses_no_connection(void) {
    pool_worker workers[3];
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    pool_worker_start_waiting(&workers[0], &fake, 0, BERTH_NO_DEADLINE);
    pool_worker_start_waiting(&workers[1], &fake, 1, clock_deadline_ns(1000));
    pool_worker_start_waiting(&workers[2], &fake, 2, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[1]), BERTH_POOL_TIMEOUT);
    CU_ASSERT_PTR_NULL(workers[1].slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).waiting, 2);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[0]), BERTH_OK);
    pool_fake_give(&fake, workers[0].slot);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[2]), BERTH_OK);
    pool_fake_give(&fake, workers[2].slot);
    pool_storm_assert_whole(&fake, 1);
    pool_fake_end(&fake);
}

/* Deadlines that end about when something comes back: whatever a waiter did not take must still be there. */
static void test_waiters_that_give_up_in_a_storm_lose_nothing(void) {
    pool_storm storm = {.rounds = 3000, .patience_ns = 5000, .allowed = {BERTH_POOL_TIMEOUT}};
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_storm_start(&storm, &fake);
    pool_storm_end(&storm);
    CU_ASSERT_EQUAL(storm.succeeded + pool_fake_stats(&fake).timed_out, STORM_THREADS * 3000);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).checkouts, storm.succeeded);
    pool_storm_assert_whole(&fake, 1);
    pool_fake_end(&fake);
}

static void test_invariant_17_nothing_goes_to_a_waiter_that_has_timed_out(void) {
    pool_worker late, patient;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    int64_t deadline_ns = clock_deadline_ns(1000);
    pool_worker_start_waiting(&late, &fake, 0, deadline_ns);
    pool_worker_start_waiting(&patient, &fake, 1, BERTH_NO_DEADLINE);
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

static void test_invariant_18_abandoned_connect_joins_the_pool(void) {
    pool_worker worker;
    pool_fake_begin(&fake, 1, 0, pool_fake_check_always);
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
    pool_worker_start_waiting(&waiting, &fake, 0, BERTH_NO_DEADLINE);
    pool_interrupt(fake.pool, &abandoned.ticket);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&abandoned), BERTH_CANCELLED);
    CU_ASSERT_EQUAL(pool_worker_join(&waiting), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 1);
    pool_fake_give(&fake, waiting.slot);
    pool_fake_end(&fake);
}

/* A reset wakes none for nothing: whoever waits then goes on with new resources. */
static void test_invariant_20_close_and_reset_strand_no_waiter(void) {
    pool_worker workers[4];
    berth_error error;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    uint32_t number = pool_fake_number(slot);
    for (uint32_t i = 0; i < 4; i++)
        pool_worker_start_waiting(&workers[i], &fake, i, BERTH_NO_DEADLINE);
    pool_reset(fake.pool);
    CU_ASSERT_EQUAL(pool_fake_number(slot), number);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_worker_join(&workers[0]), BERTH_OK);
    CU_ASSERT_TRUE(pool_fake_number(workers[0].slot) > number);
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    CU_ASSERT_EQUAL(fake.most_exist, 1);
    CU_ASSERT_EQUAL(pool_close(fake.pool, 0, &error), BERTH_POOL_TIMEOUT);
    for (int i = 1; i < 4; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_POOL_CLOSED);
        ASSERT_TEXT(workers[i].error.message, "the pool of connections is closed");
    }
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).in_use, 1);
    pool_fake_give(&fake, workers[0].slot);
    pool_fake_end(&fake);
}

static void test_resets_in_a_storm_strand_nobody(void) {
    pool_storm storm = {.rounds = 1000};
    pool_fake_begin(&fake, 2, 1, NULL);
    pool_storm_start(&storm, &fake);
    for (int i = 0; i < 200; i++) {
        pool_reset(fake.pool);
        sched_yield();
    }
    pool_storm_end(&storm);
    CU_ASSERT_EQUAL(storm.succeeded, STORM_THREADS * 1000);
    CU_ASSERT_TRUE(fake.most_exist <= 3);
    pool_storm_assert_whole(&fake, 3);
    pool_fake_end(&fake);
}

SUITE("pool, invariants: waiting", TEST(test_invariant_04_failed_connect_wakes_the_next_waiter),
      TEST(test_invariant_06_broken_return_frees_its_slot_and_wakes_a_waiter),
      TEST(test_invariant_09_waiter_takes_what_returns_before_its_turn_to_connect),
      TEST(test_invariant_12_waiters_are_served_in_order), TEST(test_invariant_13_no_thread_gets_a_multiple_of_another),
      TEST(test_invariant_16_waiter_that_gave_up_loses_no_connection),
      TEST(test_waiters_that_give_up_in_a_storm_lose_nothing),
      TEST(test_invariant_17_nothing_goes_to_a_waiter_that_has_timed_out),
      TEST(test_invariant_18_abandoned_connect_joins_the_pool), TEST(test_abandoned_connect_goes_to_a_waiter),
      TEST(test_invariant_20_close_and_reset_strand_no_waiter), TEST(test_resets_in_a_storm_strand_nobody))
