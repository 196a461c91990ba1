#include "tracker/reading.h"

#include <string.h>

berth_status reading_begin(reading *reading, const options *options, berth_error *error) {
    memset(reading, 0, sizeof *reading);
    berth_status status = berth_engine_open(options->url, NULL, &reading->engine, error);
    if (status != BERTH_OK)
        return status;
    reading->session = berth_session_open(reading->engine, BERTH_SESSION_OPTIONS(.read_only = true));
    status = season_find(reading->session, options->season, &reading->season);
    if (status != BERTH_OK)
        *error = *berth_session_error(reading->session);
    return status;
}

berth_status reading_end(reading *reading, berth_status status, berth_error *error) {
    if (reading->session != NULL && status == BERTH_OK)
        status = berth_session_end(reading->session, error);
    else
        berth_session_close(reading->session);
    berth_engine_close(reading->engine, NULL);
    return status;
}
