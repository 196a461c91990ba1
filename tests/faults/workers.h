/* Threads that write rows in one session after the other, and note in a ledger what they were told. */
#ifndef TESTS_FAULTS_WORKERS_H
#define TESTS_FAULTS_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/faults/ledger.h"

#define WORKERS_MAX 64

typedef struct workers workers;

typedef struct worker {
    workers *all;
    uint32_t number;
    atomic_uint succeeded;
    atomic_uint failed;
    pthread_t thread;
} worker;

struct workers {
    berth_engine *engine;
    ledger *ledger;
    int64_t timeout_ms; /* Of each session; 0: no limit but the pool's. */
    atomic_bool stop;
    worker each[WORKERS_MAX];
};

/* As many as the ledger has room for. */
void workers_start(workers *workers, berth_engine *engine, ledger *ledger, int64_t timeout_ms);
/* Lets each end its round. */
void workers_stop(workers *workers);

/* Waits until every worker has ended `count` more sessions well. False when that does not come. */
bool workers_await_successes(workers *workers, unsigned count);
/* Waits until every worker has seen a session more fail. */
bool workers_await_failures(workers *workers);

#endif
