/* Single connections go wrong while the server is well. */
#include "tests/faults/server.h"
#include "tests/support/suite.h"

#define HELD 5
#define ALLOWED 2 /* Of the user "limited". */

static raw_connection *admin;
static berth_session *held[HELD];

/* Opens sessions and lets each take a connection. */
static void hold(berth_engine *engine, int count) {
    for (int i = 0; i < count; i++) {
        held[i] = berth_session_open(engine, NULL);
        CU_ASSERT_EQUAL(berth_exec(held[i], "SELECT 1", NULL), BERTH_OK);
        ASSERT_TEXT(berth_session_error(held[i])->message, "");
    }
}

static void end_all(int count) {
    berth_error error;
    for (int i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(berth_session_end(held[i], &error), BERTH_OK);
        ASSERT_TEXT(error.message, "");
    }
}

static berth_pool_stats stats_of(berth_engine *engine) {
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(engine, &stats);
    return stats;
}

static void close_engine(berth_engine *engine) {
    berth_error error;
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

static bool is_alone(void *context) {
    server_sessions sessions;
    (void)context;
    return server_list(admin, &sessions) && sessions.count == 0;
}

/* Ends every session that the server has over TCP. */
static void kill_all(uint32_t expected) {
    server_sessions sessions;
    CU_ASSERT_TRUE_FATAL(server_list(admin, &sessions));
    CU_ASSERT_EQUAL(sessions.count, expected);
    CU_ASSERT_EQUAL(server_count_open(&sessions), expected);
    for (uint32_t i = 0; i < sessions.count; i++)
        CU_ASSERT_TRUE(raw_kill(admin, sessions.ids[i]));
    CU_ASSERT_TRUE(wait_until(is_alone, NULL, 10000));
}

static void test_connections_killed_while_idle_are_replaced_once_each(void) {
    admin = server_connect();
    berth_engine *engine = server_engine(server_user(), "pool_size=5&max_overflow=0&ping_idle_ms=0");
    hold(engine, HELD);
    end_all(HELD);
    CU_ASSERT_EQUAL(stats_of(engine).idle, HELD);
    kill_all(HELD);
    hold(engine, HELD);
    const berth_pool_stats stats = stats_of(engine);
    CU_ASSERT_EQUAL(stats.opened, 2 * HELD);
    CU_ASSERT_EQUAL(stats.connect_failed, 0);
    CU_ASSERT_EQUAL(stats.closed_broken + stats.closed_stale, HELD);
    CU_ASSERT_EQUAL(stats.in_use, HELD);
    end_all(HELD);
    close_engine(engine);
    raw_close(admin);
}

static void test_a_full_server_is_told_as_such_and_costs_no_connection(void) {
    berth_error error;
    admin = server_connect();
    raw_make_limited_user(admin);
    berth_engine *engine = server_engine("limited", "pool_size=5&max_overflow=0");
    hold(engine, ALLOWED);
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.timeout_ms = 1000 * SERVER_PATIENCE));
    berth_exec(session, "SELECT 1", NULL);
    berth_status status = berth_session_end(session, &error);
    CU_ASSERT(status == BERTH_TOO_MANY_CONNECTIONS || status == BERTH_POOL_TIMEOUT);
    ASSERT_CONTAINS(error.message, raw_server_here.full_words);
    for (int i = 0; i < ALLOWED; i++)
        CU_ASSERT_EQUAL(berth_exec(held[i], "SELECT 1", NULL), BERTH_OK);
    end_all(ALLOWED);
    hold(engine, ALLOWED);
    end_all(ALLOWED);
    const berth_pool_stats stats = stats_of(engine);
    CU_ASSERT_EQUAL(stats.opened, ALLOWED);
    CU_ASSERT_EQUAL(stats.idle, ALLOWED);
    CU_ASSERT_EQUAL(stats.closed_broken + stats.closed_stale + stats.closed_idle + stats.closed_overflow, 0);
    CU_ASSERT(stats.connect_failed > 0);
    close_engine(engine);
    raw_close(admin);
}

SUITE("connections", TEST(test_connections_killed_while_idle_are_replaced_once_each),
      TEST(test_a_full_server_is_told_as_such_and_costs_no_connection))
