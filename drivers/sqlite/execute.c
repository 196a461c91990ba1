/* Running statements and reading their rows. */
#include "sqlite.h"

/* Rows that are read no more must not hold a lock, nor a cached statement the texts that were bound to it. */
static int let_go(berth_driver_connection *connection, berth_driver_statement *statement) {
    connection->open = NULL;
    int code = sqlite3_reset(statement->handle);
    if (statement->holds_copies)
        sqlite3_clear_bindings(statement->handle);
    statement->holds_copies = false;
    return code;
}

void sqlite_drop_unkept(berth_driver_connection *connection) {
    if (connection->unkept == NULL)
        return;
    if (connection->open == connection->unkept)
        connection->open = NULL;
    sqlite_statement_free(connection->unkept);
    connection->unkept = NULL;
}

static void note_change(void *context, int operation, const char *database, const char *table, sqlite3_int64 key) {
    (void)database;
    (void)table;
    (void)key;
    if (operation == SQLITE_INSERT)
        ((berth_driver_connection *)context)->has_inserted = true;
}

/* SQLite's last key is that of any earlier INSERT when this one inserts nothing, as INSERT OR IGNORE may. So it is set
 * to 0 before; where the statement itself reads it, SQLite is asked to tell what it inserts instead. */
static int64_t expect_key(berth_driver_connection *connection, const berth_driver_statement *statement) {
    sqlite3_int64 earlier = sqlite3_last_insert_rowid(connection->database);
    connection->has_inserted = false;
    if (statement->reads_last_id)
        sqlite3_update_hook(connection->database, note_change, connection);
    else
        sqlite3_set_last_insert_rowid(connection->database, 0);
    return earlier;
}

static int64_t take_key(berth_driver_connection *connection, const berth_driver_statement *statement, int64_t earlier) {
    sqlite3_int64 key = sqlite3_last_insert_rowid(connection->database);
    if (statement->reads_last_id) {
        sqlite3_update_hook(connection->database, NULL, NULL);
        return connection->has_inserted ? key : 0;
    }
    if (key == 0)
        sqlite3_set_last_insert_rowid(connection->database, earlier);
    return key;
}

/* Steps to the end, or to the first row when somebody reads it. */
static int step_first(const berth_driver_statement *statement, bool discard) {
    int code;
    do {
        code = sqlite3_step(statement->handle);
    } while (discard && code == SQLITE_ROW);
    return code;
}

static int32_t run(berth_driver_connection *connection, berth_driver_statement *statement, berth_execution *execution,
                   berth_error *error) {
    int64_t earlier = statement->inserts ? expect_key(connection, statement) : 0;
    int code = step_first(statement, (execution->flags & BERTH_EXECUTE_DISCARD) != 0);
    int64_t key = statement->inserts ? take_key(connection, statement, earlier) : 0;
    int32_t status = BERTH_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = sqlite_fail(connection, code, NULL, error);
    else if (statement->column_count > 0)
        status = sqlite_statement_refresh(statement, error);
    if (status == BERTH_OK) {
        execution->last_insert_id = key;
        execution->column_count = statement->column_count;
        execution->columns = statement->columns;
        if (code == SQLITE_DONE && statement->counts_rows)
            execution->affected_rows = sqlite3_changes64(connection->database);
    }
    if (status == BERTH_OK && code == SQLITE_ROW) {
        connection->open = statement;
        connection->row_waits = true;
    } else {
        let_go(connection, statement);
    }
    return status;
}

int32_t sqlite_refuse_write(berth_error *error) {
    sqlite_services->fail(error, BERTH_READ_ONLY, "the statement writes, and the transaction is read-only");
    if (error != NULL)
        error->native_code = SQLITE_READONLY;
    return BERTH_READ_ONLY;
}

int32_t sqlite_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                       berth_error *error) {
    berth_driver_statement *statement = execution->statement;
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    sqlite_drop_unkept(connection);
    if (status == BERTH_OK && statement == NULL) {
        status = sqlite_statement_make(connection, execution->sql, execution->sql_length, 0, &statement, error);
        connection->unkept = statement;
    }
    if (status != BERTH_OK)
        return status;
    if (connection->is_reading && !statement->is_reader)
        return sqlite_refuse_write(error);
    bool outlives_call = statement->column_count > 0 && (execution->flags & BERTH_EXECUTE_DISCARD) == 0;
    status = sqlite_values_bind(connection, statement, execution, outlives_call, error);
    if (status != BERTH_OK) {
        let_go(connection, statement);
        return status;
    }
    return run(connection, statement, execution, error);
}

/* SQLITE_ROW for the row that waits, where there is one. */
static int step_next(berth_driver_connection *connection, const berth_driver_statement *statement) {
    bool waits = connection->row_waits;
    connection->row_waits = false;
    return waits ? SQLITE_ROW : sqlite3_step(statement->handle);
}

/* The last step's code is that of the end, of a failure, or of a row that there was no memory for. */
static int32_t end_rows(berth_driver_connection *connection, berth_driver_statement *statement, int code,
                        berth_error *error) {
    int32_t status = BERTH_OK;
    if (code != SQLITE_DONE)
        status = sqlite_fail(connection, code == SQLITE_ROW ? SQLITE_NOMEM : code, NULL, error);
    let_go(connection, statement);
    return status;
}

int32_t sqlite_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                     berth_error *error) {
    berth_driver_statement *statement = connection->open;
    *row = NULL;
    if (statement == NULL)
        return BERTH_OK;
    if (!connection->row_waits)
        sqlite_call_continue(connection, deadline_ns);
    int code = step_next(connection, statement);
    if (code != SQLITE_ROW || !sqlite_values_read(statement))
        return end_rows(connection, statement, code, error);
    *row = statement->row;
    return BERTH_OK;
}

int32_t sqlite_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                           berth_error *error) {
    berth_driver_statement *statement = connection->open;
    if (statement == NULL)
        return BERTH_OK;
    sqlite_call_continue(connection, deadline_ns);
    while (batch->row_count < batch->row_limit) {
        int code = step_next(connection, statement);
        if (code == SQLITE_ROW && sqlite_values_put(statement, batch))
            continue;
        if (!batch->is_refused)
            return end_rows(connection, statement, code, error);
        connection->row_waits = true;
        break;
    }
    return BERTH_OK;
}

static int32_t step_rest(berth_driver_connection *connection, const berth_driver_statement *statement,
                         int64_t deadline_ns, berth_error *error) {
    sqlite_call_continue(connection, deadline_ns);
    int code = step_first(statement, true);
    return code == SQLITE_DONE ? BERTH_OK : sqlite_fail(connection, code, NULL, error);
}

/* A statement that writes and returns rows is run to its end; of one that only reads, the rest is never read. */
int32_t sqlite_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    berth_driver_statement *statement = connection->open;
    int32_t status = BERTH_OK;
    if (statement != NULL) {
        if (!statement->is_reader)
            status = step_rest(connection, statement, deadline_ns, error);
        let_go(connection, statement);
    }
    sqlite_drop_unkept(connection);
    return status;
}
