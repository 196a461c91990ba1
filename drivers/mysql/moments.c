#include <stdio.h>
#include <string.h>

#include "client.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_DAY (INT64_C(86400) * US_PER_S)
#define DAYS_TO_EPOCH 719468 /* From 0000-03-01 to 1970-01-01. */
#define DAYS_PER_ERA 146097  /* 400 years. */

/* Both as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day
 * is their last one. */
static int64_t days_of_date(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t year_of_era = year % 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_EPOCH;
}

static bool date_of_days(int64_t days, MYSQL_TIME *time) {
    days += DAYS_TO_EPOCH;
    if (days < 0 || days > INT64_C(10000) * 366)
        return false;
    int64_t era = days / DAYS_PER_ERA;
    int64_t day_of_era = days % DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    time->day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
    time->month = (unsigned)(month < 10 ? month + 3 : month - 9);
    time->year = (unsigned)(era * 400 + year_of_era + (time->month <= 2));
    return time->year >= 1 && time->year <= 9999;
}

static void split_time(int64_t microseconds, MYSQL_TIME *time) {
    int64_t seconds = microseconds / US_PER_S;
    time->second_part = (unsigned long)(microseconds % US_PER_S);
    time->hour = (unsigned)(seconds / 3600);
    time->minute = (unsigned)(seconds / 60 % 60);
    time->second = (unsigned)(seconds % 60);
}

bool mydb_moments_write(const berth_value *value, MYSQL_TIME *time) {
    memset(time, 0, sizeof *time);
    int64_t days = value->as.integer;
    if (value->type == BERTH_TYPE_DATE) {
        time->time_type = MYSQL_TIMESTAMP_DATE;
        return date_of_days(days, time);
    }
    if (value->type == BERTH_TYPE_TIME) {
        time->time_type = MYSQL_TIMESTAMP_TIME;
        split_time(value->as.integer, time);
        return value->as.integer >= 0 && value->as.integer < US_PER_DAY;
    }
    int64_t of_day = value->as.integer % US_PER_DAY;
    days = value->as.integer / US_PER_DAY;
    if (of_day < 0) {
        of_day += US_PER_DAY;
        days--;
    }
    time->time_type = MYSQL_TIMESTAMP_DATETIME;
    split_time(of_day, time);
    return date_of_days(days, time);
}

static int64_t microseconds_of(const MYSQL_TIME *time) {
    return ((int64_t)time->hour * 3600 + time->minute * 60 + time->second) * US_PER_S + (int64_t)time->second_part;
}

static void spell(const MYSQL_TIME *time, uint32_t type, berth_value *value, char *spelled, size_t size) {
    int length = 0;
    if (type == BERTH_TYPE_TIME)
        length = snprintf(spelled, size, "%s%02u:%02u:%02u.%06lu", time->neg ? "-" : "", time->day * 24 + time->hour,
                          time->minute, time->second, time->second_part);
    else
        length = snprintf(spelled, size, "%04u-%02u-%02u", time->year, time->month, time->day);
    if (type != BERTH_TYPE_TIME && type != BERTH_TYPE_DATE)
        length += snprintf(spelled + length, size - (size_t)length, " %02u:%02u:%02u.%06lu", time->hour, time->minute,
                           time->second, time->second_part);
    value->type = BERTH_TYPE_TEXT;
    value->as.data = spelled;
    value->length = (uint64_t)length;
}

void mydb_moments_read(const MYSQL_TIME *time, uint32_t type, berth_value *value, char *spelled, size_t size) {
    bool is_strange = type == BERTH_TYPE_TIME ? time->neg || time->day > 0 || time->hour > 23
                                              : time->year == 0 || time->month == 0 || time->day == 0;
    if (is_strange) {
        spell(time, type, value, spelled, size);
        return;
    }
    value->type = type;
    value->as.integer =
        type == BERTH_TYPE_TIME ? microseconds_of(time) : days_of_date(time->year, time->month, time->day);
    if (type == BERTH_TYPE_TIMESTAMP || type == BERTH_TYPE_TIMESTAMPTZ)
        value->as.integer = value->as.integer * US_PER_DAY + microseconds_of(time);
}
