/* Types there and back: numbers. The others are in group_f_text.c and group_f_times.c. */
#include "group_f.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- Storing and reading. ---- */

static const char *hex_text(const unsigned char *bytes, size_t length) {
    const char *text = "";
    for (size_t i = 0; i < length; i++)
        text = text_format("%s%02x", text, bytes[i]);
    return text;
}

const char *value_text(const berth_value *value) {
    char text[128];
    if (value->type == BERTH_TYPE_NULL)
        return "(null)";
    if (value->type == BERTH_TYPE_BLOB)
        return hex_text(value->as.data, value->length);
    if (value->type == BERTH_TYPE_TEXT || value->type == BERTH_TYPE_JSON || value->type == BERTH_TYPE_DECIMAL)
        return text_format("%.*s", (int)value->length, (const char *)value->as.data);
    berth_value_format(value, text, sizeof text);
    return text_format("%s", text);
}

const char *column_make(const char *type) {
    return table_make(text_format("id {int64} PRIMARY KEY, v %s", type));
}

static const char *insert_bound(const char *table) {
    return text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table);
}

static const char *insert_literal(const char *table, int64_t id, const char *literal) {
    return text_format("INSERT INTO %s (id, v) VALUES (%lld, %s)", table, (long long)id, literal);
}

void store_value(const char *table, int64_t id, berth_value value) {
    exec_alone(insert_bound(table), berth_params(id, value));
}

void store_literal(const char *table, int64_t id, const char *literal) {
    exec_alone(insert_literal(table, id, literal), NULL);
}

static berth_result *select_one(berth_session *session, const char *table, int64_t id) {
    berth_result *rows = berth_query(session, text_format("SELECT v FROM %s WHERE id = ?", table), berth_params(id));
    if (!CHECK(berth_next(rows)))
        FAIL("%s", berth_session_error(session)->message);
    return rows;
}

void expect_stored(const char *table, int64_t id, berth_type type, const char *text) {
    berth_session *session = session_open(NULL);
    berth_result *rows = select_one(session, table, id);
    berth_value value = berth_get_value(rows, 0);
    CHECK_TEXT(value_text(&value), text);
    if (type != BERTH_TYPE_NULL)
        CHECK_TEXT(berth_type_name((berth_type)value.type), berth_type_name(type));
    berth_result_close(rows);
    session_end_ok(session);
}

static void read_as(berth_result *rows, berth_type type) {
    switch (type) {
    case BERTH_TYPE_INT64:
        CHECK_INT(berth_get_int64(rows, 0), 0);
        break;
    case BERTH_TYPE_BOOL:
        CHECK_INT(berth_get_bool(rows, 0), 0);
        break;
    case BERTH_TYPE_DOUBLE:
        CHECK(berth_get_double(rows, 0) == 0);
        break;
    case BERTH_TYPE_DATE:
        CHECK_INT(berth_get_date(rows, 0), 0);
        break;
    case BERTH_TYPE_TIME:
        CHECK_INT(berth_get_time(rows, 0), 0);
        break;
    case BERTH_TYPE_UUID:
        CHECK_INT(berth_get_uuid(rows, 0)[0], 0);
        break;
    case BERTH_TYPE_DECIMAL:
        CHECK_TEXT(berth_get_decimal(rows, 0), "");
        break;
    default:
        CHECK_INT(berth_get_timestamp(rows, 0), 0);
    }
}

void expect_unreadable(const char *table, int64_t id, berth_type type) {
    static const expected_error refused = {.status = BERTH_DATA};
    berth_session *session = session_open(NULL);
    berth_result *rows = select_one(session, table, id);
    read_as(rows, type);
    berth_result_close(rows);
    if (EXPECT_SESSION_ERROR(session, &refused))
        CHECK_CONTAINS(berth_session_error(session)->message, "column 0 (v): ");
    EXPECT_USABLE(session);
    session_end_ok(session);
}

/* Text that is none in hexadecimal. */
static const char *shown_text(const berth_value *value) {
    return value->type == BERTH_TYPE_TEXT ? hex_text(value->as.data, value->length) : value_text(value);
}

void expect_unstored(const char *table, const berth_value *value, const char *literal, const expected_error *expected) {
    int64_t before = count_rows(table);
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    if (value != NULL) {
        berth_exec(session, insert_bound(table), berth_params(99, *value));
        if (!EXPECT_SESSION_ERROR(session, expected))
            FAIL("... with the bound %s %s", berth_type_name((berth_type)value->type), shown_text(value));
        EXPECT_USABLE(session);
    }
    if (literal != NULL) {
        berth_exec(session, insert_literal(table, 99, literal), NULL);
        if (!EXPECT_SESSION_ERROR(session, expected))
            FAIL("... with the literal %s", literal);
        EXPECT_USABLE(session);
    }
    session_end_ok(session);
    CHECK_INT(count_rows(table), before);
}

void round_trip(const char *type, const sample *samples, size_t count) {
    const char *table = column_make(type);
    for (size_t i = 0; i < count; i++) {
        int64_t id = 2 * (int64_t)i;
        store_value(table, id, samples[i].value);
        expect_stored(table, id, (berth_type)samples[i].value.type, value_text(&samples[i].value));
        if (samples[i].literal == NULL)
            continue;
        store_literal(table, id + 1, samples[i].literal);
        expect_stored(table, id + 1, (berth_type)samples[i].value.type, value_text(&samples[i].value));
    }
    int64_t id = 2 * (int64_t)count;
    store_value(table, id, berth_null());
    store_literal(table, id + 1, "NULL");
    expect_stored(table, id, BERTH_TYPE_NULL, "(null)");
    expect_stored(table, id + 1, BERTH_TYPE_NULL, "(null)");
    CHECK_INT(query_int64_alone(text_format("SELECT count(*) FROM %s WHERE v IS NULL", table)), 2);
}

/* ---- Integers. ---- */

static void int64_min_max(void) {
    ROUND_TRIP("{int64}", {berth_int64(INT64_MIN), "-9223372036854775808"},
               {berth_int64(INT64_MAX), "9223372036854775807"}, {berth_int64(0), "0"}, {berth_int64(-1), "-1"},
               {berth_int64(INT64_C(9007199254740993)), "9007199254740993"});
}

static void int64_overflow_arith(void) {
    static const expected_error overflow = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"22003", {0}},
                  [PRODUCT_MARIADB] = {"22003", {1690}},
                  [PRODUCT_MYSQL] = {"22003", {1690}}},
    };
    const char *table = column_make("{int64}");
    store_value(table, 1, berth_int64(INT64_MIN));
    store_value(table, 2, berth_int64(INT64_MAX));
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_result *rows = berth_query(session, text_format("SELECT abs(v) FROM %s WHERE id = 1", table), NULL);
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    EXPECT_SESSION_ERROR(session, &overflow);
    EXPECT_USABLE(session);
    rows = berth_query(session, text_format("SELECT v + 1 FROM %s WHERE id = 2", table), NULL);
    if (berth_next(rows)) {
        CHECK(berth_get_double(rows, 0) == 0x1p63);
        CHECK_INT(berth_get_int64(rows, 0), 0);
        check_note("the largest int64 + 1 is a %s", berth_type_name((berth_type)berth_get_value(rows, 0).type));
    }
    berth_result_close(rows);
    CHECK_STATUS(berth_session_status(session), BERTH_DATA);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

static void uint64_max(void) {
    static const expected_error too_large = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_MARIADB] = {"22003", {1264}}, [PRODUCT_MYSQL] = {"22003", {1264}}},
    };
    const berth_value most = berth_uint64(UINT64_MAX);
    const char *type = target_driver()->dialect->types[BERTH_TYPE_UINT64];
    if (type == NULL)
        not_applicable("the dialect has no type for a uint64");
    ROUND_TRIP(type, {most, "18446744073709551615"}, {berth_uint64(UINT64_C(1) << 63), "9223372036854775808"});
    const char *table = column_make(type);
    store_value(table, 1, berth_uint64(INT64_MAX));
    expect_stored(table, 1, BERTH_TYPE_NULL, "9223372036854775807");
    expect_unstored(column_make("{int64}"), &most, "18446744073709551615", &too_large);
}

static void uint64_refused(void) {
    static const expected_error too_large = {.status = BERTH_DATA};
    const berth_value most = berth_uint64(UINT64_MAX);
    const char *table = column_make("{int64}");
    expect_unstored(table, &most, NULL, &too_large);
    store_value(table, 1, berth_uint64(INT64_MAX));
    expect_stored(table, 1, BERTH_TYPE_INT64, "9223372036854775807");
}

static void int_into_narrow_column(void) {
    static const expected_error out_of_range = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22003", {0}},
                  [PRODUCT_MARIADB] = {"22003", {1264}},
                  [PRODUCT_MYSQL] = {"22003", {1264}}},
    };
    const berth_value large = berth_int64(32768), small = berth_int64(-32769), huge = berth_int64(INT64_MAX);
    const char *table = column_make("SMALLINT");
    expect_unstored(table, &large, "32768", &out_of_range);
    expect_unstored(table, &small, "-32769", &out_of_range);
    expect_unstored(table, &huge, "9223372036854775807", &out_of_range);
    store_value(table, 1, berth_int64(-32768));
    expect_stored(table, 1, BERTH_TYPE_INT64, "-32768");
}

static void int_into_narrow_column_stored(void) {
    ROUND_TRIP("SMALLINT", {berth_int64(32768), "32768"}, {berth_int64(INT64_MIN), "-9223372036854775808"});
}

static void text_into_int_column(void) {
    static const expected_error invalid = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22P02", {0}},
                  [PRODUCT_MARIADB] = {"22007", {1366}},
                  [PRODUCT_MYSQL] = {"HY000", {1366}}},
    };
    const berth_value word = berth_text("abc"), half = berth_text("12x");
    const char *table = column_make("{int64}");
    expect_unstored(table, &word, "'abc'", &invalid);
    expect_unstored(table, &half, NULL, &(const expected_error){.status = BERTH_DATA});
}

/* What was stored is there, and is no number to Berth. */
static void text_into_int_column_stored(void) {
    const char *table = column_make("{int64}");
    store_value(table, 1, berth_text("abc"));
    store_literal(table, 2, "'12x'");
    expect_stored(table, 1, BERTH_TYPE_TEXT, "abc");
    expect_unreadable(table, 1, BERTH_TYPE_INT64);
    expect_unreadable(table, 2, BERTH_TYPE_INT64);
}

/* ---- Floating point. ---- */

static void double_exact_bits(void) {
    ROUND_TRIP("{double}", {berth_double(0.1), "0.1"}, {berth_double(1.0 / 3), "0.3333333333333333"},
               {berth_double(DBL_MAX), "1.7976931348623157e308"}, {berth_double(-DBL_MAX), "-1.7976931348623157e308"},
               {berth_double(DBL_MIN), "2.2250738585072014e-308"}, {berth_double(0x1p-1074), "5e-324"},
               {berth_double(2.225073858507201e-308), NULL}, {berth_double(-2.5), "-2.5"}, {berth_double(0), "0"},
               {berth_double(9007199254740991.0), NULL}, {berth_double(1e22), "1e22"});
    const char *table = column_make("{double}");
    store_value(table, 1, berth_double(-0.0));
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT v FROM %s", table), NULL);
    REQUIRE(berth_next(rows));
    CHECK(berth_get_double(rows, 0) == 0);
    check_note("-0.0 is read as %s", signbit(berth_get_double(rows, 0)) ? "-0.0" : "0.0");
    berth_result_close(rows);
    session_end_ok(session);
}

static void double_nan(void) {
    ROUND_TRIP("{double}", {berth_double((double)NAN), NULL});
}

static void double_infinity(void) {
    ROUND_TRIP("{double}", {berth_double((double)INFINITY), NULL}, {berth_double((double)-INFINITY), NULL});
}

static const expected_error not_finite = {.status = BERTH_DATA};

static void double_nan_refused(void) {
    const berth_value nan = berth_double((double)NAN);
    expect_unstored(column_make("{double}"), &nan, NULL, &not_finite);
}

static void double_infinity_refused(void) {
    const berth_value infinity = berth_double((double)INFINITY), negative = berth_double((double)-INFINITY);
    const char *table = column_make("{double}");
    expect_unstored(table, &infinity, NULL, &not_finite);
    expect_unstored(table, &negative, NULL, &not_finite);
}

static void double_overflow(void) {
    static const expected_error too_large = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22003", {0}}, [PRODUCT_MARIADB] = {NULL, {1367, 1264, 1265}}},
    };
    const berth_value text = berth_text("1e400");
    expect_unstored(column_make("{double}"), &text, "1e400", &too_large);
}

static void double_overflow_stored(void) {
    const char *table = column_make("{double}");
    store_literal(table, 1, "1e400");
    expect_stored(table, 1, BERTH_TYPE_DOUBLE, "Infinity");
}

static void float32_widening(void) {
    if (target_is(PRODUCT_SQLITE))
        not_applicable("SQLite stores every floating-point number with 64 bits");
    ROUND_TRIP(target_is_mysql_like() ? "FLOAT" : "REAL", {berth_double((double)0.1F), "0.1"},
               {berth_double(1.5), "1.5"}, {berth_double(16777216.0), "16777216"},
               {berth_double((double)FLT_MAX), NULL}, {berth_double((double)FLT_MIN), NULL},
               {berth_double((double)-0.3F), NULL});
}

/* ---- Decimals. ---- */

#define DIGITS_38 "123456789012345678901234567890.12345678"

/* Also where the database can't compute with them. */
static void decimal_stored(void) {
    ROUND_TRIP("{decimal}(65,8)", {berth_decimal(DIGITS_38), "'" DIGITS_38 "'"},
               {berth_decimal("-" DIGITS_38), "'-" DIGITS_38 "'"}, {berth_decimal("0.00000001"), "'0.00000001'"},
               {berth_decimal("-1.10000000"), "'-1.10000000'"}, {berth_decimal("0.00000000"), "'0.00000000'"});
}

static void decimal_38_digits(void) {
    decimal_stored();
    const char *table = column_make("{decimal}(65,8)");
    store_value(table, 1, berth_decimal(DIGITS_38));
    store_value(table, 2, berth_decimal("0.00000001"));
    store_value(table, 3, berth_decimal("-" DIGITS_38));
    CHECK_TEXT(query_text_alone(text_format("SELECT sum(v) FROM %s", table)), "0.00000001");
    CHECK_TEXT(query_text_alone(text_format("SELECT sum(v) FROM %s WHERE id < 3", table)),
               "123456789012345678901234567890.12345679");
}

static void decimal_rounding(void) {
    const char *table = column_make("{decimal}(10,2)");
    store_value(table, 1, berth_decimal("1.005"));
    store_literal(table, 2, "-1.005");
    store_value(table, 3, berth_decimal("2.0049"));
    expect_stored(table, 1, BERTH_TYPE_DECIMAL, "1.01");
    expect_stored(table, 2, BERTH_TYPE_DECIMAL, "-1.01");
    expect_stored(table, 3, BERTH_TYPE_DECIMAL, "2.00");
    if (!target_is(PRODUCT_POSTGRESQL))
        return;
    table = column_make("NUMERIC");
    store_literal(table, 1, "'NaN'");
    expect_stored(table, 1, BERTH_TYPE_TEXT, "NaN");
    expect_unreadable(table, 1, BERTH_TYPE_DECIMAL);
}

static void decimal_not_rounded(void) {
    ROUND_TRIP("{decimal}(10,2)", {berth_decimal("1.005"), "'1.005'"});
}

/* Types of expressions are the server's own; what a program reads of them is the same. */
static void expression_types(void) {
    const char *table = column_make("{int64}");
    store_value(table, 1, berth_int64(1));
    store_value(table, 2, berth_int64(2));
    berth_session *session = session_open(NULL);
    berth_result *rows =
        berth_query(session, text_format("SELECT avg(v), sum(v), count(v), 7 / 2, max(v) + 1 FROM %s", table), NULL);
    REQUIRE(berth_next(rows));
    CHECK(berth_get_double(rows, 0) == 1.5);
    CHECK_INT(berth_get_int64(rows, 1), 3);
    CHECK_INT(berth_get_int64(rows, 2), 2);
    CHECK(berth_get_double(rows, 3) == 3 || berth_get_double(rows, 3) == 3.5);
    CHECK_INT(berth_get_int64(rows, 4), 3);
    check_note("avg(int64) is a %s, sum(int64) a %s, 7 / 2 = %s",
               berth_type_name((berth_type)berth_get_value(rows, 0).type),
               berth_type_name((berth_type)berth_get_value(rows, 1).type), berth_get_text(rows, 3));
    berth_result_close(rows);
    session_end_ok(session);
}

/* ---- Truth. ---- */

static void bool_round_trip(void) {
    ROUND_TRIP("{bool}", {berth_bool(true), "TRUE"}, {berth_bool(false), "FALSE"});
}

static void bool_native(void) {
    static const expected_error no_bool = {.status = BERTH_DATA, .codes = {[PRODUCT_POSTGRESQL] = {"42804", {0}}}};
    bool_round_trip();
    expect_unstored(column_make("{bool}"), NULL, "2", &no_bool);
}

/* A number that is no truth value stays a number. */
static void bool_as_number(void) {
    bool_round_trip();
    const char *table = column_make("{bool}");
    store_literal(table, 1, "2");
    store_value(table, 2, berth_int64(-1));
    expect_stored(table, 1, BERTH_TYPE_INT64, "2");
    expect_stored(table, 2, BERTH_TYPE_INT64, "-1");
    expect_unreadable(table, 1, BERTH_TYPE_BOOL);
}

const check checks_f[] = {
    {56, "int64_min_max", 0, int64_min_max, NULL},
    {57, "int64_overflow_arith", 0, int64_overflow_arith, NULL},
    {58, "uint64_max", BERTH_CAP_UINT64, uint64_max, uint64_refused},
    {59, "int_into_narrow_column", BERTH_CAP_ENFORCES_TYPES, int_into_narrow_column, int_into_narrow_column_stored},
    {60, "text_into_int_column", BERTH_CAP_ENFORCES_TYPES, text_into_int_column, text_into_int_column_stored},
    {61, "varchar_overflow", BERTH_CAP_ENFORCES_TYPES, varchar_overflow, varchar_overflow_stored},
    {62, "double_exact_bits", 0, double_exact_bits, NULL},
    {63, "double_NaN", BERTH_CAP_FLOAT_NAN, double_nan, double_nan_refused},
    {63, "double_infinity", BERTH_CAP_FLOAT_INF, double_infinity, double_infinity_refused},
    {64, "double_overflow", BERTH_CAP_ENFORCES_TYPES, double_overflow, double_overflow_stored},
    {65, "float32_widening", 0, float32_widening, NULL},
    {66, "decimal_38_digits", BERTH_CAP_DECIMAL, decimal_38_digits, decimal_stored},
    {67, "decimal_rounding", BERTH_CAP_DECIMAL, decimal_rounding, decimal_not_rounded},
    {68, "expression_types", 0, expression_types, NULL},
    {69, "utf8_4byte", 0, utf8_4byte, NULL},
    {70, "utf8_invalid", BERTH_CAP_CHECKS_UTF8, utf8_invalid, utf8_invalid_unchecked},
    {71, "text_embedded_NUL", BERTH_CAP_TEXT_NUL, text_embedded_nul, text_embedded_nul_refused},
    {72, "empty_vs_null", BERTH_CAP_BLOB, empty_vs_null, blob_refused},
    {73, "text_trailing_space", BERTH_CAP_PAD_SPACE, text_trailing_space, text_trailing_space_counts},
    {73, "text_case", BERTH_CAP_DEFAULT_CI, text_case, text_case_counts},
    {74, "blob_all_256_bytes", BERTH_CAP_BLOB, blob_all_256_bytes, blob_refused},
    {74, "blob_sizes", BERTH_CAP_BLOB, blob_sizes, blob_refused},
    {75, "blob_stream_in_out", 0, blob_stream_in_out, NULL},
    {76, "bool", BERTH_CAP_BOOL, bool_native, bool_as_number},
    {77, "date_time_timestamp_min_max", 0, date_time_timestamp_min_max, NULL},
    {78, "invalid_date", BERTH_CAP_ENFORCES_TYPES, invalid_date, invalid_date_stored},
    {79, "fractional_seconds", 0, fractional_seconds, NULL},
    {80, "time_of_day", 0, time_of_day, NULL},
    {81, "timestamptz_instant", BERTH_CAP_TIME_ZONE, timestamptz_instant, timestamptz_without_zones},
    {82, "json", BERTH_CAP_JSON, json, json_unchecked},
    {82, "uuid", BERTH_CAP_UUID, uuid, uuid_as_text},
    {0},
};
