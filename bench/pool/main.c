#include "bench/pool/chart.h"
#include "bench/pool/contest.h"
#include "bench/pool/report.h"
#include "bench/pool/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ROUNDS 5
#define MIN_ROUNDS 1
#define DEFAULT_SECONDS 0.4
#define MIN_SECONDS 0.01

/* What the command line asks for. */
typedef struct request {
    int rounds;
    double seconds;
    const char *only; /* Part of the names of the cells to run. */
    const char *chart;
} request;

static const char usage[] =
    "usage: berth-bench-pool [--rounds N] [--seconds S] [--only PART-OF-A-NAME] [--chart "
    "FILE.png]; N is how often each pool does each cell of work (from 1 to %d, default %d), S for "
    "how long (at least %g, default %g)";

static request read_arguments(int count, char **arguments) {
    request request = {.rounds = DEFAULT_ROUNDS, .seconds = DEFAULT_SECONDS, .only = ""};
    bool understood = count % 2 == 1;
    for (int i = 1; understood && i < count; i += 2) {
        const char *value = arguments[i + 1];
        if (strcmp(arguments[i], "--rounds") == 0)
            request.rounds = (int)strtol(value, NULL, 10);
        else if (strcmp(arguments[i], "--seconds") == 0)
            request.seconds = strtod(value, NULL);
        else if (strcmp(arguments[i], "--only") == 0)
            request.only = value;
        else if (strcmp(arguments[i], "--chart") == 0)
            request.chart = value;
        else
            understood = false;
    }
    if (!understood || request.rounds < MIN_ROUNDS || request.rounds > BENCH_MAX_ROUNDS ||
        !(request.seconds >= MIN_SECONDS))
        bench_die(usage, BENCH_MAX_ROUNDS, DEFAULT_ROUNDS, MIN_SECONDS, DEFAULT_SECONDS);
    return request;
}

static void print_head(const request *request) {
    char machine[CONTEST_TEXT_BYTES * 4];
    bench_describe_machine(machine, sizeof machine);
    printf("Machine: %s\nRounds: %d of %g s for each pool in each cell; medians of the rounds; pools in shuffled "
           "order\n\n",
           machine, request->rounds, request->seconds);
    fflush(stdout);
}

int main(int count, char **arguments) {
    request request = read_arguments(count, arguments);
    contest *contest = calloc(1, sizeof *contest);
    if (contest == NULL)
        bench_die("out of memory");
    contest->rounds = request.rounds;
    contest_fill_cells(contest, request.only);
    bool passed = true;
    if (contest->cell_count > 0) {
        print_head(&request);
        run_contest(contest, request.seconds);
        passed = report_print(contest);
        if (request.chart != NULL)
            pool_chart_write(contest, request.chart);
    } else {
        printf("no cell of the pool has '%s' in its name, such as '32 threads, a hold of 50 us'\n", request.only);
    }
    free(contest);
    return passed ? 0 : 1;
}
