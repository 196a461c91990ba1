#include <mysql.h>
#include <stdio.h>

#include "tests/faults/raw.h"
#include "tests/faults/server.h"

const raw_server raw_server_here = {
    .name = "mariadb",
    .scheme = "mariadb",
    .sessions_sql = "SELECT ID, SUBSTRING_INDEX(HOST, ':', -1) FROM information_schema.PROCESSLIST"
                    " WHERE HOST LIKE '127.0.0.1:%'",
    .full_words = "max_user_connections",
};

struct raw_connection {
    MYSQL *handle;
};

raw_connection *raw_open(void) {
    MYSQL *handle = mysql_init(NULL);
    raw_connection *connection = NULL;
    if (mysql_real_connect(handle, NULL, server_user(), server_password(), SERVER_DATABASE, 0,
                           server_variable("SOCKET"), 0) != NULL)
        connection = malloc(sizeof *connection);
    if (connection != NULL)
        connection->handle = handle;
    else
        mysql_close(handle);
    return connection;
}

void raw_close(raw_connection *connection) {
    if (connection == NULL)
        return;
    mysql_close(connection->handle);
    free(connection);
}

int raw_descriptor(const raw_connection *connection) {
    return (int)mysql_get_socket(connection->handle);
}

bool raw_query(raw_connection *connection, const char *sql, raw_row_handler *handle_row, void *context) {
    if (mysql_query(connection->handle, sql) != 0)
        return false;
    MYSQL_RES *result = mysql_store_result(connection->handle);
    if (result == NULL)
        return mysql_errno(connection->handle) == 0;
    for (MYSQL_ROW row = mysql_fetch_row(result); row != NULL && handle_row != NULL; row = mysql_fetch_row(result))
        handle_row(context, (const char *const *)row);
    mysql_free_result(result);
    return true;
}

void raw_run(raw_connection *connection, const char *sql) {
    bool ran = raw_query(connection, sql, NULL, NULL);
    if (!ran)
        fprintf(stderr, "%s: %s\n", sql, mysql_error(connection->handle));
    CU_ASSERT_FATAL(ran);
}

bool raw_kill(raw_connection *connection, const char *id) {
    char sql[64];
    snprintf(sql, sizeof sql, "KILL CONNECTION %s", id);
    return raw_query(connection, sql, NULL, NULL);
}

void raw_make_limited_user(raw_connection *connection) {
    char sql[160];
    snprintf(sql, sizeof sql, "CREATE OR REPLACE USER limited IDENTIFIED BY '%s' WITH MAX_USER_CONNECTIONS 2",
             server_password());
    raw_run(connection, sql);
    raw_run(connection, "GRANT SELECT ON " SERVER_DATABASE ".* TO limited");
}
