#include "bench/clients/clients.h"

#include <sqlite3.h>
#include <stdlib.h>

/* SQLite in memory with statements that are at hand: what a hundred of them cost more than one without any search. */
struct clients_connection {
    sqlite3 *handle;
    sqlite3_stmt *statements[CLIENTS_STATEMENTS];
};

static void check(clients_connection *database, int code, int expected) {
    if (code != expected)
        bench_die("SQLite: %s", sqlite3_errmsg(database->handle));
}

static clients_connection *open_database(clients_target target, const char *path, const char *options) {
    (void)target;
    (void)path;
    (void)options;
    clients_connection *database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    check(database,
          sqlite3_open_v2(":memory:", &database->handle,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL),
          SQLITE_OK);
    for (int i = 0; i < CLIENTS_STATEMENTS; i++)
        check(database,
              sqlite3_prepare_v3(database->handle, clients_statement_at(i), -1, SQLITE_PREPARE_PERSISTENT,
                                 &database->statements[i], NULL),
              SQLITE_OK);
    return database;
}

static void close_database(clients_connection *database) {
    for (int i = 0; i < CLIENTS_STATEMENTS; i++)
        sqlite3_finalize(database->statements[i]);
    check(database, sqlite3_close(database->handle), SQLITE_OK);
    free(database);
}

static uint64_t run_statements(clients_connection *database, int64_t count, int statement_count) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = database->statements[i % statement_count];
        check(database, sqlite3_step(statement), SQLITE_ROW);
        sum += (uint64_t)sqlite3_column_int64(statement, 0);
        check(database, sqlite3_step(statement), SQLITE_DONE);
        check(database, sqlite3_reset(statement), SQLITE_OK);
    }
    return sum;
}

static uint64_t same_statement(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    return run_statements(database, count, 1);
}

static uint64_t many_statements(clients_connection *database, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)rows;
    return run_statements(database, count, CLIENTS_STATEMENTS);
}

extern const clients_api clients_sqlite_best;
const clients_api clients_sqlite_best = {
    .name = "SQLite",
    .open = open_database,
    .close = close_database,
    .works = {[CLIENTS_SAME_STATEMENT] = same_statement, [CLIENTS_MANY_STATEMENTS] = many_statements},
};
