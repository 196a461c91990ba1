#include <berth/session.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/drivers/postgresql_fixture.h"
#include "tests/drivers/postgresql_proxy.h"

static const berth_begin deferred_begin = {.struct_size = sizeof deferred_begin, .flags = BERTH_EXECUTE_DEFER};

/* ---- Round trips. ---- */

static void test_a_session_is_two_round_trips(void) {
    static const char sql[] = "INSERT INTO pair VALUES ($1, $2)";
    static const char other[] = "INSERT INTO pair VALUES ($2, $1)";
    const berth_value values[] = {berth_int64(1), berth_text("one")};
    berth_error error;
    berth_driver_connection *connection = proxy_connect(NULL);
    fixture_run(connection, "CREATE TEMP TABLE pair (a bigint, b text)");
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    for (int i = 0; i < 3; i++) {
        proxy_round_trips();
        fixture_begin_deferred(connection);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
        CU_ASSERT_EQUAL(proxy_round_trips(), 0);
        CU_ASSERT_EQUAL(fixture_run_with(connection, i < 2 ? statement : NULL, sql, values, 2, 0, &error), BERTH_OK);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
        CU_ASSERT_EQUAL(proxy_round_trips(), 1);
        fixture_commit(connection);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
        CU_ASSERT_EQUAL(proxy_round_trips(), 1);
    }
    /* The types of values that are not the same as text must be known first. */
    const berth_value moment[] = {berth_text("\\"), berth_int64(7)};
    statement = fixture_prepare(connection, other);
    CU_ASSERT_EQUAL(fixture_run_with(connection, statement, other, moment, 2, 0, &error), BERTH_OK);
    CU_ASSERT_EQUAL(proxy_round_trips(), 2);
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM pair"), "1|one;1|one;1|one;7|\\");
    proxy_close(connection);
}

static void test_a_session_without_rows_is_one_round_trip(void) {
    static const char sql[] = "INSERT INTO pair VALUES ($1, $2)";
    berth_error error;
    berth_driver_connection *connection = proxy_connect(NULL);
    fixture_run(connection, "CREATE TEMP TABLE pair (a bigint, b text)");
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    for (int64_t i = 0; i < 3; i++) {
        proxy_round_trips();
        fixture_begin_deferred(connection);
        for (int64_t k = 0; k < 10; k++) {
            const berth_value values[] = {berth_int64(10 * i + k), berth_text("x")};
            CU_ASSERT_EQUAL(fixture_run_with(connection, statement, sql, values, 2, BERTH_EXECUTE_DEFER, &error),
                            BERTH_OK);
        }
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
        CU_ASSERT_EQUAL(proxy_round_trips(), 0);
        fixture_commit(connection);
        CU_ASSERT_EQUAL(proxy_round_trips(), 1);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    }
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), sum(a) FROM pair"), "30|435");
    proxy_close(connection);
}

static void test_a_transaction_without_statements_is_no_round_trip(void) {
    berth_driver_connection *connection = proxy_connect(NULL);
    fixture_begin_deferred(connection);
    fixture_commit(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_begin_deferred(connection);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(proxy_round_trips(), 0);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    proxy_close(connection);
}

static void test_busy_polling_changes_no_answer(void) {
    const berth_connect_info info = fixture_info(OPTIONS("busy_poll_us=50"));
    berth_execution execution = fixture_execution("SELECT pg_sleep(60)", NULL, 0, BERTH_EXECUTE_DISCARD);
    berth_error error;
    berth_driver_connection *connection = fixture_connect_to(&info);
    for (int i = 0; i < 100; i++)
        ASSERT_TEXT(fixture_prepared_rows(connection, "SELECT 1", NULL, 0), "1");
    ASSERT_TEXT(fixture_rows(connection, "SELECT 2 FROM pg_sleep(0.01)"), "2");
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, fixture_deadline(50), &error), BERTH_TIMEOUT);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 3"), "3");
    fixture_close(connection);
}

/* ---- What is deferred is done, in order, as what it was. ---- */

static void test_deferred_begin_says_isolation_and_read_only(void) {
    static const char *const levels[] = {
        [BERTH_READ_UNCOMMITTED] = "read uncommitted",
        [BERTH_READ_COMMITTED] = "read committed",
        [BERTH_REPEATABLE_READ] = "repeatable read",
        [BERTH_SERIALIZABLE] = "serializable",
    };
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect();
    for (uint32_t i = 0; i < 16; i++) {
        berth_begin begin = deferred_begin;
        begin.isolation = BERTH_READ_UNCOMMITTED + i / 2 % 4;
        begin.read_only = i % 2;
        CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
        ASSERT_TEXT(fixture_rows(connection, "SHOW transaction_isolation"), levels[begin.isolation]);
        ASSERT_TEXT(fixture_rows(connection, "SHOW transaction_read_only"), begin.read_only ? "on" : "off");
        fixture_rollback(connection);
    }
    fixture_close(connection);
}

static void test_rows_come_behind_what_was_deferred(void) {
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_begin_deferred(connection);
    fixture_defer(connection, "CREATE TEMP TABLE t (a int)");
    fixture_defer(connection, "INSERT INTO t SELECT generate_series(1, 1000)");
    fixture_defer(connection, "SELECT * FROM t");
    const char *sql = "SELECT a FROM t ORDER BY a";
    berth_execution execution = fixture_execution(sql, NULL, 0, 0);
    const berth_value *row;
    int64_t sum = 0;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    while (fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error) == BERTH_OK && row != NULL)
        sum += row[0].as.integer;
    CU_ASSERT_EQUAL(sum, 500500);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(fixture_run_with(connection, NULL, "DELETE FROM t WHERE a > 990", NULL, 0, 0, &error), BERTH_OK);
    fixture_rollback(connection);
    fixture_close(connection);
}

static void test_deferred_values_are_copied(void) {
    static const char sql[] = "INSERT INTO t VALUES ($1, $2)";
    char text[24];
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a text, b bytea)");
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    fixture_describe(connection, statement, sql, 2);
    fixture_begin_deferred(connection);
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "text %d", i);
        const berth_value values[] = {berth_text(text), berth_blob(text, 6)};
        CU_ASSERT_EQUAL(fixture_run_with(connection, statement, sql, values, 2, BERTH_EXECUTE_DEFER, &error), BERTH_OK);
        memset(text, '#', sizeof text);
    }
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT a, convert_from(b, 'UTF8') FROM t WHERE a IS NOT NULL"),
                "text 0|text 0;text 1|text 1;text 2|text 2");
    fixture_close(connection);
}

static void test_nothing_is_deferred_outside_a_transaction(void) {
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY)");
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(
        fixture_run_with(connection, NULL, "INSERT INTO t VALUES (1)", NULL, 0, BERTH_EXECUTE_DEFER, &error),
        BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, -1);
    fixture_defer(connection, "INSERT INTO t VALUES (2)");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "2");
    fixture_close(connection);
}

static void test_statement_may_be_dropped_while_it_is_queued(void) {
    static const char sql[] = "INSERT INTO t VALUES ($1)";
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    fixture_begin_deferred(connection);
    for (int i = 0; i < 40; i++) {
        const berth_value value = berth_int64(i);
        berth_driver_statement *statement = fixture_prepare(connection, sql);
        CU_ASSERT_EQUAL(fixture_run_with(connection, statement, sql, &value, 1, BERTH_EXECUTE_DEFER, &error), BERTH_OK);
        fixture_driver()->unprepare(connection, statement);
    }
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), sum(a) FROM t"), "40|780");
    fixture_describe(connection, fixture_prepare(connection, "SELECT 1"), "SELECT 1", 0);
    int kept = atoi(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements"));
    CU_ASSERT_TRUE(kept < 32);
    fixture_close(connection);
}

static void test_other_calls_wait_for_what_was_deferred(void) {
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect();
    fixture_begin_deferred(connection);
    fixture_defer(connection, "CREATE TEMP TABLE t (a int)");
    CU_ASSERT_EQUAL(fixture_driver()->ping(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    fixture_fail(connection, "-- copies\n/* a /* b */ */ ; COPY t FROM STDIN", BERTH_NOT_SUPPORTED, "");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    fixture_begin_deferred(connection);
    fixture_fail(connection, "COPY pg_class TO STDOUT", BERTH_NOT_SUPPORTED, "");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_defer(connection, "CREATE TEMP TABLE t (a int)");
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT to_regclass('t')"), "NULL");
    fixture_begin_deferred(connection);
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_OK);
    ASSERT_TEXT(fixture_rows(connection, "SELECT now() = statement_timestamp()"), "false");
    fixture_defer(connection, "CREATE TEMP TABLE t (a int)");
    CU_ASSERT_EQUAL(fixture_driver()->reset(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_close(connection);
}

static void test_savepoints_work_amid_what_is_deferred(void) {
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY)");
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    fixture_defer(connection, "SAVEPOINT one");
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 2);
    fixture_run(connection, "ROLLBACK TO SAVEPOINT one");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_defer(connection, "INSERT INTO t VALUES (2)");
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "2");
    fixture_close(connection);
}

/* ---- Failures. ---- */

static void queue_five(berth_driver_connection *connection) {
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    fixture_defer(connection, "INSERT INTO t VALUES (2)");
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    fixture_defer(connection, "INSERT INTO nowhere VALUES (1)");
    fixture_defer(connection, "INSERT INTO t VALUES (5)");
}

static void expect_third(const berth_error *error) {
    CU_ASSERT_EQUAL(error->status, BERTH_UNIQUE);
    ASSERT_TEXT(error->sqlstate, "23505");
    ASSERT_TEXT(error->constraint, "t_pkey");
    CU_ASSERT_EQUAL(error->index, 2);
}

static void test_first_failure_comes_with_its_index(void) {
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int CONSTRAINT t_pkey PRIMARY KEY)");
    queue_five(connection);
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_UNIQUE);
    expect_third(&error);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_fail(connection, "SELECT 1", BERTH_INTERNAL, "25P02");
    fixture_rollback(connection);
    queue_five(connection);
    CU_ASSERT_EQUAL(fixture_run_with(connection, NULL, "SELECT 1", NULL, 0, 0, &error), BERTH_UNIQUE);
    expect_third(&error);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    queue_five(connection);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_close(connection);
}

static void test_failed_statement_commits_nothing_and_leaves_the_connection_clean(void) {
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int CONSTRAINT t_pkey PRIMARY KEY)");
    for (int i = 0; i < 2; i++) {
        queue_five(connection);
        CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_UNIQUE);
        expect_third(&error);
        CU_ASSERT_EQUAL(error.flags, 0);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    }
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_run(connection, "ALTER TABLE t ADD CONSTRAINT late UNIQUE (a) DEFERRABLE INITIALLY DEFERRED");
    fixture_run(connection, "ALTER TABLE t DROP CONSTRAINT t_pkey");
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (1), (1)");
    CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.constraint, "late");
    CU_ASSERT_EQUAL(error.index, -1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_close(connection);
}

static void test_index_counts_from_the_last_wait(void) {
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY)");
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    fixture_defer(connection, "INSERT INTO t VALUES (2)");
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_OK);
    fixture_defer(connection, "INSERT INTO t VALUES (3)");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "3");
    fixture_defer(connection, "INSERT INTO t VALUES (4)");
    fixture_defer(connection, "INSERT INTO t VALUES (4)");
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 1);
    fixture_rollback(connection);
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (5)");
    CU_ASSERT_EQUAL(fixture_run_with(connection, NULL, "SELECT 1 / 0", NULL, 0, 0, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(error.index, -1);
    fixture_rollback(connection);
    fixture_close(connection);
}

/* A value that the driver refuses is not the first failure when a statement before it fails. */
static void test_refused_value_waits_for_its_turn(void) {
    static const char sql[] = "INSERT INTO t VALUES ($1)";
    const berth_value large = berth_int64(INT64_C(1) << 40);
    const berth_value text = berth_text_n("a\0b", 3);
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY)");
    berth_driver_statement *statement = fixture_prepare(connection, "SELECT CAST($1 AS int)");
    fixture_describe(connection, statement, "SELECT CAST($1 AS int)", 1);
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_run_with(connection, statement, sql, &large, 1, BERTH_EXECUTE_DEFER, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "value 1: 1099511627776 is out of range for type integer");
    CU_ASSERT_EQUAL(error.index, 1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_defer(connection, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_run_with(connection, NULL, sql, &text, 1, BERTH_EXECUTE_DEFER, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 0);
    fixture_rollback(connection);
    fixture_close(connection);
}

/* The answers were taken without a sync: the server's transaction goes on, whatever libpq has last heard of it. */
static void test_transaction_is_known_after_a_value_is_refused(void) {
    static const char sql[] = "SELECT CAST($1 AS int)";
    const berth_value blob = berth_blob("x", 1);
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    fixture_begin_deferred(connection);
    CU_ASSERT_EQUAL(fixture_run_with(connection, statement, sql, &blob, 1, 0, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_close(connection);
}

/* Somebody has dropped BEGIN behind the driver's back: nothing behind it may run without it. */
static void test_failing_begin_keeps_its_statement_from_running(void) {
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    fixture_begin_deferred(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_commit(connection);
    fixture_run(connection, "DO $$BEGIN EXECUTE 'DEALLOCATE ALL'; END$$");
    fixture_begin_deferred(connection);
    CU_ASSERT_EQUAL(fixture_run_with(connection, NULL, "INSERT INTO t VALUES (1)", NULL, 0, 0, &error),
                    BERTH_SERIALIZATION);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    ASSERT_TEXT(error.sqlstate, "26000");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    for (int i = 0; i < 2; i++) {
        fixture_begin_deferred(connection);
        fixture_defer(connection, "INSERT INTO t VALUES (1)");
        fixture_commit(connection);
        fixture_run(connection, i == 0 ? "DEALLOCATE ALL" : "DISCARD PLANS");
    }
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "2");
    fixture_close(connection);
}

/* ---- Without BEGIN and COMMIT: what the server takes for a transaction by itself. ---- */

static const char insert_sql[] = "INSERT INTO t VALUES ($1)";

static void defer_insert(berth_driver_connection *connection, berth_driver_statement *statement, int64_t number) {
    const berth_value value = berth_int64(number);
    berth_error error;
    CU_ASSERT_EQUAL(fixture_run_with(connection, statement, insert_sql, &value, 1, BERTH_EXECUTE_DEFER, &error),
                    BERTH_OK);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
}

/* A connection with a table, a prepared INSERT, and a transaction in which it was deferred once. */
static berth_driver_connection *begin_implicitly(const char *create, berth_driver_statement **statement) {
    berth_driver_connection *connection = proxy_connect(NULL);
    fixture_run(connection, create);
    *statement = fixture_prepare(connection, insert_sql);
    fixture_begin_deferred(connection);
    defer_insert(connection, *statement, 1);
    return connection;
}

static void test_transactions_that_only_write_need_no_begin(void) {
    berth_driver_statement *statement;
    berth_driver_connection *connection = begin_implicitly("CREATE TEMP TABLE t (a int)", &statement);
    defer_insert(connection, statement, 2);
    fixture_commit(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), count(DISTINCT xmin::text) FROM t"), "2|1");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'berth_own%'"),
                "0");
    proxy_close(connection);
}

static void test_what_needs_no_begin_can_be_rolled_back(void) {
    berth_driver_statement *statement;
    berth_driver_connection *connection = begin_implicitly("CREATE TEMP TABLE t (a int)", &statement);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_begin_deferred(connection);
    for (int i = 0; i < 2000; i++) /* Some are sent, and answered. */
        defer_insert(connection, statement, i);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    proxy_close(connection);
}

static void test_whoever_asks_gets_a_transaction_that_goes_on(void) {
    berth_error error;
    berth_driver_statement *statement;
    berth_driver_connection *connection = begin_implicitly("CREATE TEMP TABLE t (a int)", &statement);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "1");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    defer_insert(connection, statement, 2);
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    proxy_close(connection);
}

static void test_refused_value_commits_nothing_before_it(void) {
    const berth_value text = berth_text_n("a\0b", 3);
    berth_error error;
    berth_driver_statement *statement;
    berth_driver_connection *connection = begin_implicitly("CREATE TEMP TABLE t (a int)", &statement);
    CU_ASSERT_EQUAL(fixture_run_with(connection, statement, insert_sql, &text, 1, BERTH_EXECUTE_DEFER, &error),
                    BERTH_DATA);
    CU_ASSERT_EQUAL(error.index, 1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_begin_deferred(connection);
    CU_ASSERT_EQUAL(fixture_run_with(connection, statement, insert_sql, &text, 1, BERTH_EXECUTE_DEFER, &error),
                    BERTH_DATA);
    fixture_commit(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    proxy_close(connection);
}

static void test_failed_statement_needs_no_begin_to_be_undone(void) {
    berth_error error;
    berth_driver_statement *statement;
    berth_driver_connection *connection = begin_implicitly("CREATE TEMP TABLE t (a int PRIMARY KEY)", &statement);
    defer_insert(connection, statement, 2);
    defer_insert(connection, statement, 1);
    defer_insert(connection, statement, 3);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 2);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    proxy_close(connection);
}

static void test_constraint_that_is_checked_at_the_end_is_told(void) {
    berth_error error;
    berth_driver_statement *statement;
    berth_driver_connection *connection =
        begin_implicitly("CREATE TEMP TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)", &statement);
    defer_insert(connection, statement, 1);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, -1);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    proxy_close(connection);
}

/* ---- Much. ---- */

enum { MEBIBYTE = 1 << 20, PIECES = 80 };

/* The server can't get rid of its answers while it is not read from: whoever only writes waits for ever. */
static void test_much_in_both_directions_does_not_deadlock(void) {
    static const char sql[] = "SELECT CAST($1 AS text) || ''";
    static char text[MEBIBYTE];
    struct rusage before;
    struct rusage after;
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    memset(text, 'x', sizeof text);
    const berth_value value = berth_text_n(text, sizeof text);
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    getrusage(RUSAGE_SELF, &before);
    fixture_begin_deferred(connection);
    for (int i = 0; i < PIECES; i++)
        CU_ASSERT_EQUAL(fixture_run_with(connection, statement, sql, &value, 1, BERTH_EXECUTE_DEFER, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_OK);
    fixture_commit(connection);
    getrusage(RUSAGE_SELF, &after);
    CU_ASSERT_TRUE(FIXTURE_MEMORY_IS_WATCHED || after.ru_maxrss - before.ru_maxrss < 32 * 1024);
    fixture_close(connection);
}

static void test_many_deferred_statements_keep_memory_flat(void) {
    enum { MANY = 200000 };
    static const char sql[] = "INSERT INTO t VALUES ($1, $2)";
    struct rusage before;
    struct rusage after;
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a bigint, b text)");
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    fixture_describe(connection, statement, sql, 2);
    fixture_begin_deferred(connection);
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < MANY; i++) {
        const berth_value values[] = {berth_int64(i), berth_text("some text")};
        if (fixture_run_with(connection, statement, sql, values, 2, BERTH_EXECUTE_DEFER, &error) != BERTH_OK)
            break;
    }
    ASSERT_TEXT(error.message, "");
    getrusage(RUSAGE_SELF, &after);
    CU_ASSERT_TRUE(FIXTURE_MEMORY_IS_WATCHED || after.ru_maxrss - before.ru_maxrss < 8 * 1024);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(a), sum(a) FROM t"), "200000|19999900000");
    fixture_commit(connection);
    fixture_close(connection);
}

/* A failure is found while more is queued, long before the end. */
static void test_failure_shows_while_much_is_queued(void) {
    static const char sql[] = "INSERT INTO t VALUES ($1)";
    static char text[MEBIBYTE];
    berth_error error;
    int32_t status = BERTH_OK;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a text)");
    memset(text, 'x', sizeof text);
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES ('a')");
    fixture_defer(connection, "SELECT 1 / 0");
    const berth_value value = berth_text_n(text, sizeof text);
    for (int i = 0; status == BERTH_OK && i < 1000; i++)
        status = fixture_run_with(connection, NULL, sql, &value, 1, BERTH_EXECUTE_DEFER, &error);
    CU_ASSERT_EQUAL(status, BERTH_DATA);
    ASSERT_TEXT(error.sqlstate, "22012");
    CU_ASSERT_EQUAL(error.index, 1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
}

SUITE("PostgreSQL: pipelines", TEST(test_a_session_is_two_round_trips),
      TEST(test_a_session_without_rows_is_one_round_trip), TEST(test_a_transaction_without_statements_is_no_round_trip),
      TEST(test_busy_polling_changes_no_answer), TEST(test_deferred_begin_says_isolation_and_read_only),
      TEST(test_rows_come_behind_what_was_deferred), TEST(test_deferred_values_are_copied),
      TEST(test_nothing_is_deferred_outside_a_transaction), TEST(test_statement_may_be_dropped_while_it_is_queued),
      TEST(test_other_calls_wait_for_what_was_deferred), TEST(test_savepoints_work_amid_what_is_deferred),
      TEST(test_first_failure_comes_with_its_index),
      TEST(test_failed_statement_commits_nothing_and_leaves_the_connection_clean),
      TEST(test_index_counts_from_the_last_wait), TEST(test_refused_value_waits_for_its_turn),
      TEST(test_transaction_is_known_after_a_value_is_refused),
      TEST(test_failing_begin_keeps_its_statement_from_running), TEST(test_transactions_that_only_write_need_no_begin),
      TEST(test_what_needs_no_begin_can_be_rolled_back), TEST(test_whoever_asks_gets_a_transaction_that_goes_on),
      TEST(test_refused_value_commits_nothing_before_it), TEST(test_failed_statement_needs_no_begin_to_be_undone),
      TEST(test_constraint_that_is_checked_at_the_end_is_told), TEST(test_much_in_both_directions_does_not_deadlock),
      TEST(test_many_deferred_statements_keep_memory_flat), TEST(test_failure_shows_while_much_is_queued))
