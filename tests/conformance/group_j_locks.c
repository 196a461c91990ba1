/* Errors that come from other transactions, and statements that are ended from outside. */
#include "group_j.h"
#include "runner.h"

static const char *make_two_rows(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {int64}");
    exec_alone(text_format("INSERT INTO %s (id, v) VALUES (1, 10), (2, 20)", table), NULL);
    return table;
}

static const char *add_to(const char *table, int id, int v) {
    return text_format("UPDATE %s SET v = v + %d WHERE id = %d", table, v, id);
}

static int64_t sum_of(const char *table) {
    return query_int64_alone(text_format("SELECT sum(v) FROM %s", table));
}

/* ---- Deadlock. ---- */

/* Each has one row and wants the other's. The victim loses all, the other one nothing. */
void deadlock(void) {
    static const expected_error victim = {
        .status = BERTH_DEADLOCK,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"40P01", {0}},
                  [PRODUCT_MARIADB] = {"40001", {1213}},
                  [PRODUCT_MYSQL] = {"40001", {1213}}},
    };
    runner waiting;
    need_two_sessions();
    const char *table = make_two_rows();
    berth_session *first = session_open(NULL);
    berth_session *second = session_open(NULL);
    int64_t id = backend_id(first);
    exec_ok(first, add_to(table, 1, 100), NULL);
    exec_ok(second, add_to(table, 2, 1000), NULL);
    runner_start(&waiting, first, add_to(table, 2, 100));
    backend_wait_for_lock(id);
    berth_exec(second, add_to(table, 1, 1000), NULL);
    bool second_lost = berth_session_status(second) != BERTH_OK;
    if (second_lost) {
        EXPECT_SESSION_ERROR(second, &victim);
        EXPECT_USABLE(second);
    }
    session_end_ok(second);
    runner_join(&waiting);
    CHECK((berth_session_status(first) == BERTH_OK) == second_lost);
    if (!second_lost) {
        EXPECT_SESSION_ERROR(first, &victim);
        EXPECT_USABLE(first);
    }
    session_end_ok(first);
    CHECK_INT(sum_of(table), second_lost ? 230 : 2030);
}

void no_row_locks(void) {
    static const expected_error syntax = {.status = BERTH_SYNTAX, .codes = {[PRODUCT_SQLITE] = {"", {1}}}};
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_exec(session, "SELECT 1 FOR UPDATE", NULL);
    EXPECT_SESSION_ERROR(session, &syntax);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

/* ---- Serialization. ---- */

/* The row that a transaction has seen was changed by another one since. */
void serialization(void) {
    static const expected_error conflict = {
        .status = BERTH_SERIALIZATION,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"40001", {0}}, [PRODUCT_MARIADB] = {"HY000", {1020}}},
    };
    if (!target_is(PRODUCT_POSTGRESQL) && !target_is(PRODUCT_MARIADB))
        not_applicable("no two transactions of this server get into such a conflict: one waits for the other");
    need_two_sessions();
    const char *table = make_two_rows();
    berth_engine *engine = engine_make(target_url(), NULL);
    berth_session *session = session_open_on(engine, BERTH_SESSION_OPTIONS(.isolation = BERTH_REPEATABLE_READ));
    if (target_is(PRODUCT_MARIADB))
        exec_ok(session, "SET SESSION innodb_snapshot_isolation = ON", NULL);
    CHECK_INT(query_int64(session, text_format("SELECT v FROM %s WHERE id = 1", table), NULL), 10);
    exec_alone(add_to(table, 1, 1), NULL);
    berth_exec(session, add_to(table, 1, 100), NULL);
    EXPECT_SESSION_ERROR(session, &conflict);
    EXPECT_USABLE(session);
    exec_ok(session, add_to(table, 1, 1000), NULL);
    session_end_ok(session);
    CHECK_INT(sum_of(table), 1031);
}

/* ---- Locks. ---- */

static const expected_error locked = {
    .status = BERTH_LOCK_TIMEOUT,
    .flags = BERTH_FLAG_RETRYABLE,
    .codes = {[PRODUCT_SQLITE] = {"", {5}},
              [PRODUCT_POSTGRESQL] = {"55P03", {0}},
              [PRODUCT_MARIADB] = {"HY000", {1205}},
              [PRODUCT_MYSQL] = {"HY000", {1205}}},
};

/* An engine whose sessions do not wait long for a lock, once set_patience() was called in them. */
static berth_engine *make_impatient(void) {
    const char *url = target_is(PRODUCT_SQLITE) ? url_with_query(target_url(), "busy_timeout", "100ms") : target_url();
    return engine_make(url, NULL);
}

static void set_patience(berth_session *session) {
    if (target_is(PRODUCT_POSTGRESQL))
        exec_ok(session, "SET LOCAL lock_timeout = 100", NULL);
    else if (target_is_mysql_like())
        exec_ok(session, "SET SESSION innodb_lock_wait_timeout = 1", NULL);
    else if (!target_is(PRODUCT_SQLITE))
        needs("the way to shorten the wait for a lock on %s", target_driver()->name);
}

void lock_timeout(void) {
    need_two_sessions();
    const char *table = make_two_rows();
    berth_session *holder = session_open(NULL);
    exec_ok(holder, add_to(table, 1, 100), NULL);
    berth_session *session = session_open_on(make_impatient(), NULL);
    if (!target_is(PRODUCT_SQLITE)) /* There a transaction that writes does not even begin. */
        set_patience(session);
    berth_exec(session, add_to(table, 1, 1000), NULL);
    EXPECT_SESSION_ERROR(session, &locked);
    session_end_ok(holder);
    EXPECT_USABLE(session);
    exec_ok(session, add_to(table, 2, 1000), NULL);
    session_end_ok(session);
    CHECK_INT(sum_of(table), 1130);
}

void lock_not_awaited(void) {
    need_two_sessions();
    const char *table = make_two_rows();
    const char *select = text_format("SELECT v FROM %s WHERE id = 1 FOR UPDATE NOWAIT", table);
    berth_session *holder = session_open(NULL);
    CHECK_INT(query_int64(holder, text_format("SELECT v FROM %s WHERE id = 1 FOR UPDATE", table), NULL), 10);
    berth_session *session = session_open(NULL);
    berth_exec(session, select, NULL);
    EXPECT_SESSION_ERROR(session, &locked);
    EXPECT_USABLE(session);
    session_end_ok(holder);
    CHECK_INT(query_int64(session, select, NULL), 10);
    exec_ok(session, add_to(table, 1, 1000), NULL);
    session_end_ok(session);
    CHECK_INT(sum_of(table), 1030);
}

/* ---- Ended from outside. ---- */

void query_cancelled(void) {
    static const expected_error cancelled = {
        .status = BERTH_CANCELLED,
        .codes = {[PRODUCT_SQLITE] = {"", {9}},
                  [PRODUCT_POSTGRESQL] = {"57014", {0}},
                  [PRODUCT_MARIADB] = {"70100", {1317}},
                  [PRODUCT_MYSQL] = {"70100", {1317}}},
    };
    runner running;
    const char *table = make_two_rows();
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    runner_start(&running, session, sql_slow());
    runner_cancel(&running);
    EXPECT_SESSION_ERROR(session, &cancelled);
    EXPECT_USABLE(session);
    exec_ok(session, add_to(table, 1, 100), NULL);
    session_end_ok(session);
    CHECK_INT(sum_of(table), 130);
}

/* The driver can't end a call. Rows that are being read are the core's to end, and an idle session has nothing to end.
 */
void cancel_refused(void) {
    static const expected_error cancelled = {.status = BERTH_CANCELLED};
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    CHECK_STATUS(berth_session_cancel(session, NULL), BERTH_OK);
    berth_result *rows = berth_query(session, "SELECT 1", NULL);
    berth_status status = berth_session_cancel(session, NULL);
    CHECK(status == BERTH_OK || status == BERTH_NOT_SUPPORTED);
    CHECK(berth_next(rows) == (status == BERTH_NOT_SUPPORTED));
    if (status == BERTH_OK)
        EXPECT_SESSION_ERROR(session, &cancelled);
    berth_result_close(rows);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

void statement_timeout(void) {
    static const expected_error timed_out = {
        .status = BERTH_TIMEOUT,
        .codes = {[PRODUCT_SQLITE] = {"", {9}},
                  [PRODUCT_POSTGRESQL] = {"57014", {0}},
                  [PRODUCT_MARIADB] = {"70100", {1969, 1317}},
                  [PRODUCT_MYSQL] = {NULL, {3024, 1317}}},
    };
    const char *table = make_two_rows();
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_session_set_statement_timeout(session, 200);
    int64_t started_ns = runner_now_ns();
    berth_exec(session, sql_slow(), NULL);
    EXPECT_SESSION_ERROR(session, &timed_out);
    CHECK(runner_now_ns() - started_ns > INT64_C(150000000));
    EXPECT_USABLE(session);
    exec_ok(session, add_to(table, 1, 100), NULL);
    session_end_ok(session);
    CHECK_INT(sum_of(table), 130);
}

void timeout_harmless(void) {
    berth_session *session =
        session_open(BERTH_SESSION_OPTIONS(.autocommit = true, .statement_timeout_ms = 60000, .timeout_ms = 60000));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
}
