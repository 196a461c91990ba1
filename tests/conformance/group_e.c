/* Placeholders and what is bound to them. Prepared statements are in group_e_prepared.c. */
#include "group_e.h"

#include <stdlib.h>

/* ---- Placeholders. ---- */

static void expect_misuse(berth_session *session, const char *sql, const berth_params *params, const char *words) {
    static const expected_error misuse = {.status = BERTH_MISUSE};
    berth_exec(session, sql, params);
    EXPECT_SESSION_ERROR(session, &misuse);
    CHECK_CONTAINS(berth_session_error(session)->message, words);
    EXPECT_USABLE(session);
}

/* What looks like a placeholder within a literal, a comment or a quoted name is none. */
static void leave_alone(berth_session *session, const char *table) {
    const char *sql = text_format("SELECT id AS %s, '?:x$1''?' /* ? :y $1 */ FROM %s -- ? it's :z\n"
                                  " WHERE v = ? AND v <> '?' AND v <> ':v'",
                                  name_quote("a?:b$1"), table);
    berth_result *rows = berth_query(session, sql, berth_params("a?"));
    CHECK_INT(berth_column(rows, "a?:b$1"), 0);
    REQUIRE(berth_next(rows));
    CHECK_INT(berth_get_int64(rows, 0), 1);
    CHECK_TEXT(berth_get_text(rows, 1), "?:x$1'?");
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
}

static void placeholder_style(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {key}");
    berth_session *session = session_open(NULL);
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table), berth_params(1, "a?"));
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES (:id, :v)", table), berth_params(2, ":v"));
    exec_ok(session, text_format("INSERT INTO %s (id, v) VALUES(?,?)", table), berth_params(3, "?"));
    leave_alone(session, table);
    CHECK_INT(
        query_int64(session, text_format("SELECT id FROM %s WHERE v=:v AND id>:low", table), berth_params(":v", 0)), 2);
    session_end_ok(session);
    session = session_open(NULL);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 3);
    expect_misuse(session, text_format("SELECT id FROM %s WHERE id = ?1", table), berth_params(1), "write ? or :name");
    expect_misuse(session, text_format("SELECT id FROM %s WHERE id = ? AND v = :v", table), berth_params(1, "a"),
                  "either ? or :name");
    session_end_ok(session);
}

/* `$1` is the server's own placeholder, a column's name, or a variable: never Berth's. */
static void dollar_is_no_placeholder(void) {
    static const expected_error refused = {.status = BERTH_MISUSE};
    static const expected_error unknown = {
        .status = BERTH_UNDEFINED,
        .codes = {[PRODUCT_MARIADB] = {"42S22", {1054}}, [PRODUCT_MYSQL] = {"42S22", {1054}}},
    };
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = session_open(NULL);
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (?)", table), berth_params(1));
    session_end_ok(session);
    session = session_open(NULL);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    berth_exec(session, text_format("SELECT id FROM %s WHERE id = $1", table), NULL);
    EXPECT_SESSION_ERROR(session, target_is_mysql_like() ? &unknown : &refused);
    EXPECT_USABLE(session);
    if (target_is(PRODUCT_POSTGRESQL)) {
        CHECK_TEXT(query_text(session, "SELECT $$?:a$1$$ || $x$ $$? $x$", NULL), "?:a$1 $$? ");
        CHECK_TEXT(query_text(session, "SELECT CAST('{\"a\": 1}' AS jsonb) ?? 'a'", NULL), "true");
        CHECK_TEXT(query_text(session, "SELECT E'\\'?' || '1'::text", NULL), "'?1");
    }
    session_end_ok(session);
}

static void check_row(const char *table, int64_t id, int64_t a, const char *b, int64_t c) {
    CHECK_INT(query_int64_alone(text_format("SELECT a FROM %s WHERE id = %lld", table, (long long)id)), a);
    CHECK_TEXT(query_text_alone(text_format("SELECT b FROM %s WHERE id = %lld", table, (long long)id)), b);
    CHECK_INT(query_int64_alone(text_format("SELECT c FROM %s WHERE id = %lld", table, (long long)id)), c);
}

static void param_reused(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, a {int64}, b {text}, c {int64}");
    exec_alone(text_format("INSERT INTO %s (id, a, b, c) VALUES (:id, :n, :b, :n)", table), berth_params(1, 7, "x"));
    check_row(table, 1, 7, "x", 7);
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session,
                          text_format("SELECT count(*) FROM %s WHERE a = :n AND c = :n AND id < :n AND b = :b", table),
                          berth_params(7, "x")),
              1);
    session_end_ok(session);
}

/* Values go to the names in the order in which each first appears. */
static void out_of_order(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, a {int64}, b {text}, c {int64}");
    exec_alone(text_format("INSERT INTO %s (c, b, a, id) VALUES (:c, :b, :a, :a)", table), berth_params(3, "two", 1));
    check_row(table, 1, 1, "two", 3);
    exec_alone(text_format("UPDATE %s SET a = :a, c = :c, b = :b WHERE c = :old AND a <> :a", table),
               berth_params(11, 13, "zwei", 3));
    check_row(table, 1, 11, "zwei", 13);
}

static void param_count_mismatch(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {int64}");
    const char *sql = text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table);
    berth_session *session = session_open(NULL);
    expect_misuse(session, sql, berth_params(1), "the statement takes 2 values, 1 given");
    expect_misuse(session, sql, berth_params(1, 2, 3), "the statement takes 2 values, 3 given");
    expect_misuse(session, sql, NULL, "the statement takes 2 values, 0 given");
    expect_misuse(session, text_format("SELECT id FROM %s", table), berth_params(1),
                  "the statement takes 0 values, 1 given");
    exec_ok(session, sql, berth_params(1, 2));
    session_end_ok(session);
    CHECK_INT(count_rows(table), 1);
}

/* ---- How many. ---- */

#define TRIED_PARAMS 1000 /* Where the dialect does not say how many there may be. */

static berth_params make_params(size_t count) {
    berth_value *values = calloc(count, sizeof *values);
    REQUIRE(values != NULL);
    for (size_t i = 0; i < count; i++)
        values[i] = berth_int64((int64_t)i);
    return (berth_params){.values = values, .count = count};
}

static const char *count_in(const char *table, size_t count) {
    return text_format("SELECT count(*) FROM %s WHERE id IN (?%s)", table, text_repeat(", ?", count - 1));
}

static void param_limit(void) {
    static const expected_error too_many = {.status = BERTH_TOO_LARGE};
    uint32_t most = target_driver()->dialect->max_params;
    size_t count = most != 0 ? most : TRIED_PARAMS;
    const char *table = table_make("id {int64} PRIMARY KEY");
    exec_alone(text_format("INSERT INTO %s (id) VALUES (?), (?), (?)", table), berth_params(0, (int64_t)count - 1, -1));
    berth_params params = make_params(count + 1);
    params.count = count;
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, count_in(table, count), &params), 2);
    if (most != 0) {
        params.count = count + 1;
        berth_exec(session, count_in(table, count + 1), &params);
        EXPECT_SESSION_ERROR(session, &too_many);
        EXPECT_USABLE(session);
    }
    session_end_ok(session);
    free((void *)(uintptr_t)params.values);
    check_note("%u placeholders", (unsigned)most);
}

/* ---- NULL, LIMIT, nothing at all. ---- */

static const char *untyped_null(void) {
    return "SELECT CASE WHEN ? IS NULL THEN 1 ELSE 0 END";
}

/* PostgreSQL must know a type, and only the statement can say it. */
static void param_null_untyped(void) {
    static const expected_error undetermined = {.status = BERTH_SYNTAX,
                                                .codes = {[PRODUCT_POSTGRESQL] = {"42P18", {0}}}};
    const char *table = table_make("id {int64} PRIMARY KEY, a {double}, b {text}");
    berth_session *session = session_open(NULL);
    exec_ok(session, text_format("INSERT INTO %s (id, a, b) VALUES (?, ?, ?)", table),
            berth_params(1, berth_null(), (const char *)NULL));
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s WHERE a IS NULL AND b IS NULL", table), NULL),
              1);
    CHECK_INT(
        query_int64(session, text_format("SELECT count(*) FROM %s WHERE a = ?", table), berth_params(berth_null())), 0);
    if (target_is(PRODUCT_POSTGRESQL)) {
        CHECK_INT(query_int64(session, "SELECT CASE WHEN CAST(? AS bigint) IS NULL THEN 1 ELSE 0 END",
                              berth_params(berth_null())),
                  1);
        berth_exec(session, untyped_null(), berth_params(berth_null()));
        EXPECT_SESSION_ERROR(session, &undetermined);
        EXPECT_USABLE(session);
    } else {
        CHECK_INT(query_int64(session, untyped_null(), berth_params(berth_null())), 1);
        CHECK_INT(query_int64(session, untyped_null(), berth_params(1)), 0);
    }
    session_end_ok(session);
}

static void param_in_limit_offset(void) {
    const char *table = table_make("id {int64} PRIMARY KEY");
    exec_alone(text_format("INSERT INTO %s (id) VALUES (1), (2), (3), (4), (5)", table), NULL);
    berth_session *session = session_open(NULL);
    const char *sql = text_format("SELECT id FROM %s ORDER BY id LIMIT ? OFFSET ?", table);
    for (int offset = 0; offset < 5; offset++)
        CHECK_INT(query_int64(session, sql, berth_params(1, offset)), offset + 1);
    berth_result *rows = berth_query(session, sql, berth_params(3, 1));
    for (int id = 2; id <= 4 && CHECK(berth_next(rows)); id++)
        CHECK_INT(berth_get_int64(rows, 0), id);
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    rows = berth_query(session, sql, berth_params(0, 0));
    CHECK(!berth_next(rows));
    berth_result_close(rows);
    session_end_ok(session);
}

static void empty_statement(void) {
    static const char *const list[] = {"", " \n\t", ";", " ; ", "-- nothing\n", "/* nothing */", "/* a */ ; -- b\n"};
    static const expected_error empty = {.status = BERTH_SYNTAX};
    need_tables();
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1;", NULL), 1);
    CHECK_INT(query_int64(session, "SELECT 2 ;\n", NULL), 2);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        berth_exec(session, list[i], NULL);
        EXPECT_SESSION_ERROR(session, &empty);
        CHECK_CONTAINS(berth_session_error(session)->message, "the statement is empty");
        EXPECT_USABLE(session);
    }
    session_end_ok(session);
}

#define LONG_SQL_BYTES (1024 * 1024)
#define MANY_COLUMNS 1000

static void long_sql(void) {
    need_tables();
    berth_session *session = session_open(NULL);
    const char *text = text_repeat("x", LONG_SQL_BYTES);
    CHECK_INT(query_int64(session, text_format("SELECT length('%s')", text), NULL), LONG_SQL_BYTES);
    CHECK_INT(query_int64(session, text_format("SELECT 1 /* %s */", text), NULL), 1);
    berth_result *rows = berth_query(session, text_format("SELECT 0%s, 7", text_repeat(", 1", MANY_COLUMNS - 2)), NULL);
    CHECK_INT(berth_column_count(rows), MANY_COLUMNS);
    REQUIRE(berth_next(rows));
    CHECK_INT(berth_get_int64(rows, 0), 0);
    CHECK_INT(berth_get_int64(rows, MANY_COLUMNS - 2), 1);
    CHECK_INT(berth_get_int64(rows, MANY_COLUMNS - 1), 7);
    berth_result_close(rows);
    session_end_ok(session);
}

const check checks_e[] = {
    {42, "placeholder_style", 0, placeholder_style, NULL},
    {42, "dollar_is_no_placeholder", 0, dollar_is_no_placeholder, NULL},
    {43, "param_reused", 0, param_reused, NULL},
    {43, "out_of_order", 0, out_of_order, NULL},
    {44, "param_count_mismatch", 0, param_count_mismatch, NULL},
    {45, "param_limit", 0, param_limit, NULL},
    {46, "param_null_untyped", 0, param_null_untyped, NULL},
    {47, "param_in_limit_offset", 0, param_in_limit_offset, NULL},
    {48, "empty_statement", 0, empty_statement, NULL},
    {49, "prepared_reexec_1000x", BERTH_CAP_PREPARE, prepared_reexec_1000x, no_prepare},
    {50, "prepared_after_ddl", BERTH_CAP_PREPARE, prepared_after_ddl, no_prepare},
    {51, "prepared_unknown_or_closed", BERTH_CAP_PREPARE, prepared_unknown_or_closed, no_prepare},
    {52, "prepared_stmt_limit_and_leak", BERTH_CAP_PREPARE, prepared_stmt_limit_and_leak, no_prepare},
    {53, "prepare_of_non_preparable", 0, prepare_of_non_preparable, NULL},
    {54, "long_sql", 0, long_sql, NULL},
    {55, "bind_while_executing", 0, bind_while_executing, NULL},
    {0},
};
