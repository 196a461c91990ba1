/* What the parts of the benchmark against database servers know of each other. */
#ifndef BENCH_SERVERS_H
#define BENCH_SERVERS_H

#include "bench/bench_common.h"

#include <stdbool.h>

/* ---- The rows. ---- */

#define SERVERS_BATCH_ROWS 1000 /* Of one statement, where raw sends many at once. */
#define SERVERS_TEN 10
#define SERVERS_STATEMENTS 100 /* Different ones in turn. */

#define SERVERS_COLUMNS "id, ratio, name, moment"
#define SERVERS_SELECT_ALL "SELECT " SERVERS_COLUMNS " FROM bench_rows"
#define SERVERS_INSERT "INSERT INTO bench_rows (" SERVERS_COLUMNS ") VALUES "

typedef struct servers_row {
    int64_t id;
    double ratio;
    const char *name;
    int64_t moment_us; /* Since 1970. */
} servers_row;

/* Always the same row for an index, whose id is index + 1. */
servers_row servers_row_at(int64_t index);

/* One of SERVERS_STATEMENTS texts that select a 1. */
const char *servers_statement_at(int index);

/* Which row a step looks for. */
int64_t servers_key_at(int64_t step, int64_t rows);

/* Depends on every value of the row. */
uint64_t servers_row_sum(const servers_row *row);

/* The date of a day counted from 1970-01-01, and back. */
typedef struct servers_date {
    int year;
    unsigned month, day;
} servers_date;

servers_date servers_date_of(int64_t days);
int64_t servers_days_of(servers_date date);

/* What the table says of the rows with the ids above `first` when all is well, and the statement that asks for it. */
#define SERVERS_TEXT_BYTES 512
void servers_expect(int64_t first, int64_t count, char sql[SERVERS_TEXT_BYTES], char expected[SERVERS_TEXT_BYTES]);

/* ---- The sides. ---- */

typedef enum servers_server { SERVERS_POSTGRESQL, SERVERS_MARIADB, SERVERS_NONE } servers_server;

/* What the URL, the socket or whatever a client needs says, from the environment. Ends the program without it. */
const char *servers_environment(const char *name);

/* What can be measured. */
typedef enum servers_work {
    SERVERS_SESSION,           /* Sessions of one INSERT. */
    SERVERS_SESSION_PIPELINED, /* The same, queued. */
    SERVERS_TEN_PIPELINED,     /* Sessions of ten INSERTs, queued. */
    SERVERS_POINT,             /* SELECTs by key in one transaction. */
    SERVERS_ONE,               /* SELECT 1 in one transaction. */
    SERVERS_READ,              /* All rows, as they come. */
    SERVERS_READ_STORED,       /* All rows, fetched into memory first where raw can do that. */
    SERVERS_BULK,              /* The server's path for loads. */
    SERVERS_MANY,              /* INSERTs of many rows at once. */
    SERVERS_SAME_STATEMENT,    /* One text again and again. */
    SERVERS_MANY_STATEMENTS,   /* A hundred texts in turn. */
    SERVERS_WORKS,
} servers_work;

/* A connection, or an engine; each side has its own. */
typedef struct servers_database servers_database;

/* Does `count` operations from the index `first` on; the table has `rows` rows. Gives the sum of what was read. */
typedef uint64_t (*servers_function)(servers_database *database, int64_t first, int64_t count, int64_t rows);

typedef struct servers_api {
    const char *name;
    servers_database *(*open)(servers_server server, const char *options);
    void (*close)(servers_database *database);
    servers_function works[SERVERS_WORKS];
} servers_api;

extern const servers_api servers_berth;
extern const servers_api servers_raw_postgresql;
extern const servers_api servers_raw_mariadb;
extern const servers_api servers_raw_sqlite;

/* Set-up and verification, of Berth's databases alone. The text is valid until the next call. */
void servers_run_sql(servers_database *database, const char *sql);
const char *servers_ask(servers_database *database, const char *sql);

/* ---- The cases. ---- */

#define SERVERS_SIDES 4

typedef struct servers_side {
    const servers_api *api;
    servers_work work;
    const char *options; /* Of Berth's URL. */
} servers_side;

typedef struct servers_case {
    const char *name;
    servers_server server;
    servers_side sides[SERVERS_SIDES]; /* What is compared with, what is judged, and two to subtract or none. */
    int64_t operations;                /* Of a block. */
    int64_t rows;                      /* In the table beforehand; 0: the work inserts. */
    double bar_one, bar_two;           /* On one core and on two; 0: none. */
    bool by_difference; /* The bar is for the nanoseconds between the sides, less those between the other two. */
} servers_case;

extern const servers_case servers_cases[];
extern const size_t servers_case_count;

typedef struct servers_outcome {
    double ns[SERVERS_SIDES]; /* An operation. */
    double ratio;             /* Of the first two sides. */
    double difference_ns;     /* Between them, less that between the other two. */
} servers_outcome;

servers_outcome servers_measure(const servers_case *work, int rounds, bool quick);

/* ---- The cores. ---- */

typedef enum servers_cores { SERVERS_ANY_CORE, SERVERS_ONE_CORE, SERVERS_TWO_CORES } servers_cores;

/* Puts this process and the servers on cores. Ends the program where that can't be done. */
void servers_pin(servers_cores cores);

#endif
