#include "bench/bench.h"

#include <stdio.h>

#define ROUND_NS (BENCH_NS_PER_S / 2) /* How long one side takes in a round, about. */
#define MIN_BLOCKS 3                  /* Of one side in a round. */
#define MAX_BLOCKS 400                /* Likewise. */
#define PATH_BYTES 4096

const bench_api *const bench_sides[BENCH_SIDES] = {
    [BENCH_RAW] = &bench_raw,
    [BENCH_RAW_NOMUTEX] = &bench_raw_nomutex,
    [BENCH_BERTH] = &bench_berth,
};

void bench_copy_setup(const char *folder, bool on_file, const char *options, char script[BENCH_SCRIPT_BYTES]) {
    static const char *const pragmas[] = {"journal_mode", "synchronous", "foreign_keys", "cache_size"};
    char path[PATH_BYTES];
    size_t length = 0;
    snprintf(path, sizeof path, "%s/setup.db", folder);
    bench_database *database = bench_berth.open(on_file ? path : NULL, options, NULL);
    for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "PRAGMA %s", pragmas[i]);
        length += (size_t)snprintf(script + length, BENCH_SCRIPT_BYTES - length, "PRAGMA %s=%s; ", pragmas[i],
                                   bench_berth.ask(database, sql));
        if (length >= BENCH_SCRIPT_BYTES)
            bench_die("the set-up is too long: %s", script);
    }
    bench_berth.close(database);
    remove(path);
}

static bench_database *open_side(const bench_case *work, int side, const char *folder, const char *script) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/side-%d.db", folder, side);
    bench_database *database = bench_sides[side]->open(work->on_file ? path : NULL, work->options, script);
    bench_sides[side]->run(database, BENCH_CREATE);
    if (work->rows > 0)
        bench_sides[side]->insert(database, 0, work->rows);
    return database;
}

static void remove_file(const char *folder, int side) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(path, sizeof path, "%s/side-%d.db%s", folder, side, suffixes[i]);
        remove(path);
    }
}

/* The state of one case. */
typedef struct bench_run {
    const bench_case *work;
    bench_database *databases[BENCH_SIDES];
    int64_t done[BENCH_SIDES]; /* Blocks so far. */
} bench_run;

static int64_t run_block(bench_run *run, int side) {
    return run->work->block(run->work, bench_sides[side], run->databases[side], run->done[side]++);
}

/* A first block of every side warms it up, and says how many blocks make a round. */
static int warm_up(bench_run *run) {
    int64_t slowest_ns = 1;
    for (int side = 0; side < BENCH_SIDES; side++) {
        int64_t took_ns = run_block(run, side);
        slowest_ns = took_ns > slowest_ns ? took_ns : slowest_ns;
    }
    int64_t blocks = ROUND_NS / slowest_ns;
    return blocks < MIN_BLOCKS ? MIN_BLOCKS : blocks > MAX_BLOCKS ? MAX_BLOCKS : (int)blocks;
}

/* One round: nanoseconds an operation for each side, of its median block. So a block that had to wait for another
 * program does not count. */
static void run_round(bench_run *run, int blocks, double ns[BENCH_SIDES]) {
    int order[BENCH_SIDES * MAX_BLOCKS];
    double block_ns[BENCH_SIDES][MAX_BLOCKS];
    int done[BENCH_SIDES] = {0};
    for (int i = 0; i < BENCH_SIDES * blocks; i++)
        order[i] = i % BENCH_SIDES;
    bench_shuffle(order, BENCH_SIDES * blocks);
    for (int i = 0; i < BENCH_SIDES * blocks; i++) {
        int side = order[i];
        block_ns[side][done[side]++] = (double)run_block(run, side) / (double)run->work->operations;
    }
    for (int side = 0; side < BENCH_SIDES; side++)
        ns[side] = bench_median(block_ns[side], blocks);
}

bench_outcome bench_measure(const bench_case *work, int rounds, const char *folder) {
    bench_run run = {.work = work};
    double ns[BENCH_SIDES][BENCH_MAX_ROUNDS] = {0};
    double ratios[BENCH_MAX_ROUNDS] = {0};
    double nomutex_ratios[BENCH_MAX_ROUNDS] = {0};
    bench_outcome outcome;
    char script[BENCH_SCRIPT_BYTES];
    bench_copy_setup(folder, work->on_file, work->options, script);
    rounds = rounds > BENCH_MAX_ROUNDS ? BENCH_MAX_ROUNDS : rounds;
    for (int side = 0; side < BENCH_SIDES; side++)
        run.databases[side] = open_side(work, side, folder, script);
    int blocks = warm_up(&run);
    for (int round = 0; round < rounds; round++) {
        double of_round[BENCH_SIDES];
        run_round(&run, blocks, of_round);
        for (int side = 0; side < BENCH_SIDES; side++)
            ns[side][round] = of_round[side];
        ratios[round] = of_round[BENCH_BERTH] / of_round[BENCH_RAW];
        nomutex_ratios[round] = of_round[BENCH_BERTH] / of_round[BENCH_RAW_NOMUTEX];
    }
    for (int side = 0; side < BENCH_SIDES; side++) {
        outcome.ns[side] = bench_median(ns[side], rounds);
        bench_sides[side]->close(run.databases[side]);
        remove_file(folder, side);
    }
    outcome.ratio = bench_median(ratios, rounds);
    outcome.nomutex_ratio = bench_median(nomutex_ratios, rounds);
    return outcome;
}
