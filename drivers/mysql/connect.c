#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

/* Not ANSI_QUOTES: names stand in backticks. The server tells with its answers when SQL has changed a variable that is
 * tracked; it keeps to the names of the session's defaults, MySQL and MariaDB have different ones. */
#define SESSION_SETTINGS(isolation, read_only)                                                                         \
    "SET NAMES utf8mb4, autocommit = 0, time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,"                        \
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION',"                                 \
    " session_track_system_variables = '" isolation "," read_only "', " isolation " = DEFAULT, " read_only             \
    " = DEFAULT"

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

/* Only the first call of it is not safe from several threads. */
static void initialise_library(void) {
    mysql_library_init(0, NULL, NULL);
}

int32_t mydb_connect_prepare_session(berth_driver_connection *connection, berth_error *error) {
    const char *settings = connection->is_mariadb ? SESSION_SETTINGS("tx_isolation", "tx_read_only")
                                                  : SESSION_SETTINGS("transaction_isolation", "transaction_read_only");
    if (mysql_real_query(connection->handle, settings, (unsigned long)strlen(settings)) != 0)
        return mydb_errors_of_connection(connection, error);
    mydb_transaction_forget(connection);
    return BERTH_OK;
}

/* A server that was reached and says no says it for all of them. */
static bool is_worth_another(int32_t status) {
    return status == BERTH_CONNECT || status == BERTH_CONNECTION_LOST || status == BERTH_TOO_MANY_CONNECTIONS ||
           status == BERTH_TIMEOUT;
}

static int64_t patience_of(const berth_connect_info *info, int64_t deadline_ns, uint32_t hosts_left) {
    int64_t patience_ns = BERTH_NO_DEADLINE;
    if (deadline_ns != BERTH_NO_DEADLINE)
        patience_ns = (deadline_ns - mydb_services->now_ns()) / (int64_t)hosts_left;
    for (uint32_t i = 0; i < info->option_count; i++) {
        if (strcmp(info->options[i].name, "connect_timeout") != 0)
            continue;
        int64_t asked_ns = strtoll(info->options[i].value, NULL, 10) * NS_PER_S;
        patience_ns = asked_ns < patience_ns ? asked_ns : patience_ns;
    }
    return patience_ns;
}

static int32_t try_host(berth_driver_connection *connection, int64_t patience_ns, berth_error *error) {
    int64_t begun_ns = mydb_services->now_ns();
    MYSQL *handle = mydb_target_connect(&connection->target, patience_ns);
    int32_t status = BERTH_OK;
    if (handle == NULL)
        return mydb_errors_no_memory(error);
    if (mysql_errno(handle) != 0)
        status = mydb_errors_of_connect(handle, &connection->target, mydb_services->now_ns() - begun_ns >= patience_ns,
                                        error);
    else if (!mydb_target_is_secure(&connection->target, handle))
        status = mydb_services->fail(error, BERTH_CONNECT, "tls asks for encryption, but the server at %s has none",
                                     mysql_get_host_info(handle));
    if (status == BERTH_OK)
        connection->handle = handle;
    else
        mysql_close(handle);
    return status;
}

static int32_t try_hosts(berth_driver_connection *connection, const berth_connect_info *info, int64_t deadline_ns,
                         berth_error *error) {
    uint32_t count = info->host_count > 0 ? info->host_count : 1;
    int32_t status = BERTH_CONNECT;
    for (uint32_t i = 0; i < count; i++) {
        if (!mydb_target_set_host(&connection->target, info, i))
            return mydb_errors_no_memory(error);
        if (mydb_call_has_passed(deadline_ns))
            return i > 0 ? status
                         : mydb_services->fail(error, BERTH_TIMEOUT, "the deadline was over before connecting began");
        status = try_host(connection, patience_of(info, deadline_ns, count - i), error);
        if (!is_worth_another(status))
            break;
    }
    if (status == BERTH_OK)
        mydb_services->fail(error, BERTH_OK, "%s", ""); /* Of the hosts before. */
    return status;
}

static int32_t set_up(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    const char *version = mysql_get_server_info(connection->handle);
    connection->is_mariadb = strstr(version, "MariaDB") != NULL;
    connection->version = (uint32_t)mysql_get_server_version(connection->handle);
    connection->takes_arrays = mydb_many_is_supported(connection);
    connection->thread_id = mysql_thread_id(connection->handle);
    connection->socket = fcntl(mydb_session_socket(connection->handle), F_DUPFD_CLOEXEC, 0);
    if (connection->socket < 0)
        return mydb_services->fail(error, BERTH_RESOURCE, "no descriptor is left for the connection's socket");
    mydb_pipeline_measure(connection);
    int32_t status = mydb_watch_join(connection, error);
    if (status == BERTH_OK)
        status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = mydb_connect_prepare_session(connection, error);
    mydb_call_end(connection);
    return status;
}

int32_t mydb_connect_open(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                          berth_error *error) {
    *connection = NULL;
    pthread_once(&library_once, initialise_library);
    berth_driver_connection *made = mydb_services->allocate(sizeof *made);
    if (made == NULL)
        return mydb_errors_no_memory(error);
    memset(made, 0, sizeof *made);
    made->context = info->context;
    made->socket = -1;
    made->deadline_ns = BERTH_NO_DEADLINE;
    made->failures = 1;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    int32_t status = mydb_target_copy(&made->target, info) ? try_hosts(made, info, deadline_ns, error)
                                                           : mydb_errors_no_memory(error);
    if (status == BERTH_OK)
        status = set_up(made, deadline_ns, error);
    if (status == BERTH_OK)
        *connection = made;
    else
        mydb_connect_close(made, 0);
    return status;
}

/* Lets mysql_close() say its goodbye to nobody: the parent's session goes on over the same connection. */
static void turn_away(MYSQL *handle) {
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0)
        return;
    dup2(nowhere, mydb_session_socket(handle));
    close(nowhere);
}

void mydb_connect_close(berth_driver_connection *connection, uint32_t flags) {
    bool is_forked = (flags & BERTH_CLOSE_FORKED) != 0;
    if (!is_forked)
        mydb_watch_leave(connection);
    if (connection->handle != NULL && is_forked)
        turn_away(connection->handle);
    if (connection->text_rows != NULL)
        mysql_free_result(connection->text_rows);
    mydb_bulk_free(connection);
    while (connection->statements != NULL)
        mydb_statement_unprepare(connection, connection->statements);
    if (connection->handle != NULL)
        mysql_close(connection->handle);
    if (connection->socket >= 0)
        close(connection->socket);
    if (!is_forked) {
        pthread_mutex_destroy(&connection->lock);
        pthread_cond_destroy(&connection->changed);
    }
    mydb_target_free(&connection->target);
    mydb_services->release(connection);
}
