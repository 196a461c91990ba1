/* Cancelling and deadlines: what ends, how soon, and what is left afterwards. */
#include "group_c.h"
#include "group_j.h"
#include "runner.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define SOON_NS (1000 * NS_PER_MS)
#define RACES 1000
#define PATIENCE_MS 5000

static const expected_error cancelled = {
    .status = BERTH_CANCELLED,
    .codes = {[PRODUCT_SQLITE] = {NULL, {0}}, [PRODUCT_POSTGRESQL] = {NULL, {0}}, [PRODUCT_MARIADB] = {NULL, {0}}},
};

/* A driver whose cancel() does nothing must not keep the check waiting. */
static berth_session *open_autocommit(void) {
    return session_open(BERTH_SESSION_OPTIONS(.autocommit = true, .statement_timeout_ms = PATIENCE_MS));
}

/* ---- Cancelling. ---- */

static void cancel_from_other_thread(void) {
    runner running;
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    for (int i = 0; i < 3; i++) {
        runner_start(&running, session, sql_slow());
        CHECK(runner_cancel(&running) < SOON_NS);
        EXPECT_SESSION_ERROR(session, &cancelled);
        EXPECT_USABLE(session);
    }
    session_end_ok(session);
}

/* Neither does it hit the next statement, nor the one after the next. */
static void cancel_idle_is_noop(void) {
    berth_error error;
    berth_session *session = open_autocommit();
    CHECK_STATUS(berth_session_cancel(session, &error), BERTH_OK);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    for (int i = 0; i < RACES && !check_has_failed(); i++) {
        CHECK_STATUS(berth_session_cancel(session, &error), BERTH_OK);
        CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    }
    session_end_ok(session);
}

/* Cancelling comes just before, while or just after a short statement runs: it ends that one or none, never a later
 * one. */
static void cancel_race(void) {
    runner running;
    unsigned hit = 0;
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    for (int i = 0; i < RACES / 10 && !check_has_failed(); i++) {
        runner_start(&running, session, "SELECT 2");
        while (!atomic_load(&running.done))
            berth_session_cancel(session, NULL);
        runner_join(&running);
        if (berth_session_status(session) != BERTH_OK) {
            EXPECT_SESSION_ERROR(session, &cancelled);
            hit++;
        }
        session_recover(session);
        CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    }
    check_note("%u of %d short statements were hit", hit, RACES / 10);
    session_end_ok(session);
}

/* ---- The transaction of a cancelled statement. ---- */

/* A statement that writes for a long time. */
static const char *slow_insert(const char *table) {
    if (target_is(PRODUCT_POSTGRESQL))
        return text_format("INSERT INTO %s (id) SELECT 10 + n FROM generate_series(1, 10) AS n"
                           " WHERE pg_sleep(3) IS NOT NULL",
                           table);
    if (target_is_mysql_like())
        return text_format("INSERT INTO %s (id) SELECT 10 + SLEEP(30)", table);
    return text_format("INSERT INTO %s (id) WITH RECURSIVE number(n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM number"
                       " WHERE n < 2000000000) SELECT n FROM number",
                       table);
}

/* Cancels a write within a savepoint, behind an earlier write; returns whether the transaction outlived it. */
static bool cancel_write(berth_session *session, const char *table) {
    runner running;
    berth_error error;
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (1)", table), NULL);
    CHECK_STATUS(berth_savepoint_begin(session), BERTH_OK);
    runner_start(&running, session, slow_insert(table));
    runner_cancel(&running);
    EXPECT_SESSION_ERROR(session, &cancelled);
    CHECK_STATUS(berth_savepoint_end(session, &error), BERTH_CANCELLED);
    return berth_session_status(session) == BERTH_OK;
}

/* What came before the savepoint lasts. */
static void cancel_keeps_tx(void) {
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = session_open(NULL);
    CHECK(cancel_write(session, table));
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (2)", table), NULL);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s", table)), 3);
}

/* The server takes the whole transaction with it: the session says so rather than to go on with half of it. */
static void cancel_ends_tx(void) {
    berth_error error;
    if (!target_has(BERTH_CAP_CANCEL | BERTH_CAP_SAVEPOINTS)) {
        cancel_refused();
        return;
    }
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = session_open(NULL);
    CHECK(!cancel_write(session, table));
    CHECK_STATUS(berth_session_commit(session, &error), BERTH_CANCELLED);
    EXPECT_USABLE(session);
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (2)", table), NULL);
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s", table)), 2);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
}

static void usable_after_cancel(void) {
    berth_error error;
    runner running;
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = session_open(NULL);
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (1)", table), NULL);
    runner_start(&running, session, slow_insert(table));
    runner_cancel(&running);
    EXPECT_SESSION_ERROR(session, &cancelled);
    EXPECT_USABLE(session);
    exec_ok(session, text_format("INSERT INTO %s (id) VALUES (2)", table), NULL);
    runner_start(&running, session, slow_insert(table));
    runner_cancel(&running);
    CHECK_STATUS(berth_session_end(session, &error), BERTH_CANCELLED);
    CHECK_INT(count_rows(table), 0);
}

/* ---- Deadlines. ---- */

static void per_query_timeout(void) {
    static const expected_error timed_out = {.status = BERTH_TIMEOUT};
    berth_session *session = open_autocommit();
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    CHECK_INT(berth_session_set_statement_timeout(session, 100), PATIENCE_MS);
    berth_exec(session, sql_slow(), NULL);
    EXPECT_SESSION_ERROR(session, &timed_out);
    EXPECT_USABLE(session);
    CHECK_INT(berth_session_set_statement_timeout(session, 0), 100);
    session_end_ok(session);
    session = open_autocommit();
    CHECK_INT(berth_session_set_statement_timeout(session, 0), PATIENCE_MS);
    if (target_is(PRODUCT_POSTGRESQL))
        exec_ok(session, "SELECT pg_sleep(0.3)", NULL);
    else if (target_is_mysql_like())
        exec_ok(session, "SELECT SLEEP(0.3)", NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
}

/* How long a transaction waits before it may write. */
static void busy_timeout(void) {
    static const expected_error locked = {
        .status = BERTH_LOCK_TIMEOUT, .flags = BERTH_FLAG_RETRYABLE, .codes = {[PRODUCT_SQLITE] = {"", {5}}}};
    if (!target_is(PRODUCT_SQLITE))
        not_applicable("only SQLite's URLs have a busy_timeout; lock_timeout checks the servers' way");
    need_two_sessions();
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *holder = session_open(NULL);
    exec_ok(holder, text_format("INSERT INTO %s (id) VALUES (1)", table), NULL);
    berth_engine *engine = engine_make(url_with_query(target_url(), "busy_timeout", "200ms"), NULL);
    berth_session *session = session_open_on(engine, NULL);
    int64_t started_ns = runner_now_ns();
    berth_exec(session, text_format("INSERT INTO %s (id) VALUES (2)", table), NULL);
    int64_t took_ns = runner_now_ns() - started_ns;
    EXPECT_SESSION_ERROR(session, &locked);
    CHECK(took_ns >= 190 * NS_PER_MS);
    check_note("200 ms asked, %lld ms taken", (long long)(took_ns / NS_PER_MS));
    session_end_ok(holder);
    EXPECT_USABLE(session);
    session_end_ok(session);
    CHECK_INT(count_rows(table), 1);
}

/* ---- Cancelling what does not run a statement. ---- */

/* Ten million rows that no server collects before it sends the first. */
static const char many_rows[] = "WITH digit(n) AS (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"
                                " UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7"
                                " UNION ALL SELECT 8 UNION ALL SELECT 9)"
                                " SELECT a.n FROM digit a CROSS JOIN digit b CROSS JOIN digit c CROSS JOIN digit d"
                                " CROSS JOIN digit e CROSS JOIN digit f CROSS JOIN digit g";

static void cancel_during_fetch(void) {
    berth_error error;
    int64_t read = 0;
    berth_session *session = open_autocommit();
    berth_result *rows = berth_query(session, many_rows, NULL);
    while (read < 10 && berth_next(rows))
        read++;
    CHECK_INT(read, 10);
    CHECK_STATUS(berth_session_cancel(session, &error), BERTH_OK);
    while (berth_next(rows))
        read++;
    EXPECT_SESSION_ERROR(session, &cancelled);
    CHECK(read < 10000000);
    berth_result_close(rows);
    EXPECT_USABLE(session);
    session_end_ok(session);
}

/* A server that takes connections and never says a word. */
static int make_mute(uint16_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(listener, 8) == 0 && getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    *port = ntohs(address.sin_port);
    return listener;
}

/* There is no connection yet that could be cancelled: its deadline ends the attempt. */
static void cancel_during_connect(void) {
    static const expected_error late = {.status = BERTH_TIMEOUT};
    runner running;
    uint16_t port;
    int listener = make_mute(&port);
    const char *url = url_with(url_with(target_url(), URL_HOST, "127.0.0.1"), URL_PORT, text_format("%u", port));
    berth_engine *engine = engine_make(url, BERTH_SETTINGS(.connect_timeout_ms = 60000, .pool_timeout_ms = 60000));
    berth_session *session =
        session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true, .statement_timeout_ms = 1000));
    runner_start(&running, session, "SELECT 1");
    berth_session_cancel(session, NULL);
    runner_join(&running);
    CHECK(running.took_ns < 5 * SOON_NS);
    if (berth_session_status(session) != BERTH_CANCELLED)
        CHECK(berth_session_status(session) == BERTH_POOL_TIMEOUT || EXPECT_SESSION_ERROR(session, &late));
    berth_session_close(session);
    close(listener);
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
}

/* A file is opened at once. */
static void no_network(void) {
    berth_session *session = open_autocommit();
    CHECK_STATUS(berth_session_cancel(session, NULL), BERTH_OK);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
}

const check checks_k[] = {
    {124, "cancel_from_other_thread", BERTH_CAP_CANCEL, cancel_from_other_thread, cancel_refused},
    {125, "cancel_idle_is_noop", BERTH_CAP_CANCEL, cancel_idle_is_noop, cancel_refused},
    {125, "cancel_race", BERTH_CAP_CANCEL, cancel_race, cancel_refused},
    {126, "usable_after_cancel", BERTH_CAP_CANCEL | BERTH_CAP_TRANSACTIONS, usable_after_cancel, cancel_refused},
    {126, "cancel_keeps_tx", BERTH_CAP_CANCEL | BERTH_CAP_SAVEPOINTS | BERTH_CAP_CANCEL_KEEPS_TX, cancel_keeps_tx,
     cancel_ends_tx},
    {127, "per_query_timeout", BERTH_CAP_STATEMENT_TIMEOUT, per_query_timeout, timeout_harmless},
    {128, "busy_timeout", BERTH_CAP_TRANSACTIONS, busy_timeout, no_transactions},
    {129, "cancel_during_fetch", BERTH_CAP_CANCEL | BERTH_CAP_STREAMING, cancel_during_fetch, cancel_refused},
    {129, "cancel_during_connect", BERTH_CAP_NETWORK, cancel_during_connect, no_network},
    {0},
};
