#include "bench/clients/harness.h"

#define PG CLIENTS_POSTGRESQL
#define MY CLIENTS_MARIADB
#define LITE CLIENTS_SQLITE_FILE
#define MEMORY CLIENTS_SQLITE_MEMORY

/* Operations of a block. */
#define SESSIONS 50
#define MEMORY_SESSIONS 500
#define KEYS 1000
#define INSERTS 5000
#define WRITE_ROWS 100000
#define SLOW 10 /* Over a network. */
#define SLOW_KEYS 50

/* Rows in the table. */
#define KEY_ROWS 10000
#define READ_ROWS 200000
#define SQLITE_READ_ROWS 1000000

#define NORMAL "?synchronous=normal"
#define POLLING "?busy_poll_us=50"

/* Name, target, work, options of Berth, against what; bars on one core and on two; operations, rows. */
const clients_case clients_cases[] = {
    {"PostgreSQL: session with one INSERT", PG, CLIENTS_SESSION, "", CLIENTS_WRITTEN, 0.82, 0.82, SESSIONS, 0},
    {"PostgreSQL: the same, pipelined", PG, CLIENTS_SESSION_PIPELINED, "", CLIENTS_WRITTEN, 0.60, 0.45, SESSIONS, 0},
    {"PostgreSQL: session with ten, pipelined", PG, CLIENTS_TEN_PIPELINED, "", CLIENTS_BEST, 0, 0, SESSIONS, 0},
    {"PostgreSQL: SELECT by key", PG, CLIENTS_POINT, "", CLIENTS_BEST, 1.05, 1.05, KEYS, KEY_ROWS},
    {"PostgreSQL: SELECT 1", PG, CLIENTS_ONE, "", CLIENTS_WRITTEN, 0, 0, KEYS, 1},
    {"PostgreSQL: SELECT 1, busy_poll_us=50", PG, CLIENTS_ONE, POLLING, CLIENTS_WRITTEN, 0, 0.40, KEYS, 1},
    {"PostgreSQL: 200000 rows read", PG, CLIENTS_READ, "", CLIENTS_BEST, 1.05, 1.05, READ_ROWS, READ_ROWS},
    {"PostgreSQL: 5000 INSERTs in a transaction", PG, CLIENTS_INSERT, "", CLIENTS_WRITTEN, 0, 0, INSERTS, 0},
    {"PostgreSQL: 100000 rows, exec_many", PG, CLIENTS_MANY, "", CLIENTS_BEST, 1.15, 1.15, WRITE_ROWS, 0},
    {"PostgreSQL: 100000 rows, bulk load", PG, CLIENTS_BULK, "", CLIENTS_BEST, 1.10, 1.10, WRITE_ROWS, 0},

    {"MariaDB: session with one INSERT", MY, CLIENTS_SESSION, "", CLIENTS_WRITTEN, 0.75, 0.75, SESSIONS, 0},
    {"MariaDB: the same, pipelined", MY, CLIENTS_SESSION_PIPELINED, "", CLIENTS_WRITTEN, 0, 0, SESSIONS, 0},
    {"MariaDB: session with ten, pipelined", MY, CLIENTS_TEN_PIPELINED, "", CLIENTS_BEST, 0, 0, SESSIONS, 0},
    {"MariaDB: SELECT by key", MY, CLIENTS_POINT, "", CLIENTS_BEST, 1.05, 1.05, KEYS, KEY_ROWS},
    {"MariaDB: SELECT 1", MY, CLIENTS_ONE, "", CLIENTS_WRITTEN, 0, 0, KEYS, 1},
    {"MariaDB: SELECT 1, busy_poll_us=50", MY, CLIENTS_ONE, POLLING, CLIENTS_WRITTEN, 0, 0.40, KEYS, 1},
    {"MariaDB: 200000 rows read", MY, CLIENTS_READ, "", CLIENTS_BEST, 1.05, 1.05, READ_ROWS, READ_ROWS},
    {"MariaDB: 5000 INSERTs in a transaction", MY, CLIENTS_INSERT, "", CLIENTS_WRITTEN, 0, 0, INSERTS, 0},
    {"MariaDB: 100000 rows, exec_many", MY, CLIENTS_MANY, "", CLIENTS_BEST, 1.15, 1.15, WRITE_ROWS, 0},
    {"MariaDB: 100000 rows, bulk load", MY, CLIENTS_BULK, "", CLIENTS_BEST, 1.10, 1.10, WRITE_ROWS, 0},

    {"SQLite: session with one INSERT", LITE, CLIENTS_SESSION, NORMAL, CLIENTS_WRITTEN, 0.95, 0.95, SESSIONS * 2, 0},
    {"SQLite: the same, flushed (synchronous=full)", LITE, CLIENTS_SESSION, "", CLIENTS_WRITTEN, 0, 0, 1, 0},
    {"SQLite: the same, in memory", MEMORY, CLIENTS_SESSION, "", CLIENTS_WRITTEN, 0, 0, MEMORY_SESSIONS, 0},
    {"SQLite: SELECT by key", LITE, CLIENTS_POINT, "", CLIENTS_BEST, 1.25, 1.25, KEYS, KEY_ROWS},
    {"SQLite: SELECT 1", LITE, CLIENTS_ONE, "", CLIENTS_BEST, 0, 0, KEYS, 1},
    {"SQLite: 1000000 rows read", LITE, CLIENTS_READ, "", CLIENTS_BEST, 1.10, 1.10, SQLITE_READ_ROWS, SQLITE_READ_ROWS},
    {"SQLite: 100000 INSERTs in a transaction", LITE, CLIENTS_INSERT, NORMAL, CLIENTS_BEST, 0, 0, WRITE_ROWS, 0},
    {"SQLite: 100000 rows, exec_many", LITE, CLIENTS_MANY, NORMAL, CLIENTS_BEST, 1.15, 1.15, WRITE_ROWS, 0},
    {"SQLite: 100000 rows, bulk load", LITE, CLIENTS_BULK, NORMAL, CLIENTS_BEST, 1.10, 1.10, WRITE_ROWS, 0},
};

const size_t clients_case_count = sizeof clients_cases / sizeof *clients_cases;

const clients_case clients_network_cases[] = {
    {"PostgreSQL: session with one INSERT", PG, CLIENTS_SESSION, "", CLIENTS_WRITTEN, 0, 0, SLOW, 0},
    {"PostgreSQL: the same, pipelined", PG, CLIENTS_SESSION_PIPELINED, "", CLIENTS_WRITTEN, 0, 0, SLOW, 0},
    {"PostgreSQL: session with ten, pipelined", PG, CLIENTS_TEN_PIPELINED, "", CLIENTS_WRITTEN, 0, 0, SLOW, 0},
    {"PostgreSQL: SELECT 1", PG, CLIENTS_ONE, "", CLIENTS_WRITTEN, 0, 0, SLOW_KEYS, 1},
    {"MariaDB: session with one INSERT", MY, CLIENTS_SESSION, "", CLIENTS_WRITTEN, 0, 0, SLOW, 0},
    {"MariaDB: the same, pipelined", MY, CLIENTS_SESSION_PIPELINED, "", CLIENTS_WRITTEN, 0, 0, SLOW, 0},
    {"MariaDB: session with ten, pipelined", MY, CLIENTS_TEN_PIPELINED, "", CLIENTS_WRITTEN, 0, 0, SLOW, 0},
    {"MariaDB: SELECT 1", MY, CLIENTS_ONE, "", CLIENTS_WRITTEN, 0, 0, SLOW_KEYS, 1},
};

const size_t clients_network_case_count = sizeof clients_network_cases / sizeof *clients_network_cases;

#define PING_OFF "?pool_pre_ping=off"
#define PING_ALWAYS "?ping_idle_ms=0" /* At every checkout that needs one. */

#define COLUMNS(name, target, against, count)                                                                          \
    { name, target, {against, CLIENTS_READ_ARROW}, {"", ""}, .bar = 1.00, .operations = (count), .rows = (count) }

const clients_self_case clients_self_cases[] = {
    {"PostgreSQL: a session with pre-ping against one without",
     PG,
     {CLIENTS_SESSION, CLIENTS_SESSION},
     {PING_OFF, PING_ALWAYS},
     .bar = 1.03,
     .operations = SESSIONS},
    {"MariaDB: a session with pre-ping against one without",
     MY,
     {CLIENTS_SESSION, CLIENTS_SESSION},
     {PING_OFF, ""},
     .bar = 1.03,
     .operations = SESSIONS},
    {"PostgreSQL: ten INSERTs against one, pipelined",
     PG,
     {CLIENTS_SESSION_PIPELINED, CLIENTS_TEN_PIPELINED},
     {"", ""},
     .bar = 1.5,
     .operations = SESSIONS},
    {"SQLite: a hundred statements in turn against one",
     MEMORY,
     {CLIENTS_SAME_STATEMENT, CLIENTS_MANY_STATEMENTS},
     {"", ""},
     .more_ns = 30,
     .operations = 10000},
    COLUMNS("PostgreSQL: 200000 rows as Arrow against getters", PG, CLIENTS_READ, READ_ROWS),
    COLUMNS("PostgreSQL: ... against getters into arrays", PG, CLIENTS_READ_COLUMNS, READ_ROWS),
    COLUMNS("MariaDB: 200000 rows as Arrow against getters", MY, CLIENTS_READ, READ_ROWS),
    COLUMNS("MariaDB: ... against getters into arrays", MY, CLIENTS_READ_COLUMNS, READ_ROWS),
    COLUMNS("SQLite: 1000000 rows as Arrow against getters", LITE, CLIENTS_READ, SQLITE_READ_ROWS),
    COLUMNS("SQLite: ... against getters into arrays", LITE, CLIENTS_READ_COLUMNS, SQLITE_READ_ROWS),
};

const size_t clients_self_case_count = sizeof clients_self_cases / sizeof *clients_self_cases;
