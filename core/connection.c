#include "core/connection.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"

berth_status connection_open(const berth_driver *driver, const settings *settings, const events *events,
                             uint64_t number, int64_t deadline_ns, connection **opened, berth_error *error) {
    *opened = NULL;
    connection *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_no_memory(error, "a connection");
    made->driver = driver;
    made->events = events;
    made->number = number;
    made->full_reset = settings->full_reset;
    berth_status status = statement_cache_open(&made->statements, settings->statement_cache_size, error);
    if (status != BERTH_OK)
        goto cleanup;
    const berth_connect_info info = settings_connect_info(settings, made);
    status = driver_connect(made, &info, deadline_ns, error);
    if (status == BERTH_OK) {
        *opened = made;
        made = NULL;
    }
cleanup:
    if (made != NULL)
        statement_cache_close(&made->statements, NULL);
    free(made);
    return status;
}

berth_status connection_check(connection *connection, int64_t deadline_ns, berth_error *error) {
    if (!driver_is_alive(connection))
        return error_set(error, BERTH_CONNECTION_LOST, "the server closed the idle connection");
    return driver_ping(connection, deadline_ns, error);
}

bool connection_clean(connection *connection) {
    berth_error error;
    error_clear(&error);
    if (connection->lost)
        return false;
    int64_t deadline_ns = BERTH_NO_DEADLINE;
    int32_t state = driver_transaction_state(connection);
    if (state != BERTH_TX_IDLE || connection->full_reset)
        deadline_ns = clock_coarse_deadline_ns(CONNECTION_CLEANUP_MS);
    if (state == BERTH_TX_ACTIVE || state == BERTH_TX_FAILED) {
        driver_rollback(connection, deadline_ns, &error);
        events_emit(connection->events, BERTH_EVENT_RESET, connection->number, 0, NULL, NULL);
        state = driver_transaction_state(connection);
    }
    if (state == BERTH_TX_IDLE && connection->full_reset) {
        statement_cache_clear(&connection->statements, connection);
        driver_reset(connection, deadline_ns, &error);
    }
    return state == BERTH_TX_IDLE && error.status == BERTH_OK && !connection->lost;
}

void connection_close(connection *connection, uint32_t flags, const char *why) {
    bool usable = !connection->lost && (flags & BERTH_CLOSE_FORKED) == 0;
    statement_cache_close(&connection->statements, usable ? connection : NULL);
    driver_close(connection, flags);
    events_emit(connection->events, BERTH_EVENT_CLOSE, connection->number, 0, why, NULL);
    free(connection);
}
