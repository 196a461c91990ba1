#include "runner.h"

#include <time.h>

int64_t runner_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void *run(void *argument) {
    runner *runner = argument;
    int64_t started_ns = runner_now_ns();
    berth_exec(runner->session, runner->sql, NULL);
    runner->took_ns = runner_now_ns() - started_ns;
    atomic_store(&runner->done, true);
    return NULL;
}

void runner_start(runner *runner, berth_session *session, const char *sql) {
    runner->session = session;
    runner->sql = sql;
    atomic_init(&runner->done, false);
    REQUIRE(pthread_create(&runner->thread, NULL, run, runner) == 0);
}

void runner_join(runner *runner) {
    pthread_join(runner->thread, NULL);
}

int64_t runner_cancel(runner *runner) {
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    berth_error error;
    int64_t started_ns = runner_now_ns();
    while (!atomic_load(&runner->done)) {
        if (berth_session_cancel(runner->session, &error) != BERTH_OK) {
            FAIL("cancelling fails: %s: %s", berth_status_name((berth_status)error.status), error.message);
            break;
        }
        nanosleep(&pause, NULL);
    }
    runner_join(runner);
    return runner_now_ns() - started_ns;
}
