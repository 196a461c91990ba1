/* What both ways to use libmariadb share: statements prepared once, bound values, every result looked at. */
#ifndef BENCH_CLIENTS_RAW_MARIADB_H
#define BENCH_CLIENTS_RAW_MARIADB_H

#include "bench/clients/clients.h"

#include <mysql.h>

#define MARIADB_COLUMNS 4

typedef enum mariadb_statement {
    MARIADB_INSERT,
    MARIADB_SELECT,
    MARIADB_READ,
    MARIADB_ONE,
    MARIADB_MANY,
    MARIADB_STATEMENTS,
} mariadb_statement;

/* A row as the client reads and writes it. */
typedef struct mariadb_row {
    int64_t id;
    double ratio;
    char name[24];
    unsigned long name_length;
    MYSQL_TIME moment;
} mariadb_row;

struct clients_connection {
    MYSQL *handle;
    MYSQL_STMT *statements[MARIADB_STATEMENTS];
    mariadb_row rows[CLIENTS_BATCH_ROWS];
};

clients_connection *mariadb_open(clients_target target, const char *path, const char *options);
void mariadb_close(clients_connection *connection);

void mariadb_check(clients_connection *connection, bool failed);
void mariadb_check_statement(MYSQL_STMT *statement, bool failed);
/* Runs text; its result, if it has one, is still to be taken. */
void mariadb_run(clients_connection *connection, const char *sql);

/* Prepares a statement on first use. */
MYSQL_STMT *mariadb_prepare(clients_connection *connection, mariadb_statement which);
/* The INSERT with its parameters bound to the first row. */
MYSQL_STMT *mariadb_prepare_insert(clients_connection *connection);
/* Executes that for the row at an index. */
void mariadb_insert_row(clients_connection *connection, MYSQL_STMT *statement, int64_t index);

/* The same for parameters and for results. */
void mariadb_bind_row(mariadb_row *row, MYSQL_BIND binds[MARIADB_COLUMNS]);
void mariadb_fill_row(mariadb_row *bound, int64_t index);

/* `count` times a prepared SELECT 1. */
uint64_t mariadb_select_one(clients_connection *connection, int64_t first, int64_t count, int64_t rows);

#endif
