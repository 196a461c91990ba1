#include "core/value_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

#define UUID_BYTES 16

static const char hex_digits[] = "0123456789abcdef";

/* The bytes of a value that get a hyphen before them in a UUID's text. */
static bool has_hyphen(size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static size_t format_uuid(const uint8_t uuid[UUID_BYTES], char *text) {
    size_t length = 0;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (has_hyphen(i))
            text[length++] = '-';
        text[length++] = hex_digits[uuid[i] >> 4];
        text[length++] = hex_digits[uuid[i] & 15];
    }
    text[length] = '\0';
    return length;
}

static int hex_value(char character) {
    const char *digit = character == '\0' ? NULL : strchr("00112233445566778899aAbBcCdDeEfF", character);
    return digit == NULL ? -1 : (int)((digit - "00112233445566778899aAbBcCdDeEfF") / 2);
}

static size_t format_timestamptz(int64_t microseconds, char *text) {
    size_t length = value_format_timestamp(microseconds, text);
    return length + (size_t)snprintf(text + length, VALUE_TEXT_BYTES - length, "+00:00");
}

/* The types whose text fits VALUE_TEXT_BYTES. */
static size_t format_short(const berth_value *value, char *text) {
    text[0] = '\0';
    switch (value->type) {
    case BERTH_TYPE_BOOL:
        return (size_t)snprintf(text, VALUE_TEXT_BYTES, "%s", value->as.integer != 0 ? "true" : "false");
    case BERTH_TYPE_INT64:
        return (size_t)snprintf(text, VALUE_TEXT_BYTES, "%" PRId64, value->as.integer);
    case BERTH_TYPE_UINT64:
        return (size_t)snprintf(text, VALUE_TEXT_BYTES, "%" PRIu64, (uint64_t)value->as.integer);
    case BERTH_TYPE_DOUBLE:
        return value_format_double(value->as.real, text);
    case BERTH_TYPE_DATE:
        return value_format_date(value->as.integer, text);
    case BERTH_TYPE_TIME:
        return value_format_time(value->as.integer, text);
    case BERTH_TYPE_TIMESTAMP:
        return value_format_timestamp(value->as.integer, text);
    case BERTH_TYPE_TIMESTAMPTZ:
        return format_timestamptz(value->as.integer, text);
    case BERTH_TYPE_UUID:
        return format_uuid(value->as.uuid, text);
    default:
        return 0;
    }
}

/* As much as fits, and a NUL; returns `length`, as snprintf() does. */
static size_t copy_text(const char *text, size_t length, char *buffer, size_t size) {
    if (size == 0)
        return length;
    size_t copied = length < size ? length : size - 1;
    if (copied > 0)
        memcpy(buffer, text, copied);
    buffer[copied] = '\0';
    return length;
}

static size_t format_blob(const uint8_t *bytes, size_t length, char *buffer, size_t size) {
    size_t used = 0;
    for (; used < 2 * length && used + 1 < size; used++)
        buffer[used] = hex_digits[used % 2 == 0 ? bytes[used / 2] >> 4 : bytes[used / 2] & 15];
    if (size > 0)
        buffer[used] = '\0';
    return 2 * length;
}

size_t berth_value_format(const berth_value *value, char *buffer, size_t size) {
    char text[VALUE_TEXT_BYTES];
    switch (value->type) {
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
    case BERTH_TYPE_JSON:
        return copy_text(value->as.data, value->length, buffer, size);
    case BERTH_TYPE_BLOB:
        return format_blob(value->as.data, value->length, buffer, size);
    default:
        return copy_text(text, format_short(value, text), buffer, size);
    }
}

bool value_parse_bool(const char *text, size_t length, bool *truth) {
    static const struct {
        const char *text;
        bool truth;
    } words[] = {{"true", true}, {"false", false}, {"t", true}, {"f", false}, {"1", true}, {"0", false}};
    *truth = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!utf8_is_word(text, length, words[i].text))
            continue;
        *truth = words[i].truth;
        return true;
    }
    return false;
}

bool value_parse_uuid(const char *text, size_t length, uint8_t uuid[UUID_BYTES]) {
    const bool hyphens = length == 36;
    bool right = hyphens || length == 32;
    for (size_t i = 0, at = 0; i < UUID_BYTES && right; i++) {
        if (hyphens && has_hyphen(i))
            right = text[at++] == '-';
        int high = hex_value(text[at++]);
        int low = hex_value(text[at++]);
        right = right && high >= 0 && low >= 0;
        uuid[i] = right ? (uint8_t)(high << 4 | low) : 0;
    }
    if (!right)
        memset(uuid, 0, UUID_BYTES);
    return right;
}

static bool parse_date_value(const char *text, size_t length, berth_value *value) {
    int32_t days = 0;
    bool right = value_parse_date(text, length, &days);
    *value = berth_date(days);
    return right;
}

static bool parse_bool_value(const char *text, size_t length, berth_value *value) {
    bool truth = false;
    bool right = value_parse_bool(text, length, &truth);
    *value = berth_bool(truth);
    return right;
}

static bool parse_uint64_value(const char *text, size_t length, berth_value *value) {
    uint64_t number = 0;
    bool right = value_parse_uint64(text, length, &number);
    *value = berth_uint64(number);
    return right;
}

/* Fills in all but the type where that is the type asked for. */
static bool parse_value(berth_type type, const char *text, size_t length, berth_value *value) {
    switch (type) {
    case BERTH_TYPE_NULL:
        return length == 0;
    case BERTH_TYPE_BOOL:
        return parse_bool_value(text, length, value);
    case BERTH_TYPE_INT64:
        return value_parse_int64(text, length, &value->as.integer);
    case BERTH_TYPE_UINT64:
        return parse_uint64_value(text, length, value);
    case BERTH_TYPE_DOUBLE:
        return value_parse_double(text, length, &value->as.real);
    case BERTH_TYPE_DECIMAL:
        return value_is_decimal(text, length);
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_JSON:
        return utf8_valid_bytes(text, length) == length;
    case BERTH_TYPE_DATE:
        return parse_date_value(text, length, value);
    case BERTH_TYPE_TIME:
        return value_parse_time(text, length, &value->as.integer);
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
        return value_parse_timestamp(text, length, type == BERTH_TYPE_TIMESTAMPTZ, &value->as.integer);
    case BERTH_TYPE_UUID:
        return value_parse_uuid(text, length, value->as.uuid);
    default:
        return false;
    }
}

berth_status berth_value_parse(berth_type type, const char *text, size_t length, berth_value *value) {
    bool borrows = type == BERTH_TYPE_TEXT || type == BERTH_TYPE_JSON || type == BERTH_TYPE_DECIMAL;
    if (text == NULL)
        text = "";
    *value = (berth_value){.type = type};
    if (borrows)
        *value = (berth_value){.type = type, .length = length, .as.data = text};
    if (parse_value(type, text, length, value))
        return BERTH_OK;
    *value = berth_null();
    return BERTH_DATA;
}
