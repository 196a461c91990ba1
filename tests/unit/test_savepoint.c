#include <berth.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;

static berth_engine *open_engine(void) {
    fake_reset();
    return fake_engine("fake://", BERTH_SETTINGS(.statement_cache_size = BERTH_OFF));
}

static void test_savepoints_nest_with_names_of_their_own(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    berth_savepoint_begin(session);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_OK);
    berth_savepoint_begin(session);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin savepoint(berth_1) savepoint(berth_2) release(berth_2) release(berth_1) "
                            "savepoint(berth_1) release(berth_1) commit");
    berth_engine_close(engine, NULL);
}

static void test_failure_inside_is_handed_over_and_forgotten(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    berth_savepoint_begin(session);
    fake_inject((fake_fault){.call = "execute", .status = BERTH_UNIQUE, .message = "twice", .times = 1});
    berth_exec(session, "B", NULL);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.message, "B: twice");
    CU_ASSERT_EQUAL(berth_exec(session, "C", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) savepoint(berth_1) execute(B) rollback_to(berth_1) "
                            "release(berth_1) execute(C) commit");
    berth_engine_close(engine, NULL);
}

static void test_failure_in_the_inner_one_spares_the_outer_one(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    berth_savepoint_begin(session);
    berth_session_fail(session, BERTH_DATA, "inner");
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_begin_in_a_failed_session_counts_and_does_nothing(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    berth_session_fail(session, BERTH_DATA, "no");
    CU_ASSERT_EQUAL(berth_savepoint_begin(session), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_lost_connection_inside_stays_a_failure(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_CONNECTION_LOST, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1});
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CONNECTION_LOST);
    berth_engine_close(engine, NULL);
}

static void test_failed_rollback_to_stays_a_failure(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    berth_session_fail(session, BERTH_DATA, "first");
    fake_inject((fake_fault){.call = "rollback_to", .status = BERTH_INTERNAL, .times = 1});
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_DATA);
    berth_engine_close(engine, NULL);
}

static void test_rollback_without_a_transaction_says_why(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    fake_inject((fake_fault){.call = "rollback_to", .status = BERTH_RESOURCE, .message = "disk full", .times = 1});
    CU_ASSERT_EQUAL(berth_savepoint_rollback(session, &error), BERTH_RESOURCE);
    ASSERT_TEXT(error.message,
                "the savepoint can't be rolled back to: disk full: the whole transaction is gone, its work too");
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_RESOURCE);
    berth_engine_close(engine, NULL);
}

static void test_rollback_drops_good_work_too(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_savepoint_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin savepoint(berth_1) execute(A) rollback_to(berth_1) release(berth_1) commit");
    berth_engine_close(engine, NULL);
}

static void test_end_without_begin_is_misuse(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_savepoint_end: no savepoint was begun");
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_savepoint_end(NULL, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_savepoint_end: the session is NULL");
    berth_engine_close(engine, NULL);
}

static void test_autocommit_has_no_savepoints(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    CU_ASSERT_EQUAL(berth_savepoint_begin(session), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_savepoint_begin: an autocommit session has no transaction");
    berth_engine_close(engine, NULL);
}

SUITE("savepoint", TEST(test_savepoints_nest_with_names_of_their_own),
      TEST(test_failure_inside_is_handed_over_and_forgotten), TEST(test_failure_in_the_inner_one_spares_the_outer_one),
      TEST(test_begin_in_a_failed_session_counts_and_does_nothing), TEST(test_lost_connection_inside_stays_a_failure),
      TEST(test_failed_rollback_to_stays_a_failure), TEST(test_rollback_without_a_transaction_says_why),
      TEST(test_rollback_drops_good_work_too), TEST(test_end_without_begin_is_misuse),
      TEST(test_autocommit_has_no_savepoints))
