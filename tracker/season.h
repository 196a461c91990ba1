/* Which season is shown. */
#ifndef TRACKER_SEASON_H
#define TRACKER_SEASON_H

#include "tracker/report.h"

#define SEASON_ID_BYTES 257 /* 64 characters of up to four bytes. */

typedef struct season {
    char id[SEASON_ID_BYTES];
    bool simulated;
    int64_t seen_at; /* The newest time that an answer gave for itself; 0 for none. */
} season;

/* The season of that name; with NULL the only one there is. Fails the session, naming what there is, where there is
 * none or more than one. */
berth_status season_find(berth_session *session, const char *wanted, season *found);

/* Prints "season-1", and that it is simulated when it is. */
void season_print(FILE *stream, const season *season, const char *what);

#endif
