#include "core/value_text.h"
#include "tests/support/suite.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* clang-format off */
#define TEXT_VALUE(text) {.type = BERTH_TYPE_TEXT, .length = sizeof(text) - 1, .as.data = text}
#define DECIMAL(text) {.type = BERTH_TYPE_DECIMAL, .length = sizeof(text) - 1, .as.data = text}
#define INTEGER(number) {.type = BERTH_TYPE_INT64, .as.integer = (number)}
#define REAL(number) {.type = BERTH_TYPE_DOUBLE, .as.real = (number)}
/* clang-format on */

static void test_int64_conversions(void) {
    static const struct {
        berth_value value;
        int64_t number;
        const char *message; /* NULL for success. */
    } cases[] = {
        {INTEGER(INT64_MIN), INT64_MIN, NULL},
        {{.type = BERTH_TYPE_BOOL, .as.integer = 1}, 1, NULL},
        {REAL(-3.0), -3, NULL},
        {REAL(-0x1p63), INT64_MIN, NULL},
        {TEXT_VALUE("-42"), -42, NULL},
        {DECIMAL("12.00"), 12, NULL},
        {DECIMAL("12."), 12, NULL},
        {{.type = BERTH_TYPE_NULL}, 0, "the value is NULL"},
        {{.type = BERTH_TYPE_UINT64, .as.integer = -1},
         0,
         "the uint64 18446744073709551615 is not an integer from -9223372036854775808 to 9223372036854775807"},
        {REAL(1.5), 0, "the double 1.5 is not an integer"},
        {REAL(NAN), 0, "the double NaN is not an integer"},
        {REAL(INFINITY), 0, "the double Infinity is not an integer"},
        {REAL(0x1p63), 0,
         "the double 9.223372036854776e+18 is not an integer from -9223372036854775808 to 9223372036854775807"},
        {TEXT_VALUE("abc"), 0, "the text \"abc\" is not an integer"},
        {TEXT_VALUE(""), 0, "the text \"\" is not an integer"},
        {TEXT_VALUE("-"), 0, "the text \"-\" is not an integer"},
        {TEXT_VALUE(".0"), 0, "the text \".0\" is not an integer"},
        {TEXT_VALUE("9223372036854775808"), 0,
         "the text \"9223372036854775808\" is not an integer from -9223372036854775808 to 9223372036854775807"},
        {DECIMAL("12.01"), 0, "the decimal \"12.01\" is not an integer"},
        {{.type = BERTH_TYPE_BLOB, .length = 2, .as.data = "12"}, 0, "the blob of 2 bytes is not an integer"},
        {{.type = BERTH_TYPE_DATE, .as.integer = 0}, 0, "the date 1970-01-01 is not an integer"},
        {{.type = BERTH_TYPE_JSON, .length = 1, .as.data = "1"}, 0, "the json \"1\" is not an integer"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t number = 99;
        berth_error error = {0};
        berth_status status = value_to_int64(&cases[i].value, &number, &error);
        CU_ASSERT_EQUAL(status, cases[i].message == NULL ? BERTH_OK : BERTH_DATA);
        CU_ASSERT_EQUAL(number, cases[i].number);
        ASSERT_TEXT(error.message, cases[i].message == NULL ? "" : cases[i].message);
    }
}

static void test_uint64_conversions(void) {
    static const struct {
        berth_value value;
        uint64_t number;
        const char *message;
    } cases[] = {
        {INTEGER(INT64_MAX), INT64_MAX, NULL},
        {{.type = BERTH_TYPE_UINT64, .as.integer = -1}, UINT64_MAX, NULL},
        {REAL(0x1p63), UINT64_C(1) << 63, NULL},
        {TEXT_VALUE("18446744073709551615"), UINT64_MAX, NULL},
        {DECIMAL("7.0"), 7, NULL},
        {INTEGER(-1), 0, "the int64 -1 is not an integer from 0 to 18446744073709551615"},
        {REAL(-1.0), 0, "the double -1 is not an integer from 0 to 18446744073709551615"},
        {REAL(0x1p64), 0, "the double 1.8446744073709552e+19 is not an integer from 0 to 18446744073709551615"},
        {REAL(0.5), 0, "the double 0.5 is not an integer"},
        {TEXT_VALUE("-1"), 0, "the text \"-1\" is not an integer from 0 to 18446744073709551615"},
        {TEXT_VALUE("one"), 0, "the text \"one\" is not an integer"},
        {{.type = BERTH_TYPE_TIME, .as.integer = 1}, 0, "the time 00:00:00.000001 is not an integer"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t number = 99;
        berth_error error = {0};
        berth_status status = value_to_uint64(&cases[i].value, &number, &error);
        CU_ASSERT_EQUAL(status, cases[i].message == NULL ? BERTH_OK : BERTH_DATA);
        CU_ASSERT_EQUAL(number, cases[i].number);
        ASSERT_TEXT(error.message, cases[i].message == NULL ? "" : cases[i].message);
    }
}

static void test_double_conversions(void) {
    static const struct {
        berth_value value;
        double number;
        const char *message;
    } cases[] = {
        {REAL(0.1), 0.1, NULL},
        {INTEGER(INT64_C(1) << 53), 0x1p53, NULL},
        {INTEGER(INT64_MIN), -0x1p63, NULL},
        {{.type = BERTH_TYPE_UINT64, .as.integer = INT64_MIN}, 0x1p63, NULL},
        {{.type = BERTH_TYPE_BOOL, .as.integer = 1}, 1.0, NULL},
        {TEXT_VALUE("1.5e3"), 1500.0, NULL},
        {TEXT_VALUE("Infinity"), INFINITY, NULL},
        {TEXT_VALUE(".0"), 0.0, NULL},
        {DECIMAL("10.3333333333333333"), 10.333333333333334, NULL},
        {DECIMAL("-0009007199254740992.00"), -0x1p53, NULL},
        {INTEGER((INT64_C(1) << 53) + 1), 0, "the int64 9007199254740993 is more than a double holds exactly"},
        {INTEGER(INT64_MAX), 0, "the int64 9223372036854775807 is more than a double holds exactly"},
        {{.type = BERTH_TYPE_UINT64, .as.integer = -1},
         0,
         "the uint64 18446744073709551615 is more than a double holds exactly"},
        {DECIMAL("9007199254740993"), 0, "the decimal \"9007199254740993\" is more than a double holds exactly"},
        {TEXT_VALUE("1e999"), 0, "the text \"1e999\" is out of the range of a double"},
        {TEXT_VALUE("1.5 "), 0, "the text \"1.5 \" is not a number"},
        {{.type = BERTH_TYPE_NULL}, 0, "the value is NULL"},
        {{.type = BERTH_TYPE_TIMESTAMP}, 0, "the timestamp 1970-01-01 00:00:00.000000 is not a number"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double number = 99;
        berth_error error = {0};
        berth_status status = value_to_double(&cases[i].value, &number, &error);
        CU_ASSERT_EQUAL(status, cases[i].message == NULL ? BERTH_OK : BERTH_DATA);
        CU_ASSERT_EQUAL(number, cases[i].number);
        ASSERT_TEXT(error.message, cases[i].message == NULL ? "" : cases[i].message);
    }
}

static void test_bool_conversions(void) {
    static const struct {
        berth_value value;
        bool truth;
        const char *message;
    } cases[] = {
        {{.type = BERTH_TYPE_BOOL, .as.integer = 1}, true, NULL},
        {INTEGER(0), false, NULL},
        {INTEGER(1), true, NULL},
        {REAL(1.0), true, NULL},
        {TEXT_VALUE("T"), true, NULL},
        {TEXT_VALUE("false"), false, NULL},
        {TEXT_VALUE("1"), true, NULL},
        {INTEGER(2), false, "the int64 2 is not a bool: true, false, 1 or 0"},
        {TEXT_VALUE("yes"), false, "the text \"yes\" is not a bool: true, false, 1 or 0"},
        {{.type = BERTH_TYPE_NULL}, false, "the value is NULL"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool truth = !cases[i].truth;
        berth_error error = {0};
        berth_status status = value_to_bool(&cases[i].value, &truth, &error);
        CU_ASSERT_EQUAL(status, cases[i].message == NULL ? BERTH_OK : BERTH_DATA);
        CU_ASSERT_EQUAL(truth, cases[i].truth);
        ASSERT_TEXT(error.message, cases[i].message == NULL ? "" : cases[i].message);
    }
}

static void test_date_and_time_conversions(void) {
    berth_error error = {0};
    berth_value value = berth_date(20389);
    int32_t days = 0;
    int64_t time = 0;
    CU_ASSERT_EQUAL(value_to_date(&value, &days, &error), BERTH_OK);
    CU_ASSERT_EQUAL(days, 20389);
    value = berth_timestamp(-2 * VALUE_DAY_US);
    CU_ASSERT_EQUAL(value_to_date(&value, &days, &error), BERTH_OK);
    CU_ASSERT_EQUAL(days, -2);
    value = berth_text("2025-10-28");
    CU_ASSERT_EQUAL(value_to_date(&value, &days, &error), BERTH_OK);
    CU_ASSERT_EQUAL(days, 20389);
    value = berth_timestamp(1);
    CU_ASSERT_EQUAL(value_to_date(&value, &days, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "the timestamp 1970-01-01 00:00:00.000001 has a time of day, which a date would lose");
    value = berth_text("soon");
    CU_ASSERT_EQUAL(value_to_date(&value, &days, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "the text \"soon\" is not a date such as 2025-10-28");
    value = berth_text("00:00:01.5");
    CU_ASSERT_EQUAL(value_to_time(&value, &time, &error), BERTH_OK);
    CU_ASSERT_EQUAL(time, 1500000);
    value = berth_time(7);
    CU_ASSERT_EQUAL(value_to_time(&value, &time, &error), BERTH_OK);
    CU_ASSERT_EQUAL(time, 7);
    value = berth_int64(7);
    CU_ASSERT_EQUAL(value_to_time(&value, &time, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(time, 0);
    ASSERT_TEXT(error.message, "the int64 7 is not a time of day such as 07:04:56.25");
}

static void test_timestamp_conversions(void) {
    static const struct {
        berth_value value;
        int64_t microseconds;
        const char *message;
    } cases[] = {
        {{.type = BERTH_TYPE_TIMESTAMP, .as.integer = -5}, -5, NULL},
        {{.type = BERTH_TYPE_TIMESTAMPTZ, .as.integer = INT64_MAX}, INT64_MAX, NULL},
        {{.type = BERTH_TYPE_DATE, .as.integer = -1}, -VALUE_DAY_US, NULL},
        {TEXT_VALUE("1970-01-02"), VALUE_DAY_US, NULL},
        {TEXT_VALUE("1970-01-01 01:00:00+01:00"), 0, NULL},
        {TEXT_VALUE("1970-01-01T00:00:00.000001"), 1, NULL},
        {TEXT_VALUE("now"), 0, "the text \"now\" is not a timestamp such as 2025-10-28 07:04:56.25"},
        {INTEGER(5), 0, "the int64 5 is not a timestamp such as 2025-10-28 07:04:56.25"},
        {{.type = BERTH_TYPE_DATE, .as.integer = INT32_MAX},
         0,
         "the date +5881580-07-11 is out of the range of a timestamp"},
        {{.type = BERTH_TYPE_NULL}, 0, "the value is NULL"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t microseconds = 99;
        berth_error error = {0};
        berth_status status = value_to_timestamp(&cases[i].value, &microseconds, &error);
        CU_ASSERT_EQUAL(status, cases[i].message == NULL ? BERTH_OK : BERTH_DATA);
        CU_ASSERT_EQUAL(microseconds, cases[i].microseconds);
        ASSERT_TEXT(error.message, cases[i].message == NULL ? "" : cases[i].message);
    }
}

static void test_uuid_conversions(void) {
    static const uint8_t expected[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const berth_value values[] = {berth_uuid(expected), berth_blob(expected, 16),
                                  berth_text("00010203-0405-0607-0809-0a0b0c0d0e0f")};
    uint8_t uuid[16];
    berth_error error = {0};
    for (size_t i = 0; i < COUNT(values); i++) {
        CU_ASSERT_EQUAL(value_to_uuid(&values[i], uuid, &error), BERTH_OK);
        CU_ASSERT_EQUAL(memcmp(uuid, expected, sizeof uuid), 0);
    }
    berth_value value = berth_blob(expected, 15);
    CU_ASSERT_EQUAL(value_to_uuid(&value, uuid, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "the blob of 15 bytes is not a UUID");
    CU_ASSERT_EQUAL(uuid[1], 0);
}

static void test_text_conversions(void) {
    char scratch[VALUE_TEXT_BYTES];
    const char *text = NULL;
    size_t length = 0;
    berth_error error = {0};
    berth_value value = berth_text("own");
    CU_ASSERT_EQUAL(value_to_text(&value, scratch, &text, &length, &error), BERTH_OK);
    CU_ASSERT_PTR_EQUAL(text, value.as.data);
    CU_ASSERT_EQUAL(length, 3);
    value = berth_timestamptz(0);
    CU_ASSERT_EQUAL(value_to_text(&value, scratch, &text, &length, &error), BERTH_OK);
    ASSERT_TEXT(text, "1970-01-01 00:00:00.000000+00:00");
    CU_ASSERT_EQUAL(length, strlen(text));
    value = berth_blob("x", 1);
    CU_ASSERT_EQUAL(value_to_text(&value, scratch, &text, &length, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "the blob of 1 bytes is not text");
    ASSERT_TEXT(text, "");
    value = berth_null();
    CU_ASSERT_EQUAL(value_to_text(&value, scratch, &text, &length, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "the value is NULL");
}

static void test_decimal_conversions(void) {
    static const struct {
        berth_value value;
        const char *text;
        const char *message;
    } cases[] = {
        {DECIMAL("1.10"), "1.10", NULL},
        {TEXT_VALUE("-7.5"), "-7.5", NULL},
        {INTEGER(-7), "-7", NULL},
        {REAL(0.1), "0.1", NULL},
        {REAL(NAN), "", "the double NaN is not a decimal number"},
        {DECIMAL("NaN"), "", "the decimal \"NaN\" is not a decimal number"},
        {TEXT_VALUE("1,5"), "", "the text \"1,5\" is not a decimal number"},
        {{.type = BERTH_TYPE_BOOL}, "", "the bool false is not a decimal number"},
        {{.type = BERTH_TYPE_NULL}, "", "the value is NULL"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char scratch[VALUE_TEXT_BYTES];
        const char *text = NULL;
        size_t length = 99;
        berth_error error = {0};
        berth_status status = value_to_decimal(&cases[i].value, scratch, &text, &length, &error);
        CU_ASSERT_EQUAL(status, cases[i].message == NULL ? BERTH_OK : BERTH_DATA);
        ASSERT_TEXT(text, cases[i].text);
        CU_ASSERT_EQUAL(length, strlen(text));
        ASSERT_TEXT(error.message, cases[i].message == NULL ? "" : cases[i].message);
    }
}

SUITE("value_convert", TEST(test_int64_conversions), TEST(test_uint64_conversions), TEST(test_double_conversions),
      TEST(test_bool_conversions), TEST(test_date_and_time_conversions), TEST(test_timestamp_conversions),
      TEST(test_uuid_conversions), TEST(test_text_conversions), TEST(test_decimal_conversions))
