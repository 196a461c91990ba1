/* What is measured: the same work done through Berth and through the raw client library, both verified. */
#ifndef BENCH_H
#define BENCH_H

#include "bench/bench_common.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- The data (bench_data.c). ---- */

#define BENCH_CREATE "CREATE TABLE items (id INTEGER PRIMARY KEY, number INTEGER, ratio REAL, name TEXT, note TEXT)"
#define BENCH_INSERT "INSERT INTO items (number, ratio, name, note) VALUES (?, ?, ?, ?)"
#define BENCH_TOGETHER 1000 /* Rows in a statement or a call, where there are many. */
#define BENCH_SELECT "SELECT number, ratio, name, note FROM items WHERE id = ?"
#define BENCH_READ "SELECT number, ratio, name, note FROM items"

/* A row; the texts are static and at least 16 bytes long. */
typedef struct bench_row {
    int64_t number;
    double ratio;
    const char *name;
    const char *note;
} bench_row;

/* Row `index`, from 0; it has the id `index + 1`. */
bench_row bench_row_at(int64_t index);

/* What a row adds to a checksum: something of every value. */
static inline uint64_t bench_row_sum(int64_t number, double ratio, const char *name, const char *note) {
    return (uint64_t)number * 31 + (uint64_t)(ratio * 8) + (uint64_t)name[15] * 7 + (uint64_t)note[15];
}

/* The index that selection number `step` of a random walk over `rows` rows asks for. */
int64_t bench_key_at(int64_t step, int64_t rows);

/* ---- The sides (bench_berth.c, bench_raw.c). ---- */

typedef struct bench_database bench_database;

/* One way to do the work. A failure ends the program with a message. */
typedef struct bench_api {
    const char *name;
    /* Opens a file, or a database in memory for NULL. Berth sets its connections up by `options`, the query of a URL;
     * raw by `script`, which makes them the same. */
    bench_database *(*open)(const char *path, const char *options, const char *script);
    void (*close)(bench_database *database);
    /* Set-up and verification, not measured. The text is valid until the next call. */
    void (*run)(bench_database *database, const char *sql);
    const char *(*ask)(bench_database *database, const char *sql);
    /* What is measured: `count` transactions of one INSERT, the same with what raw SQLite does most easily; one
     * transaction of `count` INSERTs, of `count` rows many at once, of `count` rows that are loaded; one of `count`
     * SELECTs by key; one SELECT of all rows. Reading returns the checksum. */
    void (*cycle)(bench_database *database, int64_t first, int64_t count);
    void (*cycle_text)(bench_database *database, int64_t first, int64_t count);
    void (*insert)(bench_database *database, int64_t first, int64_t count);
    void (*insert_many)(bench_database *database, int64_t first, int64_t count);
    void (*load)(bench_database *database, int64_t first, int64_t count);
    uint64_t (*select)(bench_database *database, int64_t first, int64_t count, int64_t rows);
    uint64_t (*read)(bench_database *database);
} bench_api;

extern const bench_api bench_berth;
extern const bench_api bench_raw; /* sqlite3_open_v2() with its default, serialized threading. */
extern const bench_api
    bench_raw_nomutex; /* With SQLITE_OPEN_NOMUTEX: one thread at a time by the program's own care. */

/* ---- Measuring (bench_measure.c). ---- */

enum { BENCH_RAW, BENCH_RAW_NOMUTEX, BENCH_BERTH, BENCH_SIDES };

extern const bench_api *const bench_sides[BENCH_SIDES];

typedef struct bench_case bench_case;

/* A block of work on one side: the time it took. Verifies what it did. */
typedef int64_t (*bench_block)(const bench_case *work, const bench_api *api, bench_database *database, int64_t block);

struct bench_case {
    const char *name;
    bool on_file;        /* In a file of a temporary folder; else in memory. */
    const char *options; /* Of the URL: "?synchronous=normal", or "". */
    int64_t rows;        /* That are there before. */
    int64_t operations;  /* In a block. */
    bench_block block;
    double bar; /* Berth's time over raw's at most; 0 for none. */
};

typedef struct bench_outcome {
    double ns[BENCH_SIDES]; /* Nanoseconds an operation, the median of the rounds. */
    double ratio;           /* Berth over raw: the median of the rounds' ratios. */
    double nomutex_ratio;   /* Berth over raw without a mutex. */
} bench_outcome;

/* Runs a case: in each round the blocks of all sides in shuffled order. `folder` is for files. */
bench_outcome bench_measure(const bench_case *work, int rounds, const char *folder);

/* Asks a connection of Berth's how it is set up, and writes the statements that set up a raw one like it. */
#define BENCH_SCRIPT_BYTES 512
void bench_copy_setup(const char *folder, bool on_file, const char *options, char script[BENCH_SCRIPT_BYTES]);

/* Prints what machine this is (bench_machine.c). */
void bench_print_machine(void);

#endif
