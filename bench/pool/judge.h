/* The bars, and whether Berth clears them. */
#ifndef BENCH_POOL_JUDGE_H
#define BENCH_POOL_JUDGE_H

#include "bench/pool/contest.h"

#include <stdbool.h>

/* False when a bar of the cell is missed; the text says which, or "pass". */
bool judge_cell(const contest *contest, int cell, char text[CONTEST_TEXT_BYTES]);

#endif
