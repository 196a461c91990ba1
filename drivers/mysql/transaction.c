/* Transactions. The server's autocommit is off between them, so that they begin by themselves with the first statement.
 * What they begin with, isolation and read-only, are settings of the server's session, which are sent when they change;
 * so is autocommit, when a statement comes that is in no transaction. */
#include <stdio.h>
#include <string.h>

#include "client.h"

#define CODE_ERROR_DURING_COMMIT 1180
#define CODE_DEADLOCK 1213

static const char *const levels[] = {
    "DEFAULT", "'READ-UNCOMMITTED'", "'READ-COMMITTED'", "'REPEATABLE-READ'", "'SERIALIZABLE'",
};

int32_t mydb_transaction_run(berth_driver_connection *connection, const char *sql, berth_error *error) {
    if (mydb_wait_query(connection, sql, strlen(sql)) != 0)
        return mydb_errors_of_connection(connection, error);
    return BERTH_OK;
}

void mydb_transaction_forget(berth_driver_connection *connection) {
    connection->transaction = (transaction){.is_known = true};
    connection->state_is_stale = false;
}

static bool has_flag(const berth_driver_connection *connection, unsigned flag) {
    return (connection->handle->server_status & flag) != 0;
}

/* Outside of transactions, what SQL has changed stays until the next one begins. */
static bool is_set(const berth_driver_connection *connection, bool autocommit, uint32_t isolation, uint32_t read_only) {
    const transaction *transaction = &connection->transaction;
    if (has_flag(connection, SERVER_STATUS_AUTOCOMMIT) != autocommit)
        return false;
    if (!transaction->is_known)
        return autocommit;
    return transaction->isolation == isolation && transaction->read_only == read_only;
}

/* Has the server's session that way, at no cost where it is. */
static int32_t set_session(berth_driver_connection *connection, bool autocommit, uint32_t isolation, uint32_t read_only,
                           berth_error *error) {
    transaction *transaction = &connection->transaction;
    char sql[128];
    transaction->autocommits = autocommit;
    if (is_set(connection, autocommit, isolation, read_only))
        return BERTH_OK;
    const char *prefix = connection->is_mariadb ? "tx" : "transaction";
    snprintf(sql, sizeof sql, "SET autocommit = %d, %s_isolation = %s, %s_read_only = %s", (int)autocommit, prefix,
             levels[isolation], prefix, read_only ? "1" : "DEFAULT");
    int32_t status = mydb_transaction_run(connection, sql, error);
    transaction->is_known = status == BERTH_OK;
    transaction->isolation = isolation;
    transaction->read_only = read_only;
    return status;
}

int32_t mydb_transaction_open(berth_driver_connection *connection, uint32_t isolation, uint32_t read_only,
                              berth_error *error) {
    transaction *transaction = &connection->transaction;
    int32_t status = set_session(connection, false, isolation, read_only, error);
    transaction->has_run = false;
    transaction->was_seen = false;
    transaction->failed_code = 0;
    if (status == BERTH_OK)
        transaction->phase = TRANSACTION_OPEN;
    return status;
}

int32_t mydb_transaction_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                               berth_error *error) {
    if (begin->isolation >= sizeof levels / sizeof *levels)
        return mydb_services->fail(error, BERTH_NOT_SUPPORTED, "isolation level %u was asked for, there are 1 to 4",
                                   (unsigned)begin->isolation);
    if (connection->transaction.phase != TRANSACTION_NONE)
        return mydb_services->fail(error, BERTH_MISUSE, "a transaction was begun while another one is open");
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = mydb_transaction_open(connection, begin->isolation, begin->read_only, error);
    mydb_call_end(connection);
    return status;
}

static int32_t refuse_gone(const transaction *transaction, berth_error *error) {
    if (transaction->failed_code == 0)
        return mydb_services->fail(
            error, BERTH_MISUSE, "the transaction is gone: SQL turned the server's autocommit on, which committed it");
    mydb_services->fail(
        error, transaction->failed_status,
        "the transaction is gone: the server ended it with error %u, and nothing but a rollback is taken",
        transaction->failed_code);
    error->flags |= transaction->failed_flags;
    return transaction->failed_status;
}

int32_t mydb_transaction_enter(berth_driver_connection *connection, bool sets_autocommit, berth_error *error) {
    transaction *transaction = &connection->transaction;
    if (transaction->phase == TRANSACTION_GONE)
        return refuse_gone(transaction, error);
    if (transaction->phase == TRANSACTION_NONE)
        return set_session(connection, true, BERTH_ISOLATION_DEFAULT, 0, error);
    if (sets_autocommit)
        return mydb_services->fail(error, BERTH_MISUSE,
                                   "autocommit can't be set within a transaction, which the server would commit");
    transaction->has_run = true;
    return BERTH_OK;
}

int32_t mydb_transaction_check(const berth_driver_connection *connection, int32_t status, berth_error *error) {
    const transaction *transaction = &connection->transaction;
    bool is_gone = transaction->phase == TRANSACTION_GONE && status == BERTH_OK;
    return is_gone ? refuse_gone(transaction, error) : status;
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

/* Whether there is nothing that could be committed or rolled back. What has run is to be ended also where the server
 * knows of no transaction: MySQL keeps locks on the names of tables that have none. */
static bool is_empty(const berth_driver_connection *connection) {
    const transaction *transaction = &connection->transaction;
    bool has_run = transaction->phase != TRANSACTION_NONE && transaction->has_run;
    return !has_run && !connection->state_is_stale && !has_flag(connection, SERVER_STATUS_IN_TRANS);
}

int32_t mydb_transaction_keep(berth_driver_connection *connection, berth_error *error) {
    transaction *transaction = &connection->transaction;
    int32_t status = BERTH_OK;
    if (transaction->phase == TRANSACTION_GONE)
        return refuse_gone(transaction, error);
    if (!is_empty(connection))
        status = mydb_transaction_run(connection, "COMMIT", error);
    connection->pipeline.sent = 0;
    if (status == BERTH_OK)
        transaction->phase = TRANSACTION_NONE;
    else if (connection->is_lost || mysql_errno(connection->handle) == CODE_ERROR_DURING_COMMIT)
        status = unknown_outcome(error);
    return status;
}

int32_t mydb_transaction_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK) {
        error->flags |= BERTH_FLAG_NOT_SENT;
        return status;
    }
    status = mydb_transaction_keep(connection, error);
    mydb_call_end(connection);
    return status;
}

int32_t mydb_transaction_drop(berth_driver_connection *connection, berth_error *error) {
    int32_t status = is_empty(connection) ? BERTH_OK : mydb_transaction_run(connection, "ROLLBACK", error);
    if (status != BERTH_OK)
        return status;
    connection->state_is_stale = false;
    connection->pipeline.sent = 0;
    connection->transaction.phase = TRANSACTION_NONE;
    connection->transaction.autocommits = has_flag(connection, SERVER_STATUS_AUTOCOMMIT);
    return BERTH_OK;
}

int32_t mydb_transaction_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin_anyway(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = mydb_transaction_drop(connection, error);
    mydb_call_end(connection);
    return status;
}

/* The flags come with every answer but an error. Where SQL has turned off the autocommit of statements outside of
 * transactions, each of them begins a transaction that nobody ends. */
int32_t mydb_transaction_state(berth_driver_connection *connection) {
    const transaction *transaction = &connection->transaction;
    if (connection->is_lost || connection->state_is_stale)
        return BERTH_TX_UNKNOWN;
    if (transaction->phase == TRANSACTION_GONE)
        return BERTH_TX_FAILED;
    if (transaction->phase == TRANSACTION_OPEN || has_flag(connection, SERVER_STATUS_IN_TRANS))
        return BERTH_TX_ACTIVE;
    bool is_off = transaction->autocommits && !has_flag(connection, SERVER_STATUS_AUTOCOMMIT);
    return is_off ? BERTH_TX_UNKNOWN : BERTH_TX_IDLE;
}

/* Before the first table is used, the server does not know of the transaction. After a deadlock the next statement
 * would begin another one; where autocommit is on, it would commit. */
void mydb_transaction_note(berth_driver_connection *connection) {
    transaction *transaction = &connection->transaction;
    if (has_flag(connection, SERVER_SESSION_STATE_CHANGED))
        transaction->is_known = false;
    if (transaction->phase != TRANSACTION_OPEN || connection->is_lost || connection->state_is_stale)
        return;
    bool goes_on = has_flag(connection, SERVER_STATUS_IN_TRANS);
    bool was_broken = has_flag(connection, SERVER_STATUS_AUTOCOMMIT) || transaction->failed_code == CODE_DEADLOCK;
    bool is_over = transaction->was_seen && !goes_on;
    transaction->was_seen = transaction->was_seen || goes_on;
    if (was_broken || (is_over && transaction->failed_code != 0))
        transaction->phase = TRANSACTION_GONE;
    else if (is_over)
        transaction->phase = TRANSACTION_NONE;
}

void mydb_transaction_doubt(berth_driver_connection *connection, unsigned code, int32_t status, uint32_t flags) {
    transaction *transaction = &connection->transaction;
    if (transaction->phase == TRANSACTION_NONE && !has_flag(connection, SERVER_STATUS_IN_TRANS))
        return;
    if (connection->state_is_stale && code != CODE_DEADLOCK)
        return;
    connection->state_is_stale = true;
    transaction->failed_code = code;
    transaction->failed_status = status;
    transaction->failed_flags = flags;
}

/* A KILL that came too late may answer the first question. */
void mydb_transaction_refresh(berth_driver_connection *connection) {
    for (int i = 0; i < 2 && connection->state_is_stale; i++)
        connection->state_is_stale = mysql_query(connection->handle, "DO 0") != 0;
    mydb_transaction_note(connection);
    if (connection->transaction.phase != TRANSACTION_GONE)
        connection->transaction.failed_code = 0;
}
