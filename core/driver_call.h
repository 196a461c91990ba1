/* The only place that calls through a driver's table. Each wrapper notes what the call says about the connection and
 * turns a raw server error into the contract's. Errors are never NULL here. */
#ifndef CORE_DRIVER_CALL_H
#define CORE_DRIVER_CALL_H

#include "core/connection.h"

/* A failed call: classifies the error, notes a lost connection. Returns the status. */
berth_status driver_failed(connection *connection, int32_t status, berth_error *error);

/* For slots that the driver left out: the same by SQL. */
berth_status driver_run_sql(connection *connection, const char *sql, int64_t deadline_ns, berth_error *error);

berth_status driver_begin(connection *connection, const berth_begin *begin, int64_t deadline_ns, berth_error *error);
berth_status driver_commit(connection *connection, int64_t deadline_ns, berth_error *error);
berth_status driver_rollback(connection *connection, int64_t deadline_ns, berth_error *error);

typedef enum driver_savepoint_step {
    DRIVER_SAVEPOINT,
    DRIVER_SAVEPOINT_RELEASE,
    DRIVER_SAVEPOINT_ROLLBACK,
} driver_savepoint_step;

berth_status driver_savepoint(connection *connection, driver_savepoint_step step, const char *name, int64_t deadline_ns,
                              berth_error *error);

/* Ends an open result before its end. */
berth_status driver_finish(connection *connection, int64_t deadline_ns, berth_error *error);

berth_status driver_ping(connection *connection, int64_t deadline_ns, berth_error *error);

static inline berth_status driver_done(connection *connection, int32_t status, berth_error *error) {
    return status == BERTH_OK ? BERTH_OK : driver_failed(connection, status, error);
}

static inline berth_status driver_connect(connection *connection, const berth_connect_info *info, int64_t deadline_ns,
                                          berth_error *error) {
    return driver_done(connection, connection->driver->connect(info, deadline_ns, &connection->handle, error), error);
}

static inline berth_status driver_execute(connection *connection, berth_execution *execution, int64_t deadline_ns,
                                          berth_error *error) {
    return driver_done(connection, connection->driver->execute(connection->handle, execution, deadline_ns, error),
                       error);
}

static inline berth_status driver_execute_many(connection *connection, berth_execution *execution, uint64_t row_count,
                                               int64_t deadline_ns, berth_error *error) {
    return driver_done(connection,
                       connection->driver->execute_many(connection->handle, execution, row_count, deadline_ns, error),
                       error);
}

static inline berth_status driver_fetch(connection *connection, const berth_value **row, int64_t deadline_ns,
                                        berth_error *error) {
    return driver_done(connection, connection->driver->fetch(connection->handle, row, deadline_ns, error), error);
}

/* Only where the driver has the slot. */
static inline berth_status driver_fetch_batch(connection *connection, berth_batch *batch, int64_t deadline_ns,
                                              berth_error *error) {
    return driver_done(connection, connection->driver->fetch_batch(connection->handle, batch, deadline_ns, error),
                       error);
}

static inline berth_status driver_bulk_begin(connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                                             berth_error *error) {
    return driver_done(connection, connection->driver->bulk_begin(connection->handle, bulk, deadline_ns, error), error);
}

static inline berth_status driver_bulk_rows(connection *connection, const berth_value *values, uint64_t row_count,
                                            int64_t deadline_ns, berth_error *error) {
    return driver_done(connection,
                       connection->driver->bulk_rows(connection->handle, values, row_count, deadline_ns, error), error);
}

static inline berth_status driver_bulk_end(connection *connection, int64_t *rows, int64_t deadline_ns,
                                           berth_error *error) {
    return driver_done(connection, connection->driver->bulk_end(connection->handle, rows, deadline_ns, error), error);
}

static inline void driver_bulk_abort(connection *connection) {
    connection->driver->bulk_abort(connection->handle);
}

static inline berth_status driver_sync(connection *connection, int64_t deadline_ns, berth_error *error) {
    return driver_done(connection, connection->driver->sync(connection->handle, deadline_ns, error), error);
}

static inline berth_status driver_reset(connection *connection, int64_t deadline_ns, berth_error *error) {
    return driver_done(connection, connection->driver->reset(connection->handle, deadline_ns, error), error);
}

static inline berth_status driver_prepare(connection *connection, const char *sql, uint64_t length, int64_t deadline_ns,
                                          berth_driver_statement **statement, berth_error *error) {
    return driver_done(
        connection, connection->driver->prepare(connection->handle, sql, length, deadline_ns, statement, error), error);
}

static inline void driver_unprepare(connection *connection, berth_driver_statement *statement) {
    connection->driver->unprepare(connection->handle, statement);
}

static inline bool driver_is_alive(connection *connection) {
    return connection->driver->is_alive(connection->handle) != 0;
}

/* From another thread than the one that uses the connection: notes nothing. */
static inline berth_status driver_cancel(connection *connection, int64_t deadline_ns, berth_error *error) {
    return (berth_status)connection->driver->cancel(connection->handle, deadline_ns, error);
}

static inline void driver_close(connection *connection, uint32_t flags) {
    connection->driver->close(connection->handle, flags);
}

/* BERTH_TRAIT_ bits. */
static inline uint32_t driver_traits(const berth_driver *driver, const berth_connect_info *info) {
    return driver->traits(info);
}

/* BERTH_TX_ */
static inline int32_t driver_transaction_state(const connection *connection) {
    return connection->driver->transaction_state != NULL ? connection->driver->transaction_state(connection->handle)
                                                         : connection->tracked_state;
}

#endif
