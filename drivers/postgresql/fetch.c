/* Reading rows, some of them in one libpq result. */
#include "postgresql.h"

/* libpq 17 and newer, whose header is not needed to build. With an older one at run time it is NULL. */
#define TUPLES_CHUNK 12
extern int PQsetChunkedRowsMode(PGconn *handle, int count) __attribute__((weak));

void postgresql_rows_select_mode(PGconn *handle, uint32_t count) {
    if (count > 1 && PQsetChunkedRowsMode != NULL)
        PQsetChunkedRowsMode(handle, (int)count);
    else
        PQsetSingleRowMode(handle);
}

bool postgresql_has_rows(const PGresult *result) {
    ExecStatusType kind = PQresultStatus(result);
    return kind == PGRES_SINGLE_TUPLE || (int)kind == TUPLES_CHUNK;
}

static void drop_current(berth_driver_connection *connection) {
    PQclear(connection->current);
    connection->current = NULL;
}

void postgresql_rows_begin(berth_driver_connection *connection, PGresult *first) {
    connection->current = first;
    connection->row_place = 0;
    connection->row_count = PQntuples(first);
}

/* Once a cancel is on its way, the patience is that for its answer. */
static void continue_call(berth_driver_connection *connection, int64_t deadline_ns) {
    if (!connection->patience.is_expired)
        connection->patience.deadline_ns = deadline_ns;
}

static int32_t end_rows(berth_driver_connection *connection, PGresult *last, berth_error *error) {
    drop_current(connection);
    connection->is_open = false;
    return postgresql_pipeline_end(connection, last, error);
}

/* The next rows as `current`; none at the end, which has ended the result then. */
static int32_t receive_rows(berth_driver_connection *connection, berth_error *error) {
    PGresult *result;
    drop_current(connection);
    int32_t status = postgresql_receive(connection, &result, error);
    if (status != BERTH_OK) {
        connection->is_open = false;
        return postgresql_pipeline_leave(connection, status, error);
    }
    if (!postgresql_has_rows(result))
        return end_rows(connection, result, error);
    postgresql_rows_begin(connection, result);
    return BERTH_OK;
}

/* A row can't be read. */
static int32_t give_up(berth_driver_connection *connection, int32_t status, berth_error *error) {
    berth_error later;
    end_rows(connection, NULL, &later);
    return postgresql_settle(connection, status, error);
}

int32_t postgresql_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                         berth_error *error) {
    int32_t status = BERTH_OK;
    *row = NULL;
    if (!connection->is_open)
        return BERTH_OK;
    continue_call(connection, deadline_ns);
    if (connection->row_place == connection->row_count)
        status = receive_rows(connection, error);
    if (status != BERTH_OK || connection->current == NULL)
        return status;
    status = postgresql_decode_row(connection, connection->row_place++, NULL, error);
    if (status != BERTH_OK)
        return give_up(connection, status, error);
    *row = connection->columns->row;
    return BERTH_OK;
}

int32_t postgresql_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                               berth_error *error) {
    int32_t status = BERTH_OK;
    if (!connection->is_open)
        return BERTH_OK;
    continue_call(connection, deadline_ns);
    while (batch->row_count < batch->row_limit) {
        if (connection->row_place == connection->row_count)
            status = receive_rows(connection, error);
        if (status != BERTH_OK || connection->current == NULL)
            return status;
        status = postgresql_decode_row(connection, connection->row_place, batch, error);
        if (status != BERTH_OK)
            return give_up(connection, status, error);
        if (batch->is_refused)
            break;
        connection->row_place++;
        batch->row_count++;
    }
    return BERTH_OK;
}

/* The rest is read: a cancel would fail the transaction, and hit what a statement with RETURNING writes. */
int32_t postgresql_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    if (!connection->is_open)
        return BERTH_OK;
    continue_call(connection, deadline_ns);
    return end_rows(connection, NULL, error);
}
