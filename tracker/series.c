#include "tracker/series.h"

#include <stdlib.h>
#include <string.h>

bool series_add(series *series, int64_t at_us, double value) {
    if (series->count == series->capacity) {
        size_t capacity = series->capacity == 0 ? 64 : 2 * series->capacity;
        series_point *points = realloc(series->points, capacity * sizeof *points);
        if (points == NULL)
            return false;
        series->points = points;
        series->capacity = capacity;
    }
    series->points[series->count++] = (series_point){at_us, value};
    return true;
}

static berth_status make_set(berth_session *session, const standings *standings, series_set *set) {
    memset(set, 0, sizeof *set);
    set->list = calloc(standings->count + 1, sizeof *set->list);
    if (set->list == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for the chart");
    set->count = standings->count;
    for (size_t i = 0; i < set->count; i++) {
        set->list[i].name = standings->list[i].model;
        set->list[i].benchmark = standings->list[i].benchmark;
    }
    return berth_session_status(session);
}

static series *find(const series_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->list[i].name, name) == 0)
            return &set->list[i];
    return NULL;
}

static void add(berth_session *session, series *series, int64_t at_us, double value) {
    if (series != NULL && !series_add(series, at_us, value))
        berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for the chart");
}

static int compare(const void *left, const void *right) {
    const series_point *a = left;
    const series_point *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

static void sort(series_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].count > 1)
            qsort(set->list[i].points, set->list[i].count, sizeof(series_point), compare);
}

static void read_points(berth_session *session, const char *sql, const char *season, series_set *set) {
    berth_result *rows = berth_query(session, sql, berth_params(season));
    while (berth_next(rows))
        add(session, find(set, berth_get_text(rows, 0)), berth_get_timestamp(rows, 1), berth_get_double(rows, 2));
    berth_result_close(rows);
}

static int64_t read_time(berth_session *session, const char *sql, const char *season) {
    berth_result *rows = berth_query(session, sql, berth_params(season));
    int64_t time = berth_next(rows) && !berth_is_null(rows, 0) ? berth_get_timestamp(rows, 0) : 0;
    berth_result_close(rows);
    return time;
}

/* MAX() of a time loses its type on some servers, so the newest row is asked for. */
static int64_t latest_time(berth_session *session, const season *season) {
    static const char *const queries[] = {
        ("SELECT taken_at FROM leaderboard_snapshots WHERE season_id = ? AND taken_at IS NOT NULL "
         "ORDER BY taken_at DESC LIMIT 1"),
        "SELECT exit_time FROM trades WHERE season_id = ? ORDER BY exit_time DESC LIMIT 1",
        "SELECT inserted_at FROM model_chats WHERE season_id = ? ORDER BY inserted_at DESC LIMIT 1",
    };
    int64_t latest = season->seen_at;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        int64_t time = read_time(session, queries[i], season->id);
        latest = time > latest ? time : latest;
    }
    return latest;
}

/* Of a benchmark only its beginning is known, or that it never trades: no line says more than that. */
static void drop_idle_benchmarks(series_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].benchmark && set->list[i].count == 1)
            set->list[i].count = 0;
}

berth_status series_read_equity(berth_session *session, const season *season, const standings *standings,
                                series_set *set) {
    if (make_set(session, standings, set) != BERTH_OK)
        return berth_session_status(session);
    read_points(session,
                "SELECT model_id, inception_at, inception_nav FROM season_entries "
                "WHERE season_id = ? AND inception_at IS NOT NULL AND inception_nav IS NOT NULL",
                season->id, set);
    read_points(session,
                "SELECT model_id, taken_at, equity FROM leaderboard_snapshots "
                "WHERE season_id = ? AND taken_at IS NOT NULL",
                season->id, set);
    int64_t now = latest_time(session, season);
    for (size_t i = 0; i < standings->count; i++)
        if (standings->list[i].has_equity && standings->list[i].taken_at == INT64_MAX && now > 0)
            add(session, &set->list[i], now, standings->list[i].equity);
    sort(set);
    drop_idle_benchmarks(set);
    return berth_session_status(session);
}

berth_status series_read_profit(berth_session *session, const season *season, const standings *standings,
                                series_set *set) {
    if (make_set(session, standings, set) != BERTH_OK)
        return berth_session_status(session);
    read_points(session,
                "SELECT model_id, inception_at, 0 FROM season_entries "
                "WHERE season_id = ? AND inception_at IS NOT NULL AND inception_nav IS NOT NULL",
                season->id, set);
    read_points(session,
                "SELECT model_id, exit_time, realized_net_pnl FROM trades WHERE season_id = ? "
                "ORDER BY exit_time, exit_tid, entry_tid",
                season->id, set);
    sort(set);
    drop_idle_benchmarks(set);
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 1; k < set->list[i].count; k++)
            set->list[i].points[k].value += set->list[i].points[k - 1].value;
    return berth_session_status(session);
}

void series_free(series_set *set) {
    for (size_t i = 0; i < set->count; i++)
        free(set->list[i].points);
    free(set->list);
    memset(set, 0, sizeof *set);
}
