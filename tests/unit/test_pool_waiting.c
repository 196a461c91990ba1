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

/* Makes a waiter too young, or old enough, to be handed what comes back, for as long as the test needs it. */
static void set_joined(pool_worker *worker, int64_t joined_ns) {
    pthread_mutex_lock(&fake.pool->lock);
    worker->ticket.waiter->joined_ns = joined_ns;
    pthread_mutex_unlock(&fake.pool->lock);
}

/* What a return does that meets a young waiter. With the pool's lock held, so that the waiter can't look yet. */
static void return_beside_the_queue(pool_slot *slot) {
    CU_ASSERT_TRUE(pool_slot_claim(slot));
    pool_push_idle(fake.pool, slot);
    pool_serve(fake.pool, NULL);
}

static void test_newcomer_may_overtake_who_just_came(void) {
    pool_worker worker;
    pool_slot *mine = NULL;
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_slot *slot = pool_fake_take(&fake);
    pool_worker_start_waiting(&worker, &fake, 0, BERTH_NO_DEADLINE);
    set_joined(&worker, clock_now_ns() + 10 * CLOCK_NS_PER_S);
    pthread_mutex_lock(&fake.pool->lock);
    return_beside_the_queue(slot);
    CU_ASSERT_TRUE(worker.ticket.waiter->is_nudged);
    /* This thread remembers the slot, and needs no lock for it. */
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &mine, NULL), BERTH_OK);
    pthread_mutex_unlock(&fake.pool->lock);
    CU_ASSERT_PTR_EQUAL(mine, slot);
    set_joined(&worker, clock_now_ns() - CLOCK_NS_PER_MS);
    pool_fake_give(&fake, mine);
    CU_ASSERT_EQUAL(pool_worker_join(&worker), BERTH_OK);
    pool_fake_give(&fake, worker.slot);
    pool_fake_end(&fake);
}

/* Two wait, both young; then the first is told to look, and leaves with `status` before it does. */
static void begin_leave_untold(pool_worker workers[2], pool_slot *slots[2], uint32_t size, berth_status status) {
    pool_fake_begin(&fake, size, 0, NULL);
    pool_fake_take_all(&fake, slots, size);
    for (uint32_t i = 0; i < 2; i++)
        pool_worker_start_waiting(&workers[i], &fake, i, BERTH_NO_DEADLINE);
    for (uint32_t i = 0; i < 2; i++)
        set_joined(&workers[i], clock_now_ns() + 10 * CLOCK_NS_PER_S);
    pthread_mutex_lock(&fake.pool->lock);
    return_beside_the_queue(slots[0]);
    CU_ASSERT_TRUE(workers[0].ticket.waiter->is_nudged);
    CU_ASSERT_FALSE(workers[1].ticket.waiter->is_nudged);
    if (status == BERTH_OK)
        CU_ASSERT_TRUE(pool_slot_claim(slots[1]));
    pool_queue_leave(fake.pool, workers[0].ticket.waiter, status, status == BERTH_OK ? slots[1] : NULL);
    pthread_mutex_unlock(&fake.pool->lock);
}

static void test_waiter_that_leaves_before_it_looked_tells_the_next(void) {
    static const berth_status reasons[] = {BERTH_CANCELLED, BERTH_POOL_TIMEOUT};
    for (uint32_t i = 0; i < 2; i++) {
        pool_worker workers[2];
        pool_slot *slots[2];
        begin_leave_untold(workers, slots, 1, reasons[i]);
        CU_ASSERT_EQUAL(pool_worker_join(&workers[0]), reasons[i]);
        CU_ASSERT_EQUAL(pool_worker_join(&workers[1]), BERTH_OK);
        CU_ASSERT_PTR_EQUAL(workers[1].slot, slots[0]);
        pool_fake_give(&fake, workers[1].slot);
        pool_fake_end(&fake);
    }
}

static void test_waiter_that_is_handed_another_before_it_looked_tells_the_next(void) {
    pool_worker workers[2];
    pool_slot *slots[2];
    begin_leave_untold(workers, slots, 2, BERTH_OK);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
        CU_ASSERT_PTR_EQUAL(workers[i].slot, slots[1 - i]);
    }
    pool_fake_give_all(&fake, slots, 2);
    pool_fake_end(&fake);
}

/* A waiter is given one, and before it knows, its call is ended: by an interrupt, or with the whole pool. */
static void begin_end_after_hand_off(pool_worker *worker, bool closes) {
    pool_fake_begin(&fake, 1, 0, NULL);
    pool_slot *slot = pool_fake_take(&fake);
    pool_worker_start_waiting(worker, &fake, 0, BERTH_NO_DEADLINE);
    pthread_mutex_lock(&fake.pool->lock);
    CU_ASSERT_TRUE(pool_slot_claim(slot));
    pool_queue_leave(fake.pool, worker->ticket.waiter, BERTH_OK, slot);
    worker->ticket.interrupted = !closes;
    fake.pool->is_closed = closes;
    pthread_mutex_unlock(&fake.pool->lock);
}

static void test_close_or_interrupt_after_a_hand_off_ends_the_call(void) {
    static const berth_status reasons[] = {BERTH_CANCELLED, BERTH_POOL_CLOSED};
    for (int i = 0; i < 2; i++) {
        pool_worker worker;
        begin_end_after_hand_off(&worker, i == 1);
        CU_ASSERT_EQUAL(pool_worker_join(&worker), reasons[i]);
        CU_ASSERT_PTR_NULL(worker.slot);
        CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, (uint32_t)(1 - i));
        pool_fake_end(&fake);
    }
}

static void let_two_wait(pool_config *config) {
    config->max_waiting = 2;
}

static void let_one_wait(pool_config *config) {
    config->max_waiting = 1;
}

static void test_full_queue_refuses_at_once(void) {
    pool_worker workers[2];
    pool_slot *none = NULL;
    berth_error error;
    pool_fake_begin(&fake, 1, 0, let_two_wait);
    pool_slot *slot = pool_fake_take(&fake);
    for (uint32_t i = 0; i < 2; i++)
        pool_worker_start_waiting(&workers[i], &fake, i, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &none, &error), BERTH_POOL_FULL);
    ASSERT_TEXT(error.message, "2 others wait for a connection already, which is max_waiting");
    CU_ASSERT_PTR_NULL(none);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).rejected, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).timed_out, 0);
    for (int i = 0; i < 2; i++) {
        pool_fake_give(&fake, slot);
        CU_ASSERT_EQUAL(pool_worker_join(&workers[i]), BERTH_OK);
    }
    pool_fake_give(&fake, slot);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_end(&fake);
}

/* It was let in already; and having come first it is served first. */
static void test_second_try_is_not_refused_by_a_full_queue(void) {
    pool_worker trying, waiting;
    pool_fake_begin(&fake, 1, 0, let_one_wait);
    CU_ASSERT_EQUAL(pool_checkin(fake.pool, pool_fake_take(&fake), true, NULL), BERTH_OK);
    pool_fake_hold(&fake, &fake.open, 1);
    pool_fake_fail(&fake, &fake.open, 1);
    pool_worker_start(&trying, &fake, BERTH_NO_DEADLINE);
    pool_fake_await_held(&fake, &fake.open, 1);
    pool_worker_start_waiting(&waiting, &fake, 0, BERTH_NO_DEADLINE);
    pool_fake_let_go(&fake, &fake.open);
    CU_ASSERT_EQUAL(pool_worker_join(&trying), BERTH_OK);
    pool_fake_give(&fake, trying.slot);
    CU_ASSERT_EQUAL(pool_worker_join(&waiting), BERTH_OK);
    CU_ASSERT_EQUAL(waiting.order, 2);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).rejected, 0);
    pool_fake_give(&fake, waiting.slot);
    pool_fake_end(&fake);
}

SUITE("pool, waiting", TEST(test_newcomer_does_not_overtake_who_waits_for_long),
      TEST(test_newcomer_may_overtake_who_just_came), TEST(test_waiter_that_leaves_before_it_looked_tells_the_next),
      TEST(test_waiter_that_is_handed_another_before_it_looked_tells_the_next),
      TEST(test_hanging_close_of_overflow_does_not_cost_the_next_one),
      TEST(test_place_is_kept_until_close_has_returned), TEST(test_interrupt_ends_one_wait),
      TEST(test_close_or_interrupt_after_a_hand_off_ends_the_call), TEST(test_full_queue_refuses_at_once),
      TEST(test_second_try_is_not_refused_by_a_full_queue))
