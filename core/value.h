/* Conversions that never lose silently. */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <berth/value.h>
#include <stdbool.h>

#include "core/utf8.h"

/* Room for any value's text but those that have a length of their own. */
#define VALUE_TEXT_BYTES 64

/* Each converts where nothing is lost, else fails with BERTH_DATA and a message such as `the text "abc" is not an
 * integer` (the caller puts the column before it); a long value is cut in the message. NULL is "the value is NULL". On
 * a failure the number is 0, the text "". Text becomes the nearest double, but an integer must be held exactly, as text
 * too. */
berth_status value_to_int64(const berth_value *value, int64_t *number, berth_error *error);
berth_status value_to_uint64(const berth_value *value, uint64_t *number, berth_error *error);
berth_status value_to_double(const berth_value *value, double *number, berth_error *error);
berth_status value_to_bool(const berth_value *value, bool *truth, berth_error *error);
berth_status value_to_date(const berth_value *value, int32_t *days, berth_error *error);
berth_status value_to_time(const berth_value *value, int64_t *microseconds, berth_error *error);
berth_status value_to_timestamp(const berth_value *value, int64_t *microseconds, berth_error *error);
berth_status value_to_uuid(const berth_value *value, uint8_t uuid[16], berth_error *error);
/* Text of anything but a blob; `scratch` takes what is formatted. Types that have text hand out their own. */
berth_status value_to_text(const berth_value *value, char scratch[VALUE_TEXT_BYTES], const char **text, size_t *length,
                           berth_error *error);
/* As text, but only of a number: a decimal, an integer, a finite double, text that is a decimal. */
berth_status value_to_decimal(const berth_value *value, char scratch[VALUE_TEXT_BYTES], const char **text,
                              size_t *length, berth_error *error);

/* Whether a value may be bound with a driver of these capabilities. BERTH_DATA for what does not fit: a malformed
 * decimal, a date or time of day out of range, text that is no UTF-8 (unless the driver checks that) or has a NUL, NaN,
 * infinity or an integer above INT64_MAX where the driver has no such thing. BERTH_MISUSE for what no maker makes: an
 * unknown type, a NULL pointer with a length. */
berth_status value_check(const berth_value *value, uint64_t capabilities, berth_error *error);

/* Whether a value's bytes lie at `data`. */
static inline bool value_has_bytes(const berth_value *value) {
    return value->type == BERTH_TYPE_TEXT || value->type == BERTH_TYPE_BLOB || value->type == BERTH_TYPE_JSON ||
           value->type == BERTH_TYPE_DECIMAL;
}

/* Whether value_check() has nothing to say about a value: the common cases, decided in place. `takes_nul` says that the
 * driver has BERTH_CAP_TEXT_NUL. */
static inline bool value_is_plain(const berth_value *value, bool takes_nul) {
    if (value->type == BERTH_TYPE_INT64 || value->type == BERTH_TYPE_NULL)
        return true;
    if (value->type == BERTH_TYPE_TEXT)
        return takes_nul && value->as.data != NULL && utf8_is_ascii(value->as.data, value->length);
    return value->type == BERTH_TYPE_DOUBLE && value->as.real - value->as.real == 0;
}

#endif
