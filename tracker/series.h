/* Lines over time, one per model, read from the database. */
#ifndef TRACKER_SERIES_H
#define TRACKER_SERIES_H

#include "tracker/standings.h"

typedef struct series_point {
    int64_t at_us;
    double value;
} series_point;

typedef struct series {
    const char *name; /* Borrowed from the standings. */
    bool benchmark;
    series_point *points; /* By time. */
    size_t count;
    size_t capacity;
} series;

/* As many lines as there are standings, in their order. */
typedef struct series_set {
    series *list;
    size_t count;
} series_set;

/* What each model was worth: its inception, every snapshot, and the current leaderboard at the latest time that
 * anything of the season is known of. The caller frees `set` in any case. */
berth_status series_read_equity(berth_session *session, const season *season, const standings *standings,
                                series_set *set);

/* The profit of each model's trades so far, by the time they were closed; from 0 at its inception. */
berth_status series_read_profit(berth_session *session, const season *season, const standings *standings,
                                series_set *set);

void series_free(series_set *set);

/* Adds a point. False without memory. */
bool series_add(series *series, int64_t at_us, double value);

#endif
