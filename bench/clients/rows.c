#include "bench/clients/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COUNT 1000
#define FIRST_MOMENT_US INT64_C(1700000000123457) /* Ends in microseconds that no server leaves out. */
#define STEP_US INT64_C(10000000)
#define US_PER_S INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)

static char names[NAME_COUNT][21];

clients_row clients_row_at(int64_t index) {
    if (names[0][0] == '\0')
        for (int i = 0; i < NAME_COUNT; i++)
            snprintf(names[i], sizeof names[i], "model name %05d", i % 100000);
    return (clients_row){
        .id = index + 1,
        .ratio = (double)index / 8,
        .name = names[index % NAME_COUNT],
        .moment_us = FIRST_MOMENT_US + index * STEP_US,
    };
}

const char *clients_statement_at(int index) {
    static char texts[CLIENTS_STATEMENTS][32];
    if (texts[index][0] == '\0')
        snprintf(texts[index], sizeof texts[index], "SELECT 1, %d", index);
    return texts[index];
}

int64_t clients_key_at(int64_t step, int64_t rows) {
    uint64_t mixed = (uint64_t)step * UINT64_C(0x9E3779B97F4A7C15);
    return (int64_t)((mixed ^ (mixed >> 32)) % (uint64_t)rows);
}

uint64_t clients_named_sum(const clients_row *row, size_t length) {
    uint64_t ratio;
    uint64_t tail = 0;
    memcpy(&ratio, &row->ratio, sizeof ratio);
    if (length >= sizeof tail)
        memcpy(&tail, row->name + length - sizeof tail, sizeof tail);
    return (uint64_t)row->id * 3 + ratio * 5 + tail * 7 + length * 11 + (uint64_t)row->moment_us * 13;
}

uint64_t clients_row_sum(const clients_row *row) {
    return clients_named_sum(row, strlen(row->name));
}

/* By Howard Hinnant's "chrono-compatible low-level date algorithms". */
clients_date clients_date_of(int64_t days) {
    unsigned shifted = (unsigned)(days + 719468);
    unsigned era = shifted / 146097;
    unsigned day_of_era = shifted - era * 146097;
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month = (5 * day_of_year + 2) / 153;
    clients_date date = {
        .year = (int)(year_of_era + era * 400 + (month >= 10)),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
    return date;
}

int64_t clients_days_of(clients_date date) {
    unsigned year = (unsigned)date.year - (date.month <= 2);
    unsigned era = year / 400;
    unsigned year_of_era = year - era * 400;
    unsigned day_of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

void clients_moment_write(int64_t moment_us, char text[CLIENTS_MOMENT_BYTES]) {
    int64_t seconds = moment_us / US_PER_S;
    clients_date date = clients_date_of(seconds / S_PER_DAY);
    int of_day = (int)(seconds % S_PER_DAY);
    snprintf(text, CLIENTS_MOMENT_BYTES, "%04d-%02u-%02u %02d:%02d:%02d.%06d", date.year, date.month, date.day,
             of_day / 3600, of_day / 60 % 60, of_day % 60, (int)(moment_us % US_PER_S));
}

/* A number of so many digits. */
static int64_t read_digits(const char *text, int count) {
    int64_t number = 0;
    for (int i = 0; i < count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

int64_t clients_moment_read(const char *text) {
    if (strlen(text) != sizeof "2023-11-14 22:13:20.123457" - 1)
        bench_die("not a moment with microseconds: %s", text);
    clients_date date = {.year = (int)read_digits(text, 4),
                         .month = (unsigned)read_digits(text + 5, 2),
                         .day = (unsigned)read_digits(text + 8, 2)};
    int64_t seconds = clients_days_of(date) * S_PER_DAY + read_digits(text + 11, 2) * 3600 +
                      read_digits(text + 14, 2) * 60 + read_digits(text + 17, 2);
    return seconds * US_PER_S + read_digits(text + 20, 6);
}

const char *clients_environment(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0')
        bench_die("there is no %s: run this within tests/support/servers run", name);
    return value;
}
