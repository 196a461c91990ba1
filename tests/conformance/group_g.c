/* Results: columns, rows, their end, and what is read of them. */
#include "group_g.h"

#include <string.h>

#include "group_e.h"

#define MIB (INT64_C(1) << 20)

/* Rows (id, v) from 1 on; v is twenty characters. */
static const char *make_rows(int count) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {text}");
    berth_session *session = session_open(NULL);
    for (int id = 1; id <= count; id++)
        exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table),
                berth_params(id, "twenty characters..."));
    session_end_ok(session);
    return table;
}

static void expect_misuse(berth_session *session, const char *words) {
    static const expected_error misuse = {.status = BERTH_MISUSE};
    if (EXPECT_SESSION_ERROR(session, &misuse))
        CHECK_CONTAINS(berth_session_error(session)->message, words);
    EXPECT_USABLE(session);
}

/* ---- Columns. ---- */

static void zero_rows_still_has_columns(void) {
    const char *table = make_rows(1);
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT id, v FROM %s WHERE id = ?", table), berth_params(2));
    CHECK_INT(berth_column_count(rows), 2);
    REQUIRE(berth_column_at(rows, 0) != NULL && berth_column_at(rows, 1) != NULL);
    CHECK_TEXT(berth_column_at(rows, 0)->name, "id");
    CHECK_TEXT(berth_column_at(rows, 1)->name, "v");
    CHECK_INT(berth_column(rows, "v"), 1);
    CHECK(!berth_next(rows));
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
    berth_result_close(rows);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    session_end_ok(session);
}

/* PostgreSQL has such a SELECT; its rows have nothing to read. */
static void zero_columns(void) {
    static const expected_error syntax = {
        .status = BERTH_SYNTAX,
        .codes =
            {[PRODUCT_SQLITE] = {"", {1}}, [PRODUCT_MARIADB] = {"42000", {1064}}, [PRODUCT_MYSQL] = {"42000", {1064}}},
    };
    const char *table = make_rows(2);
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_result *rows = berth_query(session, text_format("SELECT FROM %s", table), NULL);
    CHECK_INT(berth_column_count(rows), 0);
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    if (target_is(PRODUCT_POSTGRESQL))
        CHECK_STATUS(berth_session_status(session), BERTH_OK);
    else
        EXPECT_SESSION_ERROR(session, &syntax);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

static void column_names_and_duplicates(void) {
    need_tables();
    berth_session *session = session_open(NULL);
    const char *name = name_quote("größe, in m²");
    berth_result *rows = berth_query(session, text_format("SELECT 1 AS a, 2 AS a, 3 AS %s, 4 AS b, 5", name), NULL);
    CHECK_INT(berth_column_count(rows), 5);
    CHECK_INT(berth_column(rows, "a"), 0);
    CHECK_INT(berth_column(rows, "größe, in m²"), 2);
    CHECK_INT(berth_column(rows, "b"), 3);
    REQUIRE(berth_column_at(rows, 1) != NULL && berth_column_at(rows, 4) != NULL);
    CHECK_TEXT(berth_column_at(rows, 1)->name, "a");
    REQUIRE(berth_column_at(rows, 4)->name != NULL);
    check_note("a column without a name is \"%s\"", berth_column_at(rows, 4)->name);
    REQUIRE(berth_next(rows));
    for (int i = 0; i < 5; i++)
        CHECK_INT(berth_get_int64(rows, i), i + 1);
    berth_result_close(rows);
    session_end_ok(session);
}

int make_all_types(const char **table, berth_type types[BERTH_TYPE_COUNT]) {
    const char *columns = "id {int64} PRIMARY KEY";
    int count = 0;
    for (int type = 1; type < BERTH_TYPE_COUNT; type++) {
        const char *name = target_driver()->dialect->types[type];
        if (name == NULL)
            continue;
        columns = text_format("%s, c%d %s%s%s", columns, count, name, type == BERTH_TYPE_DECIMAL ? "(20,4)" : "",
                              strncmp(name, "TIMESTAMP", strlen("TIMESTAMP")) == 0 ? " NULL" : "");
        types[count++] = (berth_type)type;
    }
    *table = table_make(columns);
    return count;
}

/* MySQL has no type for a UUID: it is text. */
static bool type_fits(uint32_t told, berth_type wanted) {
    return told == (uint32_t)wanted || (wanted == BERTH_TYPE_UUID && !target_has(BERTH_CAP_UUID)) ||
           (told == BERTH_TYPE_TEXT && wanted == BERTH_TYPE_UUID && target_is(PRODUCT_MYSQL));
}

static void check_told_types(const char *sql, const berth_type *types, int count) {
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, sql, NULL);
    CHECK_INT(berth_column_count(rows), count);
    for (int i = 0; i < count && berth_column_at(rows, i) != NULL; i++) {
        const berth_column_info *info = berth_column_at(rows, i);
        if (!type_fits(info->type, types[i]))
            FAIL("column %d is told as %s (%s), not %s", i, berth_type_name((berth_type)info->type),
                 info->declared_type != NULL ? info->declared_type : "no name", berth_type_name(types[i]));
        CHECK(info->declared_type != NULL && info->declared_type[0] != '\0');
    }
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    session_end_ok(session);
}

static const char *select_columns(const char *table, int count) {
    const char *sql = "SELECT id";
    for (int i = 0; i < count; i++)
        sql = text_format("%s, c%d", sql, i);
    return text_format("%s FROM %s", sql, table);
}

static void column_type_metadata(void) {
    const char *table;
    berth_type types[BERTH_TYPE_COUNT + 1] = {BERTH_TYPE_INT64};
    int count = make_all_types(&table, types + 1);
    check_told_types(select_columns(table, count), types, count + 1);
    check_told_types(text_format("SELECT id + 1, count(*) FROM %s GROUP BY id", table),
                     (const berth_type[]){BERTH_TYPE_INT64, BERTH_TYPE_INT64}, 2);
}

/* Then a type may be missing, but one that is told is no lie. */
static void column_type_unknown(void) {
    const char *table = make_rows(1);
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT id, v, id + 1 FROM %s", table), NULL);
    CHECK(berth_next(rows));
    for (int i = 0; i < 3 && CHECK(berth_column_at(rows, i) != NULL); i++) {
        uint32_t told = berth_column_at(rows, i)->type;
        CHECK(told == BERTH_TYPE_NULL || told == berth_get_value(rows, i).type);
    }
    berth_result_close(rows);
    session_end_ok(session);
}

/* ---- Many rows. ---- */

#define SIDE 1000
#define MOST_GROWN (8 * MIB)

/* A million rows: SIDE times SIDE. */
static const char *select_million(const char *table) {
    return text_format("SELECT a.id, b.id, a.v, b.v FROM %s a CROSS JOIN %s b", table, table);
}

static int64_t read_million(int64_t *grown_bytes) {
    int64_t before_bytes = 0, sum = 0;
    int count = 0;
    const char *table = make_rows(SIDE);
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    before_bytes = memory_peak_bytes();
    berth_result *rows = berth_query(session, select_million(table), NULL);
    for (; berth_next(rows); count++)
        sum += berth_get_int64(rows, 0) + berth_get_int64(rows, 1) + (int64_t)berth_get_length(rows, 2);
    berth_result_close(rows);
    session_end_ok(session);
    *grown_bytes = memory_peak_bytes() - before_bytes;
    CHECK_INT(sum, (int64_t)SIDE * SIDE * (SIDE + 1 + 20));
    return count;
}

static void stream_1e6_rows_flat_memory(void) {
    int64_t grown_bytes;
    CHECK_INT(read_million(&grown_bytes), SIDE * SIDE);
    if (grown_bytes > MOST_GROWN)
        FAIL("%d rows took %lld bytes of memory at a time", SIDE * SIDE, (long long)grown_bytes);
}

static void stream_buffered(void) {
    int64_t grown_bytes;
    CHECK_INT(read_million(&grown_bytes), SIDE * SIDE);
    check_note("%d rows took %lld bytes of memory at a time", SIDE * SIDE, (long long)grown_bytes);
}

static void close_early_then_reuse(void) {
    const char *table = make_rows(200);
    const char *sql = text_format("SELECT a.id, b.v FROM %s a CROSS JOIN %s b", table, table);
    berth_session *session = session_open(NULL);
    for (int read = 0; read < 4; read++) {
        berth_result *rows = berth_query(session, sql, NULL);
        for (int i = 0; i < read; i++)
            CHECK(berth_next(rows));
        berth_result_close(rows);
        CHECK_STATUS(berth_session_status(session), BERTH_OK);
        CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 200);
    }
    exec_ok(session, text_format("DELETE FROM %s WHERE id > ?", table), berth_params(100));
    session_end_ok(session);
    CHECK_INT(count_rows(table), 100);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
}

static void second_statement_while_streaming(void) {
    const char *table = make_rows(3);
    const char *sql = text_format("SELECT id FROM %s ORDER BY id", table);
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, sql, NULL);
    CHECK(berth_next(rows));
    CHECK_STATUS(berth_exec(session, text_format("DELETE FROM %s", table), NULL), BERTH_MISUSE);
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    expect_misuse(session, "berth_exec while a result is open");
    rows = berth_query(session, sql, NULL);
    for (int id = 1; id <= 3 && CHECK(berth_next(rows)); id++)
        CHECK_INT(berth_get_int64(rows, 0), id);
    CHECK(!berth_next(rows));
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 3);
    berth_result_close(rows);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 3);
}

/* ---- Errors amid the rows, and their end. ---- */

static void error_mid_stream(void) {
    static const expected_error overflow = {
        .status = BERTH_DATA,
        .codes = {[PRODUCT_SQLITE] = {"", {1}},
                  [PRODUCT_POSTGRESQL] = {"22003", {0}},
                  [PRODUCT_MARIADB] = {"22003", {1690}},
                  [PRODUCT_MYSQL] = {"22003", {1690}}},
    };
    const char *table = table_make("id {int64} PRIMARY KEY, v {int64}");
    for (int id = 1; id <= 8; id++)
        exec_alone(text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table),
                   berth_params(id, id == 5 ? INT64_MIN : -id));
    const char *sql = text_format("SELECT id, abs(v) FROM %s", table);
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_result *rows = berth_query(session, sql, NULL);
    int64_t count = 0;
    while (berth_next(rows))
        CHECK_INT(berth_get_int64(rows, 1), ++count);
    CHECK_INT(count, 4);
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    EXPECT_SESSION_ERROR(session, &overflow);
    EXPECT_USABLE(session);
    CHECK_STATUS(berth_exec(session, sql, NULL), BERTH_DATA);
    EXPECT_SESSION_ERROR(session, &overflow);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

static void fetch_past_end(void) {
    const char *table = make_rows(2);
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT id FROM %s", table), NULL);
    CHECK(berth_next(rows));
    CHECK(berth_next(rows));
    for (int i = 0; i < 3; i++)
        CHECK(!berth_next(rows));
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
    CHECK_INT(berth_column_count(rows), 1);
    CHECK_INT(berth_get_int64(rows, 0), 0);
    berth_result_close(rows);
    expect_misuse(session, "column 0 was read without a row");
    session_end_ok(session);
}

/* ---- Getters. ---- */

static void column_index_out_of_range(void) {
    static const int columns[] = {2, -1, 1000, INT32_MAX, INT32_MIN};
    berth_session *session = session_open(NULL);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        berth_result *rows = berth_query(session, "SELECT ?, ?", berth_params(7, 8));
        REQUIRE(berth_next(rows));
        CHECK(berth_column_at(rows, columns[i]) == NULL);
        CHECK_INT(berth_get_int64(rows, columns[i]), 0);
        CHECK_TEXT(berth_get_text(rows, columns[i]), "");
        berth_result_close(rows);
        expect_misuse(session, "the result has columns 0 to 1");
    }
    berth_result *rows = berth_query(session, "SELECT ?", berth_params(7));
    CHECK_INT(berth_column(rows, "b"), -1);
    berth_result_close(rows);
    expect_misuse(session, "the result has no column named \"b\"");
    session_end_ok(session);
}

static void read_int64(berth_result *rows) {
    CHECK_INT(berth_get_int64(rows, 0), 0);
}

static void read_double(berth_result *rows) {
    CHECK(berth_get_double(rows, 0) == 0);
}

static void read_text(berth_result *rows) {
    CHECK_TEXT(berth_get_text(rows, 0), "");
}

static void read_bool(berth_result *rows) {
    CHECK_INT(berth_get_bool(rows, 0), 0);
}

static void read_timestamp(berth_result *rows) {
    CHECK_INT(berth_get_timestamp(rows, 0), 0);
}

/* What can't be read without a loss. */
static void refuse_getters(berth_session *session, const char *table) {
    static const struct {
        const char *column;
        void (*read)(berth_result *rows);
        const char *words;
    } cases[] = {
        {"word", read_int64, "\"abc\" is not an integer"},
        {"word", read_double, "\"abc\" is not a number"},
        {"word", read_bool, "is not a bool"},
        {"word", read_timestamp, "is not a timestamp"},
        {"large", read_double, "is more than a double holds exactly"},
        {"large", read_bool, "is not a bool"},
        {"half", read_int64, "is not an integer"},
        {"missing", read_int64, "is NULL"},
        {"missing", read_text, "is NULL"},
    };
    static const expected_error data = {.status = BERTH_DATA};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_result *rows = berth_query(session, text_format("SELECT %s FROM %s", cases[i].column, table), NULL);
        REQUIRE(berth_next(rows));
        cases[i].read(rows);
        berth_result_close(rows);
        if (EXPECT_SESSION_ERROR(session, &data)) {
            CHECK_CONTAINS(berth_session_error(session)->message, cases[i].words);
            CHECK_CONTAINS(berth_session_error(session)->message, text_format("column 0 (%s): ", cases[i].column));
        }
        EXPECT_USABLE(session);
    }
}

static void wrong_type_getter(void) {
    const char *table = table_make("word {text}, digits {text}, large {int64}, half {double}, missing {int64}");
    exec_alone(text_format("INSERT INTO %s (word, digits, large, half, missing) VALUES (?, ?, ?, ?, ?)", table),
               berth_params("abc", "12", INT64_C(9007199254740993), 12.5, berth_null()));
    berth_session *session = session_open(NULL);
    refuse_getters(session, table);
    berth_result *rows = berth_query(session, text_format("SELECT digits, large, half, missing FROM %s", table), NULL);
    REQUIRE(berth_next(rows));
    CHECK_INT(berth_get_int64(rows, 0), 12);
    CHECK(berth_get_double(rows, 0) == 12);
    CHECK_TEXT(berth_get_decimal(rows, 0), "12");
    CHECK_TEXT(berth_get_text(rows, 1), "9007199254740993");
    CHECK_TEXT(berth_get_text(rows, 2), "12.5");
    CHECK(berth_is_null(rows, 3) && !berth_is_null(rows, 0));
    CHECK_INT((int64_t)berth_get_length(rows, 3), 0);
    berth_result_close(rows);
    session_end_ok(session);
}

/* What was read of a row stays until the next one, whatever else is read of it. */
static void value_lifetime(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, a {text}, b {text}, c {double}");
    const char *long_text = text_repeat("long ", 5000);
    exec_alone(text_format("INSERT INTO %s (id, a, b, c) VALUES (?, ?, ?, ?)", table),
               berth_params(1, "17", long_text, 2.5));
    exec_alone(text_format("INSERT INTO %s (id, a, b, c) VALUES (?, ?, ?, ?)", table),
               berth_params(2, "18", "short", 3.5));
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, text_format("SELECT id, a, b, c FROM %s ORDER BY id", table), NULL);
    REQUIRE(berth_next(rows));
    const char *id = berth_get_text(rows, 0), *a = berth_get_text(rows, 1), *b = berth_get_text(rows, 2);
    const char *c = berth_get_text(rows, 3);
    berth_value kept = berth_get_value(rows, 2);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(berth_get_int64(rows, 1), 17);
        CHECK(berth_get_double(rows, 1) == 17);
        CHECK(memcmp(berth_get_blob(rows, 1), "17", 2) == 0);
        CHECK(memcmp(berth_get_blob(rows, 2), long_text, strlen(long_text)) == 0);
        CHECK_INT((int64_t)berth_get_length(rows, 2), (int64_t)strlen(long_text));
        CHECK_TEXT(berth_get_text(rows, 0), "1");
    }
    CHECK_TEXT(id, "1");
    CHECK_TEXT(a, "17");
    CHECK(strcmp(b, long_text) == 0);
    CHECK_TEXT(c, "2.5");
    CHECK(kept.length == strlen(long_text) && memcmp(kept.as.data, long_text, strlen(long_text)) == 0);
    REQUIRE(berth_next(rows));
    CHECK_TEXT(berth_get_text(rows, 2), "short");
    CHECK_TEXT(berth_get_text(rows, 1), "18");
    berth_result_close(rows);
    session_end_ok(session);
}

const check checks_g[] = {
    {83, "zero_rows_still_has_columns", 0, zero_rows_still_has_columns, NULL},
    {84, "zero_columns", 0, zero_columns, NULL},
    {85, "column_names_and_duplicates", 0, column_names_and_duplicates, NULL},
    {86, "column_type_metadata", BERTH_CAP_COLUMN_TYPES, column_type_metadata, column_type_unknown},
    {87, "stream_1e6_rows_flat_memory", BERTH_CAP_STREAMING, stream_1e6_rows_flat_memory, stream_buffered},
    {88, "close_early_then_reuse", 0, close_early_then_reuse, NULL},
    {89, "second_statement_while_streaming", 0, second_statement_while_streaming, NULL},
    {90, "error_mid_stream", 0, error_mid_stream, NULL},
    {91, "fetch_past_end", 0, fetch_past_end, NULL},
    {92, "column_index_out_of_range", 0, column_index_out_of_range, NULL},
    {93, "wrong_type_getter", 0, wrong_type_getter, NULL},
    {94, "value_lifetime", 0, value_lifetime, NULL},
    {0},
};
