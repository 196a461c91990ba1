#include "core/utf8.h"
#include "core/value.h"
#include "core/value_text.h"
#include "tests/support/suite.h"

#include <berth/driver.h>
#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* clang-format off */
#define TEXT_VALUE(text) {.type = BERTH_TYPE_TEXT, .length = sizeof(text) - 1, .as.data = text}
#define DECIMAL(text) {.type = BERTH_TYPE_DECIMAL, .length = sizeof(text) - 1, .as.data = text}
#define REAL(number) {.type = BERTH_TYPE_DOUBLE, .as.real = (number)}
/* clang-format on */

static void test_messages_cut_and_escape(void) {
    char shown[UTF8_SHOWN_BYTES];
    int64_t number = 0;
    berth_error error = {0};
    ASSERT_TEXT(utf8_show("a\n\x7F\xFF\xE2\x82", 6, shown), "a\\x0A\\x7F\\xFF\\xE2\\x82");
    ASSERT_TEXT(utf8_show("na\xC3\xAFve", 6, shown), "na\xC3\xAFve");
    ASSERT_TEXT(utf8_show("", 0, shown), "");
    ASSERT_TEXT(utf8_show("12345678901234567890123456789012345678901234", 44, shown),
                "12345678901234567890123456789012345678901234");
    ASSERT_TEXT(utf8_show("1234567890123456789012345678901234567890123\xE2\x82\xAC", 46, shown),
                "1234567890123456789012345678901234567890123...");
    berth_value value = berth_text("12345678901234567890x2345678901234567890123456789012345");
    CU_ASSERT_EQUAL(value_to_int64(&value, &number, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "the text \"12345678901234567890x23456789012345678901234...\" is not an integer");
}

static void test_utf8_is_told_from_other_bytes(void) {
    static const struct {
        const char *text;
        size_t valid;
    } cases[] = {
        {"", 0},
        {"plain ASCII, longer than a word", 31},
        {"12345678\xC3\xA9", 10},
        {"\xC2\x80\xDF\xBF", 4},
        {"\xE0\xA0\x80\xEF\xBF\xBF", 6},
        {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8},
        {"ab\x80", 2},
        {"ab\xC0\x80", 2},
        {"ab\xC1\xBF", 2},
        {"ab\xE0\x9F\xBF", 2},
        {"ab\xED\xA0\x80", 2},
        {"ab\xF0\x8F\xBF\xBF", 2},
        {"ab\xF4\x90\x80\x80", 2},
        {"ab\xF5\x80\x80\x80", 2},
        {"ab\xFF", 2},
        {"ab\xC3", 2},
        {"ab\xE2\x82", 2},
        {"ab\xE2\x82z", 2},
        {"ab\xF0\x9F\x98", 2},
        {"123456789012345\xFFz", 15},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        CU_ASSERT_EQUAL(utf8_valid_bytes(cases[i].text, strlen(cases[i].text)), cases[i].valid);
}

/* Texts of every length up to `LONGEST`, ASCII but for one byte at every place. */
#define LONGEST 50
static void test_every_byte_of_a_text_is_looked_at(void) {
    char text[LONGEST];
    for (size_t length = 0; length <= LONGEST; length++) {
        memset(text, 'a', sizeof text);
        berth_value value = berth_text_n(text, length);
        CU_ASSERT_TRUE(value_is_plain(&value, true));
        CU_ASSERT_FALSE(value_is_plain(&value, false));
        for (size_t at = 0; at < length; at++) {
            text[at] = '\x80';
            CU_ASSERT_FALSE(value_is_plain(&value, true));
            CU_ASSERT_EQUAL(utf8_valid_bytes(text, length), at);
            text[at] = '\0';
            CU_ASSERT_TRUE(value_is_plain(&value, true));
            text[at] = 'a';
        }
    }
    CU_ASSERT_FALSE(value_is_plain(&(berth_value){.type = BERTH_TYPE_TEXT}, true));
}

static void test_check_lets_good_values_pass(void) {
    static const uint8_t uuid[16] = {0};
    const berth_value values[] = {
        berth_null(),
        berth_bool(true),
        berth_int64(1),
        berth_double(1.5),
        berth_text("gr\xC3\xBC\xC3\x9F"),
        berth_text_n("", 0),
        berth_blob("\0\xFF", 2),
        berth_blob(NULL, 0),
        berth_decimal("1.5"),
        berth_date(0),
        berth_time(VALUE_DAY_US),
        berth_timestamp(INT64_MIN),
        berth_timestamptz(0),
        berth_uuid(uuid),
        berth_json("{}"),
    };
    for (size_t i = 0; i < COUNT(values); i++)
        CU_ASSERT_EQUAL(value_check(&values[i], 0, NULL), BERTH_OK);
}

static void test_check_refuses(void) {
    static const struct {
        berth_value value;
        uint64_t capability; /* With it the value passes; 0: nothing helps. */
        berth_status status;
        const char *message;
    } cases[] = {
        {REAL(NAN), BERTH_CAP_FLOAT_NAN, BERTH_DATA, "the database can't store a double that is no number (NaN)"},
        {REAL(-INFINITY), BERTH_CAP_FLOAT_INF, BERTH_DATA, "the database can't store a double that is infinite"},
        {{.type = BERTH_TYPE_UINT64, .as.integer = -1},
         BERTH_CAP_UINT64,
         BERTH_DATA,
         "the uint64 is above 9223372036854775807, the largest integer of the database"},
        {{.type = BERTH_TYPE_UINT64, .as.integer = 5},
         0,
         BERTH_MISUSE,
         "a uint64 up to 9223372036854775807 is to be made with berth_uint64()"},
        {TEXT_VALUE("a\0b"), BERTH_CAP_TEXT_NUL, BERTH_DATA,
         "the text of 3 bytes has a NUL, which the database takes in a blob only, at byte 2"},
        {TEXT_VALUE("ab\xFF"), BERTH_CAP_CHECKS_UTF8, BERTH_DATA, "the text of 3 bytes is not UTF-8 at byte 3"},
        {{.type = BERTH_TYPE_JSON, .length = 1, .as.data = "\xFF"},
         BERTH_CAP_CHECKS_UTF8,
         BERTH_DATA,
         "the json of 1 bytes is not UTF-8 at byte 1"},
        {{.type = BERTH_TYPE_TEXT, .length = 3}, 0, BERTH_MISUSE, "the text has 3 bytes at a NULL pointer"},
        {{.type = BERTH_TYPE_BLOB, .length = 1}, 0, BERTH_MISUSE, "the blob has 1 bytes at a NULL pointer"},
        {{.type = BERTH_TYPE_DECIMAL, .length = 1}, 0, BERTH_MISUSE, "the decimal has 1 bytes at a NULL pointer"},
        {DECIMAL("1,5"), 0, BERTH_DATA, "the decimal of 3 bytes is not a number such as -12.50"},
        {{.type = BERTH_TYPE_BOOL, .as.integer = 2}, 0, BERTH_DATA, "the bool is not from 0 to 1"},
        {{.type = BERTH_TYPE_TIME, .as.integer = -1}, 0, BERTH_DATA, "the time is not from 0 to 86400000000"},
        {{.type = BERTH_TYPE_DATE, .as.integer = INT64_MAX},
         0,
         BERTH_DATA,
         "the date is not from -2147483648 to 2147483647"},
        {{.type = 99}, 0, BERTH_MISUSE, "a value has the type 99, which is none: use the makers of berth/value.h"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        berth_error error = {0};
        uint64_t others = ~cases[i].capability;
        CU_ASSERT_EQUAL(value_check(&cases[i].value, others, &error), cases[i].status);
        ASSERT_TEXT(error.message, cases[i].message);
        if (cases[i].capability != 0)
            CU_ASSERT_EQUAL(value_check(&cases[i].value, cases[i].capability, &error), BERTH_OK);
    }
}

SUITE("value_check", TEST(test_messages_cut_and_escape), TEST(test_utf8_is_told_from_other_bytes),
      TEST(test_every_byte_of_a_text_is_looked_at), TEST(test_check_lets_good_values_pass), TEST(test_check_refuses))
