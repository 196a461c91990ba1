#include "tests/support/suite.h"

#include <stdio.h>

#include "tracker/progress.h"
#include "tracker/random.h"
#include "tracker/scale.h"
#include "tracker/table.h"
#include "tracker/text.h"
#include "tracker/writer.h"

/* What `print` writes to a stream. */
#define PRINTED(text, print)                                                                                           \
    do {                                                                                                               \
        size_t printed_size;                                                                                           \
        FILE *stream = open_memstream(&(text), &printed_size);                                                         \
        print;                                                                                                         \
        fclose(stream);                                                                                                \
    } while (0)

static void test_width_counts_columns_of_a_terminal(void) {
    CU_ASSERT_EQUAL(text_width(""), 0);
    CU_ASSERT_EQUAL(text_width("abc"), 3);
    CU_ASSERT_EQUAL(text_width("\xE2\x86\x92\xE2\x80\x91"), 2); /* An arrow, a hyphen. */
    CU_ASSERT_EQUAL(text_width("e\xCC\x81"), 1);                /* A combining accent. */
    CU_ASSERT_EQUAL(text_width("\xE6\xA8\xA1\xE5\x9E\x8B"), 4); /* Two Chinese characters. */
    CU_ASSERT_EQUAL(text_width("\xF0\x9F\x9A\x80"), 2);         /* A rocket. */
    CU_ASSERT_EQUAL(text_characters("\xE6\xA8\xA1\xE5\x9E\x8B"), 2);
    CU_ASSERT_EQUAL(text_fitting_bytes("\xE6\xA8\xA1\xE5\x9E\x8B", 3), 3);
    CU_ASSERT_EQUAL(text_fitting_bytes("abc", 5), 3);
}

static void test_cut_characters_are_removed(void) {
    static const struct {
        const char *text;
        const char *trimmed;
    } cases[] = {{"a\xE2\x86\x92", "a\xE2\x86\x92"},
                 {"a\xE2\x86", "a"},
                 {"a\xE2", "a"},
                 {"a\xC3", "a"},
                 {"\xF0\x9F\x9A", ""},
                 {"", ""},
                 {"abc", "abc"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16];
        snprintf(text, sizeof text, "%s", cases[i].text);
        text_trim_utf8(text);
        ASSERT_TEXT(text, cases[i].trimmed);
    }
}

static void test_money(void) {
    char text[TEXT_NUMBER_BYTES];
    ASSERT_TEXT(text_money(text, 0, false), "0.00");
    ASSERT_TEXT(text_money(text, -0.001, true), "0.00");
    ASSERT_TEXT(text_money(text, 999.994, true), "+999.99");
    ASSERT_TEXT(text_money(text, 999.996, false), "1,000.00");
    ASSERT_TEXT(text_money(text, -1234567.891, true), "-1,234,567.89");
    ASSERT_TEXT(text_money(text, 123456.5, false), "123,456.50");
    ASSERT_TEXT(text_money(text, 1e300, false), "1e+300");
}

static void test_quantity_and_time(void) {
    char text[TEXT_NUMBER_BYTES];
    ASSERT_TEXT(text_quantity(text, -7716), "-7716");
    ASSERT_TEXT(text_quantity(text, 0.05), "0.05");
    ASSERT_TEXT(text_quantity(text, 107067.9), "107067.9");
    ASSERT_TEXT(text_time(text, INT64_C(1761605381192000)), "2025-10-27 22:49:41");
    ASSERT_TEXT(text_time(text, 0), "1970-01-01 00:00:00");
}

static void test_nothing_commands_the_terminal(void) {
    char *text = NULL;
    PRINTED(text, text_print_line(stream, "a\033[31mb\nc\td\x7F\xC2\x9B"
                                          "e\xE2\x86\x92"));
    ASSERT_TEXT(text, "a [31mb c d  e\xE2\x86\x92");
    free(text);
    PRINTED(text, text_print_block(stream, "a\033b\nc\td\r"));
    ASSERT_TEXT(text, "a b\nc\td ");
    free(text);
}

static void test_table_is_aligned(void) {
    static const table_column columns[] = {
        {.title = "Name", .widest = 6}, {.title = "N", .right = true}, {.title = "X"}};
    char *text = NULL;
    table *table = table_new(columns, 3);
    table_add(table, "\xE6\xA8\xA1\xE5\x9E\x8B");
    table_add(table, "12");
    table_add(table, "a");
    table_add(table, "abcdefgh");
    table_add(table, "7");
    table_add(table, "");
    PRINTED(text, CU_ASSERT_TRUE(table_print(table, stream)));
    ASSERT_TEXT(text, "Name     N  X\n"
                      "------  --  -\n"
                      "\xE6\xA8\xA1\xE5\x9E\x8B    12  a\n"
                      "abcde\xE2\x80\xA6   7  \n");
    free(text);
    table_free(table);
}

static void test_table_without_memory_prints_nothing(void) {
    table_add(NULL, "a");
    CU_ASSERT_FALSE(table_print(NULL, stdout));
    table_free(NULL);
}

static void draw_progress(FILE *stream, bool terminal) {
    const console console = {.err = stream, .terminal = terminal};
    progress progress = progress_begin(&console, "x", 200);
    progress_show(&progress, 100);
    progress_show(&progress, 101);
    progress_end(&progress);
}

static void test_progress_draws_only_on_a_terminal(void) {
    char *text = NULL;
    PRINTED(text, draw_progress(stream, false));
    ASSERT_TEXT(text, "");
    free(text);
    PRINTED(text, draw_progress(stream, true));
    ASSERT_TEXT(text, "\rx [####################....................]  50 %\r\033[K");
    free(text);
}

static void test_value_scale_has_round_steps(void) {
    scale scale = scale_values(8446, 15609, 6);
    CU_ASSERT_EQUAL(scale.least, 8000);
    CU_ASSERT_EQUAL(scale.most, 16000);
    CU_ASSERT_EQUAL(scale.step, 2000);
    scale = scale_values(-3, 4, 5);
    CU_ASSERT_EQUAL(scale.first, -4);
    CU_ASSERT_EQUAL(scale.step, 2);
    scale = scale_values(0, 0, 5);
    CU_ASSERT_TRUE(scale.least < 0 && scale.most > 0);
    scale = scale_values(-10, -10, 5);
    CU_ASSERT_TRUE(scale.least < -10 && scale.most > -10);
}

static void test_time_scale_is_in_whole_units(void) {
    const int64_t day_us = INT64_C(86400000000);
    scale scale = scale_times(day_us / 2, 14 * day_us + 1, 9);
    CU_ASSERT_EQUAL(scale.step, 2.0 * (double)day_us);
    CU_ASSERT_EQUAL(scale.first, 2.0 * (double)day_us);
    scale = scale_times(5, 5, 9);
    CU_ASSERT_TRUE(scale.least < scale.most);
    scale = scale_times(0, 1000000 * day_us, 9);
    CU_ASSERT_TRUE((scale.most - scale.least) / scale.step <= 18);
}

static void test_decimals_have_no_needless_digits(void) {
    char text[WRITER_DECIMAL_BYTES];
    ASSERT_TEXT(writer_format(text, 200, 2), "2");
    ASSERT_TEXT(writer_format(text, 220, 2), "2.2");
    ASSERT_TEXT(writer_format(text, -5, 2), "-0.05");
    ASSERT_TEXT(writer_format(text, 0, 6), "0");
    ASSERT_TEXT(writer_format(text, 100, 0), "100");
    ASSERT_TEXT(writer_format(text, INT64_C(1767583993944000), 6), "1767583993.944");
}

/* The published first outputs of SplitMix64 for the seed 1234567. */
static void test_random_numbers_are_the_published_ones(void) {
    random_source source = {1234567};
    CU_ASSERT_EQUAL(random_next(&source), UINT64_C(6457827717110365317));
    CU_ASSERT_EQUAL(random_next(&source), UINT64_C(3203168211198807973));
    CU_ASSERT_EQUAL(random_next(&source), UINT64_C(9817491932198370423));
    for (int i = 0; i < 1000; i++) {
        int64_t number = random_between(&source, -3, 3);
        CU_ASSERT_TRUE(number >= -3 && number <= 3);
    }
}

SUITE("tracker text", TEST(test_width_counts_columns_of_a_terminal), TEST(test_cut_characters_are_removed),
      TEST(test_money), TEST(test_quantity_and_time), TEST(test_nothing_commands_the_terminal),
      TEST(test_table_is_aligned), TEST(test_table_without_memory_prints_nothing),
      TEST(test_progress_draws_only_on_a_terminal), TEST(test_value_scale_has_round_steps),
      TEST(test_time_scale_is_in_whole_units), TEST(test_decimals_have_no_needless_digits),
      TEST(test_random_numbers_are_the_published_ones))
