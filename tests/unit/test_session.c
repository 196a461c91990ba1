#include <berth.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;

static berth_engine *open_engine(void) {
    fake_reset();
    return fake_engine("fake://", BERTH_SETTINGS(.statement_cache_size = BERTH_OFF));
}

static void close_engine(berth_engine *engine) {
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
}

static void test_nothing_run_takes_no_connection(void) {
    berth_engine *engine = open_engine();
    CU_ASSERT_EQUAL(berth_session_end(berth_session_open(engine, NULL), &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "");
    close_engine(engine);
}

static void test_end_commits(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "AFFECT 3", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 3);
    CU_ASSERT_EQUAL(berth_last_insert_id(session), 103);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(error.status, BERTH_OK);
    ASSERT_TEXT(error.message, "");
    ASSERT_TEXT(fake_log(), "connect begin execute(A) execute(AFFECT 3) commit");
    close_engine(engine);
}

static void test_first_failure_sticks_and_rolls_back(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){.call = "execute", .status = BERTH_UNIQUE, .message = "key 7 is there", .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_affected_rows(session), -1);
    berth_result *rows = berth_query(session, "ROWS 2", NULL);
    CU_ASSERT_FALSE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_column_count(rows), 0);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_savepoint_begin(session), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_session_commit(session, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.message, "A: key 7 is there");
    ASSERT_TEXT(fake_log(), "connect begin execute(A) rollback");
    close_engine(engine);
}

static void test_fail_is_like_raise(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_fail(session, BERTH_CHECK, "balance is %d", -3), BERTH_CHECK);
    CU_ASSERT_EQUAL(berth_session_fail(session, BERTH_DATA, "later"), BERTH_CHECK);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_CHECK);
    ASSERT_TEXT(berth_session_error(session)->message, "balance is -3");
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CHECK);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) rollback");
    close_engine(engine);
}

static void test_fail_with_ok_is_misuse(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_session_fail(session, BERTH_OK, "oops"), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, NULL), BERTH_MISUSE);
    close_engine(engine);
}

static void test_close_rolls_back(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    berth_session_close(session);
    berth_session_close(NULL);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) rollback");
    close_engine(engine);
}

static void test_commit_and_rollback_go_on(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_commit(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_commit(session, &error), BERTH_OK);
    berth_exec(session, "B", NULL);
    berth_session_fail(session, BERTH_DATA, "no");
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "C", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) commit begin execute(B) rollback begin execute(C) commit");
    close_engine(engine);
}

static void test_unknown_outcome_is_never_retryable(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){.call = "commit",
                             .status = BERTH_OUTCOME_UNKNOWN,
                             .flags = BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN | BERTH_FLAG_RETRYABLE,
                             .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_FALSE(berth_error_is_retryable(&error));
    ASSERT_TEXT(fake_log(), "connect begin execute(A) commit close");
    close_engine(engine);
}

static void test_commit_by_sql_without_answer_is_unknown(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fakemin://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    fake_inject((fake_fault){.call = "execute",
                             .status = BERTH_CONNECTION_LOST,
                             .flags = BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE,
                             .message = "reset by peer",
                             .times = 1});
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN);
    ASSERT_TEXT(error.message, "COMMIT: the answer never came: reset by peer");
    close_engine(engine);
}

static void test_lost_connection_is_closed_and_retryable(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_CONNECTION_LOST, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_TRUE(berth_error_is_retryable(&error));
    ASSERT_TEXT(fake_log(), "connect begin execute(A) close");
    close_engine(engine);
}

static void test_rollback_after_a_lost_connection_takes_another(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_CONNECTION_LOST, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) close connect begin execute(B) commit");
    close_engine(engine);
}

static void test_raw_server_errors_are_classified(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_INTERNAL, .sqlstate = "23503", .message = "no such model", .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_FOREIGN_KEY);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_FOREIGN_KEY);
    ASSERT_TEXT(error.sqlstate, "23503");
    close_engine(engine);
}

static void test_autocommit_runs_without_transaction(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    berth_exec(session, "A", NULL);
    berth_exec(session, "B", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect execute(A) execute(B)");
    close_engine(engine);
}

static void test_lost_autocommit_statement_has_an_unknown_outcome(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){.call = "execute",
                             .status = BERTH_CONNECTION_LOST,
                             .flags = BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE,
                             .message = "reset by peer",
                             .times = 1});
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OUTCOME_UNKNOWN);
    ASSERT_TEXT(error.message, "the statement may have been executed: A: reset by peer");
    CU_ASSERT_FALSE(berth_error_is_retryable(&error));
    close_engine(engine);
}

static void test_isolation_and_read_only_reach_the_driver(void) {
    berth_engine *engine = open_engine();
    berth_session *session =
        berth_session_open(engine, BERTH_SESSION_OPTIONS(.isolation = BERTH_REPEATABLE_READ, .read_only = true));
    berth_exec(session, "A", NULL);
    berth_session_close(session);
    ASSERT_TEXT(fake_log(), "connect begin(4 read only) execute(A) rollback");
    close_engine(engine);
}

static void test_transactions_by_sql_for_minimal_drivers(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fakemin://", NULL);
    berth_session *session =
        berth_session_open(engine, BERTH_SESSION_OPTIONS(.isolation = BERTH_SERIALIZABLE, .read_only = true));
    berth_exec(session, "A", NULL);
    berth_savepoint_begin(session);
    berth_savepoint_rollback(session, &error);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect execute(SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY) execute(BEGIN) "
                            "execute(A) execute(SAVEPOINT berth_1) execute(ROLLBACK TO SAVEPOINT berth_1) "
                            "execute(RELEASE SAVEPOINT berth_1) execute(COMMIT)");
    close_engine(engine);
}

static void test_bad_options(void) {
    static const struct {
        berth_session_options options;
        const char *message;
    } cases[] = {
        {{0}, "berth_session_options has the struct_size 0; make it with BERTH_SESSION_OPTIONS()"},
        {{.struct_size = sizeof(berth_session_options), .isolation = (berth_isolation)9},
         "berth_session_options: isolation is 9; it is one of berth_isolation"},
        {{.struct_size = sizeof(berth_session_options), .timeout_ms = -1},
         "berth_session_options: a timeout is negative; 0 means no limit"},
        {{.struct_size = sizeof(berth_session_options), .autocommit = true, .read_only = true},
         "berth_session_options: read_only, isolation and pipeline need a transaction: leave autocommit out"},
    };
    berth_engine *engine = open_engine();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_session *session = berth_session_open(engine, &cases[i].options);
        CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_MISUSE);
        CU_ASSERT_EQUAL(berth_session_rollback(session, NULL), BERTH_MISUSE);
        CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
        ASSERT_TEXT(error.message, cases[i].message);
    }
    ASSERT_TEXT(fake_log(), "");
    close_engine(engine);
}

/* A program that was built with an older header, and one with a newer. */
static void test_options_of_other_versions(void) {
    struct {
        berth_session_options options;
        uint64_t newer;
    } other = {.options = {.struct_size = offsetof(berth_session_options, autocommit), .autocommit = true}};
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, &other.options);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    berth_session_close(session);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) rollback");
    other.options.struct_size = sizeof other;
    session = berth_session_open(engine, &other.options);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    other.newer = 1;
    session = berth_session_open(engine, &other.options);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message,
                "berth_session_options sets something that this version of Berth does not know, at byte 40");
    close_engine(engine);
}

static void test_lost_commit_of_any_form_is_unknown(void) {
    static const fake_fault faults[] = {
        {.call = "commit", .status = BERTH_CONNECTION_LOST, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1},
        {.call = "commit",
         .status = BERTH_CONNECTION_LOST,
         .flags = BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE,
         .times = 1},
        {.call = "commit", .status = BERTH_TIMEOUT, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1},
        {.call = "commit", .status = BERTH_INTERNAL, .sqlstate = "08006", .times = 1},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        berth_engine *engine = open_engine();
        fake_inject(faults[i]);
        berth_session *session = berth_session_open(engine, NULL);
        berth_exec(session, "A", NULL);
        CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OUTCOME_UNKNOWN);
        CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN);
        close_engine(engine);
    }
}

static void test_commit_that_was_never_sent_is_a_lost_transaction(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){.call = "commit",
                             .status = BERTH_CONNECTION_LOST,
                             .flags = BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_NOT_SENT,
                             .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE);
    close_engine(engine);
}

static void test_autocommit_that_was_never_sent_has_a_known_outcome(void) {
    static const char *const calls[] = {"connect", "prepare"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fake_reset();
        berth_engine *engine = fake_engine("fake://", NULL);
        fake_inject(
            (fake_fault){.call = calls[i], .status = BERTH_TIMEOUT, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1});
        berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
        CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_TIMEOUT);
        CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_TIMEOUT);
        CU_ASSERT_EQUAL(error.flags & BERTH_FLAG_OUTCOME_UNKNOWN, 0);
        close_engine(engine);
    }
}

static void test_fail_has_the_flags_of_its_status(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_session_fail(session, BERTH_SERIALIZATION, "again");
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_SERIALIZATION);
    CU_ASSERT_TRUE(berth_error_is_retryable(&error));
    session = berth_session_open(engine, NULL);
    berth_session_fail(session, BERTH_CHECK, "no");
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CHECK);
    CU_ASSERT_FALSE(berth_error_is_retryable(&error));
    close_engine(engine);
}

static void test_null_and_closed_sessions(void) {
    berth_engine *engine = open_engine();
    CU_ASSERT_EQUAL(berth_session_end(NULL, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_session_end: the session is NULL");
    CU_ASSERT_EQUAL(berth_exec(NULL, "A", NULL), BERTH_MISUSE);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_session_end: the session was closed already");
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_MISUSE);
    ASSERT_TEXT(berth_session_error(session)->message, "this session is NULL or was closed already");
    CU_ASSERT_EQUAL(berth_session_commit(session, &error), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_savepoint_begin(session), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_MISUSE);
    CU_ASSERT_FALSE(berth_next(berth_query(session, "ROWS 1", NULL)));
    berth_session_close(session);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) commit");
    CU_ASSERT_EQUAL(berth_session_end(berth_session_open(NULL, NULL), &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_session_open: engine is NULL");
    close_engine(engine);
}

static void test_null_sql_is_misuse(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, NULL, NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_exec: sql is NULL");
    close_engine(engine);
}

static void test_transaction_control_by_sql_is_refused(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, " commit", NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message,
                "commit: transactions are begun and ended by the session, not by SQL: use berth_session_end(), "
                "berth_session_commit(), berth_session_rollback() or berth_savepoint_begin()");
    ASSERT_TEXT(fake_log(), "connect begin rollback");
    close_engine(engine);
}

static void test_ddl_that_commits_by_itself_is_noticed(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "DDL", NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin execute(DDL) begin execute(A) commit");
    close_engine(engine);
}

static void test_transaction_begun_behind_autocommit_is_refused(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "OPEN", NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "OPEN", NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "the statement left a transaction open in an autocommit session, as SQL does that turns "
                               "the server's autocommit off; it was rolled back");
    ASSERT_TEXT(fake_log(), "connect execute(A) execute(OPEN) rollback execute(B) execute(OPEN) rollback");
    close_engine(engine);
}

static void test_session_deadline_is_for_the_whole(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.timeout_ms = 30));
    CU_ASSERT_EQUAL(berth_exec(session, "HANG", NULL), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_TIMEOUT);
    ASSERT_TEXT(error.message, "the session's 30 ms are over");
    ASSERT_TEXT(fake_log(), "connect begin execute(HANG) rollback");
    close_engine(engine);
}

static void test_statement_timeout_is_set_and_restored(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.statement_timeout_ms = 60000));
    CU_ASSERT_EQUAL(berth_session_set_statement_timeout(session, 20), 60000);
    CU_ASSERT_EQUAL(berth_exec(session, "HANG", NULL), BERTH_TIMEOUT);
    ASSERT_TEXT(berth_session_error(session)->message, "HANG: the statement's time is over");
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_set_statement_timeout(session, 60000), 20);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_set_statement_timeout(session, -1), 60000);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    close_engine(engine);
}

static berth_status leave_early(berth_engine *engine, bool end) {
    BERTH_SCOPED(session, engine, NULL);
    berth_exec(session, "A", NULL);
    return end ? berth_session_end(session, &error) : BERTH_OK;
}

static void test_scoped_session_rolls_back_unless_ended(void) {
    berth_engine *engine = open_engine();
    leave_early(engine, false);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) rollback");
    fake_clear_log();
    CU_ASSERT_EQUAL(leave_early(engine, true), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin execute(A) commit");
    close_engine(engine);
}

static void test_unfinished_savepoint_is_not_committed(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "1 savepoint was not ended: nothing is committed");
    ASSERT_TEXT(fake_log(), "connect begin savepoint(berth_1) rollback");
    close_engine(engine);
}

SUITE("session", TEST(test_nothing_run_takes_no_connection), TEST(test_end_commits),
      TEST(test_first_failure_sticks_and_rolls_back), TEST(test_fail_is_like_raise), TEST(test_fail_with_ok_is_misuse),
      TEST(test_close_rolls_back), TEST(test_commit_and_rollback_go_on), TEST(test_unknown_outcome_is_never_retryable),
      TEST(test_commit_by_sql_without_answer_is_unknown), TEST(test_lost_connection_is_closed_and_retryable),
      TEST(test_rollback_after_a_lost_connection_takes_another), TEST(test_raw_server_errors_are_classified),
      TEST(test_autocommit_runs_without_transaction), TEST(test_lost_autocommit_statement_has_an_unknown_outcome),
      TEST(test_isolation_and_read_only_reach_the_driver), TEST(test_transactions_by_sql_for_minimal_drivers),
      TEST(test_bad_options), TEST(test_options_of_other_versions), TEST(test_lost_commit_of_any_form_is_unknown),
      TEST(test_commit_that_was_never_sent_is_a_lost_transaction),
      TEST(test_autocommit_that_was_never_sent_has_a_known_outcome), TEST(test_fail_has_the_flags_of_its_status),
      TEST(test_null_and_closed_sessions), TEST(test_null_sql_is_misuse),
      TEST(test_transaction_control_by_sql_is_refused), TEST(test_ddl_that_commits_by_itself_is_noticed),
      TEST(test_transaction_begun_behind_autocommit_is_refused), TEST(test_session_deadline_is_for_the_whole),
      TEST(test_statement_timeout_is_set_and_restored), TEST(test_scoped_session_rolls_back_unless_ended),
      TEST(test_unfinished_savepoint_is_not_committed))
