#include "tracker/standings.h"

#include <stdlib.h>
#include <string.h>

static standing *find(const standings *standings, const char *model) {
    for (size_t i = 0; i < standings->count; i++)
        if (strcmp(standings->list[i].model, model) == 0)
            return &standings->list[i];
    return NULL;
}

static void add(berth_session *session, standings *standings, const char *model, bool benchmark) {
    if (standings->count == standings->capacity) {
        size_t capacity = standings->capacity == 0 ? 16 : 2 * standings->capacity;
        standing *list = realloc(standings->list, capacity * sizeof *list);
        if (list == NULL) {
            berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for the standings");
            return;
        }
        standings->list = list;
        standings->capacity = capacity;
    }
    standing *made = &standings->list[standings->count++];
    memset(made, 0, sizeof *made);
    snprintf(made->model, sizeof made->model, "%s", model);
    made->benchmark = benchmark;
}

static void read_entries(berth_session *session, const season *season, standings *standings) {
    berth_result *rows = berth_query(session,
                                     "SELECT llm_models.id, llm_models.benchmark FROM season_entries "
                                     "JOIN llm_models ON llm_models.id = season_entries.model_id "
                                     "WHERE season_entries.season_id = ?",
                                     berth_params(season->id));
    while (berth_next(rows))
        add(session, standings, berth_get_text(rows, 0), berth_get_bool(rows, 1));
    berth_result_close(rows);
}

/* The newest snapshot counts; the current leaderboard, which has no time, is newer than all. */
static void read_equity(berth_session *session, const season *season, standings *standings) {
    berth_result *rows = berth_query(session,
                                     "SELECT model_id, taken_at, equity, return_pct FROM leaderboard_snapshots "
                                     "WHERE season_id = ? ORDER BY source, id",
                                     berth_params(season->id));
    while (berth_next(rows)) {
        standing *standing = find(standings, berth_get_text(rows, 0));
        int64_t taken_at = berth_is_null(rows, 1) ? INT64_MAX : berth_get_timestamp(rows, 1);
        if (standing == NULL || (standing->has_equity && taken_at <= standing->taken_at))
            continue;
        standing->has_equity = true;
        standing->taken_at = taken_at;
        standing->equity = berth_get_double(rows, 2);
        standing->has_return = !berth_is_null(rows, 3);
        standing->return_pct = standing->has_return ? berth_get_double(rows, 3) : 0;
    }
    berth_result_close(rows);
}

/* Sums of doubles depend on the order, so there is one. */
static void read_trades(berth_session *session, const season *season, standings *standings) {
    berth_result *rows = berth_query(session,
                                     "SELECT model_id, realized_net_pnl, total_commission FROM trades "
                                     "WHERE season_id = ? ORDER BY exit_time, exit_tid, entry_tid",
                                     berth_params(season->id));
    while (berth_next(rows)) {
        standing *standing = find(standings, berth_get_text(rows, 0));
        double profit = berth_get_double(rows, 1);
        if (standing == NULL)
            continue;
        standing->trades++;
        standing->wins += profit > 0;
        standing->realized_pnl += profit;
        standing->fees += berth_get_double(rows, 2);
    }
    berth_result_close(rows);
}

static int compare(const void *left, const void *right) {
    const standing *a = left;
    const standing *b = right;
    if (a->benchmark != b->benchmark)
        return a->benchmark ? 1 : -1;
    if (a->has_equity != b->has_equity)
        return a->has_equity ? -1 : 1;
    if (a->equity != b->equity)
        return a->equity > b->equity ? -1 : 1;
    return strcmp(a->model, b->model);
}

berth_status standings_read(berth_session *session, const season *season, standings *standings) {
    memset(standings, 0, sizeof *standings);
    read_entries(session, season, standings);
    read_equity(session, season, standings);
    read_trades(session, season, standings);
    if (standings->count > 0)
        qsort(standings->list, standings->count, sizeof *standings->list, compare);
    return berth_session_status(session);
}

void standings_free(standings *standings) {
    free(standings->list);
    memset(standings, 0, sizeof *standings);
}
