/**
 * @file value.h
 * A typed value: what is bound to a statement and what a row is made of.
 *
 * Numbers are held as they are; text, blobs, decimals and JSON are borrowed pointers with a length. Times are counted
 * in the proleptic Gregorian calendar, as ISO 8601 has it, without leap seconds.
 */
#ifndef BERTH_VALUE_H
#define BERTH_VALUE_H

#include <berth/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

BERTH_BEGIN_DECLS

/** The types that every driver understands. Numbers are frozen; new ones are appended. */
typedef enum berth_type {
    BERTH_TYPE_NULL = 0,         /**< SQL NULL; as a column's type: not known. */
    BERTH_TYPE_BOOL = 1,         /**< `integer`: 0 or 1. */
    BERTH_TYPE_INT64 = 2,        /**< `integer`. */
    BERTH_TYPE_UINT64 = 3,       /**< `integer`, reinterpreted; only used above INT64_MAX. */
    BERTH_TYPE_DOUBLE = 4,       /**< `real`: IEEE 754 binary64. */
    BERTH_TYPE_TEXT = 5,         /**< `data`, `length`: UTF-8; in a row with a NUL behind it. */
    BERTH_TYPE_BLOB = 6,         /**< `data`, `length`: bytes. `data` is not NULL even when `length` is 0. */
    BERTH_TYPE_DECIMAL = 7,      /**< `data`, `length`: an exact number as text, such as "-12.50". */
    BERTH_TYPE_DATE = 8,         /**< `integer`: days since 1970-01-01. */
    BERTH_TYPE_TIME = 9,         /**< `integer`: microseconds since midnight. */
    BERTH_TYPE_TIMESTAMP = 10,   /**< `integer`: microseconds since 1970-01-01 00:00:00, no time zone. */
    BERTH_TYPE_TIMESTAMPTZ = 11, /**< `integer`: microseconds since 1970-01-01 00:00:00 UTC, an instant. */
    BERTH_TYPE_UUID = 12,        /**< `uuid`: 16 bytes in network order (RFC 4122). */
    BERTH_TYPE_JSON = 13         /**< `data`, `length`: JSON text (RFC 8259), verbatim. */
} berth_type;

#define BERTH_TYPE_COUNT 14 /**< How many types there are in this version. */

/** One value. 32 bytes; made by the functions below, read by the getters of result.h. */
typedef struct berth_value {
    uint32_t type;     /**< A berth_type. */
    uint32_t reserved; /**< Zero. */
    uint64_t length;   /**< Bytes at `data`, for the types that have them. */
    union {
        int64_t integer;
        double real;
        const void *data;
        uint8_t uuid[16];
    } as; /**< Which member counts is said at berth_type. */
} berth_value;

/** What is known of a result's column. */
typedef struct berth_column_info {
    const char *name;          /**< Borrowed from the result; never NULL. */
    uint32_t type;             /**< The berth_type its values have, BERTH_TYPE_NULL where the server doesn't tell. */
    uint32_t reserved;         /**< Zero. */
    const char *declared_type; /**< The server's own name of the type, or NULL. */
} berth_column_info;

/* Makers. Text and blobs are borrowed: they must stay as they are until the call they are bound to returns.
 *
 * They are inline, for a statement's values are made at every call; the library has them too. The members are set one
 * by one since compilers make the best code of that. */

/** @cond Not for programs. */
BERTH_API inline berth_value berth_value_of_number(uint32_t type, int64_t number) {
    berth_value value;
    value.type = type;
    value.reserved = 0;
    value.length = 0;
    value.as.integer = number;
    return value;
}
BERTH_API inline berth_value berth_value_of_data(uint32_t type, const void *data, size_t length) {
    berth_value value;
    value.type = type;
    value.reserved = 0;
    value.length = length;
    value.as.data = data;
    return value;
}
/** @endcond */

/** SQL NULL. */
BERTH_API inline berth_value berth_null(void) {
    return berth_value_of_number(BERTH_TYPE_NULL, 0);
}
/** A truth value. */
BERTH_API inline berth_value berth_bool(bool truth) {
    return berth_value_of_number(BERTH_TYPE_BOOL, truth);
}
/** An integer. */
BERTH_API inline berth_value berth_int64(int64_t number) {
    return berth_value_of_number(BERTH_TYPE_INT64, number);
}
/** An integer that may be above INT64_MAX; up to there it is the same as berth_int64(). */
BERTH_API inline berth_value berth_uint64(uint64_t number) {
    return berth_value_of_number(number <= INT64_MAX ? BERTH_TYPE_INT64 : BERTH_TYPE_UINT64, (int64_t)number);
}
/** A floating-point number. */
BERTH_API inline berth_value berth_double(double number) {
    berth_value value = berth_value_of_number(BERTH_TYPE_DOUBLE, 0);
    value.as.real = number;
    return value;
}
/** UTF-8 text of `length` bytes, borrowed; it needs no NUL behind it. NULL makes an SQL NULL. */
BERTH_API inline berth_value berth_text_n(const char *text, size_t length) {
    return text == NULL ? berth_null() : berth_value_of_data(BERTH_TYPE_TEXT, text, length);
}
/** A NUL-terminated UTF-8 text; NULL makes an SQL NULL. */
BERTH_API inline berth_value berth_text(const char *text) {
    return text == NULL ? berth_null() : berth_value_of_data(BERTH_TYPE_TEXT, text, strlen(text));
}
/** Bytes, borrowed. A NULL pointer with length 0 is the empty blob, not an SQL NULL. */
BERTH_API inline berth_value berth_blob(const void *bytes, size_t length) {
    return berth_value_of_data(BERTH_TYPE_BLOB, bytes == NULL && length == 0 ? "" : bytes, length);
}
/** An exact number as text, such as "1.10"; checked when it is bound. NULL makes an SQL NULL. */
BERTH_API inline berth_value berth_decimal(const char *number) {
    return number == NULL ? berth_null() : berth_value_of_data(BERTH_TYPE_DECIMAL, number, strlen(number));
}
/** A date: days since 1970-01-01. */
BERTH_API inline berth_value berth_date(int32_t days) {
    return berth_value_of_number(BERTH_TYPE_DATE, days);
}
/** A time of day: microseconds since midnight. */
BERTH_API inline berth_value berth_time(int64_t microseconds) {
    return berth_value_of_number(BERTH_TYPE_TIME, microseconds);
}
/** A date and time without a zone: microseconds since 1970-01-01 00:00:00. */
BERTH_API inline berth_value berth_timestamp(int64_t microseconds) {
    return berth_value_of_number(BERTH_TYPE_TIMESTAMP, microseconds);
}
/** An instant: microseconds since 1970-01-01 00:00:00 UTC. */
BERTH_API inline berth_value berth_timestamptz(int64_t microseconds) {
    return berth_value_of_number(BERTH_TYPE_TIMESTAMPTZ, microseconds);
}
/** A UUID: 16 bytes in network order, copied. */
BERTH_API inline berth_value berth_uuid(const uint8_t uuid[16]) {
    berth_value value = berth_value_of_number(BERTH_TYPE_UUID, 0);
    memcpy(value.as.uuid, uuid, sizeof value.as.uuid);
    return value;
}
/** JSON text, borrowed; NULL makes an SQL NULL. */
BERTH_API inline berth_value berth_json(const char *json) {
    return json == NULL ? berth_null() : berth_value_of_data(BERTH_TYPE_JSON, json, strlen(json));
}

/**
 * Writes a value as text: numbers so that they read back to the same bits, bools as true and false, dates as
 * 2025-10-28, times as 07:04:56.250000 (always six digits), timestamps as both with a space between, instants with a
 * final `+00:00`, UUIDs in lower case with hyphens, blobs as lower-case hexadecimal, NULL as nothing. A year outside
 * 0000 to 9999 has a sign and at least four digits, as in ISO 8601. The locale changes nothing.
 *
 * @return the bytes needed without the NUL, as snprintf() has it; `buffer` is always terminated when `size` > 0.
 */
BERTH_API size_t berth_value_format(const berth_value *value, char *buffer, size_t size);

/**
 * Reads text as a value of a type: the inverse of berth_value_format() for all types but blobs, whose bytes the text
 * does not hold. ISO 8601's `T` and missing fractions are read too; for an instant `Z` and offsets such as +02, +0200
 * and +02:00, and without one it is UTC. A timestamp has no offset. Digits beyond microseconds must be zero. A uint64
 * up to INT64_MAX becomes an int64. JSON is not checked beyond its UTF-8. The result of the types that borrow points
 * into `text`.
 *
 * @return BERTH_OK, or BERTH_DATA with `*value` set to NULL when the text isn't wholly of that type.
 */
BERTH_API berth_status berth_value_parse(berth_type type, const char *text, size_t length, berth_value *value);

/** The name of a type, such as "timestamptz"; "unknown" for a number that is none. Borrowed, static. */
BERTH_API const char *berth_type_name(berth_type type);

BERTH_END_DECLS

#endif
