/* Loading rows: INSERTs of many rows, all of which are kept or none. In a transaction that is a savepoint's work;
 * without one the load is a transaction. */
#include <string.h>

#include "sqlite.h"

static char *write_insert(const berth_bulk *bulk) {
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendf(text, "INSERT INTO \"%w\" (", bulk->table);
    for (uint32_t i = 0; i < bulk->column_count; i++)
        sqlite3_str_appendf(text, "%s\"%w\"", i > 0 ? ", " : "", bulk->columns[i]);
    sqlite3_str_appendall(text, ") VALUES (?");
    for (uint32_t i = 1; i < bulk->column_count; i++)
        sqlite3_str_appendall(text, ", ?");
    sqlite3_str_appendchar(text, 1, ')');
    return sqlite3_str_finish(text);
}

/* The last load's statement stays for the next one like it: to compile those of many rows takes as long as to insert
 * some hundreds of rows. */
static int32_t find_statement(berth_driver_connection *connection, const berth_bulk *bulk, berth_error *error) {
    berth_driver_statement **kept = &connection->bulk.statement;
    int32_t status = BERTH_OK;
    char *sql = write_insert(bulk);
    if (sql == NULL)
        return sqlite_services->fail(error, BERTH_NO_MEMORY, "out of memory for a load's statement");
    if (*kept == NULL || strcmp(sqlite3_sql((*kept)->handle), sql) != 0) {
        if (*kept != NULL)
            sqlite_statement_free(*kept);
        status = sqlite_statement_make(connection, sql, strlen(sql), SQLITE_PREPARE_PERSISTENT, kept, error);
    }
    sqlite3_free(sql);
    return status;
}

int32_t sqlite_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                          berth_error *error) {
    sqlite_bulk *load = &connection->bulk;
    load->state = SQLITE_BULK_NONE;
    load->affected_rows = 0;
    if (bulk->column_count == 0)
        return sqlite_services->fail(error, BERTH_MISUSE, "a load needs at least one column");
    if (connection->is_reading)
        return sqlite_refuse_write(error);
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = find_statement(connection, bulk, error);
    load->began = sqlite3_get_autocommit(connection->database) != 0;
    if (status == BERTH_OK)
        status =
            sqlite_control_run(connection, load->began ? SQLITE_CONTROL_BEGIN_WRITE : SQLITE_CONTROL_SAVEPOINT, error);
    if (status == BERTH_OK) {
        load->state = SQLITE_BULK_OPEN;
        connection->in_transaction = true;
    }
    return status;
}

static int32_t refuse_closed(berth_error *error) {
    return sqlite_services->fail(error, BERTH_MISUSE, "no load was begun, or it has failed");
}

int32_t sqlite_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                         int64_t deadline_ns, berth_error *error) {
    sqlite_bulk *load = &connection->bulk;
    if (load->state != SQLITE_BULK_OPEN)
        return refuse_closed(error);
    berth_execution execution = {
        .struct_size = sizeof execution,
        .statement = load->statement,
        .params = values,
        .param_count = load->statement->param_count,
    };
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = sqlite_many_run(connection, &execution, row_count, deadline_ns, error);
    if (status == BERTH_OK)
        load->affected_rows += execution.affected_rows;
    else
        load->state = SQLITE_BULK_FAILED;
    return status;
}

int32_t sqlite_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns, berth_error *error) {
    sqlite_bulk *load = &connection->bulk;
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    *rows = 0;
    if (status == BERTH_OK && load->state != SQLITE_BULK_OPEN)
        status = refuse_closed(error);
    if (status == BERTH_OK)
        status = sqlite_control_run(connection, load->began ? SQLITE_CONTROL_COMMIT : SQLITE_CONTROL_RELEASE, error);
    if (status != BERTH_OK) {
        sqlite_bulk_abort(connection);
        return status;
    }
    *rows = load->affected_rows;
    load->state = SQLITE_BULK_NONE;
    connection->in_transaction = !load->began;
    return BERTH_OK;
}

/* Where SQLite has rolled back by itself nothing is left to undo. */
void sqlite_bulk_abort(berth_driver_connection *connection) {
    sqlite_bulk *load = &connection->bulk;
    sqlite_call_continue(connection, BERTH_NO_DEADLINE);
    if (load->state != SQLITE_BULK_NONE && !sqlite3_get_autocommit(connection->database)) {
        sqlite_control_run(connection, load->began ? SQLITE_CONTROL_ROLLBACK : SQLITE_CONTROL_UNDO, NULL);
        if (!load->began)
            sqlite_control_run(connection, SQLITE_CONTROL_RELEASE, NULL);
        connection->in_transaction = !load->began;
    }
    load->state = SQLITE_BULK_NONE;
}
