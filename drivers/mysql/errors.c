/* From the server's and the library's codes to the error contract. The code counts before the SQLSTATE: 23000 may be an
 * ambiguous column, 40001 is a deadlock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

#define RETRY BERTH_FLAG_RETRYABLE
#define LOST BERTH_FLAG_CONNECTION_LOST

#define CODE_INTERRUPTED 1317

/* In the order of the codes. */
static const struct {
    unsigned code;
    int32_t status;
    uint32_t flags;
} codes[] = {
    {1007, BERTH_DUPLICATE_OBJECT, 0},
    {1008, BERTH_UNDEFINED, 0},
    {1020, BERTH_SERIALIZATION, RETRY},
    {1021, BERTH_RESOURCE, 0},
    {1022, BERTH_UNIQUE, 0},
    {1030, BERTH_RESOURCE, 0},
    {1034, BERTH_CORRUPT, 0},
    {1035, BERTH_CORRUPT, 0},
    {1036, BERTH_READ_ONLY, 0},
    {1037, BERTH_RESOURCE, 0},
    {1038, BERTH_RESOURCE, 0},
    {1040, BERTH_TOO_MANY_CONNECTIONS, RETRY},
    {1041, BERTH_RESOURCE, 0},
    {1044, BERTH_PERMISSION, 0},
    {1045, BERTH_AUTH, 0},
    {1046, BERTH_UNDEFINED, 0},
    {1047, BERTH_RESOURCE, 0},
    {1048, BERTH_NOT_NULL, 0},
    {1049, BERTH_UNDEFINED, 0},
    {1050, BERTH_DUPLICATE_OBJECT, 0},
    {1051, BERTH_UNDEFINED, 0},
    {1052, BERTH_SYNTAX, 0},
    {1053, BERTH_CONNECTION_LOST, LOST},
    {1054, BERTH_UNDEFINED, 0},
    {1055, BERTH_SYNTAX, 0},
    {1056, BERTH_SYNTAX, 0},
    {1059, BERTH_TOO_LARGE, 0},
    {1060, BERTH_DUPLICATE_OBJECT, 0},
    {1061, BERTH_DUPLICATE_OBJECT, 0},
    {1062, BERTH_UNIQUE, 0},
    {1064, BERTH_SYNTAX, 0},
    {1065, BERTH_SYNTAX, 0},
    {1066, BERTH_SYNTAX, 0},
    {1067, BERTH_DATA, 0},
    {1068, BERTH_SYNTAX, 0},
    {1070, BERTH_SYNTAX, 0},
    {1071, BERTH_TOO_LARGE, 0},
    {1072, BERTH_UNDEFINED, 0},
    {1074, BERTH_TOO_LARGE, 0},
    {1091, BERTH_UNDEFINED, 0},
    {1109, BERTH_UNDEFINED, 0},
    {1111, BERTH_SYNTAX, 0},
    {1114, BERTH_RESOURCE, 0},
    {1116, BERTH_TOO_LARGE, 0},
    {1117, BERTH_TOO_LARGE, 0},
    {1118, BERTH_TOO_LARGE, 0},
    {1129, BERTH_CONNECT, 0},
    {1130, BERTH_AUTH, 0},
    {1136, BERTH_SYNTAX, 0},
    {1138, BERTH_NOT_NULL, 0},
    {1140, BERTH_SYNTAX, 0},
    {1142, BERTH_PERMISSION, 0},
    {1143, BERTH_PERMISSION, 0},
    {1146, BERTH_UNDEFINED, 0},
    {1149, BERTH_SYNTAX, 0},
    {1148, BERTH_NOT_SUPPORTED, 0},
    {1153, BERTH_TOO_LARGE, LOST},
    {1156, BERTH_CONNECTION_LOST, LOST},
    {1158, BERTH_CONNECTION_LOST, LOST},
    {1159, BERTH_CONNECTION_LOST, LOST},
    {1160, BERTH_CONNECTION_LOST, LOST},
    {1161, BERTH_CONNECTION_LOST, LOST},
    {1169, BERTH_UNIQUE, 0},
    {1180, BERTH_RESOURCE, 0},
    {1193, BERTH_UNDEFINED, 0},
    {1194, BERTH_CORRUPT, 0},
    {1203, BERTH_TOO_MANY_CONNECTIONS, RETRY},
    {1205, BERTH_LOCK_TIMEOUT, RETRY},
    {1206, BERTH_RESOURCE, 0},
    {1213, BERTH_DEADLOCK, RETRY},
    {1216, BERTH_FOREIGN_KEY, 0},
    {1217, BERTH_FOREIGN_KEY, 0},
    {1222, BERTH_SYNTAX, 0},
    {1226, BERTH_TOO_MANY_CONNECTIONS, RETRY},
    {1227, BERTH_PERMISSION, 0},
    {1235, BERTH_NOT_SUPPORTED, 0},
    {1241, BERTH_SYNTAX, 0},
    {1242, BERTH_DATA, 0},
    {1243, BERTH_UNDEFINED, 0},
    {1247, BERTH_UNDEFINED, 0},
    {1251, BERTH_AUTH, 0},
    {1264, BERTH_DATA, 0},
    {1265, BERTH_DATA, 0},
    {1267, BERTH_DATA, 0},
    {1273, BERTH_UNDEFINED, 0},
    {1290, BERTH_READ_ONLY, 0},
    {1292, BERTH_DATA, 0},
    {1295, BERTH_NOT_SUPPORTED, 0},
    {1304, BERTH_DUPLICATE_OBJECT, 0},
    {1305, BERTH_UNDEFINED, 0},
    {1317, BERTH_CANCELLED, 0},
    {1318, BERTH_SYNTAX, 0},
    {1359, BERTH_DUPLICATE_OBJECT, 0},
    {1360, BERTH_UNDEFINED, 0},
    {1364, BERTH_NOT_NULL, 0},
    {1365, BERTH_DATA, 0},
    {1366, BERTH_DATA, 0},
    {1370, BERTH_PERMISSION, 0},
    {1390, BERTH_TOO_LARGE, 0},
    {1406, BERTH_DATA, 0},
    {1411, BERTH_DATA, 0},
    {1419, BERTH_PERMISSION, 0},
    {1426, BERTH_DATA, 0},
    {1451, BERTH_FOREIGN_KEY, 0},
    {1452, BERTH_FOREIGN_KEY, 0},
    {1461, BERTH_RESOURCE, 0},
    {1582, BERTH_SYNTAX, 0},
    {1586, BERTH_UNIQUE, 0},
    {1615, BERTH_SERIALIZATION, RETRY},
    {1690, BERTH_DATA, 0},
    {1698, BERTH_AUTH, 0},
    {1701, BERTH_FOREIGN_KEY, 0},
    {1761, BERTH_FOREIGN_KEY, 0},
    {1792, BERTH_READ_ONLY, 0},
    {1820, BERTH_AUTH, 0},
    {1836, BERTH_READ_ONLY, 0},
    {1862, BERTH_AUTH, 0},
    {1927, BERTH_CONNECTION_LOST, LOST},
    {1969, BERTH_TIMEOUT, 0},
    {2000, BERTH_INTERNAL, 0},
    {2001, BERTH_CONNECT, LOST},
    {2002, BERTH_CONNECT, LOST},
    {2003, BERTH_CONNECT, LOST},
    {2004, BERTH_CONNECT, LOST},
    {2005, BERTH_CONNECT, LOST},
    {2006, BERTH_CONNECTION_LOST, LOST},
    {2008, BERTH_NO_MEMORY, LOST},
    {2012, BERTH_CONNECTION_LOST, LOST},
    {2013, BERTH_CONNECTION_LOST, LOST},
    {2020, BERTH_TOO_LARGE, LOST},
    {2026, BERTH_CONNECTION_LOST, LOST},
    {2027, BERTH_CONNECTION_LOST, LOST},
    {2031, BERTH_MISUSE, 0},
    {2055, BERTH_CONNECTION_LOST, LOST},
    {2057, BERTH_SERIALIZATION, RETRY},
    {2059, BERTH_AUTH, 0},
    {2061, BERTH_AUTH, 0},
    {3024, BERTH_TIMEOUT, 0},
    {3140, BERTH_DATA, 0},
    {3572, BERTH_LOCK_TIMEOUT, RETRY},
    {3819, BERTH_CHECK, 0},
    {3948, BERTH_NOT_SUPPORTED, 0},
    {4025, BERTH_CHECK, 0},
    {4031, BERTH_CONNECTION_LOST, LOST},
    {4166, BERTH_NOT_SUPPORTED, 0},
};

/* For codes that are not in the table. */
static const struct {
    const char *class;
    int32_t status;
    uint32_t flags;
} classes[] = {
    {"08", BERTH_CONNECTION_LOST, LOST},
    {"21", BERTH_DATA, 0},
    {"22", BERTH_DATA, 0},
    {"25", BERTH_READ_ONLY, 0},
    {"28", BERTH_AUTH, 0},
    {"40", BERTH_SERIALIZATION, RETRY},
    {"42", BERTH_SYNTAX, 0},
    {"70", BERTH_CANCELLED, 0},
};

static int compare_code(const void *code, const void *entry) {
    unsigned wanted = *(const unsigned *)code;
    unsigned found = *(const unsigned *)entry;
    return (wanted > found) - (wanted < found);
}

int32_t mydb_errors_classify(int64_t native_code, const char *sqlstate, uint32_t *flags) {
    unsigned code = native_code > 0 && native_code < UINT32_MAX ? (unsigned)native_code : 0;
    const unsigned *found = bsearch(&code, codes, sizeof codes / sizeof *codes, sizeof *codes, compare_code);
    if (found != NULL) {
        size_t index = (size_t)((const char *)found - (const char *)codes) / sizeof *codes;
        *flags |= codes[index].flags;
        return codes[index].status;
    }
    for (size_t i = 0; sqlstate != NULL && i < sizeof classes / sizeof *classes; i++) {
        if (strncmp(sqlstate, classes[i].class, 2) != 0)
            continue;
        *flags |= classes[i].flags;
        return classes[i].status;
    }
    return BERTH_INTERNAL;
}

static int32_t fill(int32_t status, uint32_t flags, unsigned code, const char *sqlstate, const char *message,
                    berth_error *error) {
    mydb_services->fail(error, status, "%s", message);
    if (error == NULL)
        return status;
    error->flags |= flags;
    error->native_code = code;
    snprintf(error->sqlstate, sizeof error->sqlstate, "%.5s", sqlstate);
    mydb_names_find(code, message, error);
    return status;
}

/* A statement that we have stopped, or a connection that we have cut, did not fail by itself. */
static int32_t status_of_stop(berth_driver_connection *connection, unsigned code, int32_t status) {
    int why = atomic_load(&connection->stopped_by);
    bool was_stopped = code == CODE_INTERRUPTED || status == BERTH_CONNECTION_LOST;
    if (why != CALL_STOP_DEADLINE || !was_stopped)
        return status;
    return BERTH_TIMEOUT;
}

static int32_t take(berth_driver_connection *connection, unsigned code, const char *sqlstate, const char *message,
                    berth_error *error) {
    uint32_t flags = 0;
    char text[BERTH_MESSAGE_BYTES];
    int32_t status = mydb_errors_classify(code, sqlstate, &flags);
    connection->failures++;
    if ((flags & LOST) != 0)
        connection->is_lost = true;
    else
        mydb_transaction_doubt(connection, code, status, flags);
    if (status_of_stop(connection, code, status) == BERTH_TIMEOUT && status != BERTH_TIMEOUT) {
        status = BERTH_TIMEOUT;
        snprintf(text, sizeof text, "the deadline passed: %s", message);
        message = text;
    }
    return fill(status, flags, code, sqlstate, message, error);
}

int32_t mydb_errors_of_connection(berth_driver_connection *connection, berth_error *error) {
    return take(connection, mysql_errno(connection->handle), mysql_sqlstate(connection->handle),
                mysql_error(connection->handle), error);
}

int32_t mydb_errors_of_statement(berth_driver_connection *connection, MYSQL_STMT *handle, berth_error *error) {
    /* MariaDB Connector/C leaves an error amid the rows with the connection. */
    if (mysql_stmt_errno(handle) == 0)
        return mydb_errors_of_connection(connection, error);
    return take(connection, mysql_stmt_errno(handle), mysql_stmt_sqlstate(handle), mysql_stmt_error(handle), error);
}

int32_t mydb_errors_of_connect(MYSQL *handle, const client_target *target, bool is_late, berth_error *error) {
    uint32_t flags = 0;
    char text[BERTH_MESSAGE_BYTES];
    unsigned code = mysql_errno(handle);
    int32_t status = mydb_errors_classify(code, mysql_sqlstate(handle), &flags);
    if (code == 1049 || code == 1044)
        status = code == 1049 ? BERTH_DATABASE_NOT_FOUND : BERTH_PERMISSION;
    else if ((flags & LOST) != 0)
        status = is_late ? BERTH_TIMEOUT : BERTH_CONNECT;
    const char *where = target->socket != NULL ? target->socket : target->host != NULL ? target->host : "localhost";
    snprintf(text, sizeof text, "%s: %s", where, mysql_error(handle));
    return fill(status, flags & RETRY, code, mysql_sqlstate(handle), text, error);
}

int32_t mydb_errors_no_memory(berth_error *error) {
    return mydb_services->fail(error, BERTH_NO_MEMORY, "out of memory in the driver mysql");
}
