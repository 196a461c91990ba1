#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/drivers/postgresql_fixture.h"
#include "tests/drivers/postgresql_proxy.h"

#define COLUMNS(...) ((const char *const[]){__VA_ARGS__})

static int32_t try_begin(berth_driver_connection *connection, const char *table, const char *const *columns,
                         uint32_t count, berth_error *error) {
    const berth_bulk bulk = {.struct_size = sizeof bulk, .column_count = count, .table = table, .columns = columns};
    *error = (berth_error){.status = BERTH_OK, .index = -1};
    return fixture_driver()->bulk_begin(connection, &bulk, fixture_deadline(10000), error);
}

static void begin_load(berth_driver_connection *connection, const char *table, const char *const *columns,
                       uint32_t count) {
    berth_error error;
    CU_ASSERT_EQUAL_FATAL(try_begin(connection, table, columns, count, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

static int32_t try_rows(berth_driver_connection *connection, const berth_value *values, uint64_t count,
                        berth_error *error) {
    *error = (berth_error){.status = BERTH_OK, .index = -1};
    return fixture_driver()->bulk_rows(connection, values, count, fixture_deadline(10000), error);
}

static void add_rows(berth_driver_connection *connection, const berth_value *values, uint64_t count) {
    berth_error error;
    CU_ASSERT_EQUAL(try_rows(connection, values, count, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

static int32_t try_end(berth_driver_connection *connection, int64_t *rows, berth_error *error) {
    *error = (berth_error){.status = BERTH_OK, .index = -1};
    return fixture_driver()->bulk_end(connection, rows, fixture_deadline(10000), error);
}

static void end_load(berth_driver_connection *connection, int64_t expected) {
    berth_error error;
    int64_t rows = -1;
    CU_ASSERT_EQUAL(try_end(connection, &rows, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(rows, expected);
}

/* ---- What arrives. ---- */

static void test_every_type_arrives_as_it_is(void) {
    static const uint8_t uuid[16] = {0xa0, 0xee, 0xbc, 0x99, 0x9c, 0x0b, 0x4e, 0xf8,
                                     0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11};
    const berth_value rows[2][16] = {
        {berth_bool(true), berth_int64(-32768), berth_int64(2147483647), berth_int64(INT64_MIN), berth_double(1.5),
         berth_double(0.1), berth_decimal("-12.500"), berth_text("caf\xC3\xA9\t\n\\"), berth_text(""),
         berth_blob("\0\xff'\\", 4), berth_date(-719162), berth_time(86399999999), berth_timestamp(-1),
         berth_timestamptz(1), berth_uuid(uuid), berth_json("{\"a\":  1}")},
        {{0}},
    };
    const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"};
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a boolean, b smallint, c integer, d bigint, e real,"
                            " f double precision, g numeric(10, 2), h text, i varchar(5), j bytea, k date, l time,"
                            " m timestamp, n timestamptz, o uuid, p jsonb)");
    begin_load(connection, "t", names, 16);
    add_rows(connection, rows[0], 2);
    end_load(connection, 2);
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM t WHERE a"),
                "true|-32768|2147483647|-9223372036854775808|1.5|0.1|-12.50|caf\xC3\xA9\t\n\\||00ff275c|0001-01-01|"
                "23:59:59.999999|1969-12-31 23:59:59.999999|1970-01-01 00:00:00.000001+00:00|"
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|{\"a\": 1}");
    ASSERT_TEXT(fixture_rows(connection, "SELECT num_nulls(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) FROM t"
                                         " WHERE a IS NULL"),
                "16");
    fixture_close(connection);
}

/* One value into a column of one type; what is there then. */
static const char *load_one(berth_driver_connection *connection, const char *type, berth_value value) {
    char sql[64];
    fixture_run(connection, "DROP TABLE IF EXISTS one");
    snprintf(sql, sizeof sql, "CREATE TEMP TABLE one (a %s)", type);
    fixture_run(connection, sql);
    begin_load(connection, "one", COLUMNS("a"), 1);
    add_rows(connection, &value, 1);
    end_load(connection, 1);
    return fixture_rows(connection, "SELECT a::text FROM one");
}

static void test_numbers_arrive_digit_by_digit(void) {
    static const char *const numbers[] = {
        "0",
        "0.00",
        "1",
        "-1",
        "10",
        "9999",
        "10000",
        "10001",
        "123456789",
        "0.1",
        "0.0001",
        "0.00001",
        "0.12345",
        "1.10",
        "-12.50",
        "1000.0001",
        "100000000",
        "99999999999999999999.99999999999999999999",
        "1000000000000000000000000000000000000000000",
        "0.00000000000000000000000000000000000000001",
    };
    berth_driver_connection *connection = fixture_connect();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ASSERT_TEXT(load_one(connection, "numeric", berth_decimal(numbers[i])), numbers[i]);
    ASSERT_TEXT(load_one(connection, "numeric", berth_decimal("-0012.500")), "-12.500");
    ASSERT_TEXT(load_one(connection, "numeric", berth_decimal("1.5e3")), "1500");
    ASSERT_TEXT(load_one(connection, "numeric", berth_decimal("15e-4")), "0.0015");
    ASSERT_TEXT(load_one(connection, "numeric", berth_int64(INT64_MIN)), "-9223372036854775808");
    ASSERT_TEXT(load_one(connection, "numeric", berth_double(1e20)), "100000000000000000000");
    ASSERT_TEXT(load_one(connection, "numeric", berth_double(NAN)), "NaN");
    ASSERT_TEXT(load_one(connection, "numeric", berth_double(-INFINITY)), "-Infinity");
    ASSERT_TEXT(load_one(connection, "numeric(6, 2)", berth_decimal("1234.565")), "1234.57");
    fixture_close(connection);
}

static void test_values_become_the_columns_type(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE DOMAIN tiny AS smallint CHECK (VALUE < 10)");
    ASSERT_TEXT(load_one(connection, "double precision", berth_int64(3)), "3");
    ASSERT_TEXT(load_one(connection, "bigint", berth_double(3)), "3");
    ASSERT_TEXT(load_one(connection, "bigint", berth_text("12")), "12");
    ASSERT_TEXT(load_one(connection, "smallint", berth_decimal("7")), "7");
    ASSERT_TEXT(load_one(connection, "tiny", berth_int64(7)), "7");
    ASSERT_TEXT(load_one(connection, "real", berth_double(0.1)), "0.1");
    ASSERT_TEXT(load_one(connection, "real", berth_text("0.1")), "0.1");
    ASSERT_TEXT(load_one(connection, "text", berth_int64(42)), "42");
    ASSERT_TEXT(load_one(connection, "char(3)", berth_text("x")), "x");
    ASSERT_TEXT(load_one(connection, "boolean", berth_text("true")), "true");
    ASSERT_TEXT(load_one(connection, "bytea", berth_text("\\x41")), "\\x5c783431");
    ASSERT_TEXT(load_one(connection, "date", berth_text("2025-10-28")), "2025-10-28");
    ASSERT_TEXT(load_one(connection, "date", berth_timestamp(INT64_C(86400000000))), "1970-01-02");
    ASSERT_TEXT(load_one(connection, "date", berth_date(2932897)), "10000-01-01");
    ASSERT_TEXT(load_one(connection, "timestamp", berth_date(1)), "1970-01-02 00:00:00");
    ASSERT_TEXT(load_one(connection, "timestamptz", berth_timestamp(1)), "1970-01-01 00:00:00.000001+00");
    ASSERT_TEXT(load_one(connection, "time", berth_text("07:04:56.25")), "07:04:56.25");
    ASSERT_TEXT(load_one(connection, "uuid", berth_text("A0EEBC999C0B4EF8BB6D6BB9BD380A11")),
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    ASSERT_TEXT(load_one(connection, "json", berth_text("{\"a\":  1}")), "{\"a\":  1}");
    ASSERT_TEXT(load_one(connection, "jsonb", berth_int64(42)), "42");
    ASSERT_TEXT(load_one(connection, "jsonb", berth_bool(true)), "true");
    fixture_run(connection, "DROP DOMAIN tiny CASCADE");
    fixture_close(connection);
}

/* Where a column's binary form is not known, all go as text. */
static void test_tables_with_other_types_are_loaded_as_text(void) {
    static const char special[] = "a\tb\nc\rd\\e\\N\\.";
    const berth_value rows[3][6] = {
        {berth_text("90 minutes"), berth_text("{1,2}"), berth_text(special), berth_blob("\0\n\\", 3), berth_bool(true),
         berth_double(0.1)},
        {berth_text("1 day"), berth_null(), berth_text("\\."), berth_text("\\x41"), berth_bool(false),
         berth_double(INFINITY)},
        {berth_null(), berth_text("{}"), berth_text(""), berth_null(), berth_null(), berth_null()},
    };
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a interval, b int[], c text, d bytea, e boolean, f float8)");
    begin_load(connection, "t", COLUMNS("a", "b", "c", "d", "e", "f"), 6);
    add_rows(connection, rows[0], 3);
    end_load(connection, 3);
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM t"),
                "01:30:00|{1,2}|a\tb\nc\rd\\e\\N\\.|000a5c|true|0.1;1 day|NULL|\\.|5c783431|false|Infinity;"
                "NULL|{}||NULL|NULL|NULL");
    berth_error error;
    const berth_value noon[2] = {berth_text("1 day"), berth_timestamp(INT64_C(43200000000))};
    fixture_run(connection, "CREATE TEMP TABLE u (a interval, b date)");
    begin_load(connection, "u", COLUMNS("a", "b"), 2);
    CU_ASSERT_EQUAL(try_rows(connection, noon, 1, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "column \"b\": a timestamp with a time of day does not fit a date");
    fixture_driver()->bulk_abort(connection);
    fixture_close(connection);
}

static void test_names_are_quoted_and_defaults_hold(void) {
    const berth_value rows[] = {berth_int64(1), berth_int64(2)};
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE \"Select \"\"it\"\"\" (\"from\" int, b int DEFAULT 7,"
                            " id int GENERATED ALWAYS AS IDENTITY)");
    begin_load(connection, "Select \"it\"", COLUMNS("from"), 1);
    add_rows(connection, rows, 2);
    end_load(connection, 2);
    ASSERT_TEXT(fixture_rows(connection, "SELECT * FROM \"Select \"\"it\"\"\""), "1|7|1;2|7|2");
    fixture_close(connection);
}

/* ---- Within the rest. ---- */

static void test_load_is_part_of_its_transaction(void) {
    const berth_value rows[] = {berth_int64(1), berth_int64(2)};
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (0)");
    begin_load(connection, "t", COLUMNS("a"), 1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_ACTIVE);
    add_rows(connection, rows, 2);
    end_load(connection, 2);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "3");
    fixture_rollback(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_begin_deferred(connection);
    fixture_defer(connection, "INSERT INTO t VALUES (0)");
    fixture_defer(connection, "INSERT INTO nowhere VALUES (0)");
    CU_ASSERT_EQUAL(try_begin(connection, "t", COLUMNS("a"), 1, &error), BERTH_UNDEFINED);
    CU_ASSERT_EQUAL(error.index, 1);
    fixture_rollback(connection);
    begin_load(connection, "t", COLUMNS("a"), 1);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    end_load(connection, 0);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
    fixture_close(connection);
}

static void test_begin_describe_and_copy_are_two_round_trips(void) {
    berth_driver_connection *connection = proxy_connect(NULL);
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    proxy_round_trips();
    fixture_begin_deferred(connection);
    begin_load(connection, "t", COLUMNS("a"), 1);
    CU_ASSERT_EQUAL(proxy_round_trips(), 2);
    end_load(connection, 0);
    CU_ASSERT_EQUAL(proxy_round_trips(), 1);
    fixture_commit(connection);
    proxy_close(connection);
}

static void test_load_needs_no_right_to_read(void) {
    const berth_value row = berth_int64(1);
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TABLE drop_box (a int)");
    fixture_run(connection, "CREATE ROLE berth_writer");
    fixture_run(connection, "GRANT INSERT ON drop_box TO berth_writer");
    fixture_run(connection, "SET ROLE berth_writer");
    begin_load(connection, "drop_box", COLUMNS("a"), 1);
    add_rows(connection, &row, 1);
    end_load(connection, 1);
    fixture_run(connection, "RESET ROLE");
    fixture_run(connection, "DROP TABLE drop_box");
    fixture_run(connection, "DROP ROLE berth_writer");
    fixture_close(connection);
}

static void test_load_works_behind_a_pooler(void) {
    const berth_connect_info info = fixture_pgbouncer_info();
    const berth_value rows[] = {berth_int64(1), berth_int64(2)};
    berth_driver_connection *connection = fixture_connect_to(&info);
    fixture_begin_deferred(connection);
    fixture_run(connection, "CREATE TEMP TABLE t (a int) ON COMMIT DROP");
    begin_load(connection, "t", COLUMNS("a"), 1);
    add_rows(connection, rows, 2);
    end_load(connection, 2);
    ASSERT_TEXT(fixture_rows(connection, "SELECT sum(a) FROM t"), "3");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements"), "0");
    fixture_commit(connection);
    fixture_close(connection);
}

/* ---- Much. ---- */

static void test_many_rows_keep_memory_flat(void) {
    enum { BATCH = 1000, BATCHES = 300 };
    static berth_value rows[BATCH][2];
    static char text[200];
    struct rusage before;
    struct rusage after;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a bigint, b text)");
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < BATCH; i++) {
        rows[i][0] = berth_int64(i);
        rows[i][1] = berth_text(text);
    }
    begin_load(connection, "t", COLUMNS("a", "b"), 2);
    add_rows(connection, rows[0], BATCH);
    getrusage(RUSAGE_SELF, &before);
    for (int i = 1; i < BATCHES; i++)
        add_rows(connection, rows[0], BATCH);
    getrusage(RUSAGE_SELF, &after);
    end_load(connection, (int64_t)BATCH * BATCHES);
    CU_ASSERT_TRUE(FIXTURE_MEMORY_IS_WATCHED || after.ru_maxrss - before.ru_maxrss < 4096);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), sum(a), sum(length(b)) FROM t"),
                "300000|149850000|59700000");
    fixture_close(connection);
}

/* The server says something for each row, which it must be rid of. */
static void test_server_that_talks_does_not_deadlock(void) {
    enum { MANY = 100000 };
    static berth_value rows[MANY];
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a bigint)");
    fixture_run(connection, "CREATE OR REPLACE FUNCTION talk() RETURNS trigger LANGUAGE plpgsql AS"
                            " $$BEGIN RAISE NOTICE '%', repeat('x', 300); RETURN NEW; END$$");
    fixture_run(connection, "CREATE TRIGGER talk BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION talk()");
    for (int i = 0; i < MANY; i++)
        rows[i] = berth_int64(i);
    begin_load(connection, "t", COLUMNS("a"), 1);
    add_rows(connection, rows, MANY);
    end_load(connection, MANY);
    fixture_close(connection);
}

static void test_large_values_arrive(void) {
    enum { LENGTH = 20 << 20 };
    static char text[LENGTH];
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a bytea, b text)");
    memset(text, 'y', sizeof text);
    const berth_value row[] = {berth_blob(text, sizeof text), berth_text_n(text, sizeof text)};
    begin_load(connection, "t", COLUMNS("a", "b"), 2);
    add_rows(connection, row, 1);
    end_load(connection, 1);
    ASSERT_TEXT(fixture_rows(connection, "SELECT length(a), length(b) FROM t"), "20971520|20971520");
    fixture_close(connection);
}

/* ---- Failures. ---- */

static void test_values_that_do_not_fit_are_refused_with_row_and_column(void) {
    static const struct {
        const char *type;
        berth_value value;
        const char *sqlstate;
        const char *message;
    } cases[] = {
        {"smallint",
         {.type = BERTH_TYPE_INT64, .as.integer = 32768},
         "22003",
         "column \"a\": 32768 is out of range for type smallint"},
        {"integer",
         {.type = BERTH_TYPE_DOUBLE, .as.real = 1.5},
         "22P02",
         "column \"a\": the double does not fit the type integer"},
        {"integer",
         {.type = BERTH_TYPE_TEXT, .length = 4, .as.data = "many"},
         "22P02",
         "column \"a\": the text does not fit the type integer"},
        {"numeric",
         {.type = BERTH_TYPE_TEXT, .length = 3, .as.data = "1.x"},
         "22P02",
         "column \"a\": the text does not fit the type numeric"},
        {"real",
         {.type = BERTH_TYPE_DOUBLE, .as.real = 1e300},
         "22003",
         "column \"a\": the number is out of range for type real"},
        {"text",
         {.type = BERTH_TYPE_TEXT, .length = 3, .as.data = "a\0b"},
         "22021",
         "column \"a\": the text has a NUL, which the server takes in a bytea only"},
        {"text",
         {.type = BERTH_TYPE_BLOB, .length = 1, .as.data = "a"},
         "42804",
         "column \"a\": a blob is given, but the server takes no bytea here; is a cast missing?"},
        {"numeric",
         {.type = BERTH_TYPE_BLOB, .length = 1, .as.data = "1"},
         "42804",
         "column \"a\": a blob is given, but the server takes no bytea here; is a cast missing?"},
        {"date",
         {.type = BERTH_TYPE_TIMESTAMP, .as.integer = 1},
         "22008",
         "column \"a\": a timestamp with a time of day does not fit a date"},
        {"timestamp",
         {.type = BERTH_TYPE_DATE, .as.integer = INT32_MAX},
         "22P02",
         "column \"a\": the date does not fit the type timestamp without time zone"},
        {"uuid",
         {.type = BERTH_TYPE_INT64, .as.integer = 1},
         "22P02",
         "column \"a\": the integer does not fit the type uuid"},
    };
    char sql[64];
    berth_error error;
    berth_driver_connection *connection = fixture_connect();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(sql, sizeof sql, "CREATE TEMP TABLE t%d (a %s)", (int)i, cases[i].type);
        fixture_run(connection, sql);
        const berth_value rows[] = {berth_null(), berth_null(), cases[i].value};
        char table[8];
        snprintf(table, sizeof table, "t%d", (int)i);
        fixture_begin(connection);
        begin_load(connection, table, COLUMNS("a"), 1);
        CU_ASSERT_EQUAL(try_rows(connection, rows, 3, &error), BERTH_DATA);
        ASSERT_TEXT(error.message, cases[i].message);
        ASSERT_TEXT(error.sqlstate, cases[i].sqlstate);
        ASSERT_TEXT(error.column, "a");
        CU_ASSERT_EQUAL(error.index, 2);
        fixture_driver()->bulk_abort(connection);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
        fixture_rollback(connection);
        ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    }
    fixture_close(connection);
}

static void test_server_names_the_row_that_failed(void) {
    static const struct {
        berth_value row[2];
        int32_t status;
        int64_t index;
    } cases[] = {
        {{{.type = BERTH_TYPE_INT64, .as.integer = 500}, {.type = BERTH_TYPE_NULL}}, BERTH_UNIQUE, 600},
        {{{.type = BERTH_TYPE_NULL}, {.type = BERTH_TYPE_NULL}}, BERTH_NOT_NULL, 600},
        {{{.type = BERTH_TYPE_INT64, .as.integer = -1}, {.type = BERTH_TYPE_NULL}}, BERTH_CHECK, 600},
        {{{.type = BERTH_TYPE_INT64, .as.integer = 600}, {.type = BERTH_TYPE_TEXT, .length = 4, .as.data = "long"}},
         BERTH_DATA,
         600},
        {{{.type = BERTH_TYPE_INT64, .as.integer = 600}, {.type = BERTH_TYPE_TEXT, .length = 2, .as.data = "\xff\xfe"}},
         BERTH_DATA,
         600},
    };
    static berth_value rows[1000][2];
    berth_error error;
    int64_t count;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int PRIMARY KEY CHECK (a >= 0), b varchar(2))");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int k = 0; k < 1000; k++) {
            rows[k][0] = berth_int64(k);
            rows[k][1] = berth_null();
        }
        memcpy(rows[600], cases[i].row, sizeof rows[600]);
        begin_load(connection, "t", COLUMNS("a", "b"), 2);
        add_rows(connection, rows[0], 1000);
        CU_ASSERT_EQUAL(try_end(connection, &count, &error), cases[i].status);
        CU_ASSERT_EQUAL(error.index, cases[i].index);
        CU_ASSERT_EQUAL(count, 0);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
        ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    }
    fixture_close(connection);
}

/* A foreign key is looked at when all rows are there: nobody says which it was. */
static void test_failure_of_no_row_has_no_index(void) {
    const berth_value rows[] = {berth_int64(1), berth_int64(2)};
    berth_error error;
    int64_t count;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE p (a int PRIMARY KEY)");
    fixture_run(connection, "CREATE TEMP TABLE t (a int REFERENCES p)");
    begin_load(connection, "t", COLUMNS("a"), 1);
    add_rows(connection, rows, 2);
    CU_ASSERT_EQUAL(try_end(connection, &count, &error), BERTH_FOREIGN_KEY);
    CU_ASSERT_EQUAL(error.index, -1);
    CU_ASSERT_EQUAL(try_begin(connection, "nowhere", COLUMNS("a"), 1, &error), BERTH_UNDEFINED);
    CU_ASSERT_EQUAL(try_begin(connection, "t", COLUMNS("b"), 1, &error), BERTH_UNDEFINED);
    CU_ASSERT_EQUAL(try_begin(connection, "t", COLUMNS("a", "a"), 2, &error), BERTH_DUPLICATE_OBJECT);
    CU_ASSERT_EQUAL(try_begin(connection, "t", NULL, 0, &error), BERTH_MISUSE);
    fixture_run(connection, "CREATE TEMP VIEW v AS SELECT a FROM t");
    begin_load(connection, "v", COLUMNS("a"), 1);
    CU_ASSERT_NOT_EQUAL(try_end(connection, &count, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "cannot copy to view \"v\"; hint: To enable copying to a view, provide an INSTEAD OF"
                               " INSERT trigger.");
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
}

static void test_abort_keeps_nothing_and_leaves_the_connection(void) {
    static berth_value rows[50000];
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    for (int i = 0; i < 50000; i++)
        rows[i] = berth_int64(i);
    for (uint64_t count = 0; count <= 50000; count += 25000) {
        begin_load(connection, "t", COLUMNS("a"), 1);
        add_rows(connection, rows, count);
        fixture_driver()->bulk_abort(connection);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_IDLE);
        ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    }
    fixture_begin(connection);
    begin_load(connection, "t", COLUMNS("a"), 1);
    fixture_driver()->bulk_abort(connection);
    CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    begin_load(connection, "t", COLUMNS("a"), 1);
    fixture_close(connection);
}

/* ---- Ends. ---- */

static void terminate_others(void) {
    berth_driver_connection *other = fixture_connect();
    fixture_run(other, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
                       " AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
    fixture_close(other);
}

static void test_lost_connection_is_noticed(void) {
    static berth_value rows[100000];
    berth_error error;
    int64_t count;
    int32_t status = BERTH_OK;
    for (int i = 0; i < 100000; i++)
        rows[i] = berth_int64(i);
    for (int i = 0; i < 3; i++) {
        berth_driver_connection *connection = fixture_connect();
        fixture_run(connection, "CREATE TEMP TABLE t (a int)");
        begin_load(connection, "t", COLUMNS("a"), 1);
        add_rows(connection, rows, i == 0 ? 0 : 10000);
        terminate_others();
        for (int k = 0; i < 2 && status == BERTH_OK && k < 100; k++)
            status = try_rows(connection, rows, 100000, &error);
        if (i == 2)
            status = try_end(connection, &count, &error);
        CU_ASSERT_EQUAL(status, BERTH_CONNECTION_LOST);
        CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
        fixture_driver()->bulk_abort(connection);
        CU_ASSERT_EQUAL(fixture_state(connection), BERTH_TX_UNKNOWN);
        fixture_close(connection);
        status = BERTH_OK;
    }
}

static void test_deadline_ends_a_load_and_keeps_the_connection(void) {
    static berth_value rows[1000000];
    berth_error error;
    int64_t count;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TABLE slow (a int)");
    fixture_run(connection, "CREATE OR REPLACE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS"
                            " $$BEGIN PERFORM pg_sleep(60); RETURN NEW; END$$");
    fixture_run(connection, "CREATE TRIGGER doze BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION doze()");
    for (int i = 0; i < 1000000; i++)
        rows[i] = berth_int64(i);
    begin_load(connection, "slow", COLUMNS("a"), 1);
    CU_ASSERT_EQUAL(fixture_driver()->bulk_rows(connection, rows, 1000000, fixture_deadline(50), &error),
                    BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    fixture_driver()->bulk_abort(connection);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM slow"), "0");
    begin_load(connection, "slow", COLUMNS("a"), 1);
    add_rows(connection, rows, 1);
    CU_ASSERT_EQUAL(fixture_driver()->bulk_end(connection, &count, fixture_deadline(50), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    ASSERT_TEXT(error.sqlstate, "57014");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM slow"), "0");
    berth_driver_connection *other = fixture_connect();
    fixture_begin(other);
    fixture_run(other, "LOCK TABLE slow");
    const berth_bulk bulk = {.struct_size = sizeof bulk, .column_count = 1, .table = "slow", .columns = COLUMNS("a")};
    CU_ASSERT_EQUAL(fixture_driver()->bulk_begin(connection, &bulk, fixture_deadline(50), &error), BERTH_TIMEOUT);
    fixture_close(other);
    fixture_run(connection, "DROP TABLE slow");
    fixture_close(connection);
}

static void *cancel(void *argument) {
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->cancel(argument, fixture_deadline(5000), &error), BERTH_OK);
    return NULL;
}

static void test_cancel_ends_a_load(void) {
    const berth_value row = berth_int64(1);
    berth_error error;
    int64_t count;
    pthread_t thread;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    begin_load(connection, "t", COLUMNS("a"), 1);
    add_rows(connection, &row, 1);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, cancel, connection), 0);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(try_end(connection, &count, &error), BERTH_CANCELLED);
    ASSERT_TEXT(error.sqlstate, "57014");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_close(connection);
}

SUITE("PostgreSQL: loading by COPY", TEST(test_every_type_arrives_as_it_is), TEST(test_numbers_arrive_digit_by_digit),
      TEST(test_values_become_the_columns_type), TEST(test_tables_with_other_types_are_loaded_as_text),
      TEST(test_names_are_quoted_and_defaults_hold), TEST(test_load_is_part_of_its_transaction),
      TEST(test_begin_describe_and_copy_are_two_round_trips), TEST(test_load_needs_no_right_to_read),
      TEST(test_load_works_behind_a_pooler), TEST(test_many_rows_keep_memory_flat),
      TEST(test_server_that_talks_does_not_deadlock), TEST(test_large_values_arrive),
      TEST(test_values_that_do_not_fit_are_refused_with_row_and_column), TEST(test_server_names_the_row_that_failed),
      TEST(test_failure_of_no_row_has_no_index), TEST(test_abort_keeps_nothing_and_leaves_the_connection),
      TEST(test_lost_connection_is_noticed), TEST(test_deadline_ends_a_load_and_keeps_the_connection),
      TEST(test_cancel_ends_a_load))
