/* The chart: throughput and worst wait against the number of threads. */
#ifndef BENCH_POOL_CHART_H
#define BENCH_POOL_CHART_H

#include "bench/pool/contest.h"

/* Writes a PNG. Ends the program when it can't. */
void pool_chart_write(const contest *contest, const char *path);

#endif
