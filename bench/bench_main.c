#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ROUNDS 7
#define MIN_ROUNDS 5

/* ---- Blocks. ---- */

static void verify_inserts(const bench_api *api, bench_database *database, int64_t first, int64_t count) {
    long long sum = 0;
    char expected[64];
    char sql[128];
    for (int64_t i = first; i < first + count; i++)
        sum += bench_row_at(i).number;
    snprintf(expected, sizeof expected, "%lld/%lld", (long long)count, sum);
    snprintf(sql, sizeof sql, "SELECT count(*) || '/' || sum(number) FROM items WHERE id > %lld", (long long)first);
    const char *found = api->ask(database, sql);
    if (strcmp(found, expected) != 0)
        bench_die("%s inserted %s (count/sum of numbers), expected %s", api->name, found, expected);
}

static void verify_sum(const bench_api *api, uint64_t found, uint64_t expected) {
    if (found != expected)
        bench_die("%s read rows with the checksum %llu, expected %llu", api->name, (unsigned long long)found,
                  (unsigned long long)expected);
}

static uint64_t sum_at(int64_t index) {
    bench_row row = bench_row_at(index);
    return bench_row_sum(row.number, row.ratio, row.name, row.note);
}

typedef void (*bench_write)(bench_database *database, int64_t first, int64_t count);

static int64_t time_writes(const bench_case *work, const bench_api *api, bench_database *database, int64_t first,
                           bench_write write) {
    int64_t start_ns = bench_now_ns();
    write(database, first, work->operations);
    int64_t took_ns = bench_now_ns() - start_ns;
    verify_inserts(api, database, first, work->operations);
    return took_ns;
}

static int64_t block_cycle(const bench_case *work, const bench_api *api, bench_database *database, int64_t block) {
    return time_writes(work, api, database, block * work->operations, api->cycle);
}

static int64_t block_cycle_text(const bench_case *work, const bench_api *api, bench_database *database, int64_t block) {
    return time_writes(work, api, database, block * work->operations, api->cycle_text);
}

/* Every block of these fills an empty table. */

static int64_t time_filling(const bench_case *work, const bench_api *api, bench_database *database, bench_write write) {
    int64_t took_ns = time_writes(work, api, database, 0, write);
    api->run(database, "DELETE FROM items");
    return took_ns;
}

static int64_t block_insert(const bench_case *work, const bench_api *api, bench_database *database, int64_t block) {
    (void)block;
    return time_filling(work, api, database, api->insert);
}

static int64_t block_many(const bench_case *work, const bench_api *api, bench_database *database, int64_t block) {
    (void)block;
    return time_filling(work, api, database, api->insert_many);
}

static int64_t block_load(const bench_case *work, const bench_api *api, bench_database *database, int64_t block) {
    (void)block;
    return time_filling(work, api, database, api->load);
}

static int64_t block_select(const bench_case *work, const bench_api *api, bench_database *database, int64_t block) {
    int64_t first = block * work->operations;
    int64_t start_ns = bench_now_ns();
    uint64_t sum = api->select(database, first, work->operations, work->rows);
    int64_t took_ns = bench_now_ns() - start_ns;
    uint64_t expected = 0;
    for (int64_t i = first; i < first + work->operations; i++)
        expected += sum_at(bench_key_at(i, work->rows));
    verify_sum(api, sum, expected);
    return took_ns;
}

static int64_t block_read(const bench_case *work, const bench_api *api, bench_database *database, int64_t block) {
    (void)block;
    int64_t start_ns = bench_now_ns();
    uint64_t sum = api->read(database);
    int64_t took_ns = bench_now_ns() - start_ns;
    uint64_t expected = 0;
    for (int64_t i = 0; i < work->rows; i++)
        expected += sum_at(i);
    verify_sum(api, sum, expected);
    return took_ns;
}

static const bench_case cases[] = {
    {"session with one INSERT, in memory", false, "", 0, 500, block_cycle, 1.15},
    {"session with one INSERT, file", true, "", 0, 1, block_cycle, 1.05},
    {"the same with synchronous=normal", true, "?synchronous=normal", 0, 100, block_cycle, 0},
    {"... and raw's BEGIN and COMMIT as text", true, "?synchronous=normal", 0, 100, block_cycle_text, 0.95},
    {"SELECT by primary key, 1000 in a session", false, "", 10000, 1000, block_select, 1.15},
    {"1000000 rows read", false, "", 1000000, 1000000, block_read, 1.10},
    {"100000 INSERTs in a session, in memory", false, "", 0, 100000, block_insert, 1.15},
    {"100000 INSERTs in a session, file", true, "", 0, 100000, block_insert, 1.15},
    {"100000 rows, 1000 in a call, in memory", false, "", 0, 100000, block_many, 1.15},
    {"100000 rows, 1000 in a call, file", true, "", 0, 100000, block_many, 1.15},
    {"100000 rows loaded, in memory", false, "", 0, 100000, block_load, 1.10},
    {"100000 rows loaded, file", true, "", 0, 100000, block_load, 1.10},
};

/* ---- The report. ---- */

static void print_head(int rounds, const char *folder) {
    char script[BENCH_SCRIPT_BYTES];
    bench_copy_setup(folder, true, "", script);
    bench_print_machine();
    printf("Rounds: %d; medians of the rounds, in each the median block; blocks in shuffled order; folder %s\n", rounds,
           folder);
    printf("Connections on both sides, to a file: %s\n", script);
    printf("raw: sqlite3_open_v2(READWRITE | CREATE); raw NOMUTEX: the same with SQLITE_OPEN_NOMUTEX; statements "
           "prepared once on all sides\n\n");
    printf("| %-41s | %8s | %11s | %8s | %9s | %13s | %4s | %6s |\n", "nanoseconds an operation", "raw", "raw NOMUTEX",
           "Berth", "Berth/raw", "Berth/NOMUTEX", "bar", "");
    puts("|-------------------------------------------|----------|-------------|----------|-----------|---------------|"
         "------|--------|");
}

static bool print_outcome(const bench_case *work, const bench_outcome *outcome) {
    char bar[16] = "none";
    bool passed = work->bar == 0 || outcome->ratio <= work->bar;
    if (work->bar > 0)
        snprintf(bar, sizeof bar, "%.2f", work->bar);
    printf("| %-41s | %8.0f | %11.0f | %8.0f | %9.3f | %13.3f | %4s | %6s |\n", work->name, outcome->ns[BENCH_RAW],
           outcome->ns[BENCH_RAW_NOMUTEX], outcome->ns[BENCH_BERTH], outcome->ratio, outcome->nomutex_ratio, bar,
           work->bar == 0 ? ""
           : passed       ? "pass"
                          : "MISSED");
    fflush(stdout);
    return passed;
}

/* What the command line asks for. */
typedef struct request {
    int rounds;
    const char *only; /* Part of the names of the cases to run. */
} request;

static request read_arguments(int count, char **arguments) {
    request request = {.rounds = DEFAULT_ROUNDS, .only = ""};
    bool understood = count % 2 == 1;
    for (int i = 1; understood && i < count; i += 2) {
        if (strcmp(arguments[i], "--rounds") == 0)
            request.rounds = atoi(arguments[i + 1]);
        else if (strcmp(arguments[i], "--only") == 0)
            request.only = arguments[i + 1];
        else
            understood = false;
    }
    if (!understood || request.rounds < MIN_ROUNDS)
        bench_die("usage: berth-bench [--rounds N] [--only PART-OF-A-NAME], N at least %d", MIN_ROUNDS);
    return request;
}

int main(int count, char **arguments) {
    request request = read_arguments(count, arguments);
    const char *parent = getenv("TMPDIR");
    char folder[4000];
    bool passed = true;
    setenv("BERTH_DRIVER_PATH", BENCH_DRIVER_PATH, 0);
    snprintf(folder, sizeof folder, "%s/berth-bench-XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder) == NULL)
        bench_die("no temporary folder can be made at %s", folder);
    print_head(request.rounds, folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strstr(cases[i].name, request.only) == NULL)
            continue;
        bench_outcome outcome = bench_measure(&cases[i], request.rounds, folder);
        passed = print_outcome(&cases[i], &outcome) && passed;
    }
    rmdir(folder);
    return passed ? 0 : 1;
}
