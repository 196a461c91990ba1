#include <berth.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;

static berth_engine *open_engine(berth_event_hook hook, void *context) {
    fake_reset();
    return fake_engine("fake://",
                       BERTH_SETTINGS(.statement_cache_size = BERTH_OFF, .on_event = hook, .event_context = context));
}

static berth_status run_statement(berth_session *session, void *argument) {
    int *runs = argument;
    ++*runs;
    return berth_exec(session, "A", NULL);
}

static berth_status forget_the_status(berth_session *session, void *argument) {
    run_statement(session, argument);
    return BERTH_OK;
}

static berth_status give_up(berth_session *session, void *argument) {
    run_statement(session, argument);
    return BERTH_CHECK;
}

static void test_success_commits(void) {
    int runs = 0;
    berth_engine *engine = open_engine(NULL, NULL);
    CU_ASSERT_EQUAL(berth_transact(engine, NULL, run_statement, &runs, &error), BERTH_OK);
    CU_ASSERT_EQUAL(runs, 1);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) commit");
    berth_engine_close(engine, NULL);
}

static void test_returned_failure_rolls_back(void) {
    int runs = 0;
    berth_engine *engine = open_engine(NULL, NULL);
    CU_ASSERT_EQUAL(berth_transact(engine, NULL, give_up, &runs, &error), BERTH_CHECK);
    ASSERT_TEXT(error.message, "the function given to berth_transact() returned CHECK");
    ASSERT_TEXT(fake_log(), "connect begin execute(A) rollback");
    berth_engine_close(engine, NULL);
}

static void test_forgotten_failure_is_not_committed(void) {
    int runs = 0;
    berth_engine *engine = open_engine(NULL, NULL);
    fake_inject((fake_fault){.call = "execute", .status = BERTH_UNIQUE, .times = 1});
    CU_ASSERT_EQUAL(berth_transact(engine, NULL, forget_the_status, &runs, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(runs, 1);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) rollback");
    berth_engine_close(engine, NULL);
}

static void count_retries(const berth_event *event, void *context) {
    if (event->kind == BERTH_EVENT_RETRY && event->error->status == BERTH_SERIALIZATION)
        ++*(int *)context;
}

static void test_retryable_failure_runs_again(void) {
    int runs = 0;
    int retries = 0;
    berth_engine *engine = open_engine(count_retries, &retries);
    fake_inject(
        (fake_fault){.call = "commit", .status = BERTH_SERIALIZATION, .flags = BERTH_FLAG_RETRYABLE, .times = 2});
    CU_ASSERT_EQUAL(berth_transact(engine, NULL, run_statement, &runs, &error), BERTH_OK);
    CU_ASSERT_EQUAL(error.status, BERTH_OK);
    CU_ASSERT_EQUAL(runs, 3);
    CU_ASSERT_EQUAL(retries, 2);
    berth_engine_close(engine, NULL);
}

static void test_attempts_are_bounded(void) {
    int runs = 0;
    berth_engine *engine = open_engine(NULL, NULL);
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_DEADLOCK, .flags = BERTH_FLAG_RETRYABLE, .message = "victim", .times = 100});
    CU_ASSERT_EQUAL(berth_transact(engine, BERTH_SESSION_OPTIONS(.max_attempts = 3), run_statement, &runs, &error),
                    BERTH_DEADLOCK);
    CU_ASSERT_EQUAL(runs, 3);
    ASSERT_TEXT(error.message, "after 3 attempts: A: victim");
    berth_engine_close(engine, NULL);
}

static void test_attempts_end_with_the_deadline(void) {
    int runs = 0;
    berth_engine *engine = open_engine(NULL, NULL);
    fake_inject(
        (fake_fault){.call = "execute", .status = BERTH_DEADLOCK, .flags = BERTH_FLAG_RETRYABLE, .times = 1000000});
    CU_ASSERT_EQUAL(berth_transact(engine, BERTH_SESSION_OPTIONS(.max_attempts = 1000000, .timeout_ms = 40),
                                   run_statement, &runs, &error),
                    BERTH_DEADLOCK);
    CU_ASSERT_TRUE(runs >= 1 && runs < 1000);
    berth_engine_close(engine, NULL);
}

static void test_unknown_outcome_is_never_run_again(void) {
    int runs = 0;
    berth_engine *engine = open_engine(NULL, NULL);
    fake_inject((fake_fault){.call = "commit",
                             .status = BERTH_OUTCOME_UNKNOWN,
                             .flags = BERTH_FLAG_OUTCOME_UNKNOWN | BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE,
                             .times = 1});
    CU_ASSERT_EQUAL(berth_transact(engine, NULL, run_statement, &runs, &error), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(runs, 1);
    berth_engine_close(engine, NULL);
}

static void test_misuse(void) {
    int runs = 0;
    berth_engine *engine = open_engine(NULL, NULL);
    CU_ASSERT_EQUAL(berth_transact(NULL, NULL, run_statement, &runs, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_transact: engine is NULL");
    CU_ASSERT_EQUAL(berth_transact(engine, NULL, NULL, &runs, NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_transact(engine, BERTH_SESSION_OPTIONS(.timeout_ms = -1), run_statement, &runs, &error),
                    BERTH_MISUSE);
    CU_ASSERT_EQUAL(runs, 0);
    berth_engine_close(engine, NULL);
}

SUITE("transact", TEST(test_success_commits), TEST(test_returned_failure_rolls_back),
      TEST(test_forgotten_failure_is_not_committed), TEST(test_retryable_failure_runs_again),
      TEST(test_attempts_are_bounded), TEST(test_attempts_end_with_the_deadline),
      TEST(test_unknown_outcome_is_never_run_again), TEST(test_misuse))
