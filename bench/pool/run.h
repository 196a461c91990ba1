/* Runs the contest. */
#ifndef BENCH_POOL_RUN_H
#define BENCH_POOL_RUN_H

#include "bench/pool/contest.h"

/* Starts a worker for each side, has all of them do every cell in every round, in shuffled order, and stops them. Fills
 * the contest, whose cells and rounds are set. `seconds` is what a side gets in a cell of a round. */
void run_contest(contest *contest, double seconds);

#endif
