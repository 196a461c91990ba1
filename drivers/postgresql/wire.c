/* Sending and receiving on a socket that never blocks, with deadlines. */
#include <errno.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "postgresql.h"

#define NS_PER_MS INT64_C(1000000)
#define GRACE_NS (2000 * NS_PER_MS) /* For the answer to a cancel. */
#define RESULTS_BETWEEN_LOOKS 256   /* At the clock, while there is always something to read. */

bool postgresql_has_passed(int64_t deadline_ns) {
    return deadline_ns != BERTH_NO_DEADLINE && postgresql_services->now_ns() >= deadline_ns;
}

/* For poll(): -1 without a limit; rounded up, so that it never returns just before the deadline. */
static int milliseconds_until(int64_t deadline_ns) {
    if (deadline_ns == BERTH_NO_DEADLINE)
        return -1;
    int64_t left_ns = deadline_ns - postgresql_services->now_ns();
    if (left_ns <= 0)
        return 0;
    return left_ns / NS_PER_MS >= INT_MAX ? INT_MAX : (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS);
}

bool postgresql_wait(int socket, short events, int64_t deadline_ns) {
    struct pollfd watched = {.fd = socket, .events = events};
    for (;;) {
        int count = poll(&watched, 1, milliseconds_until(deadline_ns));
        if (count > 0 || (count < 0 && errno != EINTR))
            return true;
        if (postgresql_has_passed(deadline_ns))
            return false;
    }
}

int32_t postgresql_call_begin(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    connection->affected_rows = -1;
    connection->was_rolled_back = false;
    connection->patience = (postgresql_patience){.deadline_ns = deadline_ns};
    if (connection->is_broken || PQstatus(connection->handle) != CONNECTION_OK)
        return postgresql_fail_lost(connection, error);
    connection->notice_state[0] = '\0';
    if (postgresql_has_passed(deadline_ns))
        return postgresql_services->fail(error, BERTH_TIMEOUT, "the deadline was over before the statement was sent");
    return BERTH_OK;
}

int32_t postgresql_flush(berth_driver_connection *connection, int sent, berth_error *error) {
    PGconn *handle = connection->handle;
    char line[BERTH_MESSAGE_BYTES];
    if (sent != 1 && PQstatus(handle) == CONNECTION_OK) {
        postgresql_one_line(PQerrorMessage(handle), line, sizeof line);
        return postgresql_services->fail(error, BERTH_INTERNAL, "libpq can't send the statement: %s", line);
    }
    int waiting = sent == 1 ? PQflush(handle) : -1;
    while (waiting == 1) {
        if (!postgresql_wait(PQsocket(handle), POLLIN | POLLOUT, connection->patience.deadline_ns)) {
            connection->is_broken = true;
            return postgresql_fail_expired(error);
        }
        waiting = PQconsumeInput(handle) == 1 ? PQflush(handle) : -1;
    }
    return waiting == 0 ? BERTH_OK : postgresql_fail_lost(connection, error);
}

/* TLS may have taken more from the socket than libpq had room for: then poll() would wait for what is there already. */
static bool has_more_decrypted(PGconn *handle) {
    SSL *tls = PQsslInUse(handle) ? PQsslStruct(handle, "OpenSSL") : NULL;
    return tls != NULL && SSL_pending(tls) > 0;
}

/* The deadline has passed. A server that takes the cancel answers soon; the connection can be used again then. */
static int32_t expire(berth_driver_connection *connection, berth_error *error) {
    postgresql_patience *patience = &connection->patience;
    int64_t until_ns = postgresql_services->now_ns() + GRACE_NS;
    if (!patience->is_expired && postgresql_cancel(connection, until_ns, error) == BERTH_OK) {
        patience->is_expired = true;
        patience->deadline_ns = until_ns;
        return BERTH_OK;
    }
    connection->is_broken = true;
    return postgresql_fail_expired(error);
}

/* Data that never ends would never let poll() see the deadline. */
static bool has_expired_unseen(berth_driver_connection *connection) {
    if (++connection->unwatched < RESULTS_BETWEEN_LOOKS)
        return false;
    connection->unwatched = 0;
    return postgresql_has_passed(connection->patience.deadline_ns);
}

int32_t postgresql_receive(berth_driver_connection *connection, PGresult **result, berth_error *error) {
    PGconn *handle = connection->handle;
    int32_t status = BERTH_OK;
    *result = NULL;
    if (has_expired_unseen(connection))
        status = expire(connection, error);
    while (status == BERTH_OK && PQisBusy(handle)) {
        if (PQconsumeInput(handle) == 0)
            break;
        if (!PQisBusy(handle))
            break;
        if (has_more_decrypted(handle))
            continue;
        if (!postgresql_wait(PQsocket(handle), POLLIN, connection->patience.deadline_ns))
            status = expire(connection, error);
    }
    if (status == BERTH_OK)
        *result = PQgetResult(handle);
    return status;
}

/* COPY between client and server is no part of Berth: ends it, so that the connection can go on. */
static int32_t end_copy(berth_driver_connection *connection, const PGresult *result, berth_error *error) {
    PGconn *handle = connection->handle;
    char *data = NULL;
    if (PQresultStatus(result) == PGRES_COPY_IN)
        return postgresql_flush(connection, PQputCopyEnd(handle, "there is no data to copy"), error);
    for (int length = 0; length >= 0;) {
        length = PQgetCopyData(handle, &data, 1);
        if (length > 0)
            PQfreemem(data);
        if (length != 0)
            continue;
        if (!postgresql_wait(PQsocket(handle), POLLIN, connection->patience.deadline_ns)) {
            connection->is_broken = true;
            return postgresql_fail_expired(error);
        }
        if (PQconsumeInput(handle) == 0)
            return postgresql_fail_lost(connection, error);
    }
    return BERTH_OK;
}

/* What one result says. */
static int32_t judge(berth_driver_connection *connection, PGresult *result, berth_error *error) {
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        postgresql_note_end(connection, result);
        return BERTH_OK;
    case PGRES_EMPTY_QUERY:
    case PGRES_SINGLE_TUPLE:
    case PGRES_PIPELINE_SYNC:
        return BERTH_OK;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
        if (end_copy(connection, result, error) != BERTH_OK)
            return BERTH_TIMEOUT;
        return postgresql_services->fail(error, BERTH_NOT_SUPPORTED, "COPY from and to the client is not supported");
    default:
        return postgresql_fail(connection, result, error);
    }
}

/* A failure after which the connection is gone. */
int32_t postgresql_settle(berth_driver_connection *connection, int32_t status, berth_error *error) {
    if (status == BERTH_OK)
        return BERTH_OK;
    bool is_lost = connection->is_broken || PQstatus(connection->handle) != CONNECTION_OK;
    if (is_lost)
        error->flags |= BERTH_FLAG_CONNECTION_LOST;
    if (is_lost && error->sqlstate[0] == '0' && error->sqlstate[1] == '8')
        error->status = BERTH_CONNECTION_LOST;
    return error->status;
}

int32_t postgresql_drain(berth_driver_connection *connection, PGresult *first, berth_error *error) {
    berth_error later;
    int32_t status = BERTH_OK;
    PGresult *result = first;
    for (;;) {
        berth_error *unused = status == BERTH_OK ? error : &later;
        int32_t received = result != NULL ? BERTH_OK : postgresql_receive(connection, &result, unused);
        if (received == BERTH_OK && result == NULL)
            break;
        int32_t judged = received == BERTH_OK ? judge(connection, result, unused) : received;
        if (status == BERTH_OK)
            status = judged;
        PQclear(result);
        result = NULL;
        if (connection->is_broken || received != BERTH_OK)
            break;
    }
    return postgresql_settle(connection, status, error);
}

int32_t postgresql_run(berth_driver_connection *connection, const char *sql, berth_error *error) {
    int32_t status = postgresql_flush(connection, PQsendQuery(connection->handle, sql), error);
    return status == BERTH_OK ? postgresql_drain(connection, NULL, error) : status;
}
