/* Memory that runs out at each point: a failure is reported, and the connection is what it says that it is. */
#include <stdio.h>

#include "tests/drivers/postgresql_fixture.h"

enum { MOST_ALLOCATIONS = 200, ROWS = 1200 };

static const char sql[] = "INSERT INTO t (a, b) VALUES ($1, $2)";
static berth_value rows[ROWS][2];

/* A program of calls: stops at the first failure. The table is the connection's own. */
typedef int32_t (*work)(berth_driver_connection *connection, berth_error *error);

static int32_t begin(berth_driver_connection *connection, berth_error *error) {
    const berth_begin deferred = {.struct_size = sizeof deferred, .flags = BERTH_EXECUTE_DEFER};
    return fixture_driver()->begin(connection, &deferred, BERTH_NO_DEADLINE, error);
}

static int32_t prepare(berth_driver_connection *connection, berth_execution *execution, berth_error *error) {
    return fixture_driver()->prepare(connection, execution->sql, execution->sql_length, BERTH_NO_DEADLINE,
                                     &execution->statement, error);
}

static int32_t queue_and_commit(berth_driver_connection *connection, berth_error *error) {
    berth_execution execution = fixture_execution(sql, rows[0], 2, BERTH_EXECUTE_DISCARD | BERTH_EXECUTE_DEFER);
    int32_t status = begin(connection, error);
    if (status == BERTH_OK)
        status = prepare(connection, &execution, error);
    for (int i = 0; status == BERTH_OK && i < 100; i++)
        status = fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, error);
    return status == BERTH_OK ? fixture_driver()->commit(connection, BERTH_NO_DEADLINE, error) : status;
}

static int32_t read_rows(berth_driver_connection *connection, berth_error *error) {
    static const char query[] = "SELECT a, b, 1.5::numeric, '\\x01'::bytea FROM t";
    berth_execution execution = fixture_execution(query, NULL, 0, 0);
    const berth_value *row;
    int32_t status = begin(connection, error);
    if (status == BERTH_OK)
        status = prepare(connection, &execution, error);
    for (int i = 0; status == BERTH_OK && i < 2; i++) {
        status = fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, error);
        do {
            if (status == BERTH_OK)
                status = fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, error);
        } while (status == BERTH_OK && row != NULL);
    }
    return status == BERTH_OK ? fixture_driver()->rollback(connection, BERTH_NO_DEADLINE, error) : status;
}

static int32_t insert_many(berth_driver_connection *connection, berth_error *error) {
    berth_execution execution = fixture_execution(sql, rows[0], 2, BERTH_EXECUTE_DISCARD);
    int32_t status = begin(connection, error);
    if (status == BERTH_OK)
        status = prepare(connection, &execution, error);
    if (status == BERTH_OK)
        status = fixture_driver()->execute_many(connection, &execution, ROWS, BERTH_NO_DEADLINE, error);
    return status == BERTH_OK ? fixture_driver()->commit(connection, BERTH_NO_DEADLINE, error) : status;
}

static int32_t load(berth_driver_connection *connection, berth_error *error) {
    static const char *const columns[] = {"a", "b"};
    const berth_bulk bulk = {.struct_size = sizeof bulk, .column_count = 2, .table = "t", .columns = columns};
    int64_t count;
    int32_t status = begin(connection, error);
    if (status == BERTH_OK)
        status = fixture_driver()->bulk_begin(connection, &bulk, BERTH_NO_DEADLINE, error);
    if (status != BERTH_OK)
        return status;
    status = fixture_driver()->bulk_rows(connection, rows[0], ROWS, BERTH_NO_DEADLINE, error);
    if (status != BERTH_OK)
        fixture_driver()->bulk_abort(connection);
    else
        status = fixture_driver()->bulk_end(connection, &count, BERTH_NO_DEADLINE, error);
    return status == BERTH_OK ? fixture_driver()->commit(connection, BERTH_NO_DEADLINE, error) : status;
}

/* Runs it with one allocation less and less missing, until none is. */
static void run_out(work work, const char *rows_each) {
    char expected[16];
    bool has_failed = false;
    for (int allowed = 0; allowed < MOST_ALLOCATIONS; allowed++) {
        berth_error error = {.status = BERTH_OK};
        berth_driver_connection *connection = fixture_connect();
        fixture_run(connection, "CREATE TEMP TABLE t (a bigint, b text)");
        fixture_allocations_left = allowed;
        int32_t status = work(connection, &error);
        bool is_over = fixture_allocations_left > 0;
        fixture_allocations_left = -1;
        CU_ASSERT_TRUE(status == BERTH_OK || status == BERTH_NO_MEMORY);
        has_failed |= status == BERTH_NO_MEMORY;
        CU_ASSERT_EQUAL(error.flags, 0);
        fixture_rollback(connection);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
        snprintf(expected, sizeof expected, "%s", status == BERTH_OK ? rows_each : "0");
        ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), expected);
        fixture_close(connection);
        if (status == BERTH_OK && is_over)
            break;
        CU_ASSERT_NOT_EQUAL(allowed, MOST_ALLOCATIONS - 1);
    }
    CU_ASSERT_TRUE(has_failed);
}

static void make_rows(void) {
    for (int i = 0; i < ROWS; i++) {
        rows[i][0] = berth_int64(i);
        rows[i][1] = berth_text("some text of a row");
    }
}

static void test_queueing_survives(void) {
    make_rows();
    run_out(queue_and_commit, "100");
}

static void test_reading_survives(void) {
    run_out(read_rows, "0");
}

static void test_many_rows_survive(void) {
    make_rows();
    run_out(insert_many, "1200");
}

static void test_loading_survives(void) {
    make_rows();
    run_out(load, "1200");
}

SUITE("PostgreSQL: without memory", TEST(test_queueing_survives), TEST(test_reading_survives),
      TEST(test_many_rows_survive), TEST(test_loading_survives))
