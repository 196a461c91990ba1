/* The server's binary form of numeric: digits to the base 10000, exactly as text. */
#include <stdio.h>
#include <string.h>

#include "postgresql.h"

enum { HEADER_BYTES = 8, DIGITS = 4, NEGATIVE = 0x4000, NAN_SIGN = 0xC000, INFINITE = 0xD000, MINUS_INFINITE = 0xF000 };

static int read_int16(const unsigned char *bytes) {
    return (int16_t)(uint16_t)(bytes[0] << 8 | bytes[1]);
}

size_t postgresql_numeric_room(const unsigned char *bytes, size_t length) {
    if (length < HEADER_BYTES)
        return sizeof "-Infinity";
    int weight = read_int16(bytes + 2);
    int scale = read_int16(bytes + 6);
    return (size_t)((weight > 0 ? weight : 0) + 1) * DIGITS + (size_t)(scale > 0 ? scale : 0) + DIGITS + sizeof "-0.";
}

/* The group of digits at a place; those that are not sent are zero. */
static int group_at(const unsigned char *bytes, int count, int place) {
    return place >= 0 && place < count ? read_int16(bytes + HEADER_BYTES + 2 * place) : 0;
}

static size_t write_special(int sign, char *text) {
    const char *word = sign == NAN_SIGN ? "NaN" : sign == INFINITE ? "Infinity" : "-Infinity";
    memcpy(text, word, strlen(word) + 1);
    return strlen(word);
}

size_t postgresql_numeric_write(const unsigned char *bytes, size_t length, char *text) {
    if (length < HEADER_BYTES)
        return write_special(NAN_SIGN, text);
    int count = read_int16(bytes);
    int weight = read_int16(bytes + 2);
    int sign = (uint16_t)read_int16(bytes + 4);
    int scale = read_int16(bytes + 6);
    char *at = text;
    if (sign == NAN_SIGN || sign == INFINITE || sign == MINUS_INFINITE)
        return write_special(sign, text);
    if (count < 0 || length < HEADER_BYTES + 2 * (size_t)count)
        count = 0;
    if (sign == NEGATIVE)
        *at++ = '-';
    if (weight < 0)
        *at++ = '0';
    for (int place = 0; place <= weight; place++)
        at += sprintf(at, place == 0 ? "%d" : "%04d", group_at(bytes, count, place) % 10000);
    if (scale > 0) {
        char *end = at + 1 + scale;
        *at++ = '.';
        for (int place = weight + 1; at < end; place++)
            at += sprintf(at, "%04d", group_at(bytes, count, place) % 10000);
        at = end;
    }
    *at = '\0';
    return (size_t)(at - text);
}
