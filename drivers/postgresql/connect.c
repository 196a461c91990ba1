/* Connecting: one server after the other, each with its share of the time. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "postgresql.h"

#define NS_PER_US 1000

/* What a server is told by itself is handed on; what it was is kept for the failure that may follow. */
static void receive_notice(void *argument, const PGresult *result) {
    berth_driver_connection *connection = argument;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    char line[BERTH_MESSAGE_BYTES];
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    snprintf(connection->notice_state, sizeof connection->notice_state, "%s", sqlstate != NULL ? sqlstate : "");
    if (function != NULL && strcmp(function, "SyncRepWaitForLSN") == 0)
        connection->is_on_this_server_only = true;
    postgresql_one_line(PQresultErrorMessage(result), line, sizeof line);
    postgresql_services->notice(connection->context, line);
}

/* Drives libpq's state machine to its end. */
static int32_t poll_connect(PGconn *handle, int64_t deadline_ns, berth_error *error) {
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!postgresql_wait(PQsocket(handle), events, deadline_ns))
            return postgresql_services->fail(error, BERTH_TIMEOUT, "the server did not answer in time");
        next = PQconnectPoll(handle);
    }
    return next == PGRES_POLLING_OK ? BERTH_OK : postgresql_fail_connect(handle, error);
}

/* libpq passes over TLS in silence on a unix socket. */
static int32_t check_tls(const berth_connect_info *info, PGconn *handle, berth_error *error) {
    if (info->tls < BERTH_TLS_REQUIRE || PQsslInUse(handle))
        return BERTH_OK;
    return postgresql_services->fail(error, BERTH_CONFIG,
                                     "tls asks for encryption, but the connection has none; a unix socket never has");
}

static int32_t try_server(berth_driver_connection *connection, const berth_connect_info *info, const berth_host *host,
                          const char *target, int64_t deadline_ns, berth_error *error) {
    postgresql_keywords keywords;
    postgresql_keywords_make(info, host, target, &keywords);
    PGconn *handle = PQconnectStartParams(keywords.names, keywords.values, 0);
    if (handle == NULL)
        return postgresql_fail_memory("a connection", error);
    connection->handle = handle;
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE); /* For the SQLSTATE of a failure. */
    PQsetNoticeReceiver(handle, receive_notice, connection);
    int32_t status = PQstatus(handle) == CONNECTION_BAD ? postgresql_fail_connect(handle, error)
                                                        : poll_connect(handle, deadline_ns, error);
    if (status == BERTH_OK)
        status = check_tls(info, handle, error);
    if (status == BERTH_OK) {
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT);
        return BERTH_OK;
    }
    PQfinish(handle);
    connection->handle = NULL;
    return status;
}

/* Another server may do better only where this one was not reached, or is not the one that is wanted. */
static bool may_try_next(int32_t status) {
    return status == BERTH_CONNECT || status == BERTH_TIMEOUT || status == BERTH_TOO_MANY_CONNECTIONS;
}

/* Puts the failures of several servers into one message. */
static void add_failure(berth_error *error, const berth_error *failure, const berth_host *host, bool is_first) {
    char before[BERTH_MESSAGE_BYTES];
    snprintf(before, sizeof before, "%s", is_first ? "" : error->message);
    *error = *failure;
    int length = snprintf(error->message, sizeof error->message, "%s%s%s: %s", before, is_first ? "" : "; ", host->name,
                          failure->message);
    if (length >= (int)sizeof error->message)
        memcpy(error->message + sizeof error->message - 4, "...", 4);
}

/* The time that is left is shared by the servers that are left. */
static int64_t share_deadline(int64_t deadline_ns, uint32_t servers_left) {
    if (deadline_ns == BERTH_NO_DEADLINE || servers_left <= 1)
        return deadline_ns;
    int64_t now_ns = postgresql_services->now_ns();
    return now_ns + (deadline_ns - now_ns) / servers_left;
}

static int32_t try_servers(berth_driver_connection *connection, const berth_connect_info *info, const char *target,
                           int64_t deadline_ns, berth_error *error) {
    berth_error failure = {.status = BERTH_OK};
    berth_error all = {.status = BERTH_OK};
    int32_t status = BERTH_CONNECT;
    for (uint32_t i = 0; i < info->host_count; i++) {
        int64_t share_ns = share_deadline(deadline_ns, info->host_count - i);
        status = try_server(connection, info, &info->hosts[i], target, share_ns, &failure);
        if (status == BERTH_OK)
            return BERTH_OK;
        add_failure(&all, &failure, &info->hosts[i], i == 0);
        if (!may_try_next(status))
            break;
    }
    *error = all;
    return status;
}

/* libpq would look for a standby among the servers of one connection; here each is one of its own. */
static int32_t find_server(berth_driver_connection *connection, const berth_connect_info *info, int64_t deadline_ns,
                           berth_error *error) {
    const char *target = postgresql_option(info, "target_session_attrs", "any");
    if (info->host_count <= 1)
        return try_server(connection, info, info->host_count == 1 ? info->hosts : NULL, target, deadline_ns, error);
    if (strcmp(target, "prefer-standby") != 0)
        return try_servers(connection, info, target, deadline_ns, error);
    berth_error no_standby;
    int32_t status = try_servers(connection, info, "standby", share_deadline(deadline_ns, 2), &no_standby);
    if (may_try_next(status))
        return try_servers(connection, info, "any", deadline_ns, error);
    if (status != BERTH_OK)
        *error = no_standby;
    return status;
}

int32_t postgresql_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                           berth_error *error) {
    berth_driver_connection *made = postgresql_services->allocate(sizeof *made);
    *connection = NULL;
    if (made == NULL)
        return postgresql_fail_memory("a connection", error);
    memset(made, 0, sizeof *made);
    made->context = info->context;
    made->generation = 1;
    made->keeps_statements = strcmp(postgresql_option(info, "prepared", "on"), "on") == 0;
    made->busy_poll.budget_ns = strtoll(postgresql_option(info, "busy_poll_us", "0"), NULL, 10) * NS_PER_US;
    int32_t status = find_server(made, info, deadline_ns, error);
    if (status != BERTH_OK)
        goto cleanup;
    made->canceller = postgresql_canceller_new(made->handle);
    if (made->canceller == NULL || PQsetnonblocking(made->handle, 1) != 0)
        status = postgresql_fail_memory("a connection", error);
    if (status == BERTH_OK)
        status = postgresql_call_begin(made, deadline_ns, error);
    if (status == BERTH_OK)
        status = postgresql_set_up(made, error);
cleanup:
    if (status == BERTH_OK)
        *connection = made;
    else
        postgresql_close(made, 0);
    return status;
}
