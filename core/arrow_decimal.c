#include "core/arrow.h"

#define MAX_EXPONENT 100000 /* More would make any number but 0 too large, or too small. */

/* The text of a decimal in parts. */
typedef struct decimal_parts {
    const char *digits; /* With a point somewhere. */
    size_t length;
    int64_t count;    /* Of digits. */
    int64_t exponent; /* Of 10, for the digits as a whole number: 2 of "1.5e3". */
    bool is_negative;
} decimal_parts;

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/* What stands behind the `e`. */
static int64_t read_exponent(const char *text, size_t length) {
    size_t at = text[0] == '-' || text[0] == '+';
    int64_t exponent = 0;
    for (; at < length; at++)
        exponent = exponent < MAX_EXPONENT ? exponent * 10 + (text[at] - '0') : MAX_EXPONENT;
    return text[0] == '-' ? -exponent : exponent;
}

static decimal_parts split(const char *text, size_t length) {
    size_t sign = text[0] == '-' || text[0] == '+';
    decimal_parts parts = {.digits = text + sign, .is_negative = text[0] == '-'};
    bool behind_point = false;
    for (size_t at = sign; at < length; at++) {
        if (text[at] == 'e' || text[at] == 'E') {
            parts.exponent += read_exponent(text + at + 1, length - at - 1);
            break;
        }
        parts.length++;
        parts.count += is_digit(text[at]);
        parts.exponent -= behind_point && is_digit(text[at]);
        behind_point = behind_point || text[at] == '.';
    }
    return parts;
}

/* Times 10, plus a digit. */
static void push_digit(uint64_t *low, uint64_t *high, unsigned digit) {
    uint64_t first = (*low & UINT32_MAX) * 10 + digit;
    uint64_t second = (*low >> 32) * 10 + (first >> 32);
    *low = second << 32 | (first & UINT32_MAX);
    *high = *high * 10 + (second >> 32);
}

static void store(uint64_t low, uint64_t high, bool is_negative, uint64_t words[2]) {
    const bool high_first = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    if (is_negative) {
        low = ~low + 1;
        high = ~high + (low == 0);
    }
    words[high_first ? 1 : 0] = low;
    words[high_first ? 0 : 1] = high;
}

bool arrow_decimal_read(const char *text, size_t length, unsigned precision, unsigned scale, uint64_t words[2]) {
    decimal_parts parts = split(text, length);
    int64_t kept = parts.count + parts.exponent + scale; /* Digits that are not behind the scale. */
    int64_t place = 0;
    uint64_t low = 0;
    uint64_t high = 0;
    unsigned used = 0; /* Digits from the first that is not 0. */
    for (size_t at = 0; at < parts.length; at++) {
        if (!is_digit(parts.digits[at]))
            continue;
        unsigned digit = (unsigned)(parts.digits[at] - '0');
        bool counts = place++ < kept;
        used += counts && (used > 0 || digit != 0);
        if (used > precision || (!counts && digit != 0))
            return false;
        if (counts)
            push_digit(&low, &high, digit);
    }
    for (; used > 0 && place < kept; place++) {
        if (++used > precision)
            return false;
        push_digit(&low, &high, 0);
    }
    store(low, high, parts.is_negative, words);
    return true;
}
