#include <math.h>
#include <stdio.h>

#include "tests/drivers/sqlite_fixture.h"

#define ROWS 1000

static berth_driver_connection *connection;
static berth_driver_connection *other;
static berth_value values[ROWS * 2];

/* Row i is (i, "text"). */
static void fill_rows(void) {
    for (int i = 0; i < ROWS; i++) {
        values[2 * i] = berth_int64(i);
        values[2 * i + 1] = berth_text("text");
    }
}

static void open_two(const char *create) {
    static const char *const options[] = {"busy_timeout=0", NULL};
    fill_rows();
    connection = fixture_connect(fixture_path("a.db"), options);
    other = fixture_connect(fixture_path("a.db"), options);
    fixture_run(connection, create);
}

static void close_two(void) {
    fixture_close(connection);
    fixture_close(other);
    fixture_remove();
}

static int32_t try_begin(const char *table, const char *first, const char *second, berth_error *error) {
    const char *const columns[] = {first, second};
    const berth_bulk bulk = {
        .struct_size = sizeof bulk, .column_count = second != NULL ? 2 : 1, .table = table, .columns = columns};
    *error = (berth_error){.index = -1};
    return fixture_driver()->bulk_begin(connection, &bulk, BERTH_NO_DEADLINE, error);
}

static void begin_load(void) {
    berth_error error;
    CU_ASSERT_EQUAL(try_begin("t", "a", "b", &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

static int32_t try_rows(int first, uint64_t count, berth_error *error) {
    *error = (berth_error){.index = -1};
    return fixture_driver()->bulk_rows(connection, values + 2 * (size_t)first, count, BERTH_NO_DEADLINE, error);
}

static void load_rows(int first, uint64_t count) {
    berth_error error;
    CU_ASSERT_EQUAL(try_rows(first, count, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

static int32_t try_end(int64_t *rows, berth_error *error) {
    *rows = -1;
    *error = (berth_error){.index = -1};
    return fixture_driver()->bulk_end(connection, rows, BERTH_NO_DEADLINE, error);
}

static void end_load(int64_t expected) {
    berth_error error;
    int64_t rows;
    CU_ASSERT_EQUAL(try_end(&rows, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(rows, expected);
}

static int32_t state(void) {
    return fixture_driver()->transaction_state(connection);
}

static void test_load_in_a_transaction(void) {
    open_two("CREATE TABLE t (b, a)");
    fixture_begin(connection, 0);
    begin_load();
    load_rows(0, 900);
    load_rows(900, 0);
    load_rows(900, 100);
    end_load(ROWS);
    CU_ASSERT_EQUAL(state(), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT count(*) FROM t"), 0);
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(other, "SELECT count(*), sum(a), min(b), max(b) FROM t"), "1000|499500|text|text");
    close_two();
}

static void test_load_without_a_transaction_is_one(void) {
    open_two("CREATE TABLE t (a, b)");
    begin_load();
    CU_ASSERT_EQUAL(state(), BERTH_TX_ACTIVE);
    load_rows(0, 900);
    load_rows(900, 100);
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT count(*) FROM t"), 0);
    end_load(ROWS);
    CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT count(*) FROM t"), ROWS);
    close_two();
}

static void test_load_that_is_aborted_leaves_nothing(void) {
    open_two("CREATE TABLE t (a, b)");
    begin_load();
    load_rows(0, ROWS);
    fixture_driver()->bulk_abort(connection);
    CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    fixture_begin(connection, 0);
    fixture_run(connection, "INSERT INTO t VALUES (1, 'before')");
    begin_load();
    load_rows(0, ROWS);
    fixture_driver()->bulk_abort(connection);
    CU_ASSERT_EQUAL(state(), BERTH_TX_ACTIVE);
    fixture_run(connection, "INSERT INTO t VALUES (2, 'after')");
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(other, "SELECT * FROM t"), "1|before;2|after");
    fixture_driver()->bulk_abort(connection);
    close_two();
}

/* The row is counted from the first of those that were given with it. */
static void test_failed_load_names_the_row_and_leaves_nothing(void) {
    berth_error error;
    int64_t rows;
    open_two("CREATE TABLE t (a UNIQUE, b)");
    values[2 * 950] = berth_int64(7);
    for (int in_transaction = 0; in_transaction < 2; in_transaction++) {
        if (in_transaction)
            fixture_begin(connection, 0);
        begin_load();
        load_rows(0, 600);
        CU_ASSERT_EQUAL(try_rows(600, 400, &error), BERTH_UNIQUE);
        CU_ASSERT_EQUAL(error.index, 350);
        ASSERT_TEXT(error.message, "UNIQUE constraint failed: t.a");
        ASSERT_TEXT(error.column, "a");
        CU_ASSERT_EQUAL(try_rows(0, 1, &error), BERTH_MISUSE);
        ASSERT_TEXT(error.message, "no load was begun, or it has failed");
        if (in_transaction)
            fixture_driver()->bulk_abort(connection);
        else
            CU_ASSERT_EQUAL(try_end(&rows, &error), BERTH_MISUSE);
        CU_ASSERT_EQUAL(state(), in_transaction ? BERTH_TX_ACTIVE : BERTH_TX_IDLE);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 0);
    }
    close_two();
}

static void test_value_that_is_refused_is_named(void) {
    berth_error error;
    open_two("CREATE TABLE t (a, b)");
    values[2 * 700 + 1] = berth_double(NAN);
    begin_load();
    CU_ASSERT_EQUAL(try_rows(0, ROWS, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(error.index, 700);
    ASSERT_TEXT(error.message, "value 2 is NaN, which SQLite would store as NULL");
    fixture_driver()->bulk_abort(connection);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 0);
    close_two();
}

static void test_load_that_can_not_begin_leaves_no_transaction(void) {
    static const struct {
        const char *table, *first, *second;
        int32_t status;
        const char *message;
    } cases[] = {
        {"u", "a", NULL, BERTH_UNDEFINED, "no such table: u"},
        {"t", "a", "x", BERTH_UNDEFINED, "table t has no column named x"},
        {"t\" (a) VALUES (1)--", "a", NULL, BERTH_UNDEFINED, "no such table: t\" (a) VALUES (1)--"},
        {"t", "a\") VALUES (1)--", NULL, BERTH_UNDEFINED, "table t has no column named a\") VALUES (1)--"},
    };
    berth_error error;
    int64_t rows;
    open_two("CREATE TABLE t (a, b)");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(try_begin(cases[i].table, cases[i].first, cases[i].second, &error), cases[i].status);
        ASSERT_TEXT(error.message, cases[i].message);
        CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    }
    const berth_bulk none = {.struct_size = sizeof none, .table = "t"};
    CU_ASSERT_EQUAL(fixture_driver()->bulk_begin(connection, &none, BERTH_NO_DEADLINE, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "a load needs at least one column");
    CU_ASSERT_EQUAL(try_rows(0, 1, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "no load was begun, or it has failed");
    CU_ASSERT_EQUAL(try_end(&rows, &error), BERTH_MISUSE);
    CU_ASSERT_EQUAL(rows, 0);
    fixture_begin(other, 0);
    CU_ASSERT_EQUAL(try_begin("t", "a", "b", &error), BERTH_LOCK_TIMEOUT);
    CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    fixture_commit(other);
    fixture_begin(connection, 1);
    CU_ASSERT_EQUAL(try_begin("t", "a", "b", &error), BERTH_READ_ONLY);
    ASSERT_TEXT(error.message, "the statement writes, and the transaction is read-only");
    CU_ASSERT_EQUAL(state(), BERTH_TX_ACTIVE);
    close_two();
}

static void test_names_are_quoted(void) {
    berth_error error;
    open_two("CREATE TABLE \"a \"\"table\"\"\" (\"select\", \"x\"\"y\")");
    CU_ASSERT_EQUAL(try_begin("a \"table\"", "x\"y", "select", &error), BERTH_OK);
    load_rows(0, ROWS);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT changes()"), 8);
    end_load(ROWS);
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT sum(\"x\"\"y\") FROM \"a \"\"table\"\"\""), 499500);
    close_two();
}

static void test_rows_are_loaded_many_at_once(void) {
    open_two("CREATE TABLE t (a, b)");
    begin_load();
    load_rows(0, 512);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT changes()"), 128);
    end_load(512);
    close_two();
}

static void test_loads_alternate_between_tables(void) {
    berth_error error;
    open_two("CREATE TABLE t (a, b)");
    fixture_run(connection, "CREATE TABLE u (a, b)");
    for (int i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(try_begin(i % 3 > 0 ? "t" : "u", "a", i == 5 ? NULL : "b", &error), BERTH_OK);
        if (i == 5)
            fixture_driver()->bulk_abort(connection);
        else
            load_rows(0, 100);
        if (i < 5)
            end_load(100);
    }
    ASSERT_TEXT(fixture_rows(other, "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM u)"), "300|200");
    fixture_run(connection, "DROP TABLE t");
    CU_ASSERT_EQUAL(try_begin("t", "a", "b", &error), BERTH_UNDEFINED);
    fixture_run(connection, "CREATE TABLE t (b, a)");
    begin_load();
    load_rows(0, 600);
    end_load(600);
    ASSERT_TEXT(fixture_rows(other, "SELECT min(b), max(a) FROM t"), "text|599");
    close_two();
}

static void test_commit_that_fails_leaves_nothing(void) {
    berth_error error;
    int64_t rows;
    open_two("CREATE TABLE p (id PRIMARY KEY)");
    fixture_run(connection, "CREATE TABLE t (a REFERENCES p DEFERRABLE INITIALLY DEFERRED, b)");
    begin_load();
    load_rows(0, ROWS);
    CU_ASSERT_EQUAL(try_end(&rows, &error), BERTH_FOREIGN_KEY);
    ASSERT_TEXT(error.message, "FOREIGN KEY constraint failed");
    CU_ASSERT_EQUAL(rows, 0);
    CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 0);
    close_two();
}

static void test_full_disk_ends_a_load(void) {
    static char large[100000];
    berth_error error;
    open_two("CREATE TABLE t (a, b)");
    memset(large, 'x', sizeof large);
    values[2 * 700 + 1] = berth_text_n(large, sizeof large);
    fixture_number(connection, "PRAGMA max_page_count = 12");
    begin_load();
    CU_ASSERT_EQUAL(try_rows(0, ROWS, &error), BERTH_RESOURCE);
    ASSERT_TEXT(error.message, "database or disk is full; SQLite has rolled the transaction back");
    CU_ASSERT_EQUAL(error.index, 700);
    CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    fixture_driver()->bulk_abort(connection);
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT count(*) FROM t"), 0);
    fixture_begin(connection, 0);
    fixture_commit(connection);
    close_two();
}

static void test_close_amid_a_load_leaves_nothing(void) {
    open_two("CREATE TABLE t (a, b)");
    begin_load();
    load_rows(0, ROWS);
    fixture_close(connection);
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT count(*) FROM t"), 0);
    connection = fixture_connect(fixture_path("a.db"), NULL);
    close_two();
}

static void test_rollback_amid_a_load_ends_it(void) {
    berth_error error;
    open_two("CREATE TABLE t (a, b)");
    begin_load();
    load_rows(0, ROWS);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(try_rows(0, 1, &error), BERTH_MISUSE);
    begin_load();
    load_rows(0, 10);
    end_load(10);
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT count(*) FROM t"), 10);
    close_two();
}

static void test_no_load_goes_on_after_the_deadline(void) {
    berth_error error;
    int64_t rows = -1;
    open_two("CREATE TABLE t (a, b)");
    begin_load();
    load_rows(0, 10);
    CU_ASSERT_EQUAL(fixture_driver()->bulk_rows(connection, values, 10, fixture_deadline(-1), &error), BERTH_TIMEOUT);
    fixture_driver()->bulk_abort(connection);
    begin_load();
    CU_ASSERT_EQUAL(fixture_driver()->bulk_end(connection, &rows, fixture_deadline(-1), &error), BERTH_TIMEOUT);
    ASSERT_TEXT(error.message, "the deadline was over before the statement began");
    CU_ASSERT_EQUAL(rows, 0);
    CU_ASSERT_EQUAL(state(), BERTH_TX_IDLE);
    close_two();
}

SUITE("SQLite: loading rows", TEST(test_load_in_a_transaction), TEST(test_load_without_a_transaction_is_one),
      TEST(test_load_that_is_aborted_leaves_nothing), TEST(test_failed_load_names_the_row_and_leaves_nothing),
      TEST(test_value_that_is_refused_is_named), TEST(test_load_that_can_not_begin_leaves_no_transaction),
      TEST(test_names_are_quoted), TEST(test_rows_are_loaded_many_at_once), TEST(test_loads_alternate_between_tables),
      TEST(test_commit_that_fails_leaves_nothing), TEST(test_full_disk_ends_a_load),
      TEST(test_close_amid_a_load_leaves_nothing), TEST(test_rollback_amid_a_load_ends_it),
      TEST(test_no_load_goes_on_after_the_deadline))
