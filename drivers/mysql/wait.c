/* Requests and the wait for their answers. Where a processor is to spare, looking for an answer again and again is
 * faster than to sleep and be woken up. */
#include <errno.h>
#include <sys/socket.h>

#include "client.h"

static int32_t has_something(void *context) {
    const berth_driver_connection *connection = context;
    char byte;
    return recv(connection->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
           (errno != EAGAIN && errno != EWOULDBLOCK);
}

void mydb_wait_for_answer(berth_driver_connection *connection) {
    if (connection->target.busy_poll.budget_ns > 0)
        mydb_services->busy_poll(&connection->target.busy_poll, has_something, connection);
}

#if defined(MYSQL_HAS_PIPELINE)

int mydb_wait_query(berth_driver_connection *connection, const char *sql, size_t length) {
    if (connection->target.busy_poll.budget_ns == 0)
        return mysql_real_query(connection->handle, sql, (unsigned long)length);
    if (mysql_send_query(connection->handle, sql, (unsigned long)length) != 0)
        return 1;
    mydb_wait_for_answer(connection);
    return mysql_read_query_result(connection->handle);
}

int mydb_wait_send(berth_driver_connection *connection, MYSQL_STMT *handle) {
    my_bool skip = 1;
    mysql_optionsv(connection->handle, MARIADB_OPT_SKIP_READ_RESPONSE, &skip);
    int code = mysql_stmt_execute(handle);
    skip = 0;
    mysql_optionsv(connection->handle, MARIADB_OPT_SKIP_READ_RESPONSE, &skip);
    return code;
}

int mydb_wait_execute(berth_driver_connection *connection, MYSQL_STMT *handle) {
    if (connection->target.busy_poll.budget_ns == 0)
        return mysql_stmt_execute(handle);
    if (mydb_wait_send(connection, handle) != 0)
        return 1;
    mydb_wait_for_answer(connection);
    return connection->handle->methods->db_read_execute_response(handle);
}

#else

int mydb_wait_query(berth_driver_connection *connection, const char *sql, size_t length) {
    return mysql_real_query(connection->handle, sql, (unsigned long)length);
}

int mydb_wait_execute(berth_driver_connection *connection, MYSQL_STMT *handle) {
    (void)connection;
    return mysql_stmt_execute(handle);
}

#endif
