#include "bench/clients/raw_postgresql.h"

#include <stdio.h>
#include <stdlib.h>

/* libpq as people write it: one call after another, an INSERT prepared, results as text and whole. */

static void insert_row(clients_connection *connection, int64_t index) {
    postgresql_send_row(connection, index);
    postgresql_take(connection, PGRES_COMMAND_OK);
}

static uint64_t insert(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    postgresql_prepare(connection, POSTGRESQL_INSERT);
    postgresql_run(connection, "BEGIN");
    for (int64_t i = first; i < first + count; i++)
        insert_row(connection, i);
    postgresql_run(connection, "COMMIT");
    return 0;
}

static uint64_t sessions(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    for (int64_t i = first; i < first + count; i++)
        insert(connection, i, 1, rows);
    return 0;
}

static uint64_t rows_sum(const PGresult *result) {
    uint64_t sum = 0;
    for (int i = 0; i < PQntuples(result); i++) {
        clients_row row = {
            .id = strtoll(PQgetvalue(result, i, 0), NULL, 10),
            .ratio = strtod(PQgetvalue(result, i, 1), NULL),
            .name = PQgetvalue(result, i, 2),
            .moment_us = clients_moment_read(PQgetvalue(result, i, 3)),
        };
        sum += clients_row_sum(&row);
    }
    return sum;
}

static uint64_t select_keys(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    postgresql_run(connection, "BEGIN");
    for (int64_t i = first; i < first + count; i++) {
        char key[24];
        const char *value = key;
        snprintf(key, sizeof key, "%lld", (long long)clients_key_at(i, rows) + 1);
        PGresult *result = postgresql_check(
            connection,
            PQexecParams(connection->handle, CLIENTS_SELECT_ALL " WHERE id = $1", 1, NULL, &value, NULL, NULL, 0),
            PGRES_TUPLES_OK);
        sum += rows_sum(result);
        PQclear(result);
    }
    postgresql_run(connection, "COMMIT");
    return sum;
}

static uint64_t read_all(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    postgresql_run(connection, "BEGIN");
    PGresult *result = postgresql_check(connection, PQexec(connection->handle, CLIENTS_SELECT_ALL), PGRES_TUPLES_OK);
    uint64_t sum = rows_sum(result);
    PQclear(result);
    postgresql_run(connection, "COMMIT");
    return sum;
}

extern const clients_api clients_postgresql_written;

const clients_api clients_postgresql_written = {
    .name = "libpq, as written",
    .open = postgresql_open,
    .close = postgresql_close,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = postgresql_select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert},
};
