/* Transactions: what is committed lasts, what is not leaves nothing. Isolation is in group_c_isolation.c. */
#include "group_c.h"

#include <string.h>

static const char *make_table(void) {
    return table_make("id {int64} PRIMARY KEY, v {int64}");
}

static const char *insert_into(const char *table) {
    return text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table);
}

void no_transactions(void) {
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = false));
    berth_exec(session, "SELECT 1", NULL);
    EXPECT_NOT_SUPPORTED(session);
    berth_session_close(session);
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
}

static void commit_visible(void) {
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1, 10));
    CHECK_INT(query_int64(session, text_format("SELECT v FROM %s WHERE id = 1", table), NULL), 10);
    if (target_takes_two_sessions())
        CHECK_INT(count_rows(table), 0);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT v FROM %s WHERE id = 1", table)), 10);
    CHECK_INT(events_seen(BERTH_EVENT_RESET), 0);
}

static void rollback_invisible(void) {
    berth_error error;
    const char *table = make_table();
    exec_alone(insert_into(table), berth_params(1, 10));
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(2, 20));
    exec_ok(session, text_format("UPDATE %s SET v = 11", table), NULL);
    CHECK_STATUS(berth_session_rollback(session, &error), BERTH_OK);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    exec_ok(session, insert_into(table), berth_params(3, 30));
    berth_session_close(session);
    CHECK_INT(count_rows(table), 1);
    CHECK_INT(query_int64_alone(text_format("SELECT v FROM %s WHERE id = 1", table)), 10);
}

/* ---- Who begins and ends: the session, never SQL, so that the three servers' ways do not matter. ---- */

static void expect_refused_sql(const char *const *list, const char *table) {
    static const expected_error refused = {.status = BERTH_MISUSE};
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1, 10));
    for (; *list != NULL; list++) {
        berth_exec(session, *list, NULL);
        EXPECT_SESSION_ERROR(session, &refused);
        CHECK_CONTAINS(berth_session_error(session)->message, "by the session, not by SQL");
        EXPECT_USABLE(session);
        exec_ok(session, insert_into(table), berth_params(1, 10));
    }
    session_end_ok(session);
    CHECK_INT(count_rows(table), 1);
}

static void begin_twice(void) {
    static const char *const list[] = {"BEGIN", "begin work", "START TRANSACTION", "/* a */ BEGIN -- b\n", NULL};
    expect_refused_sql(list, make_table());
}

static void commit_or_rollback_without_tx(void) {
    static const char *const list[] = {"COMMIT", "ROLLBACK", "  commit;", "END", NULL};
    berth_error error;
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine *engine = engine_make(target_url(), NULL);
    berth_session *session = session_open_on(engine, NULL);
    CHECK_STATUS(berth_session_commit(session, &error), BERTH_OK);
    CHECK_STATUS(berth_session_rollback(session, &error), BERTH_OK);
    session_end_ok(session);
    berth_engine_stats(engine, &stats);
    CHECK_INT(stats.opened, 0);
    engine_end(engine);
    expect_refused_sql(list, make_table());
}

/* ---- Failures inside. ---- */

/* The session remembers its first failure, so that it makes no difference whether the server goes on after one. */
static void error_in_tx(void) {
    berth_error error;
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1, 10));
    berth_exec(session, insert_into(table), berth_params(1, 11));
    CHECK_STATUS(berth_session_status(session), BERTH_UNIQUE);
    CHECK_STATUS(berth_exec(session, insert_into(table), berth_params(2, 20)), BERTH_UNIQUE);
    CHECK_STATUS(berth_session_commit(session, &error), BERTH_UNIQUE);
    CHECK_STATUS(berth_session_status(session), BERTH_UNIQUE);
    EXPECT_USABLE(session);
    exec_ok(session, insert_into(table), berth_params(3, 30));
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s", table)), 3);
}

/* An error that comes behind what the program reads: if the server gave the transaction up, its COMMIT is no success.
 */
static void commit_of_failed_tx(void) {
    berth_error error;
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1, 10));
    if (target_is(PRODUCT_POSTGRESQL)) {
        berth_result *rows = berth_query(session, "SELECT 1 / (5000 - n) FROM generate_series(1, 10000) AS n", NULL);
        CHECK(berth_next(rows));
        berth_result_close(rows);
    } else {
        berth_exec(session, "SELECT id FROM berth_check_no_such_table", NULL);
        CHECK_STATUS(berth_session_status(session), BERTH_UNDEFINED);
    }
    berth_status status = berth_session_end(session, &error);
    CHECK_INT(count_rows(table), status == BERTH_OK ? 1 : 0);
    CHECK(target_is(PRODUCT_POSTGRESQL) || status == BERTH_UNDEFINED);
}

/* What the driver says of the state, as it shows: a session that ended well leaves nothing to be rolled back, and after
 * what ended a transaction the next statement begins another. */
static void tx_status_reported(void) {
    const char *table = make_table();
    for (int i = 1; i <= 3; i++) {
        berth_session *session = session_open(NULL);
        exec_ok(session, insert_into(table), berth_params(i, 10));
        session_end_ok(session);
        session = session_open(NULL);
        berth_exec(session, insert_into(table), berth_params(i, 10));
        CHECK_STATUS(berth_session_status(session), BERTH_UNIQUE);
        berth_session_close(session);
        exec_alone(insert_into(table), berth_params(10 + i, 10));
    }
    CHECK_INT(events_seen(BERTH_EVENT_RESET), 0);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
    CHECK_INT(count_rows(table), 6);
}

/* ---- DDL. ---- */

static void ddl_in_tx_rolls_back(void) {
    const char *table = make_table();
    const char *made = table_name();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1, 10));
    exec_ok(session, text_format("CREATE TABLE %s (id INTEGER)", made), NULL);
    exec_ok(session, text_format("INSERT INTO %s VALUES (1)", made), NULL);
    session_recover(session);
    berth_exec(session, text_format("SELECT id FROM %s", made), NULL);
    CHECK_STATUS(berth_session_status(session), BERTH_UNDEFINED);
    berth_session_close(session);
    CHECK_INT(count_rows(table), 0);
}

/* A DDL commits what was open: the session notices, and what comes behind it is a transaction again. */
static void ddl_commits(void) {
    const char *table = make_table();
    const char *made = table_name();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1, 10));
    exec_ok(session, text_format("CREATE TABLE %s (id INTEGER)", made), NULL);
    exec_ok(session, insert_into(table), berth_params(2, 20));
    session_recover(session);
    exec_ok(session, insert_into(table), berth_params(3, 30));
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s", table)), 4);
    CHECK_INT(count_rows(made), 0);
}

/* ---- Read-only. ---- */

static void read_only_tx_rejects_write(void) {
    static const expected_error rejected = {
        .status = BERTH_READ_ONLY,
        .codes = {[PRODUCT_SQLITE] = {"", {8}},
                  [PRODUCT_POSTGRESQL] = {"25006", {0}},
                  [PRODUCT_MARIADB] = {"25006", {1792}},
                  [PRODUCT_MYSQL] = {"25006", {1792}}},
    };
    const char *table = make_table();
    exec_alone(insert_into(table), berth_params(1, 10));
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.read_only = true));
    CHECK_INT(query_int64(session, text_format("SELECT v FROM %s", table), NULL), 10);
    berth_exec(session, insert_into(table), berth_params(2, 20));
    EXPECT_SESSION_ERROR(session, &rejected);
    EXPECT_USABLE(session);
    berth_exec(session, text_format("UPDATE %s SET v = 11", table), NULL);
    EXPECT_SESSION_ERROR(session, &rejected);
    EXPECT_USABLE(session);
    session_end_ok(session);
    exec_alone(insert_into(table), berth_params(3, 30));
    CHECK_INT(query_int64_alone(text_format("SELECT sum(v) FROM %s", table)), 40);
}

static void read_only_refused(void) {
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.read_only = true));
    berth_exec(session, "SELECT 1", NULL);
    EXPECT_NOT_SUPPORTED(session);
    berth_session_close(session);
}

/* ---- Autocommit. ---- */

/* A session is a transaction unless it is asked for as autocommit; then each statement lasts at once. */
static void autocommit_default_on(void) {
    const char *table = make_table();
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    exec_ok(session, insert_into(table), berth_params(1, 10));
    if (target_takes_two_sessions())
        CHECK_INT(count_rows(table), 1);
    berth_exec(session, insert_into(table), berth_params(1, 11));
    CHECK_STATUS(berth_session_status(session), BERTH_UNIQUE);
    EXPECT_USABLE(session);
    exec_ok(session, insert_into(table), berth_params(2, 20));
    berth_session_close(session);
    CHECK_INT(count_rows(table), 2);
    CHECK_INT(events_seen(BERTH_EVENT_RESET), 0);
}

/* A program that turns the server's autocommit off by SQL does no harm to whoever gets the connection next. */
static void toggle(void) {
    if (!target_is_mysql_like())
        not_applicable("the server has no autocommit to turn off by SQL");
    const char *table = make_table();
    berth_engine *engine = engine_make(target_url(), BERTH_SETTINGS(.pool_size = 1, .max_overflow = BERTH_OFF));
    berth_session *session = session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    berth_exec(session, "SET autocommit = 0", NULL);
    bool taken = berth_session_status(session) == BERTH_OK;
    CHECK(taken || berth_session_status(session) == BERTH_MISUSE);
    berth_session_close(session);
    session = session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    exec_ok(session, insert_into(table), berth_params(2, 20));
    session_end_ok(session);
    CHECK_INT(count_rows(table), 1);
    session = session_open_on(engine, NULL);
    exec_ok(session, insert_into(table), berth_params(3, 30));
    berth_exec(session, "SET autocommit = 1", NULL);
    berth_session_close(session);
    CHECK_INT(count_rows(table), 1);
}

static void close_in_tx_rolls_back(void) {
    berth_error error;
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    exec_ok(session, insert_into(table), berth_params(1, 10));
    berth_session_close(session);
    CHECK_INT(count_rows(table), 0);
    if (!target_takes_two_sessions())
        return;
    berth_engine *engine;
    REQUIRE(berth_engine_open(target_url(), BERTH_SETTINGS(.close_timeout_ms = BERTH_OFF), &engine, &error) ==
            BERTH_OK);
    session = session_open_on(engine, NULL);
    exec_ok(session, insert_into(table), berth_params(2, 20));
    CHECK_STATUS(berth_engine_close(engine, &error), BERTH_POOL_TIMEOUT);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    berth_session_close(session);
    CHECK_INT(count_rows(table), 0);
}

const check checks_c[] = {
    {20, "commit_visible", BERTH_CAP_TRANSACTIONS, commit_visible, no_transactions},
    {20, "rollback_invisible", BERTH_CAP_TRANSACTIONS, rollback_invisible, no_transactions},
    {21, "begin_twice", BERTH_CAP_TRANSACTIONS, begin_twice, no_transactions},
    {22, "commit_or_rollback_without_tx", BERTH_CAP_TRANSACTIONS, commit_or_rollback_without_tx, no_transactions},
    {23, "error_in_tx", BERTH_CAP_TX_ABORTS_ON_ERROR, error_in_tx, error_in_tx},
    {24, "commit_of_failed_tx", BERTH_CAP_TRANSACTIONS, commit_of_failed_tx, no_transactions},
    {25, "tx_status_reported", BERTH_CAP_TRANSACTIONS, tx_status_reported, no_transactions},
    {26, "ddl_in_tx_rolls_back", BERTH_CAP_TRANSACTIONAL_DDL, ddl_in_tx_rolls_back, ddl_commits},
    {27, "read_only_tx_rejects_write", BERTH_CAP_READ_ONLY, read_only_tx_rejects_write, read_only_refused},
    {28, "isolation_levels_accepted", BERTH_CAP_TRANSACTIONS, isolation_levels_accepted, no_transactions},
    {29, "dirty_read_absent", BERTH_CAP_TRANSACTIONS, dirty_read_absent, no_transactions},
    {30, "nonrepeatable_read", BERTH_CAP_TRANSACTIONS, nonrepeatable_read, no_transactions},
    {31, "phantom", BERTH_CAP_TRANSACTIONS, phantom, no_transactions},
    {32, "lost_update", BERTH_CAP_RR_DETECTS_CONFLICT, lost_update, lost_update_undetected},
    {33, "write_skew", BERTH_CAP_TRANSACTIONS, write_skew, no_transactions},
    {34, "autocommit_default_on", 0, autocommit_default_on, NULL},
    {34, "toggle", 0, toggle, NULL},
    {35, "close_in_tx_rolls_back", BERTH_CAP_TRANSACTIONS, close_in_tx_rolls_back, no_transactions},
    {0},
};
