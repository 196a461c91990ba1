/* One open connection: its driver, its statements, its state. Used by one thread at a time. */
#ifndef CORE_CONNECTION_H
#define CORE_CONNECTION_H

#include <berth/driver.h>
#include <stdbool.h>

#include "core/events.h"
#include "core/settings.h"
#include "core/statement.h"

/* How long cleaning up may take when no deadline of the program's counts any more. */
#define CONNECTION_CLEANUP_MS 5000

typedef struct connection {
    const berth_driver *driver;
    berth_driver_connection *handle;
    const events *events;
    uint64_t number;       /* Within its engine, from 1. */
    int32_t tracked_state; /* BERTH_TX_, of a driver that can't tell. */
    bool has_executed;     /* The call that goes on has sent its statement. */
    bool lost;             /* A driver's error said that it is gone. */
    bool full_reset;       /* reset=full */
    statement_cache statements;
} connection;

/* Connects. On failure `*opened` is NULL. `events` and `settings` are borrowed; they outlive the connection. */
berth_status connection_open(const berth_driver *driver, const settings *settings, const events *events,
                             uint64_t number, int64_t deadline_ns, connection **opened, berth_error *error);

/* Whether it still works: the free look, then one round trip. */
berth_status connection_check(connection *connection, int64_t deadline_ns, berth_error *error);

/* Makes it as it should be for its next user. False when it can't be proved clean. */
bool connection_clean(connection *connection);

/* Ends it. `flags` are BERTH_CLOSE_ bits; `why` is for the event. */
void connection_close(connection *connection, uint32_t flags, const char *why);

#endif
