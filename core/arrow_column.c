/* The buffers of a column. */
#include "core/arrow.h"

#include <string.h>

#include "core/error.h"
#include "core/utf8.h"
#include "core/value_text.h"

#define FIRST_DATA_BYTES 4096

static size_t padded(size_t bytes) {
    return (bytes + ARROW_ALIGNMENT - 1) / ARROW_ALIGNMENT * ARROW_ALIGNMENT;
}

static size_t bits_bytes(size_t bits) {
    return (bits + 7) / 8;
}

/* Offsets are one more than rows. */
static size_t values_bytes(const arrow_column *column, size_t rows) {
    return bits_bytes((rows + (column->kind->layout != ARROW_VALUES)) * column->kind->bits);
}

/* Makes a buffer larger; its first `used` bytes stay. */
static bool enlarge(arrow_store *store, void **buffer, size_t used, size_t bytes) {
    void *larger = arrow_store_take(store, bytes);
    if (larger == NULL)
        return false;
    if (used > 0)
        memcpy(larger, *buffer, used);
    arrow_store_give(store, *buffer);
    *buffer = larger;
    return true;
}

/* What can be put in without asking ends at the capacity, and at the limit. */
static bool enlarge_data(arrow_column *column, size_t bytes, size_t limit) {
    void *data = column->buffers.data;
    if (!enlarge(column->store, &data, column->buffers.data_bytes, bytes))
        return false;
    column->buffers.data = data;
    column->data_capacity = padded(bytes);
    column->buffers.data_room = (bytes < limit ? bytes : limit) - column->buffers.data_bytes;
    return true;
}

/* Room for as much, before it comes. */
static bool expect_data(arrow_column *column, size_t bytes) {
    size_t expected = bytes + bytes / 8;
    if (expected > column->data_limit)
        expected = column->data_limit;
    return expected <= column->data_capacity || enlarge_data(column, expected, column->data_limit);
}

/* What is new in the bitmaps has to be known: all values are there, and no bit is set. */
bool arrow_column_grow(arrow_column *column, size_t old_capacity, size_t capacity) {
    void *validity = column->validity;
    size_t old_bits = bits_bytes(old_capacity);
    size_t old_values = old_capacity > 0 ? values_bytes(column, old_capacity) : 0;
    if (!enlarge(column->store, &validity, old_bits, bits_bytes(capacity)))
        return false;
    column->validity = validity;
    memset(column->validity + old_bits, 0xFF, bits_bytes(capacity) - old_bits);
    if (!enlarge(column->store, &column->buffers.values, old_values, values_bytes(column, capacity)))
        return false;
    if (column->kind->bits == 1)
        memset((char *)column->buffers.values + old_values, 0, bits_bytes(capacity) - old_values);
    return column->buffers.data_bytes == 0 || expect_data(column, column->buffers.data_bytes / old_capacity * capacity);
}

bool arrow_column_begin(arrow_column *column, size_t capacity, size_t data_limit) {
    column->buffers.data_bytes = column->data_capacity = column->buffers.data_room = 0;
    column->data_limit = data_limit;
    if (!arrow_column_grow(column, 0, capacity))
        return false;
    if (column->kind->layout == ARROW_VALUES)
        return true;
    ((int32_t *)column->buffers.values)[0] = 0;
    return expect_data(column, column->data_expected > FIRST_DATA_BYTES ? column->data_expected : FIRST_DATA_BYTES);
}

berth_status arrow_column_reserve(arrow_column *column, size_t row, size_t length, berth_error *error) {
    size_t limit = column->data_limit;
    size_t used = column->buffers.data_bytes;
    if (row == 0 && length > limit && length <= ARROW_DATA_BYTES)
        limit = length; /* It gets a batch of its own. */
    if (used > limit || length > limit - used)
        return error_set(error, BERTH_TOO_LARGE, "the value has %zu bytes, and Arrow's offsets reach %zu", length,
                         ARROW_DATA_BYTES);
    size_t wanted = column->data_capacity * 2;
    if (wanted < used + length)
        wanted = used + length;
    if (!enlarge_data(column, wanted < limit ? wanted : limit, limit))
        return error_no_memory(error, "a batch of rows");
    return BERTH_OK;
}

berth_status arrow_column_check(const arrow_column *column, size_t row_count, size_t *row, berth_error *error) {
    const int32_t *offsets = column->buffers.values;
    const char *data = column->buffers.data;
    *row = 0;
    if (column->kind->layout != ARROW_TEXT)
        return BERTH_OK;
    int32_t valid = (int32_t)utf8_valid_bytes(data, (size_t)offsets[row_count]);
    for (; *row < row_count; ++*row) {
        int32_t begin = offsets[*row];
        int32_t end = offsets[*row + 1];
        bool begins_amid = begin < end && (data[begin] & 0xC0) == 0x80; /* Amid a character. */
        if (end <= valid && !begins_amid)
            continue;
        berth_value text = berth_text_n(data + begin, (size_t)(end - begin));
        return value_refuse(&text, "is not UTF-8", error);
    }
    return BERTH_OK;
}

static void clear_rest(void *buffer, size_t used) {
    memset((char *)buffer + used, 0, padded(used) - used);
}

/* A row that was begun and belongs to the next batch may have left bits behind the last row. */
static void clear_bits(uint8_t *bits, size_t count) {
    if (count % 8 != 0)
        bits[count / 8] &= (uint8_t)((1U << count % 8) - 1);
    clear_rest(bits, bits_bytes(count));
}

static size_t count_nulls(const uint8_t *validity, size_t row_count) {
    size_t valid = 0;
    for (size_t at = 0; at < bits_bytes(row_count); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, validity + at, sizeof word);
        valid += (size_t)__builtin_popcountll(word);
    }
    return row_count - valid;
}

size_t arrow_column_finish(arrow_column *column, size_t row_count) {
    clear_bits(column->validity, row_count);
    if (column->kind->bits == 1)
        clear_bits(column->buffers.values, row_count);
    else
        clear_rest(column->buffers.values, values_bytes(column, row_count));
    if (column->kind->layout != ARROW_VALUES) {
        column->buffers.data_bytes = (size_t)((int32_t *)column->buffers.values)[row_count];
        if (column->buffers.data_bytes > column->data_expected)
            column->data_expected = column->buffers.data_bytes;
        clear_rest(column->buffers.data, column->buffers.data_bytes);
    }
    size_t nulls = count_nulls(column->validity, row_count);
    if (nulls == 0) {
        arrow_store_give(column->store, column->validity);
        column->validity = NULL;
    }
    return nulls;
}

void arrow_column_clear(arrow_column *column) {
    arrow_store_give(column->store, column->validity);
    arrow_store_give(column->store, column->buffers.values);
    arrow_store_give(column->store, column->buffers.data);
    column->validity = NULL;
    column->buffers.values = NULL;
    column->buffers.data = NULL;
}
