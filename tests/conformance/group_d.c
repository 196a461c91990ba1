/* Savepoints. Their names are Berth's own, each used once, so that no server's rule for doubled names matters. */
#include "conformance.h"

static const char *make_table(void) {
    return table_make("id {int64} PRIMARY KEY");
}

static const char *insert_into(const char *table) {
    return text_format("INSERT INTO %s (id) VALUES (?)", table);
}

static void no_savepoints(void) {
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = !target_has(BERTH_CAP_TRANSACTIONS)));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    CHECK_STATUS(berth_savepoint_begin(session),
                 target_has(BERTH_CAP_TRANSACTIONS) ? BERTH_NOT_SUPPORTED : BERTH_MISUSE);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

static void begin_savepoint(berth_session *session) {
    CHECK_STATUS(berth_savepoint_begin(session), BERTH_OK);
}

static void end_savepoint(berth_session *session, berth_status expected) {
    berth_error error;
    CHECK_STATUS(berth_savepoint_end(session, &error), expected);
    CHECK_INT(error.status, expected);
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
}

static int64_t sum_of(const char *table) {
    return query_int64_alone(text_format("SELECT coalesce(sum(id), 0) FROM %s", table));
}

static void savepoint_partial_rollback(void) {
    berth_error error;
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1));
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(2));
    CHECK_STATUS(berth_savepoint_rollback(session, &error), BERTH_OK);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    exec_ok(session, insert_into(table), berth_params(4));
    session_end_ok(session);
    CHECK_INT(sum_of(table), 5);
}

static void savepoint_recovers_after_error(void) {
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1));
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(2));
    berth_exec(session, insert_into(table), berth_params(1));
    CHECK_STATUS(berth_session_status(session), BERTH_UNIQUE);
    end_savepoint(session, BERTH_UNIQUE);
    exec_ok(session, insert_into(table), berth_params(4));
    begin_savepoint(session);
    berth_exec(session, "SELECT FROM WHERE", NULL);
    end_savepoint(session, BERTH_SYNTAX);
    exec_ok(session, insert_into(table), berth_params(8));
    session_end_ok(session);
    CHECK_INT(sum_of(table), 13);
}

/* The inner one's end leaves the outer one there, also where both would have had one name. */
static void savepoint_same_name_shadowing(void) {
    berth_error error;
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1));
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(2));
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(4));
    end_savepoint(session, BERTH_OK);
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(8));
    CHECK_STATUS(berth_savepoint_rollback(session, &error), BERTH_OK);
    CHECK_INT(query_int64(session, text_format("SELECT sum(id) FROM %s", table), NULL), 7);
    CHECK_STATUS(berth_savepoint_rollback(session, &error), BERTH_OK);
    exec_ok(session, insert_into(table), berth_params(16));
    session_end_ok(session);
    CHECK_INT(sum_of(table), 17);
}

/* Ends one that was never begun, or that the rollback took with it. */
static void savepoint_unknown(void) {
    static const expected_error unknown = {.status = BERTH_MISUSE};
    berth_error error;
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1));
    CHECK_STATUS(berth_savepoint_end(session, &error), BERTH_MISUSE);
    EXPECT_ERROR(&error, &unknown);
    CHECK_TEXT(error.message, "berth_savepoint_end: no savepoint was begun");
    EXPECT_USABLE(session);
    begin_savepoint(session);
    session_recover(session);
    CHECK_STATUS(berth_savepoint_rollback(session, &error), BERTH_MISUSE);
    CHECK_TEXT(error.message, "berth_savepoint_rollback: no savepoint was begun");
    berth_session_close(session);
    CHECK_INT(sum_of(table), 0);
}

static void savepoint_outside_tx(void) {
    static const expected_error outside = {.status = BERTH_MISUSE};
    const char *table = make_table();
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    exec_ok(session, insert_into(table), berth_params(1));
    CHECK_STATUS(berth_savepoint_begin(session), BERTH_MISUSE);
    EXPECT_SESSION_ERROR(session, &outside);
    EXPECT_USABLE(session);
    exec_ok(session, insert_into(table), berth_params(2));
    session_end_ok(session);
    CHECK_INT(sum_of(table), 3);
    CHECK_INT(events_seen(BERTH_EVENT_RESET), 0);
}

static void savepoint_release_keeps_rows(void) {
    berth_error error;
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(1));
    end_savepoint(session, BERTH_OK);
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(2));
    CHECK_STATUS(berth_session_commit(session, &error), BERTH_MISUSE);
    CHECK_CONTAINS(error.message, "1 savepoint was not ended: nothing is committed");
    session_recover(session);
    begin_savepoint(session);
    exec_ok(session, insert_into(table), berth_params(4));
    end_savepoint(session, BERTH_OK);
    CHECK_STATUS(berth_session_commit(session, &error), BERTH_OK);
    CHECK_STATUS(berth_savepoint_end(session, &error), BERTH_MISUSE);
    berth_session_close(session);
    CHECK_INT(sum_of(table), 4);
}

const check checks_d[] = {
    {36, "savepoint_partial_rollback", BERTH_CAP_SAVEPOINTS, savepoint_partial_rollback, no_savepoints},
    {37, "savepoint_recovers_after_error", BERTH_CAP_SAVEPOINTS, savepoint_recovers_after_error, no_savepoints},
    {38, "savepoint_same_name_shadowing", BERTH_CAP_SAVEPOINTS, savepoint_same_name_shadowing, no_savepoints},
    {39, "savepoint_unknown", BERTH_CAP_SAVEPOINTS, savepoint_unknown, no_savepoints},
    {40, "savepoint_outside_tx", BERTH_CAP_SAVEPOINTS, savepoint_outside_tx, no_savepoints},
    {41, "savepoint_release_keeps_rows", BERTH_CAP_SAVEPOINTS, savepoint_release_keeps_rows, no_savepoints},
    {0},
};
