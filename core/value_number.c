#include "core/value_text.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

/* printf() and strtod() write and want the decimal comma of the program's locale, so both run in the "C" locale. */
static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t enter_c_locale(void) {
    pthread_once(&locale_once, make_locale);
    return uselocale(c_locale);
}

size_t value_format_double(double number, char *text) {
    if (isnan(number))
        return (size_t)snprintf(text, VALUE_TEXT_BYTES, "NaN");
    if (isinf(number))
        return (size_t)snprintf(text, VALUE_TEXT_BYTES, number < 0 ? "-Infinity" : "Infinity");
    locale_t before = enter_c_locale();
    int length = 0;
    /* Any 15 digits survive, so nothing shorter can be right, but below DBL_MIN, where there are fewer. */
    for (int digits = fabs(number) < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        length = snprintf(text, VALUE_TEXT_BYTES, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    uselocale(before);
    return (size_t)length;
}

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

bool value_parse_uint64(const char *text, size_t length, uint64_t *number) {
    size_t at = length > 0 && text[0] == '+';
    bool right = at < length;
    uint64_t sum = 0;
    for (; at < length && right; at++) {
        right = is_digit(text[at]) && !__builtin_mul_overflow(sum, 10, &sum) &&
                !__builtin_add_overflow(sum, (uint64_t)(text[at] - '0'), &sum);
    }
    *number = right ? sum : 0;
    return right;
}

bool value_parse_int64(const char *text, size_t length, int64_t *number) {
    bool negative = length > 0 && text[0] == '-';
    uint64_t size = 0;
    *number = 0;
    if (negative && length > 1 && !is_digit(text[1]))
        return false;
    if (!value_parse_uint64(text + negative, length - negative, &size) || size > (uint64_t)INT64_MAX + negative)
        return false;
    *number = (int64_t)(negative ? 0 - size : size);
    return true;
}

static size_t count_digits(const char *text, size_t length) {
    size_t count = 0;
    while (count < length && is_digit(text[count]))
        count++;
    return count;
}

bool value_is_decimal(const char *text, size_t length) {
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+');
    size_t digits = count_digits(text + at, length - at);
    at += digits;
    if (at < length && text[at] == '.') {
        size_t fraction = count_digits(text + at + 1, length - at - 1);
        at += 1 + fraction;
        digits += fraction;
    }
    if (digits == 0 || at == length)
        return digits > 0;
    if (text[at] != 'e' && text[at] != 'E')
        return false;
    at++;
    at += at < length && (text[at] == '-' || text[at] == '+');
    size_t exponent = count_digits(text + at, length - at);
    return exponent > 0 && at + exponent == length;
}

static bool parse_special(const char *text, size_t length, double *number) {
    static const struct {
        const char *text;
        double number;
    } specials[] = {
        {"nan", NAN},       {"infinity", INFINITY},   {"inf", INFINITY},   {"+infinity", INFINITY},
        {"+inf", INFINITY}, {"-infinity", -INFINITY}, {"-inf", -INFINITY},
    };
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (!utf8_is_word(text, length, specials[i].text))
            continue;
        *number = specials[i].number;
        return true;
    }
    return false;
}

/* Whether the digits before the exponent are zeros. */
static bool is_zero(const char *text, size_t length) {
    for (size_t at = 0; at < length && text[at] != 'e' && text[at] != 'E'; at++)
        if (text[at] >= '1' && text[at] <= '9')
            return false;
    return true;
}

bool value_parse_double(const char *text, size_t length, double *number) {
    char room[128];
    *number = 0;
    if (!value_is_decimal(text, length))
        return parse_special(text, length, number);
    char *copy = length < sizeof room ? room : malloc(length + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    locale_t before = enter_c_locale();
    double nearest = strtod(copy, NULL);
    uselocale(before);
    if (copy != room)
        free(copy);
    if (isinf(nearest) || (nearest == 0 && !is_zero(text, length)))
        return false;
    *number = nearest;
    return true;
}
