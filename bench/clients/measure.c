#include "bench/clients/clients.h"

#include <string.h>

#define ROUND_NS (BENCH_NS_PER_S / 2) /* How long one side takes in a round, about. */
#define MIN_BLOCKS 3                  /* Of one side in a round. */
#define MAX_BLOCKS 60                 /* Likewise. */

static const char *const create_table[] = {
    [CLIENTS_POSTGRESQL] = "CREATE TABLE bench_rows (id bigint NOT NULL, ratio double precision NOT NULL, "
                           "name varchar(20) NOT NULL, moment timestamp NOT NULL)",
    [CLIENTS_MARIADB] = "CREATE TABLE bench_rows (id bigint NOT NULL, ratio double NOT NULL, "
                        "name varchar(20) NOT NULL, moment datetime(6) NOT NULL)",
};

/* The state of one case. */
typedef struct clients_run {
    const clients_case *work;
    clients_connection *databases[CLIENTS_SIDES];
    clients_connection *keeper; /* Sets up and verifies, so that no side's connection has to. */
    int sides;                  /* How many there are. */
    int64_t steps;              /* So far: where the next block begins. */
} clients_run;

static bool inserts(const clients_case *work) {
    return work->rows == 0 && work->server != CLIENTS_SQLITE;
}

static bool loads(const clients_case *work) {
    return work->sides[1].work == CLIENTS_BULK || work->sides[1].work == CLIENTS_MANY;
}

static void verify_table(clients_run *run, const clients_api *api, int64_t first, int64_t count) {
    char sql[CLIENTS_TEXT_BYTES];
    char expected[CLIENTS_TEXT_BYTES];
    clients_expect(first, count, sql, expected);
    const char *found = clients_ask(run->keeper, sql);
    if (strcmp(found, expected) != 0)
        bench_die("%s inserted %s (number of rows, sums, first and last moment), expected %s", api->name, found,
                  expected);
}

static uint64_t expected_sum(const clients_case *work, clients_work kind, int64_t first) {
    uint64_t sum = 0;
    bool by_key = kind == CLIENTS_POINT;
    if (!by_key && kind != CLIENTS_READ && kind != CLIENTS_READ_STORED)
        return (uint64_t)work->operations;
    for (int64_t i = first; i < first + work->operations; i++) {
        clients_row row = clients_row_at(by_key ? clients_key_at(i, work->rows) : i);
        sum += clients_row_sum(&row);
    }
    return sum;
}

/* One block of one side: nanoseconds an operation. */
static double run_block(clients_run *run, int index) {
    const clients_case *work = run->work;
    const clients_side *side = &work->sides[index];
    clients_connection *database = run->databases[index];
    bool starts_over = loads(work) || side->work == CLIENTS_READ || side->work == CLIENTS_READ_STORED;
    int64_t first = starts_over ? 0 : run->steps;
    int64_t steps = work->operations * (side->work == CLIENTS_TEN_PIPELINED ? CLIENTS_TEN : 1);
    int64_t start_ns = bench_now_ns();
    uint64_t sum = side->api->works[side->work](database, first, work->operations, work->rows);
    int64_t took_ns = bench_now_ns() - start_ns;
    run->steps += steps;
    if (inserts(work))
        verify_table(run, side->api, first, steps);
    else if (sum != expected_sum(work, side->work, first))
        bench_die("%s, %s: the checksum of what was read is wrong", work->name, side->api->name);
    if (loads(work))
        clients_run_sql(run->keeper, "TRUNCATE TABLE bench_rows");
    return (double)took_ns / (double)work->operations;
}

static void begin_run(clients_run *run) {
    const clients_case *work = run->work;
    for (int i = 0; i < run->sides; i++)
        run->databases[i] = work->sides[i].api->open(work->server, work->sides[i].options);
    if (work->server == CLIENTS_SQLITE)
        return;
    run->keeper = clients_berth.open(work->server, "");
    clients_run_sql(run->keeper, create_table[work->server]);
    if (work->rows == 0)
        return;
    clients_berth.works[CLIENTS_BULK](run->keeper, 0, work->rows, 0);
    verify_table(run, &clients_berth, 0, work->rows);
    if (work->sides[1].work == CLIENTS_POINT)
        clients_run_sql(run->keeper, "CREATE UNIQUE INDEX bench_rows_id ON bench_rows (id)");
}

static void end_run(clients_run *run) {
    for (int i = 0; i < run->sides; i++)
        run->work->sides[i].api->close(run->databases[i]);
    if (run->keeper == NULL)
        return;
    clients_run_sql(run->keeper, "DROP TABLE bench_rows");
    clients_berth.close(run->keeper);
}

/* A first block of each side warms it up, and says how many make a round. */
static int warm_up(clients_run *run, bool quick) {
    double slowest_ns = 1;
    for (int i = 0; i < run->sides; i++) {
        double ns = run_block(run, i) * (double)run->work->operations;
        slowest_ns = ns > slowest_ns ? ns : slowest_ns;
    }
    int64_t blocks = (int64_t)((double)ROUND_NS / slowest_ns);
    if (quick)
        return 1;
    return blocks < MIN_BLOCKS ? MIN_BLOCKS : blocks > MAX_BLOCKS ? MAX_BLOCKS : (int)blocks;
}

/* One round: the median block of each side, so that one which had to wait for another program does not count. */
static void run_round(clients_run *run, int blocks, double ns[CLIENTS_SIDES]) {
    int order[CLIENTS_SIDES * MAX_BLOCKS];
    double block_ns[CLIENTS_SIDES][MAX_BLOCKS];
    int done[CLIENTS_SIDES] = {0};
    if (inserts(run->work))
        clients_run_sql(run->keeper, "TRUNCATE TABLE bench_rows");
    for (int i = 0; i < run->sides * blocks; i++)
        order[i] = i % run->sides;
    bench_shuffle(order, run->sides * blocks);
    for (int i = 0; i < run->sides * blocks; i++) {
        int side = order[i];
        block_ns[side][done[side]++] = run_block(run, side);
    }
    for (int side = 0; side < run->sides; side++)
        ns[side] = bench_median(block_ns[side], blocks);
}

clients_outcome clients_measure(const clients_case *work, int rounds, bool quick) {
    clients_run run = {.work = work, .sides = work->sides[2].api != NULL ? 4 : 2};
    double ns[CLIENTS_SIDES][BENCH_MAX_ROUNDS] = {0};
    double ratios[BENCH_MAX_ROUNDS] = {0};
    double differences_ns[BENCH_MAX_ROUNDS] = {0};
    clients_outcome outcome = {0};
    begin_run(&run);
    int blocks = warm_up(&run, quick);
    for (int round = 0; round < rounds; round++) {
        double of_round[CLIENTS_SIDES] = {0};
        run_round(&run, blocks, of_round);
        for (int side = 0; side < run.sides; side++)
            ns[side][round] = of_round[side];
        ratios[round] = of_round[1] / of_round[0];
        differences_ns[round] = of_round[1] - of_round[0] - (of_round[3] - of_round[2]);
    }
    end_run(&run);
    for (int side = 0; side < run.sides; side++)
        outcome.ns[side] = bench_median(ns[side], rounds);
    outcome.ratio = bench_median(ratios, rounds);
    outcome.difference_ns = bench_median(differences_ns, rounds);
    return outcome;
}
