/* Records into the database, in a session of the caller's. */
#ifndef TRACKER_STORE_H
#define TRACKER_STORE_H

#include "tracker/progress.h"
#include "tracker/records.h"

/* For `singly_from`: nowhere. */
#define STORE_TOGETHER SIZE_MAX

/* What happened to a batch's records. */
typedef struct store_counts {
    size_t created;
    size_t updated;
    size_t unchanged;
    size_t at;       /* The record that is worked on ... */
    size_t together; /* ... as the first of so many. */
    bool failed;     /* One of them has failed. */
} store_counts;

/* Writes a batch with its season and models: records that are there already are read, compared and only written when
 * something differs. Many go together; from the record `singly_from` on each goes alone, so that it is known which one
 * fails. Returns the session's status. */
berth_status store_batch(berth_session *session, const batch *batch, size_t singly_from, progress *progress,
                         store_counts *counts);

#endif
