/* A worker as a child process. */
#ifndef BENCH_POOL_CHILD_H
#define BENCH_POOL_CHILD_H

#include "bench/pool/contest.h"

#include <stdio.h>
#include <sys/types.h>

typedef struct child {
    pid_t process;
    FILE *input;  /* What it is told. */
    FILE *output; /* What it says. */
} child;

/* Starts a worker, and fills in what it says of itself. Ends the program when it can't; a worker that stops answering
 * is killed. The same holds below. */
void child_start(child *child, const char *const *command, contest_side *side);

void child_run_cell(child *child, const contest_side *side, const protocol_cell *cell, protocol_outcome *outcome);

/* Has it close its pool, and waits for its end. */
void child_stop(child *child, const contest_side *side);

#endif
