/* What both ways to use libpq share: statements prepared once, binary parameters, every result looked at. */
#ifndef BENCH_CLIENTS_RAW_POSTGRESQL_H
#define BENCH_CLIENTS_RAW_POSTGRESQL_H

#include "bench/clients/clients.h"

#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

#define POSTGRESQL_COLUMNS 4
#define POSTGRESQL_EPOCH_US INT64_C(946684800000000) /* It counts from 2000. */
#define POSTGRESQL_BUFFER_BYTES 131072

typedef enum postgresql_statement {
    POSTGRESQL_BEGIN,
    POSTGRESQL_COMMIT,
    POSTGRESQL_INSERT,
    POSTGRESQL_SELECT,
    POSTGRESQL_READ,
    POSTGRESQL_ONE,
    POSTGRESQL_MANY,
    POSTGRESQL_STATEMENTS,
} postgresql_statement;

/* Bytes as the protocol has them. */
typedef struct postgresql_buffer {
    char bytes[POSTGRESQL_BUFFER_BYTES];
    size_t length;
} postgresql_buffer;

struct clients_connection {
    PGconn *handle;
    bool is_prepared[POSTGRESQL_STATEMENTS];
    postgresql_buffer buffers[POSTGRESQL_COLUMNS];
};

clients_connection *postgresql_open(clients_target target, const char *path, const char *options);
void postgresql_close(clients_connection *connection);

void postgresql_fail(clients_connection *connection) __attribute__((noreturn));
/* Gives the result back if it is what was expected. */
PGresult *postgresql_check(clients_connection *connection, PGresult *result, ExecStatusType expected);
/* Runs text without a result. */
void postgresql_run(clients_connection *connection, const char *sql);
/* Takes one answer and the NULL behind it. */
void postgresql_take(clients_connection *connection, ExecStatusType expected);

/* Prepares a statement unless it is, and gives its name. */
const char *postgresql_prepare(clients_connection *connection, postgresql_statement statement);
/* Sends a prepared statement without parameters; its result will be binary. */
void postgresql_send(clients_connection *connection, postgresql_statement statement);
/* Sends the INSERT of a row. */
void postgresql_send_row(clients_connection *connection, int64_t index);

/* SELECT 1 by libpq's blocking call. */
uint64_t postgresql_select_one(clients_connection *connection, int64_t first, int64_t count, int64_t rows);

static inline uint64_t postgresql_bits_of(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

#endif
