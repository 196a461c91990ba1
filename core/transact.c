#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/session.h"

#define DEFAULT_ATTEMPTS 5
#define FIRST_PAUSE_MS 10     /* Doubles with each attempt ... */
#define LONGEST_PAUSE_MS 1000 /* ... up to this. */

/* Splitmix64 of the clock is random enough. */
static int64_t pause_ns(unsigned attempt) {
    int64_t pause_ms = attempt < 8 ? (int64_t)FIRST_PAUSE_MS << (attempt - 1) : LONGEST_PAUSE_MS;
    if (pause_ms > LONGEST_PAUSE_MS)
        pause_ms = LONGEST_PAUSE_MS;
    uint64_t random = (uint64_t)clock_now_ns() + UINT64_C(0x9e3779b97f4a7c15);
    random = (random ^ (random >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    random = (random ^ (random >> 27)) * UINT64_C(0x94d049bb133111eb);
    return clock_jittered_ns(pause_ms * CLOCK_NS_PER_MS, random >> 33);
}

/* One run. */
static berth_status attempt(berth_engine *engine, const berth_session_options *options, berth_transaction function,
                            void *argument, const char *where, berth_error *error) {
    berth_session *session = berth_session_at(berth_session_open(engine, options), where);
    berth_status status = berth_session_status(session);
    if (status == BERTH_OK)
        status = function(session, argument);
    if (status != BERTH_OK)
        berth_session_fail(session, status, "the function given to berth_transact() returned %s",
                           berth_status_name(status));
    return berth_session_end(session, error);
}

/* Sleeps before another run; false when the deadline comes first. */
static bool wait_before(unsigned attempts, int64_t deadline_ns) {
    int64_t until_ns = clock_now_ns() + pause_ns(attempts);
    if (until_ns >= deadline_ns)
        return false;
    struct timespec until = clock_timespec(until_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        ;
    return true;
}

berth_status berth_transact(berth_engine *engine, const berth_session_options *options, berth_transaction function,
                            void *argument, berth_error *error) {
    return berth_transact_at(engine, options, function, argument, NULL, error);
}

berth_status berth_transact_at(berth_engine *engine, const berth_session_options *options, berth_transaction function,
                               void *argument, const char *where, berth_error *error) {
    berth_error own;
    berth_session_options now;
    if (error == NULL)
        error = &own;
    if (engine == NULL || function == NULL)
        return error_set(error, BERTH_MISUSE, "berth_transact: %s is NULL", engine == NULL ? "engine" : "function");
    berth_status status = session_take_options(options, &now, error);
    if (status != BERTH_OK)
        return status;
    unsigned most = now.max_attempts > 0 ? now.max_attempts : DEFAULT_ATTEMPTS;
    int64_t deadline_ns = clock_deadline_ns(now.timeout_ms);
    unsigned attempts = 1;
    for (;; attempts++) {
        if (deadline_ns != BERTH_NO_DEADLINE) {
            int64_t left_ms = (deadline_ns - clock_now_ns()) / CLOCK_NS_PER_MS;
            now.timeout_ms = left_ms > 0 ? left_ms : 1;
        }
        status = attempt(engine, &now, function, argument, where, error);
        if (!berth_error_is_retryable(error) || attempts == most)
            break;
        events_emit(engine_events(engine), BERTH_EVENT_RETRY, 0, 0, NULL, error);
        if (!wait_before(attempts, deadline_ns))
            break;
    }
    if (status != BERTH_OK && berth_error_is_retryable(error))
        error_prefix(error, "after %u attempt%s: ", attempts, attempts == 1 ? "" : "s");
    return status;
}
