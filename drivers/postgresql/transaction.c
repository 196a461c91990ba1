#include <berth/session.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgresql.h"

int32_t postgresql_transaction_state(berth_driver_connection *connection) {
    if (connection->is_broken)
        return BERTH_TX_UNKNOWN;
    if (connection->is_open)
        return connection->state_before;
    switch (PQtransactionStatus(connection->handle)) {
    case PQTRANS_IDLE:
        return BERTH_TX_IDLE;
    case PQTRANS_INTRANS:
        return BERTH_TX_ACTIVE;
    case PQTRANS_INERROR:
        return BERTH_TX_FAILED;
    default:
        return BERTH_TX_UNKNOWN;
    }
}

static bool begins_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* Statements that were prepared before see the tables as they were. */
static void forget_plans(berth_driver_connection *connection) {
    connection->generation++;
}

void postgresql_note_end(berth_driver_connection *connection, PGresult *result) {
    const char *tag = PQcmdStatus(result);
    bool counts = begins_with(tag, "INSERT") || begins_with(tag, "UPDATE") || begins_with(tag, "DELETE") ||
                  begins_with(tag, "MERGE");
    connection->affected_rows = counts ? strtoll(PQcmdTuples(result), NULL, 10) : -1;
    connection->was_rolled_back = begins_with(tag, "ROLLBACK");
    bool changes_schema = begins_with(tag, "ALTER") || begins_with(tag, "DROP") || begins_with(tag, "CREATE");
    if (changes_schema || (connection->was_rolled_back && connection->changed_schema))
        forget_plans(connection);
    if (changes_schema)
        connection->changed_schema = true;
}

int32_t postgresql_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                         berth_error *error) {
    static const char *const levels[] = {
        [BERTH_ISOLATION_DEFAULT] = "",
        [BERTH_READ_UNCOMMITTED] = " ISOLATION LEVEL READ UNCOMMITTED",
        [BERTH_READ_COMMITTED] = " ISOLATION LEVEL READ COMMITTED",
        [BERTH_REPEATABLE_READ] = " ISOLATION LEVEL REPEATABLE READ",
        [BERTH_SERIALIZABLE] = " ISOLATION LEVEL SERIALIZABLE",
    };
    char sql[80];
    if (begin->isolation >= sizeof levels / sizeof *levels)
        return postgresql_services->fail(error, BERTH_NOT_SUPPORTED, "there is no isolation level %u",
                                         (unsigned)begin->isolation);
    snprintf(sql, sizeof sql, "BEGIN%s%s", levels[begin->isolation], begin->read_only ? " READ ONLY" : "");
    connection->changed_schema = false;
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    return status == BERTH_OK ? postgresql_run(connection, sql, error) : status;
}

static int32_t fail_unknown(const char *reason, berth_error *error) {
    char cause[BERTH_MESSAGE_BYTES / 2];
    berth_error before = *error;
    snprintf(cause, sizeof cause, "%s", reason);
    postgresql_services->fail(error, BERTH_OUTCOME_UNKNOWN, "whether the transaction was committed is not known: %s",
                              cause);
    error->flags = before.flags | BERTH_FLAG_OUTCOME_UNKNOWN;
    memcpy(error->sqlstate, before.sqlstate, sizeof error->sqlstate);
    return BERTH_OUTCOME_UNKNOWN;
}

/* A connection that is seen to be dead before the COMMIT leaves is a transaction that was not committed; one that ends
 * afterwards leaves it open. A cancel while a standby is waited for commits, but only here, and says so by a warning.
 */
int32_t postgresql_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    static const char only_local[] = "01000";
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    if (!postgresql_is_alive(connection)) {
        status = postgresql_fail_lost(connection, error);
        error->flags |= BERTH_FLAG_NOT_SENT;
        return status;
    }
    status = postgresql_run(connection, "COMMIT", error);
    if (status != BERTH_OK)
        return (error->flags & BERTH_FLAG_CONNECTION_LOST) != 0 ? fail_unknown(error->message, error) : status;
    if (connection->was_rolled_back) {
        postgresql_services->fail(error, BERTH_INTERNAL,
                                  "nothing was committed: a statement had failed before, and the server rolled back");
        postgresql_set_sqlstate(error, "25P02");
        return BERTH_INTERNAL;
    }
    if (strcmp(connection->notice_state, only_local) == 0) {
        error->flags = 0;
        error->sqlstate[0] = '\0';
        return fail_unknown("it is on this server, but the wait for a standby was ended", error);
    }
    return BERTH_OK;
}

int32_t postgresql_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK || postgresql_transaction_state(connection) == BERTH_TX_IDLE)
        return status;
    return postgresql_run(connection, "ROLLBACK", error);
}
