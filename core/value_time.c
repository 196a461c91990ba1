#include "core/value_text.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define ERA_DAYS INT64_C(146097)   /* Days of 400 years, after which the calendar repeats. */
#define EPOCH_DAYS INT64_C(719468) /* From 0000-03-01 to 1970-01-01. */

typedef struct civil {
    int64_t year;
    int64_t month; /* 1 to 12. */
    int64_t day;   /* 1 to 31. */
} civil;

static int64_t floor_divide(int64_t number, int64_t by) {
    return number / by - (number % by < 0);
}

/* The year is taken to begin in March, so that the leap day comes last. */
static civil civil_from_days(int64_t days) {
    days += EPOCH_DAYS;
    int64_t era = floor_divide(days, ERA_DAYS);
    int64_t day_of_era = days - era * ERA_DAYS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    civil date = {
        .year = year_of_era + era * 400 + (march_month >= 10),
        .month = march_month < 10 ? march_month + 3 : march_month - 9,
        .day = day_of_year - (153 * march_month + 2) / 5 + 1,
    };
    return date;
}

static int64_t days_from_civil(civil date) {
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH_DAYS;
}

size_t value_format_date(int64_t days, char *text) {
    civil date = civil_from_days(days);
    const char *format = date.year >= 0 && date.year <= 9999 ? "%04" PRId64 "-%02" PRId64 "-%02" PRId64
                                                             : "%+05" PRId64 "-%02" PRId64 "-%02" PRId64;
    return (size_t)snprintf(text, VALUE_TEXT_BYTES, format, date.year, date.month, date.day);
}

size_t value_format_time(int64_t microseconds, char *text) {
    uint64_t size = microseconds < 0 ? 0 - (uint64_t)microseconds : (uint64_t)microseconds;
    return (size_t)snprintf(text, VALUE_TEXT_BYTES, "%s%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%06" PRIu64,
                            microseconds < 0 ? "-" : "", size / HOUR_US, size / MINUTE_US % 60, size / SECOND_US % 60,
                            size % SECOND_US);
}

size_t value_format_timestamp(int64_t microseconds, char *text) {
    int64_t days = floor_divide(microseconds, VALUE_DAY_US);
    int64_t time = microseconds % VALUE_DAY_US;
    char time_text[VALUE_TEXT_BYTES];
    size_t length = value_format_date(days, text);
    value_format_time(time < 0 ? time + VALUE_DAY_US : time, time_text);
    return length + (size_t)snprintf(text + length, VALUE_TEXT_BYTES - length, " %s", time_text);
}

/* What is left to read. */
typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

static bool take(cursor *cursor, char character) {
    if (cursor->at == cursor->end || *cursor->at != character)
        return false;
    cursor->at++;
    return true;
}

/* Reads as many digits as there are, but no more than `most`; returns how many. */
static int take_digits(cursor *cursor, int most, int64_t *number) {
    int count = 0;
    *number = 0;
    while (count < most && cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
        *number = *number * 10 + (*cursor->at++ - '0');
        count++;
    }
    return count;
}

static bool take_two(cursor *cursor, int64_t most, int64_t *number) {
    return take_digits(cursor, 2, number) == 2 && *number <= most;
}

static bool take_year(cursor *cursor, int64_t *year) {
    bool negative = take(cursor, '-');
    bool is_signed = negative || take(cursor, '+');
    int digits = take_digits(cursor, is_signed ? 7 : 4, year);
    if (negative)
        *year = -*year;
    return digits >= 4;
}

static bool take_date(cursor *cursor, int64_t *days) {
    static const int64_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    civil date = {0};
    if (!take_year(cursor, &date.year) || !take(cursor, '-') || !take_two(cursor, 12, &date.month) ||
        !take(cursor, '-') || !take_two(cursor, 31, &date.day) || date.month == 0 || date.day == 0)
        return false;
    bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    *days = days_from_civil(date);
    return date.day <= month_days[date.month - 1] + (leap && date.month == 2);
}

/* Up to nine digits; those beyond microseconds must be zero, for they would be lost. */
static bool take_fraction(cursor *cursor, int64_t *microseconds) {
    int64_t fraction = 0;
    int64_t rest = 0;
    int digits = take_digits(cursor, 6, &fraction);
    for (int i = digits; i < 6; i++)
        fraction *= 10;
    *microseconds += fraction;
    take_digits(cursor, 3, &rest);
    return digits > 0 && rest == 0;
}

static bool take_time(cursor *cursor, int64_t *microseconds) {
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t seconds = 0;
    if (!take_two(cursor, 24, &hours) || !take(cursor, ':') || !take_two(cursor, 59, &minutes) || !take(cursor, ':') ||
        !take_two(cursor, 59, &seconds))
        return false;
    *microseconds = hours * HOUR_US + minutes * MINUTE_US + seconds * SECOND_US;
    return (!take(cursor, '.') || take_fraction(cursor, microseconds)) && *microseconds <= VALUE_DAY_US;
}

/* Z, or the offset from UTC as +hh, +hhmm or +hh:mm; nothing at all is UTC. */
static bool take_offset(cursor *cursor, int64_t *microseconds) {
    *microseconds = 0;
    if (cursor->at == cursor->end || take(cursor, 'Z') || take(cursor, 'z'))
        return true;
    int64_t hours = 0;
    int64_t minutes = 0;
    bool negative = take(cursor, '-');
    if ((!negative && !take(cursor, '+')) || !take_two(cursor, 23, &hours))
        return false;
    if ((take(cursor, ':') || cursor->at < cursor->end) && !take_two(cursor, 59, &minutes))
        return false;
    *microseconds = (hours * HOUR_US + minutes * MINUTE_US) * (negative ? -1 : 1);
    return true;
}

/* Digits that are all there. */
static inline bool read_digits(const char *text, int count, unsigned *number) {
    bool right = true;
    *number = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        right &= digit <= 9;
        *number = *number * 10 + digit;
    }
    return right;
}

/* "2025-10-28", where the day is one that all months have. */
static inline bool read_usual_date(const char *text, int64_t *days) {
    unsigned year;
    unsigned month;
    unsigned day;
    bool right = read_digits(text, 4, &year) && read_digits(text + 5, 2, &month) && read_digits(text + 8, 2, &day);
    if (!right || text[4] != '-' || text[7] != '-' || year == 0 || month - 1 > 11 || day - 1 > 27)
        return false;
    unsigned march_year = year - (month <= 2);
    unsigned march_month = month > 2 ? month - 3 : month + 9;
    *days = (int64_t)(march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 +
                      (153 * march_month + 2) / 5 + day - 1) -
            EPOCH_DAYS;
    return true;
}

/* "07:04:56" or "07:04:56.250000"; returns its bytes, 0 where it is another. */
static inline size_t read_usual_time(const char *text, size_t length, int64_t *microseconds) {
    unsigned hours;
    unsigned minutes;
    unsigned seconds;
    unsigned fraction = 0;
    bool has_fraction = length > 8 && text[8] == '.';
    bool right =
        read_digits(text, 2, &hours) && read_digits(text + 3, 2, &minutes) && read_digits(text + 6, 2, &seconds);
    if (!right || text[2] != ':' || text[5] != ':' || hours > 23 || minutes > 59 || seconds > 59)
        return 0;
    if (has_fraction &&
        (length < 15 || !read_digits(text + 9, 6, &fraction) || (length > 15 && text[15] >= '0' && text[15] <= '9')))
        return 0;
    *microseconds = hours * HOUR_US + minutes * MINUTE_US + seconds * SECOND_US + fraction;
    return has_fraction ? 15 : 8;
}

/* Nearly all timestamps are of this form. Others are read step by step, and one of them that is none is found out. */
static bool take_usual(cursor *cursor, int64_t *days, int64_t *time) {
    const size_t date_bytes = sizeof "2025-10-28 " - 1;
    const char *text = cursor->at;
    size_t length = (size_t)(cursor->end - text);
    if (length < date_bytes + 8 || (text[date_bytes - 1] != ' ' && text[date_bytes - 1] != 'T') ||
        !read_usual_date(text, days))
        return false;
    size_t time_bytes = read_usual_time(text + date_bytes, length - date_bytes, time);
    cursor->at += time_bytes > 0 ? date_bytes + time_bytes : 0;
    return time_bytes > 0;
}

static bool take_any(cursor *cursor, int64_t *days, int64_t *time) {
    return take_date(cursor, days) && (take(cursor, ' ') || take(cursor, 'T') || take(cursor, 't')) &&
           take_time(cursor, time) && *time < VALUE_DAY_US;
}

bool value_parse_date(const char *text, size_t length, int32_t *days) {
    cursor cursor = {text, text + length};
    int64_t found = 0;
    bool right = take_date(&cursor, &found) && cursor.at == cursor.end && found >= INT32_MIN && found <= INT32_MAX;
    *days = right ? (int32_t)found : 0;
    return right;
}

bool value_parse_time(const char *text, size_t length, int64_t *microseconds) {
    cursor cursor = {text, text + length};
    bool right = take_time(&cursor, microseconds) && cursor.at == cursor.end;
    if (!right)
        *microseconds = 0;
    return right;
}

/* Days and time together, false where that overflows. Negative days count from their end, since the first instant of
 * the range lies within a day whose midnight is out of it. */
static bool join(int64_t days, int64_t time, int64_t *microseconds) {
    int64_t whole_days = days < 0 ? days + 1 : days;
    int64_t rest = days < 0 ? time - VALUE_DAY_US : time;
    int64_t whole = 0;
    return !__builtin_mul_overflow(whole_days, VALUE_DAY_US, &whole) &&
           !__builtin_add_overflow(whole, rest, microseconds);
}

bool value_parse_timestamp(const char *text, size_t length, bool zoned, int64_t *microseconds) {
    cursor cursor = {text, text + length};
    int64_t days = 0;
    int64_t time = 0;
    int64_t offset = 0;
    int64_t found = 0;
    bool right = (take_usual(&cursor, &days, &time) || take_any(&cursor, &days, &time)) &&
                 (!zoned || take_offset(&cursor, &offset)) && cursor.at == cursor.end &&
                 join(days, time - offset, &found);
    *microseconds = right ? found : 0;
    return right;
}
