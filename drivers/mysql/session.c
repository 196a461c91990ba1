#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "client.h"

#define CERTAINLY_TAKEN_BYTES (UINT64_C(64) << 10) /* By any server in use. */
#define BATCH_BYTES (UINT64_C(1) << 20)            /* Larger ones are hardly faster. */

int mydb_session_socket(MYSQL *handle) {
#if defined(MYSQL_HAS_GET_SOCKET)
    return (int)mysql_get_socket(handle);
#else
    return (int)handle->net.fd;
#endif
}

int32_t mydb_session_ping(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    if (mysql_ping(connection->handle) != 0)
        status = mydb_errors_of_connection(connection, error);
    mydb_call_end(connection);
    return status;
}

/* An idle server says nothing: what is readable is its goodbye. Under TLS it may be a new session ticket. */
int32_t mydb_session_is_alive(berth_driver_connection *connection) {
    char byte;
    if (connection->is_lost)
        return 0;
    ssize_t got = recv(connection->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0 && connection->pipeline.queued > 0)
        return 1;
    if (got > 0)
        return mysql_get_ssl_cipher(connection->handle) != NULL;
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* The server forgets the settings of the session with everything else. */
int32_t mydb_session_reset(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    if (mysql_reset_connection(connection->handle) != 0)
        status = mydb_errors_of_connection(connection, error);
    else
        status = mydb_connect_prepare_session(connection, error);
    mydb_call_end(connection);
    return status;
}

int32_t mydb_session_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error) {
    (void)error;
    info->product = connection->is_mariadb ? "MariaDB" : "MySQL";
    info->version = connection->version;
    info->text = mysql_get_server_info(connection->handle);
    return BERTH_OK;
}

static int32_t learn_packet_bytes(berth_driver_connection *connection, berth_error *error) {
    if (mysql_query(connection->handle, "SELECT @@max_allowed_packet") != 0)
        return mydb_errors_of_connection(connection, error);
    MYSQL_RES *rows = mysql_store_result(connection->handle);
    if (rows == NULL)
        return mydb_errors_of_connection(connection, error);
    MYSQL_ROW row = mysql_fetch_row(rows);
    connection->packet_bytes = row != NULL && row[0] != NULL ? strtoull(row[0], NULL, 10) : UINT64_MAX;
    mysql_free_result(rows);
    return BERTH_OK;
}

bool mydb_session_takes(const berth_driver_connection *connection, uint64_t bytes) {
    return bytes < CERTAINLY_TAKEN_BYTES || bytes < connection->packet_bytes;
}

uint64_t mydb_session_batch_bytes(berth_driver_connection *connection, berth_error *error) {
    if (connection->packet_bytes == 0 && learn_packet_bytes(connection, error) != BERTH_OK)
        return 0;
    return connection->packet_bytes / 2 < BATCH_BYTES ? connection->packet_bytes / 2 : BATCH_BYTES;
}

int32_t mydb_session_check_size(berth_driver_connection *connection, const char *what, uint64_t bytes,
                                berth_error *error) {
    if (mydb_session_takes(connection, bytes))
        return BERTH_OK;
    int32_t status = connection->packet_bytes == 0 ? learn_packet_bytes(connection, error) : BERTH_OK;
    if (status != BERTH_OK || bytes < connection->packet_bytes)
        return status;
    return mydb_services->fail(error, BERTH_TOO_LARGE, "%s has %llu bytes; the server's max_allowed_packet is %llu",
                               what, (unsigned long long)bytes, (unsigned long long)connection->packet_bytes);
}
