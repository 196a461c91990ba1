/* What was measured: every pool in every cell of work, in every round. */
#ifndef BENCH_POOL_CONTEST_H
#define BENCH_POOL_CONTEST_H

#include "bench/bench_common.h"
#include "bench/pool/protocol.h"

#define CONTEST_MAX_SIDES 12
#define CONTEST_MAX_CELLS 24
#define CONTEST_BERTH 0 /* The first side. */
#define CONTEST_TEXT_BYTES 256

typedef struct contest_side {
    char name[CONTEST_TEXT_BYTES];
    char note[CONTEST_TEXT_BYTES]; /* What exactly is measured. */
    int64_t checkouts;             /* All together. */
    int opened;                    /* Connections for them. */
} contest_side;

typedef struct contest_cell {
    int threads;
    int64_t hold_us;
} contest_cell;

typedef enum contest_metric {
    CONTEST_CYCLE_NS, /* The time over the checkouts of all threads. */
    CONTEST_P50_NS,   /* Waits. */
    CONTEST_P99_NS,
    CONTEST_MAX_NS,
    CONTEST_FAIRNESS, /* Checkouts of the thread with most over that with fewest. */
    CONTEST_HELD_NS,  /* How long connections were really held. */
    CONTEST_METRICS,
} contest_metric;

typedef struct contest {
    int side_count; /* At least two. */
    int cell_count;
    int rounds;
    contest_side sides[CONTEST_MAX_SIDES];
    contest_cell cells[CONTEST_MAX_CELLS];
    double values[CONTEST_MAX_SIDES][CONTEST_MAX_CELLS][CONTEST_METRICS][BENCH_MAX_ROUNDS];
} contest;

/* All cells whose names have `only` in them. */
void contest_fill_cells(contest *contest, const char *only);

/* "no hold", "a hold of 50 us" */
void contest_name_hold(int64_t hold_us, char text[CONTEST_TEXT_BYTES]);

/* "32 threads, a hold of 50 us" */
void contest_name_cell(const contest_cell *cell, char text[CONTEST_TEXT_BYTES]);

/* Notes an outcome. Where connections are held for a time, one run has all figures. Else the cycles come from a run
 * that reads no clock, the waits from another that does. */
void contest_note(contest *contest, int side, int cell, int round, const protocol_outcome *outcome);

/* The median of the rounds. */
double contest_median(const contest *contest, int side, int cell, contest_metric metric);

/* Berth over another side, by the rounds' ratios. */
typedef double (*contest_comparison)(const contest *contest, int side, int cell, contest_metric metric);

/* Their median. */
double contest_ratio(const contest *contest, int side, int cell, contest_metric metric);

/* What contest_sure_rounds() of them are not below: above 1, Berth is behind and not by chance. */
double contest_sure_ratio(const contest *contest, int side, int cell, contest_metric metric);

/* Four of five, and so on. */
int contest_sure_rounds(const contest *contest);

/* The side other than Berth to which the ratio is greatest: where Berth looks worst. */
int contest_rival(const contest *contest, int cell, contest_metric metric, contest_comparison compare);

#endif
