/* Deadlines, cancelling, lost connections. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/drivers/mysql_fixture.h"

static int32_t execute_until(berth_driver_connection *connection, const char *sql, int64_t milliseconds,
                             berth_error *error) {
    berth_execution execution = {
        .struct_size = sizeof execution, .flags = BERTH_EXECUTE_DISCARD, .sql = sql, .sql_length = strlen(sql)};
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->execute(connection, &execution, fixture_deadline(milliseconds), error);
}

static void test_a_deadline_ends_a_statement_and_keeps_the_transaction(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error;
    fixture_run(connection, "CREATE OR REPLACE TABLE kept (id INT PRIMARY KEY)");
    fixture_begin(connection);
    fixture_run(connection, "INSERT INTO kept VALUES (1)");
    CU_ASSERT_EQUAL(execute_until(connection, "SELECT SLEEP(60)", 100, &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.native_code, 1317);
    ASSERT_TEXT(error.message, "the deadline passed: Query execution was interrupted");
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM kept"), 1);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM kept"), 0);
    fixture_run(connection, "DROP TABLE kept");
    fixture_close(connection);
}

static void test_a_deadline_that_is_over_sends_nothing(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error;
    CU_ASSERT_EQUAL(execute_until(connection, "CREATE TABLE never (id INT)", -1, &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    fixture_fail(connection, "SELECT * FROM never", BERTH_UNDEFINED, 1146);
    fixture_close(connection);
}

static void test_a_deadline_ends_the_rows_of_a_slow_statement(void) {
    berth_driver_connection *connection = fixture_connect();
    static const char sql[] = "SELECT seq, SLEEP(0.05) FROM seq_1_to_1000";
    int64_t deadline_ns = fixture_deadline(300);
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql, .sql_length = sizeof sql - 1};
    berth_error error = {.status = BERTH_OK};
    const berth_value *row;
    int32_t status = fixture_driver()->execute(connection, &execution, deadline_ns, &error);
    do {
        if (status == BERTH_OK)
            status = fixture_driver()->fetch(connection, &row, deadline_ns, &error);
    } while (status == BERTH_OK && row != NULL);
    CU_ASSERT_EQUAL(status, BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 7"), 7);
    fixture_close(connection);
}

static void test_a_call_to_a_frozen_server_ends(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error;
    fixture_freeze();
    CU_ASSERT_EQUAL(execute_until(connection, "SELECT 1", 100, &error), BERTH_TIMEOUT);
    fixture_thaw();
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
    ASSERT_CONTAINS(error.message, "the deadline passed: Lost connection to server");
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_UNKNOWN);
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 0);
    fixture_close(connection);
}

static void test_a_commit_to_a_frozen_server_has_an_unknown_outcome(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error = {.status = BERTH_OK};
    fixture_begin(connection);
    fixture_run(connection, "DO 1");
    fixture_freeze();
    int32_t status = fixture_driver()->commit(connection, fixture_deadline(100), &error);
    fixture_thaw();
    CU_ASSERT_EQUAL(status, BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN);
    ASSERT_CONTAINS(error.message, "whether the COMMIT was done is not known: ");
    fixture_close(connection);
}

static void test_connecting_to_a_frozen_server_ends(void) {
    berth_driver_connection *connection = NULL;
    berth_error error;
    const berth_connect_info info = fixture_info();
    fixture_freeze();
    CU_ASSERT_EQUAL(fixture_try_connect(&info, fixture_deadline(500), &connection, &error), BERTH_TIMEOUT);
    fixture_thaw();
    CU_ASSERT_PTR_NULL(connection);
}

typedef struct canceller {
    berth_driver_connection *connection;
    const char *seen; /* Asks whether the statement runs. */
    int32_t status;
} canceller;

/* Waits for the statement by asking the server, then cancels. */
static void *cancel_when_running(void *argument) {
    canceller *canceller = argument;
    berth_driver_connection *observer = fixture_connect();
    berth_error error = {.status = BERTH_OK};
    while (fixture_number(observer, canceller->seen) == 0)
        continue;
    canceller->status = fixture_driver()->cancel(canceller->connection, fixture_deadline(5000), &error);
    fixture_close(observer);
    return NULL;
}

static void test_cancel_ends_the_statement_of_another_thread(void) {
    berth_driver_connection *connection = fixture_connect();
    canceller canceller = {.connection = connection,
                           .seen = "SELECT count(*) FROM information_schema.processlist WHERE info ="
                                   " 'SELECT SLEEP(61)' AND state = 'User sleep'"};
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel_when_running, &canceller), 0);
    fixture_begin(connection);
    const berth_error *error = fixture_fail(connection, "SELECT SLEEP(61)", BERTH_CANCELLED, 1317);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(canceller.status, BERTH_OK);
    ASSERT_TEXT(error->sqlstate, "70100");
    CU_ASSERT_EQUAL(error->flags, 0);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 8"), 8);
    fixture_close(connection);
}

static void test_cancelling_a_resting_connection_does_not_hit_what_follows(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error = {.status = BERTH_OK};
    for (int i = 0; i < 20; i++) {
        CU_ASSERT_EQUAL(fixture_driver()->cancel(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 9"), 9);
    }
    fixture_close(connection);
}

static atomic_bool race_is_over;

static void *cancel_always(void *connection) {
    berth_error error;
    while (!atomic_load(&race_is_over))
        fixture_driver()->cancel(connection, fixture_deadline(5000), &error);
    return NULL;
}

/* A cancel hits the call it is for or none: what runs when nobody cancels any more succeeds. */
static void test_a_late_cancel_does_not_hit_what_follows(void) {
    berth_driver_connection *connection = fixture_connect();
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        berth_execution execution;
        berth_error error;
        atomic_store(&race_is_over, false);
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel_always, connection), 0);
        for (int i = 0; i < 10; i++) {
            int32_t status = fixture_execute(connection, "SELECT 1", NULL, 0, &execution, &error);
            CU_ASSERT_TRUE(status == BERTH_OK || status == BERTH_CANCELLED);
        }
        atomic_store(&race_is_over, true);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 10"), 10);
    }
    fixture_close(connection);
}

static void test_a_killed_connection_is_seen_without_a_round_trip(void) {
    berth_driver_connection *connection = fixture_connect();
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 1);
    fixture_kill(connection);
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 0);
    fixture_close(connection);
}

static void test_a_killed_connection_is_lost(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_execution execution;
    berth_error error;
    fixture_begin(connection);
    fixture_kill(connection);
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT 1", NULL, 0, &execution, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_UNKNOWN);
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT 1", NULL, 0, &execution, &error), BERTH_CONNECTION_LOST);
    ASSERT_TEXT(error.message, "the connection was lost before");
    fixture_close(connection);
}

static void test_a_commit_over_a_killed_connection_has_an_unknown_outcome(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error = {.status = BERTH_OK};
    fixture_begin(connection);
    fixture_run(connection, "DO 1");
    fixture_kill(connection);
    CU_ASSERT_EQUAL(fixture_driver()->commit(connection, BERTH_NO_DEADLINE, &error), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN);
    fixture_close(connection);
}

static void test_closing_in_a_forked_child_leaves_the_parents_session(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMPORARY TABLE mine (id INT)");
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        fixture_driver()->close(connection, BERTH_CLOSE_FORKED);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 1);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM mine"), 0);
    fixture_close(connection);
}

static void test_deadlines_hold_in_a_forked_child(void) {
    berth_driver_connection *parents = fixture_connect();
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        berth_error error;
        fixture_driver()->close(parents, BERTH_CLOSE_FORKED);
        berth_driver_connection *connection = fixture_connect();
        int32_t status = execute_until(connection, "SELECT SLEEP(60)", 50, &error);
        fixture_close(connection);
        _exit(status == BERTH_TIMEOUT ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
    fixture_close(parents);
}

SUITE("mysql_stop", TEST(test_a_deadline_ends_a_statement_and_keeps_the_transaction),
      TEST(test_a_deadline_that_is_over_sends_nothing), TEST(test_a_deadline_ends_the_rows_of_a_slow_statement),
      TEST(test_a_call_to_a_frozen_server_ends), TEST(test_a_commit_to_a_frozen_server_has_an_unknown_outcome),
      TEST(test_connecting_to_a_frozen_server_ends), TEST(test_cancel_ends_the_statement_of_another_thread),
      TEST(test_cancelling_a_resting_connection_does_not_hit_what_follows),
      TEST(test_a_late_cancel_does_not_hit_what_follows), TEST(test_a_killed_connection_is_seen_without_a_round_trip),
      TEST(test_a_killed_connection_is_lost), TEST(test_a_commit_over_a_killed_connection_has_an_unknown_outcome),
      TEST(test_closing_in_a_forked_child_leaves_the_parents_session), TEST(test_deadlines_hold_in_a_forked_child))
