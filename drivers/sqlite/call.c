/* Deadlines, waits for locks, cancelling. */
#include <time.h>

#include "sqlite.h"

#define NS_PER_MS INT64_C(1000000)
#define STEPS_BETWEEN_LOOKS 1000 /* Of SQLite's virtual machine: some 10 to 50 microseconds. */

static bool has_passed(int64_t deadline_ns) {
    return deadline_ns != BERTH_NO_DEADLINE && sqlite_services->now_ns() >= deadline_ns;
}

/* Ends the statement when it returns something else than 0. Only there while a call has a deadline. */
static int look_at_deadline(void *context) {
    berth_driver_connection *connection = context;
    if (!has_passed(connection->deadline_ns))
        return 0;
    connection->stopped_by = SQLITE_STOP_DEADLINE;
    return 1;
}

static sqlite_stop reason_to_stop(const berth_driver_connection *connection, int64_t now_ns) {
    if (atomic_load_explicit(&connection->cancelled, memory_order_relaxed))
        return SQLITE_STOP_CANCEL;
    if (now_ns >= connection->deadline_ns)
        return SQLITE_STOP_DEADLINE;
    return now_ns >= connection->wait_until_ns ? SQLITE_STOP_PATIENCE : SQLITE_STOP_NONE;
}

/* Called while another connection holds a lock: naps and returns 1, or gives up and returns 0. */
static int wait_for_lock(void *context, int nap_count) {
    static const int64_t naps_ms[] = {1, 2, 5, 10, 15, 20};
    const int longest = sizeof naps_ms / sizeof *naps_ms - 1;
    berth_driver_connection *connection = context;
    int64_t now_ns = sqlite_services->now_ns();
    if (nap_count == 0)
        connection->wait_until_ns = now_ns + connection->busy_timeout_ns;
    connection->stopped_by = reason_to_stop(connection, now_ns);
    if (connection->stopped_by != SQLITE_STOP_NONE)
        return 0;
    int64_t nap_ns = naps_ms[nap_count < longest ? nap_count : longest] * NS_PER_MS;
    if (nap_ns > connection->wait_until_ns - now_ns)
        nap_ns = connection->wait_until_ns - now_ns;
    if (nap_ns > connection->deadline_ns - now_ns)
        nap_ns = connection->deadline_ns - now_ns;
    nanosleep(&(struct timespec){.tv_nsec = (long)nap_ns}, NULL);
    return 1;
}

void sqlite_call_install(berth_driver_connection *connection) {
    sqlite3_busy_handler(connection->database, wait_for_lock, connection);
}

void sqlite_call_continue(berth_driver_connection *connection, int64_t deadline_ns) {
    bool is_watched = deadline_ns != BERTH_NO_DEADLINE;
    connection->deadline_ns = deadline_ns;
    connection->stopped_by = SQLITE_STOP_NONE;
    atomic_store_explicit(&connection->cancelled, false, memory_order_relaxed);
    if (is_watched == connection->is_watched)
        return;
    connection->is_watched = is_watched;
    sqlite3_progress_handler(connection->database, STEPS_BETWEEN_LOOKS, is_watched ? look_at_deadline : NULL,
                             connection);
}

int32_t sqlite_call_begin(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    sqlite_call_continue(connection, deadline_ns);
    if (has_passed(deadline_ns))
        return sqlite_services->fail(error, BERTH_TIMEOUT, "the deadline was over before the statement began");
    return BERTH_OK;
}

/* An interrupt that comes while no statement runs is lost to SQLite. */
int32_t sqlite_call_go_on(berth_driver_connection *connection, berth_error *error) {
    if (!atomic_load_explicit(&connection->cancelled, memory_order_relaxed))
        return BERTH_OK;
    return sqlite_fail(connection, SQLITE_INTERRUPT, NULL, error);
}

int32_t sqlite_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)deadline_ns;
    (void)error;
    atomic_store_explicit(&connection->cancelled, true, memory_order_relaxed);
    sqlite3_interrupt(connection->database);
    return BERTH_OK;
}
