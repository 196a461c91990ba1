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

/* ---- The other way. ---- */

#define MOST_WHOLE 131072 /* Digits that the server takes before the point ... */
#define MOST_SCALE 16383  /* ... and behind it. */

/* A number in text: digits with a point among them, which is passed over. */
typedef struct number {
    const char *digits;
    long count; /* Of digits. */
    long whole; /* Of those, before the point in the text ... */
    long point; /* ... and in the number, which may lie outside. */
    long scale; /* Digits behind the point in the number. */
    bool is_negative;
} number;

static bool is_word(const char *text, size_t length, const char *word) {
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

static size_t count_digits(const char *text, size_t length) {
    size_t count = 0;
    while (count < length && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

/* "e-12", or nothing. */
static bool parse_exponent(const char *text, size_t length, long *exponent) {
    *exponent = 0;
    if (length == 0)
        return true;
    bool is_signed = length > 1 && (text[1] == '-' || text[1] == '+');
    size_t start = is_signed ? 2 : 1;
    if ((text[0] | 0x20) != 'e' || length == start || length - start > 6)
        return false;
    for (size_t i = start; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *exponent = *exponent * 10 + (text[i] - '0');
    }
    if (text[1] == '-')
        *exponent = -*exponent;
    return true;
}

static bool parse_number(const char *text, size_t length, number *parsed) {
    const char *end = text + length;
    long exponent;
    parsed->is_negative = length > 0 && *text == '-';
    if (length > 0 && (*text == '-' || *text == '+'))
        text++;
    size_t whole = count_digits(text, (size_t)(end - text));
    bool has_point = text + whole < end && text[whole] == '.';
    size_t behind = has_point ? count_digits(text + whole + 1, (size_t)(end - text) - whole - 1) : 0;
    const char *rest = text + whole + behind + has_point;
    if (whole + behind == 0 || whole + behind > MOST_WHOLE + MOST_SCALE ||
        !parse_exponent(rest, (size_t)(end - rest), &exponent))
        return false;
    parsed->digits = text;
    parsed->count = (long)(whole + behind);
    parsed->whole = (long)whole;
    parsed->point = (long)whole + exponent;
    parsed->scale = (long)behind > exponent ? (long)behind - exponent : 0;
    return parsed->scale <= MOST_SCALE && parsed->point <= MOST_WHOLE;
}

/* The digit at a place, 0 beyond the ends. */
static int digit_at(const number *number, long place) {
    if (place < 0 || place >= number->count)
        return 0;
    return number->digits[place + (place >= number->whole)] - '0';
}

static void write_int16(unsigned char *bytes, long number) {
    bytes[0] = (unsigned char)((unsigned long)number >> 8 & 0xFF);
    bytes[1] = (unsigned char)((unsigned long)number & 0xFF);
}

static size_t write_header(unsigned char *bytes, long groups, long weight, int sign, long scale) {
    write_int16(bytes, groups);
    write_int16(bytes + 2, weight);
    write_int16(bytes + 4, sign);
    write_int16(bytes + 6, scale);
    return HEADER_BYTES + 2 * (size_t)groups;
}

/* Groups of four digits lie by the point. */
static size_t write_groups(const number *number, unsigned char *bytes) {
    long first = 0;
    long last = number->count - 1;
    while (first <= last && digit_at(number, first) == 0)
        first++;
    while (last >= first && digit_at(number, last) == 0)
        last--;
    if (first > last)
        return write_header(bytes, 0, 0, 0, number->scale);
    long before = number->point - first; /* Digits before the point; not more than 0 where it is a fraction. */
    long weight = before > 0 ? (before - 1) / DIGITS : -((DIGITS - before) / DIGITS);
    long place = number->point - (weight + 1) * DIGITS; /* Of the first group's first digit. */
    long groups = 0;
    for (; place <= last; place += DIGITS) {
        long group = 0;
        for (long i = 0; i < DIGITS; i++)
            group = group * 10 + digit_at(number, place + i);
        write_int16(bytes + HEADER_BYTES + 2 * groups++, group);
    }
    return write_header(bytes, groups, weight, number->is_negative ? NEGATIVE : 0, number->scale);
}

size_t postgresql_numeric_read(const char *text, size_t length, unsigned char *bytes) {
    number parsed;
    if (is_word(text, length, "NaN"))
        return write_header(bytes, 0, 0, NAN_SIGN, 0);
    if (is_word(text, length, "Infinity"))
        return write_header(bytes, 0, 0, INFINITE, 0);
    if (is_word(text, length, "-Infinity"))
        return write_header(bytes, 0, 0, MINUS_INFINITE, 0);
    return parse_number(text, length, &parsed) ? write_groups(&parsed, bytes) : 0;
}
