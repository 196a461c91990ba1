#include "tracker/store.h"

#include <stdlib.h>
#include <string.h>

#include "tracker/models.h"

#define BENCHMARK_PREFIX "buynhold_" /* A yardstick that competes with nobody, such as "buynhold_btc". */

/* The statement that reads one record by its key, and where its values are. */
typedef struct lookup {
    char *columns; /* With commas. */
    char *sql;
    berth_value *keys;
    size_t *key_indexes;
    size_t key_count;
} lookup;

static void lookup_free(lookup *lookup) {
    free(lookup->columns);
    free(lookup->sql);
    free(lookup->keys);
    free(lookup->key_indexes);
}

static char *list_columns(const record_kind *kind) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    for (const field *field = kind->fields; field->column != NULL; field++)
        fprintf(stream, "%s%s", field == kind->fields ? "" : ", ", field->column);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static char *write_select(const batch *batch, lookup *lookup) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    fprintf(stream, "SELECT %s FROM %s", lookup->columns, batch->kind->table->name);
    for (size_t i = 0; i < batch->columns; i++) {
        if (!fields_declaration(batch->kind, &batch->kind->fields[i])->primary_key)
            continue;
        fprintf(stream, "%s %s = ?", lookup->key_count == 0 ? " WHERE" : " AND", batch->kind->fields[i].column);
        lookup->key_indexes[lookup->key_count++] = i;
    }
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static berth_status lookup_make(berth_session *session, const batch *batch, lookup *lookup) {
    lookup->columns = list_columns(batch->kind);
    lookup->keys = calloc(batch->columns, sizeof *lookup->keys);
    lookup->key_indexes = calloc(batch->columns, sizeof *lookup->key_indexes);
    if (lookup->columns != NULL && lookup->keys != NULL && lookup->key_indexes != NULL)
        lookup->sql = write_select(batch, lookup);
    if (lookup->sql == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for the statement");
    return BERTH_OK;
}

static bool same_bytes(const berth_value *value, const char *text, size_t length) {
    return value->length == length && memcmp(value->as.data, text, length) == 0;
}

/* Servers may keep JSON in a form of their own, with other spaces and another order of names. */
static bool same_json(const berth_value *value, const char *text, size_t length) {
    if (same_bytes(value, text, length))
        return true;
    json_t *wanted = json_loadb(value->as.data, value->length, JSON_DECODE_ANY, NULL);
    json_t *stored = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    bool same = wanted != NULL && json_equal(wanted, stored);
    json_decref(wanted);
    json_decref(stored);
    return same;
}

static bool same_value(const berth_value *value, berth_result *rows, int column) {
    if (value->type == BERTH_TYPE_NULL || berth_is_null(rows, column))
        return value->type == BERTH_TYPE_NULL && berth_is_null(rows, column);
    switch (value->type) {
    case BERTH_TYPE_BOOL:
        return berth_get_bool(rows, column) == (value->as.integer != 0);
    case BERTH_TYPE_INT64:
        return berth_get_int64(rows, column) == value->as.integer;
    case BERTH_TYPE_DOUBLE:
        return berth_get_double(rows, column) == value->as.real;
    case BERTH_TYPE_TIMESTAMPTZ:
        return berth_get_timestamp(rows, column) == value->as.integer;
    case BERTH_TYPE_UUID:
        return memcmp(berth_get_uuid(rows, column), value->as.uuid, sizeof value->as.uuid) == 0;
    case BERTH_TYPE_JSON:
        return same_json(value, berth_get_json(rows, column), berth_get_length(rows, column));
    default:
        return same_bytes(value, berth_get_text(rows, column), berth_get_length(rows, column));
    }
}

/* Whether the record is there, and whether it is the same. */
static void compare_record(berth_session *session, const batch *batch, lookup *lookup, const berth_value *row,
                           bool *there, bool *same) {
    for (size_t i = 0; i < lookup->key_count; i++)
        lookup->keys[i] = row[lookup->key_indexes[i]];
    const berth_params keys = {.values = lookup->keys, .count = lookup->key_count};
    berth_result *rows = berth_query(session, lookup->sql, &keys);
    *there = *same = berth_next(rows);
    for (size_t i = 0; i < batch->columns && *same; i++)
        *same = same_value(&row[i], rows, (int)i);
    berth_result_close(rows);
}

static berth_status store_record(berth_session *session, const batch *batch, lookup *lookup, store_counts *counts) {
    bool there, same;
    const berth_value *row = records_row(batch, counts->at);
    compare_record(session, batch, lookup, row, &there, &same);
    if (same) {
        counts->unchanged++;
        return berth_session_status(session);
    }
    *(there ? &counts->updated : &counts->created) += 1;
    const berth_params values = {.values = row, .count = batch->columns};
    return berth_upsert(session, batch->kind->table, lookup->columns, &values);
}

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

berth_status store_batch(berth_session *session, const batch *batch, progress *progress, store_counts *counts) {
    lookup lookup = {0};
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
    if (status == BERTH_OK)
        status = lookup_make(session, batch, &lookup);
    while (counts->at < batch->count && status == BERTH_OK) {
        status = store_record(session, batch, &lookup, counts);
        counts->failed = status != BERTH_OK;
        counts->at += status == BERTH_OK;
        progress_show(progress, counts->at);
    }
    lookup_free(&lookup);
    return berth_session_status(session);
}
