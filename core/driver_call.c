#include "core/driver_call.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"

berth_status driver_failed(connection *connection, int32_t status, berth_error *error) {
    if (error->status != status || error->struct_size == 0) {
        error->struct_size = sizeof *error;
        error->status = status;
    }
    if (status == BERTH_INTERNAL && (error->native_code != 0 || error->sqlstate[0] != '\0'))
        error->status = connection->driver->classify(error->native_code, error->sqlstate, &error->flags);
    if (error->status == BERTH_OK)
        error->status = BERTH_INTERNAL;
    if (error->flags & BERTH_FLAG_CONNECTION_LOST)
        connection->lost = true;
    if (error->message[0] == '\0')
        error_prefix(error, "the driver %s gave no message", connection->driver->name);
    if ((connection->driver->capabilities & BERTH_CAP_TX_ABORTS_ON_ERROR) != 0 &&
        connection->tracked_state == BERTH_TX_ACTIVE)
        connection->tracked_state = BERTH_TX_FAILED;
    return (berth_status)error->status;
}

berth_status driver_run_sql(connection *connection, const char *sql, int64_t deadline_ns, berth_error *error) {
    berth_execution execution = {
        .struct_size = sizeof execution,
        .flags = BERTH_EXECUTE_DISCARD,
        .sql = sql,
        .sql_length = strlen(sql),
        .affected_rows = -1,
    };
    return driver_execute(connection, &execution, deadline_ns, error);
}

/* SET TRANSACTION for what is asked for; nothing for the defaults. */
static berth_status set_transaction(connection *connection, const berth_begin *begin, int64_t deadline_ns,
                                    berth_error *error) {
    static const char *const levels[] = {
        "",
        "ISOLATION LEVEL READ UNCOMMITTED",
        "ISOLATION LEVEL READ COMMITTED",
        "ISOLATION LEVEL REPEATABLE READ",
        "ISOLATION LEVEL SERIALIZABLE",
    };
    char sql[96];
    if (begin->isolation == 0 && !begin->read_only)
        return BERTH_OK;
    snprintf(sql, sizeof sql, "SET TRANSACTION %s%s%s", levels[begin->isolation],
             begin->isolation != 0 && begin->read_only ? ", " : "", begin->read_only ? "READ ONLY" : "");
    return driver_run_sql(connection, sql, deadline_ns, error);
}

berth_status driver_begin(connection *connection, const berth_begin *begin, int64_t deadline_ns, berth_error *error) {
    berth_status status;
    if (connection->driver->begin != NULL) {
        status =
            driver_done(connection, connection->driver->begin(connection->handle, begin, deadline_ns, error), error);
    } else {
        status = set_transaction(connection, begin, deadline_ns, error);
        if (status == BERTH_OK)
            status = driver_run_sql(connection, "BEGIN", deadline_ns, error);
    }
    if (status == BERTH_OK)
        connection->tracked_state = BERTH_TX_ACTIVE;
    return status;
}

/* When the connection is gone instead of an answer, nobody knows; unless the driver knows that nothing was asked. */
static berth_status judge_commit(berth_error *error) {
    bool was_sent = (error->flags & BERTH_FLAG_NOT_SENT) == 0;
    error->flags &= ~BERTH_FLAG_NOT_SENT;
    if (was_sent && error->status != BERTH_OUTCOME_UNKNOWN && (error->flags & BERTH_FLAG_CONNECTION_LOST) != 0) {
        error->status = BERTH_OUTCOME_UNKNOWN;
        error_prefix(error, "the answer never came: ");
    }
    if (error->status == BERTH_OUTCOME_UNKNOWN) {
        error->flags |= BERTH_FLAG_OUTCOME_UNKNOWN;
        error->flags &= ~BERTH_FLAG_RETRYABLE;
    }
    return (berth_status)error->status;
}

berth_status driver_commit(connection *connection, int64_t deadline_ns, berth_error *error) {
    const berth_driver *driver = connection->driver;
    berth_status status = driver->commit != NULL
                              ? driver_done(connection, driver->commit(connection->handle, deadline_ns, error), error)
                              : driver_run_sql(connection, "COMMIT", deadline_ns, error);
    if (status != BERTH_OK)
        return judge_commit(error);
    connection->tracked_state = BERTH_TX_IDLE;
    return BERTH_OK;
}

berth_status driver_rollback(connection *connection, int64_t deadline_ns, berth_error *error) {
    const berth_driver *driver = connection->driver;
    berth_status status = driver->rollback != NULL
                              ? driver_done(connection, driver->rollback(connection->handle, deadline_ns, error), error)
                              : driver_run_sql(connection, "ROLLBACK", deadline_ns, error);
    if (status == BERTH_OK)
        connection->tracked_state = BERTH_TX_IDLE;
    return status;
}

berth_status driver_savepoint(connection *connection, driver_savepoint_step step, const char *name, int64_t deadline_ns,
                              berth_error *error) {
    static const char *const words[] = {"SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT"};
    const berth_driver *driver = connection->driver;
    berth_status status;
    if (driver->savepoint == NULL) {
        char sql[96];
        snprintf(sql, sizeof sql, "%s %s", words[step], name);
        status = driver_run_sql(connection, sql, deadline_ns, error);
    } else {
        int32_t (*const slots[])(berth_driver_connection *, const char *, int64_t, berth_error *) = {
            driver->savepoint, driver->savepoint_release, driver->savepoint_rollback};
        status = driver_done(connection, slots[step](connection->handle, name, deadline_ns, error), error);
    }
    if (status == BERTH_OK && step == DRIVER_SAVEPOINT_ROLLBACK)
        connection->tracked_state = BERTH_TX_ACTIVE;
    return status;
}

berth_status driver_finish(connection *connection, int64_t deadline_ns, berth_error *error) {
    if (connection->driver->finish != NULL)
        return driver_done(connection, connection->driver->finish(connection->handle, deadline_ns, error), error);
    const berth_value *row;
    berth_status status;
    do {
        status = driver_fetch(connection, &row, deadline_ns, error);
    } while (status == BERTH_OK && row != NULL);
    return status;
}

berth_status driver_ping(connection *connection, int64_t deadline_ns, berth_error *error) {
    if (connection->driver->ping == NULL)
        return driver_run_sql(connection, "SELECT 1", deadline_ns, error);
    return driver_done(connection, connection->driver->ping(connection->handle, deadline_ns, error), error);
}
