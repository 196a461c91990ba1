#include "bench/clients/harness.h"

#include <math.h>
#include <stdio.h>

#define ROUND_NS (BENCH_NS_PER_S / 2) /* How long one side takes in a round, about. */
#define MAX_BLOCKS 60                 /* Of one side in a round; one of SQLite in memory takes 20 us. */
#define ONE_BY_ONE_PART 20            /* Of the rows, where a side has no better way than one by one. */
#define PATH_BYTES 4096

/* A side while a contest runs. */
typedef struct clients_runner {
    const clients_side *side;
    clients_connection *connection; /* NULL: takes no part. */
    clients_witness witness;
    char path[PATH_BYTES]; /* Of SQLite's file. */
    int64_t operations;    /* Of a block. */
    int blocks;            /* Of a round. */
} clients_runner;

typedef struct clients_run {
    const clients_contest *contest;
    clients_witness shared; /* Of a server, for all sides. */
    clients_runner runners[CLIENTS_COLUMNS_MAX];
    int64_t steps; /* So far: where the next block begins. */
} clients_run;

/* ---- What kind of work it is. ---- */

static bool is_read(clients_work work) {
    return work == CLIENTS_READ || work == CLIENTS_READ_STORED || work == CLIENTS_READ_COLUMNS ||
           work == CLIENTS_READ_ARROW;
}

static bool is_load(clients_work work) {
    return work == CLIENTS_INSERT || work == CLIENTS_MANY || work == CLIENTS_BULK;
}

static bool needs_table(clients_work work) {
    return work != CLIENTS_SAME_STATEMENT && work != CLIENTS_MANY_STATEMENTS;
}

static bool inserts(clients_work work) {
    return is_load(work) || work == CLIENTS_SESSION || work == CLIENTS_SESSION_PIPELINED ||
           work == CLIENTS_TEN_PIPELINED;
}

/* ---- Blocks. ---- */

static uint64_t expected_sum(const clients_runner *runner, int64_t first, int64_t rows) {
    uint64_t sum = 0;
    clients_work work = runner->side->work;
    if (work != CLIENTS_POINT && !is_read(work))
        return (uint64_t)runner->operations;
    for (int64_t i = first; i < first + runner->operations; i++) {
        clients_row row = clients_row_at(work == CLIENTS_POINT ? clients_key_at(i, rows) : i);
        sum += clients_row_sum(&row);
    }
    return sum;
}

/* One block of one side, verified: nanoseconds an operation. */
static double run_block(clients_run *run, clients_runner *runner) {
    const clients_side *side = runner->side;
    int64_t rows = run->contest->rows;
    int64_t steps = side->work == CLIENTS_TEN_PIPELINED ? runner->operations * CLIENTS_TEN : runner->operations;
    int64_t first = is_load(side->work) || is_read(side->work) ? 0 : run->steps;
    int64_t start_ns = bench_now_ns();
    uint64_t sum = clients_do(side->api, runner->connection, side->work, first, runner->operations, rows);
    int64_t took_ns = bench_now_ns() - start_ns;
    run->steps += steps;
    if (inserts(side->work))
        clients_witness_verify(&runner->witness, side->api->name, first, steps);
    else if (sum != expected_sum(runner, first, rows))
        bench_die("%s, %s: the checksum of what was read is wrong", run->contest->name, side->api->name);
    if (is_load(side->work))
        clients_witness_empty(&runner->witness);
    return (double)took_ns / (double)runner->operations;
}

/* ---- Opening and closing. ---- */

static void remove_files(const char *path) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[PATH_BYTES + 8];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        remove(name);
    }
}

/* A database of its own for a side of SQLite. */
static void open_own(clients_run *run, clients_runner *runner, int index) {
    const clients_contest *contest = run->contest;
    const clients_side *side = runner->side;
    bool on_file = contest->target == CLIENTS_SQLITE_FILE;
    if (!on_file && side->api->ask == NULL)
        return;
    runner->witness = (clients_witness){.api = side->api, .target = contest->target};
    if (on_file) {
        snprintf(runner->path, sizeof runner->path, "%s/side-%d.db", contest->folder, index);
        runner->witness.api = &clients_berth;
        runner->witness.connection = clients_berth.open(contest->target, runner->path, side->options);
    }
    runner->connection = side->api->open(contest->target, on_file ? runner->path : NULL, side->options);
    if (!on_file)
        runner->witness.connection = runner->connection;
    if (runner->connection != NULL && needs_table(side->work))
        clients_witness_create(&runner->witness, contest->rows, side->work == CLIENTS_POINT);
}

static void open_shared(clients_run *run, clients_runner *runner) {
    const clients_side *side = runner->side;
    runner->witness = run->shared;
    runner->connection = side->api->open(run->contest->target, NULL, side->options);
}

static bool is_able(const clients_side *side) {
    return side->api != NULL && side->api->works[clients_work_of(side->api, side->work)] != NULL;
}

static void begin_run(clients_run *run) {
    const clients_contest *contest = run->contest;
    bool on_server = contest->target == CLIENTS_POSTGRESQL || contest->target == CLIENTS_MARIADB;
    if (on_server) {
        run->shared = (clients_witness){&clients_berth, clients_berth.open(contest->target, NULL, ""), contest->target};
        clients_witness_create(&run->shared, contest->rows, contest->sides[0].work == CLIENTS_POINT);
    } else {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/setup.db", contest->folder);
        clients_sqlite_copy_setup(contest->target, path, contest->sides[0].options);
        remove_files(path);
    }
    for (int i = 0; i < CLIENTS_COLUMNS_MAX; i++) {
        clients_runner *runner = &run->runners[i];
        runner->side = &contest->sides[i];
        if (!is_able(runner->side))
            continue;
        if (on_server)
            open_shared(run, runner);
        else
            open_own(run, runner, i);
        clients_work does = clients_work_of(runner->side->api, runner->side->work);
        bool one_by_one = does == CLIENTS_INSERT && does != runner->side->work && is_load(runner->side->work);
        runner->operations = one_by_one ? contest->operations / ONE_BY_ONE_PART + 1 : contest->operations;
    }
}

static void end_run(clients_run *run) {
    for (int i = 0; i < CLIENTS_COLUMNS_MAX; i++) {
        clients_runner *runner = &run->runners[i];
        if (runner->connection != NULL)
            runner->side->api->close(runner->connection);
        if (runner->path[0] == '\0')
            continue;
        clients_berth.close(runner->witness.connection);
        remove_files(runner->path);
    }
    if (run->shared.connection == NULL)
        return;
    clients_witness_drop(&run->shared);
    clients_berth.close(run->shared.connection);
}

/* ---- Rounds. ---- */

/* A first block of each side warms it up, and says how many make a round. */
static void warm_up(clients_run *run, bool quick) {
    for (int i = 0; i < CLIENTS_COLUMNS_MAX; i++) {
        clients_runner *runner = &run->runners[i];
        if (runner->connection == NULL)
            continue;
        int64_t blocks = (int64_t)(ROUND_NS / (run_block(run, runner) * (double)runner->operations));
        runner->blocks = quick || blocks < 1 ? 1 : blocks > MAX_BLOCKS ? MAX_BLOCKS : (int)blocks;
    }
}

static void empty_tables(clients_run *run) {
    if (run->shared.connection != NULL) {
        clients_witness_empty(&run->shared);
        return;
    }
    for (int i = 0; i < CLIENTS_COLUMNS_MAX; i++)
        if (run->runners[i].connection != NULL)
            clients_witness_empty(&run->runners[i].witness);
}

/* One round: the median block of each side, so that one which had to wait for another program does not count. */
static void run_round(clients_run *run, int round, clients_samples *samples) {
    int order[CLIENTS_COLUMNS_MAX * MAX_BLOCKS];
    double block_ns[CLIENTS_COLUMNS_MAX][MAX_BLOCKS];
    int done[CLIENTS_COLUMNS_MAX] = {0};
    int count = 0;
    if (inserts(run->contest->sides[0].work))
        empty_tables(run);
    for (int side = 0; side < CLIENTS_COLUMNS_MAX; side++)
        for (int i = 0; i < run->runners[side].blocks; i++)
            order[count++] = side;
    bench_shuffle(order, count);
    for (int i = 0; i < count; i++) {
        int side = order[i];
        block_ns[side][done[side]++] = run_block(run, &run->runners[side]);
    }
    for (int side = 0; side < CLIENTS_COLUMNS_MAX; side++)
        samples->ns[side][round] = done[side] > 0 ? bench_median(block_ns[side], done[side]) : NAN;
}

/* That of columns is a batch of them; a database in memory is seen by no other process. */
static bool has_peak(const clients_contest *contest, clients_work work) {
    return contest->target != CLIENTS_SQLITE_MEMORY && (work == CLIENTS_READ || work == CLIENTS_READ_STORED);
}

/* What each side needs to read all rows. */
static void measure_peaks(const clients_run *run, clients_samples *samples) {
    const clients_contest *contest = run->contest;
    for (int i = 0; i < CLIENTS_COLUMNS_MAX; i++) {
        const clients_runner *runner = &run->runners[i];
        samples->peak_kb[i] = NAN;
        if (runner->connection != NULL && has_peak(contest, runner->side->work))
            samples->peak_kb[i] =
                clients_peak_kb(contest->target, (clients_column)i, runner->side->work, contest->rows, runner->path);
    }
}

void clients_measure(const clients_contest *contest, bool quick, clients_samples *samples) {
    static clients_run run;
    run = (clients_run){.contest = contest};
    begin_run(&run);
    warm_up(&run, quick);
    for (int round = 0; round < samples->rounds; round++)
        run_round(&run, round, samples);
    measure_peaks(&run, samples);
    end_run(&run);
}
