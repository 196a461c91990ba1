/* The invented season's records, in the shape that the API gives them. */
#ifndef TRACKER_RECORDS_OUT_H
#define TRACKER_RECORDS_OUT_H

#include "tracker/competition.h"

#define RECORDS_OUT_BENCHMARK "buynhold_btc" /* Bitcoin, bought at the start and kept. */

/* A position that was closed. */
typedef struct trade_out {
    const char *model;
    const char *symbol;
    competition_position position;
    int64_t leverage;
    int64_t exit_price;
    int64_t exit_time_us;
    int64_t exit_oid;
    int64_t exit_tid;
    int64_t exit_fee;
    int64_t gross;
    char uuid[COMPETITION_UUID_BYTES];
} trade_out;

void records_out_trade(writer *writer, const trade_out *trade);

/* What everybody is worth at this step, the benchmark too. */
void records_out_account_totals(competition *competition, int step);

/* What a model says at this step: every twelve hours something. */
void records_out_chat(competition *competition, int model, int step);

void records_out_leaderboard(const competition *competition, writer *writer);
void records_out_since_inception(competition *competition, writer *writer);

#endif
