/* One statement for many rows: queued one behind the other; or, where that makes no difference but the time, inserted
 * by arrays of a thousand.
 *
 * It makes no difference where the statement is recognised for certain, the transaction sees what others have
 * committed, and the table is plain: see own.c. The first row is inserted by itself. From then on the table is locked
 * against changes, so that what is found to be plain stays so. When the server refuses an array, its rows are inserted
 * one by one instead, which finds the row that is at fault. */
#include <string.h>

#include "postgresql.h"

#define FEWEST_TO_ASK 500  /* Rows for which it is worth asking what kind of table it is ... */
#define FEWEST_BY_ARRAY 20 /* ... and, when that is known, to put them into arrays. */

/* What is going on. */
typedef struct many {
    berth_driver_connection *connection;
    const berth_execution *execution;
    uint64_t count;
    uint64_t done; /* Rows that were sent. */
    bool is_plain; /* The table; rows may go by arrays. */
} many;

static const berth_value *row_at(const many *many, uint64_t row) {
    return many->execution->params + row * many->execution->param_count;
}

/* ---- One by one. ---- */

static int32_t send_rows(many *many, uint64_t end, berth_error *error) {
    berth_execution row = *many->execution;
    int32_t status = BERTH_OK;
    for (; status == BERTH_OK && many->done < end; many->done++) {
        row.params = row_at(many, many->done);
        status = postgresql_send_statement(many->connection, &row, (int64_t)many->done, error);
        if (status != BERTH_OK)
            return postgresql_pipeline_give_up(many->connection, status, (int64_t)many->done, error);
        status = postgresql_pipeline_relieve(many->connection, error);
    }
    return status;
}

/* Outside a transaction each row is one of its own. */
static int32_t execute_alone(berth_driver_connection *connection, berth_execution *execution, uint64_t count,
                             int64_t deadline_ns, berth_error *error) {
    int64_t affected_rows = 0;
    berth_execution row = *execution;
    row.flags |= BERTH_EXECUTE_DISCARD;
    for (uint64_t i = 0; i < count; i++) {
        row.params = execution->params + i * execution->param_count;
        row.affected_rows = -1;
        int32_t status = postgresql_execute(connection, &row, deadline_ns, error);
        if (status != BERTH_OK) {
            error->index = (int64_t)i;
            return status;
        }
        bool is_known = affected_rows >= 0 && row.affected_rows >= 0;
        affected_rows = is_known ? affected_rows + row.affected_rows : -1;
    }
    execution->affected_rows = affected_rows;
    return BERTH_OK;
}

/* ---- By arrays. ---- */

/* Undoes the array that failed, or the question. */
static int32_t undo(berth_driver_connection *connection, berth_error *error) {
    return postgresql_run(connection, "ROLLBACK TO SAVEPOINT berth_many; RELEASE SAVEPOINT berth_many", error);
}

/* The answer is true only where all is certain. When the server does not understand the question, as one that is none
 * of the usual, that is no failure of the rows. */
static int32_t ask(many *many, const char *table, berth_error *error) {
    berth_driver_connection *connection = many->connection;
    PGresult *answer = NULL;
    int32_t status = postgresql_pipeline_open(connection, error);
    if (status == BERTH_OK)
        status = postgresql_own_send(connection, STEP_OWN, OWN_SAVEPOINT, NULL, error);
    if (status == BERTH_OK)
        status = postgresql_own_send(connection, STEP_OWN, OWN_PLAIN_TABLE, table, error);
    if (status != BERTH_OK)
        return postgresql_pipeline_give_up(connection, status, -1, error);
    status = postgresql_pipeline_receive(connection, &answer, error);
    if (status != BERTH_OK)
        return status;
    many->is_plain = PQntuples(answer) == 1 && PQgetvalue(answer, 0, 0)[0] == 't';
    status = postgresql_pipeline_end(connection, answer, error);
    if (status != BERTH_OK)
        return postgresql_is_usable(connection) ? undo(connection, error) : status;
    status = postgresql_pipeline_open(connection, error);
    if (status == BERTH_OK)
        status = postgresql_own_send(connection, STEP_OWN, OWN_RELEASE, NULL, error);
    return status == BERTH_OK ? BERTH_OK : postgresql_pipeline_give_up(connection, status, -1, error);
}

static bool make_form(many *many) {
    berth_driver_statement *statement = many->execution->statement;
    berth_error unused;
    if (statement == NULL || !statement->is_described)
        return false;
    if (statement->form == NULL)
        statement->form = postgresql_array_form_new(many->execution->sql, statement->columns.description);
    postgresql_array_form *form = statement->form;
    if (form == NULL || form->statement != NULL)
        return form != NULL;
    postgresql_prepare(many->connection, form->sql, strlen(form->sql), BERTH_NO_DEADLINE, &form->statement, &unused);
    if (form->statement != NULL)
        form->statement->owner = form;
    return form->statement != NULL;
}

/* The first row goes ahead, for its lock. */
static int32_t find_out(many *many, berth_error *error) {
    berth_driver_connection *connection = many->connection;
    const berth_driver_statement *statement = many->execution->statement;
    if (statement == NULL || PQserverVersion(connection->handle) < 120000 || many->count < FEWEST_BY_ARRAY)
        return BERTH_OK;
    if (statement->plain_call == connection->calls - 1 && make_form(many)) {
        many->is_plain = true;
        return BERTH_OK;
    }
    if (many->count < FEWEST_TO_ASK)
        return BERTH_OK;
    int32_t status = send_rows(many, 1, error);
    if (status == BERTH_OK && !statement->is_described)
        status = postgresql_pipeline_finish(connection, error);
    if (status != BERTH_OK || !make_form(many))
        return status;
    return ask(many, statement->form->table, error);
}

static int32_t send_array(many *many, uint32_t rows, size_t size, berth_error *error) {
    berth_driver_connection *connection = many->connection;
    const postgresql_array_form *form = many->execution->statement->form;
    if (!postgresql_arrays_encode(connection, form, row_at(many, many->done), rows, size))
        return send_rows(many, many->done + rows, error);
    const int64_t index = (int64_t)many->done;
    int32_t status = postgresql_pipeline_open(connection, error);
    if (status == BERTH_OK)
        status = postgresql_own_send(connection, STEP_OWN, OWN_SAVEPOINT, NULL, error);
    if (status == BERTH_OK)
        status = postgresql_statement_send(connection, form->statement, form->sql, index, error);
    if (status == BERTH_OK) {
        const postgresql_step step = {.kind = STEP_STATEMENT,
                                      .statement = form->statement,
                                      .number = form->statement->number,
                                      .index = index,
                                      .batch = rows};
        const postgresql_params *params = &connection->params;
        int sent = PQsendQueryPrepared(connection->handle, form->statement->name, (int)form->count, params->values,
                                       params->lengths, params->formats, 0);
        status = postgresql_pipeline_add(connection, sent, &step, error);
    }
    if (status == BERTH_OK)
        status = postgresql_own_send(connection, STEP_OWN, OWN_RELEASE, NULL, error);
    if (status != BERTH_OK)
        return postgresql_pipeline_give_up(connection, status, -1, error);
    many->done += rows;
    connection->pipeline.unsent_bytes += connection->params.used;
    return postgresql_pipeline_relieve(connection, error);
}

static int32_t send_arrays(many *many, berth_error *error) {
    int32_t status = BERTH_OK;
    while (status == BERTH_OK && many->done < many->count) {
        size_t size;
        uint32_t rows = postgresql_arrays_fit(row_at(many, many->done), many->execution->param_count,
                                              many->count - many->done, &size);
        status = rows > 1 ? send_array(many, rows, size, error) : send_rows(many, many->done + 1, error);
    }
    return status == BERTH_OK ? postgresql_pipeline_finish(many->connection, error) : status;
}

/* Data that does not fit (22), or a constraint (23): the rows one by one will tell which it is. */
static bool is_of_a_row(const postgresql_step *refused, const berth_error *error) {
    return refused->kind == STEP_STATEMENT && refused->batch > 0 &&
           (strncmp(error->sqlstate, "22", 2) == 0 || strncmp(error->sqlstate, "23", 2) == 0);
}

/* The array form is not understood (42). */
static bool is_of_the_form(const postgresql_step *refused, const berth_error *error) {
    return refused->kind == STEP_PREPARE && refused->statement != NULL && refused->statement->owner != NULL &&
           strncmp(error->sqlstate, "42", 2) == 0;
}

/* After a refusal: rows one by one from the first that was not inserted, or the failure. */
static int32_t recover(many *many, int32_t status, berth_error *error) {
    berth_driver_connection *connection = many->connection;
    const postgresql_step refused = connection->pipeline.refused;
    bool is_form = is_of_the_form(&refused, error);
    if (refused.batch > 0)
        error->index = -1;
    if (!postgresql_is_usable(connection) || (!is_form && !is_of_a_row(&refused, error)))
        return status;
    many->is_plain = !is_form;
    many->done = (uint64_t)refused.index;
    status = undo(connection, error);
    if (status == BERTH_OK)
        status = send_rows(many, many->done + refused.batch, error);
    return status == BERTH_OK ? postgresql_pipeline_finish(connection, error) : status;
}

static int32_t insert_by_arrays(many *many, berth_error *error) {
    int32_t status = BERTH_OK;
    while (status == BERTH_OK && many->is_plain && many->done < many->count) {
        many->connection->pipeline.refused.kind = STEP_NONE;
        status = send_arrays(many, error);
        if (status != BERTH_OK)
            status = recover(many, status, error);
    }
    return status;
}

/* ---- Either way. ---- */

int32_t postgresql_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                                int64_t deadline_ns, berth_error *error) {
    many many = {.connection = connection, .execution = execution, .count = row_count};
    if (postgresql_transaction_state(connection) != BERTH_TX_ACTIVE || postgresql_is_copy(execution->sql))
        return execute_alone(connection, execution, row_count, deadline_ns, error);
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = postgresql_pipeline_finish(connection, error);
    if (status != BERTH_OK)
        return status;
    connection->columns = NULL;
    connection->pipeline.affected_rows = 0;
    status = find_out(&many, error);
    if (status == BERTH_OK)
        status = insert_by_arrays(&many, error);
    if (status == BERTH_OK)
        status = send_rows(&many, row_count, error);
    if (status == BERTH_OK)
        status = postgresql_pipeline_finish(connection, error);
    if (status != BERTH_OK)
        return status;
    if (many.is_plain)
        execution->statement->plain_call = connection->calls;
    execution->affected_rows = connection->pipeline.affected_rows;
    return BERTH_OK;
}
