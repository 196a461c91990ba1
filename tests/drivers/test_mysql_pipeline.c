/* Statements that are not waited for. */
#include <pthread.h>
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

static const char insert[] = "INSERT INTO queued (id, body) VALUES (?, ?)";

static berth_driver_connection *connection;
static berth_driver_connection *other;
static berth_driver_statement *statement;

static berth_driver_statement *prepare(const char *sql) {
    berth_driver_statement *made = NULL;
    berth_error error = {.status = BERTH_OK};
    CU_ASSERT_EQUAL_FATAL(fixture_driver()->prepare(connection, sql, strlen(sql), BERTH_NO_DEADLINE, &made, &error),
                          BERTH_OK);
    return made;
}

static void open_all(void) {
    connection = fixture_connect();
    other = fixture_connect();
    fixture_run(connection, "CREATE OR REPLACE TABLE queued (id BIGINT PRIMARY KEY, body LONGTEXT)");
    statement = prepare(insert);
}

static void close_all(void) {
    fixture_close(connection);
    fixture_run(other, "DROP TABLE queued");
    fixture_close(other);
}

static int32_t defer_sql(berth_driver_statement *deferred, const char *sql, const berth_value *values, uint32_t count,
                         berth_error *error) {
    berth_execution execution = fixture_execution(sql, values, count, BERTH_EXECUTE_DISCARD | BERTH_EXECUTE_DEFER);
    execution.statement = deferred;
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, error);
}

static int32_t defer(int64_t id, berth_error *error) {
    const berth_value values[] = {berth_int64(id), berth_text("body")};
    return defer_sql(statement, insert, values, 2, error);
}

static void defer_ok(int64_t first, int64_t last) {
    berth_error error;
    for (int64_t id = first; id <= last; id++) {
        CU_ASSERT_EQUAL(defer(id, &error), BERTH_OK);
        ASSERT_TEXT(error.message, "");
    }
}

static int32_t try_sync(berth_error *error) {
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->sync(connection, BERTH_NO_DEADLINE, error);
}

static void sync_ok(void) {
    berth_error error;
    CU_ASSERT_EQUAL(try_sync(&error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

static int64_t count_rows(berth_driver_connection *observer) {
    return fixture_number(observer, "SELECT count(*) FROM queued");
}

/* A frozen server answers nothing. */
static void test_a_deferred_statement_is_not_waited_for(void) {
    open_all();
    fixture_begin(connection);
    fixture_freeze();
    defer_ok(1, 30);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    fixture_thaw();
    sync_ok();
    CU_ASSERT_EQUAL(count_rows(connection), 30);
    CU_ASSERT_EQUAL(count_rows(other), 0);
    fixture_commit(connection);
    CU_ASSERT_EQUAL(count_rows(other), 30);
    close_all();
}

static void test_thousands_are_deferred_between_two_waits(void) {
    open_all();
    fixture_begin(connection);
    defer_ok(1, 5000);
    fixture_commit(connection);
    CU_ASSERT_EQUAL(count_rows(other), 5000);
    close_all();
}

/* More than all buffers hold, in both directions: the answers are long ones, of failures. */
static void test_large_statements_and_answers_do_not_block_each_other(void) {
    enum { SIZE = 60000, COUNT = 400 };
    static char body[SIZE];
    berth_error error;
    open_all();
    memset(body, 'x', sizeof body);
    fixture_begin(connection);
    for (int64_t id = 1; id <= COUNT; id++) {
        const berth_value values[] = {berth_int64(id), berth_text_n(body, sizeof body)};
        CU_ASSERT_EQUAL(defer_sql(statement, insert, values, 2, &error), BERTH_OK);
    }
    sync_ok();
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM queued WHERE length(body) = 60000"), COUNT);
    fixture_run(connection, "CREATE OR REPLACE TEMPORARY TABLE unique_body (body VARCHAR(700) PRIMARY KEY)");
    berth_driver_statement *failing = prepare("INSERT INTO unique_body VALUES (?)");
    const berth_value value = berth_text_n(body, 700);
    int32_t status = BERTH_OK;
    for (int i = 0; status == BERTH_OK && i < COUNT; i++)
        status = defer_sql(failing, "INSERT INTO unique_body VALUES (?)", &value, 1, &error);
    CU_ASSERT_EQUAL(status, BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 1);
    fixture_rollback(connection);
    close_all();
}

/* `place` of `count` fails; it is told by one of the calls that come later, and nothing stays. */
static void fail_at(int64_t place, int64_t count) {
    berth_error error;
    int32_t status = BERTH_OK;
    fixture_begin(connection);
    for (int64_t i = 0; status == BERTH_OK && i < count; i++)
        status = defer(i == place || i == place + 2 ? -1 : i, &error);
    if (status == BERTH_OK)
        status = try_sync(&error);
    CU_ASSERT_EQUAL(status, BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.status, BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.native_code, 1062);
    CU_ASSERT_EQUAL(error.index, place);
    ASSERT_TEXT(error.constraint, "PRIMARY");
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(count_rows(connection), 1);
}

static void test_the_statement_that_failed_is_told(void) {
    static const int64_t places[] = {0, 1, 30, 62, 63, 64, 65, 198, 199};
    open_all();
    fixture_run(connection, "INSERT INTO queued VALUES (-1, 'was there')");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        fail_at(places[i], 200);
    close_all();
}

static void test_indexes_count_from_the_last_wait(void) {
    const berth_value answer = berth_int64(42);
    berth_error error;
    open_all();
    fixture_begin(connection);
    defer_ok(1, 5);
    sync_ok();
    defer_ok(6, 7);
    CU_ASSERT_EQUAL(defer_sql(NULL, "DO ?", &answer, 1, &error), BERTH_OK);
    CU_ASSERT_EQUAL(defer(1, &error), BERTH_OK);
    CU_ASSERT_EQUAL(try_sync(&error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 3);
    sync_ok();
    CU_ASSERT_EQUAL(defer_sql(NULL, "INSERT INTO queued (id) VALUES (1), (2)", NULL, 0, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 0);
    fixture_rollback(connection);
    close_all();
}

static void test_nothing_is_committed_behind_a_failure(void) {
    berth_error error;
    open_all();
    fixture_begin(connection);
    defer_ok(1, 3);
    CU_ASSERT_EQUAL(defer(2, &error), BERTH_OK);
    defer_ok(4, 5);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 3);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(count_rows(other), 0);
    close_all();
}

/* Whatever asks the server first. */
static void test_a_failure_shows_at_the_next_call_that_waits(void) {
    berth_error error;
    for (int i = 0; i < 4; i++) {
        berth_driver_statement *made = NULL;
        berth_execution execution;
        int32_t status = BERTH_OK;
        open_all();
        fixture_begin(connection);
        defer_ok(1, 1);
        CU_ASSERT_EQUAL(defer(1, &error), BERTH_OK);
        error = (berth_error){.status = BERTH_OK};
        if (i == 0)
            status = fixture_execute(connection, "DELETE FROM queued", NULL, 0, &execution, &error);
        else if (i == 1)
            status = fixture_driver()->prepare(connection, "SELECT 1", 8, BERTH_NO_DEADLINE, &made, &error);
        else if (i == 2)
            status = fixture_driver()->ping(connection, BERTH_NO_DEADLINE, &error);
        else
            fixture_rollback(connection);
        CU_ASSERT_EQUAL(status, i < 3 ? BERTH_UNIQUE : BERTH_OK);
        CU_ASSERT_EQUAL(error.index, i < 3 ? 1 : 0);
        sync_ok();
        CU_ASSERT_EQUAL(count_rows(connection), i < 3);
        fixture_rollback(connection);
        close_all();
    }
}

static void test_what_can_not_be_deferred_runs_in_order(void) {
    berth_execution execution = fixture_execution(insert, NULL, 0, BERTH_EXECUTE_DEFER);
    const berth_value values[] = {berth_int64(1), berth_text("body")};
    berth_error error = {.status = BERTH_OK};
    open_all();
    execution.statement = statement;
    execution.params = values;
    execution.param_count = 2;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.affected_rows, 1);
    CU_ASSERT_EQUAL(count_rows(other), 1);
    fixture_begin(connection);
    defer_ok(2, 4);
    berth_driver_statement *update = prepare("UPDATE queued SET body = ?");
    CU_ASSERT_EQUAL(defer_sql(update, "UPDATE queued SET body = ?", &values[1], 1, &error), BERTH_OK);
    fixture_driver()->unprepare(connection, update);
    CU_ASSERT_EQUAL(count_rows(connection), 4);
    const berth_value nan = berth_double(0.0 / 0.0);
    const berth_value refused[] = {nan, nan};
    CU_ASSERT_EQUAL(defer_sql(statement, insert, refused, 2, &error), BERTH_DATA);
    defer_ok(5, 6);
    fixture_run(connection, "SAVEPOINT here");
    defer_ok(7, 8);
    fixture_run(connection, "ROLLBACK TO SAVEPOINT here");
    fixture_commit(connection);
    CU_ASSERT_EQUAL(count_rows(other), 6);
    close_all();
}

static void *update_second(void *argument) {
    berth_execution execution;
    static berth_error error;
    fixture_execute(argument, "UPDATE queued SET body = 'a' WHERE id = 1", NULL, 0, &execution, &error);
    return &error;
}

/* What runs behind the deadlock is in another transaction; it must not be taken for the old one. */
static void test_nothing_stays_behind_a_deadlock(void) {
    static const char sql[] = "UPDATE queued SET body = 'b' WHERE id = 2";
    berth_error error;
    pthread_t thread;
    void *result;
    open_all();
    fixture_run(connection, "INSERT INTO queued VALUES (1, 'x'), (2, 'x')");
    berth_driver_statement *update = prepare(sql);
    fixture_begin(connection);
    fixture_begin(other);
    fixture_run(other, "INSERT INTO queued SELECT seq + 1000, 'weight' FROM seq_1_to_1000");
    fixture_run(connection, "UPDATE queued SET body = 'b' WHERE id = 1");
    fixture_run(other, "UPDATE queued SET body = 'a' WHERE id = 2");
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, update_second, other), 0);
    CU_ASSERT_EQUAL(defer_sql(update, sql, NULL, 0, &error), BERTH_OK);
    defer_ok(3, 9);
    int32_t status = try_sync(&error);
    pthread_join(thread, &result);
    CU_ASSERT_EQUAL(status, BERTH_DEADLOCK);
    CU_ASSERT_EQUAL(error.index, 0);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_FAILED);
    CU_ASSERT_EQUAL(defer(10, &error), BERTH_DEADLOCK);
    CU_ASSERT_EQUAL(fixture_try_commit(connection, &error), BERTH_DEADLOCK);
    fixture_rollback(connection);
    fixture_rollback(other);
    CU_ASSERT_EQUAL(count_rows(other), 2);
    close_all();
}

static void test_a_deadline_ends_the_wait_for_deferred_statements(void) {
    static const char sql[] = "INSERT INTO queued (id, body) SELECT ?, SLEEP(60)";
    const berth_value value = berth_int64(7);
    berth_error error;
    open_all();
    berth_driver_statement *slow = prepare(sql);
    fixture_begin(connection);
    CU_ASSERT_EQUAL(defer_sql(slow, sql, &value, 1, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_driver()->sync(connection, fixture_deadline(100), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.index, 0);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(count_rows(connection), 0);
    fixture_rollback(connection);
    close_all();
}

/* Before anything is queued, with answers outstanding, after all of them, and with the COMMIT answered. */
static void test_the_connection_may_be_killed_at_each_point(void) {
    for (int point = 0; point < 4; point++) {
        berth_error error = {.status = BERTH_OK};
        open_all();
        int64_t id = fixture_number(connection, "SELECT connection_id()");
        fixture_begin(connection);
        fixture_run(connection, "DO 1");
        if (point == 0)
            fixture_kill_id(id);
        int32_t status = defer(1, &error);
        if (point == 1)
            fixture_kill_id(id);
        if (status == BERTH_OK)
            status = defer(2, &error);
        if (point == 2) {
            CU_ASSERT_EQUAL(try_sync(&error), BERTH_OK);
            fixture_kill_id(id);
        }
        if (status == BERTH_OK)
            status = fixture_try_commit(connection, &error);
        CU_ASSERT_EQUAL(status, point < 2 ? BERTH_CONNECTION_LOST : point == 2 ? BERTH_OUTCOME_UNKNOWN : BERTH_OK);
        CU_ASSERT_EQUAL((error.flags & BERTH_FLAG_CONNECTION_LOST) != 0, point < 3);
        if (point == 3)
            fixture_kill_id(id);
        CU_ASSERT_EQUAL(count_rows(other), point == 3 ? 2 : 0);
        close_all();
    }
}

SUITE("mysql_pipeline", TEST(test_a_deferred_statement_is_not_waited_for),
      TEST(test_thousands_are_deferred_between_two_waits),
      TEST(test_large_statements_and_answers_do_not_block_each_other), TEST(test_the_statement_that_failed_is_told),
      TEST(test_indexes_count_from_the_last_wait), TEST(test_nothing_is_committed_behind_a_failure),
      TEST(test_a_failure_shows_at_the_next_call_that_waits), TEST(test_what_can_not_be_deferred_runs_in_order),
      TEST(test_nothing_stays_behind_a_deadlock), TEST(test_a_deadline_ends_the_wait_for_deferred_statements),
      TEST(test_the_connection_may_be_killed_at_each_point))
