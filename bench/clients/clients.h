/* What a side of the benchmark of client libraries is: Berth's, raw ones, those of other libraries. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "bench/bench_common.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The rows. ---- */

#define CLIENTS_BATCH_ROWS 1000 /* Of one statement, where raw sends many at once. */
#define CLIENTS_TEN 10
#define CLIENTS_STATEMENTS 100 /* Different ones in turn. */

#define CLIENTS_COLUMNS "id, ratio, name, moment"
#define CLIENTS_SELECT_ALL "SELECT " CLIENTS_COLUMNS " FROM bench_rows"
#define CLIENTS_INSERT_INTO "INSERT INTO bench_rows (" CLIENTS_COLUMNS ") VALUES "

/* In the table bench_rows: bigint, double precision, varchar(20); timestamp on PostgreSQL, datetime(6) on MariaDB, on
 * SQLite a bigint, which all sides bind and read as an integer. */
typedef struct clients_row {
    int64_t id;
    double ratio;
    const char *name;
    int64_t moment_us; /* Since 1970. */
} clients_row;

#define CLIENTS_NAME_NUMBER 11 /* Where the number in a name begins. */

/* Always the same row for an index, whose id is index + 1. */
clients_row clients_row_at(int64_t index);

/* One of CLIENTS_STATEMENTS texts that select a 1. */
const char *clients_statement_at(int index);

/* Which row a step looks for. */
int64_t clients_key_at(int64_t step, int64_t rows);

/* Depends on every value of the row. */
uint64_t clients_row_sum(const clients_row *row);
/* The same of a name of that length, with no NUL behind it. */
uint64_t clients_named_sum(const clients_row *row, size_t length);

/* The date of a day counted from 1970-01-01, and back. */
typedef struct clients_date {
    int year;
    unsigned month, day;
} clients_date;

clients_date clients_date_of(int64_t days);
int64_t clients_days_of(clients_date date);

/* A moment as text: 2023-11-14 22:13:20.123457. */
#define CLIENTS_MOMENT_BYTES 64
void clients_moment_write(int64_t moment_us, char text[CLIENTS_MOMENT_BYTES]);
int64_t clients_moment_read(const char *text);

/* ---- Where the databases are. ---- */

typedef enum clients_target {
    CLIENTS_POSTGRESQL,
    CLIENTS_MARIADB,
    CLIENTS_SQLITE_FILE,
    CLIENTS_SQLITE_MEMORY,
    CLIENTS_TARGETS,
} clients_target;

/* What the URL, the socket or whatever a client needs says, from the environment. Ends the program without it. */
const char *clients_environment(const char *name);

/* The pragmas that set a connection to SQLite up as Berth's is; to be run after opening one. */
const char *clients_sqlite_script(void);

/* ---- The sides. ---- */

/* What can be measured. What a side isn't able to, it does by the next best: see clients_work_of(). */
typedef enum clients_work {
    CLIENTS_SESSION, /* One pooled checkout, BEGIN, one INSERT, COMMIT, return, per operation; raw: no pool. */
    CLIENTS_SESSION_PIPELINED, /* The same, queued. */
    CLIENTS_TEN_PIPELINED,     /* Sessions of ten INSERTs, queued; a session is an operation. */
    CLIENTS_POINT,             /* SELECTs by key, all in one transaction. */
    CLIENTS_ONE,               /* Prepared SELECT 1, all in one transaction. */
    CLIENTS_READ,              /* One query of all rows, as they come. */
    CLIENTS_READ_STORED,       /* The same, fetched into memory first. */
    CLIENTS_READ_COLUMNS,      /* The same, into an array for each column. */
    CLIENTS_READ_ARROW,        /* The same by berth_result_arrow(). */
    CLIENTS_INSERT,            /* INSERTs one by one, prepared, all in one transaction. */
    CLIENTS_MANY,              /* INSERTs of many rows in a statement, all in one transaction. */
    CLIENTS_BULK,              /* The database's path for loads, in one transaction. */
    CLIENTS_SAME_STATEMENT,    /* One text again and again. */
    CLIENTS_MANY_STATEMENTS,   /* A hundred texts in turn. */
    CLIENTS_WORKS,
} clients_work;

/* A connection, a pool or an engine; each side has its own. */
typedef struct clients_connection clients_connection;

/* Does `count` operations from the index `first` on; the table has `rows` rows. Gives the sum of what was read:
 * clients_row_sum() of rows, the number itself of SELECT 1. */
typedef uint64_t (*clients_function)(clients_connection *connection, int64_t first, int64_t count, int64_t rows);

typedef struct clients_api {
    const char *name;
    /* `path`: the side's own SQLite file, NULL elsewhere; servers come from clients_environment(). `options`: the query
     * of Berth's URL, "" for others. NULL: this side does not know the target. Whatever else fails ends the program. */
    clients_connection *(*open)(clients_target target, const char *path, const char *options);
    void (*close)(clients_connection *connection);
    clients_function works[CLIENTS_WORKS]; /* NULL: not able to. */
    /* Runs a statement and gives the first value as text, "" when there is none; valid until the next call. Only a side
     * that has it can be measured in memory, where no other connection could make the table and look at it. */
    const char *(*ask)(clients_connection *connection, const char *sql);
} clients_api;

extern const clients_api clients_berth;

#ifdef __cplusplus
}
#endif

#endif
