/* Statements that are sent without waiting for their answers. The library writes a request whole before it reads, so no
 * more answers may be outstanding than the sockets hold: then the server never waits for us to read, and goes on
 * reading. A COMMIT is never among them, for the server does not stop at a statement that fails. */
#include <sys/socket.h>

#include "client.h"

#define ANSWER_BYTES 2048 /* Of a socket's buffer, for an answer without rows and what the kernel adds to it. */
#define MOST_QUEUED 64

bool mydb_pipeline_is_pending(const berth_driver_connection *connection) {
    return connection->pipeline.queued > 0 || connection->pipeline.has_failed;
}

#if defined(MYSQL_HAS_PIPELINE)

static int buffer_bytes(int socket, int option) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    return getsockopt(socket, SOL_SOCKET, option, &bytes, &size) == 0 ? bytes : 0;
}

void mydb_pipeline_measure(berth_driver_connection *connection) {
    int received = buffer_bytes(connection->socket, SO_RCVBUF);
    int sent = buffer_bytes(connection->socket, SO_SNDBUF); /* The server's, on this machine, is alike. */
    int most = (received < sent ? received : sent) / ANSWER_BYTES;
    connection->pipeline.most = most < MOST_QUEUED ? (uint32_t)most : MOST_QUEUED;
}

/* The rest waits for its answer: outside of a transaction, what comes behind a failure would last. */
bool mydb_pipeline_takes(const berth_driver_connection *connection, const berth_execution *execution) {
    const berth_driver_statement *statement = execution->statement;
    return statement != NULL && statement->is_write && !statement->is_stale && statement->handle != NULL &&
           connection->transaction.phase == TRANSACTION_OPEN && !connection->kill_is_due &&
           connection->pipeline.most > 0 && !connection->target.compress &&
           mydb_session_takes(connection, mydb_params_row_bytes(execution->params, execution->param_count));
}

/* The oldest one. */
static void read_answer(berth_driver_connection *connection) {
    pipeline *pipeline = &connection->pipeline;
    berth_error error;
    int64_t index = pipeline->sent - pipeline->queued;
    pipeline->queued--;
    pipeline->is_untouched = false;
    if (mysql_read_query_result(connection->handle) == 0) {
        mydb_transaction_note(connection);
        return;
    }
    mydb_errors_of_connection(connection, &error);
    if (connection->is_lost)
        pipeline->queued = 0;
    if (pipeline->has_failed)
        return;
    pipeline->has_failed = true;
    pipeline->failure = error;
    pipeline->failure.index = index;
}

int32_t mydb_pipeline_settle(berth_driver_connection *connection, berth_error *error) {
    pipeline *pipeline = &connection->pipeline;
    if (pipeline->queued > 0 && pipeline->is_untouched)
        mydb_wait_for_answer(connection);
    while (pipeline->queued > 0)
        read_answer(connection);
    if (!pipeline->has_failed)
        return mydb_transaction_check(connection, BERTH_OK, error);
    pipeline->has_failed = false;
    pipeline->sent = 0;
    *error = pipeline->failure;
    return error->status;
}

static int32_t send_one(berth_driver_connection *connection, berth_execution *execution, berth_error *error) {
    pipeline *pipeline = &connection->pipeline;
    berth_driver_statement *statement = execution->statement;
    int32_t status = mydb_transaction_enter(connection, false, error);
    if (status == BERTH_OK && pipeline->queued >= pipeline->most)
        read_answer(connection);
    if (status == BERTH_OK && pipeline->has_failed)
        return mydb_pipeline_settle(connection, error);
    if (status == BERTH_OK)
        status = mydb_params_bind(connection, statement, execution, error);
    if (status == BERTH_OK && mydb_wait_send(connection, statement->handle) != 0) {
        status = mydb_errors_of_statement(connection, statement->handle, error);
        error->index = pipeline->sent - pipeline->queued;
    }
    if (status != BERTH_OK)
        return status;
    pipeline->is_untouched = pipeline->queued == 0 || pipeline->is_untouched;
    pipeline->queued++;
    pipeline->sent++;
    return BERTH_OK;
}

int32_t mydb_pipeline_send(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error) {
    int32_t status = mydb_call_begin_queued(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = send_one(connection, execution, error);
    mydb_call_end(connection);
    return status;
}

int32_t mydb_pipeline_sync(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = BERTH_OK;
    if (mydb_pipeline_is_pending(connection)) {
        status = mydb_call_begin(connection, deadline_ns, error);
        if (status == BERTH_OK)
            mydb_call_end(connection);
    }
    if (connection->pipeline.queued == 0)
        connection->pipeline.sent = 0;
    return status;
}

#else

void mydb_pipeline_measure(berth_driver_connection *connection) {
    connection->pipeline.most = 0;
}

bool mydb_pipeline_takes(const berth_driver_connection *connection, const berth_execution *execution) {
    (void)connection;
    (void)execution;
    return false;
}

int32_t mydb_pipeline_send(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error) {
    return mydb_execute_run(connection, execution, deadline_ns, error);
}

int32_t mydb_pipeline_settle(berth_driver_connection *connection, berth_error *error) {
    (void)connection;
    (void)error;
    return BERTH_OK;
}

#endif
