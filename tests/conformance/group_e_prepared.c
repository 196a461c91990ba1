/* Statements that are kept. Programs have no handles of them: a connection keeps those that it ran last. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "group_e.h"

#define MIB (INT64_C(1) << 20)

/* ---- Memory. ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_TOLD false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMORY_IS_TOLD false
#endif
#endif
#if !defined(MEMORY_IS_TOLD)
#define MEMORY_IS_TOLD true
#endif

int64_t memory_now_bytes(void) {
    long long pages = 0;
    FILE *file = MEMORY_IS_TOLD ? fopen("/proc/self/statm", "r") : NULL;
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*s %lld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

int64_t memory_peak_bytes(void) {
    struct rusage usage;
    return MEMORY_IS_TOLD && getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

/* ---- Without them. ---- */

void no_prepare(void) {
    CHECK(target_driver()->prepare == NULL);
    berth_session *session = session_open(NULL);
    for (int i = 0; i < 10; i++)
        CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
}

/* ---- Over and over. ---- */

#define REEXECUTIONS 1000

static berth_value text_or_null(int i) {
    return i % 3 == 0 ? berth_null() : berth_text(text_repeat("ab", (size_t)(i % 50)));
}

static berth_value number_or_null(int i) {
    return i % 2 == 0 ? berth_null() : berth_int64(i);
}

static void check_reexecuted(berth_session *session, const char *sql, int i) {
    berth_result *rows = berth_query(session, sql, berth_params(i));
    if (CHECK(berth_next(rows))) {
        CHECK_INT(berth_is_null(rows, 0), i % 2 == 0);
        CHECK_INT(berth_is_null(rows, 1), i % 3 == 0);
        if (i % 2 != 0)
            CHECK_INT(berth_get_int64(rows, 0), i);
        if (i % 3 != 0)
            CHECK_TEXT(berth_get_text(rows, 1), text_repeat("ab", (size_t)(i % 50)));
    }
    CHECK(!berth_next(rows));
    berth_result_close(rows);
}

void prepared_reexec_1000x(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, a {int64}, b {text}");
    const char *insert = text_format("INSERT INTO %s (id, a, b) VALUES (?, ?, ?)", table);
    const char *select = text_format("SELECT a, b FROM %s WHERE id = ?", table);
    berth_session *session = session_open(NULL);
    for (int i = 0; i < REEXECUTIONS; i++)
        exec_ok(session, insert, berth_params(i, number_or_null(i), text_or_null(i)));
    for (int i = 0; i < REEXECUTIONS && !check_has_failed(); i++)
        check_reexecuted(session, select, i);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(a) FROM %s", table)), REEXECUTIONS / 2 * (REEXECUTIONS / 2));
    CHECK_INT(query_int64_alone(text_format("SELECT count(b) FROM %s", table)), REEXECUTIONS - (REEXECUTIONS + 2) / 3);
}

/* ---- Behind their back. ---- */

/* The row has the columns (1, 'a') and, where `has_more`, the new one, 7. */
static bool check_columns(berth_session *session, const char *sql, bool has_more) {
    berth_result *rows = berth_query(session, sql, NULL);
    bool has_row = berth_next(rows);
    if (has_row) {
        CHECK_INT(berth_column_count(rows), has_more ? 3 : 2);
        CHECK_INT(berth_get_int64(rows, 0), 1);
        CHECK_TEXT(berth_get_text(rows, 1), "a");
        if (has_more && berth_column_count(rows) == 3) {
            CHECK_INT(berth_column(rows, "more"), 2);
            CHECK_INT(berth_get_int64(rows, 2), 7);
        }
    }
    berth_result_close(rows);
    return has_row;
}

static const char *add_column(const char *table) {
    return text_format("ALTER TABLE %s ADD COLUMN more INTEGER DEFAULT 7", table);
}

/* In a transaction the server may refuse what was prepared before: then the next transaction can run it. */
static void alter_within(const char *table) {
    static const expected_error stale = {
        .status = BERTH_SERIALIZATION,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"0A000", {0}}, [PRODUCT_MARIADB] = {NULL, {2057, 1615}}},
    };
    const char *sql = text_format("SELECT * FROM %s", table);
    berth_session *session = session_open(NULL);
    CHECK(check_columns(session, sql, false));
    exec_ok(session, add_column(table), NULL);
    if (!check_columns(session, sql, true)) {
        EXPECT_SESSION_ERROR(session, &stale);
        EXPECT_USABLE(session);
        check_note("refused in a transaction, as retryable");
        CHECK(check_columns(session, sql, !target_has(BERTH_CAP_TRANSACTIONAL_DDL)));
    }
    session_end_ok(session);
}

/* In another session where there can be one. */
static void alter_alone(berth_session *session, const char *sql) {
    if (target_takes_two_sessions())
        exec_alone(sql, NULL);
    else
        exec_ok(session, sql, NULL);
}

void prepared_after_ddl(void) {
    const char *table = table_make("id {int64} PRIMARY KEY, v {text}");
    const char *sql = text_format("SELECT * FROM %s", table);
    exec_alone(text_format("INSERT INTO %s (id, v) VALUES (1, 'a')", table), NULL);
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    for (int i = 0; i < 3; i++)
        CHECK(check_columns(session, sql, false));
    alter_alone(session, add_column(table));
    for (int i = 0; i < 3; i++)
        CHECK(check_columns(session, sql, true));
    alter_alone(session, text_format("ALTER TABLE %s DROP COLUMN more", table));
    CHECK(check_columns(session, sql, false));
    session_end_ok(session);
    if (target_has(BERTH_CAP_TRANSACTIONS))
        alter_within(table);
}

/* A server's statement that somebody else has closed, and one that the cache gave up: both are prepared anew. */
void prepared_unknown_or_closed(void) {
    berth_engine *engine =
        engine_make(target_url(), BERTH_SETTINGS(.statement_cache_size = 1, .pool_size = 1, .max_overflow = BERTH_OFF));
    berth_session *session = session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    for (int i = 0; i < 20; i++) {
        CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
        CHECK_INT(query_int64(session, i % 2 == 0 ? "SELECT 2" : "SELECT 3", NULL), i % 2 == 0 ? 2 : 3);
    }
    if (target_is(PRODUCT_POSTGRESQL)) {
        session_end_ok(session);
        session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
        CHECK_INT(query_int64(session, "SELECT 4", NULL), 4);
        exec_ok(session, "DEALLOCATE ALL", NULL);
        CHECK_INT(query_int64(session, "SELECT 4", NULL), 4);
    }
    session_end_ok(session);
}

/* ---- Many. ---- */

#define MANY_STATEMENTS 20000
#define WARM_STATEMENTS 2000
#define MOST_KEPT 64

static void run_statements(berth_session *session, int from, int to) {
    char sql[32];
    for (int i = from; i < to; i++) {
        snprintf(sql, sizeof sql, "SELECT %d", i);
        exec_ok(session, sql, NULL);
    }
}

/* More than MariaDB's server keeps in all by default. */
void prepared_stmt_limit_and_leak(void) {
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine *engine =
        engine_make(target_url(), BERTH_SETTINGS(.statement_cache_size = 4, .pool_size = 1, .max_overflow = BERTH_OFF));
    berth_session *session = session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    run_statements(session, 0, WARM_STATEMENTS);
    int64_t before_bytes = memory_now_bytes();
    run_statements(session, WARM_STATEMENTS, MANY_STATEMENTS);
    int64_t grown_bytes = memory_now_bytes() - before_bytes;
    if (grown_bytes > 4 * MIB)
        FAIL("%d statements took %lld bytes", MANY_STATEMENTS - WARM_STATEMENTS, (long long)grown_bytes);
    if (target_is(PRODUCT_POSTGRESQL))
        CHECK(query_int64(session, "SELECT count(*) FROM pg_prepared_statements", NULL) <= MOST_KEPT);
    session_end_ok(session);
    berth_engine_stats(engine, &stats);
    CHECK_INT(stats.opened, 1);
}

/* Servers that can't prepare such a statement run it all the same. */
void prepare_of_non_preparable(void) {
    static const char *const postgresql[] = {"SET SESSION application_name = 'berth_check'", "SHOW server_version",
                                             "RESET application_name", "DISCARD PLANS", NULL};
    static const char *const mysql[] = {"SET @berth_check = 1", "SHOW VARIABLES LIKE 'version'", "FLUSH STATUS", "DO 1",
                                        NULL};
    static const char *const sqlite[] = {"PRAGMA user_version", "ANALYZE", "REINDEX", NULL};
    static const char *const none[] = {NULL};
    const char *const *list = target_is(PRODUCT_POSTGRESQL) ? postgresql
                              : target_is_mysql_like()      ? mysql
                              : target_is(PRODUCT_SQLITE)   ? sqlite
                                                            : none;
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    for (int i = 0; i < 3; i++) {
        exec_ok(session, text_format("CREATE INDEX %s_i ON %s (id)", table, table), NULL);
        exec_ok(session,
                text_format("DROP INDEX %s_i%s%s", table, target_is_mysql_like() ? " ON " : "",
                            target_is_mysql_like() ? table : ""),
                NULL);
        exec_ok(session, text_format("EXPLAIN SELECT id FROM %s", table), NULL);
        for (const char *const *sql = list; *sql != NULL; sql++)
            exec_ok(session, *sql, NULL);
    }
    session_end_ok(session);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
}

void bind_while_executing(void) {
    static const expected_error busy = {.status = BERTH_MISUSE};
    const char *table = table_make("id {int64} PRIMARY KEY");
    exec_alone(text_format("INSERT INTO %s (id) VALUES (1), (2), (3)", table), NULL);
    const char *sql = text_format("SELECT id FROM %s WHERE id >= ? ORDER BY id", table);
    berth_session *session = session_open(NULL);
    berth_result *rows = berth_query(session, sql, berth_params(1));
    REQUIRE(berth_next(rows));
    CHECK_INT(berth_get_int64(rows, 0), 1);
    berth_result *other = berth_query(session, sql, berth_params(2));
    EXPECT_SESSION_ERROR(session, &busy);
    CHECK_CONTAINS(berth_session_error(session)->message, "while a result is open");
    CHECK(!berth_next(other));
    CHECK(!berth_next(rows));
    berth_result_close(other);
    berth_result_close(rows);
    EXPECT_USABLE(session);
    CHECK_INT(query_int64(session, text_format("SELECT max(id) FROM %s WHERE id >= ?", table), berth_params(2)), 3);
    session_end_ok(session);
}
