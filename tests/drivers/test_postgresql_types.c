#include <math.h>
#include <stdio.h>

#include "tests/drivers/postgresql_fixture.h"

/* Both ways: as text without preparing, and in binary. */
static void expect_rows(berth_driver_connection *connection, const char *sql, const char *rows) {
    ASSERT_TEXT(fixture_rows(connection, sql), rows);
    ASSERT_TEXT(fixture_prepared_rows(connection, sql, NULL, 0), rows);
}

static void expect_type(berth_driver_connection *connection, const char *sql, uint32_t type) {
    CU_ASSERT_EQUAL(fixture_type(connection, sql, false), type);
    CU_ASSERT_EQUAL(fixture_type(connection, sql, true), type);
}

static void test_literals_come_as_their_types(void) {
    static const struct {
        const char *literal;
        const char *text;
        uint32_t type;
    } cases[] = {
        {"true", "true", BERTH_TYPE_BOOL},
        {"(-32768)::int2", "-32768", BERTH_TYPE_INT64},
        {"(-2147483648)::int4", "-2147483648", BERTH_TYPE_INT64},
        {"(-9223372036854775808)::int8", "-9223372036854775808", BERTH_TYPE_INT64},
        {"9223372036854775807", "9223372036854775807", BERTH_TYPE_INT64},
        {"4294967295::oid", "4294967295", BERTH_TYPE_INT64},
        {"1.5::float4", "1.5", BERTH_TYPE_DOUBLE},
        {"5e-324::float8", "5e-324", BERTH_TYPE_DOUBLE},
        {"'NaN'::float8", "NaN", BERTH_TYPE_DOUBLE},
        {"'-Infinity'::float8", "-Infinity", BERTH_TYPE_DOUBLE},
        {"0.00::numeric", "0.00", BERTH_TYPE_DECIMAL},
        {"-12.50", "-12.50", BERTH_TYPE_DECIMAL},
        {"0.000012345", "0.000012345", BERTH_TYPE_DECIMAL},
        {"10000::numeric", "10000", BERTH_TYPE_DECIMAL},
        {"100000000::numeric", "100000000", BERTH_TYPE_DECIMAL},
        {"0.0001", "0.0001", BERTH_TYPE_DECIMAL},
        {"12345678901234567890123456789012345.678", "12345678901234567890123456789012345.678", BERTH_TYPE_DECIMAL},
        {"1e20::numeric(30,5)", "100000000000000000000.00000", BERTH_TYPE_DECIMAL},
        {"'NaN'::numeric", "NaN", BERTH_TYPE_TEXT},
        {"'infinity'::numeric", "Infinity", BERTH_TYPE_TEXT},
        {"'caf\xC3\xA9'::text", "caf\xC3\xA9", BERTH_TYPE_TEXT},
        {"''::varchar", "", BERTH_TYPE_TEXT},
        {"'ab'::char(3)", "ab ", BERTH_TYPE_TEXT},
        {"'x'::\"char\"", "x", BERTH_TYPE_TEXT},
        {"'\\x00ff'::bytea", "00ff", BERTH_TYPE_BLOB},
        {"''::bytea", "", BERTH_TYPE_BLOB},
        {"'1970-01-01'::date", "1970-01-01", BERTH_TYPE_DATE},
        {"'0001-01-01'::date", "0001-01-01", BERTH_TYPE_DATE},
        {"'4713-11-24 BC'::date", "-4712-11-24", BERTH_TYPE_DATE},
        {"'0001-12-31 BC'::date", "0000-12-31", BERTH_TYPE_DATE},
        {"'5874897-12-31'::date", "+5874897-12-31", BERTH_TYPE_DATE},
        {"'infinity'::date", "infinity", BERTH_TYPE_TEXT},
        {"'24:00'::time", "24:00:00.000000", BERTH_TYPE_TIME},
        {"'07:04:56.250001'::time", "07:04:56.250001", BERTH_TYPE_TIME},
        {"'1969-12-31 23:59:59.999999'::timestamp", "1969-12-31 23:59:59.999999", BERTH_TYPE_TIMESTAMP},
        {"'-infinity'::timestamp", "-infinity", BERTH_TYPE_TEXT},
        {"'10000-01-01'::timestamp", "+10000-01-01 00:00:00.000000", BERTH_TYPE_TIMESTAMP},
        {"'0044-03-15 12:00:00.5 BC'::timestamp", "-0043-03-15 12:00:00.500000", BERTH_TYPE_TIMESTAMP},
        {"'0044-03-15 12:00:00.5+01 BC'::timestamptz", "-0043-03-15 11:00:00.500000+00:00", BERTH_TYPE_TIMESTAMPTZ},
        {"'2025-10-28 07:04:56.25+05:30'::timestamptz", "2025-10-28 01:34:56.250000+00:00", BERTH_TYPE_TIMESTAMPTZ},
        {"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", BERTH_TYPE_UUID},
        {"'{\"b\": 1,  \"a\": 2}'::json", "{\"b\": 1,  \"a\": 2}", BERTH_TYPE_JSON},
        {"'{\"b\":1, \"a\":2}'::jsonb", "{\"a\": 2, \"b\": 1}", BERTH_TYPE_JSON},
        {"'1 day 2 hours'::interval", "1 day 02:00:00", BERTH_TYPE_TEXT},
        {"ARRAY[1, 2]", "{1,2}", BERTH_TYPE_TEXT},
        {"NULL::int", "NULL", BERTH_TYPE_NULL},
        {"NULL::bytea", "NULL", BERTH_TYPE_NULL},
    };
    char sql[128];
    berth_driver_connection *connection = fixture_connect();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(sql, sizeof sql, "SELECT %s", cases[i].literal);
        expect_rows(connection, sql, cases[i].text);
        expect_type(connection, sql, cases[i].type);
    }
    fixture_close(connection);
}

/* The server's years end 30 beyond Berth's. */
static void test_timestamps_beyond_the_last_are_refused(void) {
    static const char *const types[] = {"timestamp", "timestamptz"};
    berth_driver_connection *connection = fixture_connect();
    const berth_value *row;
    berth_error error;
    char sql[64];
    for (int i = 0; i < 4; i++) {
        snprintf(sql, sizeof sql, "SELECT '294276-12-31'::%s", types[i % 2]);
        berth_execution execution = fixture_execution(sql, NULL, 0, 0);
        execution.statement = i < 2 ? NULL : fixture_prepare(connection, sql);
        if (execution.statement != NULL)
            fixture_describe(connection, execution.statement, sql, 0);
        CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_DATA);
        ASSERT_TEXT(error.message, "a timestamp is after the year 294247, the last that can be counted");
    }
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
}

static void test_unknown_types_make_all_columns_text_forms(void) {
    berth_driver_connection *connection = fixture_connect();
    expect_rows(connection,
                "SELECT 1::int8, 1.5::float8, 2.50, '2025-10-28 01:02:03.5'::timestamp, '\\x01'::bytea, true, "
                "'2025-10-28 00:00+00'::timestamptz, '1 day'::interval",
                "1|1.5|2.50|2025-10-28 01:02:03.500000|01|true|2025-10-28 00:00:00.000000+00:00|1 day");
    fixture_close(connection);
}

/* A value through a cast comes back as the same text, prepared and not. */
static void expect_cast(berth_driver_connection *connection, const char *type, berth_value value, const char *text) {
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT CAST($1 AS %s)", type);
    ASSERT_TEXT(fixture_rows_with(connection, sql, &value, 1), text);
    ASSERT_TEXT(fixture_prepared_rows(connection, sql, &value, 1), text);
}

static void test_values_arrive_as_their_types(void) {
    static const uint8_t uuid[16] = {0xa0, 0xee, 0xbc, 0x99, 0x9c, 0x0b, 0x4e, 0xf8,
                                     0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11};
    berth_driver_connection *connection = fixture_connect();
    expect_cast(connection, "boolean", berth_bool(true), "true");
    expect_cast(connection, "boolean", berth_bool(false), "false");
    expect_cast(connection, "smallint", berth_int64(-32768), "-32768");
    expect_cast(connection, "integer", berth_int64(2147483647), "2147483647");
    expect_cast(connection, "bigint", berth_int64(INT64_MIN), "-9223372036854775808");
    expect_cast(connection, "numeric", berth_int64(INT64_MAX), "9223372036854775807");
    expect_cast(connection, "double precision", berth_int64(3), "3");
    expect_cast(connection, "double precision", berth_double(0.1), "0.1");
    expect_cast(connection, "double precision", berth_double(-0.0), "-0");
    expect_cast(connection, "double precision", berth_double(NAN), "NaN");
    expect_cast(connection, "double precision", berth_double(INFINITY), "Infinity");
    expect_cast(connection, "real", berth_double(1.5), "1.5");
    expect_cast(connection, "numeric", berth_decimal("-0012.500"), "-12.500");
    expect_cast(connection, "text", berth_text("caf\xC3\xA9"), "caf\xC3\xA9");
    expect_cast(connection, "text", berth_text_n("abcdef", 3), "abc");
    expect_cast(connection, "text", berth_int64(42), "42");
    expect_cast(connection, "integer", berth_text_n("123456", 3), "123");
    expect_cast(connection, "bytea", berth_blob("\0\xff'\\", 4), "00ff275c");
    expect_cast(connection, "bytea", berth_blob(NULL, 0), "");
    expect_cast(connection, "date", berth_date(-719162), "0001-01-01");
    expect_cast(connection, "time", berth_time(86399999999), "23:59:59.999999");
    expect_cast(connection, "timestamp", berth_timestamp(-1), "1969-12-31 23:59:59.999999");
    expect_cast(connection, "timestamptz", berth_timestamptz(1), "1970-01-01 00:00:00.000001+00:00");
    expect_cast(connection, "timestamptz", berth_timestamp(1), "1970-01-01 00:00:00.000001+00:00");
    expect_cast(connection, "timestamp", berth_timestamptz(1), "1970-01-01 00:00:00.000001");
    expect_cast(connection, "uuid", berth_uuid(uuid), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    expect_cast(connection, "uuid", berth_text("A0EEBC999C0B4EF8BB6D6BB9BD380A11"),
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    expect_cast(connection, "json", berth_json("{\"b\":  1}"), "{\"b\":  1}");
    expect_cast(connection, "jsonb", berth_json("{\"b\":  1}"), "{\"b\": 1}");
    expect_cast(connection, "interval", berth_text("90 minutes"), "01:30:00");
    expect_cast(connection, "bigint", berth_null(), "NULL");
    fixture_close(connection);
}

/* Must fail prepared and not; the message is the prepared one's. */
static void expect_refusal(berth_driver_connection *connection, const char *type, berth_value value,
                           const char *sqlstate, const char *message) {
    char sql[64];
    berth_execution execution;
    berth_error error;
    snprintf(sql, sizeof sql, "SELECT CAST($1 AS %s)", type);
    CU_ASSERT_EQUAL(fixture_execute(connection, sql, &value, 1, &execution, &error), BERTH_DATA);
    execution.statement = fixture_prepare(connection, sql);
    fixture_describe(connection, execution.statement, sql, 1);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_DATA);
    ASSERT_TEXT(error.sqlstate, sqlstate);
    ASSERT_TEXT(error.message, message);
    fixture_driver()->unprepare(connection, execution.statement);
}

static void test_values_that_do_not_fit_are_refused(void) {
    berth_driver_connection *connection = fixture_connect();
    expect_refusal(connection, "smallint", berth_int64(32768), "22003",
                   "value 1: 32768 is out of range for type smallint");
    expect_refusal(connection, "integer", berth_int64(-2147483649), "22003",
                   "value 1: -2147483649 is out of range for type integer");
    expect_refusal(connection, "integer", berth_double(1.5), "22P02", "invalid input syntax for type integer: \"1.5\"");
    expect_refusal(connection, "integer", berth_text("many"), "22P02",
                   "invalid input syntax for type integer: \"many\"");
    expect_refusal(connection, "text", berth_text_n("a\0b", 3), "22021",
                   "value 1: the text has a NUL, which the server takes in a bytea only");
    expect_refusal(connection, "text", berth_text("\xff"), "22021",
                   "invalid byte sequence for encoding \"UTF8\": 0xff");
    expect_refusal(connection, "date", berth_text("2024-02-30"), "22008",
                   "date/time field value out of range: \"2024-02-30\"");
    fixture_close(connection);
}

/* Already the first time. */
static void test_prepared_types_guard_what_a_text_would_hide(void) {
    static const char to_text[] = "SELECT CAST($1 AS text)";
    static const char to_date[] = "SELECT CAST($1 AS date)";
    berth_driver_connection *connection = fixture_connect();
    const berth_value blob = berth_blob("a", 1);
    const berth_value noon = berth_timestamp(INT64_C(43200000000));
    const berth_value path = berth_text("\\101\\");
    berth_error error;
    berth_execution execution = fixture_execution(to_text, &blob, 1, 0);
    execution.statement = fixture_prepare(connection, to_text);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "value 1: a blob is given, but the server takes no bytea here; is a cast missing?");
    execution = fixture_execution(to_date, &noon, 1, 0);
    execution.statement = fixture_prepare(connection, to_date);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "value 1: a timestamp with a time of day does not fit a date");
    ASSERT_TEXT(fixture_prepared_rows(connection, "SELECT CAST($1 AS bytea)", &path, 1), "5c3130315c");
    fixture_close(connection);
}

static void test_blobs_of_64_mib_come_back_whole(void) {
    const size_t length = (size_t)64 << 20;
    berth_driver_connection *connection = fixture_connect();
    unsigned char *bytes = malloc(length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(i * 31 >> 3);
    const berth_value value = berth_blob(bytes, length);
    const char *sql = "SELECT CAST($1 AS bytea)";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql, .params = &value, .param_count = 1};
    berth_error error = {.status = BERTH_OK};
    const berth_value *row = NULL;
    execution.statement = fixture_prepare(connection, sql);
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_EQUAL(row[0].length, length);
    CU_ASSERT_EQUAL(memcmp(row[0].as.data, bytes, length), 0);
    CU_ASSERT_EQUAL(fixture_driver()->finish(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    free(bytes);
    fixture_close(connection);
}

static void test_columns_are_described(void) {
    berth_driver_connection *connection = fixture_connect();
    const char *sql = "SELECT 1::bigint AS a, 'x'::text AS a, now() AS \"when\", '1 day'::interval AS i WHERE false";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql};
    berth_error error = {.status = BERTH_OK};
    const berth_value *row;
    for (int prepared = 0; prepared <= 1; prepared++) {
        execution.statement = prepared ? fixture_prepare(connection, sql) : NULL;
        CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_EQUAL_FATAL(execution.column_count, 4);
        ASSERT_TEXT(execution.columns[0].name, "a");
        CU_ASSERT_EQUAL(execution.columns[0].type, BERTH_TYPE_INT64);
        ASSERT_TEXT(execution.columns[0].declared_type, "bigint");
        ASSERT_TEXT(execution.columns[2].name, "when");
        CU_ASSERT_EQUAL(execution.columns[2].type, BERTH_TYPE_TIMESTAMPTZ);
        CU_ASSERT_EQUAL(execution.columns[3].type, BERTH_TYPE_TEXT);
        CU_ASSERT_PTR_NULL(execution.columns[3].declared_type);
        CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_PTR_NULL(row);
    }
    fixture_close(connection);
}

static void test_numerics_tell_their_precision(void) {
    static const char *const expected[] = {"numeric(18,4)", "numeric(5,0)", "numeric(2,-3)", "numeric", "numeric"};
    berth_driver_connection *connection = fixture_connect();
    const char *sql = "SELECT 1.5::numeric(18, 4), 1::numeric(5), 12000::numeric(2, -3), 1.5::numeric, "
                      "sum(x) FROM (VALUES (1.5::numeric(18, 4))) AS t (x)";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql};
    berth_error error;
    for (int prepared = 0; prepared <= 1; prepared++) {
        execution.statement = prepared ? fixture_prepare(connection, sql) : NULL;
        CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_EQUAL_FATAL(execution.column_count, 5);
        for (int i = 0; i < 5; i++)
            ASSERT_TEXT(execution.columns[i].declared_type, expected[i]);
        CU_ASSERT_EQUAL(fixture_driver()->finish(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    }
    fixture_close(connection);
}

/* The core writes the placeholder; here it is put in by hand. */
static const char *describe_table(berth_driver_connection *connection, const char *query, const char *table) {
    char sql[4096];
    const char *place = strchr(query, '?');
    const berth_value name = berth_text(table);
    snprintf(sql, sizeof sql, "%.*s$1%s", (int)(place - query), query, place + 1);
    return fixture_prepared_rows(connection, sql, &name, 1);
}

static void test_tables_columns_and_keys_are_described(void) {
    const berth_dialect *dialect = fixture_driver()->dialect;
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TABLE ship (b int, a int, name varchar(20) NOT NULL DEFAULT 'x' UNIQUE,"
                            " gone int, PRIMARY KEY (a, b))");
    fixture_run(connection, "ALTER TABLE ship DROP gone");
    fixture_run(connection, "CREATE TABLE \"log ?\" (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, x int,"
                            " y int, CONSTRAINT of_ship FOREIGN KEY (x, y) REFERENCES ship (a, b))");
    fixture_run(connection, "CREATE VIEW no_table AS SELECT 1");
    ASSERT_TEXT(fixture_rows(connection, dialect->tables_query), "log ?;ship");
    ASSERT_TEXT(describe_table(connection, dialect->columns_query, "ship"),
                "b|integer|0|NULL|2;a|integer|0|NULL|1;name|character varying(20)|0|'x'::character varying|0");
    ASSERT_TEXT(describe_table(connection, dialect->columns_query, "log ?"),
                "id|bigint|0|NULL|1;x|integer|1|NULL|0;y|integer|1|NULL|0");
    ASSERT_TEXT(describe_table(connection, dialect->keys_query, "ship"),
                "PRIMARY|ship_pkey|a|NULL|NULL;PRIMARY|ship_pkey|b|NULL|NULL;UNIQUE|ship_name_key|name|NULL|NULL");
    ASSERT_TEXT(describe_table(connection, dialect->keys_query, "log ?"),
                "FOREIGN|of_ship|x|ship|a;FOREIGN|of_ship|y|ship|b;PRIMARY|log ?_pkey|id|NULL|NULL");
    fixture_close(connection);
}

SUITE("PostgreSQL: types", TEST(test_literals_come_as_their_types), TEST(test_timestamps_beyond_the_last_are_refused),
      TEST(test_unknown_types_make_all_columns_text_forms), TEST(test_values_arrive_as_their_types),
      TEST(test_values_that_do_not_fit_are_refused), TEST(test_prepared_types_guard_what_a_text_would_hide),
      TEST(test_blobs_of_64_mib_come_back_whole), TEST(test_columns_are_described),
      TEST(test_numerics_tell_their_precision), TEST(test_tables_columns_and_keys_are_described))
