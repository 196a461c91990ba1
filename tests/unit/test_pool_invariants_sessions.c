/* What must always hold of a pool, where it takes an engine and sessions to see it. */
#include <berth.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/engine.h"
#include "core/pool_state.h"
#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"
#include "tests/support/task.h"

#define PATIENCE_NS (10 * CLOCK_NS_PER_S)

static berth_error error;

static berth_engine *open_engine(void) {
    fake_reset();
    return fake_engine("fake://", BERTH_SETTINGS(.statement_cache_size = BERTH_OFF));
}

/* What a hook sees of an engine's first two connections. */
typedef struct beginning {
    berth_engine *engine;
    atomic_bool is_initialising, is_initialised;
    atomic_int rival; /* The thread that opens the second connection. */
    atomic_uint early_checkouts;
    atomic_uint checkouts;
} beginning;

/* Goes on until the second thread, which has its connection already, waits for the end of this, or does not. */
static void initialise(beginning *beginning) {
    beginning->is_initialising = true;
    int64_t until_ns = clock_now_ns() + PATIENCE_NS;
    while (!clock_passed(until_ns) && beginning->early_checkouts == 0 &&
           (beginning->rival == 0 || fake_open_connections() < 2 || !task_is_asleep(beginning->rival)))
        sched_yield();
    CU_ASSERT_FALSE(clock_passed(until_ns));
    beginning->is_initialised = true;
}

static void watch(const berth_event *event, void *context) {
    beginning *beginning = context;
    if (event->kind == BERTH_EVENT_FIRST_CONNECT)
        initialise(beginning);
    if (event->kind != BERTH_EVENT_CHECKOUT)
        return;
    beginning->checkouts++;
    if (!beginning->is_initialised)
        beginning->early_checkouts++;
}

static void *run_one(void *argument) {
    beginning *beginning = argument;
    if (beginning->is_initialising)
        beginning->rival = task_self();
    berth_session *session = berth_session_open(beginning->engine, NULL);
    berth_exec(session, "A", NULL);
    berth_session_end(session, NULL);
    return NULL;
}

static void test_invariant_23_first_connect_ends_before_any_hand_out(void) {
    pthread_t first, second;
    beginning beginning = {.engine = NULL};
    fake_reset();
    beginning.engine = fake_engine("fake://", BERTH_SETTINGS(.on_event = watch, .event_context = &beginning));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&first, NULL, run_one, &beginning), 0);
    while (!beginning.is_initialising)
        sched_yield();
    CU_ASSERT_EQUAL_FATAL(pthread_create(&second, NULL, run_one, &beginning), 0);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    CU_ASSERT_EQUAL(beginning.checkouts, 2);
    CU_ASSERT_EQUAL(beginning.early_checkouts, 0);
    CU_ASSERT_EQUAL(berth_engine_close(beginning.engine, &error), BERTH_OK);
}

static void count_resets(const berth_event *event, void *context) {
    if (event->kind == BERTH_EVENT_RESET)
        ++*(int *)context;
}

/* Leaves a transaction open on a connection of the engine's, and gives it back. */
static void return_in_mid_transaction(berth_engine *engine) {
    pool_slot *slot;
    CU_ASSERT_EQUAL_FATAL(pool_checkout(engine_pool(engine), BERTH_NO_DEADLINE, NULL, &slot, &error), BERTH_OK);
    CU_ASSERT_EQUAL(driver_run_sql(pool_slot_resource(slot), "OPEN", BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(pool_checkin(engine_pool(engine), slot, false, &error), BERTH_OK);
}

static void test_invariant_27_return_in_mid_transaction_is_rolled_back_or_closed(void) {
    int resets = 0;
    fake_reset();
    berth_engine *engine = fake_engine("fake://", BERTH_SETTINGS(.on_event = count_resets, .event_context = &resets));
    return_in_mid_transaction(engine);
    ASSERT_TEXT(fake_log(), "connect execute(OPEN) rollback");
    CU_ASSERT_EQUAL(resets, 1);
    CU_ASSERT_EQUAL(fake_open_connections(), 1);
    fake_inject((fake_fault){.call = "rollback", .status = BERTH_INTERNAL, .times = 1});
    fake_clear_log();
    return_in_mid_transaction(engine);
    ASSERT_TEXT(fake_log(), "execute(OPEN) rollback close");
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

#define EVERY_OPTION                                                                                                   \
    "fake://?pool_size=3&max_overflow=4&pool_timeout=5s&pool_recycle=6s&ping_idle_ms=7&max_connecting=8&max_waiting=9" \
    "&min_idle=1&idle_timeout=10s&leak_after=11s&housekeeping=off"

static void assert_every_option(const berth_engine *engine) {
    const pool_config *config = &engine_pool(engine)->config;
    CU_ASSERT_EQUAL(config->size, 3);
    CU_ASSERT_EQUAL(config->overflow, 4);
    CU_ASSERT_EQUAL(config->timeout_ms, 5000);
    CU_ASSERT_EQUAL(config->recycle_ms, 6000);
    CU_ASSERT_EQUAL(config->check_idle_ms, 7);
    CU_ASSERT_EQUAL(config->max_connecting, 8);
    CU_ASSERT_EQUAL(config->max_waiting, 9);
    CU_ASSERT_EQUAL(config->min_idle, 1);
    CU_ASSERT_EQUAL(config->idle_timeout_ms, 10000);
    CU_ASSERT_EQUAL(config->leak_after_ms, 11000);
    CU_ASSERT_FALSE(config->housekeeping);
}

static void test_invariant_29_re_creation_keeps_every_option(void) {
    fake_reset();
    setenv("DATABASE_URL", EVERY_OPTION, 1);
    berth_engine *engine = berth_create_engine(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
    assert_every_option(engine);
    berth_engine_reset(engine);
    assert_every_option(engine);
    uint64_t number = engine_pool(engine)->number;
    berth_reset_engine();
    engine = berth_create_engine(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
    CU_ASSERT_NOT_EQUAL(engine_pool(engine)->number, number);
    assert_every_option(engine);
    berth_reset_engine();
    unsetenv("DATABASE_URL");
}

static void test_invariant_30_failed_commit_rolls_back_and_reports(void) {
    berth_engine *engine = open_engine();
    fake_inject((fake_fault){.call = "commit",
                             .status = BERTH_SERIALIZATION,
                             .flags = BERTH_FLAG_RETRYABLE,
                             .message = "somebody was faster",
                             .times = 1});
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_SERIALIZATION);
    ASSERT_TEXT(error.message, "COMMIT: somebody was faster");
    CU_ASSERT_TRUE(berth_error_is_retryable(&error));
    ASSERT_TEXT(fake_log(), "connect begin execute(A) commit rollback");
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_invariant_32_failed_savepoint_leaves_the_outer_transaction_open(void) {
    berth_engine *engine = open_engine();
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    fake_inject((fake_fault){.call = "savepoint", .status = BERTH_RESOURCE, .message = "full", .times = 1});
    CU_ASSERT_EQUAL(berth_savepoint_begin(session), BERTH_RESOURCE);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_RESOURCE);
    /* Still open: else there would be nothing to roll back. */
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_RESOURCE);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) savepoint(berth_1) rollback");
    CU_ASSERT_EQUAL(fake_open_connections(), 1);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

SUITE("pool, invariants: sessions", TEST(test_invariant_23_first_connect_ends_before_any_hand_out),
      TEST(test_invariant_27_return_in_mid_transaction_is_rolled_back_or_closed),
      TEST(test_invariant_29_re_creation_keeps_every_option),
      TEST(test_invariant_30_failed_commit_rolls_back_and_reports),
      TEST(test_invariant_32_failed_savepoint_leaves_the_outer_transaction_open))
