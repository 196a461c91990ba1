#include <berth/driver.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/utf8.h"
#include "core/value_text.h"

static berth_status check_data(const berth_value *value, berth_error *error) {
    if (value->as.data == NULL)
        return error_set(error, BERTH_MISUSE, "the %s has %" PRIu64 " bytes at a NULL pointer",
                         berth_type_name((berth_type)value->type), value->length);
    return BERTH_OK;
}

/* Bound values may be secret: an error says of what type and length they are, never what they are. */
static berth_status refuse_byte(const berth_value *value, const char *what, size_t at, berth_error *error) {
    return error_set(error, BERTH_DATA, "the %s of %" PRIu64 " bytes %s at byte %zu",
                     berth_type_name((berth_type)value->type), value->length, what, at + 1);
}

static berth_status check_text(const berth_value *value, uint64_t capabilities, berth_error *error) {
    const char *text = value->as.data;
    if (check_data(value, error) != BERTH_OK)
        return BERTH_MISUSE;
    const char *nul = (capabilities & BERTH_CAP_TEXT_NUL) == 0 ? memchr(text, '\0', value->length) : NULL;
    if (nul != NULL)
        return refuse_byte(value, "has a NUL, which the database takes in a blob only,", (size_t)(nul - text), error);
    size_t valid = (capabilities & BERTH_CAP_CHECKS_UTF8) == 0 ? utf8_valid_bytes(text, value->length) : value->length;
    return valid == value->length ? BERTH_OK : refuse_byte(value, "is not UTF-8", valid, error);
}

static berth_status check_double(const berth_value *value, uint64_t capabilities, berth_error *error) {
    uint64_t needed = isnan(value->as.real) ? BERTH_CAP_FLOAT_NAN : BERTH_CAP_FLOAT_INF;
    if (isfinite(value->as.real) || (capabilities & needed) != 0)
        return BERTH_OK;
    return error_set(error, BERTH_DATA, "the database can't store a double that is %s",
                     isnan(value->as.real) ? "no number (NaN)" : "infinite");
}

static berth_status check_uint64(const berth_value *value, uint64_t capabilities, berth_error *error) {
    if (value->as.integer >= 0)
        return error_set(error, BERTH_MISUSE, "a uint64 up to 9223372036854775807 is to be made with berth_uint64()");
    if ((capabilities & BERTH_CAP_UINT64) == 0)
        return error_set(error, BERTH_DATA,
                         "the uint64 is above 9223372036854775807, the largest integer of the database");
    return BERTH_OK;
}

static berth_status check_decimal(const berth_value *value, berth_error *error) {
    if (check_data(value, error) != BERTH_OK)
        return BERTH_MISUSE;
    if (!value_is_decimal(value->as.data, value->length))
        return error_set(error, BERTH_DATA, "the decimal of %" PRIu64 " bytes is not a number such as -12.50",
                         value->length);
    return BERTH_OK;
}

static berth_status check_range(const berth_value *value, int64_t low, int64_t high, berth_error *error) {
    if (value->as.integer >= low && value->as.integer <= high)
        return BERTH_OK;
    return error_set(error, BERTH_DATA, "the %s is not from %" PRId64 " to %" PRId64,
                     berth_type_name((berth_type)value->type), low, high);
}

berth_status value_check(const berth_value *value, uint64_t capabilities, berth_error *error) {
    switch (value->type) {
    case BERTH_TYPE_NULL:
    case BERTH_TYPE_INT64:
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
    case BERTH_TYPE_UUID:
        return BERTH_OK;
    case BERTH_TYPE_DOUBLE:
        return check_double(value, capabilities, error);
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_JSON:
        return check_text(value, capabilities, error);
    case BERTH_TYPE_BLOB:
        return check_data(value, error);
    case BERTH_TYPE_BOOL:
        return check_range(value, 0, 1, error);
    case BERTH_TYPE_UINT64:
        return check_uint64(value, capabilities, error);
    case BERTH_TYPE_DECIMAL:
        return check_decimal(value, error);
    case BERTH_TYPE_DATE:
        return check_range(value, INT32_MIN, INT32_MAX, error);
    case BERTH_TYPE_TIME:
        return check_range(value, 0, VALUE_DAY_US, error);
    default:
        return error_set(error, BERTH_MISUSE,
                         "a value has the type %" PRIu32 ", which is none: use the makers of "
                         "berth/value.h",
                         value->type);
    }
}
