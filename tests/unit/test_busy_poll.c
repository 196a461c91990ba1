/* Looking before sleeping, by a clock and answers of the test's own. */
#include "core/busy_poll.h"
#include "tests/support/suite.h"

static int64_t time_ns;

/* What is looked for. */
typedef struct answer {
    int looks;       /* So far. */
    int comes_after; /* Looks; -1: never. */
    int64_t look_ns; /* That each takes ... */
    int64_t late_ns; /* ... and the second one besides. */
} answer;

static int64_t read_time(void) {
    return time_ns;
}

static int32_t look(void *context) {
    answer *answer = context;
    answer->looks++;
    time_ns += answer->look_ns + (answer->looks == 2 ? answer->late_ns : 0);
    return answer->comes_after >= 0 && answer->looks > answer->comes_after;
}

/* How many looks a wait took. */
static int wait_for(berth_busy_poll *poll, answer how, bool is_found) {
    CU_ASSERT_EQUAL(busy_poll_by(poll, look, &how, read_time) != 0, is_found);
    return how.looks;
}

static const answer quick = {.comes_after = 3, .look_ns = 300};
static const answer at_once = {.comes_after = 0, .look_ns = 300};
static const answer never = {.comes_after = -1, .look_ns = 300};
static const answer preempted = {.comes_after = 3, .look_ns = 300, .late_ns = 20000};

static void test_without_a_budget_nobody_looks(void) {
    berth_busy_poll poll = {.budget_ns = 0};
    CU_ASSERT_EQUAL(wait_for(&poll, quick, false), 0);
}

static void test_answer_is_found_while_looking(void) {
    berth_busy_poll poll = {.budget_ns = 50000};
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(wait_for(&poll, quick, true), 4);
}

static void test_looking_ends_with_the_budget(void) {
    berth_busy_poll poll = {.budget_ns = 3000};
    CU_ASSERT_EQUAL(wait_for(&poll, never, false), 10);
}

/* Waits left out until it is tried again. */
static int count_skipped(berth_busy_poll *poll, answer how, bool is_found) {
    int skipped = 0;
    while (wait_for(poll, how, is_found && poll->skips == 0) == 0)
        skipped++;
    return skipped;
}

static void test_what_does_not_pay_is_tried_ever_more_seldom(void) {
    berth_busy_poll poll = {.budget_ns = 3000};
    CU_ASSERT_EQUAL(count_skipped(&poll, never, false), 0);
    for (int skipped = 1; skipped <= 1024; skipped *= 2)
        CU_ASSERT_EQUAL(count_skipped(&poll, never, false), skipped);
    CU_ASSERT_EQUAL(count_skipped(&poll, never, false), 1024);
}

static void test_what_pays_again_is_done_again(void) {
    berth_busy_poll poll = {.budget_ns = 3000};
    for (int i = 0; i < 5; i++)
        count_skipped(&poll, never, false);
    CU_ASSERT_EQUAL(count_skipped(&poll, quick, true), 16);
    CU_ASSERT_EQUAL(count_skipped(&poll, quick, true), 0);
}

/* Nothing is gained by it, and nothing learnt. */
static void test_an_answer_at_once_changes_nothing(void) {
    berth_busy_poll poll = {.budget_ns = 3000};
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(wait_for(&poll, at_once, true), 1);
    for (int i = 0; i < 5; i++)
        count_skipped(&poll, never, false);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(count_skipped(&poll, at_once, true), 16);
    CU_ASSERT_EQUAL(count_skipped(&poll, never, false), 16);
    CU_ASSERT_EQUAL(count_skipped(&poll, at_once, true), 32);
}

static void test_an_answer_that_took_the_processor_away_does_not_pay(void) {
    berth_busy_poll poll = {.budget_ns = 50000};
    CU_ASSERT_EQUAL(wait_for(&poll, preempted, true), 4);
    CU_ASSERT_EQUAL(wait_for(&poll, preempted, false), 0);
    CU_ASSERT_EQUAL(wait_for(&poll, preempted, true), 4);
    CU_ASSERT_EQUAL(count_skipped(&poll, quick, true), 2);
}

SUITE("busy_poll", TEST(test_without_a_budget_nobody_looks), TEST(test_answer_is_found_while_looking),
      TEST(test_looking_ends_with_the_budget), TEST(test_what_does_not_pay_is_tried_ever_more_seldom),
      TEST(test_what_pays_again_is_done_again), TEST(test_an_answer_at_once_changes_nothing),
      TEST(test_an_answer_that_took_the_processor_away_does_not_pay))
