#include "tracker/records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tracker/json_text.h"
#include "tracker/text.h"

#define DESCRIPTION_BYTES 128
#define SHOWN_WIDTH 30                   /* Of a name in a message. */
#define TIME_END_S 4294967296.0          /* 2106-02-07. */
#define EXACT_INTEGER 9007199254740992LL /* 2^53: up to it every integer is a double. */
#define TIME_SUFFIX_FORMAT "%s@%s"       /* The id of a leaderboard's row with a time. */
#define JSON_KEPT (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17)) /* Every double reads back the same. */

/* Where in the document a value stands. */
typedef struct place {
    batch *batch;
    const records_options *options;
    const json_t *record;
    const field *field;
} place;

/* Reads one value. BERTH_DATA when it is of another type, BERTH_TOO_LARGE when it is beyond a limit. */
typedef berth_status (*reader)(const place *place, const json_t *found, berth_value *value);

bool records_microseconds(double seconds, int64_t *microseconds) {
    if (!(seconds >= 0 && seconds < TIME_END_S))
        return false;
    *microseconds = llround(seconds * 1e6);
    return true;
}

/* Makes a text that json_dumps() or strdup() allocated the batch's; NULL is "no memory". */
static berth_status keep_text(batch *batch, char *text) {
    if (text == NULL)
        return BERTH_NO_MEMORY;
    if (batch->text_count == batch->text_capacity) {
        size_t capacity = batch->text_capacity == 0 ? 64 : 2 * batch->text_capacity;
        char **grown = realloc(batch->texts, capacity * sizeof *grown);
        if (grown == NULL) {
            free(text);
            return BERTH_NO_MEMORY;
        }
        batch->texts = grown;
        batch->text_capacity = capacity;
    }
    batch->texts[batch->text_count++] = text;
    return BERTH_OK;
}

static berth_status read_text(const place *place, const json_t *found, berth_value *value) {
    if (!json_is_string(found))
        return BERTH_DATA;
    uint32_t limit = fields_declaration(place->batch->kind, place->field)->length;
    if (limit > 0 && text_characters(json_string_value(found)) > limit)
        return BERTH_TOO_LARGE;
    *value = berth_text_n(json_string_value(found), json_string_length(found));
    return BERTH_OK;
}

static berth_status read_name(const place *place, const json_t *found, berth_value *value) {
    return json_string_length(found) == 0 ? BERTH_DATA : read_text(place, found, value);
}

static berth_status read_side(const place *place, const json_t *found, berth_value *value) {
    const char *side = json_string_value(found);
    if (side == NULL || (strcmp(side, "long") != 0 && strcmp(side, "short") != 0))
        return BERTH_DATA;
    return read_text(place, found, value);
}

static berth_status read_number(const place *place, const json_t *found, berth_value *value) {
    (void)place;
    if (!json_is_number(found))
        return BERTH_DATA;
    json_int_t integer = json_integer_value(found);
    if (integer > EXACT_INTEGER || integer < -EXACT_INTEGER)
        return BERTH_TOO_LARGE;
    *value = berth_double(json_number_value(found));
    return BERTH_OK;
}

static berth_status read_integer(const place *place, const json_t *found, berth_value *value) {
    (void)place;
    *value = berth_int64(json_integer_value(found));
    return json_is_integer(found) ? BERTH_OK : BERTH_DATA;
}

static berth_status read_bool(const place *place, const json_t *found, berth_value *value) {
    (void)place;
    *value = berth_bool(json_is_true(found));
    return json_is_boolean(found) ? BERTH_OK : BERTH_DATA;
}

static berth_status read_time(const place *place, const json_t *found, berth_value *value) {
    (void)place;
    int64_t microseconds;
    if (!json_is_number(found))
        return BERTH_DATA;
    if (!records_microseconds(json_number_value(found), &microseconds))
        return BERTH_TOO_LARGE;
    *value = berth_timestamptz(microseconds);
    return BERTH_OK;
}

static berth_status read_uuid(const place *place, const json_t *found, berth_value *value) {
    (void)place;
    if (!json_is_string(found))
        return BERTH_DATA;
    return berth_value_parse(BERTH_TYPE_UUID, json_string_value(found), json_string_length(found), value);
}

static berth_status read_json(const place *place, const json_t *found, berth_value *value) {
    char *text = json_dumps(found, JSON_KEPT);
    *value = berth_json(text);
    return keep_text(place->batch, text);
}

static berth_status read_text_or_json(const place *place, const json_t *found, berth_value *value) {
    if (json_is_string(found))
        return read_text(place, found, value);
    char *text = json_dumps(found, JSON_KEPT);
    *value = berth_text(text);
    return keep_text(place->batch, text);
}

static berth_status read_kind_of_text(const place *place, const json_t *found, berth_value *value) {
    (void)place;
    *value = berth_text(json_is_string(found) ? "text" : "json");
    return BERTH_OK;
}

static berth_status read_season(const place *place, const json_t *found, berth_value *value) {
    (void)found;
    *value = berth_text(place->options->season);
    return BERTH_OK;
}

static berth_status read_source(const place *place, const json_t *found, berth_value *value) {
    (void)found;
    *value = berth_text(place->batch->kind->source);
    return BERTH_OK;
}

static berth_status read_time_given(const place *place, const json_t *found, berth_value *value) {
    (void)found;
    *value = place->options->has_time ? berth_timestamptz(place->options->time_us) : berth_null();
    return BERTH_OK;
}

static berth_status read_extra(const place *place, const json_t *found, berth_value *value) {
    (void)found;
    json_t *rest = json_copy((json_t *)place->record);
    for (const field *field = place->batch->kind->fields; field->column != NULL; field++)
        if (field->name != NULL)
            json_object_del(rest, field->name);
    berth_status status = rest == NULL ? BERTH_NO_MEMORY : BERTH_OK;
    *value = berth_null();
    if (json_object_size(rest) > 0)
        status = read_json(place, rest, value);
    json_decref(rest);
    return status;
}

static const struct {
    reader read;
    const char *expected; /* Where the type is wrong. */
    const char *limit;    /* Where it is too large. */
} readers[] = {
    [FIELD_NAME] = {read_name, "a text that is not empty", NULL},
    [FIELD_TEXT] = {read_text, "a text", NULL},
    [FIELD_SIDE] = {read_side, "\"long\" or \"short\"", NULL},
    [FIELD_NUMBER] = {read_number, "a number", "an integer up to 2^53, or one with a decimal point"},
    [FIELD_INTEGER] = {read_integer, "an integer", NULL},
    [FIELD_BOOL] = {read_bool, "true or false", NULL},
    [FIELD_TIME] = {read_time, "a time as seconds since 1970", "a time as seconds since 1970, before 2106"},
    [FIELD_UUID] = {read_uuid, "a UUID", NULL},
    [FIELD_JSON] = {read_json, "JSON", NULL},
    [FIELD_TEXT_OR_JSON] = {read_text_or_json, "a text or JSON", NULL},
    [FIELD_KIND_OF_TEXT] = {read_kind_of_text, "a text or JSON", NULL},
    [FIELD_SEASON] = {read_season, NULL, NULL},
    [FIELD_SOURCE] = {read_source, NULL, NULL},
    [FIELD_TIME_GIVEN] = {read_time_given, NULL, NULL},
    [FIELD_EXTRA] = {read_extra, NULL, NULL},
};

static berth_status tell_field(const place *place, size_t record, berth_status status, berth_error *error) {
    char found[DESCRIPTION_BYTES];
    char limit[DESCRIPTION_BYTES];
    const record_kind *kind = place->batch->kind;
    const field *field = place->field;
    if (status == BERTH_NO_MEMORY)
        return report_no_memory(error, "the records");
    const char *expected = readers[field->kind].expected;
    if (status == BERTH_TOO_LARGE && readers[field->kind].limit != NULL) {
        expected = readers[field->kind].limit;
    } else if (status == BERTH_TOO_LARGE) {
        snprintf(limit, sizeof limit, "at most %u characters", fields_declaration(kind, field)->length);
        expected = limit;
    }
    return report_fail(error, BERTH_DATA, "%s[%zu].%s: expected %s, found %s", kind->key, record, field->name, expected,
                       json_text_describe(json_object_get(place->record, field->name), found, sizeof found));
}

static berth_status read_field(const place *place, berth_value *value) {
    const field *field = place->field;
    if (field->name == NULL)
        return readers[field->kind].read(place, NULL, value);
    const json_t *found = json_object_get(place->record, field->name);
    *value = berth_null();
    if (found == NULL || json_is_null(found))
        return field->required ? BERTH_DATA : BERTH_OK;
    return readers[field->kind].read(place, found, value);
}

static berth_status read_record(batch *batch, const records_options *options, const json_t *record, size_t index,
                                berth_error *error) {
    char found[DESCRIPTION_BYTES];
    if (!json_is_object(record))
        return report_fail(error, BERTH_DATA, "%s[%zu]: expected an object, found %s", batch->kind->key, index,
                           json_text_describe(record, found, sizeof found));
    berth_value *row = batch->values + index * batch->columns;
    for (size_t i = 0; i < batch->columns; i++) {
        place place = {batch, options, record, &batch->kind->fields[i]};
        berth_status status = read_field(&place, &row[i]);
        if (status != BERTH_OK)
            return tell_field(&place, index, status, error);
    }
    return BERTH_OK;
}

/* Two records with one id would overwrite each other. */
static berth_status note_number(batch *batch, const json_t *record, size_t index, berth_error *error) {
    const record_kind *kind = batch->kind;
    const char *key = records_row(batch, index)[fields_key(kind)].as.data;
    size_t first;
    if (records_find(batch, key, &first))
        return report_fail(error, BERTH_DATA, "%s[%zu].%s: \"%s\" is there twice, first in %s[%zu]", kind->key, index,
                           kind->id, json_string_value(json_object_get(record, kind->id)), kind->key, first);
    if (json_object_set_new(batch->numbers, key, json_integer((json_int_t)index)) != 0)
        return report_no_memory(error, "the records");
    return BERTH_OK;
}

/* A leaderboard with a time is a row of its own beside the current one. */
static berth_status add_time_to_id(batch *batch, const records_options *options, size_t index, berth_error *error) {
    char time[TEXT_NUMBER_BYTES];
    if (!batch->kind->timeless || !options->has_time)
        return BERTH_OK;
    berth_value *row = batch->values + index * batch->columns;
    berth_value *id = &row[fields_index(batch->kind, "id")];
    berth_value taken = berth_timestamptz(options->time_us);
    char *text = NULL;
    berth_value_format(&taken, time, sizeof time);
    if (asprintf(&text, TIME_SUFFIX_FORMAT, (const char *)id->as.data, time) < 0)
        return report_no_memory(error, "the records");
    *id = berth_text(text);
    return keep_text(batch, text) == BERTH_OK ? BERTH_OK : report_no_memory(error, "the records");
}

static berth_status read_records(batch *batch, const records_options *options, const json_t *list, berth_error *error) {
    size_t model = fields_index(batch->kind, "model_id");
    berth_status status = BERTH_OK;
    for (size_t i = 0; i < batch->count && status == BERTH_OK; i++) {
        const json_t *record = json_array_get(list, i);
        status = read_record(batch, options, record, i, error);
        if (status == BERTH_OK)
            status = add_time_to_id(batch, options, i, error);
        if (status == BERTH_OK)
            status = note_number(batch, record, i, error);
        if (status == BERTH_OK && json_object_set_new(batch->models, records_row(batch, i)[model].as.data, json_true()))
            status = report_no_memory(error, "the records");
    }
    return status;
}

static berth_status tell_unknown(const json_t *document, berth_error *error) {
    char buffer[DESCRIPTION_BYTES];
    const char *found = json_text_describe(document, buffer, sizeof buffer);
    const char *first = json_object_iter_key(json_object_iter((json_t *)document));
    if (first != NULL) {
        snprintf(buffer, sizeof buffer, "an object with \"%.*s\"", (int)text_fitting_bytes(first, SHOWN_WIDTH), first);
        found = buffer;
    } else if (json_is_object(document)) {
        found = "an empty object";
    }
    return report_fail(error, BERTH_DATA,
                       "expected an object with one of \"leaderboard\", \"trades\", \"conversations\", "
                       "\"sinceInceptionValues\", \"accountTotals\", found %s",
                       found);
}

/* Finds out what the document is and where its list stands. */
static berth_status find_kind(batch *batch, const json_t **list, berth_error *error) {
    char found[DESCRIPTION_BYTES];
    for (size_t i = 0; i < FIELDS_KIND_COUNT; i++) {
        const json_t *here = json_object_get(batch->document, fields_kinds[i].key);
        if (here == NULL)
            continue;
        if (batch->kind != NULL)
            return report_fail(error, BERTH_DATA, "expected one kind of records, found \"%s\" and \"%s\"",
                               batch->kind->key, fields_kinds[i].key);
        batch->kind = &fields_kinds[i];
        *list = here;
    }
    if (batch->kind == NULL)
        return tell_unknown(batch->document, error);
    if (!json_is_array(*list))
        return report_fail(error, BERTH_DATA, "%s: expected a list, found %s", batch->kind->key,
                           json_text_describe(*list, found, sizeof found));
    return BERTH_OK;
}

/* What stands beside the list: `serverTime` in milliseconds, and `simulated`. */
static berth_status read_surroundings(batch *batch, berth_error *error) {
    char found[DESCRIPTION_BYTES];
    const json_t *simulated = json_object_get(batch->document, "simulated");
    const json_t *time = json_object_get(batch->document, "serverTime");
    if (simulated != NULL && !json_is_boolean(simulated))
        return report_fail(error, BERTH_DATA, "simulated: expected true or false, found %s",
                           json_text_describe(simulated, found, sizeof found));
    batch->simulated = json_is_true(simulated);
    if (time == NULL)
        return BERTH_OK;
    json_int_t milliseconds = json_integer_value(time);
    if (!json_is_integer(time) || milliseconds < 0 || milliseconds >= (json_int_t)(TIME_END_S * 1000))
        return report_fail(error, BERTH_DATA,
                           "serverTime: expected a time as milliseconds since 1970, before 2106, "
                           "found %s",
                           json_text_describe(time, found, sizeof found));
    batch->server_time = milliseconds * 1000;
    return BERTH_OK;
}

berth_status records_read(FILE *stream, const records_options *options, batch **made, berth_error *error) {
    const json_t *list = NULL;
    *made = NULL;
    batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return report_no_memory(error, "the records");
    berth_status status = json_text_read(stream, &batch->document, error);
    if (status == BERTH_OK)
        status = find_kind(batch, &list, error);
    if (status == BERTH_OK)
        status = read_surroundings(batch, error);
    if (status != BERTH_OK)
        goto cleanup;
    batch->count = json_array_size(list);
    batch->columns = fields_count(batch->kind);
    batch->values = calloc(batch->count * batch->columns + 1, sizeof *batch->values);
    batch->models = json_object();
    batch->numbers = json_object();
    if (batch->values == NULL || batch->models == NULL || batch->numbers == NULL)
        status = report_no_memory(error, "the records");
    else
        status = read_records(batch, options, list, error);
cleanup:
    if (status == BERTH_OK)
        *made = batch;
    else
        records_free(batch);
    return status;
}

void records_free(batch *batch) {
    if (batch == NULL)
        return;
    for (size_t i = 0; i < batch->text_count; i++)
        free(batch->texts[i]);
    free(batch->texts);
    free(batch->values);
    json_decref(batch->models);
    json_decref(batch->numbers);
    json_decref(batch->document);
    free(batch);
}

const berth_value *records_row(const batch *batch, size_t record) {
    return batch->values + record * batch->columns;
}

bool records_find(const batch *batch, const char *key, size_t *record) {
    const json_t *number = json_object_get(batch->numbers, key);
    *record = (size_t)json_integer_value(number);
    return number != NULL;
}
