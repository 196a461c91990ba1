/* Which kind of Arrow column a column becomes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arrow.h"
#include "core/error.h"
#include "core/value.h"

#define MAX_PRECISION 38 /* Of 128 bits. */

static berth_status append_undecided(arrow_column *column, size_t row, const berth_value *value, berth_error *error);

static const arrow_kind kinds[BERTH_TYPE_COUNT] = {
    [BERTH_TYPE_NULL] = {append_undecided, ARROW_VALUES, 8 * sizeof(berth_value), false, "", NULL},
    [BERTH_TYPE_BOOL] = {arrow_append_bool, ARROW_VALUES, 1, false, "b", NULL},
    [BERTH_TYPE_INT64] = {arrow_append_int64, ARROW_VALUES, 64, true, "l", NULL},
    [BERTH_TYPE_UINT64] = {arrow_append_uint64, ARROW_VALUES, 64, true, "L", NULL},
    [BERTH_TYPE_DOUBLE] = {arrow_append_double, ARROW_VALUES, 64, true, "g", NULL},
    [BERTH_TYPE_TEXT] = {arrow_append_text, ARROW_TEXT, 32, true, "u", NULL},
    [BERTH_TYPE_BLOB] = {arrow_append_blob, ARROW_BYTES, 32, true, "z", NULL},
    [BERTH_TYPE_DECIMAL] = {arrow_append_text, ARROW_TEXT, 32, true, "u", NULL},
    [BERTH_TYPE_DATE] = {arrow_append_date, ARROW_VALUES, 32, false, "tdD", NULL},
    [BERTH_TYPE_TIME] = {arrow_append_time, ARROW_VALUES, 64, false, "ttu", NULL},
    [BERTH_TYPE_TIMESTAMP] = {arrow_append_timestamp, ARROW_VALUES, 64, true, "tsu:", NULL},
    [BERTH_TYPE_TIMESTAMPTZ] = {arrow_append_timestamptz, ARROW_VALUES, 64, true, "tsu:UTC", NULL},
    [BERTH_TYPE_UUID] = {arrow_append_uuid, ARROW_VALUES, 128, false, "w:16", "arrow.uuid"},
    [BERTH_TYPE_JSON] = {arrow_append_text, ARROW_TEXT, 32, true, "u", "arrow.json"},
};

static const arrow_kind decimal128 = {arrow_append_decimal, ARROW_VALUES, 128, false, "", NULL};

static void choose(arrow_column *column, uint32_t type, const arrow_kind *kind) {
    column->type = type;
    column->kind = kind;
    column->append = kind->append;
    column->buffers.type = kind->is_plain ? type : ARROW_NOT_PLAIN;
    column->buffers.has_data = kind->layout != ARROW_VALUES;
    snprintf(column->format, sizeof column->format, "%s", kind->format);
}

/* A whole number of at most `maximum`; `*text` is moved behind it. */
static bool read_count(const char **text, unsigned long maximum, uint8_t *count) {
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    unsigned long number = strtoul(*text, &end, 10);
    *text = end + strspn(end, " ");
    *count = (uint8_t)number;
    return number <= maximum;
}

/* "NAME(18, 4)" or "NAME(18)" */
static bool read_precision(const char *declared_type, uint8_t *precision, uint8_t *scale) {
    const char *text = declared_type != NULL ? strchr(declared_type, '(') : NULL;
    *scale = 0;
    if (text == NULL)
        return false;
    text += 1 + strspn(text + 1, " ");
    if (!read_count(&text, MAX_PRECISION, precision) || *precision == 0)
        return false;
    if (*text == ',') {
        text += 1 + strspn(text + 1, " ");
        if (!read_count(&text, *precision, scale))
            return false;
    }
    return strcmp(text, ")") == 0;
}

void arrow_column_describe(arrow_column *column, uint32_t type, const char *declared_type) {
    if (type >= BERTH_TYPE_COUNT)
        type = BERTH_TYPE_NULL;
    choose(column, type, &kinds[type]);
    if (type != BERTH_TYPE_DECIMAL || !read_precision(declared_type, &column->precision, &column->scale))
        return;
    choose(column, type, &decimal128);
    snprintf(column->format, sizeof column->format, "d:%u,%u", column->precision, column->scale);
}

/* Keeps the value as it is; of its bytes, `as.integer` is then the place. */
static berth_status append_undecided(arrow_column *column, size_t row, const berth_value *value, berth_error *error) {
    berth_value *kept = (berth_value *)column->buffers.values + row;
    *kept = *value;
    if (!value_has_bytes(value))
        return BERTH_OK;
    kept->as.integer = (int64_t)column->buffers.data_bytes;
    return arrow_column_put(column, row, value->as.data, (size_t)value->length, error);
}

static bool is_number(uint32_t type) {
    return type == BERTH_TYPE_INT64 || type == BERTH_TYPE_UINT64 || type == BERTH_TYPE_DOUBLE;
}

/* The type for values of two types. */
static uint32_t join(uint32_t one, uint32_t other) {
    if (one == BERTH_TYPE_NULL || one == other)
        return other;
    if (other == BERTH_TYPE_NULL)
        return one;
    if (!is_number(one) || !is_number(other))
        return BERTH_TYPE_TEXT;
    return one == BERTH_TYPE_DOUBLE || other == BERTH_TYPE_DOUBLE ? BERTH_TYPE_DOUBLE : BERTH_TYPE_UINT64;
}

static uint32_t type_of(const berth_value *values, size_t count) {
    uint32_t type = BERTH_TYPE_NULL;
    for (size_t i = 0; i < count; i++)
        type = join(type, values[i].type);
    return type == BERTH_TYPE_NULL || type >= BERTH_TYPE_COUNT ? BERTH_TYPE_TEXT : type;
}

berth_status arrow_column_decide(arrow_column *column, size_t capacity, size_t row_count, size_t *row,
                                 berth_error *error) {
    arrow_column kept = *column;
    const berth_value *values = kept.buffers.values;
    uint32_t type = type_of(values, row_count);
    berth_status status = BERTH_OK;
    *row = 0;
    column->validity = NULL;
    column->buffers.values = NULL;
    column->buffers.data = NULL;
    choose(column, type, &kinds[type]);
    if (!arrow_column_begin(column, capacity, ARROW_DATA_BYTES)) {
        status = error_no_memory(error, "a batch of rows");
        goto cleanup;
    }
    for (; *row < row_count && status == BERTH_OK; *row += status == BERTH_OK) {
        berth_value value = values[*row];
        if (value_has_bytes(&value))
            value.as.data = kept.buffers.data + value.as.integer;
        status = column->append(column, *row, &value, error);
    }
cleanup:
    arrow_column_clear(&kept);
    return status;
}
