#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/drivers/postgresql_fixture.h"

static void test_affected_rows_are_of_changes_only(void) {
    static const struct {
        const char *sql;
        int64_t rows;
    } cases[] = {
        {"CREATE TEMP TABLE t (a int PRIMARY KEY, b int)", -1},
        {"INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)", 3},
        {"UPDATE t SET b = 1 WHERE a > 1", 2},
        {"UPDATE t SET b = 1 WHERE a = 1", 1},
        {"UPDATE t SET b = 1 WHERE a = 9", 0},
        {"INSERT INTO t VALUES (1, 5) ON CONFLICT (a) DO NOTHING", 0},
        {"INSERT INTO t VALUES (1, 5) ON CONFLICT (a) DO UPDATE SET b = 5 RETURNING a", 1},
        {"SELECT a FROM t", -1},
        {"CREATE TEMP TABLE u AS SELECT a FROM t", -1},
        {"DELETE FROM t", 3},
        {"DROP TABLE t", -1},
    };
    berth_driver_connection *connection = fixture_connect();
    berth_execution execution;
    berth_error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(fixture_execute(connection, cases[i].sql, NULL, 0, &execution, &error), BERTH_OK);
        CU_ASSERT_EQUAL(execution.affected_rows, cases[i].rows);
        CU_ASSERT_EQUAL(execution.last_insert_id, 0);
    }
    fixture_close(connection);
}

static void test_errors_have_status_state_and_names(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE p (a int CONSTRAINT p_key PRIMARY KEY)");
    fixture_run(connection, "CREATE TEMP TABLE t (a int CONSTRAINT t_parent REFERENCES p (a), b int NOT NULL,"
                            " c int CONSTRAINT c_small CHECK (c < 10), d varchar(2))");
    fixture_run(connection, "INSERT INTO p VALUES (1)");
    const berth_error *error = fixture_fail(connection, "INSERT INTO p VALUES (1)", BERTH_UNIQUE, "23505");
    ASSERT_TEXT(error->constraint, "p_key");
    ASSERT_TEXT(error->message,
                "duplicate key value violates unique constraint \"p_key\": Key (a)=(1) already exists.");
    ASSERT_TEXT(fixture_fail(connection, "INSERT INTO t VALUES (2, 1)", BERTH_FOREIGN_KEY, "23503")->constraint,
                "t_parent");
    ASSERT_TEXT(fixture_fail(connection, "INSERT INTO t VALUES (1, NULL)", BERTH_NOT_NULL, "23502")->column, "b");
    ASSERT_TEXT(fixture_fail(connection, "INSERT INTO t VALUES (1, 1, 10)", BERTH_CHECK, "23514")->constraint,
                "c_small");
    fixture_fail(connection, "INSERT INTO t VALUES (1, 1, 1, 'long')", BERTH_DATA, "22001");
    fixture_fail(connection, "SELEC 1", BERTH_SYNTAX, "42601");
    fixture_fail(connection, "SELECT 1; SELECT 2", BERTH_SYNTAX, "42601");
    fixture_fail(connection, "SELECT * FROM nowhere", BERTH_UNDEFINED, "42P01");
    fixture_fail(connection, "SELECT nothing FROM p", BERTH_UNDEFINED, "42703");
    fixture_fail(connection, "SELECT no_function()", BERTH_UNDEFINED, "42883");
    fixture_fail(connection, "CREATE TEMP TABLE p (a int)", BERTH_DUPLICATE_OBJECT, "42P07");
    fixture_fail(connection, "SELECT 2147483647::int4 + 1", BERTH_DATA, "22003");
    fixture_fail(connection, "SELECT '{'::json", BERTH_DATA, "22P02");
    fixture_fail(connection, "", BERTH_SYNTAX, "");
    fixture_run(connection, "CREATE ROLE berth_poor");
    fixture_run(connection, "SET ROLE berth_poor");
    fixture_fail(connection, "SELECT * FROM pg_authid", BERTH_PERMISSION, "42501");
    fixture_run(connection, "RESET ROLE");
    fixture_run(connection, "DROP ROLE berth_poor");
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 1);
    fixture_close(connection);
}

static void test_copy_is_refused_and_leaves_the_connection(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    ASSERT_TEXT(fixture_fail(connection, "COPY t FROM STDIN", BERTH_NOT_SUPPORTED, "")->message,
                "COPY from and to the client is not supported");
    fixture_fail(connection, "COPY (SELECT generate_series(1, 100000)) TO STDOUT", BERTH_NOT_SUPPORTED, "");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_close(connection);
}

static void test_error_in_mid_stream_is_no_end_of_rows(void) {
    berth_driver_connection *connection = fixture_connect();
    const char *sql = "SELECT 1 / (5 - n) FROM generate_series(1, 10) AS n";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql};
    berth_error error = {.status = BERTH_OK};
    const berth_value *row = NULL;
    int count = 0;
    int32_t status = fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error);
    CU_ASSERT_EQUAL(status, BERTH_OK);
    while ((status = fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error)) == BERTH_OK && row != NULL)
        count++;
    CU_ASSERT_EQUAL(count, 4);
    CU_ASSERT_EQUAL(status, BERTH_DATA);
    ASSERT_TEXT(error.sqlstate, "22012");
    CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_PTR_NULL(row);
    fixture_close(connection);
}

static void test_rows_left_unread_leave_the_connection_usable(void) {
    berth_driver_connection *connection = fixture_connect();
    const char *sql = "SELECT n, repeat('x', 100) FROM generate_series(1, 50000) AS n";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql};
    berth_error error = {.status = BERTH_OK};
    const berth_value *row = NULL;
    fixture_begin(connection);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_driver()->finish(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_commit(connection);
    fixture_close(connection);
}

static void test_streaming_keeps_memory_flat(void) {
    berth_driver_connection *connection = fixture_connect();
    const char *sql = "SELECT n, repeat('x', 1000) FROM generate_series(1, 200000) AS n";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql};
    berth_error error = {.status = BERTH_OK};
    const berth_value *row = NULL;
    struct rusage before;
    struct rusage after;
    int64_t count = 0;
    execution.statement = fixture_prepare(connection, sql);
    getrusage(RUSAGE_SELF, &before);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    while (fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error) == BERTH_OK && row != NULL)
        count += row[0].as.integer == count + 1 && row[1].length == 1000;
    getrusage(RUSAGE_SELF, &after);
    CU_ASSERT_EQUAL(count, 200000);
    CU_ASSERT_TRUE(FIXTURE_MEMORY_IS_WATCHED || after.ru_maxrss - before.ru_maxrss < 16384);
    fixture_close(connection);
}

static void test_deadline_ends_the_statement_and_keeps_the_connection(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_execution execution = {
        .struct_size = sizeof execution, .flags = BERTH_EXECUTE_DISCARD, .sql = "SELECT pg_sleep(60)"};
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, fixture_deadline(50), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    ASSERT_TEXT(error.sqlstate, "57014");
    ASSERT_TEXT(error.message, "the deadline passed: canceling statement due to user request");
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, fixture_deadline(-1), &error), BERTH_TIMEOUT);
    ASSERT_TEXT(error.message, "the deadline was over before the statement was sent");
    fixture_close(connection);
}

static void test_deadline_passes_while_rows_come(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_execution execution = {.struct_size = sizeof execution,
                                 .flags = BERTH_EXECUTE_DISCARD,
                                 .sql = "SELECT n FROM generate_series(1, 1000000000) AS n"};
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, fixture_deadline(100), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
}

static void test_servers_own_limits_are_told_apart(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "SET statement_timeout = 50");
    fixture_fail(connection, "SELECT pg_sleep(60)", BERTH_TIMEOUT, "57014");
    fixture_run(connection, "SET statement_timeout = 0");
    fixture_run(connection, "CREATE TABLE locked (a int)");
    berth_driver_connection *other = fixture_connect();
    fixture_begin(other);
    fixture_run(other, "LOCK TABLE locked");
    fixture_begin(connection);
    const berth_error *error = fixture_fail(connection, "LOCK TABLE locked NOWAIT", BERTH_LOCK_TIMEOUT, "55P03");
    CU_ASSERT_EQUAL(error->flags, BERTH_FLAG_RETRYABLE);
    fixture_rollback(connection);
    fixture_rollback(other);
    fixture_run(connection, "DROP TABLE locked");
    fixture_close(other);
    fixture_close(connection);
}

static void *cancel_until_done(void *argument) {
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->cancel(argument, fixture_deadline(5000), &error), BERTH_OK);
    return NULL;
}

/* The advisory lock is held by another connection, so that there is surely something to cancel. */
static void test_cancel_from_another_thread(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_driver_connection *other = fixture_connect();
    pthread_t thread;
    fixture_run(other, "SELECT pg_advisory_lock(1)");
    fixture_begin(connection);
    berth_driver_connection *watcher = fixture_connect();
    berth_execution execution = {
        .struct_size = sizeof execution, .flags = BERTH_EXECUTE_DISCARD, .sql = "SELECT pg_advisory_lock(1)"};
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->cancel(connection, fixture_deadline(5000), &error), BERTH_OK);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    int32_t status = BERTH_OK;
    for (int i = 0; i < 100 && status != BERTH_CANCELLED; i++) {
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel_until_done, connection), 0);
        status = fixture_driver()->execute(connection, &execution, fixture_deadline(500), &error);
        pthread_join(thread, NULL);
        fixture_rollback(connection);
        fixture_begin(connection);
    }
    CU_ASSERT_EQUAL(status, BERTH_CANCELLED);
    ASSERT_TEXT(error.sqlstate, "57014");
    CU_ASSERT_EQUAL(error.flags, 0);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(watcher);
    fixture_close(other);
    fixture_close(connection);
}

static void test_too_many_values_are_refused(void) {
    enum { MANY = 65536 };
    berth_driver_connection *connection = fixture_connect();
    berth_value *values = calloc(MANY, sizeof *values);
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT 1", values, MANY, &execution, &error), BERTH_TOO_LARGE);
    ASSERT_TEXT(error.message, "the statement has 65536 values, allowed are 65535");
    free(values);
    fixture_close(connection);
}

/* From 7499 on the server's description of the values is a message that older libpqs take for a broken stream. */
static void test_statement_of_many_values_leaves_the_connection(void) {
    static const uint32_t counts[] = {7498, 7499, 65535};
    static char sql[sizeof "SELECT CAST($1 AS bigint) IN ()" + 65535 * sizeof ", $65535"];
    berth_driver_connection *connection = fixture_connect();
    berth_value *values = calloc(65535, sizeof *values);
    for (uint32_t i = 0; i < 65535; i++)
        values[i] = berth_int64(i);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t length = (size_t)sprintf(sql, "SELECT CAST($1 AS bigint) IN ($2");
        for (uint32_t number = 3; number <= counts[i]; number++)
            length += (size_t)sprintf(sql + length, ", $%u", number);
        sprintf(sql + length, ")");
        ASSERT_TEXT(fixture_prepared_rows(connection, sql, values, counts[i]), "false");
        ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    }
    free(values);
    fixture_close(connection);
}

static void test_pooled_connections_keep_no_statements(void) {
    const berth_connect_info info = fixture_pgbouncer_info();
    berth_driver_connection *connections[4];
    char expected[16];
    for (int i = 0; i < 4; i++) {
        connections[i] = fixture_connect_to(&info);
        CU_ASSERT_PTR_NULL(fixture_prepare(connections[i], "SELECT 1"));
    }
    for (int round = 0; round < 25; round++) {
        for (int i = 0; i < 4; i++) {
            berth_value value = berth_int64(i * 1000 + round);
            snprintf(expected, sizeof expected, "%d", i * 1000 + round);
            ASSERT_TEXT(fixture_rows_with(connections[i], "SELECT CAST($1 AS bigint)", &value, 1), expected);
        }
    }
    ASSERT_TEXT(fixture_rows(connections[0], "SHOW TimeZone"), "UTC");
    ASSERT_TEXT(fixture_rows(connections[0], "SELECT count(*) FROM pg_prepared_statements"), "0");
    for (int i = 0; i < 4; i++)
        fixture_close(connections[i]);
}

SUITE("PostgreSQL: executing", TEST(test_affected_rows_are_of_changes_only),
      TEST(test_errors_have_status_state_and_names), TEST(test_copy_is_refused_and_leaves_the_connection),
      TEST(test_error_in_mid_stream_is_no_end_of_rows), TEST(test_rows_left_unread_leave_the_connection_usable),
      TEST(test_streaming_keeps_memory_flat), TEST(test_deadline_ends_the_statement_and_keeps_the_connection),
      TEST(test_deadline_passes_while_rows_come), TEST(test_servers_own_limits_are_told_apart),
      TEST(test_cancel_from_another_thread), TEST(test_too_many_values_are_refused),
      TEST(test_statement_of_many_values_leaves_the_connection), TEST(test_pooled_connections_keep_no_statements))
