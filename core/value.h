/* Conversions that never lose silently. */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <berth/value.h>
#include <stdbool.h>

/* Room for any value's text but those that have a length of their own. */
#define VALUE_TEXT_BYTES 64

/* Each converts where nothing is lost, else fails with BERTH_DATA and a message such as `the text "abc" is not an
 * integer` (the caller puts the column before it); a long value is cut in the message. NULL is "the value is NULL". */
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

/* Whether a value may be bound with a driver of these capabilities: a type that exists, a well-formed decimal, a time
 * of day in range, valid UTF-8 (unless the driver checks), no NUL in text, NaN, infinity, uint64 where the driver has
 * none. BERTH_DATA, BERTH_NOT_SUPPORTED or BERTH_MISUSE. */
berth_status value_check(const berth_value *value, uint64_t capabilities, berth_error *error);

#endif
