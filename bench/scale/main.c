#include "bench/scale/scale.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ROUNDS 5
#define MIN_ROUNDS 3
#define PATH_BYTES 4096
#define MOST_ROWS INT64_C(10000000)

#define TIMES                                                                                                          \
    { " ns", " us", " ms", " s" }
#define MEMORY                                                                                                         \
    { " KB", " MB", " GB", " TB" }
#define RATES                                                                                                          \
    { "", " k", " M", " G" }
#define POWERS_OF_TEN                                                                                                  \
    { 1, 10, 100, 1000, 10000, 100000, 1000000, MOST_ROWS }

/* In the order in which they are measured: threads run on all cores, the others where `--cores` has them. */
static const scale_part parts[] = {
    {.name = "threads",
     .title = "Many threads: sessions of one INSERT",
     .x_name = "threads",
     .x_per_step = 1,
     .lines = {"Berth", "raw, a connection for each thread", "raw, 15 connections, a mutex", "Berth, pool_size=15"},
     .metric_count = 2,
     .metrics = {{"Sessions a second (more is better)", RATES}, {"99 of 100 sessions take at most", TIMES}},
     .last_target = CLIENTS_SQLITE_FILE,
     .step_count = 8,
     .steps = {1, 2, 4, 8, 16, 32, 64, 128},
     .quick_steps = 4,
     .measure = scale_threads},
    {.name = "reading",
     .title = "Reading the rows of one query",
     .x_name = "rows",
     .x_per_step = 1,
     .lines = {"Berth", "raw, row by row", "raw, the whole result first"},
     .metric_count = 2,
     .metrics = {{"Time for each row", TIMES}, {"Memory more at the peak", MEMORY}},
     .last_target = CLIENTS_SQLITE_FILE,
     .step_count = 8,
     .steps = POWERS_OF_TEN,
     .quick_steps = 1000,
     .measure = scale_reading},
    {.name = "loading",
     .title = "Putting rows into a table, in one transaction",
     .x_name = "rows",
     .x_per_step = 1,
     .lines = {"Berth, bulk load", "raw, its best way", "Berth, exec_many", "Berth, exec for each row"},
     .metric_count = 1,
     .metrics = {{"Time for each row", TIMES}},
     .last_target = CLIENTS_SQLITE_FILE,
     .step_count = 8,
     .steps = POWERS_OF_TEN,
     .quick_steps = 1000,
     .measure = scale_loading},
    {.name = "network",
     .title = "Through a network: a session of one INSERT",
     .x_name = "milliseconds each way",
     .x_per_step = 0.001,
     .counts_trips = true,
     .lines = {"Berth", "raw, best", "raw, as written", "Berth, pipelined"},
     .metric_count = 1,
     .metrics = {{"Time for a session", TIMES}},
     .last_target = CLIENTS_MARIADB,
     .step_count = 5,
     .steps = {0, 100, 250, 500, 1000},
     .quick_steps = 100,
     .measure = scale_network},
};

#define PARTS (sizeof parts / sizeof *parts)

/* ---- The command line. ---- */

static bool read_option(const char *name, const char *value, scale_request *request) {
    if (strcmp(name, "--rounds") == 0)
        request->rounds = (int)strtol(value, NULL, 10);
    else if (strcmp(name, "--rows") == 0)
        request->most_rows = strtoll(value, NULL, 10);
    else if (strcmp(name, "--only") == 0)
        request->only = value;
    else if (strcmp(name, "--charts") == 0)
        request->charts = value;
    else
        return strcmp(name, "--cores") == 0 && clients_cores_read(value, &request->cores);
    return true;
}

static scale_request read_arguments(int count, char **arguments) {
    scale_request request = {.rounds = DEFAULT_ROUNDS, .most_rows = MOST_ROWS, .only = "", .cores = CLIENTS_ONE_CORE};
    bool understood = true;
    for (int i = 1; understood && i < count; i++) {
        if (strcmp(arguments[i], "--quick") == 0) {
            request.quick = true;
            continue;
        }
        understood = i + 1 < count && read_option(arguments[i], arguments[i + 1], &request);
        i++;
    }
    if (request.quick)
        request.rounds = 1;
    if (!understood || request.most_rows < 1 || request.rounds > BENCH_MAX_ROUNDS ||
        (request.rounds < MIN_ROUNDS && !request.quick))
        bench_die("usage: berth-bench-scale [--rounds N] [--rows MOST] [--only PART-OF-A-NAME] [--cores one|two|any] "
                  "[--charts FOLDER] [--quick], N from %d to %d; names are such as \"MariaDB: loading\"",
                  MIN_ROUNDS, BENCH_MAX_ROUNDS);
    return request;
}

static void print_head(FILE *to, const scale_request *request) {
    clients_print_machine(to);
    fprintf(
        to,
        "Rounds: %d, of more than 2 million rows 3; medians of the rounds, in shuffled order; cores: %s, threads on "
        "any; servers flush nothing to the disk\n",
        request->rounds, clients_cores_name(request->cores));
    fflush(to);
}

/* The tables as a page, beside the charts. */
static FILE *open_page(const scale_request *request) {
    char path[PATH_BYTES];
    if (request->charts == NULL || request->only[0] != '\0')
        return NULL;
    snprintf(path, sizeof path, "%s/performance-figures.md", request->charts);
    FILE *page = fopen(path, "we");
    if (page == NULL)
        bench_die("%s can't be written: %s", path, strerror(errno));
    fputs("# Figures\n\n"
          "What `./dev bench scale` measured last; [performance.md](performance.md) says what it means,\n"
          "[bench/README.md](../bench/README.md) how it was measured. \"Berth / raw\" compares with the better one of\n"
          "raw's ways: of times less is better, of sessions a second more.\n\n```text\n",
          page);
    print_head(page, request);
    fputs("```\n", page);
    return page;
}

/* ---- Running. ---- */

static bool is_wanted(const scale_request *request, const scale_part *part, int target) {
    char name[64];
    snprintf(name, sizeof name, "%s: %s", scale_target_name(target), part->name);
    return target <= (int)part->last_target && strstr(name, request->only) != NULL;
}

static int count_steps(const scale_request *request, const scale_part *part) {
    bool counts_rows = part->steps[part->step_count - 1] == MOST_ROWS;
    int64_t most = request->quick ? part->quick_steps : counts_rows ? request->most_rows : INT64_MAX;
    int count = 0;
    while (count < part->step_count && part->steps[count] <= most)
        count++;
    return count;
}

static void measure(const scale_request *request, const scale_part *part, int target, scale_outcome *outcome) {
    for (int step = 0; step < outcome->step_count; step++) {
        scale_figures *figures = &outcome->figures[target][step];
        for (int metric = 0; metric < SCALE_MAX_METRICS; metric++)
            for (int line = 0; line < SCALE_MAX_LINES; line++)
                figures->values[metric][line] = NAN;
        part->measure(request, (clients_target)target, part->steps[step], figures);
    }
    outcome->is_measured[target] = true;
}

static void run_part(const scale_request *request, const scale_part *part, FILE *page) {
    static scale_outcome outcome;
    bool any = false;
    outcome = (scale_outcome){.step_count = count_steps(request, part)};
    for (int target = 0; target < SCALE_TARGETS; target++)
        if (is_wanted(request, part, target)) {
            measure(request, part, target, &outcome);
            any = true;
        }
    if (!any)
        return;
    scale_report(stdout, part, &outcome);
    if (page != NULL)
        scale_report(page, part, &outcome);
    if (request->charts != NULL)
        scale_draw(part, &outcome, request);
}

int main(int count, char **arguments) {
    setenv("BERTH_DRIVER_PATH", BENCH_DRIVER_PATH, 0);
    if (count == 7 && strcmp(arguments[1], CLIENTS_PEAK) == 0)
        return clients_peak_child(arguments + 2);
    scale_request request = read_arguments(count, arguments);
    request.folder = clients_folder_open();
    print_head(stdout, &request);
    FILE *page = open_page(&request);
    for (size_t i = 0; i < PARTS; i++) {
        if (i == 1)
            clients_pin(request.cores);
        run_part(&request, &parts[i], page);
    }
    if (page != NULL && fclose(page) != 0)
        bench_die("the tables can't be written to %s: %s", request.charts, strerror(errno));
    return 0;
}
