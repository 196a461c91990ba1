/* What the benchmark and its workers say to each other, a line each, fields separated by tabs. A worker says its name
 * and what exactly it measures, then answers each cell with an outcome, until its input ends. */
#ifndef BENCH_POOL_PROTOCOL_H
#define BENCH_POOL_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#define PROTOCOL_CONNECTIONS 15
#define PROTOCOL_LINE_BYTES 512
#define PROTOCOL_BUSY_UP_TO_US 20 /* Shorter holds are busy, longer ones asleep. */

/* What a worker is asked: threads, hold_us, duration_us, timed. */
typedef struct protocol_cell {
    int threads;
    int64_t hold_us;
    int64_t duration_us;
    bool timed; /* Whether each wait is timed, which takes longer than a fast pool does. */
} protocol_cell;

/* What it answers: its name, the cell, then the other fields in this order. */
typedef struct protocol_outcome {
    protocol_cell cell;
    int64_t elapsed_ns;
    int64_t checkouts;
    int64_t most; /* Checkouts of the thread that had most of them. */
    int64_t fewest;
    int64_t held_ns; /* How long a connection was really held, on average. */
    /* Of the waits: what half of them and 99 in 100 are not above, and the longest. */
    int64_t p50_ns;
    int64_t p99_ns;
    int64_t max_ns;
    int opened; /* Connections since the worker began. */
} protocol_outcome;

void protocol_write_cell(char line[PROTOCOL_LINE_BYTES], const protocol_cell *cell);
void protocol_write_outcome(char line[PROTOCOL_LINE_BYTES], const char *name, const protocol_outcome *outcome);

/* False for a line that is not in order; for an outcome also when it is another side's. */
bool protocol_read_cell(const char *line, protocol_cell *cell);
bool protocol_read_outcome(const char *line, const char *name, protocol_outcome *outcome);

#endif
