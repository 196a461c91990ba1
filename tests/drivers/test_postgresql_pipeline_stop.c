/* What becomes of queued statements, and of the transaction, when something ends them. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "tests/drivers/postgresql_fixture.h"
#include "tests/drivers/postgresql_proxy.h"

#define LOST_BEFORE (BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_NOT_SENT)
#define LOST_AMID (BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN)

/* A table of the whole suite, which outlives the connection. */
static void make_table(const char *columns) {
    char sql[128];
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "DROP TABLE IF EXISTS kept");
    snprintf(sql, sizeof sql, "CREATE TABLE kept (%s)", columns);
    fixture_run(connection, sql);
    fixture_close(connection);
}

static void expect_rows(const char *count) {
    berth_driver_connection *connection = fixture_connect();
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM kept"), count);
    fixture_close(connection);
}

/* As text it goes out between BEGIN and COMMIT, prepared it does without. */
static void defer_insert(berth_driver_connection *connection, bool is_prepared) {
    static const char sql[] = "INSERT INTO kept VALUES (1)";
    berth_error error;
    berth_driver_statement *statement = is_prepared ? fixture_prepare(connection, sql) : NULL;
    CU_ASSERT_EQUAL(fixture_run_with(connection, statement, sql, NULL, 0, BERTH_EXECUTE_DEFER, &error), BERTH_OK);
}

/* ---- The connection ends. ---- */

static void lost_before_anything_was_sent_is_known(bool is_prepared) {
    berth_error error;
    make_table("a int");
    berth_driver_connection *connection = fixture_connect();
    fixture_begin_deferred(connection);
    defer_insert(connection, is_prepared);
    /* Ends it from outside, by its number, since a statement here would send what is queued. */
    berth_driver_connection *other = fixture_connect();
    fixture_run(other, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
                       " AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
    fixture_close(other);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, LOST_BEFORE);
    ASSERT_TEXT(error.sqlstate, "57P01");
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_UNKNOWN);
    fixture_close(connection);
    expect_rows("0");
}

static void test_lost_before_anything_was_sent_is_known(void) {
    lost_before_anything_was_sent_is_known(false);
    lost_before_anything_was_sent_is_known(true);
}

/* The server says that it did not come as far as the COMMIT, though that was sent. */
static void test_lost_in_a_statement_before_the_commit_is_known(void) {
    berth_error error;
    make_table("a int");
    berth_driver_connection *connection = fixture_connect();
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO kept VALUES (1)");
    fixture_defer(connection, "SELECT pg_terminate_backend(pg_backend_pid())");
    CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, LOST_BEFORE);
    ASSERT_TEXT(error.sqlstate, "57P01");
    CU_ASSERT_EQUAL(error.index, 1);
    fixture_close(connection);
    expect_rows("0");
}

static void lost_in_the_commit_is_unknown(bool is_prepared) {
    berth_error error;
    make_table("a int");
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE OR REPLACE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
                            " $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$");
    fixture_run(connection, "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON kept DEFERRABLE INITIALLY DEFERRED"
                            " FOR EACH ROW EXECUTE FUNCTION die()");
    fixture_begin_deferred(connection);
    defer_insert(connection, is_prepared);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(error.flags, LOST_AMID);
    ASSERT_TEXT(error.sqlstate, "57P01");
    fixture_close(connection);
    expect_rows("0");
}

static void test_lost_in_the_commit_is_unknown(void) {
    lost_in_the_commit_is_unknown(false);
    lost_in_the_commit_is_unknown(true);
}

/* The answer to the whole pipeline never comes: on this side both look the same. */
static void lost_without_an_answer_is_unknown(bool is_prepared) {
    static const struct {
        void (*cut)(const char *word);
        const char *rows;
    } cases[] = {{proxy_cut_before, "0"}, {proxy_cut_after, "1"}};
    berth_error error;
    for (int i = 0; i < 2; i++) {
        make_table("a int");
        berth_driver_connection *connection = proxy_connect(NULL);
        fixture_begin_deferred(connection);
        defer_insert(connection, is_prepared);
        cases[i].cut(is_prepared ? "INSERT" : "COMMIT");
        CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_OUTCOME_UNKNOWN);
        CU_ASSERT_EQUAL(error.flags, LOST_AMID);
        proxy_close(connection);
        expect_rows(cases[i].rows);
    }
}

static void test_lost_without_an_answer_is_unknown(void) {
    lost_without_an_answer_is_unknown(false);
    lost_without_an_answer_is_unknown(true);
}

static void lost_at_other_points_is_a_lost_connection(bool is_prepared) {
    berth_error error;
    make_table("a int");
    for (int i = 0; i < 4; i++) {
        berth_driver_connection *connection = proxy_connect(NULL);
        fixture_begin_deferred(connection);
        defer_insert(connection, is_prepared);
        (i % 2 == 0 ? proxy_cut_before : proxy_cut_after)("INSERT");
        int32_t status = i < 2 ? fixture_sync(connection, &error)
                               : fixture_run_with(connection, NULL, "SELECT 1", NULL, 0, 0, &error);
        CU_ASSERT_EQUAL(status, BERTH_CONNECTION_LOST);
        CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_UNKNOWN);
        CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 0);
        CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_CONNECTION_LOST);
        CU_ASSERT_EQUAL(error.flags, LOST_BEFORE);
        proxy_close(connection);
    }
    expect_rows("0");
}

static void test_lost_at_other_points_is_a_lost_connection(void) {
    lost_at_other_points_is_a_lost_connection(false);
    lost_at_other_points_is_a_lost_connection(true);
}

/* While more is queued than the socket takes. */
static void test_lost_while_much_is_queued(void) {
    static const char sql[] = "INSERT INTO kept VALUES ($1)";
    static char text[1 << 20];
    berth_error error;
    int32_t status = BERTH_OK;
    make_table("a text");
    memset(text, 'x', sizeof text);
    const berth_value value = berth_text_n(text, sizeof text);
    berth_driver_connection *connection = fixture_connect();
    fixture_begin_deferred(connection);
    fixture_defer(connection, "SELECT pg_terminate_backend(pg_backend_pid())");
    for (int i = 0; status == BERTH_OK && i < 1000; i++)
        status = fixture_run_with(connection, NULL, sql, &value, 1, BERTH_EXECUTE_DEFER, &error);
    CU_ASSERT_EQUAL(status, BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, BERTH_NO_DEADLINE, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, LOST_BEFORE);
    fixture_close(connection);
    expect_rows("0");
}

/* ---- Deadlines and cancels. ---- */

static void test_deadline_ends_a_pipeline_and_keeps_the_connection(void) {
    berth_error error;
    make_table("a int");
    berth_driver_connection *connection = fixture_connect();
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO kept VALUES (1)");
    fixture_defer(connection, "SELECT pg_sleep(60)");
    fixture_defer(connection, "SELECT pg_sleep(60)");
    CU_ASSERT_EQUAL(fixture_try_commit(connection, fixture_deadline(50), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    ASSERT_TEXT(error.sqlstate, "57014");
    CU_ASSERT_EQUAL(error.index, 1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM kept"), "0");
    fixture_begin_deferred(connection);
    fixture_defer(connection, "SELECT pg_sleep(60)");
    CU_ASSERT_EQUAL(fixture_driver()->sync(connection, fixture_deadline(50), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(error.index, 0);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    fixture_close(connection);
}

/* The server does not read while it sleeps: the deadline passes while statements are being sent. */
static void test_deadline_passes_while_much_is_sent(void) {
    static const char sql[] = "INSERT INTO kept VALUES ($1)";
    static char text[8 << 20];
    berth_error error;
    make_table("a text");
    memset(text, 'x', sizeof text);
    const berth_value value = berth_text_n(text, sizeof text);
    berth_driver_connection *connection = fixture_connect();
    fixture_begin_deferred(connection);
    fixture_defer(connection, "SELECT pg_sleep(60)");
    berth_execution execution = fixture_execution(sql, &value, 1, BERTH_EXECUTE_DISCARD | BERTH_EXECUTE_DEFER);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, fixture_deadline(50), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(error.index, 0);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM kept"), "0");
    fixture_close(connection);
}

/* The COMMIT waits for a server that is stopped: nobody knows. What was never sent is known. */
static void frozen_server_leaves_the_commit_unknown(bool is_prepared) {
    berth_error error;
    make_table("a int");
    berth_driver_connection *connection = fixture_connect();
    pid_t backend = atoi(fixture_rows(connection, "SELECT pg_backend_pid()"));
    fixture_begin_deferred(connection);
    defer_insert(connection, is_prepared);
    CU_ASSERT_EQUAL_FATAL(kill(backend, SIGSTOP), 0);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, fixture_deadline(50), &error), BERTH_OUTCOME_UNKNOWN);
    CU_ASSERT_EQUAL(error.flags, LOST_AMID);
    CU_ASSERT_EQUAL(kill(backend, SIGCONT), 0);
    fixture_close(connection);
}

static void test_frozen_server_leaves_the_commit_unknown(void) {
    frozen_server_leaves_the_commit_unknown(false);
    frozen_server_leaves_the_commit_unknown(true);
}

static void *cancel(void *argument) {
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->cancel(argument, fixture_deadline(5000), &error), BERTH_OK);
    return NULL;
}

/* The lock is held by another connection, so that there is surely something to cancel. */
static void test_cancel_ends_a_pipeline(void) {
    berth_error error;
    pthread_t thread;
    int32_t status = BERTH_OK;
    make_table("a int");
    berth_driver_connection *other = fixture_connect();
    fixture_run(other, "SELECT pg_advisory_lock(7)");
    berth_driver_connection *connection = fixture_connect();
    for (int i = 0; i < 100 && status != BERTH_CANCELLED; i++) {
        fixture_begin_deferred(connection);
        fixture_defer(connection, "INSERT INTO kept VALUES (1)");
        fixture_defer(connection, "SELECT pg_advisory_lock(7)");
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel, connection), 0);
        status = fixture_try_commit(connection, fixture_deadline(500), &error);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    }
    CU_ASSERT_EQUAL(status, BERTH_CANCELLED);
    ASSERT_TEXT(error.sqlstate, "57014");
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_TRUE(error.index == 0 || error.index == 1);
    fixture_close(other);
    fixture_close(connection);
    expect_rows("0");
}

SUITE("PostgreSQL: ends of pipelines", TEST(test_lost_before_anything_was_sent_is_known),
      TEST(test_lost_in_a_statement_before_the_commit_is_known), TEST(test_lost_in_the_commit_is_unknown),
      TEST(test_lost_without_an_answer_is_unknown), TEST(test_lost_at_other_points_is_a_lost_connection),
      TEST(test_lost_while_much_is_queued), TEST(test_deadline_ends_a_pipeline_and_keeps_the_connection),
      TEST(test_deadline_passes_while_much_is_sent), TEST(test_frozen_server_leaves_the_commit_unknown),
      TEST(test_cancel_ends_a_pipeline))
