/* Who leads: computed here and not in SQL, so that every database gives the same bytes. */
#ifndef TRACKER_STANDINGS_H
#define TRACKER_STANDINGS_H

#include <stddef.h>

#include "tracker/season.h"

/* One model of a season. */
typedef struct standing {
    char model[SEASON_ID_BYTES];
    bool benchmark;  /* Competes with nobody, so it has no rank. */
    bool has_equity; /* Whether there is a snapshot. */
    bool has_return;
    double equity;
    double return_pct;
    int64_t taken_at; /* Of the snapshot; INT64_MAX for the current leaderboard. */
    size_t trades;
    size_t wins; /* Trades with a profit after fees. */
    double realized_pnl;
    double fees;
} standing;

typedef struct standings {
    standing *list;
    size_t count;
    size_t capacity;
} standings;

/* Reads and ranks: by equity, then by name; models without equity behind, benchmarks last. Returns the session's
 * status. The caller frees `standings` in any case. */
berth_status standings_read(berth_session *session, const season *season, standings *standings);

void standings_free(standings *standings);

#endif
