/* What falls due by itself: closing what nobody used, keeping some ready, telling of what does not come back. */
#include <berth/driver.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_fake.h"
#include "tests/support/suite.h"
#include "tests/support/task.h"

#define SHORT_MS 20
#define SHORT_NS (SHORT_MS * CLOCK_NS_PER_MS)
#define LONG_MS 3600000

static pool_fake fake;

static void close_idle_soon(pool_config *config) {
    config->idle_timeout_ms = SHORT_MS;
}

static void close_idle_soon_by_thread(pool_config *config) {
    close_idle_soon(config);
    config->housekeeping = true;
}

static void close_idle_but_one(pool_config *config) {
    close_idle_soon(config);
    config->min_idle = 1;
}

static void keep_two_ready(pool_config *config) {
    config->min_idle = 2;
}

static void keep_two_ready_by_thread(pool_config *config) {
    keep_two_ready(config);
    config->housekeeping = true;
}

static void keep_many_ready(pool_config *config) {
    config->min_idle = 10;
}

static void tell_of_leaks_soon(pool_config *config) {
    config->leak_after_ms = SHORT_MS;
}

static void tell_of_leaks_soon_by_thread(pool_config *config) {
    tell_of_leaks_soon(config);
    config->housekeeping = true;
}

static void tell_of_leaks_late_by_thread(pool_config *config) {
    config->leak_after_ms = LONG_MS;
    config->housekeeping = true;
}

static void need_no_thread(pool_config *config) {
    config->housekeeping = true;
}

static pool_slot *take_at(const char *where) {
    pool_ticket ticket = {.where = where};
    pool_slot *slot = NULL;
    CU_ASSERT_EQUAL_FATAL(pool_checkout(fake.pool, BERTH_NO_DEADLINE, &ticket, &slot, NULL), BERTH_OK);
    return slot;
}

/* Idle connections. */

static void test_idle_ones_are_closed(void) {
    pool_slot *slots[2];
    pool_fake_begin(&fake, 2, 0, close_idle_soon_by_thread);
    pool_fake_take_all(&fake, slots, 2);
    int64_t used_ns = clock_coarse_ns();
    pool_slot_note_use(slots[0], used_ns);
    pool_slot_note_use(slots[1], used_ns);
    pool_fake_give_all(&fake, slots, 2);
    POOL_FAKE_AWAIT(pool_fake_stats(&fake).closed_idle > 0);
    CU_ASSERT_TRUE(clock_now_ns() >= used_ns + SHORT_NS);
    POOL_FAKE_AWAIT(pool_fake_stats(&fake).size == 0);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_idle, 2);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_end(&fake);
}

static void test_idle_ones_are_kept_up_to_the_minimum(void) {
    pool_slot *slots[3];
    pool_fake_begin(&fake, 3, 0, close_idle_but_one);
    pool_fake_take_all(&fake, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    pool_fake_await_clock(clock_now_ns() + SHORT_NS);
    pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.closed_idle, 2);
    CU_ASSERT_EQUAL(stats.idle, 1);
    pool_fake_end(&fake);
}

static void test_those_in_use_are_not_closed_for_being_idle(void) {
    pool_fake_begin(&fake, 1, 0, close_idle_soon);
    pool_slot *slot = pool_fake_take(&fake);
    pool_fake_await_clock(clock_now_ns() + SHORT_NS);
    pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).in_use, 1);
    pool_slot_note_use(slot, clock_coarse_ns() + CLOCK_NS_PER_S);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_idle, 0);
    pool_fake_end(&fake);
}

static void test_minimum_is_opened_before_anybody_asks(void) {
    pool_fake_begin(&fake, 3, 0, keep_two_ready_by_thread);
    POOL_FAKE_AWAIT(pool_fake_stats(&fake).idle == 2);
    pool_slot *slots[2];
    pool_fake_take_all(&fake, slots, 2);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).immediate, 2);
    pool_fake_give_all(&fake, slots, 2);
    pool_fake_end(&fake);
}

static void test_minimum_never_exceeds_the_size(void) {
    pool_fake_begin(&fake, 3, 2, keep_many_ready);
    pool_slot *slot = pool_fake_take(&fake);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.idle, 2);
    CU_ASSERT_EQUAL(stats.size, 3);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

static void test_failed_top_up_is_tried_again(void) {
    pool_fake_begin(&fake, 3, 0, keep_two_ready);
    pool_fake_fail_with(&fake, BERTH_AUTH);
    pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(fake.open.calls, 1);
    CU_ASSERT_EQUAL(stats.connect_failed, 1);
    CU_ASSERT_EQUAL(stats.size + stats.connecting, 0);
    pool_fake_fail(&fake, &fake.open, 0);
    pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 2);
    pool_fake_end(&fake);
}

static void test_top_up_in_passing_keeps_to_the_callers_deadline(void) {
    pool_slot *slot = NULL;
    pool_fake_begin(&fake, 2, 0, keep_two_ready);
    int64_t deadline_ns = clock_deadline_ns(5000);
    CU_ASSERT_EQUAL_FATAL(pool_checkout(fake.pool, deadline_ns, NULL, &slot, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(fake.open.calls, 2);
    CU_ASSERT_EQUAL(fake.open.deadline_ns, deadline_ns);
    pool_fake_give(&fake, slot);
    pool_fake_end(&fake);
}

/* What is out for long. */

static void test_leak_and_late_return_are_told_with_their_place(void) {
    pool_fake_begin(&fake, 1, 0, tell_of_leaks_soon_by_thread);
    pool_slot *slot = take_at("shop.c:12");
    POOL_FAKE_AWAIT(pool_fake_notices(&fake, POOL_LEAK) == 1);
    pthread_mutex_lock(&fake.lock);
    ASSERT_TEXT(fake.noticed_where, "shop.c:12");
    CU_ASSERT_EQUAL(fake.noticed_number, 1);
    CU_ASSERT_TRUE(fake.noticed_ns >= SHORT_NS);
    fake.noticed_where = NULL;
    pthread_mutex_unlock(&fake.lock);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_fake_notices(&fake, POOL_LATE_RETURN), 1);
    ASSERT_TEXT(fake.noticed_where, "shop.c:12");
    CU_ASSERT_TRUE(fake.noticed_ns >= SHORT_NS);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.leaks, 1);
    CU_ASSERT_EQUAL(stats.late_returns, 1);
    CU_ASSERT_EQUAL(stats.idle, 1);
    pool_fake_end(&fake);
}

static void test_leak_is_told_once_for_each_time(void) {
    pool_fake_begin(&fake, 1, 0, tell_of_leaks_soon);
    for (uint32_t i = 1; i <= 2; i++) {
        pool_slot *slot = take_at("shop.c:12");
        pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
        CU_ASSERT_EQUAL(fake.notices[POOL_LEAK], i - 1);
        pool_fake_await_clock(clock_now_ns() + SHORT_NS);
        pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
        pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
        CU_ASSERT_EQUAL(fake.notices[POOL_LEAK], i);
        pool_fake_give(&fake, slot);
        CU_ASSERT_EQUAL(fake.notices[POOL_LATE_RETURN], i);
    }
    pool_fake_end(&fake);
}

/* As if another thread had taken it, in the quick way, and not come to write down when. */
static void assert_no_leak_when_taken(pool_slot *slot) {
    pool_fake_await_clock(clock_now_ns() + SHORT_NS);
    unsigned word = atomic_exchange(&slot->word, SLOT_OUT_WORD);
    CU_ASSERT_EQUAL(word, SLOT_IDLE_WORD);
    pool_tend_in_passing(fake.pool, BERTH_NO_DEADLINE);
    CU_ASSERT_EQUAL(fake.notices[POOL_LEAK], 0);
    atomic_store(&slot->word, word);
}

static void test_time_before_it_was_taken_is_no_leak(void) {
    pool_fake_begin(&fake, 1, 0, tell_of_leaks_soon);
    pool_slot *slot = pool_fake_take(&fake);
    pool_fake_give(&fake, slot);
    assert_no_leak_when_taken(slot);
    slot = pool_fake_take(&fake);
    /* Which makes the return go the slow way. */
    pool_slot_note_use(slot, clock_coarse_ns() + CLOCK_NS_PER_S);
    pool_fake_give(&fake, slot);
    assert_no_leak_when_taken(slot);
    pool_fake_end(&fake);
}

/* Who does it. */

static void assert_thread(void (*change)(pool_config *config), bool expected) {
    pool_fake_begin(&fake, 2, 0, change);
    CU_ASSERT_EQUAL(fake.pool->has_housekeeper, expected);
    if (expected)
        POOL_FAKE_AWAIT(task_count() > 1);
    pool_fake_end(&fake);
}

static void test_thread_is_started_only_when_it_is_needed(void) {
    assert_thread(NULL, false);
    assert_thread(need_no_thread, false);
    assert_thread(close_idle_soon_by_thread, true);
    assert_thread(keep_two_ready_by_thread, true);
    assert_thread(tell_of_leaks_late_by_thread, true);
}

static void test_without_a_thread_none_is_started(void) {
    assert_thread(close_idle_soon, false);
    assert_thread(keep_two_ready, false);
    assert_thread(tell_of_leaks_soon, false);
}

/* Until the next time that somebody has to look, too. */
static void await_due(void) {
    pool_fake_await_clock(clock_now_ns() + SHORT_NS + CLOCK_NS_PER_S / 50);
}

/* But for those that take what their thread gave back last. */
static void test_without_a_thread_checkouts_do_it_in_passing(void) {
    pool_slot *slots[3];
    pool_fake_begin(&fake, 3, 0, close_idle_soon);
    pool_fake_take_all(&fake, slots, 3);
    pool_fake_give_all(&fake, slots, 3);
    await_due();
    pool_fake_take_all(&fake, slots, 2);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).closed_idle, 1);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).size, 2);
    pool_fake_give_all(&fake, slots, 2);
    pool_fake_end(&fake);
}

static void test_without_a_thread_returns_do_it_in_passing(void) {
    pool_slot *slots[2];
    pool_fake_begin(&fake, 2, 0, tell_of_leaks_soon);
    pool_fake_take_all(&fake, slots, 2);
    await_due();
    pool_slot_note_use(slots[0], clock_coarse_ns());
    pool_fake_give(&fake, slots[0]);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).leaks, 1);
    pool_fake_give(&fake, slots[1]);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).late_returns, 1);
    pool_fake_end(&fake);
}

static int keep_house_in_child(void) {
    pool_slot *slots[2];
    pool_fake_reinit(&fake);
    if (fake.pool->has_housekeeper || task_count() != 1)
        return 1;
    for (int i = 0; i < 2; i++)
        if (pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slots[i], NULL) != BERTH_OK)
            return 2;
    for (int i = 0; i < 2; i++)
        if (pool_checkin(fake.pool, slots[i], false, NULL) != BERTH_OK)
            return 3;
    await_due();
    pool_fake_give(&fake, pool_fake_take(&fake));
    if (pool_fake_stats(&fake).closed_idle != 1 || pool_close(fake.pool, 0, NULL) != BERTH_OK)
        return 4;
    pool_free(fake.pool);
    return 0;
}

static void test_forked_child_has_no_thread_and_does_it_in_passing(void) {
    int status = -1;
    pool_fake_begin(&fake, 2, 0, close_idle_soon_by_thread);
    CU_ASSERT_TRUE(fake.pool->has_housekeeper);
    pid_t child = fork();
    if (child == 0)
        _exit(keep_house_in_child());
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
    pool_fake_give(&fake, pool_fake_take(&fake));
    POOL_FAKE_AWAIT(pool_fake_stats(&fake).closed_idle == 1);
    pool_fake_end(&fake);
}

static void test_hanging_housekeeper_blocks_nobody_and_close_waits_for_it(void) {
    berth_error error;
    pool_fake_begin(&fake, 2, 0, close_idle_soon_by_thread);
    pool_fake_hold(&fake, &fake.close, 1);
    pool_fake_give(&fake, pool_fake_take(&fake));
    pool_fake_await_held(&fake, &fake.close, 1);
    pool_slot *slot = pool_fake_take(&fake);
    pool_fake_give(&fake, slot);
    CU_ASSERT_EQUAL(pool_close(fake.pool, 0, &error), BERTH_POOL_TIMEOUT);
    pool_fake_let_go(&fake, &fake.close);
    pool_fake_end(&fake);
}

SUITE("pool, housekeeping", TEST(test_idle_ones_are_closed), TEST(test_idle_ones_are_kept_up_to_the_minimum),
      TEST(test_those_in_use_are_not_closed_for_being_idle), TEST(test_minimum_is_opened_before_anybody_asks),
      TEST(test_minimum_never_exceeds_the_size), TEST(test_failed_top_up_is_tried_again),
      TEST(test_top_up_in_passing_keeps_to_the_callers_deadline),
      TEST(test_leak_and_late_return_are_told_with_their_place), TEST(test_leak_is_told_once_for_each_time),
      TEST(test_time_before_it_was_taken_is_no_leak), TEST(test_thread_is_started_only_when_it_is_needed),
      TEST(test_without_a_thread_none_is_started), TEST(test_without_a_thread_checkouts_do_it_in_passing),
      TEST(test_without_a_thread_returns_do_it_in_passing),
      TEST(test_forked_child_has_no_thread_and_does_it_in_passing),
      TEST(test_hanging_housekeeper_blocks_nobody_and_close_waits_for_it))
