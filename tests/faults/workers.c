#include "tests/faults/workers.h"

#include <time.h>

#include "tests/faults/server.h"

#define LIMIT_MS (10000 * SERVER_PATIENCE)

static void run_round(worker *self, uint32_t round) {
    berth_error error;
    int64_t began_ns = now_ns();
    berth_session *session =
        berth_session_open(self->all->engine, BERTH_SESSION_OPTIONS(.timeout_ms = self->all->timeout_ms));
    for (int part = 0; part < LEDGER_PARTS; part++)
        berth_exec(session, LEDGER_INSERT, berth_params(self->number, round, part));
    berth_session_end(session, &error);
    ledger_note(ledger_at(self->all->ledger, self->number, round), began_ns, now_ns(), &error);
    atomic_fetch_add(error.status == BERTH_OK ? &self->succeeded : &self->failed, 1);
}

static void *work(void *argument) {
    /* A program that is told of an outage does not try again at once, a thousand times a second. */
    const struct timespec pause = {.tv_nsec = 5 * NS_PER_MS};
    worker *self = argument;
    unsigned failed = 0;
    for (uint32_t round = 0; round < self->all->ledger->rounds && !atomic_load(&self->all->stop); round++) {
        run_round(self, round);
        if (failed != atomic_load(&self->failed))
            nanosleep(&pause, NULL);
        failed = atomic_load(&self->failed);
    }
    return NULL;
}

void workers_start(workers *workers, berth_engine *engine, ledger *ledger, int64_t timeout_ms) {
    workers->engine = engine;
    workers->ledger = ledger;
    workers->timeout_ms = timeout_ms;
    atomic_init(&workers->stop, false);
    for (uint32_t i = 0; i < ledger->workers; i++) {
        worker *worker = &workers->each[i];
        worker->all = workers;
        worker->number = i;
        atomic_init(&worker->succeeded, 0);
        atomic_init(&worker->failed, 0);
        CU_ASSERT_EQUAL_FATAL(pthread_create(&worker->thread, NULL, work, worker), 0);
    }
}

void workers_stop(workers *workers) {
    atomic_store(&workers->stop, true);
    for (uint32_t i = 0; i < workers->ledger->workers; i++)
        CU_ASSERT_EQUAL(pthread_join(workers->each[i].thread, NULL), 0);
}

/* What is waited for: a count of each worker. */
typedef struct goal {
    workers *workers;
    bool failures;
    unsigned counts[WORKERS_MAX];
} goal;

static unsigned count_of(const goal *goal, uint32_t i) {
    worker *worker = &goal->workers->each[i];
    return atomic_load(goal->failures ? &worker->failed : &worker->succeeded);
}

static bool is_reached(void *context) {
    const goal *goal = context;
    for (uint32_t i = 0; i < goal->workers->ledger->workers; i++)
        if (count_of(goal, i) < goal->counts[i])
            return false;
    return true;
}

static bool await_more(workers *workers, bool failures, unsigned count) {
    goal goal = {.workers = workers, .failures = failures};
    for (uint32_t i = 0; i < workers->ledger->workers; i++)
        goal.counts[i] = count_of(&goal, i) + count;
    return wait_until(is_reached, &goal, LIMIT_MS);
}

bool workers_await_successes(workers *workers, unsigned count) {
    return await_more(workers, false, count);
}

bool workers_await_failures(workers *workers) {
    return await_more(workers, true, 1);
}
