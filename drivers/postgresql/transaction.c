#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgresql.h"

int32_t postgresql_transaction_state(berth_driver_connection *connection) {
    if (!postgresql_is_usable(connection))
        return BERTH_TX_UNKNOWN;
    if (connection->is_open || connection->bulk.is_open)
        return connection->state_before;
    if (connection->pipeline.begin_waits || connection->pipeline.needs_sync)
        return BERTH_TX_ACTIVE;
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

/* What a statement has done, by the tag that the server ends it with. */
typedef enum deed { OTHER, COUNTS_ROWS, COMMITS, ROLLS_BACK, CHANGES_SCHEMA, DROPS_STATEMENTS } deed;

static deed read_tag(const char *tag) {
    static const struct {
        const char *word;
        deed deed;
    } words[] = {
        {"INSERT", COUNTS_ROWS},
        {"UPDATE", COUNTS_ROWS},
        {"DELETE", COUNTS_ROWS},
        {"MERGE", COUNTS_ROWS},
        {"COMMIT", COMMITS},
        {"ROLLBACK", ROLLS_BACK},
        {"ALTER", CHANGES_SCHEMA},
        {"DROP", CHANGES_SCHEMA},
        {"CREATE", CHANGES_SCHEMA},
        {"DISCARD ALL", DROPS_STATEMENTS},
        {"DEALLOCATE ALL", DROPS_STATEMENTS},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tag[0] == words[i].word[0] && begins_with(tag, words[i].word))
            return words[i].deed;
    return OTHER;
}

/* The number at the end of "INSERT 0 12" or "UPDATE 12". */
static int64_t count_in(const char *tag) {
    const char *last = strrchr(tag, ' ');
    return last != NULL ? strtoll(last + 1, NULL, 10) : -1;
}

void postgresql_note_end(berth_driver_connection *connection, PGresult *result) {
    const char *tag = PQcmdStatus(result);
    deed deed = read_tag(tag);
    connection->affected_rows = deed == COUNTS_ROWS ? count_in(tag) : -1;
    connection->was_committed = deed == COMMITS;
    connection->was_rolled_back = deed == ROLLS_BACK;
    if (deed == CHANGES_SCHEMA || (deed == ROLLS_BACK && connection->changed_schema))
        forget_plans(connection);
    if (deed == CHANGES_SCHEMA)
        connection->changed_schema = true;
    if (deed == DROPS_STATEMENTS)
        postgresql_statements_forget(connection);
}

int32_t postgresql_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                         berth_error *error) {
    if (begin->isolation > BERTH_SERIALIZABLE)
        return postgresql_services->fail(error, BERTH_NOT_SUPPORTED, "there is no isolation level %u",
                                         (unsigned)begin->isolation);
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    const uint32_t own = postgresql_own_begin(begin);
    connection->changed_schema = false;
    if ((begin->flags & BERTH_EXECUTE_DEFER) != 0) {
        connection->pipeline.begin_waits = true;
        connection->pipeline.is_implicit = false;
        connection->pipeline.waiting_begin = own;
        return BERTH_OK;
    }
    return postgresql_run(connection, postgresql_own_sql(own), error);
}

int32_t postgresql_sync(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    return status == BERTH_OK ? postgresql_pipeline_settle(connection, error) : status;
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

/* Known not to have been committed; undoes what is left of the transaction. */
static int32_t fail_before_commit(berth_driver_connection *connection, berth_error *error) {
    berth_error later;
    if (postgresql_is_usable(connection) && postgresql_transaction_state(connection) != BERTH_TX_IDLE) {
        postgresql_call_clean_up(connection);
        postgresql_run(connection, "ROLLBACK", &later);
    }
    if (!postgresql_is_usable(connection))
        error->flags |= BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_NOT_SENT;
    return error->status;
}

/* What the answer to a COMMIT that was sent means. One whose connection ends without an answer leaves it open. A cancel
 * while a standby is waited for commits, but only here, and says so by a warning. */
static int32_t judge_commit(berth_driver_connection *connection, int32_t status, berth_error *error) {
    if (connection->was_rolled_back) {
        postgresql_services->fail(error, BERTH_INTERNAL,
                                  "nothing was committed: a statement had failed before, and the server rolled back");
        postgresql_set_sqlstate(error, "25P02");
        return fail_before_commit(connection, error);
    }
    if (connection->is_on_this_server_only) {
        if (status == BERTH_OK)
            postgresql_services->fail(error, BERTH_OUTCOME_UNKNOWN, " ");
        return fail_unknown("it is on this server, but the wait for a standby was ended", error);
    }
    if (status == BERTH_OK || connection->was_committed)
        return BERTH_OK;
    return (error->flags & BERTH_FLAG_CONNECTION_LOST) != 0 ? fail_unknown(error->message, error) : status;
}

static int32_t commit_alone(berth_driver_connection *connection, berth_error *error) {
    if (!postgresql_is_alive(connection)) {
        postgresql_fail_lost(connection, error);
        return fail_before_commit(connection, error);
    }
    return judge_commit(connection, postgresql_run(connection, "COMMIT", error), error);
}

/* With statements before it that were not waited for. When the server refuses one of them, it passes over the COMMIT.
 */
static int32_t commit_behind(berth_driver_connection *connection, berth_error *error) {
    int32_t status = postgresql_pipeline_look(connection, error);
    if (status == BERTH_OK)
        status = postgresql_pipeline_add_commit(connection, error);
    if (status != BERTH_OK) {
        postgresql_pipeline_give_up(connection, status, -1, error);
        return fail_before_commit(connection, error);
    }
    status = postgresql_pipeline_finish(connection, error);
    uint32_t refused = connection->pipeline.refused.kind;
    if (status != BERTH_OK && refused != STEP_NONE && refused < STEP_COMMIT)
        return fail_before_commit(connection, error);
    return judge_commit(connection, status, error);
}

int32_t postgresql_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK && !postgresql_is_usable(connection))
        error->flags |= BERTH_FLAG_NOT_SENT;
    if (status != BERTH_OK)
        return status;
    if (pipeline->begin_waits && !pipeline->is_implicit) {
        pipeline->begin_waits = false;
        return BERTH_OK;
    }
    return pipeline->needs_sync ? commit_behind(connection, error) : commit_alone(connection, error);
}

int32_t postgresql_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    berth_error refused = {.status = BERTH_OK};
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    connection->pipeline.begin_waits = connection->pipeline.is_implicit;
    postgresql_pipeline_finish(connection, &refused);
    if (!postgresql_is_usable(connection)) {
        *error = refused;
        return postgresql_settle(connection, refused.status, error);
    }
    if (postgresql_transaction_state(connection) == BERTH_TX_IDLE)
        return BERTH_OK;
    return postgresql_run(connection, "ROLLBACK", error);
}
