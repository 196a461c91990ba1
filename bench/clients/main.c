#include "bench/clients/clients.h"

#include <berth.h>
#include <libpq-fe.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ROUNDS 7
#define MIN_ROUNDS 5
#define QUICK_PART 30 /* What a quick look leaves of rows and operations. */

/* What the command line asks for. */
typedef struct request {
    int rounds;
    const char *only; /* Part of the names of the cases to run. */
    clients_cores cores;
    bool quick; /* A look whether everything works. */
} request;

static const char *const core_names[] = {
    [CLIENTS_ANY_CORE] = "any", [CLIENTS_ONE_CORE] = "one", [CLIENTS_TWO_CORES] = "two"};

static bool read_cores(const char *text, clients_cores *cores) {
    for (int i = CLIENTS_ANY_CORE; i <= CLIENTS_TWO_CORES; i++)
        if (strcmp(text, core_names[i]) == 0) {
            *cores = (clients_cores)i;
            return true;
        }
    return false;
}

static request read_arguments(int count, char **arguments) {
    request request = {.rounds = DEFAULT_ROUNDS, .only = "", .cores = CLIENTS_ONE_CORE};
    bool understood = true;
    for (int i = 1; understood && i < count; i++) {
        const char *value = i + 1 < count ? arguments[i + 1] : "";
        if (strcmp(arguments[i], "--quick") == 0) {
            request.quick = true;
            continue;
        }
        if (strcmp(arguments[i], "--rounds") == 0)
            request.rounds = (int)strtol(value, NULL, 10);
        else if (strcmp(arguments[i], "--only") == 0 && i + 1 < count)
            request.only = value;
        else if (strcmp(arguments[i], "--cores") != 0 || !read_cores(value, &request.cores))
            understood = false;
        i++;
    }
    if (request.quick)
        request.rounds = 1;
    if (!understood || request.rounds > BENCH_MAX_ROUNDS || (request.rounds < MIN_ROUNDS && !request.quick))
        bench_die("usage: berth-bench-clients [--rounds N] [--only PART-OF-A-NAME] [--cores one|two|any] [--quick], N "
                  "from %d to %d",
                  MIN_ROUNDS, BENCH_MAX_ROUNDS);
    return request;
}

static void print_head(const request *request) {
    char machine[1024];
    bench_describe_machine(machine, sizeof machine);
    printf("Machine: %s\nVersions: Berth %s, libpq %d, libmariadb %s, %s, build type %s\n", machine, berth_version(),
           PQlibVersion(), mysql_get_client_info(), BENCH_COMPILER,
           BENCH_BUILD_TYPE[0] != '\0' ? BENCH_BUILD_TYPE : "none");
    printf(
        "Rounds: %d; medians of the rounds, in each the median block; blocks in shuffled order; cores: %s; nothing is "
        "flushed to the disk\n\n",
        request->rounds, core_names[request->cores]);
    printf("| %-46s | %9s | %9s | %5s | %7s | %8s | %6s |\n", "nanoseconds an operation", "against", "Berth", "ratio",
           "more ns", "bar", "");
    puts("|------------------------------------------------|-----------|-----------|-------|---------|----------|------"
         "--|");
}

static bool print_outcome(const clients_case *work, const clients_outcome *outcome, double bar) {
    char bar_text[16] = "none";
    bool passed = bar == 0 || (work->by_difference ? outcome->difference_ns : outcome->ratio) <= bar;
    if (bar > 0)
        snprintf(bar_text, sizeof bar_text, work->by_difference ? "%.0f ns" : "%.2f", bar);
    printf("| %-46s | %9.0f | %9.0f | %5.3f | %7.0f | %8s | %6s |\n", work->name, outcome->ns[0], outcome->ns[1],
           outcome->ratio, outcome->difference_ns, bar_text,
           bar == 0 ? ""
           : passed ? "pass"
                    : "MISSED");
    fflush(stdout);
    return passed;
}

static clients_case shrink(clients_case work) {
    work.operations = work.operations / QUICK_PART + 1;
    work.rows = work.rows > 0 ? work.rows / QUICK_PART + 1 : 0;
    return work;
}

int main(int count, char **arguments) {
    request request = read_arguments(count, arguments);
    bool passed = true;
    setenv("BERTH_DRIVER_PATH", BENCH_DRIVER_PATH, 0);
    clients_pin(request.cores);
    print_head(&request);
    for (size_t i = 0; i < clients_case_count; i++) {
        if (strstr(clients_cases[i].name, request.only) == NULL)
            continue;
        clients_case work = request.quick ? shrink(clients_cases[i]) : clients_cases[i];
        clients_outcome outcome = clients_measure(&work, request.rounds, request.quick);
        double bar = request.cores == CLIENTS_TWO_CORES ? work.bar_two : work.bar_one;
        passed = print_outcome(&work, &outcome, request.quick ? 0 : bar) && passed;
    }
    return passed ? 0 : 1;
}
