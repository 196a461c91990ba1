/* One statement for many rows. MariaDB takes an array of them in one request; else they go one after the other. */
#include <mysqld_error.h>

#include "client.h"

static int32_t run_singly(berth_driver_connection *connection, berth_driver_statement *statement,
                          berth_execution *execution, const berth_value *rows, uint64_t row_count, berth_error *error) {
    berth_execution row = *execution;
    row.flags |= BERTH_EXECUTE_DISCARD;
    row.params = rows;
    for (uint64_t i = 0; i < row_count; i++) {
        int32_t status = mydb_call_check(connection, error);
        row.affected_rows = -1;
        if (status == BERTH_OK)
            status = mydb_execute_once(connection, statement, &row, error);
        if (status != BERTH_OK) {
            error->index = (int64_t)i;
            return status;
        }
        if (row.affected_rows > 0)
            execution->affected_rows += row.affected_rows;
        execution->last_insert_id = row.last_insert_id;
        row.params += row.param_count;
    }
    return BERTH_OK;
}

#if defined(MYSQL_HAS_ARRAYS)

#define EXTENDED_BULK (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)

bool mydb_many_is_supported(const berth_driver_connection *connection) {
    unsigned long extended = 0;
    return !connection->target.is_plain && connection->is_mariadb &&
           mariadb_get_infov(connection->handle, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &extended) == 0 &&
           (extended & EXTENDED_BULK) != 0;
}

/* Rows that go in one request. */
typedef struct batch {
    berth_driver_statement *statement;
    const berth_value *rows;
    uint64_t row_count;
} batch;

/* The library asks for one row after the other. */
static my_bool give_row(void *data, MYSQL_BIND *binds, unsigned row) {
    batch *batch = data;
    uint32_t count = batch->statement->param_count;
    mydb_params_put_row(batch->statement, binds, batch->rows + (size_t)row * count);
    return 0;
}

static bool set_callback(MYSQL_STMT *handle, ps_param_callback function, void *data, unsigned row_count) {
    union {
        ps_param_callback function;
        const void *pointer;
    } callback = {.function = function};
    return mysql_stmt_attr_set(handle, STMT_ATTR_CB_USER_DATA, data) == 0 &&
           mysql_stmt_attr_set(handle, STMT_ATTR_CB_PARAM, callback.pointer) == 0 &&
           mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &row_count) == 0;
}

/* How many of the rows go together: their types are the same, and they fit into one request. None where the first one
 * is too large. A row that can't be sent at all ends them, and is a failure when it is the first. */
static int32_t gather(berth_driver_connection *connection, batch *batch, uint64_t row_count, uint64_t batch_bytes,
                      berth_error *error) {
    uint32_t count = batch->statement->param_count;
    const berth_value *row = batch->rows;
    uint64_t bytes = 0;
    uint32_t value;
    mydb_params_first_row(batch->statement);
    for (batch->row_count = 0; batch->row_count < row_count; batch->row_count++) {
        berth_error later;
        bool is_first = batch->row_count == 0;
        int32_t status = mydb_params_check(connection, row, count, &value, is_first ? error : &later);
        if (status != BERTH_OK)
            return is_first ? status : BERTH_OK;
        bytes += mydb_params_row_bytes(row, count);
        if (bytes > batch_bytes || !mydb_params_next_row(batch->statement, row))
            break;
        row += count;
    }
    return BERTH_OK;
}

static int32_t failure_of(berth_driver_connection *connection, const batch *batch, berth_error *error) {
    MYSQL_STMT *handle = batch->statement->handle;
    int32_t status = mydb_errors_of_statement(connection, handle, error);
    int64_t row = connection->is_lost ? -1 : mydb_failed_row(connection, batch->statement);
    error->index = row < (int64_t)batch->row_count ? row : -1;
    return status;
}

/* Marks the statement when the library or the server does not take many rows for it; then nothing was done. */
static int32_t run_batch(berth_driver_connection *connection, batch *batch, berth_execution *execution,
                         berth_error *error) {
    berth_driver_statement *statement = batch->statement;
    int32_t status = BERTH_OK;
    bool is_bound = mysql_stmt_bind_param(statement->handle, statement->param_binds) == 0;
    if (!set_callback(statement->handle, give_row, batch, (unsigned)batch->row_count)) {
        statement->is_single = true;
    } else if (is_bound && mydb_wait_execute(connection, statement->handle) == 0) {
        execution->affected_rows += (int64_t)mysql_stmt_affected_rows(statement->handle);
        execution->last_insert_id = (int64_t)mysql_stmt_insert_id(statement->handle);
    } else if (mysql_stmt_errno(statement->handle) == ER_UNSUPPORTED_PS) {
        statement->is_single = true;
    } else {
        status = failure_of(connection, batch, error);
    }
    set_callback(statement->handle, NULL, NULL, 0);
    if (statement->is_direct)
        mydb_direct_use(statement);
    mydb_transaction_note(connection);
    return mydb_transaction_check(connection, status, error);
}

/* Runs the first rows of those that are left; `batch->row_count` gets how many. A failure has the index among them. */
static int32_t run_some(berth_driver_connection *connection, batch *batch, berth_execution *execution, uint64_t left,
                        uint64_t batch_bytes, berth_error *error) {
    berth_driver_statement *statement = batch->statement;
    if (!statement->is_single) {
        int32_t status = gather(connection, batch, left, batch_bytes, error);
        if (status != BERTH_OK)
            error->index = 0;
        else if (batch->row_count > 0)
            status = run_batch(connection, batch, execution, error);
        if (status != BERTH_OK || (batch->row_count > 0 && !statement->is_single))
            return status;
    }
    batch->row_count = statement->is_single ? left : 1;
    return run_singly(connection, statement, execution, batch->rows, batch->row_count, error);
}

static int32_t run_batches(berth_driver_connection *connection, berth_driver_statement *statement,
                           berth_execution *execution, uint64_t row_count, berth_error *error) {
    batch batch = {.statement = statement, .rows = execution->params};
    uint64_t batch_bytes = mydb_session_batch_bytes(connection, error);
    int32_t status = batch_bytes > 0 ? BERTH_OK : error->status;
    for (uint64_t done = 0; status == BERTH_OK && done < row_count; done += batch.row_count) {
        status = mydb_call_check(connection, error);
        if (status == BERTH_OK)
            status = run_some(connection, &batch, execution, row_count - done, batch_bytes, error);
        if (status != BERTH_OK && error->index >= 0)
            error->index += (int64_t)done;
        batch.rows += batch.row_count * statement->param_count;
    }
    return status;
}

#else

bool mydb_many_is_supported(const berth_driver_connection *connection) {
    (void)connection;
    return false;
}

static int32_t run_batches(berth_driver_connection *connection, berth_driver_statement *statement,
                           berth_execution *execution, uint64_t row_count, berth_error *error) {
    return run_singly(connection, statement, execution, execution->params, row_count, error);
}

#endif

int32_t mydb_many_rows(berth_driver_connection *connection, berth_driver_statement *statement,
                       berth_execution *execution, uint64_t row_count, berth_error *error) {
    int32_t status = statement->is_stale ? mydb_statement_renew(connection, statement, error) : BERTH_OK;
    if (status != BERTH_OK)
        return status;
    if (statement->param_count != execution->param_count)
        return mydb_services->fail(error, BERTH_MISUSE, "the statement takes %u values a row, %u given",
                                   (unsigned)statement->param_count, (unsigned)execution->param_count);
    execution->affected_rows = statement->counts_rows ? 0 : -1;
    return statement->is_single ? run_singly(connection, statement, execution, execution->params, row_count, error)
                                : run_batches(connection, statement, execution, row_count, error);
}

int32_t mydb_many_run(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                      int64_t deadline_ns, berth_error *error) {
    berth_driver_statement *statement;
    error->index = -1;
    int32_t status = mydb_execute_enter(connection, execution, deadline_ns, &statement, error);
    if (status != BERTH_OK)
        return status;
    connection->pipeline.sent = 0;
    status = mydb_many_rows(connection, statement, execution, row_count, error);
    mydb_call_end(connection);
    return mydb_transaction_check(connection, status, error);
}
