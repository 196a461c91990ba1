#include "bench/clients/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ROUNDS 7
#define MIN_ROUNDS 5
#define MAX_NET_US 1000000
#define QUICK_PART 30 /* What a quick look leaves of rows and operations. */

/* What the command line asks for. */
typedef struct request {
    int rounds;
    const char *only; /* Part of the names of the cases to run. */
    clients_cores cores;
    bool quick; /* A look whether everything works. */
    bool peers;
    int net_us; /* What a network takes each way; 0: there is none. */
} request;

/* For SQLite's files, and the sockets of a slow network. */
static const char *folder;

/* ---- The command line. ---- */

static bool read_flag(const char *text, request *request) {
    if (strcmp(text, "--quick") == 0)
        request->quick = true;
    else if (strcmp(text, "--peers") == 0)
        request->peers = true;
    else
        return false;
    return true;
}

static bool read_option(const char *name, const char *value, request *request) {
    if (strcmp(name, "--rounds") == 0)
        request->rounds = (int)strtol(value, NULL, 10);
    else if (strcmp(name, "--only") == 0)
        request->only = value;
    else if (strcmp(name, "--net") == 0)
        return (request->net_us = (int)strtol(value, NULL, 10)) >= 1 && request->net_us <= MAX_NET_US;
    else
        return strcmp(name, "--cores") == 0 && clients_cores_read(value, &request->cores);
    return true;
}

static request read_arguments(int count, char **arguments) {
    request request = {.rounds = DEFAULT_ROUNDS, .only = "", .cores = CLIENTS_ONE_CORE};
    bool understood = true;
    for (int i = 1; understood && i < count; i++) {
        if (read_flag(arguments[i], &request))
            continue;
        understood = i + 1 < count && read_option(arguments[i], arguments[i + 1], &request);
        i++;
    }
    if (request.quick)
        request.rounds = 1;
    if (!understood || request.rounds > BENCH_MAX_ROUNDS || (request.rounds < MIN_ROUNDS && !request.quick))
        bench_die("usage: berth-bench-clients [--rounds N] [--only PART-OF-A-NAME] [--cores one|two|any] [--net "
                  "MICROSECONDS] [--peers] [--quick], N from %d to %d, MICROSECONDS from 1 to %d",
                  MIN_ROUNDS, BENCH_MAX_ROUNDS, MAX_NET_US);
    if (request.peers && clients_peer_count == 0)
        bench_die("this was built without the other libraries: configure with -DBERTH_BENCH_PEERS=ON");
    return request;
}

static void print_head(const request *request) {
    clients_print_machine(stdout);
    printf("Rounds: %d; medians of the rounds, in each the median block; blocks in shuffled order; cores: %s; servers "
           "flush nothing to the disk; SQLite's files in %s\n",
           request->rounds, clients_cores_name(request->cores), folder);
    if (request->net_us > 0)
        printf("Network: %d us each way between clients and servers\n", request->net_us);
    printf("*: what the ratio and the bar are against\n\n");
}

/* ---- Running. ---- */

static void measure(const request *request, clients_contest *contest, clients_samples *samples) {
    samples->rounds = request->rounds;
    contest->folder = folder;
    if (request->quick) {
        contest->operations = contest->operations / QUICK_PART + 1;
        contest->rows = contest->rows > 0 ? contest->rows / QUICK_PART + 1 : 0;
    }
    clients_measure(contest, request->quick, samples);
}

static bool run_case(const request *request, const clients_case *work) {
    static clients_samples samples;
    int columns = CLIENTS_FIRST_PEER + (request->peers ? clients_peer_count : 0);
    clients_contest contest = {
        .name = work->name, .target = work->target, .operations = work->operations, .rows = work->rows};
    for (int i = 0; i < columns; i++)
        contest.sides[i] = (clients_side){clients_api_at(work->target, (clients_column)i), work->work, ""};
    contest.sides[CLIENTS_OURS].options = work->options;
    if (work->work == CLIENTS_READ)
        contest.sides[CLIENTS_BEST_STORED].work = CLIENTS_READ_STORED;
    else
        contest.sides[CLIENTS_BEST_STORED].api = NULL;
    measure(request, &contest, &samples);
    double bar = request->cores == CLIENTS_TWO_CORES ? work->bar_two : work->bar_one;
    return clients_report_case(work, &samples, request->quick ? 0 : bar, request->peers);
}

static bool run_self_case(const request *request, const clients_self_case *work) {
    static clients_samples samples;
    const clients_api *raw = work->more_ns > 0 ? clients_api_at(work->target, CLIENTS_BEST) : NULL;
    clients_contest contest = {
        .name = work->name,
        .target = work->target,
        .operations = work->operations,
        .rows = work->rows,
        .sides = {{&clients_berth, work->works[0], work->options[0]},
                  {&clients_berth, work->works[1], work->options[1]},
                  {raw, work->works[0], ""},
                  {raw, work->works[1], ""}},
    };
    measure(request, &contest, &samples);
    return clients_report_self(work, &samples, !request->quick);
}

static bool run_cases(const request *request, const clients_case *cases, size_t count) {
    bool passed = true;
    bool has_head = false;
    for (size_t i = 0; i < count; i++) {
        if (strstr(cases[i].name, request->only) == NULL)
            continue;
        if (!has_head)
            clients_report_head(request->peers);
        has_head = true;
        passed = run_case(request, &cases[i]) && passed;
    }
    return passed;
}

static bool run_self_cases(const request *request) {
    bool passed = true;
    bool has_head = false;
    for (size_t i = 0; i < clients_self_case_count; i++) {
        if (strstr(clients_self_cases[i].name, request->only) == NULL)
            continue;
        if (!has_head)
            clients_report_self_head();
        has_head = true;
        passed = run_self_case(request, &clients_self_cases[i]) && passed;
    }
    return passed;
}

static bool run_all(const request *request) {
    bool passed = run_cases(request, clients_cases, clients_case_count);
    return run_self_cases(request) && passed;
}

static bool run_slowly(const request *request) {
    clients_network_open(folder, request->net_us);
    bool passed = run_cases(request, clients_network_cases, clients_network_case_count);
    clients_network_close();
    return passed;
}

int main(int count, char **arguments) {
    setenv("BERTH_DRIVER_PATH", BENCH_DRIVER_PATH, 0);
    if (count == 7 && strcmp(arguments[1], CLIENTS_PEAK) == 0)
        return clients_peak_child(arguments + 2);
    request request = read_arguments(count, arguments);
    folder = clients_folder_open();
    clients_pin(request.cores);
    print_head(&request);
    bool passed = request.net_us > 0 ? run_slowly(&request) : run_all(&request);
    return passed ? 0 : 1;
}
