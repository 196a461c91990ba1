/* Sixty-four threads at work on an engine while something is done to its server, and what is to be said about it. */
#ifndef TESTS_FAULTS_STORM_H
#define TESTS_FAULTS_STORM_H

#include "tests/faults/ledger.h"
#include "tests/faults/sampler.h"
#include "tests/faults/server.h"
#include "tests/faults/workers.h"

#define STORM_FAULTS_MAX 4
#define STORM_LIMIT 15 /* Connections that the pool may have. */

/* From a fault on and until this long after the server takes connections again, sessions may fail; the first of them
 * must have ended well by then. Asked for is one second, and what is measured is a few hundredths of it: where the
 * machine has other work to do, that is room enough, but a sanitizer gets more. */
#define STORM_RECOVERY_MS (1000 * SERVER_PATIENCE)

/* How a session may fail during a fault. Each is a bit, by the status. */
#define STORM_MAY(status) (UINT64_C(1) << (status))

typedef struct storm_fault {
    const char *name;
    uint64_t may_fail; /* Bits of STORM_MAY(). */
    int64_t began_ns;
    int64_t accepted_ns; /* When the server took a raw connection again. */
} storm_fault;

typedef struct storm {
    raw_connection *admin; /* NULL while the server is away. */
    berth_engine *engine;
    ledger ledger;
    workers workers;
    sampler sampler;
    uint32_t fault_count;
    storm_fault faults[STORM_FAULTS_MAX];
    ledger_verdict verdict;
} storm;

/* Makes the table, starts the threads, and waits until each has ended some sessions. */
void storm_begin(storm *storm, const char *pool, int64_t timeout_ms);

/* Notes that a fault begins. Until the next one, or the end, it is this one's failures that are allowed. */
storm_fault *storm_fault_begin(storm *storm, const char *name, uint64_t may_fail);
/* Waits until the server takes connections, the time for recovery is over, and each thread has ended sessions since. */
void storm_fault_end(storm *storm);

/* Kills the server and starts it again, at once or after `down_ms`. */
void storm_restart(storm *storm, int64_t down_ms);

/* Stops the threads, reads the table, fills the verdict and shows the figures. */
void storm_end(storm *storm);

/* What must hold of every storm: all outcomes are true, nothing failed but during a fault and as allowed then, the
 * recovery took no longer than it may, the pool kept its limit. */
void storm_assert(storm *storm);
/* No more sessions failed than there were connections to lose: who had none waited until the server was back. */
void storm_assert_patience(const storm *storm);
/* The server itself never had more connections than the pool may have. Not where deadlines pass: a driver may open a
 * connection of its own then, to end a statement. */
void storm_assert_limit(const storm *storm);

void storm_free(storm *storm);

#endif
