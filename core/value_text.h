/* Numbers and times as text, whatever the program's locale is. Shared by the value_*.c files.
 *
 * Each value_format_ function writes at most VALUE_TEXT_BYTES and returns the bytes without the NUL. Each value_parse_
 * function is true when the whole text is of that kind and in range. */
#ifndef CORE_VALUE_TEXT_H
#define CORE_VALUE_TEXT_H

#include "core/value.h"

size_t value_format_double(double number, char *text);

/* A sign and digits. */
bool value_parse_int64(const char *text, size_t length, int64_t *number);
bool value_parse_uint64(const char *text, size_t length, uint64_t *number);

/* A decimal number, or nan, inf or infinity in any case. The nearest double; false for what would become infinite, or
 * zero without being it. */
bool value_parse_double(const char *text, size_t length, double *number);

/* Whether it is [+-]digits[.digits][e[+-]digits], with a digit before or behind the point. */
bool value_is_decimal(const char *text, size_t length);

/* Years from 0000 to 9999 have four digits; others a sign and at least four digits (ISO 8601-1, 5.2.2.3). */
size_t value_format_date(int64_t days, char *text);
/* Hours grow beyond two digits where they must, and a time before midnight gets a `-`. */
size_t value_format_time(int64_t microseconds, char *text);
size_t value_format_timestamp(int64_t microseconds, char *text);

bool value_parse_date(const char *text, size_t length, int32_t *days);
/* 00:00:00 to 24:00:00. */
bool value_parse_time(const char *text, size_t length, int64_t *microseconds);
/* `zoned` allows `Z` and offsets; without one it is UTC. */
bool value_parse_timestamp(const char *text, size_t length, bool zoned, int64_t *microseconds);

bool value_parse_bool(const char *text, size_t length, bool *truth);
bool value_parse_uuid(const char *text, size_t length, uint8_t uuid[16]);

/* Fails with BERTH_DATA: the value, as a message shows it, and what it is not. "the value is NULL" for NULL. */
berth_status value_refuse(const berth_value *value, const char *what, berth_error *error);

#define VALUE_DAY_US INT64_C(86400000000)

#endif
