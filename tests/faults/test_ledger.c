/* The ledger itself: that it sees what the faults' tests are to see, on rows that are made up. */
#include "tests/faults/ledger.h"
#include "tests/support/suite.h"

static ledger book;

static void note(int64_t round, berth_status status, uint32_t flags) {
    const berth_error error = {.status = (int32_t)status, .flags = flags, .message = "made up"};
    ledger_note(ledger_at(&book, 0, round), 10 * round, 10 * round + 5, &error);
}

static void see(int64_t round, int first, int second) {
    for (int i = 0; i < first; i++)
        ledger_see(&book, 0, round, 0);
    for (int i = 0; i < second; i++)
        ledger_see(&book, 0, round, 1);
}

static void begin(void) {
    CU_ASSERT_FATAL(ledger_open(&book, 2, 10));
}

static void test_what_is_as_it_was_told_is_counted_only(void) {
    begin();
    note(0, BERTH_OK, 0);
    see(0, 1, 1);
    note(1, BERTH_CONNECT, 0);
    note(2, BERTH_OUTCOME_UNKNOWN, BERTH_FLAG_OUTCOME_UNKNOWN);
    see(2, 1, 1);
    note(3, BERTH_OUTCOME_UNKNOWN, 0);
    note(4, BERTH_TIMEOUT, BERTH_FLAG_OUTCOME_UNKNOWN);
    const ledger_verdict expected = {.acknowledged = 1, .failed = 1, .unknown = 3, .unknown_committed = 1};
    const ledger_verdict found = ledger_judge(&book);
    CU_ASSERT_EQUAL(memcmp(&found, &expected, sizeof found), 0);
    ledger_close(&book);
}

static void test_each_lie_is_seen(void) {
    begin();
    note(0, BERTH_OK, 0); /* Lost. */
    note(1, BERTH_OK, 0); /* Half of it, which is lost as well. */
    see(1, 1, 0);
    note(2, BERTH_OK, 0); /* Twice. */
    see(2, 1, 2);
    note(3, BERTH_CONNECTION_LOST, BERTH_FLAG_RETRYABLE); /* There though it failed. */
    see(3, 1, 1);
    note(4, BERTH_OUTCOME_UNKNOWN, 0);
    see(4, 0, 1);
    note(5, BERTH_OUTCOME_UNKNOWN, 0);
    see(5, 2, 2);
    see(6, 1, 0); /* Of no session. */
    ledger_see(&book, 5, 0, 0);
    ledger_see(&book, 0, 0, LEDGER_PARTS);
    const ledger_verdict expected = {.acknowledged = 3,
                                     .failed = 1,
                                     .unknown = 2,
                                     .unknown_committed = 1,
                                     .lost = 2,
                                     .present = 1,
                                     .twice = 2,
                                     .half = 2,
                                     .strange = 3};
    const ledger_verdict found = ledger_judge(&book);
    CU_ASSERT_EQUAL(memcmp(&found, &expected, sizeof found), 0);
    ledger_close(&book);
}

static void test_the_first_success_is_one_after_the_moment(void) {
    begin();
    note(0, BERTH_OK, 0);
    note(1, BERTH_CONNECT, 0);
    note(2, BERTH_OK, 0);
    CU_ASSERT_EQUAL(ledger_first_success(&book, 0, 0), 5);
    CU_ASSERT_EQUAL(ledger_first_success(&book, 0, 6), 25);
    CU_ASSERT_EQUAL(ledger_first_success(&book, 0, 26), INT64_MAX);
    CU_ASSERT_EQUAL(ledger_first_success(&book, 1, 0), INT64_MAX);
    ledger_close(&book);
}

SUITE("the ledger of the faults' tests", TEST(test_what_is_as_it_was_told_is_counted_only), TEST(test_each_lie_is_seen),
      TEST(test_the_first_success_is_one_after_the_moment))
