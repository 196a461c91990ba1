/* Dates and timestamps in the server's text, which has "0044-03-15 BC" and "10000-01-01" where ISO 8601 has a sign. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgresql.h"

#define TEXT_BYTES 64
#define LAST_YEAR 294247 /* Of timestamps that count from 1970; it does not last to its end. */

int32_t postgresql_fail_late(berth_error *error) {
    return postgresql_services->fail(error, BERTH_DATA,
                                     "a timestamp is after the year 294247, the last that can be counted");
}

static bool is_time(uint32_t type) {
    return type == BERTH_TYPE_DATE || type == BERTH_TYPE_TIMESTAMP || type == BERTH_TYPE_TIMESTAMPTZ;
}

static int32_t parse_year(uint32_t type, const char *text, size_t length, berth_value *value, berth_error *error) {
    static const char before_christ[] = " BC";
    const size_t tail = sizeof before_christ - 1;
    char iso[TEXT_BYTES + 8];
    char *end;
    if (length >= TEXT_BYTES || text[0] < '0' || text[0] > '9')
        return BERTH_OK;
    bool is_before = length > tail && memcmp(text + length - tail, before_christ, tail) == 0;
    long year = strtol(text, &end, 10);
    size_t rest = length - (size_t)(end - text) - (is_before ? tail : 0);
    int written = snprintf(iso, sizeof iso, "%+05ld%.*s", is_before ? 1 - year : year, (int)rest, end);
    if (postgresql_services->parse((int32_t)type, iso, (size_t)written, value) == BERTH_OK)
        return BERTH_OK;
    return type != BERTH_TYPE_DATE && year >= LAST_YEAR ? postgresql_fail_late(error) : BERTH_OK;
}

int32_t postgresql_parse(uint32_t type, const char *text, size_t length, berth_value *value, berth_error *error) {
    int32_t status = BERTH_OK;
    if (postgresql_services->parse((int32_t)type, text, length, value) != BERTH_OK && is_time(type))
        status = parse_year(type, text, length, value, error);
    if (value->type != BERTH_TYPE_NULL)
        return status;
    value->type = BERTH_TYPE_TEXT;
    value->length = length;
    value->as.data = text;
    return status;
}
