#include "bench/clients/raw_mariadb.h"

#include <stdio.h>
#include <stdlib.h>

/* libmariadb as people write it: one call after another, an INSERT prepared, results as text and whole. */

static uint64_t insert(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    MYSQL_STMT *statement = mariadb_prepare_insert(connection);
    mariadb_run(connection, "BEGIN");
    for (int64_t i = first; i < first + count; i++)
        mariadb_insert_row(connection, statement, i);
    mariadb_run(connection, "COMMIT");
    return 0;
}

static uint64_t sessions(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)rows;
    MYSQL_STMT *statement = mariadb_prepare_insert(connection);
    for (int64_t i = first; i < first + count; i++) {
        mariadb_run(connection, "BEGIN");
        mariadb_insert_row(connection, statement, i);
        mariadb_run(connection, "COMMIT");
    }
    return 0;
}

static uint64_t query_sum(clients_connection *connection, const char *sql) {
    uint64_t sum = 0;
    MYSQL_ROW texts;
    mariadb_run(connection, sql);
    MYSQL_RES *result = mysql_store_result(connection->handle);
    mariadb_check(connection, result == NULL);
    while ((texts = mysql_fetch_row(result)) != NULL) {
        clients_row row = {
            .id = strtoll(texts[0], NULL, 10),
            .ratio = strtod(texts[1], NULL),
            .name = texts[2],
            .moment_us = clients_moment_read(texts[3]),
        };
        sum += clients_row_sum(&row);
    }
    mysql_free_result(result);
    return sum;
}

static uint64_t select_keys(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    uint64_t sum = 0;
    mariadb_run(connection, "BEGIN");
    for (int64_t i = first; i < first + count; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, CLIENTS_SELECT_ALL " WHERE id = %lld", (long long)clients_key_at(i, rows) + 1);
        sum += query_sum(connection, sql);
    }
    mariadb_run(connection, "COMMIT");
    return sum;
}

static uint64_t read_all(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    mariadb_run(connection, "BEGIN");
    uint64_t sum = query_sum(connection, CLIENTS_SELECT_ALL);
    mariadb_run(connection, "COMMIT");
    return sum;
}

extern const clients_api clients_mariadb_written;

const clients_api clients_mariadb_written = {
    .name = "libmariadb, as written",
    .open = mariadb_open,
    .close = mariadb_close,
    .works = {[CLIENTS_SESSION] = sessions,
              [CLIENTS_POINT] = select_keys,
              [CLIENTS_ONE] = mariadb_select_one,
              [CLIENTS_READ] = read_all,
              [CLIENTS_INSERT] = insert},
};
