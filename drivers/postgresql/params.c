/* The values of an execution, as libpq wants them. */
#include <string.h>

#include "postgresql.h"

static bool grow_arrays(postgresql_params *params, uint32_t count) {
    if (count <= params->capacity)
        return true;
    postgresql_params_free(params);
    params->values = postgresql_services->allocate(count * sizeof *params->values);
    params->lengths = postgresql_services->allocate(count * sizeof *params->lengths);
    params->formats = postgresql_services->allocate(count * sizeof *params->formats);
    params->types = postgresql_services->allocate(count * sizeof *params->types);
    if (params->values == NULL || params->lengths == NULL || params->formats == NULL || params->types == NULL)
        return false;
    params->capacity = count;
    return true;
}

bool postgresql_params_reserve(postgresql_params *params, uint32_t count, size_t size) {
    return grow_arrays(params, count) && postgresql_reserve(&params->bytes, size);
}

static bool reserve(postgresql_params *params, const berth_execution *execution) {
    size_t size = 1;
    for (uint32_t i = 0; i < execution->param_count; i++)
        size += postgresql_write_room(&execution->params[i]);
    return postgresql_params_reserve(params, execution->param_count, size);
}

/* Years that have four digits in the server's text too. */
static bool is_common_date(int64_t days) {
    return days >= -719162 && days <= 2932896;
}

/* Whether the server reads the text of a value as it would take its binary form, whatever type it is for: it drops the
 * time of day of a timestamp's text where it wants a date, and takes backslashes in the text of a bytea for escapes. */
static bool is_plain(const berth_value *value) {
    switch (value->type) {
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_JSON:
        return memchr(value->as.data, '\\', value->length) == NULL;
    case BERTH_TYPE_DATE:
        return is_common_date(value->as.integer);
    case BERTH_TYPE_BLOB:
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
        return false;
    default:
        return true;
    }
}

bool postgresql_params_are_plain(const berth_execution *execution) {
    for (uint32_t i = 0; i < execution->param_count; i++)
        if (!is_plain(&execution->params[i]))
            return false;
    return true;
}

int32_t postgresql_params_encode(berth_driver_connection *connection, const berth_execution *execution,
                                 const PGresult *types, berth_error *error) {
    postgresql_params *params = &connection->params;
    int32_t status = BERTH_OK;
    if (execution->param_count > POSTGRESQL_MAX_PARAMS)
        return postgresql_services->fail(error, BERTH_TOO_LARGE, "the statement has %u values, allowed are %d",
                                         (unsigned)execution->param_count, POSTGRESQL_MAX_PARAMS);
    params->used = 0;
    if (execution->param_count == 0)
        return BERTH_OK;
    if (!reserve(params, execution))
        return postgresql_fail_memory("a statement's values", error);
    char *bytes = params->bytes.data;
    for (uint32_t i = 0; status == BERTH_OK && i < execution->param_count; i++) {
        postgresql_writer writer = {.value = &execution->params[i], .place = i, .bytes = bytes, .error = error};
        writer.oid = types != NULL ? PQparamtype(types, (int)i) : 0;
        status = postgresql_write(&writer);
        params->values[i] = writer.data;
        params->lengths[i] = (int)writer.length;
        params->formats[i] = writer.format;
        params->types[i] = types == NULL ? writer.oid : 0;
        bytes += writer.used;
        params->used += writer.length + sizeof(uint32_t);
    }
    return status;
}

void postgresql_params_free(postgresql_params *params) {
    postgresql_services->release((void *)params->values);
    postgresql_services->release(params->lengths);
    postgresql_services->release(params->formats);
    postgresql_services->release(params->types);
    postgresql_services->release(params->bytes.data);
    memset(params, 0, sizeof *params);
}
