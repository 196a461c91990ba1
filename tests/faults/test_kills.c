/* Ten thousand sessions while the server ends single connections at random moments. Where a lost transaction leaves
 * nothing behind, nobody is told of a dead connection who had no transaction open; nowhere is an outcome a lie. */
#include <berth/driver.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/faults/ledger.h"
#include "tests/faults/server.h"
#include "tests/support/suite.h"

#define THREADS 8
#define ROUNDS (10000 / THREADS)
#define KILLS_AT_LEAST 20
#define MOST_BETWEEN_KILLS 50 /* Sessions. */
#define KILL_PATIENCE_MS 60000

static berth_engine *engine;
static ledger book;
static atomic_uint running;
static atomic_uint ended;           /* Sessions. */
static atomic_uint failed_at_first; /* Sessions whose first statement failed. */
static char first_failure[BERTH_MESSAGE_BYTES];

static void run_round(int64_t worker, int64_t round) {
    berth_error error;
    int64_t began_ns = now_ns();
    berth_session *session = berth_session_open(engine, NULL);
    if (berth_exec(session, LEDGER_INSERT, berth_params(worker, round, 0)) != BERTH_OK &&
        atomic_fetch_add(&failed_at_first, 1) == 0)
        snprintf(first_failure, sizeof first_failure, "%s", berth_session_error(session)->message);
    for (int part = 1; part < LEDGER_PARTS; part++)
        berth_exec(session, LEDGER_INSERT, berth_params(worker, round, part));
    berth_session_end(session, &error);
    ledger_note(ledger_at(&book, worker, round), began_ns, now_ns(), &error);
    atomic_fetch_add(&ended, 1);
}

static void *work(void *number) {
    for (int64_t round = 0; round < ROUNDS; round++)
        run_round((int64_t)(intptr_t)number, round);
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static bool has_gone_on(void *next) {
    return atomic_load(&ended) >= *(const unsigned *)next || atomic_load(&running) == 0;
}

/* Ends one of the sessions that the server has, as long as there is somebody to notice. How often goes by the sessions
 * that have ended, so that on a slow machine the same one is not hit each time it begins anew. */
static unsigned kill_some(raw_connection *admin) {
    unsigned kills = 0;
    unsigned seed = 1;
    unsigned next;
    while (atomic_load(&running) > 0) {
        server_sessions sessions;
        if (server_list(admin, &sessions) && sessions.count > 0)
            kills += raw_kill(admin, sessions.ids[(unsigned)rand_r(&seed) % sessions.count]);
        next = atomic_load(&ended) + 1 + (unsigned)rand_r(&seed) % MOST_BETWEEN_KILLS;
        CU_ASSERT_TRUE(wait_until(has_gone_on, &next, KILL_PATIENCE_MS));
    }
    return kills;
}

static unsigned run_all(raw_connection *admin) {
    pthread_t threads[THREADS];
    atomic_store(&running, THREADS);
    for (intptr_t i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    unsigned kills = kill_some(admin);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return kills;
}

static void test_no_session_is_told_of_what_it_had_no_part_in(void) {
    berth_error error;
    raw_connection *admin = server_connect();
    raw_run(admin, "DROP TABLE IF EXISTS fault_rows");
    raw_run(admin, LEDGER_CREATE);
    CU_ASSERT_TRUE_FATAL(ledger_open(&book, THREADS, ROUNDS));
    engine = server_engine(server_user(), "pool_size=5&max_overflow=0");
    /* Before an engine has connected for the first time, a failed connect is told at once. */
    berth_session *first = berth_session_open(engine, NULL);
    berth_exec(first, "SELECT 1", NULL);
    CU_ASSERT_EQUAL_FATAL(berth_session_end(first, &error), BERTH_OK);
    unsigned kills = run_all(admin);
    bool moves = (berth_engine_driver_table(engine)->capabilities & BERTH_CAP_LOST_TX_LEAVES_NOTHING) != 0;
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
    CU_ASSERT_TRUE(raw_query(admin, LEDGER_SELECT, ledger_see_row, &book));
    ledger_verdict verdict = ledger_judge(&book);
    printf("\n    %u kills, %u sessions failed at their first statement; acknowledged %llu, failed %llu, unknown %llu "
           "(%llu "
           "committed)\n",
           kills, atomic_load(&failed_at_first), (unsigned long long)verdict.acknowledged,
           (unsigned long long)verdict.failed, (unsigned long long)verdict.unknown,
           (unsigned long long)verdict.unknown_committed);
    CU_ASSERT(kills >= KILLS_AT_LEAST);
    CU_ASSERT_EQUAL(verdict.acknowledged + verdict.failed + verdict.unknown, THREADS * ROUNDS);
    CU_ASSERT(verdict.acknowledged > THREADS * ROUNDS / 2);
    CU_ASSERT_EQUAL(verdict.lost + verdict.present + verdict.twice + verdict.half + verdict.strange, 0);
    if (moves)
        ASSERT_TEXT(first_failure, "");
    ledger_close(&book);
    raw_close(admin);
}

SUITE("kills", TEST(test_no_session_is_told_of_what_it_had_no_part_in))
