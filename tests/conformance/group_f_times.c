/* Types there and back: dates, times, timestamps, instants. */
#include <string.h>

#include "group_f.h"

#define DAY_US INT64_C(86400000000)
#define DAY_0001 (-719162) /* 0001-01-01 */
#define DAY_9999 2932896   /* 9999-12-31 */
#define DAY_10000 (DAY_9999 + 1)

static const expected_error out_of_range = {.status = BERTH_DATA};

/* ---- The ends of what there is. ---- */

static void check_dates(void) {
    ROUND_TRIP("{date}", {berth_date(DAY_0001), "'0001-01-01'"}, {berth_date(DAY_9999), "'9999-12-31'"},
               {berth_date(0), "'1970-01-01'"}, {berth_date(-1), "'1969-12-31'"}, {berth_date(11016), "'2000-02-29'"});
}

static void check_timestamps(void) {
    ROUND_TRIP("{timestamp}", {berth_timestamp(DAY_0001 * DAY_US), "'0001-01-01 00:00:00'"},
               {berth_timestamp(DAY_10000 * DAY_US - 1), "'9999-12-31 23:59:59.999999'"},
               {berth_timestamp(0), "'1970-01-01 00:00:00'"}, {berth_timestamp(-1), "'1969-12-31 23:59:59.999999'"});
}

/* MySQL counts an instant in 32 bits from 1970 on. */
static void check_instants(void) {
    ROUND_TRIP("{timestamptz}", {berth_timestamptz(1000000), NULL},
               {berth_timestamptz(INT64_C(2147483647) * 1000000 + 999999), NULL});
    const berth_value before = berth_timestamptz(-1), last = berth_timestamptz(DAY_10000 * DAY_US - 1);
    if (target_is_mysql_like()) {
        const char *table = column_make("{timestamptz}");
        expect_unstored(table, &before, NULL, &out_of_range);
        expect_unstored(table, &last, NULL, &out_of_range);
    } else {
        ROUND_TRIP("{timestamptz}", {before, NULL}, {last, NULL}, {berth_timestamptz(DAY_0001 * DAY_US), NULL});
    }
}

/* Years that the text of ISO 8601 has no four digits for: stored, or refused by name, never another day. Behind a
 * pooler values go as text, which PostgreSQL does not understand then. */
static void check_beyond(void) {
    const berth_value day = berth_date(DAY_10000), moment = berth_timestamp(DAY_10000 * DAY_US);
    if (target_is_mysql_like() || target_is_pooled()) {
        expect_unstored(column_make("{date}"), &day, target_is_pooled() ? NULL : "'10000-01-01'", &out_of_range);
        expect_unstored(column_make("{timestamp}"), &moment, NULL, &out_of_range);
    } else {
        ROUND_TRIP("{date}", {day, NULL}, {berth_date(DAY_0001 - 1), NULL});
        ROUND_TRIP("{timestamp}", {moment, NULL}, {berth_timestamp(DAY_0001 * DAY_US - 1), NULL});
    }
}

static void check_specials(void) {
    if (target_is(PRODUCT_POSTGRESQL)) {
        const char *table = column_make("{date}");
        store_literal(table, 1, "'4713-11-24 BC'");
        store_literal(table, 2, "'infinity'");
        expect_stored(table, 1, BERTH_TYPE_DATE, "-4712-11-24");
        expect_stored(table, 2, BERTH_TYPE_TEXT, "infinity");
        expect_unreadable(table, 2, BERTH_TYPE_DATE);
    }
    if (target_is_mysql_like())
        expect_unstored(column_make("{date}"), NULL, "'0000-00-00'", &out_of_range);
}

void date_time_timestamp_min_max(void) {
    check_dates();
    check_timestamps();
    check_instants();
    check_beyond();
    check_specials();
}

/* ---- What is no date. ---- */

void invalid_date(void) {
    static const expected_error no_date = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_POSTGRESQL] = {"22008", {0}},
                  [PRODUCT_MARIADB] = {"22007", {1292}},
                  [PRODUCT_MYSQL] = {"22007", {1292}}},
    };
    const berth_value february = berth_text("2024-02-30"), month = berth_text("2023-13-01");
    const char *table = column_make("{date}");
    expect_unstored(table, &february, "'2024-02-30'", &no_date);
    expect_unstored(table, &month, NULL, &no_date);
    const berth_value moment = berth_text("2023-02-29 10:00:00");
    expect_unstored(column_make("{timestamp}"), &moment, "'2024-02-30 10:00:00'", &no_date);
}

void invalid_date_stored(void) {
    const char *table = column_make("{date}");
    store_value(table, 1, berth_text("2024-02-30"));
    store_literal(table, 2, "'2023-13-01'");
    expect_stored(table, 1, BERTH_TYPE_TEXT, "2024-02-30");
    expect_unreadable(table, 1, BERTH_TYPE_DATE);
    expect_unreadable(table, 2, BERTH_TYPE_DATE);
}

/* ---- Fractions. ---- */

static void check_seventh_digit(void) {
    const char *table = column_make("{timestamp}");
    store_literal(table, 1, "'2025-10-28 07:04:56.1234567'");
    if (target_is(PRODUCT_POSTGRESQL) || target_is(PRODUCT_MYSQL)) {
        expect_stored(table, 1, BERTH_TYPE_TIMESTAMP, "2025-10-28 07:04:56.123457");
    } else if (target_is(PRODUCT_MARIADB)) {
        expect_stored(table, 1, BERTH_TYPE_TIMESTAMP, "2025-10-28 07:04:56.123456");
    } else if (target_is(PRODUCT_SQLITE)) {
        expect_stored(table, 1, BERTH_TYPE_TEXT, "2025-10-28 07:04:56.1234567");
        expect_unreadable(table, 1, BERTH_TYPE_TIMESTAMP);
    }
}

void fractional_seconds(void) {
    const int64_t moment = INT64_C(1761635096123456); /* 2025-10-28 07:04:56.123456 */
    ROUND_TRIP("{timestamp}", {berth_timestamp(moment), "'2025-10-28 07:04:56.123456'"},
               {berth_timestamp(moment / 1000000 * 1000000 + 1), "'2025-10-28 07:04:56.000001'"},
               {berth_timestamp(moment / 1000000 * 1000000 + 100000), "'2025-10-28 07:04:56.1'"});
    ROUND_TRIP("{timestamptz}", {berth_timestamptz(moment), NULL}, {berth_timestamptz(moment + 1), NULL});
    ROUND_TRIP("{time}", {berth_time(INT64_C(25496123456)), "'07:04:56.123456'"}, {berth_time(1), "'00:00:00.000001'"});
    check_seventh_digit();
}

static void check_long_times(void) {
    const char *table = column_make("TIME(6)");
    store_literal(table, 1, "'838:59:59'");
    store_literal(table, 2, "'-00:00:01'");
    expect_stored(table, 1, BERTH_TYPE_TEXT, "838:59:59.000000");
    expect_stored(table, 2, BERTH_TYPE_TEXT, "-00:00:01.000000");
    expect_unreadable(table, 1, BERTH_TYPE_TIME);
    expect_unreadable(table, 2, BERTH_TYPE_TIME);
}

void time_of_day(void) {
    const berth_value midnight = berth_time(DAY_US), beyond = berth_time(DAY_US + 1), negative = berth_time(-1);
    ROUND_TRIP("{time}", {berth_time(0), "'00:00:00'"}, {berth_time(DAY_US - 1), "'23:59:59.999999'"},
               {berth_time(DAY_US / 2), "'12:00:00'"});
    const char *table = column_make("{time}");
    expect_unstored(table, &beyond, NULL, &out_of_range);
    expect_unstored(table, &negative, NULL, &out_of_range);
    if (target_is_mysql_like()) {
        expect_unstored(table, &midnight, NULL, &out_of_range);
        check_long_times();
    } else {
        store_value(table, 1, midnight);
        expect_stored(table, 1, BERTH_TYPE_TIME, "24:00:00.000000");
    }
}

/* ---- Instants. ---- */

void timestamptz_without_zones(void) {
    const int64_t moment = INT64_C(1761635096123456);
    ROUND_TRIP("{timestamptz}", {berth_timestamptz(moment), "'2025-10-28 07:04:56.123456+00:00'"});
    const char *table = column_make("{timestamptz}");
    store_literal(table, 1, "'2025-10-28 12:34:56.123456+05:30'");
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT v FROM %s", table), NULL);
    CHECK(berth_next(rows));
    CHECK_INT(berth_get_timestamp(rows, 0), moment);
    berth_result_close(rows);
    session_end_ok(session);
}

/* Another zone of the session makes no other instant of what is bound and read in binary. */
static void check_other_zone(const char *table, int64_t moment) {
    berth_session *session = session_open(NULL);
    exec_ok(session, "SET LOCAL TIME ZONE 'Asia/Kolkata'", NULL);
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table),
            berth_params(10, berth_timestamptz(moment)));
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (11, '2025-10-28 12:34:56.123456')", table), NULL);
    berth_result *rows = berth_query(session, text_format("SELECT v FROM %s WHERE id >= 10", table), NULL);
    while (berth_next(rows))
        CHECK_INT(berth_get_timestamp(rows, 0), moment);
    berth_result_close(rows);
    session_end_ok(session);
    expect_stored(table, 10, BERTH_TYPE_TIMESTAMPTZ, "2025-10-28 07:04:56.123456+00:00");
    expect_stored(table, 11, BERTH_TYPE_TIMESTAMPTZ, "2025-10-28 07:04:56.123456+00:00");
}

void timestamptz_instant(void) {
    const int64_t moment = INT64_C(1761635096123456);
    ROUND_TRIP("{timestamptz}", {berth_timestamptz(moment), "'2025-10-28 07:04:56.123456'"});
    const char *table = column_make("{timestamptz}");
    store_value(table, 1, berth_timestamptz(moment));
    if (target_is(PRODUCT_POSTGRESQL)) {
        CHECK_TEXT(query_text_alone("SELECT current_setting('TimeZone')"), "UTC");
        store_literal(table, 2, "'2025-10-28 12:34:56.123456+05:30'");
        expect_stored(table, 2, BERTH_TYPE_TIMESTAMPTZ, "2025-10-28 07:04:56.123456+00:00");
        check_other_zone(table, moment);
    }
    if (target_is_mysql_like()) {
        CHECK_TEXT(query_text_alone("SELECT @@session.time_zone"), "+00:00");
        CHECK_INT(query_int64_alone(text_format("SELECT FLOOR(UNIX_TIMESTAMP(v)) FROM %s", table)), moment / 1000000);
    }
}
