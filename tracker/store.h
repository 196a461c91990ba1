/* Records into the database, in a session of the caller's. */
#ifndef TRACKER_STORE_H
#define TRACKER_STORE_H

#include "tracker/progress.h"
#include "tracker/records.h"

/* What happened to a batch's records. */
typedef struct store_counts {
    size_t created;
    size_t updated;
    size_t unchanged;
    size_t at;   /* The record that is worked on. */
    bool failed; /* ... and that failed. */
} store_counts;

/* Writes a batch with its season and models: a record that is there already is read, compared and only written when
 * something differs. Returns the session's status. */
berth_status store_batch(berth_session *session, const batch *batch, progress *progress, store_counts *counts);

#endif
