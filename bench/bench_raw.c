#include "bench/bench.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The raw side as a careful C programmer writes it: statements prepared once and kept, texts bound without a copy,
 * every result code looked at. */
struct bench_database {
    sqlite3 *handle;
    sqlite3_stmt *begin;
    sqlite3_stmt *begin_read;
    sqlite3_stmt *commit;
    sqlite3_stmt *insert;
    sqlite3_stmt *insert_many;
    sqlite3_stmt *select;
    sqlite3_stmt *read;
    char answer[256];
};

static void check(bench_database *database, int code, int expected) {
    if (code != expected)
        bench_die("raw SQLite: %s", sqlite3_errmsg(database->handle));
}

static sqlite3_stmt *prepare(bench_database *database, sqlite3_stmt **kept, const char *sql) {
    if (*kept == NULL)
        check(database, sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, kept, NULL),
              SQLITE_OK);
    return *kept;
}

static void run(bench_database *database, const char *sql) {
    check(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL), SQLITE_OK);
}

static bench_database *open_with(const char *path, const char *script, int flags) {
    bench_database *database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    check(database, sqlite3_open_v2(path != NULL ? path : ":memory:", &database->handle, flags, NULL), SQLITE_OK);
    run(database, script);
    return database;
}

static bench_database *open_serialized(const char *path, const char *options, const char *script) {
    (void)options;
    return open_with(path, script, 0);
}

static bench_database *open_nomutex(const char *path, const char *options, const char *script) {
    (void)options;
    return open_with(path, script, SQLITE_OPEN_NOMUTEX);
}

static void close_database(bench_database *database) {
    sqlite3_finalize(database->begin);
    sqlite3_finalize(database->begin_read);
    sqlite3_finalize(database->commit);
    sqlite3_finalize(database->insert);
    sqlite3_finalize(database->insert_many);
    sqlite3_finalize(database->select);
    sqlite3_finalize(database->read);
    check(database, sqlite3_close(database->handle), SQLITE_OK);
    free(database);
}

static const char *ask(bench_database *database, const char *sql) {
    sqlite3_stmt *statement = NULL;
    prepare(database, &statement, sql);
    check(database, sqlite3_step(statement), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    strncpy(database->answer, text != NULL ? text : "", sizeof database->answer - 1);
    sqlite3_finalize(statement);
    return database->answer;
}

/* Runs a kept statement that has no rows. */
static void step(bench_database *database, sqlite3_stmt *statement) {
    check(database, sqlite3_step(statement), SQLITE_DONE);
    check(database, sqlite3_reset(statement), SQLITE_OK);
}

/* Binds row `index` of the data as the row `place` of the statement. */
static void bind_row(bench_database *database, sqlite3_stmt *statement, int place, int64_t index) {
    bench_row row = bench_row_at(index);
    check(database, sqlite3_bind_int64(statement, 4 * place + 1, row.number), SQLITE_OK);
    check(database, sqlite3_bind_double(statement, 4 * place + 2, row.ratio), SQLITE_OK);
    check(database, sqlite3_bind_text(statement, 4 * place + 3, row.name, -1, SQLITE_STATIC), SQLITE_OK);
    check(database, sqlite3_bind_text(statement, 4 * place + 4, row.note, -1, SQLITE_STATIC), SQLITE_OK);
}

static void insert_row(bench_database *database, sqlite3_stmt *statement, int64_t index) {
    bind_row(database, statement, 0, index);
    step(database, statement);
}

static void begin(bench_database *database) {
    step(database, prepare(database, &database->begin, "BEGIN IMMEDIATE"));
}

static void begin_read(bench_database *database) {
    step(database, prepare(database, &database->begin_read, "BEGIN"));
}

static void commit(bench_database *database) {
    step(database, prepare(database, &database->commit, "COMMIT"));
}

static void cycle(bench_database *database, int64_t first, int64_t count) {
    sqlite3_stmt *statement = prepare(database, &database->insert, BENCH_INSERT);
    for (int64_t i = first; i < first + count; i++) {
        begin(database);
        insert_row(database, statement, i);
        commit(database);
    }
}

static void cycle_text(bench_database *database, int64_t first, int64_t count) {
    sqlite3_stmt *statement = prepare(database, &database->insert, BENCH_INSERT);
    for (int64_t i = first; i < first + count; i++) {
        run(database, "BEGIN IMMEDIATE");
        insert_row(database, statement, i);
        run(database, "COMMIT");
    }
}

static void insert(bench_database *database, int64_t first, int64_t count) {
    sqlite3_stmt *statement = prepare(database, &database->insert, BENCH_INSERT);
    begin(database);
    for (int64_t i = first; i < first + count; i++)
        insert_row(database, statement, i);
    commit(database);
}

/* BENCH_INSERT for as many rows as are inserted together. */
static sqlite3_stmt *prepare_many(bench_database *database) {
    static const char more[] = ", (?, ?, ?, ?)";
    static char sql[sizeof BENCH_INSERT + BENCH_TOGETHER * sizeof more] = BENCH_INSERT;
    char *end = sql + sizeof BENCH_INSERT - 1;
    for (int i = 1; i < BENCH_TOGETHER; i++, end += sizeof more - 1)
        memcpy(end, more, sizeof more);
    return prepare(database, &database->insert_many, sql);
}

static void insert_many(bench_database *database, int64_t first, int64_t count) {
    sqlite3_stmt *statement = prepare_many(database);
    begin(database);
    for (int64_t i = first; i < first + count; i += BENCH_TOGETHER) {
        for (int place = 0; place < BENCH_TOGETHER; place++)
            bind_row(database, statement, place, i + place);
        step(database, statement);
    }
    commit(database);
}

static uint64_t row_sum(sqlite3_stmt *statement) {
    return bench_row_sum(sqlite3_column_int64(statement, 0), sqlite3_column_double(statement, 1),
                         (const char *)sqlite3_column_text(statement, 2),
                         (const char *)sqlite3_column_text(statement, 3));
}

static uint64_t select_keys(bench_database *database, int64_t first, int64_t count, int64_t rows) {
    sqlite3_stmt *statement = prepare(database, &database->select, BENCH_SELECT);
    uint64_t sum = 0;
    begin_read(database);
    for (int64_t i = first; i < first + count; i++) {
        check(database, sqlite3_bind_int64(statement, 1, bench_key_at(i, rows) + 1), SQLITE_OK);
        check(database, sqlite3_step(statement), SQLITE_ROW);
        sum += row_sum(statement);
        check(database, sqlite3_reset(statement), SQLITE_OK);
    }
    commit(database);
    return sum;
}

static uint64_t read_all(bench_database *database) {
    sqlite3_stmt *statement = prepare(database, &database->read, BENCH_READ);
    uint64_t sum = 0;
    int code;
    begin_read(database);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        sum += row_sum(statement);
    check(database, code, SQLITE_DONE);
    check(database, sqlite3_reset(statement), SQLITE_OK);
    commit(database);
    return sum;
}

const bench_api bench_raw = {
    .name = "raw",
    .open = open_serialized,
    .close = close_database,
    .run = run,
    .ask = ask,
    .cycle = cycle,
    .cycle_text = cycle_text,
    .insert = insert,
    .insert_many = insert_many,
    .load = insert_many,
    .select = select_keys,
    .read = read_all,
};

const bench_api bench_raw_nomutex = {
    .name = "raw, NOMUTEX",
    .open = open_nomutex,
    .close = close_database,
    .run = run,
    .ask = ask,
    .cycle = cycle,
    .cycle_text = cycle_text,
    .insert = insert,
    .insert_many = insert_many,
    .load = insert_many,
    .select = select_keys,
    .read = read_all,
};
