/* Values into columns: one function for each kind of column, chosen once. */
#include <stdio.h>
#include <string.h>

#include "core/arrow.h"
#include "core/error.h"
#include "core/value_text.h"

static void set_null(arrow_column *column, size_t row) {
    column->validity[row / 8] &= (uint8_t) ~(1U << row % 8);
}

/* A time that Arrow knows: 24:00:00 is none. */
static bool is_time_of_day(int64_t microseconds) {
    return microseconds >= 0 && microseconds < VALUE_DAY_US;
}

static berth_status to_time_of_day(const berth_value *value, int64_t *microseconds, berth_error *error) {
    berth_status status = value_to_time(value, microseconds, error);
    if (status == BERTH_OK && !is_time_of_day(*microseconds))
        status = value_refuse(value, "is not from 00:00:00 to 23:59:59.999999, as Arrow's times of day are", error);
    return status;
}

/* An instant is no wall-clock time: converting it to UTC would lose the zone that it was in. */
static berth_status to_local_timestamp(const berth_value *value, int64_t *microseconds, berth_error *error) {
    berth_status status = value_to_timestamp(value, microseconds, error);
    int64_t local;
    int32_t days;
    bool is_instant =
        value->type == BERTH_TYPE_TIMESTAMPTZ ||
        (value->type == BERTH_TYPE_TEXT && !value_parse_timestamp(value->as.data, value->length, false, &local) &&
         !value_parse_date(value->as.data, value->length, &days));
    if (status == BERTH_OK && is_instant)
        status = value_refuse(value, "has a time zone, the column's timestamps have none", error);
    return status;
}

/* The value as it is where it has the column's own type, else NULL, else converted. */
#define APPEND(name, c_type, is_own, member, convert)                                                                  \
    berth_status name(arrow_column *column, size_t row, const berth_value *value, berth_error *error) {                \
        c_type *slot = (c_type *)column->buffers.values + row;                                                         \
        if (is_own) {                                                                                                  \
            *slot = (c_type)value->as.member;                                                                          \
            return BERTH_OK;                                                                                           \
        }                                                                                                              \
        if (value->type != BERTH_TYPE_NULL)                                                                            \
            return convert(value, slot, error);                                                                        \
        *slot = 0;                                                                                                     \
        set_null(column, row);                                                                                         \
        return BERTH_OK;                                                                                               \
    }

APPEND(arrow_append_int64, int64_t, value->type == BERTH_TYPE_INT64, integer, value_to_int64)
APPEND(arrow_append_uint64, uint64_t, value->type == BERTH_TYPE_UINT64, integer, value_to_uint64)
APPEND(arrow_append_double, double, value->type == BERTH_TYPE_DOUBLE, real, value_to_double)
APPEND(arrow_append_date, int32_t, value->type == BERTH_TYPE_DATE, integer, value_to_date)
APPEND(arrow_append_time, int64_t, value->type == BERTH_TYPE_TIME && is_time_of_day(value->as.integer), integer,
       to_time_of_day)
APPEND(arrow_append_timestamp, int64_t, value->type == BERTH_TYPE_TIMESTAMP, integer, to_local_timestamp)
APPEND(arrow_append_timestamptz, int64_t, value->type == BERTH_TYPE_TIMESTAMPTZ, integer, value_to_timestamp)

berth_status arrow_append_bool(arrow_column *column, size_t row, const berth_value *value, berth_error *error) {
    bool truth = value->type == BERTH_TYPE_BOOL && value->as.integer != 0;
    berth_status status = BERTH_OK;
    if (value->type == BERTH_TYPE_NULL)
        set_null(column, row);
    else if (value->type != BERTH_TYPE_BOOL)
        status = value_to_bool(value, &truth, error);
    if (truth)
        ((uint8_t *)column->buffers.values)[row / 8] |= (uint8_t)(1U << row % 8);
    return status;
}

static berth_status put_data(arrow_column *column, size_t row, const void *data, size_t length, berth_error *error) {
    berth_status status = arrow_column_put(column, row, data, length, error);
    ((int32_t *)column->buffers.values)[row + 1] = (int32_t)column->buffers.data_bytes;
    return status;
}

static berth_status put_null(arrow_column *column, size_t row) {
    set_null(column, row);
    ((int32_t *)column->buffers.values)[row + 1] = (int32_t)column->buffers.data_bytes;
    return BERTH_OK;
}

/* That it is UTF-8 is checked for the whole batch, by arrow_column_check(). */
berth_status arrow_append_text(arrow_column *column, size_t row, const berth_value *value, berth_error *error) {
    char scratch[VALUE_TEXT_BYTES];
    const char *text = value->as.data;
    size_t length = (size_t)value->length;
    if (value->type == BERTH_TYPE_NULL)
        return put_null(column, row);
    if (value->type != column->type && value_to_text(value, scratch, &text, &length, error) != BERTH_OK)
        return BERTH_DATA;
    return put_data(column, row, text, length, error);
}

berth_status arrow_append_blob(arrow_column *column, size_t row, const berth_value *value, berth_error *error) {
    switch (value->type) {
    case BERTH_TYPE_NULL:
        return put_null(column, row);
    case BERTH_TYPE_BLOB:
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
    case BERTH_TYPE_JSON:
        return put_data(column, row, value->as.data, (size_t)value->length, error);
    default:
        return value_refuse(value, "is not a blob", error);
    }
}

berth_status arrow_append_decimal(arrow_column *column, size_t row, const berth_value *value, berth_error *error) {
    char scratch[VALUE_TEXT_BYTES];
    char what[VALUE_TEXT_BYTES];
    const char *text;
    size_t length;
    uint64_t *words = (uint64_t *)column->buffers.values + 2 * row;
    words[0] = words[1] = 0;
    if (value->type == BERTH_TYPE_NULL) {
        set_null(column, row);
        return BERTH_OK;
    }
    if (value_to_decimal(value, scratch, &text, &length, error) != BERTH_OK)
        return BERTH_DATA;
    if (arrow_decimal_read(text, length, column->precision, column->scale, words))
        return BERTH_OK;
    snprintf(what, sizeof what, "does not fit a decimal(%u, %u)", column->precision, column->scale);
    return value_refuse(value, what, error);
}

berth_status arrow_append_uuid(arrow_column *column, size_t row, const berth_value *value, berth_error *error) {
    uint8_t *slot = (uint8_t *)column->buffers.values + row * sizeof value->as.uuid;
    if (value->type != BERTH_TYPE_NULL)
        return value_to_uuid(value, slot, error);
    memset(slot, 0, sizeof value->as.uuid);
    set_null(column, row);
    return BERTH_OK;
}
