/* The connections are opened without SQLite's own locks, for Berth lets one thread at a time in. Builds without NDEBUG
 * look whether that is so: a second thread gets an error and harms nothing. The flag orders nothing between threads, so
 * that ThreadSanitizer still sees what else does not. */
#include "sqlite.h"

#ifndef NDEBUG

static int32_t enter(berth_driver_connection *connection, berth_error *error) {
    if (!atomic_exchange_explicit(&connection->is_entered, true, memory_order_relaxed))
        return BERTH_OK;
    return sqlite_services->fail(error, BERTH_MISUSE,
                                 "another thread is in a call on this connection: one at a time may use it");
}

#define GUARD(slot, parameters, arguments)                                                                             \
    int32_t sqlite_guarded_##slot parameters {                                                                         \
        int32_t status = enter(connection, error);                                                                     \
        if (status != BERTH_OK)                                                                                        \
            return status;                                                                                             \
        status = sqlite_##slot arguments;                                                                              \
        atomic_store_explicit(&connection->is_entered, false, memory_order_relaxed);                                   \
        return status;                                                                                                 \
    }

GUARD(execute,
      (berth_driver_connection * connection, berth_execution *execution, int64_t deadline_ns, berth_error *error),
      (connection, execution, deadline_ns, error))
GUARD(execute_many,
      (berth_driver_connection * connection, berth_execution *execution, uint64_t row_count, int64_t deadline_ns,
       berth_error *error),
      (connection, execution, row_count, deadline_ns, error))
GUARD(fetch, (berth_driver_connection * connection, const berth_value **row, int64_t deadline_ns, berth_error *error),
      (connection, row, deadline_ns, error))
GUARD(fetch_batch, (berth_driver_connection * connection, berth_batch *batch, int64_t deadline_ns, berth_error *error),
      (connection, batch, deadline_ns, error))
GUARD(finish, (berth_driver_connection * connection, int64_t deadline_ns, berth_error *error),
      (connection, deadline_ns, error))
GUARD(prepare,
      (berth_driver_connection * connection, const char *sql, uint64_t length, int64_t deadline_ns,
       berth_driver_statement **statement, berth_error *error),
      (connection, sql, length, deadline_ns, statement, error))
GUARD(begin, (berth_driver_connection * connection, const berth_begin *begin, int64_t deadline_ns, berth_error *error),
      (connection, begin, deadline_ns, error))
GUARD(commit, (berth_driver_connection * connection, int64_t deadline_ns, berth_error *error),
      (connection, deadline_ns, error))
GUARD(rollback, (berth_driver_connection * connection, int64_t deadline_ns, berth_error *error),
      (connection, deadline_ns, error))
GUARD(bulk_begin,
      (berth_driver_connection * connection, const berth_bulk *bulk, int64_t deadline_ns, berth_error *error),
      (connection, bulk, deadline_ns, error))
GUARD(bulk_rows,
      (berth_driver_connection * connection, const berth_value *values, uint64_t row_count, int64_t deadline_ns,
       berth_error *error),
      (connection, values, row_count, deadline_ns, error))
GUARD(bulk_end, (berth_driver_connection * connection, int64_t *rows, int64_t deadline_ns, berth_error *error),
      (connection, rows, deadline_ns, error))

#endif
