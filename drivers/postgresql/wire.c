/* Sending and receiving on a socket that never blocks, with deadlines. */
#include <errno.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "postgresql.h"

#define NS_PER_MS INT64_C(1000000)
#define GRACE_NS (2000 * NS_PER_MS) /* For the answer to cancels. */
#define FIRST_PAUSE_NS (100 * NS_PER_MS)
#define RESULTS_BETWEEN_LOOKS 256 /* At the clock, while there is always something to read. */

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
    connection->was_committed = connection->was_rolled_back = false;
    connection->is_on_this_server_only = false;
    connection->pipeline.refused.kind = STEP_NONE;
    connection->calls++;
    connection->patience = (postgresql_patience){.deadline_ns = deadline_ns};
    if (connection->is_broken || PQstatus(connection->handle) != CONNECTION_OK)
        return postgresql_fail_lost(connection, error);
    connection->notice_state[0] = '\0';
    if (postgresql_has_passed(deadline_ns))
        return postgresql_services->fail(error, BERTH_TIMEOUT, "the deadline was over before the statement was sent");
    return BERTH_OK;
}

void postgresql_call_clean_up(berth_driver_connection *connection) {
    connection->patience = (postgresql_patience){.deadline_ns = postgresql_services->now_ns() + GRACE_NS};
}

bool postgresql_is_usable(const berth_driver_connection *connection) {
    return !connection->is_broken && PQstatus(connection->handle) == CONNECTION_OK;
}

/* The deadline has passed. A server that takes the cancel answers soon; the connection can be used again then. One that
 * had no statement at that moment has passed over the cancel, and begins with the next: so it is said again. */
static int32_t expire(berth_driver_connection *connection, berth_error *error) {
    postgresql_patience *patience = &connection->patience;
    int64_t now_ns = postgresql_services->now_ns();
    if (!patience->is_expired) {
        patience->is_expired = true;
        patience->last_ns = now_ns + GRACE_NS;
        patience->pause_ns = FIRST_PAUSE_NS;
    }
    if (now_ns < patience->last_ns && postgresql_cancel(connection, patience->last_ns, error) == BERTH_OK) {
        patience->deadline_ns = now_ns + patience->pause_ns;
        if (patience->deadline_ns > patience->last_ns)
            patience->deadline_ns = patience->last_ns;
        patience->pause_ns *= 2;
        return BERTH_OK;
    }
    connection->is_broken = true;
    return postgresql_fail_expired(error);
}

int32_t postgresql_await(berth_driver_connection *connection, short events, berth_error *error) {
    bool is_ready = postgresql_wait(PQsocket(connection->handle), events, connection->patience.deadline_ns);
    return is_ready ? BERTH_OK : expire(connection, error);
}

int32_t postgresql_fail_send(berth_driver_connection *connection, berth_error *error) {
    char line[BERTH_MESSAGE_BYTES];
    if (PQstatus(connection->handle) != CONNECTION_OK)
        return postgresql_fail_lost(connection, error);
    postgresql_one_line(PQerrorMessage(connection->handle), line, sizeof line);
    return postgresql_services->fail(error, BERTH_INTERNAL, "libpq can't send the statement: %s", line);
}

int32_t postgresql_flush(berth_driver_connection *connection, int sent, berth_error *error) {
    PGconn *handle = connection->handle;
    if (sent != 1)
        return postgresql_fail_send(connection, error);
    int waiting = PQflush(handle);
    while (waiting == 1) {
        int32_t status = postgresql_await(connection, POLLIN | POLLOUT, error);
        if (status != BERTH_OK)
            return status;
        waiting = PQconsumeInput(handle) == 1 ? PQflush(handle) : -1;
    }
    connection->has_sent = true;
    return waiting == 0 ? BERTH_OK : postgresql_fail_lost(connection, error);
}

/* TLS may have taken more from the socket than libpq had room for: then poll() would wait for what is there already. */
static bool has_more_decrypted(PGconn *handle) {
    SSL *tls = PQsslInUse(handle) ? PQsslStruct(handle, "OpenSSL") : NULL;
    return tls != NULL && SSL_pending(tls) > 0;
}

/* Data that never ends would never let poll() see the deadline. */
static bool has_expired_unseen(berth_driver_connection *connection) {
    if (++connection->unwatched < RESULTS_BETWEEN_LOOKS)
        return false;
    connection->unwatched = 0;
    return postgresql_has_passed(connection->patience.deadline_ns);
}

static int32_t has_something(void *context) {
    const berth_driver_connection *connection = context;
    return !postgresql_is_silent(connection->handle);
}

/* Being woken from poll() takes longer than many an answer. False when none came. */
static bool spin(berth_driver_connection *connection) {
    return connection->busy_poll.budget_ns > 0 &&
           postgresql_services->busy_poll(&connection->busy_poll, has_something, connection) != 0;
}

/* Reads before it waits, for there may be something; but not just after something was sent. */
int32_t postgresql_receive(berth_driver_connection *connection, PGresult **result, berth_error *error) {
    PGconn *handle = connection->handle;
    int32_t status = BERTH_OK;
    *result = NULL;
    if (has_expired_unseen(connection))
        status = expire(connection, error);
    while (status == BERTH_OK && PQisBusy(handle)) {
        bool is_early = connection->has_sent;
        connection->has_sent = false;
        if (!is_early && (PQconsumeInput(handle) == 0 || !PQisBusy(handle)))
            break;
        if (has_more_decrypted(handle) || spin(connection))
            continue;
        short events = PQflush(handle) == 1 ? POLLIN | POLLOUT : POLLIN;
        status = postgresql_await(connection, events, error);
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
        int32_t status = postgresql_await(connection, POLLIN, error);
        if (status != BERTH_OK)
            return status;
        if (PQconsumeInput(handle) == 0)
            return postgresql_fail_lost(connection, error);
    }
    return BERTH_OK;
}

/* What one result says. */
static int32_t judge(berth_driver_connection *connection, PGresult *result, berth_error *error) {
    int32_t status;
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        postgresql_note_end(connection, result);
        return BERTH_OK;
    case PGRES_EMPTY_QUERY:
        return BERTH_OK;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
        status = end_copy(connection, result, error);
        if (status != BERTH_OK)
            return status;
        return postgresql_services->fail(error, BERTH_NOT_SUPPORTED, "COPY from and to the client is not supported");
    default:
        return postgresql_fail(connection, result, error);
    }
}

/* A failure after which the connection is gone. */
int32_t postgresql_settle(berth_driver_connection *connection, int32_t status, berth_error *error) {
    if (status == BERTH_OK)
        return BERTH_OK;
    bool is_lost = !postgresql_is_usable(connection);
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
    do {
        berth_error *unused = status == BERTH_OK ? error : &later;
        int32_t judged = result != NULL ? BERTH_OK : postgresql_receive(connection, &result, unused);
        if (result != NULL)
            judged = judge(connection, result, unused);
        if (status == BERTH_OK)
            status = judged;
        if (result == NULL)
            break;
        PQclear(result);
        result = NULL;
    } while (!connection->is_broken);
    return postgresql_settle(connection, status, error);
}

int32_t postgresql_run(berth_driver_connection *connection, const char *sql, berth_error *error) {
    int32_t status = postgresql_flush(connection, PQsendQuery(connection->handle, sql), error);
    return status == BERTH_OK ? postgresql_drain(connection, NULL, error)
                              : postgresql_settle(connection, status, error);
}
