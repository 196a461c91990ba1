#include <stdio.h>

#include "tests/drivers/sqlite_fixture.h"

static const char *const tables[] = {
    "CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL, CONSTRAINT named UNIQUE (name))",
    ("CREATE TABLE trades (season TEXT, model TEXT, quantity REAL CONSTRAINT not_zero CHECK (quantity <> 0),"
     " model_id REFERENCES models, UNIQUE (season, model))"),
    "CREATE TABLE strict (a INTEGER) STRICT",
    "CREATE TABLE pairs (a PRIMARY KEY, b) WITHOUT ROWID",
    "CREATE UNIQUE INDEX lower_names ON pairs (lower(b))",
    "CREATE VIEW names AS SELECT name FROM models",
    "CREATE TRIGGER veto BEFORE DELETE ON models BEGIN SELECT raise(ABORT, 'models stay'); END",
    "INSERT INTO models (id, name) VALUES (1, 'ada')",
    "INSERT INTO trades VALUES ('s1', 'ada', 1, 1)",
    "INSERT INTO pairs VALUES (1, 1)",
};

static berth_driver_connection *connect_with_tables(void) {
    berth_driver_connection *connection = fixture_connect("", NULL);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        fixture_run(connection, tables[i]);
    return connection;
}

static void test_constraints(void) {
    static const struct {
        const char *sql;
        int32_t status;
        int64_t native_code;
        const char *message;
        const char *column;
        const char *constraint;
    } cases[] = {
        {"INSERT INTO models VALUES (1, 'bob')", BERTH_UNIQUE, 1555, "UNIQUE constraint failed: models.id", "id", ""},
        {"INSERT INTO models VALUES (2, 'ada')", BERTH_UNIQUE, 2067, "UNIQUE constraint failed: models.name", "name",
         ""},
        {"INSERT INTO pairs VALUES (2, 1)", BERTH_UNIQUE, 2067, "UNIQUE constraint failed: index 'lower_names'", "",
         "lower_names"},
        {"INSERT INTO pairs VALUES (1, 3)", BERTH_UNIQUE, 1555, "UNIQUE constraint failed: pairs.a", "a", ""},
        {"INSERT INTO trades (season, model) VALUES ('s1', 'ada')", BERTH_UNIQUE, 2067,
         "UNIQUE constraint failed: trades.season, trades.model", "season, model", ""},
        {"INSERT INTO models (id) VALUES (2)", BERTH_NOT_NULL, 1299, "NOT NULL constraint failed: models.name", "name",
         ""},
        {"UPDATE trades SET quantity = 0", BERTH_CHECK, 275, "CHECK constraint failed: not_zero", "", "not_zero"},
        {"UPDATE trades SET model_id = 7", BERTH_FOREIGN_KEY, 787, "FOREIGN KEY constraint failed", "", ""},
        {"INSERT INTO strict VALUES ('x')", BERTH_DATA, 3091, "cannot store TEXT value in INTEGER column strict.a", "a",
         ""},
        {"INSERT INTO models VALUES ('x', 'bob')", BERTH_DATA, 20, "datatype mismatch", "", ""},
        {"DELETE FROM models", BERTH_CHECK, 1811, "models stay", "", ""},
    };
    berth_driver_connection *connection = connect_with_tables();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_execution execution;
        berth_error error;
        CU_ASSERT_EQUAL(fixture_execute(connection, cases[i].sql, NULL, 0, &execution, &error), cases[i].status);
        CU_ASSERT_EQUAL(error.status, cases[i].status);
        CU_ASSERT_EQUAL(error.native_code, cases[i].native_code);
        CU_ASSERT_EQUAL(error.flags, 0);
        ASSERT_TEXT(error.message, cases[i].message);
        ASSERT_TEXT(error.column, cases[i].column);
        ASSERT_TEXT(error.constraint, cases[i].constraint);
        ASSERT_TEXT(error.sqlstate, "");
    }
    fixture_close(connection);
}

static void test_wrong_sql(void) {
    static const struct {
        const char *sql;
        int32_t status;
        const char *message;
    } cases[] = {
        {"SELEKT 1", BERTH_SYNTAX, "near \"SELEKT\": syntax error"},
        {"SELECT (1", BERTH_SYNTAX, "incomplete input"},
        {"SELECT 'x", BERTH_SYNTAX, "unrecognized token: \"'x\""},
        {"SELECT 1,\n  2,,\n 3", BERTH_SYNTAX, "near \",\": syntax error in line 2"},
        {"SELECT * FROM missing", BERTH_UNDEFINED, "no such table: missing"},
        {"SELECT missing FROM models", BERTH_UNDEFINED, "no such column: missing"},
        {"INSERT INTO models (missing) VALUES (1)", BERTH_UNDEFINED, "table models has no column named missing"},
        {"SELECT missing(1)", BERTH_UNDEFINED, "no such function: missing"},
        {"DROP INDEX missing", BERTH_UNDEFINED, "no such index: missing"},
        {"SELECT * FROM nowhere.models", BERTH_UNDEFINED, "no such table: nowhere.models"},
        {"SELECT name FROM models, names", BERTH_SYNTAX, "ambiguous column name: name"},
        {"INSERT INTO models VALUES (1)", BERTH_SYNTAX, "table models has 2 columns but 1 values were supplied"},
        {"CREATE TABLE models (a)", BERTH_DUPLICATE_OBJECT, "table models already exists"},
        {"CREATE INDEX lower_names ON models (name)", BERTH_DUPLICATE_OBJECT, "index lower_names already exists"},
        {"CREATE TABLE lower_names (a)", BERTH_DUPLICATE_OBJECT, "there is already an index named lower_names"},
        {"ALTER TABLE models ADD COLUMN name TEXT", BERTH_DUPLICATE_OBJECT, "duplicate column name: name"},
        {"SELECT 9223372036854775807 + abs(-9223372036854775807 - 1)", BERTH_DATA, "integer overflow"},
        {"SELECT json_extract('{', '$')", BERTH_DATA, "malformed JSON"},
        {"INSERT INTO names VALUES (1)", BERTH_NOT_SUPPORTED, "cannot modify names because it is a view"},
        {"DROP TABLE sqlite_schema", BERTH_PERMISSION, "table sqlite_master may not be dropped"},
        {"COMMIT", BERTH_MISUSE, "cannot commit - no transaction is active"},
        {"RELEASE s", BERTH_UNDEFINED, "no such savepoint: s"},
    };
    berth_driver_connection *connection = connect_with_tables();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        fixture_fail(connection, cases[i].sql, cases[i].status, 1, cases[i].message);
    fixture_fail(connection, "SELECT zeroblob(2000000000)", BERTH_TOO_LARGE, 18, "string or blob too big");
    fixture_fail(connection, "ATTACH '/nowhere/at/all' AS x", BERTH_DATABASE_NOT_FOUND, 14,
                 "unable to open database: /nowhere/at/all");
    fixture_close(connection);
}

static void test_error_may_be_null(void) {
    berth_driver_connection *connection = connect_with_tables();
    const char *sql = "INSERT INTO models VALUES (1, 'bob')";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql, .sql_length = strlen(sql)};
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, NULL), BERTH_UNIQUE);
    fixture_close(connection);
}

static void test_classify_goes_by_the_extended_code_first(void) {
    static const struct {
        int64_t native_code;
        int32_t status;
        uint32_t flags;
    } cases[] = {
        {5, BERTH_LOCK_TIMEOUT, BERTH_FLAG_RETRYABLE},
        {261, BERTH_LOCK_TIMEOUT, BERTH_FLAG_RETRYABLE},
        {517, BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
        {262, BERTH_LOCK_TIMEOUT, BERTH_FLAG_RETRYABLE},
        {8, BERTH_READ_ONLY, 0},
        {1032, BERTH_READ_ONLY, BERTH_FLAG_CONNECTION_LOST},
        {1544, BERTH_READ_ONLY, 0},
        {778, BERTH_RESOURCE, 0},
        {522, BERTH_CORRUPT, 0},
        {3082, BERTH_NO_MEMORY, 0},
        {779, BERTH_CORRUPT, 0},
        {26, BERTH_CORRUPT, 0},
        {13, BERTH_RESOURCE, 0},
        {9, BERTH_CANCELLED, 0},
        {23, BERTH_PERMISSION, 0},
        {2323, BERTH_CHECK, 0},
        {1, BERTH_INTERNAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t flags = 0;
        CU_ASSERT_EQUAL(fixture_driver()->classify(cases[i].native_code, "", &flags), cases[i].status);
        CU_ASSERT_EQUAL(flags, cases[i].flags);
    }
}

static void test_long_names_are_cut_at_a_character(void) {
    berth_driver_connection *connection = fixture_connect("", NULL);
    berth_execution execution;
    berth_error error;
    char name[301];
    char sql[400];
    for (size_t i = 0; i < 300; i += 3)
        memcpy(name + i, "\xE2\x86\x92", 4);
    snprintf(sql, sizeof sql, "CREATE TABLE t (\"%s\" UNIQUE)", name);
    fixture_run(connection, sql);
    fixture_run(connection, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_execute(connection, "INSERT INTO t VALUES (1)", NULL, 0, &execution, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(strlen(error.column), 126);
    CU_ASSERT_EQUAL(memcmp(error.column, name, 126), 0);
    fixture_close(connection);
}

static void test_running_out_of_memory_is_an_error_each_time(void) {
    berth_driver_connection *connection = NULL;
    berth_execution execution;
    berth_error error;
    fixture_driver();
    fixture_allocations_left = 0;
    CU_ASSERT_EQUAL(fixture_try_connect("", BERTH_NO_DEADLINE, NULL, &connection, &error), BERTH_NO_MEMORY);
    ASSERT_TEXT(error.message, "out of memory for a connection");
    CU_ASSERT_PTR_NULL(connection);
    fixture_allocations_left = 1;
    CU_ASSERT_EQUAL(fixture_try_connect("file:a", BERTH_NO_DEADLINE, NULL, &connection, &error), BERTH_NO_MEMORY);
    ASSERT_TEXT(error.message, "out of memory");
    fixture_allocations_left = -1;
    connection = fixture_connect("", NULL);
    fixture_allocations_left = 0;
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT 1", NULL, 0, &execution, &error), BERTH_NO_MEMORY);
    ASSERT_TEXT(error.message, "out of memory for a statement");
    fixture_allocations_left = 1;
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT 1, 2", NULL, 0, &execution, &error), BERTH_NO_MEMORY);
    ASSERT_TEXT(error.message, "out of memory for 2 columns");
    fixture_allocations_left = -1;
    fixture_run(connection, "SELECT 1, 2");
    fixture_close(connection);
}

static void test_changed_table_without_memory_is_described_later(void) {
    berth_driver_connection *connection = connect_with_tables();
    berth_driver_statement *statement = NULL;
    const char *sql = "SELECT * FROM pairs";
    berth_error error;
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql, .sql_length = strlen(sql)};
    CU_ASSERT_EQUAL_FATAL(
        fixture_driver()->prepare(connection, sql, strlen(sql), BERTH_NO_DEADLINE, &statement, &error), BERTH_OK);
    execution.statement = statement;
    fixture_run(connection, "ALTER TABLE pairs ADD COLUMN c");
    fixture_allocations_left = 0;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_NO_MEMORY);
    ASSERT_TEXT(error.message, "out of memory for 3 columns");
    fixture_allocations_left = -1;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL_FATAL(execution.column_count, 3);
    ASSERT_TEXT(execution.columns[2].name, "c");
    fixture_close(connection);
}

static void count(berth_driver_connection *connection, const char *sql, int64_t affected_rows, int64_t last_insert_id) {
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(connection, sql, NULL, 0, &execution, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(execution.affected_rows, affected_rows);
    CU_ASSERT_EQUAL(execution.last_insert_id, last_insert_id);
}

static void test_affected_rows_are_never_stale(void) {
    berth_driver_connection *connection = fixture_connect("", NULL);
    count(connection, "CREATE TABLE p (id INTEGER PRIMARY KEY, a)", -1, 0);
    count(connection, "CREATE TABLE c (p REFERENCES p ON DELETE CASCADE)", -1, 0);
    count(connection, "INSERT INTO p VALUES (1, 1), (2, 2), (7, 7)", 3, 7);
    count(connection, "CREATE INDEX i ON p (a)", -1, 0);
    count(connection, "SELECT * FROM p", -1, 0);
    count(connection, "PRAGMA user_version = 3", -1, 0);
    count(connection, "EXPLAIN DELETE FROM p", -1, 0);
    count(connection, "INSERT INTO c VALUES (1), (1)", 2, 2);
    count(connection, "/* a comment */ -- another\n update p SET a = a", 3, 0);
    count(connection, "UPDATE p SET a = 1 WHERE id = 99", 0, 0);
    count(connection, "DELETE FROM p WHERE id = 1", 1, 0);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM c"), 0);
    count(connection, "WITH x AS (SELECT 2 AS id) DELETE FROM p WHERE id IN (SELECT id FROM x)", 1, 0);
    count(connection, "REPLACE INTO p VALUES (7, 8)", 1, 7);
    count(connection, "INSERT INTO p (a) VALUES (9) RETURNING id", 1, 8);
    count(connection, "DELETE FROM p", 2, 0);
    fixture_close(connection);
}

static void test_last_insert_id_is_that_of_this_statement(void) {
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE p (id INTEGER PRIMARY KEY, a UNIQUE)");
    fixture_run(connection, "CREATE TABLE w (id PRIMARY KEY) WITHOUT ROWID");
    fixture_run(connection, "CREATE TABLE c (id INTEGER PRIMARY KEY, p)");
    count(connection, "INSERT INTO p (a) VALUES ('x')", 1, 1);
    count(connection, "INSERT OR IGNORE INTO p (a) VALUES ('x')", 0, 0);
    count(connection, "INSERT INTO p (a) VALUES ('x') ON CONFLICT (a) DO UPDATE SET a = 'y'", 1, 0);
    count(connection, "INSERT INTO w VALUES ('key')", 1, 0);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT last_insert_rowid()"), 1);
    count(connection, "INSERT INTO c (p) VALUES (last_insert_rowid())", 1, 1);
    count(connection, "INSERT OR IGNORE INTO c VALUES (1, last_insert_rowid())", 0, 0);
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM c"), "1|1");
    fixture_close(connection);
}

static void test_metadata_queries(void) {
    const berth_dialect *dialect = fixture_driver()->dialect;
    berth_driver_connection *connection = connect_with_tables();
    fixture_run(connection, "CREATE TABLE \"odd 'name\" (a VARCHAR(5) DEFAULT 'x', b INT, c INT,"
                            " PRIMARY KEY (b, c), FOREIGN KEY (b, c) REFERENCES other (x, y))");
    ASSERT_TEXT(fixture_rows(connection, dialect->tables_query), "models;odd 'name;pairs;strict;trades");
    ASSERT_TEXT(fixture_rows_of(connection, dialect->columns_query, "models"),
                "id|INTEGER|0|NULL|1;name|TEXT|0|NULL|0");
    ASSERT_TEXT(fixture_rows_of(connection, dialect->columns_query, "odd 'name"),
                "a|VARCHAR(5)|1|'x'|0;b|INT|1|NULL|1;c|INT|1|NULL|2");
    ASSERT_TEXT(fixture_rows_of(connection, dialect->columns_query, "pairs"), "a||0|NULL|1;b||1|NULL|0");
    ASSERT_TEXT(fixture_rows_of(connection, dialect->keys_query, "models"),
                "PRIMARY|primary_key|id|NULL|NULL;UNIQUE|sqlite_autoindex_models_1|name|NULL|NULL");
    ASSERT_TEXT(fixture_rows_of(connection, dialect->keys_query, "trades"),
                "FOREIGN|foreign_key_0|model_id|models|id;UNIQUE|sqlite_autoindex_trades_1|season|NULL|NULL;"
                "UNIQUE|sqlite_autoindex_trades_1|model|NULL|NULL");
    ASSERT_TEXT(fixture_rows_of(connection, dialect->keys_query, "odd 'name"),
                "FOREIGN|foreign_key_0|b|other|x;FOREIGN|foreign_key_0|c|other|y;"
                "PRIMARY|primary_key|b|NULL|NULL;PRIMARY|primary_key|c|NULL|NULL");
    fixture_close(connection);
}

SUITE("SQLite: errors, counts, metadata", TEST(test_constraints), TEST(test_wrong_sql), TEST(test_error_may_be_null),
      TEST(test_classify_goes_by_the_extended_code_first), TEST(test_long_names_are_cut_at_a_character),
      TEST(test_running_out_of_memory_is_an_error_each_time),
      TEST(test_changed_table_without_memory_is_described_later), TEST(test_affected_rows_are_never_stale),
      TEST(test_last_insert_id_is_that_of_this_statement), TEST(test_metadata_queries))
