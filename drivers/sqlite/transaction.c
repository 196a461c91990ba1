#include "sqlite.h"

/* Writers take the write lock at once: taking it later fails without waiting when another writer was faster. */
static const char *const control_sql[SQLITE_CONTROL_COUNT] = {
    [SQLITE_CONTROL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SQLITE_CONTROL_BEGIN_READ] = "BEGIN DEFERRED",
    [SQLITE_CONTROL_COMMIT] = "COMMIT",
    [SQLITE_CONTROL_ROLLBACK] = "ROLLBACK",
    [SQLITE_CONTROL_SAVEPOINT] = "SAVEPOINT berth_bulk",
    [SQLITE_CONTROL_RELEASE] = "RELEASE SAVEPOINT berth_bulk",
    [SQLITE_CONTROL_UNDO] = "ROLLBACK TO SAVEPOINT berth_bulk",
    [SQLITE_CONTROL_MAIN_VERSION] = "PRAGMA main.schema_version",
    [SQLITE_CONTROL_TEMP_VERSION] = "PRAGMA temp.schema_version",
};

int sqlite_control_prepare(berth_driver_connection *connection, sqlite_control which, sqlite3_stmt **statement) {
    sqlite3_stmt **kept = &connection->control[which];
    int code = SQLITE_OK;
    if (*kept == NULL)
        code = sqlite3_prepare_v3(connection->database, control_sql[which], -1, SQLITE_PREPARE_PERSISTENT, kept, NULL);
    *statement = *kept;
    return code;
}

int32_t sqlite_control_run(berth_driver_connection *connection, sqlite_control which, berth_error *error) {
    sqlite3_stmt *statement;
    int32_t status = BERTH_OK;
    int code = sqlite_control_prepare(connection, which, &statement);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code != SQLITE_DONE)
        status = sqlite_fail(connection, code, NULL, error);
    sqlite3_reset(statement);
    return status;
}

int32_t sqlite_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                     berth_error *error) {
    if (begin->isolation != BERTH_ISOLATION_DEFAULT && begin->isolation != BERTH_SERIALIZABLE)
        return sqlite_services->fail(error, BERTH_NOT_SUPPORTED,
                                     "isolation level %u was asked for, SQLite has only 4 (serializable)",
                                     (unsigned)begin->isolation);
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = sqlite_control_run(connection,
                                    begin->read_only ? SQLITE_CONTROL_BEGIN_READ : SQLITE_CONTROL_BEGIN_WRITE, error);
    if (status == BERTH_OK) {
        connection->in_transaction = true;
        connection->is_reading = begin->read_only != 0;
    }
    return status;
}

static void end(berth_driver_connection *connection) {
    connection->in_transaction = connection->is_reading = false;
    connection->bulk.state = SQLITE_BULK_NONE;
}

int32_t sqlite_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = sqlite_control_run(connection, SQLITE_CONTROL_COMMIT, error);
    if (status == BERTH_OK)
        end(connection);
    return status;
}

/* SQLite rolls back by itself after some errors; then there is nothing left to do. A deadline that is over does not
 * keep a transaction open. */
int32_t sqlite_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)deadline_ns;
    int32_t status = BERTH_OK;
    sqlite_call_continue(connection, BERTH_NO_DEADLINE);
    if (!sqlite3_get_autocommit(connection->database))
        status = sqlite_control_run(connection, SQLITE_CONTROL_ROLLBACK, error);
    if (status == BERTH_OK)
        end(connection);
    return status;
}

int32_t sqlite_transaction_state(berth_driver_connection *connection) {
    return sqlite3_get_autocommit(connection->database) ? BERTH_TX_IDLE : BERTH_TX_ACTIVE;
}
