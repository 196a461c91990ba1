#include <libpq-fe.h>
#include <stdio.h>

#include "tests/faults/raw.h"
#include "tests/faults/server.h"

const raw_server raw_server_here = {
    .name = "postgresql",
    .scheme = "postgresql",
    .sessions_sql = "SELECT pid, client_port FROM pg_stat_activity WHERE client_port > 0",
    .full_words = "too many connections for role",
};

struct raw_connection {
    PGconn *handle;
};

raw_connection *raw_open(void) {
    const char *const names[] = {"host", "port", "user", "password", "dbname", "options", NULL};
    const char *const values[] = {
        server_variable("FOLDER"), server_variable("PORT"),          server_user(), server_password(),
        SERVER_DATABASE,           "-c client_min_messages=warning", NULL};
    PGconn *handle = PQconnectdbParams(names, values, 0);
    raw_connection *connection = PQstatus(handle) == CONNECTION_OK ? malloc(sizeof *connection) : NULL;
    if (connection != NULL)
        connection->handle = handle;
    else
        PQfinish(handle);
    return connection;
}

void raw_close(raw_connection *connection) {
    if (connection == NULL)
        return;
    PQfinish(connection->handle);
    free(connection);
}

int raw_descriptor(const raw_connection *connection) {
    return PQsocket(connection->handle);
}

bool raw_query(raw_connection *connection, const char *sql, raw_row_handler *handle_row, void *context) {
    const char *fields[SERVER_FIELDS];
    PGresult *result = PQexec(connection->handle, sql);
    ExecStatusType status = PQresultStatus(result);
    for (int row = 0; status == PGRES_TUPLES_OK && handle_row != NULL && row < PQntuples(result); row++) {
        for (int i = 0; i < PQnfields(result) && i < SERVER_FIELDS; i++)
            fields[i] = PQgetvalue(result, row, i);
        handle_row(context, fields);
    }
    PQclear(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

void raw_run(raw_connection *connection, const char *sql) {
    bool ran = raw_query(connection, sql, NULL, NULL);
    if (!ran)
        fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(connection->handle));
    CU_ASSERT_FATAL(ran);
}

bool raw_kill(raw_connection *connection, const char *id) {
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%s)", id);
    return raw_query(connection, sql, NULL, NULL);
}

void raw_make_limited_user(raw_connection *connection) {
    char sql[128];
    raw_run(connection, "DROP ROLE IF EXISTS limited");
    snprintf(sql, sizeof sql, "CREATE ROLE limited LOGIN CONNECTION LIMIT 2 PASSWORD '%s'", server_password());
    raw_run(connection, sql);
}
