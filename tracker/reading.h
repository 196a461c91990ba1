/* Opening what the commands that only show something need. */
#ifndef TRACKER_READING_H
#define TRACKER_READING_H

#include "tracker/options.h"
#include "tracker/season.h"

/* What a showing command reads from: one read-only transaction on the season that was asked for. */
typedef struct reading {
    berth_engine *engine;
    berth_session *session;
    season season;
} reading;

/* Opens. reading_end() follows in any case. */
berth_status reading_begin(reading *reading, const options *options, berth_error *error);

/* Ends session and engine. Returns the session's first failure, which is in `error`; `status` and `error` as they are
 * when that is a failure already. */
berth_status reading_end(reading *reading, berth_status status, berth_error *error);

#endif
