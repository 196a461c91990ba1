/* Threads, the order of handles' ends, other drivers, forked processes. What runs out is in group_l_limits.c. */
#include "group_l.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"

#define THREADS 8
#define ROUNDS 25

/* ---- Threads. ---- */

typedef struct worker {
    berth_engine *engine;
    const char *insert;
    int number;
    pthread_t thread;
} worker;

static void *work(void *argument) {
    const worker *worker = argument;
    berth_error error;
    for (int i = 0; i < ROUNDS; i++) {
        berth_session *session = berth_session_open(worker->engine, BERTH_SESSION_OPTIONS(.autocommit = true));
        berth_exec(session, worker->insert, berth_params(worker->number * ROUNDS + i));
        if (berth_session_end(session, &error) != BERTH_OK)
            FAIL("thread %d: %s: %s", worker->number, berth_status_name((berth_status)error.status), error.message);
    }
    return NULL;
}

static void threads_with_sessions(void) {
    worker workers[THREADS];
    const char *table = table_make("id {int64} PRIMARY KEY");
    const char *insert = text_format("INSERT INTO %s (id) VALUES (?)", table);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.engine = engine_main(), .insert = insert, .number = i};
        REQUIRE(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    CHECK_INT(count_rows(table), THREADS * ROUNDS);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
}

/* One session goes from thread to thread. */
static void two_threads_one_session(void) {
    runner running;
    const char *table = table_make("id {int64} PRIMARY KEY");
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    for (int i = 0; i < THREADS; i++) {
        runner_start(&running, session, text_format("INSERT INTO %s (id) VALUES (%d)", table, i));
        runner_join(&running);
        CHECK_INT(query_int64(session, text_format("SELECT count(*) FROM %s", table), NULL), i + 1);
    }
    session_end_ok(session);
    not_applicable("a session serves one thread at a time: docs/decisions/0009");
}

/* ---- The end of handles. ---- */

static void wrong_order_of_ends(void) {
    berth_error error;
    berth_engine *engine;
    REQUIRE(berth_engine_open(target_url(), BERTH_SETTINGS(.close_timeout_ms = BERTH_OFF), &engine, &error) ==
            BERTH_OK);
    berth_session *first = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    berth_result *rows = berth_query(first, "SELECT 1", NULL);
    CHECK(berth_next(rows));
    CHECK_STATUS(berth_engine_close(engine, &error), BERTH_POOL_TIMEOUT);
    CHECK_INT(berth_get_int64(rows, 0), 1);
    CHECK_STATUS(berth_session_end(first, &error), BERTH_OK);
    CHECK(!berth_next(rows));
    CHECK_INT(berth_column_count(rows), 0);
    berth_result_close(rows);
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
}

static void double_close(void) {
    berth_error error;
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
    CHECK_STATUS(berth_session_end(session, &error), BERTH_MISUSE);
    CHECK_CONTAINS(error.message, "was closed already");
    berth_session_close(session);
    CHECK_STATUS(berth_session_end(NULL, &error), BERTH_MISUSE);
    berth_session_close(NULL);
    berth_result_close(NULL);
    CHECK_STATUS(berth_engine_close(NULL, &error), BERTH_OK);
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
}

/* ---- Other drivers in the same process. ---- */

/* Nobody listens there: what matters is that the driver was loaded, with its client library, and tried. */
static bool load_other(const char *url) {
    berth_error error;
    berth_engine *engine;
    berth_status status = berth_engine_open(url, BERTH_SETTINGS(.close_timeout_ms = 500), &engine, &error);
    if (status == BERTH_DRIVER)
        return false;
    if (!CHECK_STATUS(status, BERTH_OK))
        return false;
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    berth_exec(session, "SELECT 1", NULL);
    CHECK_STATUS(berth_session_end(session, &error), strstr(url, "sqlite") != NULL ? BERTH_OK : BERTH_CONNECT);
    CHECK_STATUS(berth_engine_close(engine, &error), BERTH_OK);
    return true;
}

static void two_drivers_at_once(void) {
    static const char *const urls[] = {"sqlite://", "postgresql://berth@127.0.0.1:1/berth",
                                       "mysql://berth@127.0.0.1:1/berth"};
    int loaded = 0;
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
        loaded += load_other(urls[i]);
    }
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
    check_note("%d of the drivers here were loaded beside it", loaded);
    if (loaded == 0)
        needs("another driver in BERTH_DRIVER_PATH");
}

/* ---- A forked process. ---- */

/* In the child: the parent's session is lost for it, and its own is new. Returns what is wrong, 0 for nothing. */
static int use_in_child(berth_session *session, const char *insert) {
    if (berth_exec(session, insert, berth_params(2)) != BERTH_CONNECTION_LOST)
        return 1;
    berth_session_close(session);
    berth_session *own = berth_session_open(engine_main(), BERTH_SESSION_OPTIONS(.autocommit = true));
    if (berth_exec(own, "SELECT 1", NULL) != BERTH_OK)
        return 2;
    if (berth_session_end(own, NULL) != BERTH_OK)
        return 3;
    return berth_engine_close(engine_main(), NULL) == BERTH_OK ? 0 : 4;
}

static void fork_keeps_parent(void) {
    int status = -1;
    const char *table = table_make("id {int64} PRIMARY KEY");
    const char *insert = text_format("INSERT INTO %s (id) VALUES (?)", table);
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = !target_has(BERTH_CAP_TRANSACTIONS)));
    exec_ok(session, insert, berth_params(1));
    pid_t child = fork();
    if (child == 0)
        _exit(use_in_child(session, insert));
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    exec_ok(session, insert, berth_params(4));
    session_end_ok(session);
    CHECK_INT(query_int64_alone(text_format("SELECT sum(id) FROM %s", table)), 5);
    CHECK_INT(events_seen(BERTH_EVENT_INVALIDATE), 0);
}

const check checks_l[] = {
    {130, "threads_with_sessions", 0, threads_with_sessions, NULL},
    {131, "two_threads_one_session", 0, two_threads_one_session, NULL},
    {132, "wrong_order_of_ends", 0, wrong_order_of_ends, NULL},
    {133, "double_close", 0, double_close, NULL},
    {134, "open_close_many", 0, open_close_many, NULL},
    {135, "dlclose_leaves_nothing", 0, dlclose_leaves_nothing, NULL},
    {136, "two_drivers_at_once", 0, two_drivers_at_once, NULL},
    {137, "fork_keeps_parent", 0, fork_keeps_parent, NULL},
    {138, "oom_injection", 0, oom_injection, NULL},
    {139, "fd_exhaustion", 0, fd_exhaustion, NULL},
    {0},
};
