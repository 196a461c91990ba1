#include "bench/bench.h"

#include <berth.h>
#include <stdio.h>
#include <stdlib.h>

/* Berth's side as its documentation shows it: default settings, public functions. */
struct bench_database {
    berth_engine *engine;
    char answer[256];
};

static void check(berth_status status, const berth_error *error) {
    if (status != BERTH_OK)
        bench_die("Berth: %s", error->message);
}

static void run(bench_database *database, const char *sql) {
    berth_error error;
    berth_session *session = berth_session_open(database->engine, NULL);
    berth_exec(session, sql, NULL);
    check(berth_session_end(session, &error), &error);
}

static bench_database *open_database(const char *path, const char *options, const char *script) {
    (void)script;
    char url[4200];
    berth_error error;
    bench_database *database = calloc(1, sizeof *database);
    if (database == NULL)
        bench_die("out of memory");
    snprintf(url, sizeof url, "sqlite://%s%s%s", path != NULL ? "/" : "", path != NULL ? path : "", options);
    check(berth_engine_open(url, NULL, &database->engine, &error), &error);
    return database;
}

static void close_database(bench_database *database) {
    berth_error error;
    check(berth_engine_close(database->engine, &error), &error);
    free(database);
}

static const char *ask(bench_database *database, const char *sql) {
    berth_error error;
    berth_session *session = berth_session_open(database->engine, NULL);
    berth_result *rows = berth_query(session, sql, NULL);
    if (!berth_next(rows))
        berth_session_fail(session, BERTH_DATA, "no row for %s", sql);
    snprintf(database->answer, sizeof database->answer, "%s", berth_get_text(rows, 0));
    berth_result_close(rows);
    check(berth_session_end(session, &error), &error);
    return database->answer;
}

static void insert_row(berth_session *session, int64_t index) {
    bench_row row = bench_row_at(index);
    berth_exec(session, BENCH_INSERT, berth_params(row.number, row.ratio, row.name, row.note));
}

static void cycle(bench_database *database, int64_t first, int64_t count) {
    berth_error error;
    for (int64_t i = first; i < first + count; i++) {
        berth_session *session = berth_session_open(database->engine, NULL);
        insert_row(session, i);
        check(berth_session_end(session, &error), &error);
    }
}

static void insert(bench_database *database, int64_t first, int64_t count) {
    berth_error error;
    berth_session *session = berth_session_open(database->engine, NULL);
    for (int64_t i = first; i < first + count; i++)
        insert_row(session, i);
    check(berth_session_end(session, &error), &error);
}

static void insert_many(bench_database *database, int64_t first, int64_t count) {
    static berth_value values[BENCH_TOGETHER][4];
    static berth_params rows[BENCH_TOGETHER];
    berth_error error;
    berth_session *session = berth_session_open(database->engine, NULL);
    for (int64_t i = first; i < first + count; i += BENCH_TOGETHER) {
        for (int place = 0; place < BENCH_TOGETHER; place++) {
            bench_row row = bench_row_at(i + place);
            values[place][0] = berth_int64(row.number);
            values[place][1] = berth_double(row.ratio);
            values[place][2] = berth_text(row.name);
            values[place][3] = berth_text(row.note);
            rows[place] = (berth_params){values[place], 4};
        }
        berth_exec_many(session, BENCH_INSERT, rows, BENCH_TOGETHER);
    }
    check(berth_session_end(session, &error), &error);
}

static void load(bench_database *database, int64_t first, int64_t count) {
    berth_error error;
    berth_session *session = berth_session_open(database->engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "items", "number, ratio, name, note", NULL);
    for (int64_t i = first; i < first + count; i++) {
        bench_row row = bench_row_at(i);
        berth_bulk_row(load, berth_params(row.number, row.ratio, row.name, row.note));
    }
    berth_bulk_close(load, NULL);
    check(berth_session_end(session, &error), &error);
}

static uint64_t row_sum(berth_result *rows) {
    return bench_row_sum(berth_get_int64(rows, 0), berth_get_double(rows, 1), berth_get_text(rows, 2),
                         berth_get_text(rows, 3));
}

static uint64_t select_keys(bench_database *database, int64_t first, int64_t count, int64_t rows) {
    berth_error error;
    uint64_t sum = 0;
    berth_session *session = berth_session_open(database->engine, BERTH_SESSION_OPTIONS(.read_only = true));
    for (int64_t i = first; i < first + count; i++) {
        berth_result *found = berth_query(session, BENCH_SELECT, berth_params(bench_key_at(i, rows) + 1));
        if (berth_next(found))
            sum += row_sum(found);
        berth_result_close(found);
    }
    check(berth_session_end(session, &error), &error);
    return sum;
}

static uint64_t read_all(bench_database *database) {
    berth_error error;
    uint64_t sum = 0;
    berth_session *session = berth_session_open(database->engine, BERTH_SESSION_OPTIONS(.read_only = true));
    berth_result *rows = berth_query(session, BENCH_READ, NULL);
    while (berth_next(rows))
        sum += row_sum(rows);
    berth_result_close(rows);
    check(berth_session_end(session, &error), &error);
    return sum;
}

const bench_api bench_berth = {
    .name = "Berth",
    .open = open_database,
    .close = close_database,
    .run = run,
    .ask = ask,
    .cycle = cycle,
    .cycle_text = cycle,
    .insert = insert,
    .insert_many = insert_many,
    .load = load,
    .select = select_keys,
    .read = read_all,
};
