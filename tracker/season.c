#include "tracker/season.h"

#include <string.h>

#include "tracker/text.h"

#define NAMES_BYTES 512

static void read_season(berth_result *rows, season *season) {
    snprintf(season->id, sizeof season->id, "%s", berth_get_text(rows, 0));
    season->simulated = berth_get_bool(rows, 1);
    season->seen_at = berth_is_null(rows, 2) ? 0 : berth_get_timestamp(rows, 2);
}

berth_status season_find(berth_session *session, const char *wanted, season *found) {
    char names[NAMES_BYTES] = "";
    size_t length = 0;
    size_t count = 0;
    bool exact = false;
    berth_result *rows = berth_query(session, "SELECT id, simulated, seen_at FROM seasons ORDER BY id", NULL);
    while (!exact && berth_next(rows)) {
        read_season(rows, found);
        exact = wanted != NULL && strcmp(found->id, wanted) == 0;
        if (length < sizeof names)
            length +=
                (size_t)snprintf(names + length, sizeof names - length, "%s%s", count++ == 0 ? "" : ", ", found->id);
    }
    berth_result_close(rows);
    text_trim_utf8(names);
    if (berth_session_status(session) != BERTH_OK || exact || (wanted == NULL && count == 1))
        return berth_session_status(session);
    if (count == 0)
        return berth_session_fail(session, BERTH_DATA, "there is no season yet; load one: tracker ingest FILE...");
    if (wanted == NULL)
        return berth_session_fail(session, BERTH_DATA, "there are several seasons: %s; choose one with --season",
                                  names);
    return berth_session_fail(session, BERTH_DATA, "there is no season \"%s\"; there is: %s", wanted, names);
}

void season_print(FILE *stream, const season *season, const char *what) {
    text_print_line(stream, season->id);
    fprintf(stream, ": %s%s\n\n", what, season->simulated ? " (simulated: invented models and numbers)" : "");
}
