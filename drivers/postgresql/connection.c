/* A connection between being made and being closed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "postgresql.h"

/* What the server reports at connect, so that nothing is sent where it is right already. */
static const struct {
    const char *name;
    const char *value;
} wanted[] = {
    {"TimeZone", "UTC"},
    {"DateStyle", "ISO, MDY"},
    {"IntervalStyle", "postgres"},
    {"standard_conforming_strings", "on"},
};

int32_t postgresql_set_up(berth_driver_connection *connection, berth_error *error) {
    char sql[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *found = PQparameterStatus(connection->handle, wanted[i].name);
        if (found == NULL || strcmp(found, wanted[i].value) != 0)
            length +=
                (size_t)snprintf(sql + length, sizeof sql - length, "SET %s = '%s';", wanted[i].name, wanted[i].value);
    }
    return length > 0 ? postgresql_run(connection, sql, error) : BERTH_OK;
}

/* In a forked child the socket is the parent's as well: what libpq says for good-bye goes nowhere instead. Without a
 * descriptor for that, the memory is left to the end of the child. */
static bool detach(PGconn *handle) {
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0)
        return false;
    bool is_done = dup2(nowhere, PQsocket(handle)) >= 0;
    close(nowhere);
    return is_done;
}

void postgresql_close(berth_driver_connection *connection, uint32_t flags) {
    bool is_forked = (flags & BERTH_CLOSE_FORKED) != 0;
    while (connection->statements != NULL) {
        connection->dropped_count = 0;
        postgresql_unprepare(connection, connection->statements);
    }
    PQclear(connection->current);
    postgresql_columns_free(&connection->unkept);
    postgresql_params_free(&connection->params);
    postgresql_bulk_free(&connection->bulk);
    postgresql_services->release(connection->pipeline.steps);
    postgresql_services->release(connection->scratch.data);
    postgresql_services->release(connection->dropped);
    postgresql_canceller_release(connection->canceller);
    if (connection->handle != NULL && (!is_forked || PQsocket(connection->handle) < 0 || detach(connection->handle)))
        PQfinish(connection->handle);
    postgresql_services->release(connection);
}

/* Nothing to read, and no end: what a socket looks like that is alive. */
bool postgresql_is_silent(const PGconn *handle) {
    int socket = PQsocket(handle);
    char byte;
    ssize_t length;
    do {
        length = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    } while (length < 0 && errno == EINTR);
    return length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* What can be read may be a notice, a notification, or a farewell. */
int32_t postgresql_is_alive(berth_driver_connection *connection) {
    PGconn *handle = connection->handle;
    PGnotify *notification;
    if (connection->is_broken || PQstatus(handle) != CONNECTION_OK)
        return 0;
    if (postgresql_is_silent(handle))
        return 1;
    connection->notice_state[0] = '\0';
    bool is_read = PQconsumeInput(handle) == 1;
    while ((notification = PQnotifies(handle)) != NULL)
        PQfreemem(notification);
    uint32_t flags = 0;
    postgresql_classify(0, connection->notice_state, &flags);
    connection->is_broken = !is_read || (flags & BERTH_FLAG_CONNECTION_LOST) != 0 ||
                            PQstatus(handle) != CONNECTION_OK || !postgresql_is_silent(handle);
    return !connection->is_broken;
}

/* An empty query is answered in a failed transaction too. */
int32_t postgresql_ping(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = postgresql_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = postgresql_pipeline_finish(connection, error);
    return status == BERTH_OK ? postgresql_run(connection, "", error) : status;
}

int32_t postgresql_reset(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = postgresql_rollback(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = postgresql_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = postgresql_run(connection, "DISCARD ALL", error);
    if (status != BERTH_OK)
        return status;
    postgresql_statements_forget(connection);
    return postgresql_set_up(connection, error);
}

int32_t postgresql_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error) {
    (void)error;
    int version = PQserverVersion(connection->handle);
    const char *text = PQparameterStatus(connection->handle, "server_version");
    snprintf(connection->version, sizeof connection->version, "%s", text != NULL ? text : "");
    info->product = "PostgreSQL";
    info->text = connection->version;
    /* Since 10 there is no number in the middle. */
    info->version = (uint32_t)(version >= 100000 ? version / 10000 * 10000 + version % 10000 * 100 : version);
    return BERTH_OK;
}
