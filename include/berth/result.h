/**
 * @file result.h
 * The rows of a query.
 *
 *     berth_result *rows = berth_query(session, "SELECT symbol, quantity FROM trades", NULL);
 *     while (berth_next(rows))
 *         printf("%s %g\n", berth_get_text(rows, 0), berth_get_double(rows, 1));
 *     berth_result_close(rows);
 *
 * Columns count from 0. Getters convert where nothing is lost (an integer to text, text that is a number to that
 * number) and never guess: a NULL read without asking berth_is_null(), a number out of range, a column that does not
 * exist make the session fail, the message names the column, and the getter returns 0 or "", never a NULL pointer.
 */
#ifndef BERTH_RESULT_H
#define BERTH_RESULT_H

#include <berth/value.h>

BERTH_BEGIN_DECLS

/** The rows of one query. */
typedef struct berth_result berth_result;

/** Goes to the next row. False at the end and on a failure; which of both, the session knows. */
BERTH_API bool berth_next(berth_result *result);

/** Ends the reading, of rows not yet read too, and frees the result. NULL does nothing. */
BERTH_API void berth_result_close(berth_result *result);

/** How many columns; 0 for a statement without rows. */
BERTH_API int berth_column_count(const berth_result *result);
/** A column's description, also before the first row and after the last. Borrowed until the result is closed or its
 * session runs another statement or ends, after which it has no columns. NULL where there is no such column. */
BERTH_API const berth_column_info *berth_column_at(const berth_result *result, int column);
/** The index of a column by name, the first of that name; fails the session and returns -1 where there is none. */
BERTH_API int berth_column(berth_result *result, const char *name);

/** Whether the value is NULL. */
BERTH_API bool berth_is_null(berth_result *result, int column);
/** The value as an integer. */
BERTH_API int64_t berth_get_int64(berth_result *result, int column);
/** The value as an integer that is not negative. */
BERTH_API uint64_t berth_get_uint64(berth_result *result, int column);
/** The value as a floating-point number. */
BERTH_API double berth_get_double(berth_result *result, int column);
/** The value as a truth value: also 0 or 1, and the texts true, false, t, f. */
BERTH_API bool berth_get_bool(berth_result *result, int column);
/** The value as text with a NUL behind it; valid until the next row. Any type but a blob. */
BERTH_API const char *berth_get_text(berth_result *result, int column);
/** The bytes of a blob or text; valid until the next row. berth_get_length() has how many. */
BERTH_API const void *berth_get_blob(berth_result *result, int column);
/** Bytes of a text, blob, decimal or JSON as stored; of another type, those of its text. 0 for NULL, without failing.
 */
BERTH_API size_t berth_get_length(berth_result *result, int column);
/** An exact number as text; valid until the next row. */
BERTH_API const char *berth_get_decimal(berth_result *result, int column);
/** Days since 1970-01-01. */
BERTH_API int32_t berth_get_date(berth_result *result, int column);
/** Microseconds since midnight. */
BERTH_API int64_t berth_get_time(berth_result *result, int column);
/** Microseconds since 1970-01-01 00:00:00, of an instant in UTC. */
BERTH_API int64_t berth_get_timestamp(berth_result *result, int column);
/** Sixteen bytes in network order; valid until the next row; all zero on a failure. */
BERTH_API const uint8_t *berth_get_uuid(berth_result *result, int column);
/** JSON text; valid until the next row. */
BERTH_API const char *berth_get_json(berth_result *result, int column);
/** The value as it came; its text or blob is valid until the next row. NULL is a value here and no failure. */
BERTH_API berth_value berth_get_value(berth_result *result, int column);

BERTH_END_DECLS

#endif
