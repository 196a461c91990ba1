#include <berth/session.h>
#include <signal.h>
#include <stdio.h>

#include "tests/drivers/postgresql_fixture.h"

static void test_state_follows_the_server(void) {
    berth_driver_connection *connection = fixture_connect();
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_begin(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    fixture_fail(connection, "SELECT 1 / 0", BERTH_DATA, "22012");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_fail(connection, "SELECT 1", BERTH_INTERNAL, "25P02");
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_rollback(connection);
    fixture_close(connection);
}

static void test_isolation_and_read_only_are_said_in_begin(void) {
    static const char *const levels[] = {
        [BERTH_READ_UNCOMMITTED] = "read uncommitted",
        [BERTH_READ_COMMITTED] = "read committed",
        [BERTH_REPEATABLE_READ] = "repeatable read",
        [BERTH_SERIALIZABLE] = "serializable",
    };
    berth_driver_connection *connection = fixture_connect();
    berth_error error = {.status = BERTH_OK};
    for (uint32_t level = BERTH_READ_UNCOMMITTED; level <= BERTH_SERIALIZABLE; level++) {
        const berth_begin begin = {.struct_size = sizeof begin, .isolation = level, .read_only = 1};
        CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
        ASSERT_TEXT(fixture_rows(connection, "SHOW transaction_isolation"), levels[level]);
        fixture_fail(connection, "CREATE TABLE never (a int)", BERTH_READ_ONLY, "25006");
        fixture_rollback(connection);
    }
    fixture_close(connection);
}

static void test_commit_of_a_failed_transaction_is_a_failure(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error;
    fixture_begin(connection);
    fixture_fail(connection, "SELECT 1 / 0", BERTH_DATA, "22012");
    CU_ASSERT_EQUAL(fixture_try_commit(connection, fixture_deadline(10000), &error), BERTH_INTERNAL);
    ASSERT_TEXT(error.sqlstate, "25P02");
    ASSERT_TEXT(error.message, "nothing was committed: a statement had failed before, and the server rolled back");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_close(connection);
}

static void test_deferred_constraint_fails_at_commit(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error;
    fixture_run(connection, "CREATE TEMP TABLE t (a int CONSTRAINT one UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    fixture_begin(connection);
    fixture_run(connection, "INSERT INTO t VALUES (1), (1)");
    CU_ASSERT_EQUAL(fixture_try_commit(connection, fixture_deadline(10000), &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.constraint, "one");
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_close(connection);
}

static void test_commit_after_dismissal_is_known_to_have_failed(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error;
    fixture_begin(connection);
    fixture_terminate(connection);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, fixture_deadline(10000), &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_NOT_SENT);
    ASSERT_TEXT(error.sqlstate, "57P01");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_UNKNOWN);
    fixture_close(connection);
}

/* A trigger ends the server's process while COMMIT runs. */
static void test_commit_without_an_answer_is_unknown(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error;
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    fixture_run(connection, "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
                            " $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$");
    fixture_run(connection, "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
                            " FOR EACH ROW EXECUTE FUNCTION die()");
    fixture_begin(connection);
    fixture_run(connection, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_try_commit(connection, fixture_deadline(10000), &error), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN);
    ASSERT_TEXT(error.sqlstate, "57P01");
    ASSERT_TEXT(error.message, "whether the transaction was committed is not known: terminating connection due to "
                               "administrator command");
    fixture_close(connection);
}

/* A COMMIT that waits for a standby that does not exist, and is cancelled at its deadline, is on this server only. The
 * server begins to wait some time after it was told to. */
static void test_commit_without_its_standby_is_unknown(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error = {.status = BERTH_OK};
    int32_t status = BERTH_OK;
    char rows[16];
    int count = 0;
    fixture_run(connection, "CREATE TABLE kept (a int)");
    fixture_run(connection, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    fixture_run(connection, "SELECT pg_reload_conf()");
    for (; status == BERTH_OK && count < 1000; count++) {
        fixture_begin(connection);
        fixture_run(connection, "SET LOCAL synchronous_commit = on");
        fixture_run(connection, "INSERT INTO kept VALUES (1)");
        status = fixture_driver()->commit(connection, fixture_deadline(200), &error);
    }
    CU_ASSERT_EQUAL(status, BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_OUTCOME_UNKNOWN);
    ASSERT_TEXT(error.message, "whether the transaction was committed is not known: it is on this server, but the "
                               "wait for a standby was ended");
    fixture_run(connection, "ALTER SYSTEM RESET synchronous_standby_names");
    fixture_run(connection, "SELECT pg_reload_conf()");
    snprintf(rows, sizeof rows, "%d", count);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM kept"), rows);
    fixture_close(connection);
}

static void test_lost_update_is_retryable(void) {
    berth_driver_connection *one = fixture_connect();
    berth_driver_connection *two = fixture_connect();
    const berth_begin begin = {.struct_size = sizeof begin, .isolation = BERTH_REPEATABLE_READ};
    berth_error error = {.status = BERTH_OK};
    fixture_run(one, "CREATE TABLE counter (a int)");
    fixture_run(one, "INSERT INTO counter VALUES (1)");
    CU_ASSERT_EQUAL(fixture_driver()->begin(one, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(fixture_rows(one, "SELECT a FROM counter"), "1");
    fixture_run(two, "UPDATE counter SET a = a + 1");
    CU_ASSERT_EQUAL(fixture_fail(one, "UPDATE counter SET a = a + 1", BERTH_SERIALIZATION, "40001")->flags,
                    BERTH_FLAG_RETRYABLE);
    fixture_rollback(one);
    fixture_close(two);
    fixture_close(one);
}

static void test_idle_transaction_that_is_ended_says_so(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "SET idle_in_transaction_session_timeout = 20");
    fixture_begin(connection);
    while (fixture_driver()->is_alive(connection))
        continue;
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT 1", NULL, 0, &execution, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
    ASSERT_TEXT(error.sqlstate, "25P03");
    fixture_close(connection);
}

/* ---- Prepared statements. ---- */

static int32_t execute_prepared(berth_driver_connection *connection, berth_driver_statement *statement, const char *sql,
                                berth_execution *execution, berth_error *error) {
    *execution = (berth_execution){.struct_size = sizeof *execution,
                                   .flags = BERTH_EXECUTE_DISCARD,
                                   .statement = statement,
                                   .sql = sql,
                                   .affected_rows = -1};
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->execute(connection, execution, BERTH_NO_DEADLINE, error);
}

static void test_statement_is_prepared_anew_when_its_table_changed(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_driver_connection *other = fixture_connect();
    const char *sql = "SELECT * FROM changing";
    berth_execution execution;
    berth_error error;
    fixture_run(other, "CREATE TABLE changing (a int)");
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 1);
    fixture_run(other, "ALTER TABLE changing ADD b interval");
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 2);
    fixture_begin(connection);
    fixture_run(other, "ALTER TABLE changing ADD c int");
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_SERIALIZATION);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    ASSERT_TEXT(error.sqlstate, "0A000");
    fixture_rollback(connection);
    fixture_begin(connection);
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 3);
    fixture_run(connection, "ALTER TABLE changing ADD d int");
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 4);
    fixture_rollback(connection);
    fixture_begin(connection);
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 3);
    fixture_rollback(connection);
    fixture_close(other);
    fixture_close(connection);
}

static void test_statement_that_somebody_dropped_is_prepared_anew(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_execution execution;
    berth_error error;
    berth_driver_statement *statement = fixture_prepare(connection, "SELECT 1");
    fixture_run(connection, "DEALLOCATE ALL");
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, "SELECT 1", &execution, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    fixture_close(connection);
}

static void test_server_forgets_what_is_dropped(void) {
    berth_driver_connection *connection = fixture_connect();
    char sql[32];
    for (int i = 0; i < 500; i++) {
        snprintf(sql, sizeof sql, "SELECT %d", i);
        fixture_driver()->unprepare(connection, fixture_prepare(connection, sql));
    }
    int kept = atoi(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements"));
    CU_ASSERT_TRUE(kept <= 16);
    fixture_close(connection);
}

static void test_statement_that_can_not_be_prepared_fails_until_it_can(void) {
    static const char sql[] = "SELECT * FROM nowhere";
    berth_driver_connection *connection = fixture_connect();
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    berth_execution execution;
    berth_error error;
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_UNDEFINED);
        ASSERT_TEXT(error.message, "relation \"nowhere\" does not exist");
        CU_ASSERT_EQUAL(error.index, -1);
    }
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements"), "0");
    fixture_run(connection, "CREATE TEMP TABLE nowhere (a int)");
    CU_ASSERT_EQUAL(execute_prepared(connection, statement, sql, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 1);
    fixture_close(connection);
}

/* No answer to the statement, none to the cancel: the connection is given up. */
static void test_frozen_server_costs_the_connection(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_execution execution = {
        .struct_size = sizeof execution, .flags = BERTH_EXECUTE_DISCARD, .sql = "SELECT 1", .affected_rows = -1};
    berth_error error;
    pid_t backend = atoi(fixture_rows(connection, "SELECT pg_backend_pid()"));
    CU_ASSERT_EQUAL_FATAL(kill(backend, SIGSTOP), 0);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, fixture_deadline(50), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 0);
    CU_ASSERT_EQUAL(kill(backend, SIGCONT), 0);
    fixture_close(connection);
}

SUITE("PostgreSQL: transactions and prepared statements", TEST(test_state_follows_the_server),
      TEST(test_isolation_and_read_only_are_said_in_begin), TEST(test_commit_of_a_failed_transaction_is_a_failure),
      TEST(test_deferred_constraint_fails_at_commit), TEST(test_commit_after_dismissal_is_known_to_have_failed),
      TEST(test_commit_without_an_answer_is_unknown), TEST(test_commit_without_its_standby_is_unknown),
      TEST(test_lost_update_is_retryable), TEST(test_idle_transaction_that_is_ended_says_so),
      TEST(test_statement_is_prepared_anew_when_its_table_changed),
      TEST(test_statement_that_somebody_dropped_is_prepared_anew), TEST(test_server_forgets_what_is_dropped),
      TEST(test_statement_that_can_not_be_prepared_fails_until_it_can), TEST(test_frozen_server_costs_the_connection))
