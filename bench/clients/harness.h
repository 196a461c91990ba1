/* What the parts of the benchmark of client libraries know of each other, and the sides need not. */
#ifndef BENCH_CLIENTS_HARNESS_H
#define BENCH_CLIENTS_HARNESS_H

#include "bench/clients/clients.h"

#include <stdio.h>

/* ---- The sides that there are (sides.c). ---- */

#define CLIENTS_MAX_PEERS 8

/* Other libraries; as many as were built. */
extern const clients_api *const clients_peers[];
extern const int clients_peer_count;

typedef enum clients_column {
    CLIENTS_OURS,
    CLIENTS_BEST,
    CLIENTS_BEST_STORED, /* The best one's other way to read. Of the two the better counts. */
    CLIENTS_WRITTEN,
    CLIENTS_FIRST_PEER,
    CLIENTS_COLUMNS_MAX = CLIENTS_FIRST_PEER + CLIENTS_MAX_PEERS,
} clients_column;

/* Who is in a column of the table; NULL: nobody. */
const clients_api *clients_api_at(clients_target target, clients_column column);

/* What a side does where the work is asked for: the same, or what comes nearest of what it can. */
clients_work clients_work_of(const clients_api *api, clients_work work);

/* Does that. Counts in operations of `work`. */
uint64_t clients_do(const clients_api *api, clients_connection *connection, clients_work work, int64_t first,
                    int64_t count, int64_t rows);

/* ---- Cases (cases.c). ---- */

/* Work that all sides do. */
typedef struct clients_case {
    const char *name;
    clients_target target;
    clients_work work;
    const char *options;     /* Of Berth's URL. */
    clients_column against;  /* What Berth is judged by. */
    double bar_one, bar_two; /* For the ratio, on one core and on two; 0: none. */
    int64_t operations;      /* Of a block. */
    int64_t rows;            /* In the table beforehand; 0: the work inserts. */
} clients_case;

extern const clients_case clients_cases[];
extern const size_t clients_case_count;

/* Those for a slow network. */
extern const clients_case clients_network_cases[];
extern const size_t clients_network_case_count;

/* One way to use Berth against another. */
typedef struct clients_self_case {
    const char *name;
    clients_target target;
    clients_work works[2];
    const char *options[2];
    double bar;     /* For the ratio, or 0. */
    double more_ns; /* The bar for nanoseconds more, less those that the best raw client takes more; or 0. */
    int64_t operations;
    int64_t rows; /* In the table beforehand. */
} clients_self_case;

extern const clients_self_case clients_self_cases[];
extern const size_t clients_self_case_count;

/* ---- Measuring (measure.c). ---- */

typedef struct clients_side {
    const clients_api *api; /* NULL: nobody. */
    clients_work work;
    const char *options;
} clients_side;

/* The sides that are measured together. */
typedef struct clients_contest {
    const char *name;
    clients_target target;
    int64_t operations, rows;
    clients_side sides[CLIENTS_COLUMNS_MAX];
    const char *folder; /* For SQLite's files. */
} clients_contest;

/* Not a number where a side takes no part. */
typedef struct clients_samples {
    int rounds;
    double ns[CLIENTS_COLUMNS_MAX][BENCH_MAX_ROUNDS]; /* An operation, for each round. */
    double peak_kb[CLIENTS_COLUMNS_MAX];              /* Where all rows are read. */
} clients_samples;

void clients_measure(const clients_contest *contest, bool quick, clients_samples *samples);

/* Of the rounds (samples.c). */
double clients_median_ns(const clients_samples *samples, int side);
/* Of their ratios. */
double clients_median_ratio(const clients_samples *samples, int side, int other);
/* Of the two ways to read that the best client has. */
clients_column clients_better_of_best(const clients_samples *samples);

/* ---- Memory (peak.c). ---- */

/* How many kilobytes more a process needs while it reads all rows. That is found out by running this program again,
 * with CLIENTS_PEAK and what clients_peak_child() takes. */
#define CLIENTS_PEAK "--peak"
double clients_peak_kb(clients_target target, clients_column column, clients_work work, int64_t rows, const char *path);
int clients_peak_child(char **arguments);

/* ---- What programs begin with (program.c). ---- */

/* A temporary folder, which is removed when the program ends. */
const char *clients_folder_open(void);

/* The machine and the versions. */
void clients_print_machine(FILE *to);

/* ---- Setting up and verifying (witness.c). ---- */

/* A connection beside the measured one, to the same database. */
typedef struct clients_witness {
    const clients_api *api;
    clients_connection *connection;
    clients_target target;
} clients_witness;

/* Makes the table, with `rows` rows; with an index if they are to be found by key. */
void clients_witness_create(const clients_witness *witness, int64_t rows, bool by_key);

/* Ends the program unless the rows from index `first` on are in the table as they should be; `who` inserted them. */
void clients_witness_verify(const clients_witness *witness, const char *who, int64_t first, int64_t count);

void clients_witness_empty(const clients_witness *witness);
void clients_witness_drop(const clients_witness *witness);

/* Has clients_sqlite_script() say how Berth's connections are with these options. */
void clients_sqlite_copy_setup(clients_target target, const char *path, const char *options);

/* ---- The report (report.c). ---- */

#define CLIENTS_FLAT_KB 4096 /* What reading may take; SQLite's cache has half of it. */

/* `with_peers`: columns for them. */
void clients_report_head(bool with_peers);
/* False when the bar, or the one for memory, is missed. A bar of 0 is none. */
bool clients_report_case(const clients_case *work, const clients_samples *samples, double bar, bool with_peers);

void clients_report_self_head(void);
bool clients_report_self(const clients_self_case *work, const clients_samples *samples, bool with_bars);

/* ---- A slow network (network.c). ---- */

/* From here on every byte to and from the servers takes `delay_us`: the environment leads to sockets in `folder` that
 * pass everything on later. Until it is closed. */
void clients_network_open(const char *folder, int64_t delay_us);
void clients_network_close(void);

/* ---- The cores (cores.c). ---- */

typedef enum clients_cores { CLIENTS_ANY_CORE, CLIENTS_ONE_CORE, CLIENTS_TWO_CORES } clients_cores;

/* "any", "one", "two" */
bool clients_cores_read(const char *text, clients_cores *cores);
const char *clients_cores_name(clients_cores cores);

/* Puts this process and the servers on cores. Ends the program where that can't be done. */
void clients_pin(clients_cores cores);

#endif
