/* Running statements. */
#include "postgresql.h"

#define STEP_BYTES 64 /* About what a statement needs beside its values and its text. */

/* The statement's name and values. Its answer comes as the server says that it can, or, where that is not known yet,
 * as text. */
static int send_values(berth_driver_connection *connection, const berth_execution *execution, bool is_described) {
    const postgresql_params *params = &connection->params;
    const berth_driver_statement *statement = execution->statement;
    if (statement == NULL)
        return PQsendQueryParams(connection->handle, execution->sql, (int)execution->param_count, params->types,
                                 params->values, params->lengths, params->formats, 0);
    return PQsendQueryPrepared(connection->handle, statement->name, (int)execution->param_count, params->values,
                               params->lengths, params->formats, is_described && statement->columns.is_binary);
}

int32_t postgresql_send_statement(berth_driver_connection *connection, const berth_execution *execution, int64_t index,
                                  berth_error *error) {
    berth_driver_statement *statement = execution->statement;
    int32_t status = statement != NULL ? postgresql_statements_tidy(connection, error) : BERTH_OK;
    bool is_deferred = (execution->flags & BERTH_EXECUTE_DEFER) != 0 && index >= 0;
    bool may_be_implicit = is_deferred && statement != NULL && statement->only_writes;
    if (status == BERTH_OK)
        status = may_be_implicit ? postgresql_pipeline_open_implicit(connection, error)
                                 : postgresql_pipeline_open(connection, error);
    if (status == BERTH_OK && statement != NULL)
        status = postgresql_statement_send(connection, statement, execution->sql, index, error);
    bool is_known = statement == NULL || statement->is_described || postgresql_params_are_plain(execution);
    if (status == BERTH_OK && !is_known)
        status = postgresql_pipeline_catch_up(connection, error);
    if (status != BERTH_OK)
        return status;
    bool is_described = statement != NULL && statement->is_described;
    if (!is_known && !is_described)
        return postgresql_fail_memory("the description of a statement", error);
    status =
        postgresql_params_encode(connection, execution, is_described ? statement->columns.description : NULL, error);
    if (status != BERTH_OK)
        return status;
    connection->described = is_described ? &statement->columns : NULL;
    const postgresql_step step = {
        .kind = STEP_STATEMENT,
        .rows = is_described ? statement->columns.rows : 1,
        .statement = statement,
        .number = statement != NULL ? statement->number : 0,
        .index = index,
    };
    connection->pipeline.unsent_bytes +=
        STEP_BYTES + connection->params.used + (statement == NULL ? execution->sql_length : 0);
    return postgresql_pipeline_add(connection, send_values(connection, execution, is_described), &step, error);
}

static int32_t send_and_receive(berth_driver_connection *connection, const berth_execution *execution, PGresult **first,
                                berth_error *error) {
    int32_t status = postgresql_send_statement(connection, execution, -1, error);
    if (status != BERTH_OK)
        return postgresql_pipeline_give_up(connection, status, -1, error);
    return postgresql_pipeline_receive(connection, first, error);
}

/* Names of columns must outlive the first row. */
static int32_t describe(berth_driver_connection *connection, berth_execution *execution, const PGresult *first,
                        berth_error *error) {
    int32_t status = BERTH_OK;
    connection->columns = connection->described;
    if (connection->described == NULL) {
        PGresult *description = PQcopyResult(first, PG_COPYRES_ATTRS);
        if (description == NULL)
            return postgresql_fail_memory("the columns of a result", error);
        status = postgresql_columns_make(&connection->unkept, description, false, error);
        connection->columns = &connection->unkept;
    }
    execution->column_count = connection->columns->count;
    execution->columns = connection->columns->infos;
    return status;
}

/* The server has refused it before doing anything: prepares it anew. Inside a transaction that is too late. */
static int32_t repeat_stale(berth_driver_connection *connection, const berth_execution *execution, PGresult **first,
                            berth_error *error) {
    berth_error refusal;
    if (connection->state_before != BERTH_TX_IDLE || !postgresql_statement_is_stale(execution->statement, *first))
        return BERTH_OK;
    PGresult *refused = *first;
    *first = NULL;
    postgresql_pipeline_end(connection, refused, &refusal);
    return send_and_receive(connection, execution, first, error);
}

/* Everything but the rows that somebody reads. */
static int32_t complete(berth_driver_connection *connection, berth_execution *execution, PGresult *first,
                        berth_error *error) {
    bool is_empty = PQresultStatus(first) == PGRES_EMPTY_QUERY;
    int32_t status = postgresql_pipeline_end(connection, first, error);
    if (status == BERTH_OK && is_empty)
        return postgresql_services->fail(error, BERTH_SYNTAX, "the statement is empty");
    execution->affected_rows = connection->affected_rows;
    return status;
}

static int32_t execute_now(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error) {
    PGresult *first = NULL;
    int32_t status = send_and_receive(connection, execution, &first, error);
    if (status == BERTH_OK)
        status = repeat_stale(connection, execution, &first, error);
    if (status != BERTH_OK)
        return status;
    bool has_rows = postgresql_has_rows(first);
    if (has_rows || PQresultStatus(first) == PGRES_TUPLES_OK)
        status = describe(connection, execution, first, error);
    /* PostgreSQL has rows without columns, which nobody would read. */
    bool is_read = has_rows && execution->column_count > 0 && (execution->flags & BERTH_EXECUTE_DISCARD) == 0;
    if (status == BERTH_OK && !is_read)
        return complete(connection, execution, first, error);
    connection->is_open = true;
    postgresql_rows_begin(connection, first);
    if (status == BERTH_OK)
        return BERTH_OK;
    berth_error later;
    postgresql_finish(connection, deadline_ns, &later);
    return postgresql_settle(connection, status, error);
}

/* libpq copies what it is given, so that the caller's values are free again. */
static int32_t defer(berth_driver_connection *connection, const berth_execution *execution, berth_error *error) {
    int64_t index = connection->pipeline.deferred_count;
    int32_t status = postgresql_send_statement(connection, execution, index, error);
    if (status != BERTH_OK)
        return postgresql_pipeline_give_up(connection, status, index, error);
    connection->pipeline.deferred_count++;
    return postgresql_pipeline_relieve(connection, error);
}

/* libpq has no COPY in its pipeline mode. */
static int32_t execute_copy(berth_driver_connection *connection, const berth_execution *execution, berth_error *error) {
    int32_t status = postgresql_pipeline_settle(connection, error);
    if (status == BERTH_OK)
        status = postgresql_params_encode(connection, execution, NULL, error);
    if (status == BERTH_OK)
        status = postgresql_flush(connection, send_values(connection, execution, false), error);
    return status == BERTH_OK ? postgresql_drain(connection, NULL, error)
                              : postgresql_settle(connection, status, error);
}

/* Outside a transaction statements that are sent together would be one: nothing is deferred there. Nor are rows that
 * somebody reads. */
static bool may_defer(const berth_driver_connection *connection, const berth_execution *execution) {
    const uint32_t wanted = BERTH_EXECUTE_DEFER | BERTH_EXECUTE_DISCARD;
    return (execution->flags & wanted) == wanted && connection->state_before == BERTH_TX_ACTIVE;
}

int32_t postgresql_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error) {
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    connection->columns = NULL;
    postgresql_columns_free(&connection->unkept);
    connection->state_before = postgresql_transaction_state(connection);
    if (execution->statement == NULL && postgresql_is_copy(execution->sql))
        return execute_copy(connection, execution, error);
    if (may_defer(connection, execution))
        return defer(connection, execution, error);
    return execute_now(connection, execution, deadline_ns, error);
}
