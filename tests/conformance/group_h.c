/* Affected rows, keys that an INSERT made, RETURNING, INSERT or update. */
#include <string.h>

#include "conformance.h"

static int64_t affected_by(berth_session *session, const char *sql, const berth_params *params) {
    exec_ok(session, sql, params);
    return berth_affected_rows(session);
}

static berth_session *open_autocommit(void) {
    return session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
}

/* Rows 1 to 5 with v = 10, 20, ... 50. */
static const char *make_filled(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {int64}, note {text}");
    exec_alone(text_format("INSERT INTO %s (id, v) VALUES (1, 10), (2, 20), (3, 30), (4, 40), (5, 50)", table), NULL);
    return table;
}

/* ---- Affected rows. ---- */

/* Without the capability a count is never made up. */
static void affected_unknown(void) {
    berth_session *session = open_autocommit();
    CHECK_INT(affected_by(session, "SELECT 1", NULL), -1);
    session_end_ok(session);
}

static void affected_insert(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {int64}");
    berth_session *session = open_autocommit();
    CHECK_INT(berth_affected_rows(session), -1);
    CHECK_INT(affected_by(session, text_format("INSERT INTO %s (id, v) VALUES (?, ?)", table), berth_params(1, 10)), 1);
    CHECK_INT(affected_by(session, text_format("INSERT INTO %s (id, v) VALUES (2, 20), (3, 30), (4, 40)", table), NULL),
              3);
    CHECK_INT(affected_by(session,
                          text_format("INSERT INTO %s (id, v) SELECT id + 10, v FROM %s WHERE id > 4", table, table),
                          NULL),
              0);
    CHECK_INT(berth_exec(session, text_format("INSERT INTO %s (id, v) VALUES (1, 1)", table), NULL), BERTH_UNIQUE);
    CHECK_INT(berth_affected_rows(session), -1);
    session_recover(session);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 4);
}

static void affected_update(void) {
    const char *table = make_filled();
    berth_session *session = open_autocommit();
    CHECK_INT(affected_by(session, text_format("UPDATE %s SET v = v + ? WHERE id <= ?", table), berth_params(1, 3)), 3);
    CHECK_INT(affected_by(session, text_format("UPDATE %s SET v = 0 WHERE id = 99", table), NULL), 0);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(v) FROM %s", table)), 153);
}

static void affected_delete(void) {
    const char *table = make_filled();
    berth_session *session = open_autocommit();
    CHECK_INT(affected_by(session, text_format("DELETE FROM %s WHERE id IN (?, ?)", table), berth_params(2, 4)), 2);
    CHECK_INT(affected_by(session, text_format("DELETE FROM %s WHERE id = 2", table), NULL), 0);
    CHECK_INT(affected_by(session, text_format("DELETE FROM %s", table), NULL), 3);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 0);
}

/* What a row is set to may be what it was: it counts, for it was found. */
static void affected_update_same_value(void) {
    const char *table = make_filled();
    berth_session *session = open_autocommit();
    CHECK_INT(affected_by(session, text_format("UPDATE %s SET v = 10 WHERE id = 1", table), NULL), 1);
    CHECK_INT(affected_by(session, text_format("UPDATE %s SET v = v", table), NULL), 5);
    session_end_ok(session);
}

static void affected_ddl(void) {
    const char *table = make_filled();
    const char *made = table_name();
    berth_session *session = open_autocommit();
    CHECK_INT(affected_by(session, text_format("UPDATE %s SET v = 1", table), NULL), 5);
    exec_ok(session, text_format("CREATE TABLE %s (id INTEGER)", made), NULL);
    CHECK(berth_affected_rows(session) <= 0);
    CHECK_INT(affected_by(session, text_format("UPDATE %s SET v = 2", table), NULL), 5);
    exec_ok(session, text_format("DROP TABLE %s", made), NULL);
    CHECK(berth_affected_rows(session) <= 0);
    CHECK_INT(berth_last_insert_id(session), 0);
    session_end_ok(session);
}

static void affected_excludes_cascade(void) {
    const char *parent = table_make("id {int64} PRIMARY KEY");
    const char *child = table_make(text_format("id {int64} PRIMARY KEY, parent {int64},"
                                               " FOREIGN KEY (parent) REFERENCES %s (id) ON DELETE CASCADE",
                                               parent));
    berth_session *session = open_autocommit();
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (1), (2)", parent), NULL);
    exec_ok(session, text_format("INSERT INTO %s (id, parent) VALUES (1, 1), (2, 1), (3, 1), (4, 2)", child), NULL);
    CHECK_INT(affected_by(session, text_format("DELETE FROM %s WHERE id = 1", parent), NULL), 1);
    session_end_ok(session);
    CHECK_INT(count_rows(child), 1);
}

/* ---- INSERT or update. ---- */

static const berth_table_column upsert_columns[] = {
    {.name = "id", .type = BERTH_TYPE_INT64, .primary_key = true}, {.name = "v", .type = BERTH_TYPE_INT64}, {0}};

/* MySQL counts 1 for a new row, 2 for a changed one; with found rows a row that stays as it was is 1. */
static void upsert_affected(void) {
    bool doubles = target_driver()->dialect->upsert == BERTH_UPSERT_ON_DUPLICATE_KEY;
    const berth_table table = {.name = table_make("id {int64} PRIMARY KEY, v {int64}"), .columns = upsert_columns};
    berth_session *session = open_autocommit();
    CHECK_STATUS(berth_upsert(session, &table, "id, v", berth_params(1, 10)), BERTH_OK);
    CHECK_INT(berth_affected_rows(session), 1);
    CHECK_STATUS(berth_upsert(session, &table, "id, v", berth_params(1, 11)), BERTH_OK);
    CHECK_INT(berth_affected_rows(session), doubles ? 2 : 1);
    CHECK_STATUS(berth_upsert(session, &table, "id, v", berth_params(1, 11)), BERTH_OK);
    CHECK_INT(berth_affected_rows(session), 1);
    CHECK_STATUS(berth_upsert(session, &table, "id, v", berth_params(2, 20)), BERTH_OK);
    CHECK_INT(berth_affected_rows(session), 1);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(v) FROM %s", table.name)), 31);
}

static void upsert_refused(void) {
    const berth_table table = {.name = "berth_check_no_such_table", .columns = upsert_columns};
    berth_session *session = open_autocommit();
    CHECK_INT(target_driver()->dialect->upsert, BERTH_UPSERT_NONE);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_upsert(session, &table, "id, v", berth_params(1, 10));
    EXPECT_NOT_SUPPORTED(session);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

/* ---- The key that an INSERT made. ---- */

static const char *make_identity(void) {
    bool is_key = (target_driver()->dialect->flags & BERTH_DIALECT_IDENTITY_IS_KEY) != 0;
    return table_make(text_format("id {identity}, v {int64}%s", is_key ? "" : ", PRIMARY KEY (id)"));
}

static int64_t id_made_by(berth_session *session, const char *sql) {
    exec_ok(session, sql, NULL);
    return berth_last_insert_id(session);
}

/* Of several rows SQLite tells the last key, MySQL's servers the first. What inserts nothing has none. */
static void last_insert_id(void) {
    const char *table = make_identity();
    const char *key_of = text_format("SELECT id FROM %s WHERE v = ?", table);
    berth_session *session = open_autocommit();
    CHECK_INT(berth_last_insert_id(session), 0);
    int64_t first = id_made_by(session, text_format("INSERT INTO %s (v) VALUES (10)", table));
    CHECK(first > 0);
    CHECK_INT(first, query_int64(session, key_of, berth_params(10)));
    int64_t several = id_made_by(session, text_format("INSERT INTO %s (v) VALUES (20), (30), (40)", table));
    CHECK_INT(several, query_int64(session, key_of, berth_params(target_is_mysql_like() ? 20 : 40)));
    CHECK_INT(id_made_by(session, text_format("INSERT INTO %s (id, v) VALUES (500, 50)", table)), 500);
    CHECK_INT(id_made_by(session, text_format("UPDATE %s SET v = 51 WHERE id = 500", table)), 0);
    CHECK_INT(id_made_by(session, "SELECT 1"), 0);
    CHECK_INT(id_made_by(session, text_format("INSERT INTO %s (v) SELECT v FROM %s WHERE v = 99", table, table)), 0);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 5);
}

static void no_last_insert_id(void) {
    berth_session *session = open_autocommit();
    CHECK_INT(id_made_by(session, "SELECT 1"), 0);
    session_end_ok(session);
    if (target_driver()->dialect->identity == NULL)
        return;
    const char *table = make_identity();
    session = open_autocommit();
    CHECK_INT(id_made_by(session, text_format("INSERT INTO %s (v) VALUES (10)", table)), 0);
    session_end_ok(session);
}

/* ---- RETURNING. ---- */

/* Reads rows of (id, v), which must be those in the list, in any order; adds up what v is. */
static int64_t read_returned(berth_session *session, const char *sql, const berth_params *params, int64_t expected) {
    int64_t count = 0, sum = 0;
    berth_result *rows = berth_query(session, sql, params);
    if (CHECK_INT(berth_column_count(rows), 2)) {
        CHECK_TEXT(berth_column_at(rows, 0)->name, "id");
        CHECK_TEXT(berth_column_at(rows, 1)->name, "v");
    }
    for (; berth_next(rows); count++)
        sum += berth_get_int64(rows, 1);
    berth_result_close(rows);
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
    CHECK_INT(count, expected);
    return sum;
}

static void returning_insert(void) {
    const char *table = make_filled();
    char note[3001];
    berth_session *session = open_autocommit();
    CHECK_INT(read_returned(session,
                            text_format("INSERT INTO %s (id, v) VALUES (6, 60), (7, 70) RETURNING id, v", table), NULL,
                            2),
              130);
    memset(note, 'n', sizeof note - 1);
    note[sizeof note - 1] = '\0';
    const char *insert = text_format("INSERT INTO %s (id, v, note) VALUES (?, ?, ?) RETURNING note", table);
    CHECK_TEXT(query_text(session, insert, berth_params(8, 80, note)), note);
    exec_ok(session, insert, berth_params(9, 90, "dropped"));
    session_end_ok(session);
    CHECK_INT(count_rows(table), 9);
}

static void returning_update(void) {
    const char *table = make_filled();
    const char *update = text_format("UPDATE %s SET v = v + ? WHERE id <= ? RETURNING id, v", table);
    berth_session *session = open_autocommit();
    CHECK_INT(read_returned(session, update, berth_params(1, 3), 3), 63);
    CHECK_INT(read_returned(session, update, berth_params(1, 0), 0), 0);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(v) FROM %s", table)), 153);
}

static void returning_delete(void) {
    const char *table = make_filled();
    berth_session *session = open_autocommit();
    CHECK_INT(
        read_returned(session, text_format("DELETE FROM %s WHERE id > ? RETURNING id, v", table), berth_params(3), 2),
        90);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 3);
}

/* The server takes no such clause, and says so as of any other SQL that it does not understand. */
static void expect_syntax(const char *sql) {
    static const expected_error syntax = {
        .status = BERTH_SYNTAX,
        .codes = {[PRODUCT_MARIADB] = {"42000", {1064}}, [PRODUCT_MYSQL] = {"42000", {1064}}},
    };
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_exec(session, sql, NULL);
    EXPECT_SESSION_ERROR(session, &syntax);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

static void no_returning_insert(void) {
    expect_syntax("INSERT INTO berth_check_no_such_table (id) VALUES (1) RETURNING id");
}

static void no_returning_update(void) {
    expect_syntax("UPDATE berth_check_no_such_table SET id = 1 RETURNING id");
}

static void no_returning_delete(void) {
    expect_syntax("DELETE FROM berth_check_no_such_table RETURNING id");
}

const check checks_h[] = {
    {95, "affected_insert", BERTH_CAP_AFFECTED_ROWS, affected_insert, affected_unknown},
    {95, "affected_update", BERTH_CAP_AFFECTED_ROWS, affected_update, affected_unknown},
    {95, "affected_delete", BERTH_CAP_AFFECTED_ROWS, affected_delete, affected_unknown},
    {96, "affected_update_same_value", BERTH_CAP_AFFECTED_ROWS, affected_update_same_value, affected_unknown},
    {97, "affected_ddl", BERTH_CAP_AFFECTED_ROWS, affected_ddl, affected_unknown},
    {98, "affected_excludes_cascade", BERTH_CAP_AFFECTED_ROWS, affected_excludes_cascade, affected_unknown},
    {99, "upsert_affected", BERTH_CAP_UPSERT, upsert_affected, upsert_refused},
    {100, "last_insert_id", BERTH_CAP_LAST_INSERT_ID, last_insert_id, no_last_insert_id},
    {101, "returning_insert", BERTH_CAP_RETURNING_INSERT, returning_insert, no_returning_insert},
    {102, "returning_update", BERTH_CAP_RETURNING_UPDATE, returning_update, no_returning_update},
    {103, "returning_delete", BERTH_CAP_RETURNING_DELETE, returning_delete, no_returning_delete},
    {0},
};
