/* Capabilities of Berth's own, which the list that the other groups follow does not know. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "group_n.h"

/* ---- Encryption. ---- */

/* Whether the server says that this session is encrypted. */
static bool is_encrypted(berth_session *session) {
    if (target_is(PRODUCT_POSTGRESQL))
        return strcmp(query_text(session, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", NULL), "true") ==
               0;
    if (target_is_mysql_like())
        return query_text(session,
                          target_is(PRODUCT_MARIADB) ? "SELECT variable_value FROM information_schema.session_status"
                                                       " WHERE variable_name = 'Ssl_cipher'"
                                                     : "SELECT variable_value FROM performance_schema.session_status"
                                                       " WHERE variable_name = 'Ssl_cipher'",
                          NULL)[0] != '\0';
    needs("the SQL that tells whether a session of %s is encrypted", target_driver()->name);
}

static const char *url_with_tls(const char *mode) {
    return url_with_query(target_url(), "tls", mode);
}

/* Connects encrypted or not at all: over a unix socket, or where the server can't, the second. */
static void check_required(const char *mode) {
    berth_session *session = session_open_on(engine_make(url_with_tls(mode), NULL), NULL);
    berth_exec(session, "SELECT 1", NULL);
    berth_status status = berth_session_status(session);
    if (status == BERTH_OK)
        CHECK(is_encrypted(session));
    else
        CHECK(status == BERTH_CONNECT || status == BERTH_CONFIG);
    check_note("tls=%s: %s", mode, status == BERTH_OK ? "encrypted" : berth_session_error(session)->message);
    berth_session_close(session);
}

static void tls_honoured(void) {
    if (target_is_pooled())
        not_applicable("whether the program's side of a pooler is encrypted is not the server's to say");
    check_required("require");
    berth_session *session = session_open_on(engine_make(url_with_tls("disable"), NULL), NULL);
    if (berth_exec(session, "SELECT 1", NULL) == BERTH_OK)
        CHECK(!is_encrypted(session));
    berth_session_close(session);
    const char *no_authority = url_with_query(url_with_tls("verify-ca"), "tls_ca", "%2Ftmp%2Fberth_check_no_such.pem");
    berth_engine *engine;
    berth_error error;
    berth_status status = berth_engine_open(no_authority, NULL, &engine, &error);
    if (status == BERTH_OK) {
        session = berth_session_open(engine, NULL);
        berth_exec(session, "SELECT 1", NULL);
        status = berth_session_end(session, &error);
        berth_engine_close(engine, NULL);
    }
    CHECK(status == BERTH_CONNECT || status == BERTH_CONFIG);
    CHECK_CONTAINS(error.message, "berth_check_no_such.pem");
}

static void tls_refused(void) {
    engine_refused(url_with_tls("require"), "tls asks for encryption");
    engine_refused(url_with_tls("verify-full"), "tls asks for encryption");
    engine_refused(url_with_query(target_url(), "tls_ca", "%2Fca.pem"), "knows no encryption");
}

/* ---- Locks. ---- */

static const char *make_table(void) {
    const char *table = table_make("id {int64} PRIMARY KEY");
    exec_alone(text_format("INSERT INTO %s (id) VALUES (1)", table), NULL);
    return table;
}

static void row_locks(void) {
    static const expected_error locked = {
        .status = BERTH_LOCK_TIMEOUT,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"55P03", {0}},
                  [PRODUCT_MARIADB] = {"HY000", {1205}},
                  [PRODUCT_MYSQL] = {NULL, {3572, 1205}}},
    };
    const char *select = text_format("SELECT id FROM %s WHERE id = 1 FOR UPDATE", make_table());
    berth_session *first = session_open(NULL);
    CHECK_INT(query_int64(first, select, NULL), 1);
    berth_session *second = session_open(NULL);
    berth_exec(second, text_format("%s NOWAIT", select), NULL);
    EXPECT_SESSION_ERROR(second, &locked);
    EXPECT_USABLE(second);
    session_end_ok(first);
    CHECK_INT(query_int64(second, text_format("%s NOWAIT", select), NULL), 1);
    session_end_ok(second);
}

static void row_locks_refused(void) {
    static const expected_error refused = {.status = BERTH_SYNTAX, .codes = {[PRODUCT_SQLITE] = {"", {1}}}};
    const char *table = make_table();
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, text_format("SELECT id FROM %s", table), NULL), 1);
    berth_exec(session, text_format("SELECT id FROM %s FOR UPDATE", table), NULL);
    EXPECT_SESSION_ERROR(session, &refused);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

/* ---- What a transaction leaves whose connection is lost before its COMMIT. ---- */

/* A row, a table, another row. */
static void write_some(berth_session *session, const char *table, const char *made) {
    berth_exec(session, text_format("INSERT INTO %s (id) VALUES (2)", table), NULL);
    berth_exec(session, text_format("CREATE TABLE %s (id INTEGER)", made), NULL);
    berth_exec(session, text_format("INSERT INTO %s (id) VALUES (3)", table), NULL);
}

/* In a process that is killed. */
static void die_in_transaction(const char *table, const char *made) {
    berth_engine *engine;
    if (berth_engine_open(target_url(), NULL, &engine, NULL) != BERTH_OK)
        _exit(1);
    berth_session *session = berth_session_open(engine, NULL);
    write_some(session, table, made);
    if (berth_session_status(session) == BERTH_OK)
        raise(SIGKILL);
    _exit(2);
}

/* The server ends it, where it can; else it dies with its process. */
static void lose_transaction(const char *table, const char *made) {
    int status = 0;
    if (target_has(BERTH_CAP_SERVER_KILL)) {
        berth_session *session = session_open(NULL);
        write_some(session, table, made);
        REQUIRE(berth_session_status(session) == BERTH_OK);
        backend_kill(backend_id(session));
        berth_session_close(session);
        return;
    }
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        die_in_transaction(table, made);
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void lost_tx_leaves_nothing(void) {
    need_two_sessions();
    const char *table = make_table();
    const char *made = table_name();
    lose_transaction(table, made);
    CHECK_INT(count_rows(table), 1);
    berth_session *session = session_open(NULL);
    berth_exec(session, text_format("SELECT id FROM %s", made), NULL);
    CHECK_STATUS(berth_session_status(session), BERTH_UNDEFINED);
    berth_session_close(session);
}

/* What the DDL committed is there, and nothing behind it. */
static void lost_tx_leaves_what_ddl_committed(void) {
    need_two_sessions();
    const char *table = make_table();
    const char *made = table_name();
    lose_transaction(table, made);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s", table)), 3);
    CHECK_INT(count_rows(made), 0);
}

/* ---- A connection as if new. ---- */

static const berth_settings *one_connection(const char *reset) {
    static berth_settings settings = {.struct_size = sizeof settings, .pool_size = 1, .max_overflow = BERTH_OFF};
    settings.reset = reset;
    return &settings;
}

static void full_reset(void) {
    if (target_is_pooled())
        not_applicable("behind a pooler a program has no session of its own on the server");
    berth_engine *engine = engine_make(target_url(), one_connection("full"));
    berth_session *session = session_open_on(engine, NULL);
    exec_ok(session, "CREATE TEMPORARY TABLE berth_check_temporary (id INTEGER)", NULL);
    int64_t id = target_has(BERTH_CAP_SERVER_KILL) ? backend_id(session) : 0;
    if (target_is(PRODUCT_POSTGRESQL))
        exec_ok(session, "SET work_mem = '123kB'", NULL);
    else if (target_is_mysql_like())
        exec_ok(session, "SET @berth_check = 123", NULL);
    session_end_ok(session);
    session = session_open_on(engine, NULL);
    if (target_has(BERTH_CAP_SERVER_KILL))
        CHECK_INT(backend_id(session), id);
    if (target_is(PRODUCT_POSTGRESQL))
        CHECK(strcmp(query_text(session, "SELECT current_setting('work_mem')", NULL), "123kB") != 0);
    else if (target_is_mysql_like())
        CHECK_TEXT(query_text(session, "SELECT @berth_check", NULL), "(null)");
    berth_exec(session, "SELECT id FROM berth_check_temporary", NULL);
    CHECK_STATUS(berth_session_status(session), BERTH_UNDEFINED);
    berth_session_close(session);
}

static void full_reset_refused(void) {
    engine_refused(url_with_query(target_url(), "reset", "full"), "reset");
}

/* ---- Many statements and many rows. A driver without a faster way gives the same, slower. ---- */

#define MANY 3000

/* Two statements by turns, so that one is prepared while the other is queued. */
static void insert_queued(berth_session *session, const char *table, int id) {
    const char *sql = id % 2 == 0 ? "INSERT INTO %s (id) VALUES (?)" : "INSERT INTO %s (id) VALUES (? + 0)";
    berth_exec(session, text_format(sql, table), berth_params(id));
}

static void pipeline(void) {
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.pipeline = true));
    for (int i = 0; i < 300; i++)
        insert_queued(session, table, i);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 300);
    insert_queued(session, table, 300);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 301);
}

/* The first failure is told, with the statement that caused it, and nothing lasts. */
static void check_failed_pipeline(const char *table) {
    berth_error error;
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.pipeline = true));
    for (int i = 0; i < 6; i++)
        insert_queued(session, table, i == 3 ? 1001 : 1000 + i);
    CHECK_STATUS(berth_session_end(session, &error), BERTH_UNIQUE);
    CHECK_INT(count_rows(table), 0);
    if (target_has(BERTH_CAP_PIPELINE)) {
        CHECK_INT(error.index, 3);
        CHECK_CONTAINS(error.message, "statement 4 of the pipeline, INSERT INTO ");
    }
}

static void pipeline_works(void) {
    pipeline();
    check_failed_pipeline(table_make("id {int64} PRIMARY KEY"));
}

/* Rows with the ids 0, 1, 2, ..., but for one. */
static const berth_params *many_rows(int wrong, int64_t wrong_id) {
    static berth_value values[MANY];
    static berth_params rows[MANY];
    for (int i = 0; i < MANY; i++) {
        values[i] = berth_int64(i == wrong ? wrong_id : i);
        rows[i] = (berth_params){&values[i], 1};
    }
    return rows;
}

static void batch_works(void) {
    berth_error error;
    const char *table = table_make("id {int64} PRIMARY KEY");
    const char *sql = text_format("INSERT INTO %s (id) VALUES (?)", table);
    berth_session *session = session_open(NULL);
    berth_exec_many(session, sql, many_rows(-1, 0), MANY);
    CHECK_INT(berth_affected_rows(session), MANY);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s", table)), (int64_t)MANY * (MANY - 1) / 2);
    exec_alone(text_format("DELETE FROM %s", table), NULL);
    session = session_open(NULL);
    berth_exec_many(session, sql, many_rows(2000, 7), MANY);
    CHECK_STATUS(berth_session_end(session, &error), BERTH_UNIQUE);
    CHECK(error.index == 2000 || error.index == -1);
    check_note("the failed row is %s", error.index == 2000 ? "told" : "not told");
    CHECK_INT(count_rows(table), 0);
}

static berth_status load_many(berth_session *session, const char *table, const berth_params *rows, int64_t *loaded) {
    berth_bulk_load *load = berth_bulk_open(session, table, "id", NULL);
    for (int i = 0; i < MANY; i++)
        berth_bulk_row(load, &rows[i]);
    return berth_bulk_close(load, loaded);
}

static void bulk_works(void) {
    int64_t loaded = 0;
    const char *table = table_make("id {int64} PRIMARY KEY, note {text}");
    berth_session *session = session_open(NULL);
    CHECK_STATUS(load_many(session, table, many_rows(-1, 0), &loaded), BERTH_OK);
    CHECK_INT(loaded, MANY);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s WHERE note IS NULL", table)),
              (int64_t)MANY * (MANY - 1) / 2);
    exec_alone(text_format("DELETE FROM %s", table), NULL);
    session = session_open(NULL);
    CHECK_STATUS(load_many(session, table, many_rows(2000, 7), &loaded), BERTH_UNIQUE);
    CHECK_INT(loaded, 0);
    berth_session_rollback(session, NULL);
    EXPECT_USABLE(session);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 0);
}

const check checks_n[] = {
    {145, "tls_honoured", BERTH_CAP_TLS, tls_honoured, tls_refused},
    {146, "row_locks", BERTH_CAP_ROW_LOCKS, row_locks, row_locks_refused},
    {147, "lost_tx_leaves_nothing", BERTH_CAP_LOST_TX_LEAVES_NOTHING, lost_tx_leaves_nothing,
     lost_tx_leaves_what_ddl_committed},
    {148, "full_reset", BERTH_CAP_FULL_RESET, full_reset, full_reset_refused},
    {149, "pipeline", BERTH_CAP_PIPELINE, pipeline_works, pipeline_works},
    {150, "batch", BERTH_CAP_BATCH, batch_works, batch_works},
    {151, "bulk", BERTH_CAP_BULK, bulk_works, bulk_works},
    {152, "columns_are_what_getters_say", 0, columns_are_what_getters_say, NULL},
    {153, "row_without_room_comes_next", 0, row_without_room_comes_next, NULL},
    {0},
};
