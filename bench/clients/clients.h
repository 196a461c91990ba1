/* What the parts of the benchmark against database servers know of each other. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "bench/bench_common.h"

#include <stdbool.h>

/* ---- The rows. ---- */

#define CLIENTS_BATCH_ROWS 1000 /* Of one statement, where raw sends many at once. */
#define CLIENTS_TEN 10
#define CLIENTS_STATEMENTS 100 /* Different ones in turn. */

#define CLIENTS_COLUMNS "id, ratio, name, moment"
#define CLIENTS_SELECT_ALL "SELECT " CLIENTS_COLUMNS " FROM bench_rows"
#define CLIENTS_INSERT "INSERT INTO bench_rows (" CLIENTS_COLUMNS ") VALUES "

typedef struct clients_row {
    int64_t id;
    double ratio;
    const char *name;
    int64_t moment_us; /* Since 1970. */
} clients_row;

/* Always the same row for an index, whose id is index + 1. */
clients_row clients_row_at(int64_t index);

/* One of CLIENTS_STATEMENTS texts that select a 1. */
const char *clients_statement_at(int index);

/* Which row a step looks for. */
int64_t clients_key_at(int64_t step, int64_t rows);

/* Depends on every value of the row. */
uint64_t clients_row_sum(const clients_row *row);

/* The date of a day counted from 1970-01-01, and back. */
typedef struct clients_date {
    int year;
    unsigned month, day;
} clients_date;

clients_date clients_date_of(int64_t days);
int64_t clients_days_of(clients_date date);

/* What the table says of the rows with the ids above `first` when all is well, and the statement that asks for it. */
#define CLIENTS_TEXT_BYTES 512
void clients_expect(int64_t first, int64_t count, char sql[CLIENTS_TEXT_BYTES], char expected[CLIENTS_TEXT_BYTES]);

/* ---- The sides. ---- */

typedef enum clients_target { CLIENTS_POSTGRESQL, CLIENTS_MARIADB, CLIENTS_SQLITE } clients_target;

/* What the URL, the socket or whatever a client needs says, from the environment. Ends the program without it. */
const char *clients_environment(const char *name);

/* What can be measured. */
typedef enum clients_work {
    CLIENTS_SESSION,           /* Sessions of one INSERT. */
    CLIENTS_SESSION_PIPELINED, /* The same, queued. */
    CLIENTS_TEN_PIPELINED,     /* Sessions of ten INSERTs, queued. */
    CLIENTS_POINT,             /* SELECTs by key in one transaction. */
    CLIENTS_ONE,               /* SELECT 1 in one transaction. */
    CLIENTS_READ,              /* All rows, as they come. */
    CLIENTS_READ_STORED,       /* All rows, fetched into memory first where raw can do that. */
    CLIENTS_BULK,              /* The server's path for loads. */
    CLIENTS_MANY,              /* INSERTs of many rows at once. */
    CLIENTS_SAME_STATEMENT,    /* One text again and again. */
    CLIENTS_MANY_STATEMENTS,   /* A hundred texts in turn. */
    CLIENTS_WORKS,
} clients_work;

/* A connection, or an engine; each side has its own. */
typedef struct clients_connection clients_connection;

/* Does `count` operations from the index `first` on; the table has `rows` rows. Gives the sum of what was read. */
typedef uint64_t (*clients_function)(clients_connection *database, int64_t first, int64_t count, int64_t rows);

typedef struct clients_api {
    const char *name;
    clients_connection *(*open)(clients_target server, const char *options);
    void (*close)(clients_connection *database);
    clients_function works[CLIENTS_WORKS];
} clients_api;

extern const clients_api clients_berth;
extern const clients_api clients_raw_postgresql;
extern const clients_api clients_raw_mariadb;
extern const clients_api clients_raw_sqlite;

/* Set-up and verification, of Berth's databases alone. The text is valid until the next call. */
void clients_run_sql(clients_connection *database, const char *sql);
const char *clients_ask(clients_connection *database, const char *sql);

/* ---- The cases. ---- */

#define CLIENTS_SIDES 4

typedef struct clients_side {
    const clients_api *api;
    clients_work work;
    const char *options; /* Of Berth's URL. */
} clients_side;

typedef struct clients_case {
    const char *name;
    clients_target server;
    clients_side sides[CLIENTS_SIDES]; /* What is compared with, what is judged, and two to subtract or none. */
    int64_t operations;                /* Of a block. */
    int64_t rows;                      /* In the table beforehand; 0: the work inserts. */
    double bar_one, bar_two;           /* On one core and on two; 0: none. */
    bool by_difference; /* The bar is for the nanoseconds between the sides, less those between the other two. */
} clients_case;

extern const clients_case clients_cases[];
extern const size_t clients_case_count;

typedef struct clients_outcome {
    double ns[CLIENTS_SIDES]; /* An operation. */
    double ratio;             /* Of the first two sides. */
    double difference_ns;     /* Between them, less that between the other two. */
} clients_outcome;

clients_outcome clients_measure(const clients_case *work, int rounds, bool quick);

/* ---- The cores. ---- */

typedef enum clients_cores { CLIENTS_ANY_CORE, CLIENTS_ONE_CORE, CLIENTS_TWO_CORES } clients_cores;

/* Puts this process and the servers on cores. Ends the program where that can't be done. */
void clients_pin(clients_cores cores);

#endif
