#include "core/value_text.h"
#include "tests/support/suite.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *format(berth_value value) {
    static char text[128];
    size_t length = berth_value_format(&value, text, sizeof text);
    CU_ASSERT_EQUAL(length, strlen(text));
    return text;
}

static berth_status parse(berth_type type, const char *text, berth_value *value) {
    return berth_value_parse(type, text, strlen(text), value);
}

/* What berth_value_format() makes of what berth_value_parse() read, "refused" where it read nothing. */
static const char *parse_and_format(berth_type type, const char *text) {
    berth_value value;
    if (parse(type, text, &value) == BERTH_OK)
        return format(value);
    CU_ASSERT_EQUAL(value.type, BERTH_TYPE_NULL);
    return "refused";
}

static void test_makers_say_their_type(void) {
    static const uint8_t uuid[16] = {1, 2, 3};
    CU_ASSERT_EQUAL(berth_null().type, BERTH_TYPE_NULL);
    CU_ASSERT_EQUAL(berth_bool(true).as.integer, 1);
    CU_ASSERT_EQUAL(berth_int64(-7).as.integer, -7);
    CU_ASSERT_EQUAL(berth_uint64(INT64_MAX).type, BERTH_TYPE_INT64);
    CU_ASSERT_EQUAL(berth_uint64((uint64_t)INT64_MAX + 1).type, BERTH_TYPE_UINT64);
    CU_ASSERT_EQUAL(berth_double(0.5).as.real, 0.5);
    CU_ASSERT_EQUAL(berth_text("abc").length, 3);
    CU_ASSERT_EQUAL(berth_text_n("abc", 2).length, 2);
    CU_ASSERT_EQUAL(berth_blob("abc", 3).type, BERTH_TYPE_BLOB);
    CU_ASSERT_EQUAL(berth_decimal("1.10").type, BERTH_TYPE_DECIMAL);
    CU_ASSERT_EQUAL(berth_date(-1).as.integer, -1);
    CU_ASSERT_EQUAL(berth_time(1).type, BERTH_TYPE_TIME);
    CU_ASSERT_EQUAL(berth_timestamp(1).type, BERTH_TYPE_TIMESTAMP);
    CU_ASSERT_EQUAL(berth_timestamptz(1).type, BERTH_TYPE_TIMESTAMPTZ);
    CU_ASSERT_EQUAL(memcmp(berth_uuid(uuid).as.uuid, uuid, sizeof uuid), 0);
    CU_ASSERT_EQUAL(berth_json("{}").length, 2);
}

static void test_null_pointers_are_null_or_empty(void) {
    CU_ASSERT_EQUAL(berth_text(NULL).type, BERTH_TYPE_NULL);
    CU_ASSERT_EQUAL(berth_decimal(NULL).type, BERTH_TYPE_NULL);
    CU_ASSERT_EQUAL(berth_json(NULL).type, BERTH_TYPE_NULL);
    CU_ASSERT_EQUAL(berth_text_n(NULL, 0).type, BERTH_TYPE_NULL);
    CU_ASSERT_PTR_NOT_NULL(berth_blob(NULL, 0).as.data);
    CU_ASSERT_PTR_NULL(berth_blob(NULL, 1).as.data);
}

static void test_every_type_has_a_name(void) {
    for (int type = 0; type < BERTH_TYPE_COUNT; type++)
        CU_ASSERT_STRING_NOT_EQUAL(berth_type_name((berth_type)type), "unknown");
    ASSERT_TEXT(berth_type_name(BERTH_TYPE_TIMESTAMPTZ), "timestamptz");
    ASSERT_TEXT(berth_type_name((berth_type)BERTH_TYPE_COUNT), "unknown");
    ASSERT_TEXT(berth_type_name((berth_type)-1), "unknown");
}

static void test_short_types_format(void) {
    static const uint8_t uuid[16] = {0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3,
                                     0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0xff};
    ASSERT_TEXT(format(berth_null()), "");
    ASSERT_TEXT(format(berth_bool(true)), "true");
    ASSERT_TEXT(format(berth_bool(false)), "false");
    ASSERT_TEXT(format(berth_int64(INT64_MIN)), "-9223372036854775808");
    ASSERT_TEXT(format(berth_uint64(UINT64_MAX)), "18446744073709551615");
    ASSERT_TEXT(format(berth_uuid(uuid)), "123e4567-e89b-12d3-a456-4266141740ff");
    ASSERT_TEXT(format(berth_blob("\x00\xff\x1a", 3)), "00ff1a");
    ASSERT_TEXT(format(berth_blob(NULL, 0)), "");
    ASSERT_TEXT(format(berth_text("na\xC3\xAFve")), "na\xC3\xAFve");
    ASSERT_TEXT(format(berth_decimal("-12.50")), "-12.50");
    ASSERT_TEXT(format(berth_json("[1, 2]")), "[1, 2]");
    ASSERT_TEXT(format((berth_value){.type = 99}), "");
}

static void test_format_counts_like_snprintf(void) {
    static const struct {
        berth_value value;
        size_t length;
    } cases[] = {
        {{.type = BERTH_TYPE_INT64, .as.integer = 12345}, 5},
        {{.type = BERTH_TYPE_TEXT, .length = 5, .as.data = "12345"}, 5},
        {{.type = BERTH_TYPE_BLOB, .length = 3, .as.data = "\x12\x34\x5f"}, 6},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[4] = "xyz";
        CU_ASSERT_EQUAL(berth_value_format(&cases[i].value, NULL, 0), cases[i].length);
        CU_ASSERT_EQUAL(berth_value_format(&cases[i].value, text, 1), cases[i].length);
        ASSERT_TEXT(text, "");
        CU_ASSERT_EQUAL(berth_value_format(&cases[i].value, text, sizeof text), cases[i].length);
        ASSERT_TEXT(text, "123");
    }
}

static void test_doubles_format_short(void) {
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e22, "1e+22"},
        {123456789.0, "123456789"},
        {9007199254740993.0, "9007199254740992"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {NAN, "NaN"},
        {INFINITY, "Infinity"},
        {-INFINITY, "-Infinity"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        ASSERT_TEXT(format(berth_double(cases[i].number)), cases[i].text);
}

/* A fixed sequence of bits that covers all of a type's range. */
static uint64_t next_bits(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void test_doubles_read_back_to_the_same_bits(void) {
    uint64_t state = 88172645463325252;
    for (int i = 0; i < 20000; i++) {
        double number;
        uint64_t bits = next_bits(&state);
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number))
            continue;
        berth_value back;
        if (parse(BERTH_TYPE_DOUBLE, format(berth_double(number)), &back) != BERTH_OK ||
            memcmp(&back.as.real, &number, sizeof number) != 0)
            CU_FAIL("a double came back as another one");
    }
}

/* Sets a locale with a decimal comma; false where none is installed. */
static bool set_comma_locale(void) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE", "fr_FR"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (setlocale(LC_NUMERIC, names[i]) != NULL)
            return strcmp(localeconv()->decimal_point, ",") == 0;
    return false;
}

static void test_numbers_have_a_point_in_every_locale(void) {
    berth_value value;
    if (!set_comma_locale())
        printf("(no locale with a decimal comma is installed) ");
    ASSERT_TEXT(format(berth_double(1.5)), "1.5");
    CU_ASSERT_EQUAL(parse(BERTH_TYPE_DOUBLE, "1.5", &value), BERTH_OK);
    CU_ASSERT_EQUAL(value.as.real, 1.5);
    CU_ASSERT_EQUAL(parse(BERTH_TYPE_DOUBLE, "1,5", &value), BERTH_DATA);
    setlocale(LC_NUMERIC, "C");
}

static void test_doubles_parse(void) {
    static const char *const refused[] = {"",   "1e999", "-1e999",  "1e-999", "0x10", " 1", "1 ", "1e",  "1e+",
                                          "e5", "--1",   "infinit", "1.5.1",  "+-1",  ".",  "-",  "1,5", "nan1"};
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_DOUBLE, "+1.50E2"), "150");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_DOUBLE, ".5"), "0.5");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_DOUBLE, "0e-999"), "0");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_DOUBLE, "nan"), "NaN");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_DOUBLE, "-INF"), "-Infinity");
    for (size_t i = 0; i < COUNT(refused); i++)
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_DOUBLE, refused[i]), "refused");
}

static void test_long_number_parses(void) {
    char text[4000];
    berth_value value;
    memset(text, '0', sizeof text);
    text[0] = '1';
    text[1] = '.';
    CU_ASSERT_EQUAL(berth_value_parse(BERTH_TYPE_DOUBLE, text, sizeof text, &value), BERTH_OK);
    CU_ASSERT_EQUAL(value.as.real, 1.0);
    text[1] = '0';
    CU_ASSERT_EQUAL(berth_value_parse(BERTH_TYPE_DOUBLE, text, sizeof text, &value), BERTH_DATA);
}

static void test_integers_parse_in_their_whole_range(void) {
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_INT64, "-9223372036854775808"), "-9223372036854775808");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_INT64, "9223372036854775807"), "9223372036854775807");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_INT64, "+007"), "7");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_INT64, "-0"), "0");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UINT64, "18446744073709551615"), "18446744073709551615");
    static const char *const refused[] = {"9223372036854775808",
                                          "-9223372036854775809",
                                          "99999999999999999999999",
                                          "",
                                          "-",
                                          "+",
                                          "-+1",
                                          "+-1",
                                          "1.0",
                                          " 1",
                                          "0x1",
                                          "1a"};
    for (size_t i = 0; i < COUNT(refused); i++)
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_INT64, refused[i]), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UINT64, "18446744073709551616"), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UINT64, "-1"), "refused");
    berth_value value;
    CU_ASSERT_EQUAL(parse(BERTH_TYPE_UINT64, "7", &value), BERTH_OK);
    CU_ASSERT_EQUAL(value.type, BERTH_TYPE_INT64);
}

static void test_decimals_are_checked_and_kept(void) {
    static const char *const kept[] = {"0", "-12.50", "+1", ".5", "5.", "1e5", "1.5E-10", "00012345678901234567890.10"};
    static const char *const refused[] = {"", "-", ".", "1e", "1e+", "NaN", "Infinity", "1 ", "1.2.3", "0x1", "1,5"};
    for (size_t i = 0; i < COUNT(kept); i++)
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_DECIMAL, kept[i]), kept[i]);
    for (size_t i = 0; i < COUNT(refused); i++)
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_DECIMAL, refused[i]), "refused");
}

static void test_dates_format(void) {
    static const struct {
        int32_t days;
        const char *text;
    } cases[] = {
        {0, "1970-01-01"},
        {-1, "1969-12-31"},
        {20389, "2025-10-28"},
        {11016, "2000-02-29"},
        {-25509, "1900-02-28"},
        {-25508, "1900-03-01"},
        {-719162, "0001-01-01"},
        {-719163, "0000-12-31"},
        {-719528, "0000-01-01"},
        {-719529, "-0001-12-31"},
        {2932896, "9999-12-31"},
        {2932897, "+10000-01-01"},
        {INT32_MAX, "+5881580-07-11"},
        {INT32_MIN, "-5877641-06-23"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ASSERT_TEXT(format(berth_date(cases[i].days)), cases[i].text);
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_DATE, cases[i].text), cases[i].text);
    }
}

static void test_bad_dates_are_refused(void) {
    static const char *const refused[] = {
        "",           "2025",        "2025-10",     "2025-1-01",      "2025-13-01",     "2025-00-01",     "2025-02-29",
        "1900-02-29", "2025-04-31",  "2025-04-00",  "2025-04-1",      "2025-04-011",    "2025/04/01",     "25-04-01",
        "+999-01-01", " 2025-01-01", "2025-01-01 ", "+5881580-07-12", "-5877641-06-22", "+99999999-01-01"};
    for (size_t i = 0; i < COUNT(refused); i++)
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_DATE, refused[i]), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_DATE, "+2000-02-29"), "2000-02-29");
}

static void test_times_format_and_parse(void) {
    ASSERT_TEXT(format(berth_time(25496250000)), "07:04:56.250000");
    ASSERT_TEXT(format(berth_time(-1)), "-00:00:00.000001");
    ASSERT_TEXT(format(berth_time(INT64_C(3020399000000))), "838:59:59.000000");
    ASSERT_TEXT(format(berth_time(INT64_MIN)), "-2562047788:00:54.775808");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_TIME, "07:04:56"), "07:04:56.000000");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_TIME, "07:04:56.25"), "07:04:56.250000");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_TIME, "23:59:59.999999000"), "23:59:59.999999");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_TIME, "24:00:00"), "24:00:00.000000");
    static const char *const refused[] = {
        "",          "07:04",     "7:04:56",   "24:00:00.000001",  "25:00:00",
        "07:60:00",  "07:00:60",  "07:04:56.", "07:04:56.0000001", "07:04:56.0000000000",
        "-07:04:56", "07:04:56Z", "07:04:56 "};
    for (size_t i = 0; i < COUNT(refused); i++)
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_TIME, refused[i]), "refused");
}

static void test_timestamps_parse(void) {
    static const struct {
        const char *text;
        const char *plain; /* As a timestamp. */
        const char *zoned; /* As an instant. */
    } cases[] = {
        {"2025-10-28 07:04:56.250000", "2025-10-28 07:04:56.250000", "2025-10-28 07:04:56.250000+00:00"},
        {"2025-10-28T07:04:56", "2025-10-28 07:04:56.000000", "2025-10-28 07:04:56.000000+00:00"},
        {"2025-10-28T07:04:56Z", "refused", "2025-10-28 07:04:56.000000+00:00"},
        {"2025-10-28t07:04:56z", "refused", "2025-10-28 07:04:56.000000+00:00"},
        {"2025-10-28 07:04:56.1+02", "refused", "2025-10-28 05:04:56.100000+00:00"},
        {"2025-12-31 23:30:00-0530", "refused", "2026-01-01 05:00:00.000000+00:00"},
        {"2025-10-28T07:04:56+05:30", "refused", "2025-10-28 01:34:56.000000+00:00"},
        {"2025-10-28T07:04:56+05:", "refused", "refused"},
        {"2025-10-28T07:04:56+5", "refused", "refused"},
        {"2025-10-28T07:04:56+24:00", "refused", "refused"},
        {"2025-10-28T07:04:56+01:60", "refused", "refused"},
        {"2025-10-28T07:04:56+01:00:00", "refused", "refused"},
        {"2025-10-28T07:04:56 Z", "refused", "refused"},
        {"2025-10-28", "refused", "refused"},
        {"2025-10-28 24:00:00", "refused", "refused"},
        {"2025-10-28_07:04:56", "refused", "refused"},
        {"2025-02-29 07:04:56", "refused", "refused"},
        {"-290308-12-21 19:59:05.224192", "-290308-12-21 19:59:05.224192", "-290308-12-21 19:59:05.224192+00:00"},
        {"-290308-12-21 19:59:05.224191", "refused", "refused"},
        {"+294247-01-10 04:00:54.775807", "+294247-01-10 04:00:54.775807", "+294247-01-10 04:00:54.775807+00:00"},
        {"+294247-01-10 04:00:54.775808", "refused", "refused"},
        {"+294247-01-10 04:00:54.775807-01", "refused", "refused"},
        {"+294247-01-10 05:00:54.775807+01", "refused", "+294247-01-10 04:00:54.775807+00:00"},
        {"-290308-12-21 18:59:05.224192-01", "refused", "-290308-12-21 19:59:05.224192+00:00"},
        {"+9999999-01-01 00:00:00", "refused", "refused"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_TIMESTAMP, cases[i].text), cases[i].plain);
        ASSERT_TEXT(parse_and_format(BERTH_TYPE_TIMESTAMPTZ, cases[i].text), cases[i].zoned);
    }
}

/* What is of the usual form is read at once, and has to come to the same as what has a digit more and is read step by
 * step. */
static bool agrees(const char *text, const char *more) {
    char longer[64];
    berth_value at_once;
    berth_value by_steps;
    int length = snprintf(longer, sizeof longer, "%s%s", text, more);
    berth_status one = berth_value_parse(BERTH_TYPE_TIMESTAMP, text, strlen(text), &at_once);
    berth_status other = berth_value_parse(BERTH_TYPE_TIMESTAMP, longer, (size_t)length, &by_steps);
    return one == other && at_once.type == by_steps.type && at_once.as.integer == by_steps.as.integer;
}

static void test_usual_timestamps_are_read_like_others(void) {
    static const int years[] = {0, 1, 3, 4, 99, 100, 400, 1582, 1899, 1900, 1969, 1970, 2000, 2023, 2024, 9999};
    static const char right[] = "2024-02-28 23:59:58.123456";
    char text[64];
    int wrong = 0;
    for (size_t i = 0; i < sizeof years / sizeof *years; i++)
        for (int day = 0; day < 14 * 33; day++) {
            snprintf(text, sizeof text, "%04d-%02d-%02d 24:00:00", years[i], day / 33, day % 33);
            wrong += !agrees(text, ".0");
            memcpy(text + strlen(text) - 8, "05:06:07", 8);
            wrong += !agrees(text, ".0");
        }
    for (size_t at = 0; at < sizeof right - 1; at++)
        for (int other = 1; other < 256; other++) {
            memcpy(text, right, sizeof right);
            text[at] = (char)other;
            wrong += !agrees(text, "0");
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_integers_and_times_read_back(void) {
    static const berth_type types[] = {BERTH_TYPE_INT64, BERTH_TYPE_TIMESTAMP, BERTH_TYPE_TIMESTAMPTZ};
    uint64_t state = 2463534242;
    for (int i = 0; i < 20000; i++) {
        int64_t number = (int64_t)next_bits(&state) >> (i % 60);
        for (size_t at = 0; at < COUNT(types); at++) {
            berth_value value = {.type = types[at], .as.integer = number};
            berth_value back;
            if (parse(types[at], format(value), &back) != BERTH_OK || back.as.integer != number)
                CU_FAIL("a number came back as another one");
        }
        berth_value back;
        berth_value date = berth_date((int32_t)number);
        if (parse(BERTH_TYPE_DATE, format(date), &back) != BERTH_OK || back.as.integer != date.as.integer)
            CU_FAIL("a date came back as another one");
    }
}

static void test_other_types_parse(void) {
    berth_value value;
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_BOOL, "TRUE"), "true");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_BOOL, "f"), "false");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_BOOL, "yes"), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UUID, "123E4567-e89b-12d3-a456-426614174000"),
                "123e4567-e89b-12d3-a456-426614174000");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UUID, "123e4567e89b12d3a456426614174000"),
                "123e4567-e89b-12d3-a456-426614174000");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UUID, "123e4567-e89b-12d3-a456-42661417400g"), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UUID, "123e4567-e89b-12d3-a456-42661417400"), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_UUID, "123e4567ee89b-12d3-a456-426614174000"), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_TEXT, "abc"), "abc");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_TEXT, "a\xFF"), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_JSON, "{}"), "{}");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_BLOB, "00"), "refused");
    ASSERT_TEXT(parse_and_format(BERTH_TYPE_NULL, "x"), "refused");
    ASSERT_TEXT(parse_and_format((berth_type)77, "x"), "refused");
    CU_ASSERT_EQUAL(berth_value_parse(BERTH_TYPE_TEXT, NULL, 0, &value), BERTH_OK);
    CU_ASSERT_PTR_NOT_NULL(value.as.data);
    CU_ASSERT_EQUAL(berth_value_parse(BERTH_TYPE_TIMESTAMP, NULL, 0, &value), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_value_parse(BERTH_TYPE_NULL, NULL, 0, &value), BERTH_OK);
}

SUITE("value", TEST(test_makers_say_their_type), TEST(test_null_pointers_are_null_or_empty),
      TEST(test_every_type_has_a_name), TEST(test_short_types_format), TEST(test_format_counts_like_snprintf),
      TEST(test_doubles_format_short), TEST(test_doubles_read_back_to_the_same_bits),
      TEST(test_numbers_have_a_point_in_every_locale), TEST(test_doubles_parse), TEST(test_long_number_parses),
      TEST(test_integers_parse_in_their_whole_range), TEST(test_decimals_are_checked_and_kept), TEST(test_dates_format),
      TEST(test_bad_dates_are_refused), TEST(test_times_format_and_parse), TEST(test_timestamps_parse),
      TEST(test_usual_timestamps_are_read_like_others), TEST(test_integers_and_times_read_back),
      TEST(test_other_types_parse))
