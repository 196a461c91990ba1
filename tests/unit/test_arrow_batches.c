/* Where batches end, that long texts and many columns come back, and that the tests' reader finds what is wrong. */
#include "core/arrow.h"

#include <berth.h>
#include <errno.h>
#include <stdio.h>

#include "tests/support/arrow_reader.h"
#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;
static berth_engine *engine;
static berth_session *session;
static berth_result *rows;
static struct ArrowArrayStream stream;
static arrow_reader reader;

static void open_table(const fake_table *table, size_t batch_rows, size_t batch_bytes) {
    const arrow_limits limits = {batch_rows, batch_bytes};
    fake_reset();
    fake_set_table(table);
    engine = fake_engine("fake://", NULL);
    session = berth_session_open(engine, NULL);
    rows = berth_query(session, "TABLE", NULL);
    CU_ASSERT_EQUAL_FATAL(arrow_stream_open(rows, &limits, &stream), BERTH_OK);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
}

static berth_status finish(void) {
    arrow_reader_close(&reader);
    berth_result_close(rows);
    berth_status status = berth_session_end(session, &error);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    return status;
}

/* ---- Lengths. ---- */

static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
static const int *lengths;

/* A bool before the text and a number behind it: a row that is put off must leave nothing of them behind. */
static const berth_column_info length_columns[] = {
    {.name = "odd", .type = BERTH_TYPE_BOOL},
    {.name = "text", .type = BERTH_TYPE_TEXT},
    {.name = "same", .type = BERTH_TYPE_BLOB},
    {.name = "number", .type = BERTH_TYPE_INT64},
};

/* A length below 0 is a NULL. */
static void fill_lengths(int64_t row, berth_value *values) {
    int length = lengths[row];
    values[0] = row % 2 == 1 ? berth_bool(true) : berth_null();
    values[1] = length < 0 ? berth_null() : berth_text_n(letters + row, (size_t)length);
    values[2] = berth_text_n(letters, 1);
    values[3] = berth_int64(row);
}

static void assert_length(int64_t row, int64_t number) {
    size_t length;
    int expected = lengths[number];
    CU_ASSERT_EQUAL(arrow_reader_integer(&reader, 3, row), number);
    CU_ASSERT_EQUAL(arrow_reader_is_null(&reader, 0, row), number % 2 == 0);
    CU_ASSERT_EQUAL(arrow_reader_integer(&reader, 0, row), number % 2);
    CU_ASSERT_EQUAL(arrow_reader_is_null(&reader, 1, row), expected < 0);
    const char *text = arrow_reader_bytes(&reader, 1, row, &length);
    CU_ASSERT_EQUAL_FATAL(length, expected < 0 ? 0 : (size_t)expected);
    CU_ASSERT_EQUAL(memcmp(text, letters + number, length), 0);
}

/* Texts of these lengths, with batches of at most four rows and ten bytes of text, make batches of these rows. */
static void assert_batches(int count, const int *given, const char *expected) {
    char found[64] = "";
    lengths = given;
    open_table(&(fake_table){length_columns, 4, count, fill_lengths}, 4, 10);
    while (arrow_reader_next(&reader)) {
        size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%lld", used > 0 ? " " : "", (long long)reader.batch.length);
        for (int64_t i = 0; i < reader.batch.length; i++)
            assert_length(i, reader.rows - reader.batch.length + i);
    }
    CU_ASSERT_EQUAL(reader.rows, count);
    ASSERT_TEXT(found, expected);
    CU_ASSERT_EQUAL(finish(), BERTH_OK);
}

#define LENGTHS(...)                                                                                                   \
    (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), (const int[]) {                                                 \
        __VA_ARGS__                                                                                                    \
    }

static void test_long_texts_make_short_batches(void) {
    assert_batches(LENGTHS(1, 2, 3, 4, 5), "4 1");
    assert_batches(LENGTHS(5, 5, 1, 9, 0), "2 3");
    assert_batches(LENGTHS(5, 6, 5, 6, 5), "1 1 1 1 1");
    assert_batches(LENGTHS(10, 0, -1, 10), "3 1");
    assert_batches(LENGTHS(26, 1, 26, 26, 1, 1), "1 1 1 1 2");
    assert_batches(LENGTHS(1, 26), "1 1");
    assert_batches(LENGTHS(-1, 26), "1 1");
    assert_batches(LENGTHS(-1, -1, -1, -1, -1), "4 1");
    assert_batches(LENGTHS(9, 9, 9, 2, 8), "1 1 1 2");
}

/* The same where the type is not known before the first batch. */
static void test_long_texts_of_a_type_that_is_not_known(void) {
    static const berth_column_info columns[] = {
        {.name = "odd", .type = BERTH_TYPE_BOOL}, {.name = "text"}, {.name = "same"}, {.name = "number"}};
    static const int given[] = {6, 6, 26, 1};
    lengths = given;
    open_table(&(fake_table){columns, 4, 4, fill_lengths}, 4, 10);
    ASSERT_TEXT(arrow_reader_format(&reader, 1), "u");
    for (int64_t i = 0; arrow_reader_next(&reader); i++)
        assert_length(0, i);
    CU_ASSERT_EQUAL(reader.batches, 4);
    CU_ASSERT_EQUAL(finish(), BERTH_OK);
}

static void fill_too_long(int64_t row, berth_value *values) {
    (void)row;
    values[0] = berth_text_n("", (size_t)INT32_MAX + 1); /* Its bytes are never looked at. */
}

static void test_value_longer_than_arrow_allows(void) {
    static const berth_column_info column = {.name = "it", .type = BERTH_TYPE_TEXT};
    open_table(&(fake_table){&column, 1, 1, fill_too_long}, 4, 10);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EOVERFLOW);
    ASSERT_TEXT(stream.get_last_error(&stream),
                "column 0 (it), row 0: the value has 2147483648 bytes, and Arrow's offsets reach 2147483647");
    CU_ASSERT_EQUAL(finish(), BERTH_TOO_LARGE);
}

/* ---- Many rows and columns. ---- */

#define MANY_COLUMNS 14
#define MANY_ROWS 140000

static char many_text[32];
static const uint8_t many_uuid[16] = "0123456789abcde";

static const berth_column_info many_columns[MANY_COLUMNS] = {
    {.name = "0", .type = BERTH_TYPE_BOOL},
    {.name = "1", .type = BERTH_TYPE_INT64},
    {.name = "2", .type = BERTH_TYPE_UINT64},
    {.name = "3", .type = BERTH_TYPE_DOUBLE},
    {.name = "4", .type = BERTH_TYPE_TEXT},
    {.name = "5", .type = BERTH_TYPE_BLOB},
    {.name = "6", .type = BERTH_TYPE_DECIMAL, .declared_type = "numeric(12, 3)"},
    {.name = "7", .type = BERTH_TYPE_DATE},
    {.name = "8", .type = BERTH_TYPE_TIME},
    {.name = "9", .type = BERTH_TYPE_TIMESTAMP},
    {.name = "10", .type = BERTH_TYPE_TIMESTAMPTZ},
    {.name = "11", .type = BERTH_TYPE_UUID},
    {.name = "12", .type = BERTH_TYPE_JSON},
    {.name = "13", .type = BERTH_TYPE_NULL},
};

static bool is_null_at(int column, int64_t row) {
    return (row * 7 + column) % 5 == 0;
}

static void fill_many(int64_t row, berth_value *values) {
    snprintf(many_text, sizeof many_text, "%lld.5", (long long)row);
    values[0] = berth_bool(row % 3 == 0);
    values[1] = values[13] = berth_int64(row);
    values[2] = berth_uint64((uint64_t)row);
    values[3] = berth_double((double)row);
    values[4] = berth_text(many_text);
    values[5] = berth_blob(many_text, strlen(many_text));
    values[6] = berth_decimal(many_text);
    values[7] = berth_date((int32_t)row);
    values[8] = berth_time(row);
    values[9] = berth_timestamp(row);
    values[10] = berth_timestamptz(row);
    values[11] = berth_uuid(many_uuid);
    values[12] = berth_json(many_text);
    for (int i = 0; i < MANY_COLUMNS; i++)
        if (is_null_at(i, row))
            values[i] = berth_null();
}

static bool has_value(int column, int64_t at, int64_t row) {
    size_t length;
    const char *bytes;
    switch (column) {
    case 0:
        return arrow_reader_integer(&reader, column, at) == (row % 3 == 0);
    case 3:
        return arrow_reader_double(&reader, column, at) == (double)row;
    case 4:
    case 5:
    case 12:
        bytes = arrow_reader_bytes(&reader, column, at, &length);
        return length == strlen(many_text) && memcmp(bytes, many_text, length) == 0;
    case 6:
        return strncmp(arrow_reader_text(&reader, column, at), many_text, strlen(many_text)) == 0;
    case 11:
        return memcmp(arrow_reader_bytes(&reader, column, at, &length), many_uuid, 16) == 0;
    default:
        return arrow_reader_integer(&reader, column, at) == row;
    }
}

static void test_all_types_over_several_batches(void) {
    int wrong = 0;
    open_table(&(fake_table){many_columns, MANY_COLUMNS, MANY_ROWS, fill_many}, ARROW_BATCH_ROWS, ARROW_BATCH_BYTES);
    while (arrow_reader_next(&reader)) {
        for (int64_t at = 0; at < reader.batch.length; at++) {
            int64_t row = reader.rows - reader.batch.length + at;
            snprintf(many_text, sizeof many_text, "%lld.5", (long long)row);
            for (int i = 0; i < MANY_COLUMNS; i++)
                wrong += arrow_reader_is_null(&reader, i, at) != is_null_at(i, row) ||
                         (!is_null_at(i, row) && !has_value(i, at, row));
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(reader.batches, 3);
    CU_ASSERT_EQUAL(reader.rows, MANY_ROWS);
    CU_ASSERT_EQUAL(finish(), BERTH_OK);
}

/* ---- The reader. ---- */

/* Breaks something of a batch of (bool, text, blob, int64), and mends it again when called once more. */
static void break_null_count(struct ArrowArray *batch) {
    batch->children[0]->null_count ^= 1;
}

static void break_padding(struct ArrowArray *batch) {
    ((char *)(uintptr_t)batch->children[3]->buffers[1])[63] ^= 1;
}

static void break_trailing_bit(struct ArrowArray *batch) {
    ((char *)(uintptr_t)batch->children[0]->buffers[1])[0] ^= (char)0x80;
}

static void break_offset(struct ArrowArray *batch) {
    ((int32_t *)(uintptr_t)batch->children[1]->buffers[1])[1] ^= 64;
}

static void break_first_offset(struct ArrowArray *batch) {
    ((int32_t *)(uintptr_t)batch->children[1]->buffers[1])[0] ^= 1;
}

static void break_text(struct ArrowArray *batch) {
    ((char *)(uintptr_t)batch->children[1]->buffers[2])[0] ^= (char)0x80;
}

static void break_length(struct ArrowArray *batch) {
    batch->children[2]->length ^= 1;
}

static void break_alignment(struct ArrowArray *batch) {
    batch->children[3]->buffers[1] = (const void *)((uintptr_t)batch->children[3]->buffers[1] ^ 8);
}

static void break_buffers(struct ArrowArray *batch) {
    batch->children[1]->n_buffers ^= 1;
}

static void test_reader_finds_what_is_wrong(void) {
    static const struct {
        void (*change)(struct ArrowArray *);
        const char *complaint;
    } cases[] = {
        {break_null_count, "there are 2 NULLs, said to be 3"},
        {break_padding, "the buffer of values is not padded with zeros"},
        {break_trailing_bit, "the buffer of values has bits behind the last value"},
        {break_offset, "the offsets fall at 1"},
        {break_first_offset, "the first offset is 1"},
        {break_text, "value 0 is no UTF-8"},
        {break_length, "the column has 2 rows from 0"},
        {break_alignment, "the buffer of values is not aligned"},
        {break_buffers, "the column has 2 buffers"},
    };
    static const int given[] = {2, 2, 2};
    lengths = given;
    open_table(&(fake_table){length_columns, 4, 3, fill_lengths}, 4, 10);
    CU_ASSERT_TRUE_FATAL(arrow_reader_next(&reader));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cases[i].change(&reader.batch);
        ASSERT_TEXT(arrow_reader_check_batch(&reader, &reader.batch), cases[i].complaint);
        cases[i].change(&reader.batch);
        CU_ASSERT_PTR_NULL(arrow_reader_check_batch(&reader, &reader.batch));
    }
    CU_ASSERT_EQUAL(finish(), BERTH_OK);
}

SUITE("arrow batches", TEST(test_long_texts_make_short_batches), TEST(test_long_texts_of_a_type_that_is_not_known),
      TEST(test_value_longer_than_arrow_allows), TEST(test_all_types_over_several_batches),
      TEST(test_reader_finds_what_is_wrong))
