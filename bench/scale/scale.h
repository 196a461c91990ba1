/* The benchmark of what grows: cost against rows, against threads, against a network's delay. */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "bench/clients/harness.h"

#define SCALE_MAX_LINES 4
#define SCALE_MAX_METRICS 2
#define SCALE_MAX_STEPS 8
#define SCALE_TARGETS 3 /* PostgreSQL, MariaDB, SQLite in a file. */

/* What the command line asks for. */
typedef struct scale_request {
    int rounds;
    int64_t most_rows;
    const char *only; /* Part of the names of what to measure, such as "MariaDB: loading". */
    clients_cores cores;
    bool quick;         /* A look whether everything works. */
    const char *charts; /* A folder for them and for the tables, or NULL. */
    const char *folder; /* For SQLite's files and sockets. */
} scale_request;

/* What one step gave; not a number where a line has nothing. */
typedef struct scale_figures {
    double values[SCALE_MAX_METRICS][SCALE_MAX_LINES];
    double ratio; /* Berth's first metric over that of raw's better way. */
} scale_figures;

typedef struct scale_metric {
    const char *title;
    const char *units[4]; /* Each a thousand times the one before. */
} scale_metric;

/* One table, and one chart. The first line is Berth's. */
typedef struct scale_part {
    const char *name;
    const char *title;
    const char *x_name;
    double x_per_step;
    bool counts_trips; /* Steps are delays, each way: the slope says how many round trips there are. */
    const char *lines[SCALE_MAX_LINES];
    int metric_count;
    scale_metric metrics[SCALE_MAX_METRICS];
    clients_target last_target;
    int step_count;
    int64_t steps[SCALE_MAX_STEPS];
    int64_t quick_steps; /* Up to that one, for a quick look. */
    void (*measure)(const scale_request *request, clients_target target, int64_t step, scale_figures *figures);
} scale_part;

/* What a part gave. */
typedef struct scale_outcome {
    bool is_measured[SCALE_TARGETS];
    int step_count;
    scale_figures figures[SCALE_TARGETS][SCALE_MAX_STEPS];
} scale_outcome;

/* ---- Rows and delays (rows.c). ---- */

void scale_reading(const scale_request *request, clients_target target, int64_t rows, scale_figures *figures);
void scale_loading(const scale_request *request, clients_target target, int64_t rows, scale_figures *figures);
void scale_network(const scale_request *request, clients_target target, int64_t delay_us, scale_figures *figures);

/* ---- Threads (threads.c). ---- */

void scale_threads(const scale_request *request, clients_target target, int64_t threads, scale_figures *figures);

/* ---- The report (report.c). ---- */

const char *scale_target_name(int target);

/* The tables of a part, in Markdown. */
void scale_report(FILE *to, const scale_part *part, const scale_outcome *outcome);

/* Its chart, performance-NAME.png in a folder. */
void scale_draw(const scale_part *part, const scale_outcome *outcome, const scale_request *request);

#endif
