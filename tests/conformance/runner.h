/* A statement that runs in a thread of its own, so that the check can act on it meanwhile. */
#ifndef TESTS_CONFORMANCE_RUNNER_H
#define TESTS_CONFORMANCE_RUNNER_H

#include <pthread.h>
#include <stdatomic.h>

#include "conformance.h"

typedef struct runner {
    berth_session *session; /* The check's; it leaves it alone until runner_join(). */
    const char *sql;
    pthread_t thread;
    atomic_bool done;
    int64_t took_ns;
} runner;

int64_t runner_now_ns(void);
/* Begins to run the statement with berth_exec(). */
void runner_start(runner *runner, berth_session *session, const char *sql);
/* Waits for its end. */
void runner_join(runner *runner);
/* Cancels it until it has ended, for there is no telling when it has begun. Returns how long after the first try that
 * was. */
int64_t runner_cancel(runner *runner);

#endif
