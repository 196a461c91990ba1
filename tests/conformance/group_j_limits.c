/* What may not be written, what does not fit, and who may not. */
#include "group_j.h"

static const char *make_row(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, note {text}");
    exec_alone(text_format("INSERT INTO %s (id, note) VALUES (1, 'one')", table), NULL);
    return table;
}

/* ---- A database that is read-only by other means than the session's option, which C27 checks. ---- */

static berth_session *open_reader(berth_engine **engine) {
    bool in_file = target_is(PRODUCT_SQLITE);
    *engine = engine_make(in_file ? url_with_query(target_url(), "mode", "ro") : target_url(), NULL);
    berth_session *session = session_open_on(*engine, BERTH_SESSION_OPTIONS(.autocommit = target_is_mysql_like()));
    if (target_is(PRODUCT_POSTGRESQL))
        exec_ok(session, "SET LOCAL transaction_read_only = on", NULL);
    else if (target_is_mysql_like())
        exec_ok(session, "SET SESSION TRANSACTION READ ONLY", NULL);
    return session;
}

void read_only(void) {
    static const expected_error rejected = {
        .status = BERTH_READ_ONLY,
        .codes = {[PRODUCT_SQLITE] = {"", {8}},
                  [PRODUCT_POSTGRESQL] = {"25006", {0}},
                  [PRODUCT_MARIADB] = {"25006", {1792}},
                  [PRODUCT_MYSQL] = {"25006", {1792}}},
    };
    berth_engine *engine;
    if (target_is(PRODUCT_OTHER))
        not_applicable("no way is known to make this database read-only");
    if (target_is(PRODUCT_SQLITE))
        need_two_sessions();
    const char *table = make_row();
    const char *insert = text_format("INSERT INTO %s (id) VALUES (2)", table);
    berth_session *session = open_reader(&engine);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    berth_exec(session, insert, NULL);
    EXPECT_SESSION_ERROR(session, &rejected);
    EXPECT_USABLE(session);
    session_end_ok(session);
    engine_end(engine);
    CHECK_INT(count_rows(table), 1);
    exec_alone(insert, NULL);
    CHECK_INT(count_rows(table), 2);
}

/* ---- What does not fit. ---- */

static const expected_error full = {
    .status = BERTH_RESOURCE,
    .codes = {[PRODUCT_SQLITE] = {"", {13}},
              [PRODUCT_POSTGRESQL] = {"53400", {0}},
              [PRODUCT_MARIADB] = {"HY000", {1114}},
              [PRODUCT_MYSQL] = {"HY000", {1114}}},
};

/* A file may have no page more than it has; free ones within it are filled too. */
static const char *fill_sqlite(berth_session *session, const char *table) {
    exec_ok(session, "PRAGMA max_page_count = 1", NULL);
    int64_t bytes =
        1000000 + query_int64(session, "PRAGMA freelist_count", NULL) * query_int64(session, "PRAGMA page_size", NULL);
    return text_format("INSERT INTO %s (id, note) VALUES (2, printf('%%.*c', %lld, 'x'))", table, (long long)bytes);
}

static const char *fill_postgresql(berth_session *session) {
    exec_ok(session, "SET LOCAL work_mem = '64kB'", NULL);
    exec_ok(session, "SET LOCAL temp_file_limit = '64kB'", NULL);
    return "SELECT count(*) FROM (SELECT n FROM generate_series(1, 200000) AS n ORDER BY -n OFFSET 1) AS sorted";
}

/* A table in memory that may hold no more than 16 KiB. */
static const char *fill_mysql(berth_session *session) {
    exec_ok(session, "SET SESSION max_heap_table_size = 16384", NULL);
    exec_ok(session, "CREATE TEMPORARY TABLE berth_check_full (note CHAR(250)) ENGINE = MEMORY", NULL);
    return "INSERT INTO berth_check_full SELECT REPEAT('x', 250) FROM information_schema.collations";
}

void disk_full(void) {
    berth_engine *engine;
    const char *sql;
    if (target_is(PRODUCT_OTHER))
        not_applicable("no way is known to fill this database");
    const char *table = make_row();
    engine = target_takes_two_sessions() ? engine_make(target_url(), NULL) : engine_main();
    berth_session *session = session_open_on(engine, NULL);
    if (target_is(PRODUCT_SQLITE))
        sql = fill_sqlite(session, table);
    else
        sql = target_is(PRODUCT_POSTGRESQL) ? fill_postgresql(session) : fill_mysql(session);
    berth_exec(session, sql, NULL);
    EXPECT_SESSION_ERROR(session, &full);
    EXPECT_USABLE(session);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 1);
}

/* ---- Rights. ---- */

/* A role that may do nothing; the rollback takes it away. */
static berth_session *become_nobody(const char *name) {
    berth_session *session = session_open(NULL);
    exec_ok(session, text_format("CREATE ROLE %s NOLOGIN", name), NULL);
    exec_ok(session, text_format("SET LOCAL ROLE %s", name), NULL);
    return session;
}

/* A user that may read one table and nothing more. */
static berth_session *connect_as_reader(const char *name, const char *table) {
    sql_at_end(text_format("DROP USER IF EXISTS '%s'@'%%'", name));
    exec_alone(text_format("CREATE USER '%s'@'%%' IDENTIFIED BY 'berth'", name), NULL);
    exec_alone(text_format("GRANT SELECT ON %s TO '%s'@'%%'", table, name), NULL);
    const char *url = url_with(url_with(target_url(), URL_USER, name), URL_PASSWORD, "berth");
    berth_session *session = session_open_on(engine_make(url, NULL), NULL);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    return session;
}

void permission_denied(void) {
    static const expected_error denied = {
        .status = BERTH_PERMISSION,
        .codes = {[PRODUCT_POSTGRESQL] = {"42501", {0}},
                  [PRODUCT_MARIADB] = {"42000", {1142}},
                  [PRODUCT_MYSQL] = {"42000", {1142}}},
    };
    if (!target_is(PRODUCT_POSTGRESQL) && !target_is_mysql_like())
        needs("the SQL that makes a user without rights on %s", target_driver()->name);
    const char *table = make_row();
    const char *name = text_format("%s_nobody", table);
    berth_session *session = target_is(PRODUCT_POSTGRESQL) ? become_nobody(name) : connect_as_reader(name, table);
    berth_exec(session, text_format("INSERT INTO %s (id) VALUES (2)", table), NULL);
    EXPECT_SESSION_ERROR(session, &denied);
    EXPECT_USABLE(session);
    berth_session_close(session);
    CHECK_INT(count_rows(table), 1);
}

/* Without users there are still things that nobody may write. */
void nobody_to_deny(void) {
    static const expected_error denied = {.status = BERTH_PERMISSION, .codes = {[PRODUCT_SQLITE] = {"", {1}}}};
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    if (target_is(PRODUCT_SQLITE)) {
        berth_exec(session, "DELETE FROM sqlite_master", NULL);
        EXPECT_SESSION_ERROR(session, &denied);
        EXPECT_USABLE(session);
    }
    session_end_ok(session);
}
