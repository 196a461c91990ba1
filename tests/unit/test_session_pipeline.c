/* Sessions whose statements are queued, and sessions that find their connection dead. */
#include <berth.h>
#include <stdio.h>

#include "core/statement.h"
#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;

#define LOST .status = BERTH_CONNECTION_LOST, .flags = BERTH_FLAG_CONNECTION_LOST

static berth_engine *pipelined_engine(void) {
    fake_reset();
    return fake_engine("fakepipe://?statement_cache_size=off", NULL);
}

static void warm_up(berth_engine *engine) {
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "WARM", NULL);
    CU_ASSERT_EQUAL_FATAL(berth_session_end(session, &error), BERTH_OK);
    fake_clear_log();
}

static void close_engine(berth_engine *engine) {
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
}

/* ---- Queued statements. ---- */

static void test_exec_queues_and_the_end_commits_all(void) {
    berth_engine *engine = pipelined_engine();
    warm_up(engine);
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    CU_ASSERT_EQUAL(berth_exec(session, "AFFECT 2", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), -1);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin defer(AFFECT 2) defer(B) commit");
    close_engine(engine);
}

static void test_query_is_not_queued(void) {
    berth_engine *engine = pipelined_engine();
    warm_up(engine);
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "A", NULL);
    berth_result *rows = berth_query(session, "ROWS 1", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin defer(A) execute(ROWS 1) commit");
    close_engine(engine);
}

static void test_without_the_option_nothing_is_queued(void) {
    berth_engine *engine = pipelined_engine();
    warm_up(engine);
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "AFFECT 2", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 2);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin execute(AFFECT 2) commit");
    close_engine(engine);
}

static void test_driver_that_cannot_runs_the_same_program(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?statement_cache_size=off", NULL);
    warm_up(engine);
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin execute(A) execute(B) commit");
    close_engine(engine);
}

static void test_failure_at_the_end_names_its_statement(void) {
    berth_engine *engine = pipelined_engine();
    fake_inject((fake_fault){
        .call = "commit", .status = BERTH_UNIQUE, .message = "twice", .times = 1, .has_index = true, .index = 1});
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "FIRST", NULL);
    berth_exec(session, "SECOND VALUES ('secret')", NULL);
    berth_exec(session, "THIRD", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.message, "statement 2 of the pipeline, SECOND VALUES (...: twice");
    CU_ASSERT_EQUAL(error.index, 1);
    close_engine(engine);
}

/* Enlarging anything to so many bytes fails, as if memory had run out; 0: nothing fails. */
static size_t failing_bytes;

void *__real_realloc(void *memory, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);

void *__wrap_realloc(void *memory, size_t bytes) {
    return failing_bytes > 0 && bytes == failing_bytes ? NULL : __real_realloc(memory, bytes);
}

/* A session in memory that served no other, which would have brought room for names along. */
static berth_session *open_fresh_session(berth_engine *engine) {
    berth_session *others[64];
    for (size_t i = 0; i < 64; i++)
        others[i] = berth_session_open(engine, NULL);
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    for (size_t i = 0; i < 64; i++)
        berth_session_close(others[i]);
    return session;
}

/* Of 20 statements the `nameless` one finds no memory for its name, and the one of that index fails. */
static void assert_name(size_t nameless, int64_t index, const char *message) {
    berth_engine *engine = pipelined_engine();
    char sql[32];
    fake_inject((fake_fault){
        .call = "commit", .status = BERTH_UNIQUE, .message = "twice", .times = 1, .has_index = true, .index = index});
    berth_session *session = open_fresh_session(engine);
    for (size_t i = 0; i < 20; i++) {
        failing_bytes = i == nameless ? (i + 16) * STATEMENT_SHOWN_BYTES : 0;
        snprintf(sql, sizeof sql, "NUMBER_%zu", i + 1);
        berth_exec(session, sql, NULL);
    }
    failing_bytes = 0;
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.message, message);
    CU_ASSERT_EQUAL(error.index, index);
    close_engine(engine);
}

static void test_without_memory_for_a_name_no_other_one_is_told(void) {
    assert_name(16, 15, "statement 16 of the pipeline, NUMBER_16: twice");
    assert_name(16, 16, "statement 17 of the pipeline: twice");
    assert_name(16, 18, "statement 19 of the pipeline: twice");
    assert_name(0, 0, "statement 1 of the pipeline: twice");
}

/* What is queued is waited for, name or not. */
static void test_a_queue_without_names_is_waited_for(void) {
    berth_engine *engine = pipelined_engine();
    berth_session *session = open_fresh_session(engine);
    failing_bytes = 16 * STATEMENT_SHOWN_BYTES;
    berth_exec(session, "A", NULL);
    failing_bytes = 0;
    berth_savepoint_begin(session);
    berth_savepoint_end(session, NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin defer(A) sync savepoint(berth_1) release(berth_1) commit");
    close_engine(engine);
}

static void test_failure_at_a_query_names_its_statement(void) {
    berth_engine *engine = pipelined_engine();
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_CHECK, .message = "no", .times = 1, .has_index = true, .index = 0});
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "FIRST", NULL);
    berth_result_close(berth_query(session, "ROWS 1", NULL));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CHECK);
    ASSERT_TEXT(error.message, "statement 1 of the pipeline, FIRST: no");
    close_engine(engine);
}

static void test_failure_of_the_query_itself_is_its_own(void) {
    berth_engine *engine = pipelined_engine();
    fake_inject((fake_fault){
        .call = "execute", .status = BERTH_CHECK, .message = "no", .times = 1, .has_index = true, .index = 1});
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "FIRST", NULL);
    berth_result_close(berth_query(session, "ROWS 1", NULL));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CHECK);
    ASSERT_TEXT(error.message, "ROWS ...: no");
    close_engine(engine);
}

static void test_lost_commit_of_a_pipeline_is_unknown(void) {
    berth_engine *engine = pipelined_engine();
    fake_inject((fake_fault){.call = "commit", LOST, .message = "gone", .times = 1});
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "FIRST", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OUTCOME_UNKNOWN);
    ASSERT_TEXT(error.message, "COMMIT: the answer never came: gone");
    close_engine(engine);
}

static void test_savepoints_part_the_queue(void) {
    berth_engine *engine = pipelined_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "OUTER", NULL);
    CU_ASSERT_EQUAL(berth_savepoint_begin(session), BERTH_OK);
    berth_exec(session, "INNER", NULL);
    fake_inject((fake_fault){
        .call = "sync", .status = BERTH_UNIQUE, .message = "twice", .times = 1, .has_index = true, .index = 0});
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.message, "statement 1 of the pipeline, INNER: twice");
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin defer(OUTER) sync savepoint(berth_1) defer(INNER) sync rollback_to(berth_1) "
                            "release(berth_1) commit");
    close_engine(engine);
}

static void test_rollback_forgets_the_queue(void) {
    berth_engine *engine = pipelined_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    fake_inject((fake_fault){
        .call = "commit", .status = BERTH_UNIQUE, .message = "twice", .times = 1, .has_index = true, .index = 0});
    berth_exec(session, "B", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.message, "statement 1 of the pipeline, B: twice");
    close_engine(engine);
}

static void test_pipeline_needs_a_transaction(void) {
    berth_engine *engine = pipelined_engine();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true, .autocommit = true));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    close_engine(engine);
}

/* ---- Dead connections. ---- */

static unsigned replays;

static void count_replays(const berth_event *event, void *context) {
    (void)context;
    replays += event->kind == BERTH_EVENT_REPLAY;
}

static berth_engine *watched_engine(const char *url) {
    fake_reset();
    replays = 0;
    berth_engine *engine = fake_engine(url, BERTH_SETTINGS(.on_event = count_replays));
    warm_up(engine);
    return engine;
}

static void test_session_moves_off_a_dead_connection(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "execute", LOST, .message = "gone", .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "AFFECT 3", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 3);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin execute(AFFECT 3) close connect begin execute(AFFECT 3) commit");
    CU_ASSERT_EQUAL(replays, 1);
    close_engine(engine);
}

static void test_rows_come_from_the_other_connection(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "execute", LOST, .message = "gone", .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, "ROWS 2", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_get_int64(rows, 0), 0);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    close_engine(engine);
}

static void test_savepoint_moves_too(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "savepoint", LOST, .message = "gone", .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_savepoint_begin(session), BERTH_OK);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin savepoint(berth_1) close connect begin savepoint(berth_1) release(berth_1) commit");
    close_engine(engine);
}

/* The BEGIN may be the first to find out, where it does not ride along or can't even be sent. */
static void test_begin_moves_too(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "begin", LOST, .message = "gone", .times = 2});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin close connect begin close connect begin execute(A) commit");
    CU_ASSERT_EQUAL(replays, 2);
    close_engine(engine);
}

static void test_begin_moves_in_a_session_that_has_committed(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_commit(session, &error), BERTH_OK);
    fake_inject((fake_fault){.call = "begin", LOST, .message = "gone", .times = 1});
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin execute(A) commit begin close connect begin execute(B) commit");
    close_engine(engine);
}

static void test_nothing_is_said_again_after_an_answer(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "execute", LOST, .message = "gone", .after = 1, .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_TRUE(berth_error_is_retryable(&error));
    ASSERT_TEXT(error.message, "B: gone");
    ASSERT_TEXT(fake_log(), "begin execute(A) execute(B) close");
    CU_ASSERT_EQUAL(replays, 0);
    close_engine(engine);
}

static void test_nothing_is_said_again_where_something_may_last(void) {
    berth_engine *engine = watched_engine("fake://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "execute", LOST, .message = "gone", .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_CONNECTION_LOST);
    berth_session_close(session);
    CU_ASSERT_EQUAL(replays, 0);
    close_engine(engine);
}

static void test_nothing_is_said_again_outside_a_transaction(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "execute", LOST, .message = "gone", .times = 1});
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OUTCOME_UNKNOWN);
    berth_session_close(session);
    CU_ASSERT_EQUAL(replays, 0);
    close_engine(engine);
}

static void test_statement_that_kills_connections_is_told(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "execute", LOST, .message = "gone", .times = 100});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CONNECTION_LOST);
    ASSERT_TEXT(error.message, "A: gone");
    CU_ASSERT_EQUAL(replays, 3);
    close_engine(engine);
}

/* All that were opened before the dead one are dropped unseen; what is opened afterwards is new. */
static void test_the_dead_ones_time_is_over(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off");
    berth_session *sessions[3];
    for (int i = 0; i < 3; i++) {
        sessions[i] = berth_session_open(engine, NULL);
        berth_exec(sessions[i], "A", NULL);
    }
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(berth_session_end(sessions[i], &error), BERTH_OK);
    fake_inject((fake_fault){.call = "execute", LOST, .message = "gone", .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "B", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(engine, &stats);
    CU_ASSERT_EQUAL(stats.closed_stale, 2);
    CU_ASSERT_EQUAL(stats.closed_broken, 1);
    CU_ASSERT_EQUAL(stats.idle, 1);
    close_engine(engine);
}

static void test_no_ping_where_moving_does(void) {
    berth_engine *engine = watched_engine("fakepipe://?statement_cache_size=off&ping_idle_ms=0");
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "begin execute(A) commit");
    fake_clear_log();
    session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "ping execute(A)");
    close_engine(engine);
}

/* Without a round trip it is seen that the server has hung up. */
static void test_dead_socket_is_seen_before_anything_is_sent(void) {
    berth_engine *engine = watched_engine("fake://?statement_cache_size=off");
    fake_set_alive(false);
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "close connect begin execute(A) commit");
    close_engine(engine);
}

SUITE("sessions, pipelined and moved", TEST(test_exec_queues_and_the_end_commits_all), TEST(test_query_is_not_queued),
      TEST(test_without_the_option_nothing_is_queued), TEST(test_driver_that_cannot_runs_the_same_program),
      TEST(test_failure_at_the_end_names_its_statement), TEST(test_without_memory_for_a_name_no_other_one_is_told),
      TEST(test_a_queue_without_names_is_waited_for), TEST(test_failure_at_a_query_names_its_statement),
      TEST(test_failure_of_the_query_itself_is_its_own), TEST(test_lost_commit_of_a_pipeline_is_unknown),
      TEST(test_savepoints_part_the_queue), TEST(test_rollback_forgets_the_queue),
      TEST(test_pipeline_needs_a_transaction), TEST(test_session_moves_off_a_dead_connection),
      TEST(test_rows_come_from_the_other_connection), TEST(test_savepoint_moves_too), TEST(test_begin_moves_too),
      TEST(test_begin_moves_in_a_session_that_has_committed), TEST(test_nothing_is_said_again_after_an_answer),
      TEST(test_nothing_is_said_again_where_something_may_last), TEST(test_nothing_is_said_again_outside_a_transaction),
      TEST(test_statement_that_kills_connections_is_told), TEST(test_the_dead_ones_time_is_over),
      TEST(test_no_ping_where_moving_does), TEST(test_dead_socket_is_seen_before_anything_is_sent))
