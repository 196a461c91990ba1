/* Liveness: what is dead is found dead, what is alive is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conformance.h"

/* A connection that ended before anything was committed. Under TLS MariaDB's client has a number of its own for it. */
static const expected_error lost = {
    .status = BERTH_CONNECTION_LOST,
    .flags = BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE,
    .codes = {[PRODUCT_POSTGRESQL] = {"57P01|08P01", {0}},
              [PRODUCT_MARIADB] = {NULL, {2006, 2013, 2026}},
              [PRODUCT_MYSQL] = {NULL, {2006, 2013, 2026}}},
};

static uint64_t connections_opened(berth_engine *engine) {
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(engine, &stats);
    return stats.opened;
}

/* Two sessions in turn, with a look at the connection between them. */
static void ping_ok(void) {
    berth_engine *engine =
        engine_make(target_url(), BERTH_SETTINGS(.pool_pre_ping = BERTH_ON, .ping_idle_ms = BERTH_OFF));
    for (int i = 0; i < 3; i++) {
        berth_session *session = session_open_on(engine, NULL);
        CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
        session_end_ok(session);
    }
    CHECK_INT(connections_opened(engine), 1);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
}

static void ping_after_close(void) {
    berth_error error;
    berth_engine *engine = engine_make(target_url(), NULL);
    berth_session_maker *maker = berth_session_maker_new(engine, BERTH_SESSION_OPTIONS(.autocommit = true), &error);
    REQUIRE(maker != NULL);
    berth_session *session = session_open_on(engine, NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
    CHECK_STATUS(berth_exec(session, "SELECT 1", NULL), BERTH_MISUSE);
    engine_end(engine);
    session = berth_session_maker_open(maker);
    CHECK_STATUS(berth_exec(session, "SELECT 1", NULL), BERTH_POOL_CLOSED);
    CHECK_STATUS(berth_session_end(session, NULL), BERTH_POOL_CLOSED);
    berth_session_maker_free(maker);
}

/* ---- Ended by the server. ---- */

static void killed_by_server(void) {
    berth_session *session = session_open(NULL);
    backend_kill(backend_id(session));
    berth_exec(session, "SELECT 1", NULL);
    EXPECT_SESSION_ERROR(session, &lost);
    EXPECT_REPLACED(session);
    session_end_ok(session);
    if (target_is_pooled())
        return; /* Outside a transaction no server's session is the program's. */
    session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    backend_kill(backend_id(session));
    berth_exec(session, "SELECT 1", NULL);
    CHECK_STATUS(berth_session_status(session), BERTH_OUTCOME_UNKNOWN);
    CHECK_INT(berth_session_error(session)->flags, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN);
    EXPECT_REPLACED(session);
    session_end_ok(session);
}

/* Nobody but the program ends a connection: it stays while others come and go. */
static void not_killed(void) {
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    const char *table = table_name();
    exec_ok(session, text_format("CREATE TABLE %s (id INTEGER)", table), NULL);
    berth_engine_reset(engine_main());
    if (target_takes_two_sessions())
        CHECK_INT(query_int64_alone("SELECT 1"), 1);
    exec_ok(session, text_format("INSERT INTO %s VALUES (1)", table), NULL);
    CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), 1);
    session_end_ok(session);
}

/* Whether the connection was seen dead before the COMMIT was sent, or the answer never came: never a success. */
static void killed_in_tx(void) {
    berth_error error;
    const char *table = table_make("id {int64} PRIMARY KEY");
    const char *insert = text_format("INSERT INTO %s (id) VALUES (?)", table);
    berth_session *session = session_open(NULL);
    exec_ok(session, insert, berth_params(1));
    backend_kill(backend_id(session));
    berth_status status = berth_session_end(session, &error);
    CHECK(status == BERTH_OUTCOME_UNKNOWN || status == BERTH_CONNECTION_LOST);
    CHECK_INT(error.flags, BERTH_FLAG_CONNECTION_LOST |
                               (status == BERTH_OUTCOME_UNKNOWN ? BERTH_FLAG_OUTCOME_UNKNOWN : BERTH_FLAG_RETRYABLE));
    CHECK_INT(count_rows(table), 0);
    session = session_open(NULL);
    exec_ok(session, insert, berth_params(2));
    backend_kill(backend_id(session));
    berth_exec(session, insert, berth_params(3));
    EXPECT_SESSION_ERROR(session, &lost);
    CHECK_STATUS(berth_session_end(session, &error), BERTH_CONNECTION_LOST);
    CHECK_INT(count_rows(table), 0);
}

/* ---- Idle for too long. ---- */

typedef struct idle_words {
    const char *in_transaction; /* Ends a session that idles in a transaction ... */
    const char *outside;        /* ... and outside of one. */
} idle_words;

static const idle_words *find_idle_words(void) {
    static const idle_words postgresql = {"SET idle_in_transaction_session_timeout = 100",
                                          "SET idle_session_timeout = 100"};
    static const idle_words mysql = {"SET SESSION wait_timeout = 1", "SET SESSION wait_timeout = 1"};
    if (target_is(PRODUCT_POSTGRESQL))
        return &postgresql;
    if (target_is_mysql_like())
        return &mysql;
    needs("the SQL that sets a session's idle timeout on %s", target_driver()->name);
}

static void idle_timeout(void) {
    static const expected_error expired = {
        .status = BERTH_CONNECTION_LOST,
        .flags = BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"25P03|08P01", {0}},
                  [PRODUCT_MARIADB] = {NULL, {2006, 2013, 2026}},
                  [PRODUCT_MYSQL] = {NULL, {4031, 2006, 2013}}},
    };
    const idle_words *words = find_idle_words();
    berth_session *session = session_open(NULL);
    int64_t id = backend_id(session);
    exec_ok(session, words->in_transaction, NULL);
    backend_wait_for_end(id);
    berth_exec(session, "SELECT 1", NULL);
    EXPECT_SESSION_ERROR(session, &expired);
    EXPECT_REPLACED(session);
    session_end_ok(session);
    if (target_is_pooled())
        return; /* A setting for the whole session would stay with the pooler. */
    berth_engine *engine = engine_make(target_url(), BERTH_SETTINGS(.ping_idle_ms = BERTH_OFF));
    session = session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    id = backend_id(session);
    exec_ok(session, words->outside, NULL);
    session_end_ok(session);
    backend_wait_for_end(id);
    session = session_open_on(engine, NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
    CHECK_INT(connections_opened(engine), 2);
}

/* A new connection behind the program's back would be one without its temporary tables, and nobody would know. */
static void lost_connection_not_silently_reconnected(void) {
    static const expected_error gone = {
        .status = BERTH_UNDEFINED,
        .codes = {[PRODUCT_POSTGRESQL] = {"42P01", {0}},
                  [PRODUCT_MARIADB] = {"42S02", {1146}},
                  [PRODUCT_MYSQL] = {"42S02", {1146}}},
    };
    berth_session *session = session_open(NULL);
    exec_ok(session, "CREATE TEMPORARY TABLE berth_check_temporary (id INTEGER)", NULL);
    exec_ok(session, "INSERT INTO berth_check_temporary VALUES (1)", NULL);
    backend_kill(backend_id(session));
    berth_exec(session, "INSERT INTO berth_check_temporary VALUES (2)", NULL);
    EXPECT_SESSION_ERROR(session, &lost);
    EXPECT_REPLACED(session);
    berth_exec(session, "INSERT INTO berth_check_temporary VALUES (3)", NULL);
    EXPECT_SESSION_ERROR(session, &gone);
    berth_session_close(session);
}

/* ---- Errors that leave the connection as it was. ---- */

static const expected_error unique = {
    .status = BERTH_UNIQUE,
    .codes = {[PRODUCT_SQLITE] = {"", {1555, 2067}},
              [PRODUCT_POSTGRESQL] = {"23505", {0}},
              [PRODUCT_MARIADB] = {"23000", {1062}},
              [PRODUCT_MYSQL] = {"23000", {1062}}},
};
static const expected_error syntax = {
    .status = BERTH_SYNTAX,
    .codes = {[PRODUCT_SQLITE] = {"", {1}},
              [PRODUCT_POSTGRESQL] = {"42601", {0}},
              [PRODUCT_MARIADB] = {"42000", {1064}},
              [PRODUCT_MYSQL] = {"42000", {1064}}},
};
static const expected_error timed_out = {
    .status = BERTH_TIMEOUT,
    .codes = {[PRODUCT_POSTGRESQL] = {"57014", {0}}},
};

static void is_broken_after_ordinary_error(void) {
    const char *table = table_make("id {int64} PRIMARY KEY");
    const char *insert = text_format("INSERT INTO %s (id) VALUES (1)", table);
    berth_session *session = session_open(NULL);
    exec_ok(session, insert, NULL);
    berth_exec(session, insert, NULL);
    EXPECT_SESSION_ERROR(session, &unique);
    EXPECT_USABLE(session);
    berth_exec(session, "SELECT FROM WHERE", NULL);
    EXPECT_SESSION_ERROR(session, &syntax);
    EXPECT_USABLE(session);
    if (target_has(BERTH_CAP_STATEMENT_TIMEOUT)) {
        berth_session_set_statement_timeout(session, 200);
        berth_exec(session, sql_slow(), NULL);
        EXPECT_SESSION_ERROR(session, &timed_out);
        EXPECT_USABLE(session);
    }
    berth_session_close(session);
    CHECK_INT(count_rows(table), 0);
}

/* One statement that is larger than the server takes: it hangs up in the middle, or the driver refuses to send it. */
static void oversize_packet_breaks(void) {
    static const expected_error too_large = {
        .status = BERTH_TOO_LARGE,
        .flags = BERTH_FLAG_CONNECTION_LOST,
        .codes = {[PRODUCT_MARIADB] = {NULL, {1153, 2006, 2013}}, [PRODUCT_MYSQL] = {NULL, {1153, 2006, 2013}}},
    };
    static const expected_error not_sent = {.status = BERTH_TOO_LARGE};
    if (!target_is_mysql_like())
        not_applicable("only MySQL's servers hang up on what is too large");
    int64_t largest = query_int64_alone("SELECT @@global.max_allowed_packet");
    if (largest > (INT64_C(128) << 20))
        needs("a server with a max_allowed_packet of up to 128 MiB");
    size_t length = (size_t)largest + 1024;
    char *sql = malloc(length + 1);
    REQUIRE(sql != NULL);
    memset(sql, 'x', length);
    memcpy(sql, "SELECT '", 8);
    memcpy(sql + length - 1, "'", 2);
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_exec(session, sql, NULL);
    free(sql);
    bool is_lost = (berth_session_error(session)->flags & BERTH_FLAG_CONNECTION_LOST) != 0;
    EXPECT_SESSION_ERROR(session, is_lost ? &too_large : &not_sent);
    if (is_lost)
        EXPECT_REPLACED(session);
    else
        EXPECT_USABLE(session);
    session_end_ok(session);
}

const check checks_b[] = {
    {13, "ping_ok", 0, ping_ok, NULL},
    {13, "ping_after_close", 0, ping_after_close, NULL},
    {14, "killed_by_server", BERTH_CAP_SERVER_KILL, killed_by_server, not_killed},
    {15, "killed_in_tx", BERTH_CAP_SERVER_KILL | BERTH_CAP_TRANSACTIONS, killed_in_tx, not_killed},
    {16, "idle_timeout", BERTH_CAP_SERVER_KILL, idle_timeout, not_killed},
    {17, "lost_connection_not_silently_reconnected", BERTH_CAP_SERVER_KILL, lost_connection_not_silently_reconnected,
     not_killed},
    {18, "is_broken_after_ordinary_error", BERTH_CAP_TRANSACTIONS, is_broken_after_ordinary_error, not_killed},
    {19, "oversize_packet_breaks", 0, oversize_packet_breaks, NULL},
    {0},
};
