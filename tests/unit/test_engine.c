#include <berth.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;

static void run_one(berth_engine *engine) {
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, NULL), BERTH_OK);
}

static void test_open_connects_to_nothing(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://user:secret@host/db", NULL);
    ASSERT_TEXT(fake_log(), "");
    ASSERT_TEXT(berth_engine_url(engine), "fake://user:***@host/db");
    ASSERT_TEXT(berth_engine_driver(engine), "fake 1");
    ASSERT_TEXT(berth_engine_driver_table(engine)->name, "fake");
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_engine_close(NULL, &error), BERTH_OK);
}

static void test_failure_leaves_no_engine(void) {
    berth_engine *engine = (berth_engine *)&error;
    CU_ASSERT_EQUAL(berth_engine_open("fake://h?pool_size=x", NULL, &engine, &error), BERTH_CONFIG);
    CU_ASSERT_PTR_NULL(engine);
    CU_ASSERT_EQUAL(berth_engine_open("fake://", NULL, NULL, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_engine_open: engine is NULL");
}

static void test_failed_connect_names_the_redacted_url(void) {
    fake_reset();
    fake_inject((fake_fault){.call = "connect", .status = BERTH_AUTH, .message = "wrong password", .times = 1});
    berth_engine *engine = fake_engine("fake://user:secret@host/db", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_AUTH);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_AUTH);
    ASSERT_CONTAINS(error.message, "connecting to fake://user:***@host/db: wrong password");
    CU_ASSERT_PTR_NULL(strstr(error.message, "secret"));
    run_one(engine);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_stats_count(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?pool_size=2&max_overflow=1", NULL);
    run_one(engine);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(engine, &stats);
    CU_ASSERT_EQUAL(stats.limit, 3);
    CU_ASSERT_EQUAL(stats.size, 1);
    CU_ASSERT_EQUAL(stats.in_use, 1);
    CU_ASSERT_EQUAL(stats.idle, 0);
    CU_ASSERT_EQUAL(stats.opened, 1);
    CU_ASSERT_EQUAL(stats.checkouts, 2);
    berth_session_close(session);
    struct {
        berth_pool_stats stats;
    } old = {{.struct_size = 12, .size = 77}};
    berth_engine_stats(engine, &old.stats);
    CU_ASSERT_EQUAL(old.stats.struct_size, 12);
    CU_ASSERT_EQUAL(old.stats.limit, 3);
    CU_ASSERT_EQUAL(old.stats.size, 1);
    CU_ASSERT_EQUAL(old.stats.idle, 0);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_close_reports_sessions_that_are_out(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?close_timeout=off", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_POOL_TIMEOUT);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
}

static void test_session_after_close_is_refused(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?close_timeout=off", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_POOL_CLOSED);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_POOL_CLOSED);
}

static void test_reset_replaces_connections(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    run_one(engine);
    CU_ASSERT_EQUAL(fake_open_connections(), 2);
    berth_engine_reset(engine);
    CU_ASSERT_EQUAL(fake_open_connections(), 1);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
    run_one(engine);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_dead_idle_connection_is_replaced(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?ping_idle_ms=0&statement_cache_size=off", NULL);
    run_one(engine);
    fake_inject(
        (fake_fault){.call = "ping", .status = BERTH_CONNECTION_LOST, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1});
    run_one(engine);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) commit ping close connect begin execute(A) commit");
    fake_set_alive(false);
    fake_clear_log();
    run_one(engine);
    ASSERT_TEXT(fake_log(), "close connect begin execute(A) commit");
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_full_reset_on_return(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?reset=full", NULL);
    run_one(engine);
    ASSERT_TEXT(fake_log(), "connect begin prepare(A) execute(A) commit unprepare reset");
    fake_inject((fake_fault){.call = "reset", .status = BERTH_INTERNAL, .times = 1});
    run_one(engine);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_one_connection_is_shared_and_kept(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake:///one?pool_size=5", BERTH_SETTINGS(.pool_timeout_ms = 20));
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    berth_engine_reset(engine);
    berth_session *other = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(other, "B", NULL), BERTH_POOL_TIMEOUT);
    CU_ASSERT_EQUAL(berth_session_end(other, &error), BERTH_POOL_TIMEOUT);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fake_open_connections(), 1);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_one_connection_is_never_checked_nor_replaced(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake:///one?ping_idle_ms=0&pool_recycle=1ms&idle_timeout=1ms&housekeeping=off",
                                       BERTH_SETTINGS(.statement_cache_size = BERTH_OFF));
    for (int i = 0; i < 2; i++) {
        run_one(engine);
        for (int64_t until_ns = clock_now_ns() + 20 * CLOCK_NS_PER_MS; clock_coarse_ns() < until_ns;)
            sched_yield();
    }
    ASSERT_TEXT(fake_log(), "connect begin execute(A) commit begin execute(A) commit");
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void count_invalidated(const berth_event *event, void *context) {
    if (event->kind == BERTH_EVENT_INVALIDATE)
        ++*(int *)context;
}

static void test_every_lost_connection_is_an_event(void) {
    int count = 0;
    fake_reset();
    berth_engine *engine =
        fake_engine("fake://?reset=full", BERTH_SETTINGS(.on_event = count_invalidated, .event_context = &count));
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_CONNECTION_LOST, .flags = BERTH_FLAG_CONNECTION_LOST, .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    berth_session_close(session);
    CU_ASSERT_EQUAL(count, 1);
    fake_inject((fake_fault){.call = "reset", .status = BERTH_INTERNAL, .times = 1});
    run_one(engine);
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

typedef struct seen {
    char kinds[64];
    char text[64];
} seen;

static void see(const berth_event *event, void *context) {
    seen *seen = context;
    size_t length = strlen(seen->kinds);
    snprintf(seen->kinds + length, sizeof seen->kinds - length, "%u ", (unsigned)event->kind);
    if (event->kind == BERTH_EVENT_NOTICE)
        snprintf(seen->text, sizeof seen->text, "%s", event->text);
    CU_ASSERT_EQUAL(event->connection, 1);
    ASSERT_TEXT(event->url, "fake://");
}

static void test_events_tell_a_connections_life(void) {
    seen seen = {0};
    fake_reset();
    berth_engine *engine = fake_engine("fake://", BERTH_SETTINGS(.on_event = see, .event_context = &seen));
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "NOTICE", NULL);
    berth_session_end(session, NULL);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
    ASSERT_TEXT(seen.kinds, "2 1 3 9 4 7 ");
    ASSERT_TEXT(seen.text, "mind the gap");
}

typedef struct onlooker {
    berth_engine *engine;
    unsigned kinds; /* A bit each. */
} onlooker;

/* Would hang for good with the pool's lock held. */
static void look_at_engine(const berth_event *event, void *context) {
    onlooker *onlooker = context;
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(onlooker->engine, &stats);
    onlooker->kinds |= 1u << event->kind;
}

static void test_events_come_with_no_lock_held(void) {
    onlooker onlooker = {.kinds = 0};
    fake_reset();
    onlooker.engine =
        fake_engine("fake://?ping_idle_ms=0", BERTH_SETTINGS(.on_event = look_at_engine, .event_context = &onlooker));
    run_one(onlooker.engine);
    fake_inject((fake_fault){.call = "ping", .status = BERTH_CONNECTION_LOST, .times = 1});
    run_one(onlooker.engine);
    berth_engine_reset(onlooker.engine);
    CU_ASSERT_EQUAL(berth_engine_close(onlooker.engine, &error), BERTH_OK);
    CU_ASSERT_EQUAL(onlooker.kinds, 1u << BERTH_EVENT_FIRST_CONNECT | 1u << BERTH_EVENT_CONNECT |
                                        1u << BERTH_EVENT_CHECKOUT | 1u << BERTH_EVENT_CHECKIN |
                                        1u << BERTH_EVENT_INVALIDATE | 1u << BERTH_EVENT_CLOSE);
}

static void test_forked_child_drops_what_it_inherited(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?statement_cache_size=off", NULL);
    run_one(engine);
    fake_clear_log();
    pid_t child = fork();
    if (child == 0) {
        berth_session *session = berth_session_open(engine, NULL);
        berth_exec(session, "A", NULL);
        berth_session_end(session, NULL);
        _exit(strcmp(fake_log(), "close_forked connect begin execute(A) commit") == 0 ? 0 : 1);
    }
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    run_one(engine);
    ASSERT_TEXT(fake_log(), "begin execute(A) commit");
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

/* Nothing of what a child does with a session that its parent has open may reach the parent's connection. */
static int end_inherited(berth_session *session, berth_result *rows) {
    if (berth_next(rows) || berth_exec(session, "B", NULL) != BERTH_CONNECTION_LOST)
        return 1;
    berth_result_close(rows);
    if (berth_savepoint_rollback(session, NULL) != BERTH_CONNECTION_LOST)
        return 2;
    if (berth_session_rollback(session, NULL) != BERTH_OK || berth_exec(session, "C", NULL) != BERTH_OK)
        return 3;
    if (berth_session_end(session, NULL) != BERTH_OK)
        return 4;
    return strcmp(fake_log(), "close_forked connect begin execute(C) commit") == 0 ? 0 : 5;
}

static int close_inherited_result(berth_session *session, berth_result *rows) {
    berth_result_close(rows);
    if (berth_session_end(session, NULL) != BERTH_CONNECTION_LOST)
        return 1;
    return strcmp(fake_log(), "close_forked") == 0 ? 0 : 2;
}

static int roll_inherited_savepoint_back(berth_session *session, berth_result *rows) {
    (void)rows;
    if (berth_savepoint_rollback(session, NULL) != BERTH_CONNECTION_LOST)
        return 1;
    berth_session_close(session);
    return strcmp(fake_log(), "close_forked") == 0 ? 0 : 2;
}

static void assert_child_leaves_alone(int (*act)(berth_session *, berth_result *)) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?statement_cache_size=off", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_savepoint_begin(session);
    berth_result *rows = berth_query(session, "ROWS 2", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    fake_clear_log();
    pid_t child = fork();
    if (child == 0)
        _exit(act(session, rows));
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
    CU_ASSERT_TRUE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "finish release(berth_1) commit");
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_forked_child_leaves_the_parents_session_alone(void) {
    assert_child_leaves_alone(end_inherited);
    assert_child_leaves_alone(close_inherited_result);
    assert_child_leaves_alone(roll_inherited_savepoint_back);
}

static void *open_sessions(void *argument) {
    atomic_bool *over = argument;
    while (!atomic_load(over)) {
        berth_session *session = berth_session_open(NULL, NULL);
        berth_session_close(session);
    }
    return NULL;
}

/* A lock that another thread of the parent held at the fork would never come free in the child. */
static void test_fork_finds_no_lock_held(void) {
    atomic_bool over = false;
    pthread_t threads[2];
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, open_sessions, &over);
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(10);
            berth_session_close(berth_session_open(engine, NULL));
            _exit(0);
        }
        int status = -1;
        CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
        CU_ASSERT_TRUE(WIFEXITED(status));
    }
    atomic_store(&over, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

/* A hook that takes its time over the first connection. */
typedef struct holdup {
    berth_engine *engine;
    atomic_int runs;
    atomic_bool may_end;
} holdup;

static void hold_up_first_connect(const berth_event *event, void *context) {
    holdup *holdup = context;
    if (event->kind != BERTH_EVENT_FIRST_CONNECT)
        return;
    atomic_fetch_add(&holdup->runs, 1);
    while (!atomic_load(&holdup->may_end))
        sched_yield();
}

static void *connect_first(void *argument) {
    holdup *holdup = argument;
    run_one(holdup->engine);
    return NULL;
}

/* The thread that the hook runs in is not there in the child, whose own first connection it then is. */
static void test_fork_during_the_first_connection(void) {
    holdup holdup = {.runs = 0};
    pthread_t thread;
    fake_reset();
    holdup.engine = fake_engine("fake://", BERTH_SETTINGS(.on_event = hold_up_first_connect, .event_context = &holdup));
    pthread_create(&thread, NULL, connect_first, &holdup);
    while (atomic_load(&holdup.runs) == 0)
        sched_yield();
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        atomic_store(&holdup.may_end, true);
        berth_session *session = berth_session_open(holdup.engine, NULL);
        berth_exec(session, "A", NULL);
        _exit(berth_session_end(session, NULL) == BERTH_OK && atomic_load(&holdup.runs) == 2 ? 0 : 1);
    }
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    atomic_store(&holdup.may_end, true);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(atomic_load(&holdup.runs), 1);
    CU_ASSERT_EQUAL(berth_engine_close(holdup.engine, &error), BERTH_OK);
}

/* What a hook finds that closes its engine when it is told of a leak. */
typedef struct closing {
    berth_engine *engine;
    atomic_int status; /* -1: not tried. */
} closing;

static void close_on_leak(const berth_event *event, void *context) {
    closing *closing = context;
    if (event->kind == BERTH_EVENT_LEAK)
        atomic_store(&closing->status, berth_engine_close(closing->engine, NULL));
}

static void test_housekeeper_cannot_close_its_engine(void) {
    closing closing = {.status = -1};
    fake_reset();
    closing.engine =
        fake_engine("fake://?leak_after=1ms", BERTH_SETTINGS(.on_event = close_on_leak, .event_context = &closing));
    berth_session *session = berth_session_open(closing.engine, NULL);
    berth_exec(session, "A", NULL);
    while (atomic_load(&closing.status) == -1)
        sched_yield();
    CU_ASSERT_EQUAL(closing.status, BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_engine_close(closing.engine, &error), BERTH_OK);
}

SUITE("engine", TEST(test_housekeeper_cannot_close_its_engine), TEST(test_open_connects_to_nothing),
      TEST(test_failure_leaves_no_engine), TEST(test_failed_connect_names_the_redacted_url), TEST(test_stats_count),
      TEST(test_close_reports_sessions_that_are_out), TEST(test_session_after_close_is_refused),
      TEST(test_reset_replaces_connections), TEST(test_dead_idle_connection_is_replaced),
      TEST(test_full_reset_on_return), TEST(test_one_connection_is_shared_and_kept),
      TEST(test_one_connection_is_never_checked_nor_replaced), TEST(test_events_come_with_no_lock_held),
      TEST(test_events_tell_a_connections_life), TEST(test_every_lost_connection_is_an_event),
      TEST(test_forked_child_drops_what_it_inherited), TEST(test_forked_child_leaves_the_parents_session_alone),
      TEST(test_fork_finds_no_lock_held), TEST(test_fork_during_the_first_connection))
