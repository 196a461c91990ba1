#include <berth/session.h>
#include <pthread.h>
#include <stdio.h>

#include "tests/drivers/postgresql_fixture.h"
#include "tests/drivers/postgresql_proxy.h"

enum { MANY = 3000 };

static int32_t try_many(berth_driver_connection *connection, berth_driver_statement *statement, const char *sql,
                        const berth_value *values, uint32_t width, uint64_t count, int64_t *affected,
                        berth_error *error) {
    berth_execution execution = fixture_execution(sql, values, width, BERTH_EXECUTE_DISCARD);
    execution.statement = statement;
    *error = (berth_error){.status = BERTH_OK, .index = -1};
    int32_t status = fixture_driver()->execute_many(connection, &execution, count, fixture_deadline(20000), error);
    *affected = execution.affected_rows;
    return status;
}

static void run_many(berth_driver_connection *connection, const char *sql, const berth_value *values, uint32_t width,
                     uint64_t count, int64_t expected) {
    int64_t affected;
    berth_error error;
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    CU_ASSERT_EQUAL(try_many(connection, statement, sql, values, width, count, &affected, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(affected, expected);
    fixture_driver()->unprepare(connection, statement);
}

/* Whether rows went by arrays since the server forgot all statements. */
static bool used_arrays(berth_driver_connection *connection) {
    return strcmp(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE"
                                           " '%pg_catalog.unnest($1%'"),
                  "0") != 0;
}

static void forget_statements(berth_driver_connection *connection) {
    fixture_run(connection, "DEALLOCATE ALL");
}

/* ---- The same as one by one. ---- */

/* Rows of all types that have arrays, with NULLs among them. */
static void make_rows(berth_value rows[MANY][11], char texts[MANY][32], char numbers[MANY][32]) {
    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "text\t\"%d\" {,}\\\n'", i);
        snprintf(numbers[i], sizeof numbers[i], "%d.%03d", i * 7919 - 10000000, i % 1000);
        const berth_value row[11] = {
            berth_int64(i),
            berth_bool(i % 2 == 0),
            berth_int64(i - 1000),
            berth_double(i / 3.0),
            berth_decimal(numbers[i]),
            berth_text(texts[i]),
            berth_blob(texts[i], (size_t)(i % 9)),
            berth_date(i * 100 - 100000),
            berth_timestamp(INT64_C(1000000007) * i),
            berth_timestamptz(INT64_C(-1000000007) * i),
            berth_json("{\"a\": [1, \"x\\\"\"]}"),
        };
        memcpy(rows[i], row, sizeof row);
        rows[i][1 + i % 10] = i % 3 == 0 ? berth_null() : rows[i][1 + i % 10];
    }
}

static void test_many_rows_are_the_same_as_one_by_one(void) {
    static berth_value rows[MANY][11];
    static char texts[MANY][32];
    static char numbers[MANY][32];
    static const char columns[] = "(id int, a boolean, b smallint, c double precision, d numeric(14, 2), e varchar(30),"
                                  " f bytea, g date, h timestamp, i timestamptz(3), j jsonb, k serial, l text DEFAULT"
                                  " 'default', m timestamptz DEFAULT now(), n int GENERATED ALWAYS AS (id + 1) STORED,"
                                  " CHECK (id >= 0))";
    static const char insert[] = "INSERT INTO %s (id, a, b, c, d, e, f, g, h, i, j) VALUES ($1, $2, $3, $4, $5, $6,"
                                 " $7, $8, $9, $10, $11)";
    char sql[512];
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    make_rows(rows, texts, numbers);
    fixture_begin_deferred(connection);
    for (int i = 0; i < 2; i++) {
        snprintf(sql, sizeof sql, "CREATE TEMP TABLE %s %s ON COMMIT DROP", i == 0 ? "single" : "many", columns);
        fixture_run(connection, sql);
    }
    snprintf(sql, sizeof sql, insert, "single");
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    for (int i = 0; i < MANY; i++)
        fixture_run_with(connection, statement, sql, rows[i], 11, BERTH_EXECUTE_DEFER, &error);
    CU_ASSERT_EQUAL(fixture_sync(connection, &error), BERTH_OK);
    snprintf(sql, sizeof sql, insert, "many");
    run_many(connection, sql, rows[0], 11, MANY, MANY);
    CU_ASSERT_TRUE(used_arrays(connection));
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), min(k), max(k) FROM many"), "3000|1|3000");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM (TABLE single EXCEPT TABLE many) AS x"), "0");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM many WHERE k <> id + 1"), "0");
    fixture_rollback(connection);
    fixture_close(connection);
}

static void test_every_writing_of_an_insert_is_understood_or_left_alone(void) {
    static const struct {
        const char *sql;
        bool by_arrays;
    } cases[] = {
        {"INSERT INTO t (a, b) VALUES ($1, $2)", true},
        {"  insert\n into\tt(a,b)values($1,$2)  ", true},
        {"INSERT INTO t VALUES ( $1 , $2 )", true},
        {"INSERT INTO pg_temp.t (\"a\", b) VALUES ($1, $2)", true},
        {"INSERT INTO \"t\" (b, a) VALUES ($1, $2)", true},
        {"INSERT INTO t (a, b) VALUES ($2, $1)", false},
        {"INSERT INTO t (a, b) VALUES ($1, $2 + 0)", false},
        {"INSERT INTO t (a, b) VALUES ($1, CAST($2 AS int))", false},
        {"INSERT INTO t (a, b) VALUES ($1, $2::int)", false},
        {"INSERT INTO t (a, b) SELECT $1, $2::int", false},
        {"INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING", false},
        {"INSERT INTO t (a, b) VALUES ($1, $2) RETURNING a", false},
        {"INSERT INTO t AS x (a, b) VALUES ($1, $2)", false},
        {"INSERT INTO t (a, b) VALUES ($1, $2) -- one", false},
        {"INSERT INTO t (a, b) VALUES /* two */ ($1, $2)", false},
        {"INSERT INTO t (a, b) VALUES ($1, $2), ($1, $2)", false},
        {"WITH x AS (SELECT 1) INSERT INTO t (a, b) VALUES ($1, $2)", false},
    };
    static berth_value rows[1000][2];
    berth_driver_connection *connection = fixture_connect();
    for (int i = 0; i < 1000; i++) {
        rows[i][0] = berth_int64(i);
        rows[i][1] = berth_int64(1);
    }
    fixture_run(connection, "CREATE TEMP TABLE t (a int, b int)");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        forget_statements(connection);
        fixture_begin_deferred(connection);
        bool twice = strstr(cases[i].sql, "), (") != NULL;
        run_many(connection, cases[i].sql, rows[0], 2, 1000, twice ? 2000 : 1000);
        ASSERT_TEXT(used_arrays(connection) ? "by arrays" : "one by one",
                    cases[i].by_arrays ? "by arrays" : "one by one");
        ASSERT_TEXT(fixture_rows(connection, "SELECT sum(a + b) FROM t"), twice ? "1001000" : "500500");
        fixture_rollback(connection);
    }
    fixture_close(connection);
}

static void test_tables_that_are_not_plain_get_rows_one_by_one(void) {
    static const char *const tables[][2] = {
        {"CREATE TABLE t (a int, b int CHECK (of_somebody(b) > 0))", NULL},
        {"CREATE TABLE t (a int, b int, c int DEFAULT of_somebody(1))", NULL},
        {"CREATE TABLE t (a int, b int)", "CREATE INDEX ON t (of_somebody(a))"},
        {"CREATE TABLE t (a int, b int, c timestamptz DEFAULT statement_timestamp())", NULL},
        {"CREATE TABLE t (a int, b int, c text DEFAULT current_query())", NULL},
        {"CREATE TABLE t (a int, b int, CHECK (now() <= statement_timestamp()))", NULL},
        {"CREATE TABLE t (a int PRIMARY KEY, b int, c int REFERENCES t)", NULL},
        {"CREATE TABLE t (a int, b int, c somebodys)", NULL},
        {"CREATE TABLE t (a int, b real)", NULL},
        {"CREATE TABLE t (a int, b int) PARTITION BY RANGE (a)", "CREATE TABLE p PARTITION OF t DEFAULT"},
        {"CREATE TABLE t (a int, b int)", "ALTER TABLE t ENABLE ROW LEVEL SECURITY"},
        {"CREATE TABLE t (a int, b int)", "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT 1"},
        {"CREATE TABLE t (a int, b int)", "CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION see_all()"},
        {"CREATE TABLE u (a int, b int)", "CREATE VIEW t AS SELECT * FROM u"},
    };
    static berth_value rows[1000][2];
    berth_driver_connection *connection = fixture_connect();
    for (int i = 0; i < 1000; i++) {
        rows[i][0] = berth_int64(i);
        rows[i][1] = berth_int64(1);
    }
    fixture_run(connection, "CREATE FUNCTION of_somebody(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
                            " 'BEGIN RETURN a + 1; END'");
    fixture_run(connection, "CREATE FUNCTION see_all() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
                            " IF (SELECT max(a) FROM t) > NEW.a THEN RAISE ''too many''; END IF; RETURN NULL; END'");
    fixture_run(connection, "CREATE DOMAIN somebodys AS int CHECK (of_somebody(VALUE) > 0)");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        forget_statements(connection);
        fixture_begin_deferred(connection);
        fixture_run(connection, tables[i][0]);
        if (tables[i][1] != NULL)
            fixture_run(connection, tables[i][1]);
        run_many(connection, "INSERT INTO t (a, b) VALUES ($1, $2)", rows[0], 2, 1000, 1000);
        ASSERT_TEXT(used_arrays(connection) ? tables[i][0] : "", "");
        ASSERT_TEXT(fixture_rows(connection, "SELECT sum(a + b) FROM t"), "500500");
        fixture_rollback(connection);
    }
    fixture_close(connection);
}

/* A snapshot of the past would not show a trigger that was made since. */
static void test_strict_transactions_get_rows_one_by_one(void) {
    static berth_value rows[1000];
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    for (int i = 0; i < 1000; i++)
        rows[i] = berth_int64(i);
    for (uint32_t level = BERTH_READ_COMMITTED; level <= BERTH_SERIALIZABLE; level++) {
        const berth_begin begin = {.struct_size = sizeof begin, .isolation = level, .flags = BERTH_EXECUTE_DEFER};
        forget_statements(connection);
        CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
        run_many(connection, "INSERT INTO t (a) VALUES ($1)", rows, 1, 1000, 1000);
        CU_ASSERT_EQUAL(used_arrays(connection), level == BERTH_READ_COMMITTED);
        fixture_rollback(connection);
    }
    fixture_close(connection);
}

/* What was found out holds for the very next call only. */
static void test_trigger_between_two_calls_is_seen(void) {
    static berth_value rows[1000];
    static const char sql[] = "INSERT INTO t (a) VALUES ($1)";
    int64_t affected;
    berth_error error;
    berth_driver_connection *connection = proxy_connect(NULL);
    for (int i = 0; i < 1000; i++)
        rows[i] = berth_int64(i);
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    fixture_run(connection, "CREATE TEMP TABLE seen (a bigint)");
    fixture_run(connection, "CREATE OR REPLACE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS"
                            " 'BEGIN INSERT INTO seen SELECT count(*) FROM t; RETURN NULL; END'");
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    fixture_begin_deferred(connection);
    CU_ASSERT_EQUAL(try_many(connection, statement, sql, rows, 1, 1000, &affected, &error), BERTH_OK);
    proxy_round_trips();
    CU_ASSERT_EQUAL(try_many(connection, statement, sql, rows, 1, 100, &affected, &error), BERTH_OK);
    CU_ASSERT_EQUAL(affected, 100);
    CU_ASSERT_EQUAL(proxy_round_trips(), 1);
    fixture_run(connection, "DO $$BEGIN EXECUTE 'CREATE TRIGGER see AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION"
                            " see()'; END$$");
    CU_ASSERT_EQUAL(try_many(connection, statement, sql, rows, 1, 1000, &affected, &error), BERTH_OK);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(DISTINCT a), min(a), max(a) FROM seen"), "1000|1101|2100");
    fixture_rollback(connection);
    proxy_close(connection);
}

/* ---- Other statements. ---- */

static void test_other_statements_are_queued(void) {
    static berth_value rows[1000][2];
    berth_driver_connection *connection = proxy_connect(NULL);
    for (int i = 0; i < 1000; i++) {
        rows[i][0] = berth_int64(i);
        rows[i][1] = berth_int64(i % 2);
    }
    fixture_run(connection, "CREATE TEMP TABLE t (a int, b int)");
    fixture_run(connection, "INSERT INTO t SELECT n, n FROM generate_series(0, 499) AS n");
    fixture_begin_deferred(connection);
    proxy_round_trips();
    run_many(connection, "UPDATE t SET b = $2 WHERE a = $1", rows[0], 2, 1000, 500);
    CU_ASSERT_TRUE(proxy_round_trips() < 100);
    ASSERT_TEXT(fixture_rows(connection, "SELECT sum(b) FROM t"), "250");
    run_many(connection, "DELETE FROM t WHERE a = $1 AND b = $2", rows[0], 2, 1000, 500);
    run_many(connection, "SELECT $1::int + $2::int", rows[0], 2, 1000, -1);
    run_many(connection, "INSERT INTO t (a, b) VALUES ($1, $2) RETURNING a", rows[0], 2, 1000, 1000);
    run_many(connection, "INSERT INTO t (a, b) VALUES ($1, $2)", rows[0], 2, 1, 1);
    run_many(connection, "INSERT INTO t (a, b) VALUES ($1, $2)", rows[0], 2, 0, 0);
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "1001");
    proxy_close(connection);
}

static void test_outside_a_transaction_each_row_is_one(void) {
    const berth_value rows[] = {berth_int64(1), berth_int64(2), berth_int64(1), berth_int64(3)};
    int64_t affected;
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY)");
    const char *sql = "INSERT INTO t (a) VALUES ($1)";
    CU_ASSERT_EQUAL(try_many(connection, NULL, sql, rows, 1, 4, &affected, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 2);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "2");
    CU_ASSERT_EQUAL(try_many(connection, NULL, sql, rows + 3, 1, 1, &affected, &error), BERTH_OK);
    CU_ASSERT_EQUAL(affected, 1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_close(connection);
}

static void test_many_rows_go_behind_a_pooler(void) {
    static berth_value rows[1000];
    const berth_connect_info info = fixture_pgbouncer_info();
    berth_driver_connection *connection = fixture_connect_to(&info);
    for (int i = 0; i < 1000; i++)
        rows[i] = berth_int64(i);
    fixture_begin_deferred(connection);
    fixture_run(connection, "CREATE TEMP TABLE t (a int) ON COMMIT DROP");
    run_many(connection, "INSERT INTO t (a) VALUES ($1)", rows, 1, 1000, 1000);
    ASSERT_TEXT(fixture_rows(connection, "SELECT sum(a) FROM t"), "499500");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements"), "0");
    fixture_commit(connection);
    fixture_close(connection);
}

static void test_large_rows_are_taken_one_by_one(void) {
    static char text[2 << 20];
    static berth_value rows[600][2];
    berth_driver_connection *connection = fixture_connect();
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 600; i++) {
        rows[i][0] = berth_int64(i);
        rows[i][1] = berth_text_n(text, i % 100 == 99 ? sizeof text : 4000);
    }
    fixture_begin_deferred(connection);
    fixture_run(connection, "CREATE TEMP TABLE t (a int, b text)");
    run_many(connection, "INSERT INTO t (a, b) VALUES ($1, $2)", rows[0], 2, 600, 600);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), sum(a), sum(length(b)) FROM t"), "600|179700|14958912");
    fixture_rollback(connection);
    fixture_close(connection);
}

/* ---- Failures. ---- */

static void test_failure_tells_the_row(void) {
    static const struct {
        berth_value wrong[2];
        int32_t status;
        int32_t state;
        const char *rows; /* That are there after it; NULL when the transaction takes no question. */
    } cases[] = {
        {{{.type = BERTH_TYPE_INT64, .as.integer = 3}, {.type = BERTH_TYPE_NULL}}, BERTH_UNIQUE, BERTH_TX_FAILED, NULL},
        {{{.type = BERTH_TYPE_NULL}, {.type = BERTH_TYPE_NULL}}, BERTH_NOT_NULL, BERTH_TX_FAILED, NULL},
        {{{.type = BERTH_TYPE_INT64, .as.integer = -1}, {.type = BERTH_TYPE_NULL}}, BERTH_CHECK, BERTH_TX_FAILED, NULL},
        {{{.type = BERTH_TYPE_INT64, .as.integer = 2500}, {.type = BERTH_TYPE_TEXT, .length = 4, .as.data = "long"}},
         BERTH_DATA,
         BERTH_TX_FAILED,
         NULL},
        {{{.type = BERTH_TYPE_TEXT, .length = 4, .as.data = "many"}, {.type = BERTH_TYPE_NULL}},
         BERTH_DATA,
         BERTH_TX_FAILED,
         NULL},
        {{{.type = BERTH_TYPE_INT64, .as.integer = INT64_C(1) << 40}, {.type = BERTH_TYPE_NULL}},
         BERTH_DATA,
         BERTH_TX_ACTIVE,
         "2500"},
    };
    static berth_value rows[MANY][2];
    int64_t affected;
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE p (a int PRIMARY KEY)");
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY CHECK (a >= 0), b varchar(2))");
    for (int by_arrays = 0; by_arrays < 2; by_arrays++) {
        const char *sql = by_arrays ? "INSERT INTO t (a, b) VALUES ($1, $2)" : "INSERT INTO t (b, a) VALUES ($2, $1)";
        berth_driver_statement *statement = fixture_prepare(connection, sql);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            for (int k = 0; k < MANY; k++) {
                rows[k][0] = berth_int64(k);
                rows[k][1] = berth_null();
            }
            memcpy(rows[2500], cases[i].wrong, sizeof rows[2500]);
            fixture_begin_deferred(connection);
            CU_ASSERT_EQUAL(try_many(connection, statement, sql, rows[0], 2, MANY, &affected, &error), cases[i].status);
            CU_ASSERT_EQUAL(error.index, 2500);
            CU_ASSERT_EQUAL(error.flags, 0);
            CU_ASSERT_EQUAL(fixture_state(connection), cases[i].state);
            if (cases[i].rows != NULL)
                ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), cases[i].rows);
            fixture_rollback(connection);
            ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
        }
        CU_ASSERT_EQUAL(used_arrays(connection), by_arrays);
    }
    fixture_close(connection);
}

static void test_first_row_may_be_the_one_that_fails(void) {
    static berth_value rows[1000];
    int64_t affected;
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE p (a int PRIMARY KEY)");
    fixture_run(connection, "CREATE TEMP TABLE t (a int REFERENCES p)");
    fixture_run(connection, "INSERT INTO p SELECT generate_series(0, 998)");
    const char *sql = "INSERT INTO t (a) VALUES ($1)";
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    for (int first = 999; first >= 0; first -= 999) {
        for (int i = 0; i < 1000; i++)
            rows[i] = berth_int64(i == 0 ? first : i);
        fixture_begin_deferred(connection);
        CU_ASSERT_EQUAL(try_many(connection, statement, sql, rows, 1, 1000, &affected, &error), BERTH_FOREIGN_KEY);
        CU_ASSERT_EQUAL(error.index, first == 999 ? 0 : 999);
        fixture_rollback(connection);
    }
    CU_ASSERT_EQUAL(try_many(connection, statement, "INSERT INTO nowhere VALUES ($1)", rows, 1, 0, &affected, &error),
                    BERTH_OK);
    fixture_close(connection);
}

/* A savepoint of the session's makes the transaction go on. */
static void test_savepoint_outlives_a_failure_of_many(void) {
    static berth_value rows[1000];
    int64_t affected;
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY)");
    for (int i = 0; i < 1000; i++)
        rows[i] = berth_int64(i % 999);
    const char *sql = "INSERT INTO t (a) VALUES ($1)";
    fixture_begin_deferred(connection);
    fixture_run(connection, "SAVEPOINT berth_many");
    fixture_run(connection, "INSERT INTO t VALUES (5000)");
    CU_ASSERT_EQUAL(try_many(connection, fixture_prepare(connection, sql), sql, rows, 1, 1000, &affected, &error),
                    BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 999);
    fixture_run(connection, "ROLLBACK TO SAVEPOINT berth_many");
    run_many(connection, sql, rows, 1, 999, 999);
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "999");
    fixture_close(connection);
}

static void test_deferred_statement_fails_as_what_it_is(void) {
    static berth_value rows[1000];
    int64_t affected;
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    for (int i = 0; i < 1000; i++)
        rows[i] = berth_int64(i);
    const char *sql = "INSERT INTO t (a) VALUES ($1)";
    fixture_begin_deferred(connection);
    fixture_defer(connection, "SELECT 1");
    fixture_defer(connection, "SELECT 1 / 0");
    CU_ASSERT_EQUAL(try_many(connection, fixture_prepare(connection, sql), sql, rows, 1, 1000, &affected, &error),
                    BERTH_DATA);
    ASSERT_TEXT(error.sqlstate, "22012");
    CU_ASSERT_EQUAL(error.index, 1);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_close(connection);
}

/* ---- Ends. ---- */

static void test_lost_connection_and_deadline_are_told(void) {
    static berth_value rows[100000];
    int64_t affected;
    berth_error error;
    for (int i = 0; i < 100000; i++)
        rows[i] = berth_int64(i);
    const char *sql = "INSERT INTO t (a) VALUES ($1)";
    berth_driver_connection *connection = proxy_connect(NULL);
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    fixture_begin_deferred(connection);
    proxy_cut_after("unnest");
    CU_ASSERT_EQUAL(try_many(connection, fixture_prepare(connection, sql), sql, rows, 1, 100000, &affected, &error),
                    BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
    proxy_close(connection);
    connection = fixture_connect();
    fixture_run(connection, "CREATE TABLE held (a int PRIMARY KEY)");
    berth_driver_connection *other = fixture_connect();
    fixture_begin(other);
    fixture_run(other, "INSERT INTO held VALUES (90000)");
    sql = "INSERT INTO held (a) VALUES ($1)";
    fixture_begin_deferred(connection);
    berth_execution execution = fixture_execution(sql, rows, 1, BERTH_EXECUTE_DISCARD);
    execution.statement = fixture_prepare(connection, sql);
    CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, 100000, fixture_deadline(2000), &error),
                    BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(error.index, -1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM held"), "0");
    fixture_close(other);
    fixture_run(connection, "DROP TABLE held");
    fixture_close(connection);
}

SUITE("PostgreSQL: many rows", TEST(test_many_rows_are_the_same_as_one_by_one),
      TEST(test_every_writing_of_an_insert_is_understood_or_left_alone),
      TEST(test_tables_that_are_not_plain_get_rows_one_by_one), TEST(test_strict_transactions_get_rows_one_by_one),
      TEST(test_trigger_between_two_calls_is_seen), TEST(test_other_statements_are_queued),
      TEST(test_outside_a_transaction_each_row_is_one), TEST(test_many_rows_go_behind_a_pooler),
      TEST(test_large_rows_are_taken_one_by_one), TEST(test_failure_tells_the_row),
      TEST(test_first_row_may_be_the_one_that_fails), TEST(test_savepoint_outlives_a_failure_of_many),
      TEST(test_deferred_statement_fails_as_what_it_is), TEST(test_lost_connection_and_deadline_are_told))
