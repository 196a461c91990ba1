/* Running statements. */
#include "postgresql.h"

/* Sends it, and asks for its rows one by one. */
static int32_t send_statement(berth_driver_connection *connection, const berth_execution *execution,
                              berth_error *error) {
    const postgresql_params *params = &connection->params;
    const berth_driver_statement *statement = execution->statement;
    const PGresult *types = statement != NULL ? statement->columns.description : NULL;
    char name[POSTGRESQL_NAME_BYTES];
    int sent;
    int32_t status = postgresql_params_encode(connection, execution, types, error);
    if (status != BERTH_OK)
        return status;
    if (statement != NULL) {
        postgresql_statement_name(statement->number, name);
        sent = PQsendQueryPrepared(connection->handle, name, (int)execution->param_count, params->values,
                                   params->lengths, params->formats, statement->columns.is_binary);
    } else {
        sent = PQsendQueryParams(connection->handle, execution->sql, (int)execution->param_count, params->types,
                                 params->values, params->lengths, params->formats, 0);
    }
    if (sent == 1)
        PQsetSingleRowMode(connection->handle);
    return postgresql_flush(connection, sent, error);
}

static int32_t send_and_receive(berth_driver_connection *connection, berth_execution *execution, PGresult **first,
                                berth_error *error) {
    int32_t status = BERTH_OK;
    *first = NULL;
    if (execution->statement != NULL)
        status = postgresql_statement_refresh(connection, execution->statement, execution->sql, error);
    if (status == BERTH_OK)
        status = send_statement(connection, execution, error);
    return status == BERTH_OK ? postgresql_receive(connection, first, error) : status;
}

/* Names of columns must outlive the first row. */
static int32_t describe(berth_driver_connection *connection, berth_execution *execution, const PGresult *first,
                        berth_error *error) {
    int32_t status = BERTH_OK;
    if (execution->statement != NULL) {
        connection->columns = &execution->statement->columns;
    } else {
        PGresult *description = PQcopyResult(first, PG_COPYRES_ATTRS);
        if (description == NULL)
            return postgresql_fail_memory("the columns of a result", error);
        status = postgresql_columns_make(&connection->unkept, description, error);
        connection->unkept.is_binary = false;
        connection->columns = &connection->unkept;
    }
    execution->column_count = connection->columns->count;
    execution->columns = connection->columns->infos;
    return status;
}

/* The server has refused it before doing anything: prepares it anew. Inside a transaction that is too late. */
static int32_t repeat_stale(berth_driver_connection *connection, berth_execution *execution, PGresult **first,
                            berth_error *error) {
    berth_error refusal;
    if (!postgresql_statement_is_stale(execution->statement, *first) || connection->state_before != BERTH_TX_IDLE)
        return BERTH_OK;
    PGresult *refused = *first;
    *first = NULL;
    postgresql_drain(connection, refused, &refusal);
    return send_and_receive(connection, execution, first, error);
}

/* The next transaction finds the statement prepared anew. */
static int32_t fail_stale(int32_t status, const berth_driver_statement *statement, berth_error *error) {
    if (status == BERTH_OK || statement == NULL || statement->generation != 0)
        return status;
    error->status = BERTH_SERIALIZATION;
    error->flags |= BERTH_FLAG_RETRYABLE;
    return error->status;
}

/* Everything but the rows that somebody reads. */
static int32_t complete(berth_driver_connection *connection, berth_execution *execution, PGresult *first,
                        berth_error *error) {
    bool is_empty = PQresultStatus(first) == PGRES_EMPTY_QUERY;
    int32_t status = postgresql_drain(connection, first, error);
    if (status == BERTH_OK && is_empty)
        return postgresql_services->fail(error, BERTH_SYNTAX, "the statement is empty");
    execution->affected_rows = connection->affected_rows;
    return fail_stale(status, execution->statement, error);
}

int32_t postgresql_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error) {
    PGresult *first = NULL;
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    connection->columns = NULL;
    postgresql_columns_free(&connection->unkept);
    connection->state_before = postgresql_transaction_state(connection);
    status = send_and_receive(connection, execution, &first, error);
    if (status == BERTH_OK)
        status = repeat_stale(connection, execution, &first, error);
    if (status != BERTH_OK)
        return postgresql_settle(connection, status, error);
    ExecStatusType kind = PQresultStatus(first);
    if (kind == PGRES_SINGLE_TUPLE || kind == PGRES_TUPLES_OK)
        status = describe(connection, execution, first, error);
    /* PostgreSQL has rows without columns, which nobody would read. */
    bool is_read =
        kind == PGRES_SINGLE_TUPLE && execution->column_count > 0 && (execution->flags & BERTH_EXECUTE_DISCARD) == 0;
    if (status == BERTH_OK && !is_read)
        return complete(connection, execution, first, error);
    connection->is_open = true;
    connection->row_waits = true;
    connection->current = first;
    if (status == BERTH_OK)
        return BERTH_OK;
    berth_error later;
    postgresql_finish(connection, deadline_ns, &later);
    return status;
}
