#include "tracker/compare.h"

#include <jansson.h>
#include <string.h>

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

bool compare_value(const berth_value *value, berth_result *rows, int column) {
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
