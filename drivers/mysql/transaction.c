#include <stdio.h>
#include <string.h>

#include "client.h"

#define ER_ERROR_DURING_COMMIT_CODE 1180

static int32_t run(berth_driver_connection *connection, const char *sql, berth_error *error) {
    if (mysql_real_query(connection->handle, sql, (unsigned long)strlen(sql)) != 0)
        return mydb_errors_of_connection(connection, error);
    return BERTH_OK;
}

int32_t mydb_transaction_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                               berth_error *error) {
    static const char *const levels[] = {
        NULL,
        "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    };
    if (begin->isolation >= sizeof levels / sizeof *levels)
        return mydb_services->fail(error, BERTH_NOT_SUPPORTED, "isolation level %u was asked for, there are 1 to 4",
                                   (unsigned)begin->isolation);
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    if (levels[begin->isolation] != NULL)
        status = run(connection, levels[begin->isolation], error);
    if (status == BERTH_OK)
        status = run(connection, begin->read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION", error);
    mydb_call_end(connection);
    return status;
}

/* Without an answer, and with 1180 of a cluster, nobody knows. */
static int32_t unknown_outcome(berth_error *error) {
    char said[BERTH_MESSAGE_BYTES / 2];
    snprintf(said, sizeof said, "%.*s", (int)sizeof said - 1, error->message);
    const berth_error before = *error;
    mydb_services->fail(error, BERTH_OUTCOME_UNKNOWN, "whether the COMMIT was done is not known: %s", said);
    error->native_code = before.native_code;
    memcpy(error->sqlstate, before.sqlstate, sizeof error->sqlstate);
    error->flags = (before.flags & BERTH_FLAG_CONNECTION_LOST) | BERTH_FLAG_OUTCOME_UNKNOWN;
    return BERTH_OUTCOME_UNKNOWN;
}

int32_t mydb_transaction_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK) {
        error->flags |= BERTH_FLAG_NOT_SENT;
        return status;
    }
    status = run(connection, "COMMIT", error);
    if (status != BERTH_OK && (connection->is_lost || mysql_errno(connection->handle) == ER_ERROR_DURING_COMMIT_CODE))
        status = unknown_outcome(error);
    mydb_call_end(connection);
    return status;
}

int32_t mydb_transaction_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin_anyway(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = run(connection, "ROLLBACK", error);
    mydb_call_end(connection);
    return status;
}

/* The flags come with every answer but an error. Once SQL has turned autocommit off, every statement begins a
 * transaction that nobody ends: such a connection is not to be used again. */
int32_t mydb_transaction_state(berth_driver_connection *connection) {
    unsigned flags = connection->handle->server_status;
    if (connection->is_lost || connection->state_is_stale)
        return BERTH_TX_UNKNOWN;
    if ((flags & SERVER_STATUS_IN_TRANS) != 0)
        return BERTH_TX_ACTIVE;
    return (flags & SERVER_STATUS_AUTOCOMMIT) != 0 ? BERTH_TX_IDLE : BERTH_TX_UNKNOWN;
}

/* A KILL that came too late may answer the first question. */
void mydb_transaction_refresh(berth_driver_connection *connection) {
    for (int i = 0; i < 2 && connection->state_is_stale; i++)
        connection->state_is_stale = mysql_query(connection->handle, "DO 0") != 0;
}
