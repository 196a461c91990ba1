#include "bench/clients/raw_postgresql.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct named_statement {
    const char *name;
    const char *sql;
} named_statement;

static const named_statement statements[POSTGRESQL_STATEMENTS] = {
    [POSTGRESQL_BEGIN] = {"begin", "BEGIN"},
    [POSTGRESQL_COMMIT] = {"commit", "COMMIT"},
    [POSTGRESQL_INSERT] = {"insert", CLIENTS_INSERT_INTO "($1, $2, $3, $4)"},
    [POSTGRESQL_SELECT] = {"select", CLIENTS_SELECT_ALL " WHERE id = $1"},
    [POSTGRESQL_READ] = {"read", CLIENTS_SELECT_ALL},
    [POSTGRESQL_ONE] = {"one", "SELECT 1"},
    [POSTGRESQL_MANY] = {"many", "INSERT INTO bench_rows (" CLIENTS_COLUMNS ") SELECT * FROM "
                                 "unnest($1::bigint[], $2::double precision[], $3::text[], $4::timestamp[])"},
};

void postgresql_fail(clients_connection *connection) {
    bench_die("libpq: %s", PQerrorMessage(connection->handle));
}

PGresult *postgresql_check(clients_connection *connection, PGresult *result, ExecStatusType expected) {
    if (PQresultStatus(result) != expected)
        postgresql_fail(connection);
    return result;
}

void postgresql_run(clients_connection *connection, const char *sql) {
    PQclear(postgresql_check(connection, PQexec(connection->handle, sql), PGRES_COMMAND_OK));
}

void postgresql_take(clients_connection *connection, ExecStatusType expected) {
    PQclear(postgresql_check(connection, PQgetResult(connection->handle), expected));
    PQclear(PQgetResult(connection->handle));
}

clients_connection *postgresql_open(clients_target target, const char *path, const char *options) {
    (void)target;
    (void)path;
    (void)options;
    clients_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        bench_die("out of memory");
    connection->handle = PQconnectdb(clients_environment("BERTH_TEST_POSTGRESQL_SOCKET_URL"));
    if (PQstatus(connection->handle) != CONNECTION_OK)
        postgresql_fail(connection);
    return connection;
}

void postgresql_close(clients_connection *connection) {
    PQfinish(connection->handle);
    free(connection);
}

const char *postgresql_prepare(clients_connection *connection, postgresql_statement statement) {
    const named_statement *named = &statements[statement];
    if (!connection->is_prepared[statement])
        PQclear(postgresql_check(connection, PQprepare(connection->handle, named->name, named->sql, 0, NULL),
                                 PGRES_COMMAND_OK));
    connection->is_prepared[statement] = true;
    return named->name;
}

void postgresql_send(clients_connection *connection, postgresql_statement statement) {
    if (!PQsendQueryPrepared(connection->handle, statements[statement].name, 0, NULL, NULL, NULL, 1))
        postgresql_fail(connection);
}

void postgresql_send_row(clients_connection *connection, int64_t index) {
    static const int formats[POSTGRESQL_COLUMNS] = {1, 1, 1, 1};
    clients_row row = clients_row_at(index);
    uint64_t numbers[] = {htobe64((uint64_t)row.id), htobe64(postgresql_bits_of(row.ratio)),
                          htobe64((uint64_t)(row.moment_us - POSTGRESQL_EPOCH_US))};
    const char *values[] = {(const char *)&numbers[0], (const char *)&numbers[1], row.name, (const char *)&numbers[2]};
    const int lengths[] = {8, 8, (int)strlen(row.name), 8};
    if (!PQsendQueryPrepared(connection->handle, statements[POSTGRESQL_INSERT].name, POSTGRESQL_COLUMNS, values,
                             lengths, formats, 1))
        postgresql_fail(connection);
}

uint64_t postgresql_select_one(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    uint64_t sum = 0;
    const char *name = postgresql_prepare(connection, POSTGRESQL_ONE);
    postgresql_run(connection, "BEGIN");
    for (int64_t i = 0; i < count; i++) {
        uint32_t number;
        PGresult *result = postgresql_check(
            connection, PQexecPrepared(connection->handle, name, 0, NULL, NULL, NULL, 1), PGRES_TUPLES_OK);
        memcpy(&number, PQgetvalue(result, 0, 0), sizeof number);
        sum += be32toh(number);
        PQclear(result);
    }
    postgresql_run(connection, "COMMIT");
    return sum;
}
