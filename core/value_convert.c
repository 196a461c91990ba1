#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/utf8.h"
#include "core/value_text.h"

#define TWO_TO_63 0x1p63
#define TWO_TO_64 0x1p64

#define NO_INTEGER "is not an integer"
#define NO_INT64 "is not an integer from -9223372036854775808 to 9223372036854775807"
#define NO_UINT64 "is not an integer from 0 to 18446744073709551615"
#define NO_DOUBLE "is more than a double holds exactly"

berth_status value_refuse(const berth_value *value, const char *what, berth_error *error) {
    char text[VALUE_TEXT_BYTES];
    char shown[UTF8_SHOWN_BYTES];
    const char *name = berth_type_name((berth_type)value->type);
    switch (value->type) {
    case BERTH_TYPE_NULL:
        return error_set(error, BERTH_DATA, "the value is NULL");
    case BERTH_TYPE_BLOB:
        return error_set(error, BERTH_DATA, "the blob of %" PRIu64 " bytes %s", value->length, what);
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
    case BERTH_TYPE_JSON:
        utf8_show(value->as.data, value->length, shown);
        return error_set(error, BERTH_DATA, "the %s \"%s\" %s", name, shown, what);
    default:
        berth_value_format(value, text, sizeof text);
        return error_set(error, BERTH_DATA, "the %s %s %s", name, text, what);
    }
}

/* Bytes of a decimal without zeros behind its point, and without the point when nothing is left there. */
static size_t whole_bytes(const char *text, size_t length) {
    const char *point = length > 0 ? memchr(text, '.', length) : NULL;
    size_t end = length;
    if (point == NULL || !value_is_decimal(text, length))
        return length;
    while (text[end - 1] == '0')
        end--;
    bool is_whole = text + end - 1 == point && point > text && point[-1] >= '0' && point[-1] <= '9';
    return is_whole ? end - 1 : length;
}

/* Why a text is no integer: it may be one that is too large. */
static berth_status refuse_text(const berth_value *value, const char *range, berth_error *error) {
    size_t length = whole_bytes(value->as.data, value->length);
    const char *text = value->as.data;
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+');
    bool digits = at < length;
    for (; at < length && digits; at++)
        digits = text[at] >= '0' && text[at] <= '9';
    return value_refuse(value, digits ? range : NO_INTEGER, error);
}

berth_status value_to_int64(const berth_value *value, int64_t *number, berth_error *error) {
    double real = value->as.real;
    *number = 0;
    switch (value->type) {
    case BERTH_TYPE_BOOL:
    case BERTH_TYPE_INT64:
        *number = value->as.integer;
        return BERTH_OK;
    case BERTH_TYPE_UINT64:
        return value_refuse(value, NO_INT64, error);
    case BERTH_TYPE_DOUBLE:
        if (real != trunc(real) || isinf(real))
            return value_refuse(value, NO_INTEGER, error);
        if (real < -TWO_TO_63 || real >= TWO_TO_63)
            return value_refuse(value, NO_INT64, error);
        *number = (int64_t)real;
        return BERTH_OK;
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
        if (value_parse_int64(value->as.data, whole_bytes(value->as.data, value->length), number))
            return BERTH_OK;
        return refuse_text(value, NO_INT64, error);
    default:
        return value_refuse(value, NO_INTEGER, error);
    }
}

berth_status value_to_uint64(const berth_value *value, uint64_t *number, berth_error *error) {
    double real = value->as.real;
    *number = 0;
    switch (value->type) {
    case BERTH_TYPE_BOOL:
    case BERTH_TYPE_INT64:
        if (value->as.integer < 0)
            return value_refuse(value, NO_UINT64, error);
        *number = (uint64_t)value->as.integer;
        return BERTH_OK;
    case BERTH_TYPE_UINT64:
        *number = (uint64_t)value->as.integer;
        return BERTH_OK;
    case BERTH_TYPE_DOUBLE:
        if (real != trunc(real) || isinf(real))
            return value_refuse(value, NO_INTEGER, error);
        if (real < 0 || real >= TWO_TO_64)
            return value_refuse(value, NO_UINT64, error);
        *number = (uint64_t)real;
        return BERTH_OK;
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
        if (value_parse_uint64(value->as.data, whole_bytes(value->as.data, value->length), number))
            return BERTH_OK;
        return refuse_text(value, NO_UINT64, error);
    default:
        return value_refuse(value, NO_INTEGER, error);
    }
}

/* Whether a text that is a whole number is all there in its nearest double. Fractions are rounded by nature. */
static bool keeps_integer(const berth_value *value, double nearest) {
    char found[400];
    const char *text = value->as.data;
    size_t length = whole_bytes(text, value->length);
    bool negative = length > 0 && text[0] == '-';
    size_t at = negative || (length > 0 && text[0] == '+');
    while (at + 1 < length && text[at] == '0')
        at++;
    for (size_t i = at; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return true;
    int bytes = snprintf(found, sizeof found, "%.0f", fabs(nearest));
    return (size_t)bytes == length - at && memcmp(found, text + at, length - at) == 0;
}

static berth_status text_to_double(const berth_value *value, double *number, berth_error *error) {
    double nearest = 0;
    if (!value_parse_double(value->as.data, value->length, &nearest)) {
        bool is_number = value_is_decimal(value->as.data, value->length);
        return value_refuse(value, is_number ? "is out of the range of a double" : "is not a number", error);
    }
    if (isfinite(nearest) && !keeps_integer(value, nearest))
        return value_refuse(value, NO_DOUBLE, error);
    *number = nearest;
    return BERTH_OK;
}

berth_status value_to_double(const berth_value *value, double *number, berth_error *error) {
    double nearest = (double)value->as.integer;
    *number = 0;
    switch (value->type) {
    case BERTH_TYPE_DOUBLE:
        *number = value->as.real;
        return BERTH_OK;
    case BERTH_TYPE_BOOL:
    case BERTH_TYPE_INT64:
        if (nearest >= TWO_TO_63 || (int64_t)nearest != value->as.integer)
            return value_refuse(value, NO_DOUBLE, error);
        *number = nearest;
        return BERTH_OK;
    case BERTH_TYPE_UINT64:
        nearest = (double)(uint64_t)value->as.integer;
        if (nearest >= TWO_TO_64 || (uint64_t)nearest != (uint64_t)value->as.integer)
            return value_refuse(value, NO_DOUBLE, error);
        *number = nearest;
        return BERTH_OK;
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
        return text_to_double(value, number, error);
    default:
        return value_refuse(value, "is not a number", error);
    }
}

berth_status value_to_bool(const berth_value *value, bool *truth, berth_error *error) {
    int64_t number = -1;
    *truth = false;
    if (value->type == BERTH_TYPE_TEXT && value_parse_bool(value->as.data, value->length, truth))
        return BERTH_OK;
    if (value->type == BERTH_TYPE_NULL || value_to_int64(value, &number, NULL) != BERTH_OK || number < 0 || number > 1)
        return value_refuse(value, "is not a bool: true, false, 1 or 0", error);
    *truth = number == 1;
    return BERTH_OK;
}

berth_status value_to_date(const berth_value *value, int32_t *days, berth_error *error) {
    *days = 0;
    if (value->type == BERTH_TYPE_TEXT && value_parse_date(value->as.data, value->length, days))
        return BERTH_OK;
    if (value->type == BERTH_TYPE_TIMESTAMP && value->as.integer % VALUE_DAY_US != 0)
        return value_refuse(value, "has a time of day, which a date would lose", error);
    if (value->type == BERTH_TYPE_TIMESTAMP)
        *days = (int32_t)(value->as.integer / VALUE_DAY_US);
    else if (value->type == BERTH_TYPE_DATE)
        *days = (int32_t)value->as.integer;
    else
        return value_refuse(value, "is not a date such as 2025-10-28", error);
    return BERTH_OK;
}

berth_status value_to_time(const berth_value *value, int64_t *microseconds, berth_error *error) {
    *microseconds = 0;
    if (value->type == BERTH_TYPE_TEXT && value_parse_time(value->as.data, value->length, microseconds))
        return BERTH_OK;
    if (value->type != BERTH_TYPE_TIME)
        return value_refuse(value, "is not a time of day such as 07:04:56.25", error);
    *microseconds = value->as.integer;
    return BERTH_OK;
}

berth_status value_to_timestamp(const berth_value *value, int64_t *microseconds, berth_error *error) {
    static const char no_timestamp[] = "is not a timestamp such as 2025-10-28 07:04:56.25";
    int32_t days = 0;
    *microseconds = 0;
    switch (value->type) {
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
        *microseconds = value->as.integer;
        return BERTH_OK;
    case BERTH_TYPE_TEXT:
        if (value_parse_timestamp(value->as.data, value->length, true, microseconds))
            return BERTH_OK;
        break;
    case BERTH_TYPE_DATE:
        break;
    default:
        return value_refuse(value, no_timestamp, error);
    }
    if (value_to_date(value, &days, NULL) != BERTH_OK)
        return value_refuse(value, no_timestamp, error);
    if (__builtin_mul_overflow((int64_t)days, VALUE_DAY_US, microseconds)) {
        *microseconds = 0;
        return value_refuse(value, "is out of the range of a timestamp", error);
    }
    return BERTH_OK;
}

berth_status value_to_uuid(const berth_value *value, uint8_t uuid[16], berth_error *error) {
    memset(uuid, 0, sizeof value->as.uuid);
    if (value->type == BERTH_TYPE_TEXT && value_parse_uuid(value->as.data, value->length, uuid))
        return BERTH_OK;
    if (value->type == BERTH_TYPE_UUID)
        memcpy(uuid, value->as.uuid, sizeof value->as.uuid);
    else if (value->type == BERTH_TYPE_BLOB && value->length == sizeof value->as.uuid)
        memcpy(uuid, value->as.data, sizeof value->as.uuid);
    else
        return value_refuse(value, "is not a UUID", error);
    return BERTH_OK;
}

berth_status value_to_text(const berth_value *value, char scratch[VALUE_TEXT_BYTES], const char **text, size_t *length,
                           berth_error *error) {
    *text = "";
    *length = 0;
    switch (value->type) {
    case BERTH_TYPE_NULL:
    case BERTH_TYPE_BLOB:
        return value_refuse(value, "is not text", error);
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
    case BERTH_TYPE_JSON:
        *text = value->as.data;
        *length = value->length;
        return BERTH_OK;
    default:
        *length = berth_value_format(value, scratch, VALUE_TEXT_BYTES);
        *text = scratch;
        return BERTH_OK;
    }
}

berth_status value_to_decimal(const berth_value *value, char scratch[VALUE_TEXT_BYTES], const char **text,
                              size_t *length, berth_error *error) {
    bool is_number = value->type == BERTH_TYPE_INT64 || value->type == BERTH_TYPE_UINT64;
    if (value->type == BERTH_TYPE_DECIMAL || value->type == BERTH_TYPE_TEXT)
        is_number = value_is_decimal(value->as.data, value->length);
    if (value->type == BERTH_TYPE_DOUBLE)
        is_number = isfinite(value->as.real);
    *text = "";
    *length = 0;
    return is_number ? value_to_text(value, scratch, text, length, error)
                     : value_refuse(value, "is not a decimal number", error);
}
