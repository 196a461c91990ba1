/* What the checks of types share. A value is stored by binding it and by writing it into the SQL, and read back. */
#ifndef TESTS_CONFORMANCE_GROUP_F_H
#define TESTS_CONFORMANCE_GROUP_F_H

#include "conformance.h"

/* A value and how it is written in SQL; NULL where it can't be. */
typedef struct sample {
    berth_value value;
    const char *literal;
} sample;

/* Stores each in a column of `type` (of a table that is made for it), and NULL too, both ways; each must come back with
 * its type and all of its contents. */
void round_trip(const char *type, const sample *samples, size_t count);
#define ROUND_TRIP(type, ...)                                                                                          \
    round_trip(type, (const sample[]){__VA_ARGS__}, sizeof((const sample[]){__VA_ARGS__}) / sizeof(sample))

/* A value as text, which says all of it; a blob in hexadecimal. */
const char *value_text(const berth_value *value);

/* A table (id {int64} PRIMARY KEY, v TYPE). */
const char *column_make(const char *type);
/* Binds the value as the `v` of a row, in a session of its own. */
void store_value(const char *table, int64_t id, berth_value value);
/* Writes it into the SQL. */
void store_literal(const char *table, int64_t id, const char *literal);
/* The `v` of a row is that; `type` BERTH_TYPE_NULL: of any type. */
void expect_stored(const char *table, int64_t id, berth_type type, const char *text);
/* The `v` of a row is there, but what reads it as the type fails with BERTH_DATA rather than to guess. */
void expect_unreadable(const char *table, int64_t id, berth_type type);
/* Both ways of storing must fail so, leave nothing, and leave the connection usable. NULL: not tried. */
void expect_unstored(const char *table, const berth_value *value, const char *literal, const expected_error *expected);

/* group_f_text.c */
void varchar_overflow(void);
void varchar_overflow_stored(void);
void utf8_4byte(void);
void utf8_invalid(void);
void utf8_invalid_unchecked(void);
void text_embedded_nul(void);
void text_embedded_nul_refused(void);
void empty_vs_null(void);
void text_trailing_space(void);
void text_trailing_space_counts(void);
void text_case(void);
void text_case_counts(void);
void blob_all_256_bytes(void);
void blob_sizes(void);
void blob_refused(void);
void blob_stream_in_out(void);
void json(void);
void json_unchecked(void);
void uuid(void);
void uuid_as_text(void);

/* group_f_times.c */
void date_time_timestamp_min_max(void);
void invalid_date(void);
void invalid_date_stored(void);
void fractional_seconds(void);
void time_of_day(void);
void timestamptz_instant(void);
void timestamptz_without_zones(void);

#endif
