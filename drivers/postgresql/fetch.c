/* Reading rows, one libpq result each. */
#include "postgresql.h"

static void drop_current(berth_driver_connection *connection) {
    PQclear(connection->current);
    connection->current = NULL;
}

/* Once a cancel is on its way, the patience is that for its answer. */
static void continue_call(berth_driver_connection *connection, int64_t deadline_ns) {
    if (!connection->patience.is_expired)
        connection->patience.deadline_ns = deadline_ns;
}

static int32_t end_rows(berth_driver_connection *connection, PGresult *last, berth_error *error) {
    drop_current(connection);
    connection->is_open = false;
    return postgresql_drain(connection, last, error);
}

/* The next row as `current`; none at the end, which has ended the result then. */
static int32_t receive_row(berth_driver_connection *connection, berth_error *error) {
    PGresult *result;
    drop_current(connection);
    int32_t status = postgresql_receive(connection, &result, error);
    if (status != BERTH_OK) {
        connection->is_open = false;
        return postgresql_settle(connection, status, error);
    }
    if (PQresultStatus(result) != PGRES_SINGLE_TUPLE)
        return end_rows(connection, result, error);
    connection->current = result;
    return BERTH_OK;
}

int32_t postgresql_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                         berth_error *error) {
    int32_t status = BERTH_OK;
    *row = NULL;
    if (!connection->is_open)
        return BERTH_OK;
    continue_call(connection, deadline_ns);
    if (!connection->row_waits)
        status = receive_row(connection, error);
    connection->row_waits = false;
    if (status != BERTH_OK || connection->current == NULL)
        return status;
    status = postgresql_decode_row(connection, error);
    if (status == BERTH_OK) {
        *row = connection->columns->row;
        return BERTH_OK;
    }
    berth_error later;
    end_rows(connection, NULL, &later);
    return postgresql_settle(connection, status, error);
}

/* The rest is read: a cancel would fail the transaction, and hit what a statement with RETURNING writes. */
int32_t postgresql_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    if (!connection->is_open)
        return BERTH_OK;
    connection->row_waits = false;
    continue_call(connection, deadline_ns);
    return end_rows(connection, NULL, error);
}
