/* Values in columns: each type, what is converted, what does not fit, types that are not known before. */
#include "core/arrow.h"

#include <berth.h>
#include <errno.h>
#include <math.h>

#include "tests/support/arrow_reader.h"
#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

#define MAX_VALUES 64

static berth_error error;
static berth_engine *engine;
static berth_session *session;
static berth_result *rows;
static struct ArrowArrayStream stream;
static arrow_reader reader;

/* A table of one column. */
static berth_column_info column;
static berth_value values[MAX_VALUES];
static fake_table table = {.columns = &column, .column_count = 1};

static void fill(int64_t row, berth_value *found) {
    *found = values[row];
}

static void open_table(const fake_table *given, size_t batch_rows, size_t batch_bytes) {
    const arrow_limits limits = {batch_rows, batch_bytes};
    fake_reset();
    fake_set_table(given);
    engine = fake_engine("fake://", NULL);
    session = berth_session_open(engine, NULL);
    rows = berth_query(session, "TABLE", NULL);
    CU_ASSERT_EQUAL_FATAL(arrow_stream_open(rows, &limits, &stream), BERTH_OK);
}

static void open_column(uint32_t type, const char *declared_type, int count, size_t batch_rows) {
    column = (berth_column_info){.name = "it", .type = type, .declared_type = declared_type};
    table.row_count = count;
    table.fill = fill;
    open_table(&table, batch_rows, ARROW_BATCH_BYTES);
}

static berth_status finish(void) {
    arrow_reader_close(&reader);
    berth_result_close(rows);
    berth_status status = berth_session_end(session, &error);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    return status;
}

/* One column with these values becomes one of this format, whose values, as text, are these. */
static void assert_column(uint32_t type, const char *declared_type, const char *format, int count,
                          const berth_value *given, const char *const *expected) {
    memcpy(values, given, (size_t)count * sizeof *values);
    open_column(type, declared_type, count, 4);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    ASSERT_TEXT(arrow_reader_format(&reader, 0), format);
    int row = 0;
    while (arrow_reader_next(&reader))
        for (int64_t i = 0; i < reader.batch.length; i++)
            ASSERT_TEXT(arrow_reader_text(&reader, 0, i), expected[row++]);
    CU_ASSERT_EQUAL(row, count);
    CU_ASSERT_EQUAL(finish(), BERTH_OK);
}

#define VALUES(...)                                                                                                    \
    (sizeof((const berth_value[]){__VA_ARGS__}) / sizeof(berth_value)), (const berth_value[]) {                        \
        __VA_ARGS__                                                                                                    \
    }
#define TEXTS(...)                                                                                                     \
    (const char *const[]) {                                                                                            \
        __VA_ARGS__                                                                                                    \
    }

static const uint8_t uuid[16] = {0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};

static berth_value uint64_value(uint64_t number) {
    return (berth_value){.type = BERTH_TYPE_UINT64, .as.integer = (int64_t)number};
}

static void test_numbers(void) {
    assert_column(BERTH_TYPE_BOOL, NULL, "b",
                  VALUES(berth_bool(true), berth_null(), berth_bool(false), berth_bool(true), berth_bool(true)),
                  TEXTS("1", "NULL", "0", "1", "1"));
    assert_column(BERTH_TYPE_INT64, NULL, "l",
                  VALUES(berth_int64(INT64_MIN), berth_int64(-1), berth_null(), berth_int64(INT64_MAX)),
                  TEXTS("-9223372036854775808", "-1", "NULL", "9223372036854775807"));
    assert_column(BERTH_TYPE_UINT64, NULL, "L",
                  VALUES(berth_uint64(0), uint64_value(UINT64_MAX), berth_null(), berth_uint64(7)),
                  TEXTS("0", "18446744073709551615", "NULL", "7"));
    assert_column(BERTH_TYPE_DOUBLE, NULL, "g",
                  VALUES(berth_double(0.5), berth_null(), berth_double(-1e300), berth_double(INFINITY)),
                  TEXTS("0.5", "NULL", "-1.0000000000000001e+300", "inf"));
}

static void test_texts_and_bytes(void) {
    assert_column(BERTH_TYPE_TEXT, NULL, "u",
                  VALUES(berth_text("caf\xC3\xA9"), berth_null(), berth_text(""), berth_text("\xF0\x9F\x8E\x89"),
                         berth_text_n("a\0b", 3)),
                  TEXTS("caf\xC3\xA9", "NULL", "", "\xF0\x9F\x8E\x89", "a"));
    assert_column(BERTH_TYPE_BLOB, NULL, "z",
                  VALUES(berth_blob("\0\xFF", 2), berth_null(), berth_blob(NULL, 0), berth_blob("abc", 3)),
                  TEXTS("00ff", "NULL", "", "616263"));
    assert_column(BERTH_TYPE_JSON, NULL, "u", VALUES(berth_json("{\"a\": 1}"), berth_null()),
                  TEXTS("{\"a\": 1}", "NULL"));
    assert_column(BERTH_TYPE_UUID, NULL, "w:16", VALUES(berth_null(), berth_uuid(uuid)),
                  TEXTS("NULL", "100102030405060708090a0b0c0d0eff"));
}

static void test_times(void) {
    assert_column(BERTH_TYPE_DATE, NULL, "tdD",
                  VALUES(berth_date(INT32_MIN), berth_null(), berth_date(20389), berth_date(INT32_MAX)),
                  TEXTS("-2147483648", "NULL", "20389", "2147483647"));
    assert_column(BERTH_TYPE_TIME, NULL, "ttu",
                  VALUES(berth_time(0), berth_null(), berth_time(86399999999), berth_text("00:00:01.5")),
                  TEXTS("0", "NULL", "86399999999", "1500000"));
    assert_column(BERTH_TYPE_TIMESTAMP, NULL,
                  "tsu:", VALUES(berth_timestamp(INT64_MIN), berth_null(), berth_timestamp(1), berth_date(-1)),
                  TEXTS("-9223372036854775808", "NULL", "1", "-86400000000"));
    assert_column(BERTH_TYPE_TIMESTAMPTZ, NULL, "tsu:UTC",
                  VALUES(berth_timestamptz(INT64_MAX), berth_null(), berth_timestamptz(-1),
                         berth_text("1970-01-01 02:00:00+01:00")),
                  TEXTS("9223372036854775807", "NULL", "-1", "3600000000"));
}

static void test_extension_types_are_marked(void) {
    static const struct {
        uint32_t type;
        const char *extension;
    } cases[] = {
        {BERTH_TYPE_UUID, "arrow.uuid"}, {BERTH_TYPE_JSON, "arrow.json"}, {BERTH_TYPE_TEXT, ""}, {BERTH_TYPE_BLOB, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_column(cases[i].type, NULL, 0, 4);
        CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
        ASSERT_TEXT(arrow_reader_extension(&reader, 0), cases[i].extension);
        CU_ASSERT_EQUAL(finish(), BERTH_OK);
    }
}

static void test_values_of_other_types_are_converted(void) {
    assert_column(BERTH_TYPE_INT64, NULL, "l",
                  VALUES(berth_text("12"), berth_double(-3.0), berth_decimal("4.00"), berth_bool(true)),
                  TEXTS("12", "-3", "4", "1"));
    assert_column(BERTH_TYPE_UINT64, NULL, "L", VALUES(berth_int64(5), berth_text("18446744073709551615")),
                  TEXTS("5", "18446744073709551615"));
    assert_column(BERTH_TYPE_DOUBLE, NULL, "g", VALUES(berth_int64(5), berth_text("0.25")), TEXTS("5", "0.25"));
    assert_column(BERTH_TYPE_BOOL, NULL, "b", VALUES(berth_int64(1), berth_text("f"), berth_text("true")),
                  TEXTS("1", "0", "1"));
    assert_column(BERTH_TYPE_TEXT, NULL, "u",
                  VALUES(berth_int64(-5), berth_double(0.1), berth_date(0), berth_decimal("1.10"), berth_bool(true)),
                  TEXTS("-5", "0.1", "1970-01-01", "1.10", "true"));
    assert_column(BERTH_TYPE_BLOB, NULL, "z", VALUES(berth_text("ab"), berth_json("1")), TEXTS("6162", "31"));
    assert_column(BERTH_TYPE_DATE, NULL, "tdD", VALUES(berth_text("1970-01-02"), berth_timestamp(0)), TEXTS("1", "0"));
    assert_column(BERTH_TYPE_TIMESTAMP, NULL,
                  "tsu:", VALUES(berth_text("1970-01-01 00:00:01"), berth_text("1970-01-02")),
                  TEXTS("1000000", "86400000000"));
    assert_column(BERTH_TYPE_UUID, NULL, "w:16",
                  VALUES(berth_text("10010203-0405-0607-0809-0a0b0c0d0eff"), berth_blob(uuid, 16)),
                  TEXTS("100102030405060708090a0b0c0d0eff", "100102030405060708090a0b0c0d0eff"));
}

/* The second row has a value that does not fit. */
static void assert_misfit(uint32_t type, const char *declared_type, berth_value misfit, const char *message) {
    char expected[256];
    values[0] = berth_null();
    values[1] = misfit;
    values[2] = berth_null();
    open_column(type, declared_type, 3, 1);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    snprintf(expected, sizeof expected, "column 0 (it), row 1: %s", message);
    ASSERT_TEXT(stream.get_last_error(&stream), expected);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_session_error(session)->index, 1);
    CU_ASSERT_EQUAL(finish(), BERTH_DATA);
    ASSERT_TEXT(error.message, expected);
}

static void test_values_that_do_not_fit(void) {
    assert_misfit(BERTH_TYPE_INT64, NULL, berth_text("abc"), "the text \"abc\" is not an integer");
    assert_misfit(BERTH_TYPE_INT64, NULL, berth_double(0.5), "the double 0.5 is not an integer");
    assert_misfit(BERTH_TYPE_INT64, NULL, uint64_value(UINT64_MAX),
                  "the uint64 18446744073709551615 is not an integer from -9223372036854775808 to 9223372036854775807");
    assert_misfit(BERTH_TYPE_UINT64, NULL, berth_int64(-1),
                  "the int64 -1 is not an integer from 0 to 18446744073709551615");
    assert_misfit(BERTH_TYPE_DOUBLE, NULL, berth_int64(INT64_MAX),
                  "the int64 9223372036854775807 is more than a double holds exactly");
    assert_misfit(BERTH_TYPE_BOOL, NULL, berth_int64(7), "the int64 7 is not a bool: true, false, 1 or 0");
    assert_misfit(BERTH_TYPE_TEXT, NULL, berth_blob("ab", 2), "the blob of 2 bytes is not text");
    assert_misfit(BERTH_TYPE_BLOB, NULL, berth_int64(1), "the int64 1 is not a blob");
    assert_misfit(BERTH_TYPE_UUID, NULL, berth_text("x"), "the text \"x\" is not a UUID");
    assert_misfit(BERTH_TYPE_DATE, NULL, berth_text("2025-02-30"),
                  "the text \"2025-02-30\" is not a date such as 2025-10-28");
}

static void test_times_that_do_not_fit(void) {
    static const char no_time[] = "is not from 00:00:00 to 23:59:59.999999, as Arrow's times of day are";
    char message[160];
    snprintf(message, sizeof message, "the time 24:00:00.000000 %s", no_time);
    assert_misfit(BERTH_TYPE_TIME, NULL, berth_time(86400000000), message);
    snprintf(message, sizeof message, "the time -00:00:00.000001 %s", no_time);
    assert_misfit(BERTH_TYPE_TIME, NULL, berth_time(-1), message);
    snprintf(message, sizeof message, "the text \"24:00:00\" %s", no_time);
    assert_misfit(BERTH_TYPE_TIME, NULL, berth_text("24:00:00"), message);
    assert_misfit(
        BERTH_TYPE_TIMESTAMP, NULL, berth_timestamptz(0),
        "the timestamptz 1970-01-01 00:00:00.000000+00:00 has a time zone, the column's timestamps have none");
    assert_misfit(BERTH_TYPE_TIMESTAMP, NULL, berth_text("1970-01-01 00:00:00Z"),
                  "the text \"1970-01-01 00:00:00Z\" has a time zone, the column's timestamps have none");
    assert_misfit(BERTH_TYPE_TIMESTAMP, NULL, berth_text("now"),
                  "the text \"now\" is not a timestamp such as 2025-10-28 07:04:56.25");
}

static void test_text_that_is_no_utf8(void) {
    assert_misfit(BERTH_TYPE_TEXT, NULL, berth_text("a\xFF"), "the text \"a\\xFF\" is not UTF-8");
    assert_misfit(BERTH_TYPE_TEXT, NULL, berth_text("\xC3"), "the text \"\\xC3\" is not UTF-8");
    assert_misfit(BERTH_TYPE_TEXT, NULL, berth_text("\xED\xA0\x80"), "the text \"\\xED\\xA0\\x80\" is not UTF-8");
}

/* Each half is wrong, though the batch's bytes as a whole are right. */
static void test_character_of_two_values(void) {
    values[0] = berth_text("\xC3");
    values[1] = berth_text("\xA9");
    open_column(BERTH_TYPE_TEXT, NULL, 2, 4);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    ASSERT_TEXT(stream.get_last_error(&stream), "column 0 (it), row 1: the text \"\\xA9\" is not UTF-8");
    CU_ASSERT_EQUAL(finish(), BERTH_DATA);
}

static void test_decimals_without_a_scale_stay_text(void) {
    static const char *const declared[] = {
        NULL,        "numeric",     "numeric(39, 2)", "numeric(0)",  "numeric(2, 3)", "numeric()",
        "numeric(5", "numeric(5,)", "numeric(5) x",   "numeric(-1)", "numeric(5, -2)"};
    for (size_t i = 0; i < sizeof declared / sizeof *declared; i++)
        assert_column(BERTH_TYPE_DECIMAL, declared[i], "u",
                      VALUES(berth_decimal("1.10"), berth_null(), berth_text("NaN"), berth_int64(3)),
                      TEXTS("1.10", "NULL", "NaN", "3"));
}

static void test_decimals_with_a_scale(void) {
    assert_column(BERTH_TYPE_DECIMAL, "DECIMAL_TEXT(5, 2)", "d:5,2",
                  VALUES(berth_decimal("123.45"), berth_null(), berth_decimal("-0.1"), berth_decimal("7"),
                         berth_decimal("+00012.5000"), berth_decimal("-0"), berth_decimal(".5"), berth_decimal("6.")),
                  TEXTS("123.45", "NULL", "-0.10", "7.00", "12.50", "0.00", "0.50", "6.00"));
    assert_column(BERTH_TYPE_DECIMAL, "numeric(5,2)", "d:5,2",
                  VALUES(berth_decimal("1.5e2"), berth_decimal("1e-2"), berth_decimal("12300E-2"),
                         berth_decimal("0e99999999999999999999"), berth_decimal("0.000e-7"), berth_decimal("-999.99")),
                  TEXTS("150.00", "0.01", "123.00", "0.00", "0.00", "-999.99"));
    assert_column(BERTH_TYPE_DECIMAL, "numeric( 5 , 2 )", "d:5,2",
                  VALUES(berth_int64(-7), berth_double(0.25), berth_text("1.5"), berth_int64(999)),
                  TEXTS("-7.00", "0.25", "1.50", "999.00"));
    assert_column(BERTH_TYPE_DECIMAL, "DECIMAL(38)", "d:38,0",
                  VALUES(berth_decimal("99999999999999999999999999999999999999"),
                         berth_decimal("-99999999999999999999999999999999999999"), berth_decimal("-1"),
                         berth_decimal("18446744073709551616"), berth_decimal("-18446744073709551616")),
                  TEXTS("99999999999999999999999999999999999999", "-99999999999999999999999999999999999999", "-1",
                        "18446744073709551616", "-18446744073709551616"));
    assert_column(BERTH_TYPE_DECIMAL, "numeric(38, 38)", "d:38,38",
                  VALUES(berth_decimal("0.00000000000000000000000000000000000001"), berth_decimal("-0.5")),
                  TEXTS("0.00000000000000000000000000000000000001", "-0.50000000000000000000000000000000000000"));
}

static void test_decimals_that_do_not_fit(void) {
    static const char *const numbers[] = {"1000",
                                          "-1000.00",
                                          "1.105",
                                          "0.001",
                                          "1e3",
                                          "1e-3",
                                          "99999",
                                          "1e99999999999999999999",
                                          "1e-99999999999999999999",
                                          "123456e-3"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char message[120];
        snprintf(message, sizeof message, "the decimal \"%s\" does not fit a decimal(5, 2)", numbers[i]);
        assert_misfit(BERTH_TYPE_DECIMAL, "numeric(5, 2)", berth_decimal(numbers[i]), message);
    }
    assert_misfit(BERTH_TYPE_DECIMAL, "numeric(5, 2)", berth_text("NaN"), "the text \"NaN\" is not a decimal number");
    assert_misfit(BERTH_TYPE_DECIMAL, "numeric(5, 2)", berth_double(INFINITY),
                  "the double Infinity is not a decimal number");
    assert_misfit(BERTH_TYPE_DECIMAL, "numeric(38)", berth_decimal("100000000000000000000000000000000000000"),
                  "the decimal \"100000000000000000000000000000000000000\" does not fit a decimal(38, 0)");
}

static void test_type_that_is_not_known_is_that_of_the_first_batch(void) {
    assert_column(BERTH_TYPE_NULL, NULL, "l",
                  VALUES(berth_null(), berth_int64(1), berth_null(), berth_int64(2), berth_text("3")),
                  TEXTS("NULL", "1", "NULL", "2", "3"));
    assert_column(BERTH_TYPE_NULL, NULL, "g", VALUES(berth_int64(1), berth_double(0.5)), TEXTS("1", "0.5"));
    assert_column(BERTH_TYPE_NULL, NULL, "g", VALUES(berth_double(0.5), uint64_value(UINT64_C(1) << 63)),
                  TEXTS("0.5", "9.2233720368547758e+18"));
    assert_column(BERTH_TYPE_NULL, NULL, "L", VALUES(berth_int64(1), uint64_value(UINT64_MAX)),
                  TEXTS("1", "18446744073709551615"));
    assert_column(BERTH_TYPE_NULL, NULL, "u",
                  VALUES(berth_text("a"), berth_null(), berth_text("b"), berth_null(), berth_int64(5)),
                  TEXTS("a", "NULL", "b", "NULL", "5"));
    assert_column(BERTH_TYPE_NULL, NULL, "u", VALUES(berth_int64(1), berth_text("x"), berth_date(0)),
                  TEXTS("1", "x", "1970-01-01"));
    assert_column(BERTH_TYPE_NULL, NULL, "u", VALUES(berth_null(), berth_null()), TEXTS("NULL", "NULL"));
    assert_column(BERTH_TYPE_NULL, NULL, "z", VALUES(berth_blob("a", 1), berth_null()), TEXTS("61", "NULL"));
    assert_column(BERTH_TYPE_NULL, NULL, "u", VALUES(berth_decimal("1.5")), TEXTS("1.5"));
    assert_column(BERTH_TYPE_NULL, NULL, "w:16", VALUES(berth_uuid(uuid)), TEXTS("100102030405060708090a0b0c0d0eff"));
    assert_column(BERTH_TYPE_NULL, NULL, "b", VALUES(berth_null(), berth_bool(true)), TEXTS("NULL", "1"));
    assert_column(BERTH_TYPE_NULL, NULL, "tsu:UTC", VALUES(berth_timestamptz(5)), TEXTS("5"));
    assert_column(99, NULL, "l", VALUES(berth_int64(5)), TEXTS("5"));
    assert_column(BERTH_TYPE_NULL, NULL, "u", 0, (const berth_value[]){{0}}, NULL);
}

static void test_type_that_is_not_known_and_values_that_do_not_fit_it(void) {
    values[0] = berth_text("a");
    values[1] = berth_blob("b", 1);
    open_column(BERTH_TYPE_NULL, NULL, 2, 4);
    CU_ASSERT_FALSE(arrow_reader_open(&reader, &stream));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    CU_ASSERT_FALSE(arrow_reader_open(&reader, &stream));
    ASSERT_TEXT(stream.get_last_error(&stream), "column 0 (it), row 1: the blob of 1 bytes is not text");
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    CU_ASSERT_EQUAL(finish(), BERTH_DATA);
    values[0] = berth_int64(1);
    values[1] = berth_double(0.5);
    open_column(BERTH_TYPE_NULL, NULL, 2, 1);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    ASSERT_TEXT(stream.get_last_error(&stream), "column 0 (it), row 1: the double 0.5 is not an integer");
    CU_ASSERT_EQUAL(finish(), BERTH_DATA);
}

/* get_schema() has read the first batch, here all of them; it stays to be had. */
static void test_first_batch_outlives_the_session_when_it_is_all(void) {
    values[0] = berth_text("a");
    open_column(BERTH_TYPE_NULL, NULL, 1, 4);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    ASSERT_TEXT(arrow_reader_text(&reader, 0, 0), "a");
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, 0);
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

static void test_first_batch_is_lost_with_the_session_when_there_are_more(void) {
    values[0] = values[1] = berth_text("a");
    open_column(BERTH_TYPE_NULL, NULL, 2, 1);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

static void test_schema_without_rows_read(void) {
    values[0] = berth_int64(1);
    open_column(BERTH_TYPE_NULL, NULL, 1, 4);
    CU_ASSERT_EQUAL(stream.get_next(&stream, &reader.batch), 0);
    reader.batch.release(&reader.batch);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    ASSERT_TEXT(arrow_reader_format(&reader, 0), "l");
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(finish(), BERTH_OK);
}

SUITE("arrow values", TEST(test_numbers), TEST(test_texts_and_bytes), TEST(test_times),
      TEST(test_extension_types_are_marked), TEST(test_values_of_other_types_are_converted),
      TEST(test_values_that_do_not_fit), TEST(test_times_that_do_not_fit), TEST(test_text_that_is_no_utf8),
      TEST(test_character_of_two_values), TEST(test_decimals_without_a_scale_stay_text),
      TEST(test_decimals_with_a_scale), TEST(test_decimals_that_do_not_fit),
      TEST(test_type_that_is_not_known_is_that_of_the_first_batch),
      TEST(test_type_that_is_not_known_and_values_that_do_not_fit_it),
      TEST(test_first_batch_outlives_the_session_when_it_is_all),
      TEST(test_first_batch_is_lost_with_the_session_when_there_are_more), TEST(test_schema_without_rows_read))
