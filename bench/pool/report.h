/* The tables, in Markdown. */
#ifndef BENCH_POOL_REPORT_H
#define BENCH_POOL_REPORT_H

#include "bench/pool/contest.h"

#include <stdbool.h>

/* "442 ns", "12.5 ms": three digits. */
void report_time(double ns, char text[CONTEST_TEXT_BYTES]);

/* Who took part, and what every bar was held against. False when a bar is missed. */
bool report_print(const contest *contest);

#endif
