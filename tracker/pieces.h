/* The records themselves, many at once. */
#ifndef TRACKER_PIECES_H
#define TRACKER_PIECES_H

#include "tracker/store.h"

/* Does for the records what store_batch() says; what they refer to is there. */
berth_status pieces_store(berth_session *session, const batch *batch, size_t singly_from, progress *progress,
                          store_counts *counts);

#endif
