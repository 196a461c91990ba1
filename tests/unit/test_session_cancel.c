#include <berth.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;

static void *run_hanging(void *argument) {
    berth_exec(argument, "HANG", NULL);
    return NULL;
}

static void test_running_statement_is_cancelled(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, run_hanging, session);
    CU_ASSERT_TRUE(fake_wait_until_hanging());
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_CANCELLED);
    ASSERT_TEXT(berth_session_error(session)->message, "HANG: the statement was cancelled");
    CU_ASSERT_EQUAL(berth_session_rollback(session, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, NULL), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_cancel_at_rest_does_nothing(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
        CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    }
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_cancel(NULL, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_reading_is_cancelled(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, "ROWS 1000", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CANCELLED);
    ASSERT_TEXT(error.message, "the reading of rows was cancelled");
    berth_engine_close(engine, NULL);
}

static void test_waiting_for_a_connection_is_cancelled(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?pool_size=1&max_overflow=off", NULL);
    berth_session *holder = berth_session_open(engine, NULL);
    berth_exec(holder, "A", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, run_hanging, session);
    berth_pool_stats stats = {.struct_size = sizeof stats};
    for (int i = 0; i < 10000 && stats.waiting == 0; i++) {
        berth_engine_stats(engine, &stats);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    CU_ASSERT_EQUAL(stats.waiting, 1);
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CANCELLED);
    CU_ASSERT_EQUAL(berth_session_end(holder, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_driver_without_cancel_says_so(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fakemin://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    pthread_t thread;
    berth_session_set_statement_timeout(session, 200);
    pthread_create(&thread, NULL, run_hanging, session);
    CU_ASSERT_TRUE(fake_wait_until_hanging());
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_NOT_SUPPORTED);
    ASSERT_TEXT(error.message, "the driver fakemin can't cancel a statement");
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_TIMEOUT);
    berth_engine_close(engine, NULL);
}

static void test_reading_is_cancelled_without_the_drivers_help(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fakemin://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, "ROWS 2", NULL);
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CANCELLED);
    berth_engine_close(engine, NULL);
}

static void test_cancelled_reading_is_not_committed_by_closing_it(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, "ROWS 2", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CANCELLED);
    berth_engine_close(engine, NULL);
}

typedef struct race {
    berth_session *session;
    atomic_bool over;
} race;

static void *cancel_all_the_time(void *argument) {
    race *race = argument;
    while (!atomic_load(&race->over))
        berth_session_cancel(race->session, NULL);
    return NULL;
}

/* A cancel that comes at any moment ends the running call or nothing: the driver is never left with a cancel that hits
 * a later call, so after the race everything works. */
static void test_cancel_races_with_calls(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    race race = {.session = berth_session_open(engine, NULL)};
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_all_the_time, &race);
    for (int i = 0; i < 300; i++) {
        berth_status status = berth_exec(race.session, "A", NULL);
        CU_ASSERT_TRUE(status == BERTH_OK || status == BERTH_CANCELLED);
        berth_result *rows = berth_query(race.session, "ROWS 3", NULL);
        while (berth_next(rows))
            ;
        berth_result_close(rows);
        berth_session_rollback(race.session, NULL);
    }
    atomic_store(&race.over, true);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(berth_exec(race.session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(race.session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
}

SUITE("session_cancel", TEST(test_running_statement_is_cancelled), TEST(test_cancel_at_rest_does_nothing),
      TEST(test_reading_is_cancelled), TEST(test_waiting_for_a_connection_is_cancelled),
      TEST(test_driver_without_cancel_says_so), TEST(test_reading_is_cancelled_without_the_drivers_help),
      TEST(test_cancelled_reading_is_not_committed_by_closing_it), TEST(test_cancel_races_with_calls))
