/* Running statements and reading their rows. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>

#include "client.h"

#if !defined(CR_NEW_STMT_METADATA)
#define CR_NEW_STMT_METADATA 2057
#endif

/* Ends what the statement has open, results of a procedure behind the first one too. */
static void close_results(berth_driver_connection *connection, berth_driver_statement *statement) {
    connection->open = NULL;
    connection->refused_row = NULL;
    if (connection->text_rows != NULL)
        mysql_free_result(connection->text_rows);
    connection->text_rows = NULL;
    if (statement->handle == NULL) {
        while (!connection->is_lost && mysql_next_result(connection->handle) == 0) {
            MYSQL_RES *rows = mysql_use_result(connection->handle);
            if (rows != NULL)
                mysql_free_result(rows);
        }
    } else if (mysql_stmt_field_count(statement->handle) > 0 ||
               (statement->was_executed && mysql_stmt_more_results(statement->handle))) {
        mysql_stmt_free_result(statement->handle);
        while (!connection->is_lost && mysql_stmt_next_result(statement->handle) == 0)
            mysql_stmt_free_result(statement->handle);
    }
    statement->was_executed = false;
    mydb_bound_shrink(&statement->shape);
    mydb_transaction_note(connection);
}

/* The same with the call. */
static int32_t let_go(berth_driver_connection *connection, berth_driver_statement *statement, int32_t status,
                      berth_error *error) {
    close_results(connection, statement);
    mydb_call_end(connection);
    return mydb_transaction_check(connection, status, error);
}

static void drop_unkept(berth_driver_connection *connection) {
    if (connection->unkept != NULL)
        mydb_statement_unprepare(connection, connection->unkept);
}

/* Reads to the end, so that an error in mid-stream is seen. */
static int32_t drain(berth_driver_connection *connection, berth_driver_statement *statement, int64_t *count,
                     berth_error *error) {
    const berth_value *row = NULL;
    int32_t status;
    *count = 0;
    do {
        status = statement->next_row(connection, statement, &row, error);
        *count += row != NULL;
    } while (status == BERTH_OK && row != NULL);
    return status;
}

/* Whether the statement may be prepared and run anew: it was not executed, or has only read. In a transaction the
 * program does that; the next one finds the statement prepared anew. */
static bool may_renew(const berth_driver_connection *connection, berth_driver_statement *statement) {
    unsigned code = mysql_stmt_errno(statement->handle);
    statement->is_stale = code == ER_NEED_REPREPARE || code == CR_NEW_STMT_METADATA;
    if (connection->transaction.phase != TRANSACTION_NONE)
        return false;
    return code == ER_NEED_REPREPARE || (code == CR_NEW_STMT_METADATA && statement->is_select);
}

static int32_t execute_prepared(berth_driver_connection *connection, berth_driver_statement *statement,
                                const berth_execution *execution, berth_error *error) {
    int32_t status = mydb_params_bind(connection, statement, execution, error);
    if (status != BERTH_OK)
        return status;
    statement->was_executed = true;
    if (mydb_wait_execute(connection, statement->handle) != 0) {
        if (!may_renew(connection, statement))
            return mydb_errors_of_statement(connection, statement->handle, error);
        status = mydb_statement_renew(connection, statement, error);
        if (status == BERTH_OK && statement->handle != NULL)
            status = mydb_params_bind(connection, statement, execution, error);
        if (status == BERTH_OK && statement->handle != NULL && mydb_wait_execute(connection, statement->handle) != 0)
            status = mydb_errors_of_statement(connection, statement->handle, error);
    }
    if (status == BERTH_OK && mysql_stmt_field_count(statement->handle) > 0)
        return mydb_rows_describe(connection, statement, error);
    if (statement->shape.count > 0)
        mydb_rows_free(&statement->shape);
    return status;
}

static int32_t execute_text(berth_driver_connection *connection, berth_driver_statement *statement,
                            const berth_execution *execution, berth_error *error) {
    mydb_rows_free(&statement->shape);
    if (execution->param_count > 0)
        return mydb_services->fail(error, BERTH_NOT_SUPPORTED,
                                   "the server can't prepare this statement, so it takes no values; %u given",
                                   (unsigned)execution->param_count);
    return mydb_text_execute(connection, statement, error);
}

static void take_counts(berth_driver_connection *connection, const berth_driver_statement *statement,
                        berth_execution *execution) {
    if (!statement->counts_rows)
        return;
    bool is_prepared = statement->handle != NULL;
    execution->affected_rows =
        (int64_t)(is_prepared ? mysql_stmt_affected_rows(statement->handle) : mysql_affected_rows(connection->handle));
    execution->last_insert_id =
        (int64_t)(is_prepared ? mysql_stmt_insert_id(statement->handle) : mysql_insert_id(connection->handle));
}

/* Runs it; rows that are wanted are open then. */
static int32_t perform(berth_driver_connection *connection, berth_driver_statement *statement,
                       berth_execution *execution, berth_error *error) {
    int64_t row_count = 0;
    int32_t status = statement->is_stale ? mydb_statement_renew(connection, statement, error) : BERTH_OK;
    if (status == BERTH_OK)
        status = statement->handle != NULL ? execute_prepared(connection, statement, execution, error)
                                           : execute_text(connection, statement, execution, error);
    if (status != BERTH_OK)
        return status;
    execution->column_count = statement->shape.count;
    execution->columns = statement->shape.infos;
    if (statement->shape.count == 0) {
        take_counts(connection, statement, execution);
    } else if ((execution->flags & BERTH_EXECUTE_DISCARD) == 0) {
        connection->open = statement;
        atomic_fetch_add_explicit(&connection->fetches, 1, memory_order_relaxed);
    } else {
        status = drain(connection, statement, &row_count, error);
        if (statement->counts_rows)
            execution->affected_rows = row_count;
    }
    return status;
}

int32_t mydb_execute_once(berth_driver_connection *connection, berth_driver_statement *statement,
                          berth_execution *execution, berth_error *error) {
    int32_t status = perform(connection, statement, execution, error);
    close_results(connection, statement);
    return mydb_transaction_check(connection, status, error);
}

/* What runs once, takes no values and gives no rows away is done in one round trip as text. */
int32_t mydb_execute_enter(berth_driver_connection *connection, const berth_execution *execution, int64_t deadline_ns,
                           berth_driver_statement **statement, berth_error *error) {
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    drop_unkept(connection);
    *statement = execution->statement;
    bool sets_autocommit =
        *statement != NULL ? (*statement)->sets_autocommit : mydb_statement_sets_autocommit(execution->sql);
    status = mydb_transaction_enter(connection, sets_autocommit, error);
    if (status == BERTH_OK && *statement == NULL) {
        bool as_text = (execution->flags & BERTH_EXECUTE_DISCARD) != 0 &&
                       memchr(execution->sql, '?', execution->sql_length) == NULL && execution->param_count == 0;
        status = mydb_statement_make(connection, execution->sql, execution->sql_length, as_text, statement, error);
        connection->unkept = *statement;
    }
    if (status != BERTH_OK)
        mydb_call_end(connection);
    return status;
}

static int32_t run_now(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                       berth_error *error) {
    berth_driver_statement *statement;
    int32_t status = mydb_execute_enter(connection, execution, deadline_ns, &statement, error);
    if (status != BERTH_OK)
        return status;
    if ((execution->flags & BERTH_EXECUTE_DEFER) == 0)
        connection->pipeline.sent = 0;
    status = perform(connection, statement, execution, error);
    if (status == BERTH_OK && connection->open != NULL)
        return BERTH_OK;
    return let_go(connection, statement, status, error);
}

/* What may be deferred and can't be counts among the deferred. */
int32_t mydb_execute_run(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                         berth_error *error) {
    if ((execution->flags & BERTH_EXECUTE_DEFER) == 0)
        return run_now(connection, execution, deadline_ns, error);
    if (mydb_pipeline_takes(connection, execution))
        return mydb_pipeline_send(connection, execution, deadline_ns, error);
    int32_t status = run_now(connection, execution, deadline_ns, error);
    if (status != BERTH_OK && error->index < 0)
        error->index = connection->pipeline.sent;
    connection->pipeline.sent = status == BERTH_OK ? connection->pipeline.sent + 1 : 0;
    return status;
}

/* Only this thread writes the counter, so it needs no atomic addition. */
static void count_fetch(berth_driver_connection *connection) {
    unsigned count = atomic_load_explicit(&connection->fetches, memory_order_relaxed);
    atomic_store_explicit(&connection->fetches, count + 1, memory_order_relaxed);
}

/* The next row; NULL at the end and after a failure, which both have ended the call. */
static int32_t fetch_next(berth_driver_connection *connection, berth_driver_statement *statement,
                          const berth_value **row, berth_error *error) {
    count_fetch(connection);
    int32_t status = statement->next_row(connection, statement, row, error);
    count_fetch(connection);
    if (status == BERTH_OK && *row != NULL)
        return BERTH_OK;
    *row = NULL;
    return let_go(connection, statement, status, error);
}

int32_t mydb_execute_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                           berth_error *error) {
    berth_driver_statement *statement = connection->open;
    *row = NULL;
    if (statement == NULL)
        return BERTH_OK;
    mydb_call_extend(connection, deadline_ns);
    return fetch_next(connection, statement, row, error);
}

int32_t mydb_execute_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                                 berth_error *error) {
    berth_driver_statement *statement = connection->open;
    const berth_value *row = connection->refused_row;
    if (statement == NULL)
        return BERTH_OK;
    mydb_call_extend(connection, deadline_ns);
    while (batch->row_count < batch->row_limit && !batch->is_refused) {
        int32_t status = row != NULL ? BERTH_OK : fetch_next(connection, statement, &row, error);
        if (row == NULL)
            return status;
        connection->refused_row = berth_batch_put_row(batch, row) ? NULL : row;
        row = NULL;
    }
    return BERTH_OK;
}

int32_t mydb_execute_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    berth_driver_statement *statement = connection->open;
    int32_t status = BERTH_OK;
    int64_t row_count;
    if (statement == NULL)
        return BERTH_OK;
    mydb_call_extend(connection, deadline_ns);
    count_fetch(connection);
    status = drain(connection, statement, &row_count, error);
    return let_go(connection, statement, status, error);
}
