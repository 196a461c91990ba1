#include <math.h>
#include <stdio.h>

#include "tests/drivers/sqlite_fixture.h"

static berth_driver_connection *connection;

static void open_memory(void) {
    connection = fixture_connect("", NULL);
}

static void close_memory(void) {
    fixture_close(connection);
    connection = NULL;
}

static berth_driver_statement *prepare(const char *sql) {
    berth_driver_statement *statement = NULL;
    berth_error error = {.status = BERTH_OK};
    CU_ASSERT_EQUAL_FATAL(
        fixture_driver()->prepare(connection, sql, strlen(sql), BERTH_NO_DEADLINE, &statement, &error), BERTH_OK);
    return statement;
}

static int32_t execute(berth_driver_statement *statement, const berth_value *params, uint32_t count, uint32_t flags,
                       berth_execution *execution, berth_error *error) {
    *execution = (berth_execution){.struct_size = sizeof *execution,
                                   .flags = flags,
                                   .statement = statement,
                                   .sql = "",
                                   .params = params,
                                   .param_count = count,
                                   .affected_rows = -1};
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->execute(connection, execution, BERTH_NO_DEADLINE, error);
}

static const berth_value *fetch(void) {
    berth_error error;
    const berth_value *row = NULL;
    CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    return row;
}

/* Binds to SELECT ?1 or a column and hands back the row, which is open until finish(). */
static const berth_value *echo(const char *sql, berth_value value) {
    berth_execution execution = {
        .struct_size = sizeof execution, .sql = sql, .sql_length = strlen(sql), .params = &value, .param_count = 1};
    berth_error error = {.status = BERTH_OK};
    CU_ASSERT_EQUAL_FATAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    const berth_value *row = fetch();
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    return row;
}

static void finish(void) {
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->finish(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
}

/* Stores in a column of the dialect's type and reads back; the same text must come, of the same type. */
static void round_trip(uint32_t type, berth_value value, const char *text) {
    char sql[64];
    char found[128];
    berth_execution execution;
    berth_error error;
    snprintf(sql, sizeof sql, "CREATE TABLE t (a %s)", fixture_driver()->dialect->types[type]);
    fixture_run(connection, sql);
    CU_ASSERT_EQUAL(fixture_execute(connection, "INSERT INTO t VALUES (?1)", &value, 1, &execution, &error), BERTH_OK);
    const berth_value *row = echo("SELECT a FROM t WHERE ?1 IS NOT NULL", berth_int64(1));
    CU_ASSERT_EQUAL(row[0].type, type);
    berth_value_format(&row[0], found, sizeof found);
    ASSERT_TEXT(found, text);
    finish();
    fixture_run(connection, "DROP TABLE t");
}

static void test_every_type_comes_back_as_it_went(void) {
    static const uint8_t uuid[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    open_memory();
    round_trip(BERTH_TYPE_BOOL, berth_bool(true), "true");
    round_trip(BERTH_TYPE_BOOL, berth_bool(false), "false");
    round_trip(BERTH_TYPE_INT64, berth_int64(INT64_MIN), "-9223372036854775808");
    round_trip(BERTH_TYPE_INT64, berth_int64(INT64_MAX), "9223372036854775807");
    round_trip(BERTH_TYPE_DOUBLE, berth_double(5e-324), "5e-324");
    round_trip(BERTH_TYPE_DOUBLE, berth_double(0.1), "0.1");
    round_trip(BERTH_TYPE_TEXT, berth_text("1.50"), "1.50");
    round_trip(BERTH_TYPE_TEXT, berth_text("\xF0\x9F\x9A\xA2"), "\xF0\x9F\x9A\xA2");
    round_trip(BERTH_TYPE_BLOB, berth_blob("\0\x01\xFF", 3), "0001ff");
    round_trip(BERTH_TYPE_DECIMAL, berth_decimal("12345678901234567890.12345678900"),
               "12345678901234567890.12345678900");
    round_trip(BERTH_TYPE_DATE, berth_date(20389), "2025-10-28");
    round_trip(BERTH_TYPE_TIME, berth_time(25496250000), "07:04:56.250000");
    round_trip(BERTH_TYPE_TIMESTAMP, berth_timestamp(-1), "1969-12-31 23:59:59.999999");
    round_trip(BERTH_TYPE_TIMESTAMPTZ, berth_timestamptz(0), "1970-01-01 00:00:00.000000+00:00");
    round_trip(BERTH_TYPE_UUID, berth_uuid(uuid), "00010203-0405-0607-0809-0a0b0c0d0e0f");
    round_trip(BERTH_TYPE_JSON, berth_json("17"), "17");
    round_trip(BERTH_TYPE_JSON, berth_json("{\"a\": 1}"), "{\"a\": 1}");
    close_memory();
}

static void test_doubles_keep_their_bits(void) {
    static const double numbers[] = {1.7976931348623157e308, -0.0, 2.2250738585072014e-308, INFINITY, -INFINITY};
    open_memory();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const berth_value *row = echo("SELECT ?1", berth_double(numbers[i]));
        CU_ASSERT_EQUAL(row[0].type, BERTH_TYPE_DOUBLE);
        CU_ASSERT_EQUAL(memcmp(&row[0].as.real, &numbers[i], sizeof(double)), 0);
        finish();
    }
    close_memory();
}

static void test_empty_is_not_null(void) {
    open_memory();
    const berth_value *row = echo("SELECT ?1, typeof(?1)", berth_blob(NULL, 0));
    CU_ASSERT_EQUAL(row[0].type, BERTH_TYPE_BLOB);
    CU_ASSERT_EQUAL(row[0].length, 0);
    CU_ASSERT_PTR_NOT_NULL(row[0].as.data);
    ASSERT_TEXT(row[1].as.data, "blob");
    finish();
    row = echo("SELECT ?1, typeof(?1)", berth_text_n(NULL, 0));
    finish();
    row = echo("SELECT ?1, typeof(?1)", berth_text(""));
    CU_ASSERT_EQUAL(row[0].type, BERTH_TYPE_TEXT);
    ASSERT_TEXT(row[0].as.data, "");
    finish();
    row = echo("SELECT ?1, zeroblob(0)", berth_null());
    CU_ASSERT_EQUAL(row[0].type, BERTH_TYPE_NULL);
    CU_ASSERT_EQUAL(row[1].type, BERTH_TYPE_BLOB);
    CU_ASSERT_PTR_NOT_NULL(row[1].as.data);
    finish();
    close_memory();
}

static void test_text_is_taken_by_its_length(void) {
    open_memory();
    const berth_value *row = echo("SELECT ?1", berth_text_n("ship\0yard, and more", 9));
    CU_ASSERT_EQUAL(row[0].length, 9);
    CU_ASSERT_EQUAL(memcmp(row[0].as.data, "ship\0yard", 10), 0);
    finish();
    close_memory();
}

static void test_nan_and_huge_integers_are_refused(void) {
    berth_execution execution;
    berth_error error;
    berth_value value = berth_double(NAN);
    open_memory();
    fixture_run(connection, "CREATE TABLE t (a)");
    CU_ASSERT_EQUAL(fixture_execute(connection, "INSERT INTO t VALUES (?1)", &value, 1, &execution, &error),
                    BERTH_DATA);
    ASSERT_TEXT(error.message, "value 1 is NaN, which SQLite would store as NULL");
    value = berth_uint64(UINT64_MAX);
    CU_ASSERT_EQUAL(fixture_execute(connection, "INSERT INTO t VALUES (?1)", &value, 1, &execution, &error),
                    BERTH_DATA);
    ASSERT_TEXT(error.message, "value 1 is 18446744073709551615, SQLite stores integers up to 9223372036854775807");
    value.type = 99;
    CU_ASSERT_EQUAL(fixture_execute(connection, "INSERT INTO t VALUES (?1)", &value, 1, &execution, &error),
                    BERTH_NOT_SUPPORTED);
    ASSERT_TEXT(error.message, "value 1 is of type 99, which this driver does not know");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 0);
    close_memory();
}

static void test_number_of_values_is_checked(void) {
    berth_execution execution;
    berth_error error;
    const berth_value values[] = {berth_int64(1), berth_int64(2), berth_int64(3)};
    open_memory();
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT ?1 + ?2", values, 1, &execution, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "the statement takes 2 values, 1 given");
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT ?1 + ?2", values, 3, &execution, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "the statement takes 2 values, 3 given");
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT ?1 + ?2 + ?1", values, 2, &execution, &error), BERTH_OK);
    close_memory();
}

static void test_value_that_breaks_its_columns_promise_stays_what_it_is(void) {
    open_memory();
    fixture_run(connection, "CREATE TABLE t (a BOOLEAN, b DATE, c UUID, d DECIMAL_TEXT(10, 2), e TIMESTAMP)");
    fixture_run(connection, "INSERT INTO t VALUES (7, '2025-02-30', 'abc', '12,5', '2025-01-01 00:00:00.1234567')");
    fixture_run(connection, "INSERT INTO t VALUES ('yes', 17, x'00', 1.5, NULL)");
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM t"),
                "7|2025-02-30|abc|12,5|2025-01-01 00:00:00.1234567;yes|17|00|1.5|NULL");
    const berth_value *row = echo("SELECT * FROM t WHERE ?1", berth_int64(1));
    CU_ASSERT_EQUAL(row[0].type, BERTH_TYPE_INT64);
    for (int i = 1; i < 5; i++)
        CU_ASSERT_EQUAL(row[i].type, BERTH_TYPE_TEXT);
    row = fetch();
    CU_ASSERT_EQUAL(row[0].type, BERTH_TYPE_TEXT);
    CU_ASSERT_EQUAL(row[1].type, BERTH_TYPE_INT64);
    CU_ASSERT_EQUAL(row[2].type, BERTH_TYPE_BLOB);
    CU_ASSERT_EQUAL(row[3].type, BERTH_TYPE_DECIMAL);
    CU_ASSERT_EQUAL(row[4].type, BERTH_TYPE_NULL);
    finish();
    close_memory();
}

static void test_columns_are_described_before_any_row(void) {
    berth_execution execution;
    berth_error error;
    open_memory();
    fixture_run(connection, "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20), at timestamptz, ok Boolean)");
    berth_driver_statement *statement = prepare("SELECT id, name, at, ok, 1 + 1 AS two FROM t");
    CU_ASSERT_EQUAL(execute(statement, NULL, 0, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL_FATAL(execution.column_count, 5);
    CU_ASSERT_PTR_NULL(fetch());
    ASSERT_TEXT(execution.columns[0].name, "id");
    CU_ASSERT_EQUAL(execution.columns[0].type, BERTH_TYPE_INT64);
    CU_ASSERT_EQUAL(execution.columns[1].type, BERTH_TYPE_TEXT);
    ASSERT_TEXT(execution.columns[1].declared_type, "VARCHAR(20)");
    CU_ASSERT_EQUAL(execution.columns[2].type, BERTH_TYPE_TIMESTAMPTZ);
    CU_ASSERT_EQUAL(execution.columns[3].type, BERTH_TYPE_BOOL);
    ASSERT_TEXT(execution.columns[4].name, "two");
    CU_ASSERT_EQUAL(execution.columns[4].type, BERTH_TYPE_NULL);
    CU_ASSERT_PTR_NULL(execution.columns[4].declared_type);
    close_memory();
}

static void test_prepared_statement_sees_a_changed_table(void) {
    berth_execution execution;
    berth_error error;
    open_memory();
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_run(connection, "INSERT INTO t VALUES (1)");
    berth_driver_statement *statement = prepare("SELECT * FROM t");
    CU_ASSERT_EQUAL(execute(statement, NULL, 0, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 1);
    finish();
    fixture_run(connection, "ALTER TABLE t ADD COLUMN b BOOLEAN DEFAULT 1");
    CU_ASSERT_EQUAL(execute(statement, NULL, 0, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL_FATAL(execution.column_count, 2);
    ASSERT_TEXT(execution.columns[1].name, "b");
    CU_ASSERT_EQUAL(fetch()[1].type, BERTH_TYPE_BOOL);
    finish();
    fixture_run(connection, "DROP TABLE t");
    CU_ASSERT_EQUAL(execute(statement, NULL, 0, 0, &execution, &error), BERTH_UNDEFINED);
    ASSERT_TEXT(error.message, "no such table: t");
    close_memory();
}

static void test_bound_text_may_change_once_execute_has_returned(void) {
    char text[] = "before";
    const berth_value value = berth_text(text);
    berth_execution execution;
    berth_error error;
    open_memory();
    fixture_run(connection, "CREATE TABLE t (a)");
    berth_driver_statement *statement = prepare("SELECT ?1 FROM (SELECT 1 UNION ALL SELECT 2)");
    CU_ASSERT_EQUAL(execute(statement, &value, 1, 0, &execution, &error), BERTH_OK);
    memcpy(text, "broken", sizeof text);
    ASSERT_TEXT(fetch()[0].as.data, "before");
    ASSERT_TEXT(fetch()[0].as.data, "before");
    CU_ASSERT_PTR_NULL(fetch());
    berth_driver_statement *insert = prepare("INSERT INTO t VALUES (?1)");
    CU_ASSERT_EQUAL(execute(insert, &value, 1, BERTH_EXECUTE_DISCARD, &execution, &error), BERTH_OK);
    memcpy(text, "latter", sizeof text);
    CU_ASSERT_EQUAL(execute(insert, &value, 1, 0, &execution, &error), BERTH_OK);
    memcpy(text, "broken", sizeof text);
    ASSERT_TEXT(fixture_rows(connection, "SELECT a FROM t"), "broken;latter");
    close_memory();
}

static void test_fetch_past_the_end_stays_at_the_end(void) {
    open_memory();
    CU_ASSERT_PTR_NULL(fetch());
    echo("SELECT ?1", berth_int64(1));
    CU_ASSERT_PTR_NULL(fetch());
    CU_ASSERT_PTR_NULL(fetch());
    close_memory();
}

static void test_error_between_rows_is_no_end(void) {
    berth_execution execution;
    berth_error error;
    const berth_value *row = (void *)1;
    open_memory();
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_run(connection, "INSERT INTO t VALUES (1), (2), (-9223372036854775807 - 1)");
    CU_ASSERT_EQUAL(execute(prepare("SELECT abs(a) FROM t"), NULL, 0, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fetch()[0].as.integer, 1);
    CU_ASSERT_EQUAL(fetch()[0].as.integer, 2);
    CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_DATA);
    CU_ASSERT_PTR_NULL(row);
    ASSERT_TEXT(error.message, "integer overflow");
    CU_ASSERT_PTR_NULL(fetch());
    close_memory();
}

static void test_finished_result_holds_no_lock(void) {
    berth_execution execution;
    berth_error error;
    connection = fixture_connect(fixture_path("a.db"), (const char *[]){"journal_mode=delete", NULL});
    berth_driver_connection *writer =
        fixture_connect(fixture_path("a.db"), (const char *[]){"journal_mode=delete", "busy_timeout=0", NULL});
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_run(connection, "INSERT INTO t VALUES (1), (2), (3)");
    CU_ASSERT_EQUAL(execute(prepare("SELECT a FROM t"), NULL, 0, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fetch()[0].as.integer, 1);
    fixture_fail(writer, "DELETE FROM t", BERTH_LOCK_TIMEOUT, 5,
                 "another connection held the lock for longer than busy_timeout (0 ms)");
    finish();
    fixture_run(writer, "DELETE FROM t");
    fixture_close(writer);
    close_memory();
    fixture_remove();
}

static void test_finished_writer_has_written_all(void) {
    open_memory();
    fixture_run(connection, "CREATE TABLE t (a)");
    echo("INSERT INTO t SELECT value FROM json_each('[1,2,3,4]') WHERE ?1 RETURNING a", berth_int64(1));
    finish();
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 4);
    close_memory();
}

static void test_one_statement_at_a_time(void) {
    open_memory();
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_fail(connection, "INSERT INTO t VALUES (1); DELETE FROM t WHERE a = 'secret'", BERTH_SYNTAX, 0,
                 "one statement at a time: behind the first one stands \"DELETE\"");
    fixture_fail(connection, "INSERT INTO t VALUES (1); 'secret'", BERTH_SYNTAX, 0,
                 "one statement at a time: behind the first one stands \"\"");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 0);
    fixture_run(connection, "INSERT INTO t VALUES (1); ; -- a comment; with a semicolon\n /* and; this */ ;\t");
    fixture_run(connection, "INSERT INTO t VALUES (2) -- to the end");
    fixture_run(connection, "INSERT INTO t VALUES (3); /* without an end");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 3);
    close_memory();
}

static void test_empty_statement_is_refused(void) {
    open_memory();
    fixture_fail(connection, "", BERTH_SYNTAX, 0, "the statement is empty");
    fixture_fail(connection, " ; -- nothing", BERTH_SYNTAX, 0, "the statement is empty");
    close_memory();
}

static void test_long_statement_works(void) {
    static char sql[(1 << 20) + 64];
    berth_execution execution;
    berth_error error;
    memset(sql, ' ', sizeof sql);
    memcpy(sql, "SELECT", 6);
    memcpy(sql + sizeof sql - 3, "17", 3);
    open_memory();
    CU_ASSERT_EQUAL(fixture_number(connection, sql), 17);
    execution = (berth_execution){.struct_size = sizeof execution, .sql = sql, .sql_length = INT32_MAX};
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_TOO_LARGE);
    ASSERT_TEXT(error.message, "the statement has 2147483647 bytes, SQLite takes up to 2147483646");
    close_memory();
}

static void test_close_frees_statements_that_are_left(void) {
    berth_execution execution;
    berth_error error;
    open_memory();
    prepare("SELECT 1");
    fixture_driver()->unprepare(connection, prepare("SELECT 2"));
    CU_ASSERT_EQUAL(execute(prepare("SELECT 3"), NULL, 0, 0, &execution, &error), BERTH_OK);
    close_memory();
}

SUITE("SQLite: statements and values", TEST(test_every_type_comes_back_as_it_went), TEST(test_doubles_keep_their_bits),
      TEST(test_empty_is_not_null), TEST(test_text_is_taken_by_its_length),
      TEST(test_nan_and_huge_integers_are_refused), TEST(test_number_of_values_is_checked),
      TEST(test_value_that_breaks_its_columns_promise_stays_what_it_is),
      TEST(test_columns_are_described_before_any_row), TEST(test_prepared_statement_sees_a_changed_table),
      TEST(test_bound_text_may_change_once_execute_has_returned), TEST(test_fetch_past_the_end_stays_at_the_end),
      TEST(test_error_between_rows_is_no_end), TEST(test_finished_result_holds_no_lock),
      TEST(test_finished_writer_has_written_all), TEST(test_one_statement_at_a_time),
      TEST(test_empty_statement_is_refused), TEST(test_long_statement_works),
      TEST(test_close_frees_statements_that_are_left))
