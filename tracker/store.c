#include "tracker/store.h"

#include <string.h>

#include "tracker/models.h"
#include "tracker/pieces.h"

#define BENCHMARK_PREFIX "buynhold_" /* A yardstick that competes with nobody, such as "buynhold_btc". */

/* A season is made by the first answer that is loaded into it, and is simulated or not from then on. */
static berth_status store_season(berth_session *session, const batch *batch, const char *season) {
    bool simulated = batch->simulated;
    int64_t seen_at = 0;
    berth_result *rows =
        berth_query(session, "SELECT simulated, seen_at FROM seasons WHERE id = ?", berth_params(season));
    bool there = berth_next(rows);
    if (there) {
        simulated = berth_get_bool(rows, 0);
        seen_at = berth_is_null(rows, 1) ? 0 : berth_get_timestamp(rows, 1);
    }
    berth_result_close(rows);
    if (there && simulated != batch->simulated)
        return berth_session_fail(session, BERTH_DATA,
                                  "the season \"%s\" is %s, these records are %s; choose another one with --season",
                                  season, simulated ? "simulated" : "real", simulated ? "real" : "simulated");
    if (there && batch->server_time <= seen_at)
        return berth_session_status(session);
    berth_value newest = batch->server_time > 0 ? berth_timestamptz(batch->server_time) : berth_null();
    return berth_upsert(session, &models_season, "id, simulated, seen_at", berth_params(season, simulated, newest));
}

static bool is_there(berth_session *session, const char *sql, const berth_params *params) {
    berth_result *rows = berth_query(session, sql, params);
    bool there = berth_next(rows);
    berth_result_close(rows);
    return there;
}

static void store_model(berth_session *session, const batch *batch, const char *season, const char *model) {
    bool benchmark = strncmp(model, BENCHMARK_PREFIX, strlen(BENCHMARK_PREFIX)) == 0;
    if (!is_there(session, "SELECT 1 FROM llm_models WHERE id = ?", berth_params(model)))
        berth_upsert(session, &models_llm_model, "id, benchmark", berth_params(model, benchmark));
    if (batch->kind->table != &models_season_entry &&
        !is_there(session, "SELECT 1 FROM season_entries WHERE season_id = ? AND model_id = ?",
                  berth_params(season, model)))
        berth_upsert(session, &models_season_entry, "season_id, model_id", berth_params(season, model));
}

berth_status store_batch(berth_session *session, const batch *batch, size_t singly_from, progress *progress,
                         store_counts *counts) {
    memset(counts, 0, sizeof *counts);
    if (batch->count == 0)
        return BERTH_OK;
    const char *season = records_row(batch, 0)[fields_index(batch->kind, "season_id")].as.data;
    const char *model;
    json_t *ignored;
    store_season(session, batch, season);
    json_object_foreach(batch->models, model, ignored) {
        store_model(session, batch, season, model);
    }
    berth_status status = berth_session_status(session);
    return status == BERTH_OK ? pieces_store(session, batch, singly_from, progress, counts) : status;
}
