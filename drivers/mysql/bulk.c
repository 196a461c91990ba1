/* A load: INSERTs of many rows at once, in the session's transaction or in one of its own. */
#include <string.h>

#include "bulk.h"

#define ABORT_PATIENCE_NS (5 * NS_PER_S)

static char *put_text(char *at, const char *text) {
    while (*text != '\0')
        *at++ = *text++;
    return at;
}

static char *put_name(char *at, const char *name) {
    *at++ = '`';
    for (; *name != '\0'; name++) {
        if (*name == '`')
            *at++ = '`';
        *at++ = *name;
    }
    *at++ = '`';
    return at;
}

/* INSERT INTO `table` (`column`, ...) VALUES */
static bool describe(bulk_load *load, const berth_bulk *bulk) {
    size_t name_bytes = 0;
    for (uint32_t i = 0; i < bulk->column_count; i++)
        name_bytes += strlen(bulk->columns[i]) + 1;
    load->column_count = bulk->column_count;
    load->names = mydb_services->allocate(name_bytes);
    load->sql = mydb_services->allocate(2 * (name_bytes + strlen(bulk->table)) + bulk->column_count * 4 + 32);
    if (load->names == NULL || load->sql == NULL)
        return false;
    char *name = load->names;
    char *at = put_name(put_text(load->sql, "INSERT INTO "), bulk->table);
    for (uint32_t i = 0; i < bulk->column_count; i++) {
        at = put_name(put_text(at, i == 0 ? " (" : ", "), bulk->columns[i]);
        size_t bytes = strlen(bulk->columns[i]) + 1;
        memcpy(name, bulk->columns[i], bytes);
        name += bytes;
    }
    at = put_text(at, ") VALUES ");
    load->sql_length = (uint64_t)(at - load->sql);
    return true;
}

void mydb_bulk_free(berth_driver_connection *connection) {
    bulk_load *load = connection->bulk;
    if (load == NULL)
        return;
    connection->bulk = NULL;
    if (load->statement != NULL)
        mydb_statement_unprepare(connection, load->statement);
    mydb_services->release(load->store.values);
    mydb_services->release(load->store.bytes);
    mydb_services->release(load->names);
    mydb_services->release(load->sql);
    mydb_services->release(load);
}

static int32_t make(berth_driver_connection *connection, const berth_bulk *bulk, berth_error *error) {
    bulk_load *load = mydb_services->allocate(sizeof *load);
    if (load == NULL)
        return mydb_errors_no_memory(error);
    memset(load, 0, sizeof *load);
    connection->bulk = load;
    return describe(load, bulk) ? BERTH_OK : mydb_errors_no_memory(error);
}

/* Where there is no transaction, the load is one. Where there is one, a savepoint is what abort() goes back to. */
static int32_t enter(berth_driver_connection *connection, berth_error *error) {
    bulk_load *load = connection->bulk;
    int32_t status = BERTH_OK;
    load->owns_transaction = connection->transaction.phase == TRANSACTION_NONE;
    if (load->owns_transaction)
        status = mydb_transaction_open(connection, BERTH_ISOLATION_DEFAULT, 0, error);
    if (status == BERTH_OK)
        status = mydb_transaction_enter(connection, false, error);
    load->batch_bytes = status == BERTH_OK ? mydb_session_batch_bytes(connection, error) : 0;
    if (status == BERTH_OK && load->batch_bytes == 0)
        status = error->status;
    if (status == BERTH_OK)
        status = mydb_bulk_prepare(connection, 1, error);
    if (status == BERTH_OK && !load->owns_transaction)
        status = mydb_transaction_run(connection, "SAVEPOINT berth_bulk", error);
    return status;
}

/* Undoes what was loaded; where that can't be done, the transaction takes nothing but a rollback. */
static void undo(berth_driver_connection *connection) {
    berth_error error;
    transaction *transaction = &connection->transaction;
    if (connection->bulk->owns_transaction) {
        mydb_transaction_drop(connection, &error);
    } else if (transaction->phase == TRANSACTION_OPEN &&
               mydb_transaction_run(connection, "ROLLBACK TO SAVEPOINT berth_bulk", &error) != BERTH_OK) {
        transaction->phase = TRANSACTION_GONE;
    }
}

int32_t mydb_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                        berth_error *error) {
    if (connection->bulk != NULL)
        return mydb_services->fail(error, BERTH_MISUSE, "a load was begun while another one goes on");
    if (bulk->column_count == 0)
        return mydb_services->fail(error, BERTH_MISUSE, "a load needs at least one column");
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = make(connection, bulk, error);
    if (status == BERTH_OK)
        status = enter(connection, error);
    if (status != BERTH_OK) {
        if (connection->bulk != NULL && connection->bulk->owns_transaction && !connection->is_lost)
            undo(connection);
        mydb_bulk_free(connection);
    }
    mydb_call_end(connection);
    return status;
}

int32_t mydb_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns, berth_error *error) {
    *rows = 0;
    if (connection->bulk == NULL)
        return mydb_services->fail(error, BERTH_MISUSE, "no load was begun that could be ended");
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK) {
        mydb_bulk_abort(connection);
        return status;
    }
    status = mydb_bulk_flush(connection, error);
    if (status == BERTH_OK && connection->bulk->owns_transaction)
        status = mydb_transaction_keep(connection, error);
    if (status == BERTH_OK)
        *rows = (int64_t)connection->bulk->loaded;
    else if (!connection->is_lost)
        undo(connection);
    mydb_bulk_free(connection);
    mydb_call_end(connection);
    return status;
}

void mydb_bulk_abort(berth_driver_connection *connection) {
    berth_error error;
    if (connection->bulk == NULL)
        return;
    int64_t deadline_ns = mydb_services->now_ns() + ABORT_PATIENCE_NS;
    if (mydb_call_begin(connection, deadline_ns, &error) == BERTH_OK) {
        undo(connection);
        mydb_bulk_free(connection);
        mydb_call_end(connection);
    } else {
        mydb_bulk_free(connection);
    }
}
