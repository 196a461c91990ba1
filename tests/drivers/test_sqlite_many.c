/* One statement for many rows: whatever way the driver takes, it is a loop to everybody. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "tests/drivers/sqlite_fixture.h"

#define ROWS 812 /* Six statements of 128 rows, one of 32, one of 8, four rows one by one. */
#define MOST_COLUMNS 3
#define PLAIN "INSERT INTO t (a, b) VALUES (?1, ?2)"

static berth_value values[ROWS * MOST_COLUMNS];

/* Row i is (i, "text"). */
static void fill_rows(void) {
    for (int i = 0; i < ROWS; i++) {
        values[2 * i] = berth_int64(i);
        values[2 * i + 1] = berth_text("text");
    }
}

static berth_driver_statement *prepare(berth_driver_connection *connection, const char *sql) {
    berth_driver_statement *statement = NULL;
    berth_error error = {.status = BERTH_OK};
    int32_t status = fixture_driver()->prepare(connection, sql, strlen(sql), BERTH_NO_DEADLINE, &statement, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
    return statement;
}

/* What came of many rows. */
typedef struct outcome {
    int32_t status;
    int64_t affected_rows;
    int64_t last_insert_id;
    int64_t row_count; /* Of the table. */
    berth_error error;
} outcome;

static outcome run_many(berth_driver_connection *connection, const char *sql, uint32_t columns, uint64_t rows) {
    outcome outcome = {.error = {.index = -1}};
    berth_execution execution = fixture_execution(sql, values, columns, BERTH_EXECUTE_DISCARD);
    execution.statement = prepare(connection, sql);
    outcome.status = fixture_driver()->execute_many(connection, &execution, rows, BERTH_NO_DEADLINE, &outcome.error);
    outcome.affected_rows = execution.affected_rows;
    outcome.last_insert_id = execution.last_insert_id;
    return outcome;
}

static outcome run_loop(berth_driver_connection *connection, const char *sql, uint32_t columns, uint64_t rows) {
    outcome outcome = {.error = {.index = -1}};
    berth_execution execution = fixture_execution(sql, values, columns, BERTH_EXECUTE_DISCARD);
    execution.statement = prepare(connection, sql);
    for (uint64_t i = 0; i < rows && outcome.status == BERTH_OK; i++) {
        execution.params = values + i * columns;
        execution.affected_rows = -1;
        execution.last_insert_id = 0;
        outcome.status = fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &outcome.error);
        outcome.affected_rows += execution.affected_rows;
        outcome.last_insert_id = execution.last_insert_id;
        if (outcome.status != BERTH_OK)
            outcome.error.index = (int64_t)i;
    }
    return outcome;
}

static void assert_same_rows(berth_driver_connection *many, berth_driver_connection *loop, const char *sql) {
    char expected[4096];
    snprintf(expected, sizeof expected, "%s", fixture_rows(loop, sql));
    ASSERT_TEXT(fixture_rows(many, sql), expected);
}

/* Runs the rows both ways, in two databases made by `create`, where everything must come to the same. Returns what
 * changes() says of the last statement of the first: 128, 32, 8 or 1. */
static int64_t compare(const char *create, const char *sql, uint32_t columns, uint64_t rows) {
    berth_driver_connection *many = fixture_connect("", NULL);
    berth_driver_connection *loop = fixture_connect("", NULL);
    berth_driver_connection *both[] = {many, loop};
    for (int i = 0; i < 2; i++) {
        char script[1024];
        snprintf(script, sizeof script, "%s", create);
        for (char *rest = script, *statement; (statement = strtok_r(rest, "|", &rest)) != NULL;)
            fixture_run(both[i], statement);
        fixture_begin(both[i], 0);
    }
    outcome found = run_many(many, sql, columns, rows);
    int64_t changes = fixture_number(many, "SELECT changes()");
    outcome expected = run_loop(loop, sql, columns, rows);
    CU_ASSERT_EQUAL(found.status, expected.status);
    ASSERT_TEXT(found.error.message, expected.error.message);
    ASSERT_TEXT(found.error.column, expected.error.column);
    CU_ASSERT_EQUAL(found.error.native_code, expected.error.native_code);
    CU_ASSERT_EQUAL(found.error.index, expected.error.index);
    if (expected.status == BERTH_OK) {
        CU_ASSERT_EQUAL(found.affected_rows, expected.affected_rows);
        CU_ASSERT_EQUAL(found.last_insert_id, expected.last_insert_id);
        assert_same_rows(many, loop, "SELECT last_insert_rowid()");
    }
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(many), fixture_driver()->transaction_state(loop));
    assert_same_rows(many, loop, "SELECT count(*), min(a), max(a), sum(a), sum(length(b)), count(b) FROM t");
    assert_same_rows(many, loop, "SELECT * FROM t ORDER BY 1 DESC, 2 LIMIT 5");
    if (strstr(create, "KEY AUTOINCREMENT") != NULL)
        assert_same_rows(many, loop, "SELECT name, seq FROM sqlite_sequence");
    fixture_close(many);
    fixture_close(loop);
    return changes;
}

static void assert_loop(const char *create, const char *sql) {
    fill_rows();
    CU_ASSERT_TRUE(compare(create, sql, 2, 808) <= 1);
}

static void test_rows_go_many_at_once(void) {
    fill_rows();
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)", PLAIN, 2, 768), 128);
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)", PLAIN, 2, 800), 32);
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)", PLAIN, 2, 808), 8);
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)", PLAIN, 2, ROWS), 1);
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (a, b)", PLAIN, 2, 32), 8);
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (a, b)", PLAIN, 2, 31), 1);
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (a, b)", PLAIN, 2, 0), 0);
}

static void test_constraints_and_indexes_do_not_matter(void) {
    static const char *const tables[] = {
        "CREATE TABLE t (a UNIQUE, b NOT NULL CHECK (length(b) > 1))",
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b)",
        "CREATE TABLE t (a, b)|CREATE INDEX i ON t (b, a)",
        "CREATE TABLE t (a, b)|CREATE UNIQUE INDEX i ON t (a + 1) WHERE a > 7",
        "CREATE TABLE t (a INT, b TEXT) STRICT",
        "CREATE TABLE t (a, b, c AS (a + 1) STORED, d DEFAULT CURRENT_DATE, e DEFAULT (abs(-7)))",
        "CREATE TABLE p (id INTEGER PRIMARY KEY)|CREATE TABLE t (a, b, c REFERENCES p)",
        "CREATE TABLE t (a, b)|CREATE TEMP TABLE u (a)|CREATE TABLE v (a UNIQUE ON CONFLICT IGNORE)",
    };
    fill_rows();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        CU_ASSERT_EQUAL(compare(tables[i], PLAIN, 2, 808), 8);
}

static void test_spelling_does_not_matter(void) {
    static const char *const statements[] = {
        "insert into t(a,b)values(?1,?2)",
        "INSERT INTO t VALUES (?, ?)",
        " \n INSERT\tINTO \"t\"\n(\"a\" , b ) VALUES ( ?1 , ?2 ) ; ",
        "INSERT INTO T (A, \"B\") VALUES (?1, ?)",
    };
    fill_rows();
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        CU_ASSERT_EQUAL(compare("CREATE TABLE t (a, b)", statements[i], 2, 808), 8);
    CU_ASSERT_EQUAL(compare("CREATE TABLE \"a \"\"table\"\"\" (a, b)|CREATE TABLE t (a, b)",
                            "INSERT INTO \"a \"\"table\"\"\" VALUES (?1, ?2)", 2, 808),
                    8);
}

static void test_tables_that_would_tell_are_filled_by_a_loop(void) {
    static const char *const tables[] = {
        "CREATE TABLE t (a, b)|CREATE TABLE u (n)|CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO u"
        " SELECT changes(); END",
        "CREATE TABLE t (a, b)|CREATE TRIGGER r BEFORE INSERT ON t WHEN new.a = 7 BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TABLE t (a, b)|CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 7; END",
        "CREATE TABLE t (a, b UNIQUE ON CONFLICT IGNORE)",
        "CREATE TABLE t (a, b UNIQUE ON CONFLICT REPLACE)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c DEFAULT 'AUTOINCREMENT')",
        "CREATE TABLE t (a PRIMARY KEY, b) WITHOUT ROWID",
        "CREATE TABLE t (a, b, rowid)",
        "CREATE TABLE t (a, b, c DEFAULT (changes()))",
        "CREATE TABLE t (a PRIMARY KEY, b, c REFERENCES t)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY)|CREATE TABLE t (a, b, c REFERENCES p)|CREATE INDEX i ON t (a)",
        "CREATE TABLE t (x)|CREATE TEMP TABLE t (a, b)",
        "CREATE TABLE u (a, b)|CREATE VIEW t AS SELECT * FROM u|CREATE TRIGGER r INSTEAD OF INSERT ON t BEGIN"
        " INSERT INTO u VALUES (new.a, new.b); END",
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        assert_loop(tables[i], PLAIN);
}

static void test_statements_that_are_no_plain_inserts_run_in_a_loop(void) {
    static const char *const statements[] = {
        "INSERT OR IGNORE INTO t (a, b) VALUES (?1, ?2)",
        "INSERT OR REPLACE INTO t (a, b) VALUES (?1, ?2)",
        "REPLACE INTO t (a, b) VALUES (?1, ?2)",
        "INSERT INTO t (a, b) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        "INSERT INTO t (a, b) VALUES (?1, ?2) RETURNING a",
        "INSERT INTO t (a, b) VALUES (?1 + 1, ?2)",
        "INSERT INTO t (b, a) VALUES (?2, ?1)",
        "INSERT INTO t (a, b) VALUES (?1, ?2 || last_insert_rowid())",
        "INSERT INTO t (a, b) SELECT ?1, ?2",
        "INSERT INTO main.t (a, b) VALUES (?1, ?2)",
        "INSERT INTO t AS u (a, b) VALUES (?1, ?2)",
        "INSERT INTO t (a, b) /* why */ VALUES (?1, ?2)",
        "INSERT INTO t (a, b) VALUES (?1, ?2) -- why",
        "INSERT INTO [t] (a, b) VALUES (?1, ?2)",
        "WITH u (x) AS (VALUES (?1)) INSERT INTO t (a, b) SELECT x, ?2 FROM u",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        assert_loop("CREATE TABLE t (a UNIQUE, b)", statements[i]);
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (a, b)", "INSERT INTO t VALUES (?1, ?2), (?1, ?2)", 2, 808), 2);
}

static void test_any_statement_can_run_for_many_rows(void) {
    berth_driver_connection *connection = fixture_connect("", NULL);
    fill_rows();
    fixture_run(connection, "CREATE TABLE t (a, b)");
    fixture_begin(connection, 0);
    run_many(connection, PLAIN, 2, 100);
    outcome found = run_many(connection, "UPDATE t SET b = ?2 WHERE a <= ?1", 2, 3);
    CU_ASSERT_EQUAL(found.status, BERTH_OK);
    CU_ASSERT_EQUAL(found.affected_rows, 6);
    values[0] = berth_int64(7);
    values[1] = berth_int64(8);
    found = run_many(connection, "DELETE FROM t WHERE a = ?1", 1, 2);
    CU_ASSERT_EQUAL(found.affected_rows, 2);
    CU_ASSERT_EQUAL(found.last_insert_id, 0);
    found = run_many(connection, "SELECT * FROM t WHERE a > ?1", 1, 2);
    CU_ASSERT_EQUAL(found.status, BERTH_OK);
    CU_ASSERT_EQUAL(found.affected_rows, -1);
    found = run_many(connection, "DELETE FROM t", 0, 2);
    CU_ASSERT_EQUAL(found.affected_rows, 98);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 0);
    fixture_close(connection);
}

/* The places of rows: in each kind of statement, first and last, and among those that run alone. */
static const int places[] = {0, 1, 127, 128, 500, 767, 768, 775, 799, 800, 803, 807, 808, 811};

static void assert_fails_as_a_loop(const char *create, int column, berth_value bad) {
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        fill_rows();
        values[2 * places[i] + column] = bad;
        compare(create, PLAIN, 2, ROWS);
    }
}

static void test_row_that_fails_is_found(void) {
    assert_fails_as_a_loop("CREATE TABLE t (a, b UNIQUE)|INSERT INTO t VALUES (-1, 'bad')", 1, berth_text("bad"));
    assert_fails_as_a_loop("CREATE TABLE t (a, b NOT NULL)", 1, berth_null());
    assert_fails_as_a_loop("CREATE TABLE t (a, b CHECK (b <> 'bad'))", 1, berth_text("bad"));
    assert_fails_as_a_loop("CREATE TABLE t (a INTEGER PRIMARY KEY, b)", 0, berth_text("bad"));
    assert_fails_as_a_loop("CREATE TABLE t (a INT, b TEXT) STRICT", 0, berth_text("bad"));
    assert_fails_as_a_loop("CREATE TABLE t (a CHECK (abs(a) >= 0), b)", 0, berth_int64(INT64_MIN));
    assert_fails_as_a_loop("CREATE TABLE t (a, b, c AS (abs(a)) STORED)", 0, berth_int64(INT64_MIN));
    assert_fails_as_a_loop("CREATE TABLE t (a, b)|CREATE INDEX i ON t (abs(a))", 0, berth_int64(INT64_MIN));
    assert_fails_as_a_loop("CREATE TABLE t (a, b)", 0, berth_double(NAN));
    assert_fails_as_a_loop("CREATE TABLE t (a, b)", 0, (berth_value){.type = 99});
    assert_fails_as_a_loop("CREATE TABLE t (a, b)", 0,
                           (berth_value){.type = BERTH_TYPE_UINT64, .as.integer = INT64_MIN});
}

static void test_row_without_its_parent_is_found(void) {
    assert_fails_as_a_loop("CREATE TABLE p (id TEXT PRIMARY KEY)|INSERT INTO p VALUES ('text')|"
                           "CREATE TABLE t (a, b REFERENCES p)",
                           1, berth_text("bad"));
    assert_fails_as_a_loop("CREATE TABLE p (id TEXT PRIMARY KEY)|INSERT INTO p VALUES ('text')|"
                           "CREATE TABLE t (a INTEGER PRIMARY KEY, b REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
                           1, berth_text("bad"));
}

static void test_twice_the_same_row_is_found(void) {
    assert_fails_as_a_loop("CREATE TABLE t (a UNIQUE, b)", 0, berth_int64(499));
    assert_fails_as_a_loop("CREATE TABLE t (a INTEGER PRIMARY KEY, b)", 0, berth_int64(810));
}

static void test_counter_of_an_autoincrement_key_is_that_of_a_loop(void) {
    assert_fails_as_a_loop("CREATE TABLE T (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b)", 0, berth_int64(499));
    assert_fails_as_a_loop("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b)", 0, berth_text("bad"));
    assert_fails_as_a_loop(
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b NOT NULL)|INSERT INTO t VALUES (900, "
        "1)|INSERT INTO t VALUES (700, 1)|DELETE FROM t",
        1, berth_null());
    assert_fails_as_a_loop("CREATE TABLE p (id TEXT PRIMARY KEY)|INSERT INTO p VALUES ('text')|"
                           "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b REFERENCES p)",
                           1, berth_text("bad"));
}

static void test_full_disk_is_that_of_a_loop(void) {
    static char large[40000];
    memset(large, 'x', sizeof large);
    assert_fails_as_a_loop("PRAGMA max_page_count = 14|CREATE TABLE t (a, b)", 1, berth_text_n(large, sizeof large));
}

static void test_outside_of_a_transaction_each_row_is_committed(void) {
    fill_rows();
    values[2 * 700] = berth_int64(7);
    berth_driver_connection *connection =
        fixture_connect(fixture_path("a.db"), (const char *[]){"synchronous=off", NULL});
    berth_driver_connection *other = fixture_connect(fixture_path("a.db"), NULL);
    fixture_run(connection, "CREATE TABLE t (a UNIQUE, b)");
    outcome found = run_many(connection, PLAIN, 2, ROWS);
    CU_ASSERT_EQUAL(found.status, BERTH_UNIQUE);
    CU_ASSERT_EQUAL(found.error.index, 700);
    ASSERT_TEXT(found.error.column, "a");
    CU_ASSERT_EQUAL(fixture_number(other, "SELECT count(*) FROM t"), 700);
    fixture_close(connection);
    fixture_close(other);
    fixture_remove();
}

static void test_many_writes_are_refused_in_a_read_only_transaction(void) {
    fill_rows();
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    fixture_begin(connection, 1);
    outcome found = run_many(connection, PLAIN, 2, ROWS);
    CU_ASSERT_EQUAL(found.status, BERTH_READ_ONLY);
    CU_ASSERT_EQUAL(found.error.native_code, 8);
    ASSERT_TEXT(found.error.message, "the statement writes, and the transaction is read-only");
    fixture_close(connection);
}

/* A statement that ran for many rows notices what becomes of its table. */
static void test_table_that_changes_is_looked_at_again(void) {
    fill_rows();
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    berth_driver_statement *statement = prepare(connection, PLAIN);
    berth_execution execution = fixture_execution(PLAIN, values, 2, BERTH_EXECUTE_DISCARD);
    execution.statement = statement;
    fixture_begin(connection, 0);
    static const struct {
        const char *change;
        int64_t changes;
    } steps[] = {
        {"CREATE TABLE u (a)", 8},
        {"CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM u; END", 1},
        {"DROP TRIGGER r", 8},
        {"CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM u; END", 1},
        {"ALTER TABLE t RENAME TO v", 0},
        {"CREATE TABLE t (a, b, c DEFAULT 7, CHECK (c < 8))", 8},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        fixture_run(connection, steps[i].change);
        if (steps[i].changes == 0)
            continue;
        CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, 808, BERTH_NO_DEADLINE, &error),
                        BERTH_OK);
        CU_ASSERT_EQUAL(execution.affected_rows, 808);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT changes()"), steps[i].changes);
    }
    fixture_run(connection, "DROP TABLE t");
    CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, 808, BERTH_NO_DEADLINE, &error),
                    BERTH_UNDEFINED);
    ASSERT_TEXT(error.message, "no such table: t");
    CU_ASSERT_EQUAL(error.index, 0);
    fixture_close(connection);
}

static void test_many_rows_without_a_prepared_statement(void) {
    fill_rows();
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    fixture_begin(connection, 0);
    berth_execution execution = fixture_execution(PLAIN, values, 2, BERTH_EXECUTE_DISCARD);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, 808, BERTH_NO_DEADLINE, &error),
                        BERTH_OK);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT changes()"), 8);
    }
    fixture_commit(connection);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 2 * 808);
    fixture_close(connection);
}

static void test_number_of_values_of_a_row_is_checked(void) {
    fill_rows();
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    fixture_begin(connection, 0);
    outcome found = run_many(connection, PLAIN, 3, 270);
    CU_ASSERT_EQUAL(found.status, BERTH_MISUSE);
    CU_ASSERT_EQUAL(found.error.index, 0);
    ASSERT_TEXT(found.error.message, "the statement takes 2 values, 3 given");
    fixture_close(connection);
}

/* Each row of a wide table has more values than a statement of many rows would be given. */
static void test_wide_rows(void) {
    enum { COLUMNS = 300, FEW = 100 };
    static berth_value wide[COLUMNS * FEW];
    char sql[8192] = "CREATE TABLE t (c0";
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect("", NULL);
    for (int i = 1; i < COLUMNS; i++)
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql), ", c%d", i);
    strcat(sql, ")");
    fixture_run(connection, sql);
    snprintf(sql, sizeof sql, "INSERT INTO t VALUES (?");
    for (int i = 1; i < COLUMNS; i++)
        strcat(sql, ", ?");
    strcat(sql, ")");
    for (int i = 0; i < COLUMNS * FEW; i++)
        wide[i] = berth_int64(i);
    fixture_begin(connection, 0);
    berth_execution execution = fixture_execution(sql, wide, COLUMNS, BERTH_EXECUTE_DISCARD);
    CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, FEW, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.affected_rows, FEW);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT sum(c299) FROM t"), 300 * 99 * 100 / 2 + 29900);
    fixture_close(connection);
}

static void test_every_type_goes_many_at_once(void) {
    static const uint8_t uuid[16] = {1};
    const berth_value types[] = {berth_null(),      berth_bool(true),       berth_int64(7),        berth_double(0.5),
                                 berth_text("x"),   berth_blob("", 0),      berth_decimal("1.50"), berth_date(1),
                                 berth_time(1),     berth_timestamp(1),     berth_timestamptz(1),  berth_uuid(uuid),
                                 berth_json("[1]"), berth_text_n("a\0b", 3)};
    fill_rows();
    for (int i = 0; i < ROWS; i++)
        values[2 * i + 1] = types[(size_t)i % (sizeof types / sizeof *types)];
    CU_ASSERT_EQUAL(compare("CREATE TABLE t (a, b)", PLAIN, 2, 808), 8);
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    fixture_begin(connection, 0);
    run_many(connection, PLAIN, 2, 808);
    ASSERT_TEXT(fixture_rows(connection, "SELECT b FROM t WHERE a BETWEEN 700 AND 712"),
                "NULL;1;7;0.5;x;;1.50;1970-01-02;00:00:00.000001;1970-01-01 00:00:00.000001;"
                "1970-01-01 00:00:00.000001+00:00;01000000-0000-0000-0000-000000000000;[1]");
    fixture_close(connection);
}

static void test_nothing_runs_after_the_deadline(void) {
    fill_rows();
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    fixture_begin(connection, 0);
    berth_execution execution = fixture_execution(PLAIN, values, 2, BERTH_EXECUTE_DISCARD);
    CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, ROWS, fixture_deadline(-1), &error),
                    BERTH_TIMEOUT);
    ASSERT_TEXT(error.message, "the deadline was over before the statement began");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 0);
    fixture_close(connection);
}

static void test_deadline_ends_many_rows(void) {
    const char *sql = "INSERT INTO t (a) SELECT ?1 WHERE ?1 < 5 OR (WITH RECURSIVE n(i) AS"
                      " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n) > 0";
    fill_rows();
    for (int i = 0; i < 10; i++)
        values[i] = berth_int64(i);
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    berth_execution execution = fixture_execution(sql, values, 1, BERTH_EXECUTE_DISCARD);
    CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, 10, fixture_deadline(50), &error),
                    BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.index, 5);
    ASSERT_TEXT(error.message, "the deadline passed while the statement ran");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 5);
    fixture_close(connection);
}

static atomic_bool is_over;

/* As the core does: again and again until the call is over. */
static void *cancel_until_over(void *connection) {
    berth_error error;
    while (!atomic_load(&is_over)) {
        fixture_driver()->cancel(connection, BERTH_NO_DEADLINE, &error);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return NULL;
}

static void test_cancel_ends_many_rows(void) {
    pthread_t canceller;
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a, b)");
    fixture_begin(connection, 0);
    berth_execution execution = fixture_execution("UPDATE t SET a = 1", NULL, 0, BERTH_EXECUTE_DISCARD);
    atomic_store(&is_over, false);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&canceller, NULL, cancel_until_over, connection), 0);
    CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, INT64_MAX, BERTH_NO_DEADLINE, &error),
                    BERTH_CANCELLED);
    atomic_store(&is_over, true);
    pthread_join(canceller, NULL);
    CU_ASSERT_EQUAL(error.native_code, 9);
    CU_ASSERT_TRUE(error.index >= 0);
    /* Amid a write SQLite rolls back by itself. */
    bool is_rolled_back = fixture_driver()->transaction_state(connection) == BERTH_TX_IDLE;
    ASSERT_TEXT(error.message, is_rolled_back ? "the statement was cancelled; SQLite has rolled the transaction back"
                                              : "the statement was cancelled");
    fixture_close(connection);
}

/* However little memory there is, the rows are those of a loop or there is an error. */
static void test_lack_of_memory_is_an_error_or_a_loop(void) {
    for (int allocations = 0; allocations < 12; allocations++) {
        fill_rows();
        berth_error error = {.status = BERTH_OK};
        berth_driver_connection *connection = fixture_connect("", NULL);
        fixture_run(connection, "CREATE TABLE t (a, b)");
        fixture_begin(connection, 0);
        berth_execution execution = fixture_execution(PLAIN, values, 2, BERTH_EXECUTE_DISCARD);
        fixture_allocations_left = allocations;
        int32_t status = fixture_driver()->execute_many(connection, &execution, ROWS, BERTH_NO_DEADLINE, &error);
        fixture_allocations_left = -1;
        CU_ASSERT_EQUAL(status, allocations == 0 ? BERTH_NO_MEMORY : BERTH_OK);
        CU_ASSERT_EQUAL(error.status, status);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), status == BERTH_OK ? ROWS : 0);
        fixture_close(connection);
    }
}

SUITE("SQLite: many rows", TEST(test_rows_go_many_at_once), TEST(test_constraints_and_indexes_do_not_matter),
      TEST(test_spelling_does_not_matter), TEST(test_tables_that_would_tell_are_filled_by_a_loop),
      TEST(test_statements_that_are_no_plain_inserts_run_in_a_loop), TEST(test_any_statement_can_run_for_many_rows),
      TEST(test_row_that_fails_is_found), TEST(test_row_without_its_parent_is_found),
      TEST(test_twice_the_same_row_is_found), TEST(test_counter_of_an_autoincrement_key_is_that_of_a_loop),
      TEST(test_full_disk_is_that_of_a_loop), TEST(test_outside_of_a_transaction_each_row_is_committed),
      TEST(test_many_writes_are_refused_in_a_read_only_transaction), TEST(test_table_that_changes_is_looked_at_again),
      TEST(test_many_rows_without_a_prepared_statement), TEST(test_number_of_values_of_a_row_is_checked),
      TEST(test_wide_rows), TEST(test_every_type_goes_many_at_once), TEST(test_nothing_runs_after_the_deadline),
      TEST(test_deadline_ends_many_rows), TEST(test_cancel_ends_many_rows),
      TEST(test_lack_of_memory_is_an_error_or_a_loop))
