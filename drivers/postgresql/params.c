/* From Berth's values to the server's. With a prepared statement the server has said which types it takes; else it is
 * given text, so that it finds the same types. */
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "postgresql.h"

#define DAYS_1970_TO_2000 10957
#define DAY_US INT64_C(86400000000)
#define US_1970_TO_2000 (DAY_US * DAYS_1970_TO_2000)
#define SCALAR_BYTES 72 /* Room for any value but texts and blobs. */

enum { FORMAT_TEXT = 0, FORMAT_BINARY = 1 };

/* One value on its way. */
typedef struct writer {
    const berth_value *value;
    Oid oid; /* 0 where the server has not said it. */
    uint32_t place;
    char *bytes; /* Where its bytes go. */
    size_t used;
    const char *data; /* What is sent. */
    size_t length;
    int format;
    berth_error *error;
} writer;

static bool has_data(uint32_t type) {
    return type == BERTH_TYPE_TEXT || type == BERTH_TYPE_JSON || type == BERTH_TYPE_BLOB || type == BERTH_TYPE_DECIMAL;
}

static void send_binary(writer *writer, const void *data, size_t length) {
    writer->data = data;
    writer->length = length;
    writer->format = FORMAT_BINARY;
}

static void send_number(writer *writer, uint64_t number, size_t length) {
    uint64_t ordered = htobe64(number << (64 - 8 * length));
    memcpy(writer->bytes, &ordered, length);
    writer->used = length;
    send_binary(writer, writer->bytes, length);
}

/* libpq wants text with a NUL behind it. */
static void send_text(writer *writer) {
    const berth_value *value = writer->value;
    if (has_data(value->type)) {
        memcpy(writer->bytes, value->as.data, value->length);
        writer->length = value->length;
        writer->bytes[value->length] = '\0';
    } else {
        writer->length = postgresql_services->format(value, writer->bytes, SCALAR_BYTES);
    }
    writer->used = writer->length + 1;
    writer->data = writer->bytes;
    writer->format = FORMAT_TEXT;
}

static int32_t refuse(const writer *writer, const char *sqlstate, const char *reason) {
    postgresql_services->fail(writer->error, BERTH_DATA, "value %u: %s", (unsigned)writer->place + 1, reason);
    postgresql_set_sqlstate(writer->error, sqlstate);
    return BERTH_DATA;
}

/* In binary a number must fit before it is sent: the server would only see the lower bits. */
static int32_t send_integer(writer *writer, size_t length, const char *name) {
    int64_t limit = (int64_t)(UINT64_MAX >> (65 - 8 * length));
    int64_t number = writer->value->as.integer;
    if (number >= -limit - 1 && number <= limit) {
        send_number(writer, (uint64_t)number, length);
        return BERTH_OK;
    }
    postgresql_services->fail(writer->error, BERTH_DATA, "value %u: %" PRId64 " is out of range for type %s",
                              (unsigned)writer->place + 1, number, name);
    postgresql_set_sqlstate(writer->error, "22003");
    return BERTH_DATA;
}

static int32_t write_int64(writer *writer) {
    switch (writer->oid) {
    case OID_INT2:
        return send_integer(writer, 2, "smallint");
    case OID_INT4:
        return send_integer(writer, 4, "integer");
    case OID_INT8:
        return send_integer(writer, 8, "bigint");
    default:
        send_text(writer);
        return BERTH_OK;
    }
}

static int32_t write_double(writer *writer) {
    uint64_t bits;
    memcpy(&bits, &writer->value->as.real, sizeof bits);
    if (writer->oid == OID_FLOAT8)
        send_number(writer, bits, sizeof bits);
    else
        send_text(writer);
    return BERTH_OK;
}

static int32_t write_date(writer *writer) {
    int64_t days = writer->value->as.integer - DAYS_1970_TO_2000;
    if (writer->oid != OID_DATE) {
        send_text(writer);
        return BERTH_OK;
    }
    if (days <= INT32_MIN)
        return refuse(writer, "22008", "the date is out of range");
    send_number(writer, (uint64_t)days, 4);
    return BERTH_OK;
}

static int32_t write_time(writer *writer) {
    if (writer->oid == OID_TIME)
        send_number(writer, (uint64_t)writer->value->as.integer, 8);
    else
        send_text(writer);
    return BERTH_OK;
}

/* The session's time zone is UTC, so that an instant and a timestamp are the same number. */
static int32_t write_timestamp(writer *writer) {
    int64_t microseconds = writer->value->as.integer;
    if (writer->oid == OID_DATE && microseconds % DAY_US != 0)
        return refuse(writer, "22008", "a timestamp with a time of day does not fit a date");
    if (writer->oid != OID_TIMESTAMP && writer->oid != OID_TIMESTAMPTZ) {
        send_text(writer);
        return BERTH_OK;
    }
    if (microseconds <= INT64_MIN + US_1970_TO_2000)
        return refuse(writer, "22008", "the timestamp is out of range");
    send_number(writer, (uint64_t)(microseconds - US_1970_TO_2000), 8);
    return BERTH_OK;
}

static bool is_text_type(Oid oid) {
    return oid == OID_TEXT || oid == OID_VARCHAR || oid == OID_BPCHAR || oid == OID_NAME || oid == OID_JSON;
}

/* Text as it is where its binary form is the same, without copying it. A bytea gets the very bytes, not what its
 * escapes would stand for. */
static int32_t write_text(writer *writer) {
    const berth_value *value = writer->value;
    if (memchr(value->as.data, '\0', value->length) != NULL)
        return refuse(writer, "22021", "the text has a NUL, which the server takes in a bytea only");
    if (is_text_type(writer->oid) || writer->oid == OID_BYTEA) {
        send_binary(writer, value->as.data, value->length);
    } else if (writer->oid == OID_JSONB) {
        writer->bytes[0] = 1; /* The form's version. */
        memcpy(writer->bytes + 1, value->as.data, value->length);
        writer->used = value->length + 1;
        send_binary(writer, writer->bytes, writer->used);
    } else {
        send_text(writer);
    }
    return BERTH_OK;
}

static int32_t write_blob(writer *writer) {
    if (writer->oid != 0 && writer->oid != OID_BYTEA)
        return refuse(writer, "42804", "a blob is given, but the server takes no bytea here; is a cast missing?");
    writer->oid = OID_BYTEA;
    send_binary(writer, writer->value->as.data, writer->value->length);
    return BERTH_OK;
}

static int32_t write_bool(writer *writer) {
    if (writer->oid == OID_BOOL)
        send_number(writer, (uint64_t)writer->value->as.integer, 1);
    else
        send_text(writer);
    return BERTH_OK;
}

static int32_t write_uuid(writer *writer) {
    if (writer->oid == OID_UUID)
        send_binary(writer, writer->value->as.uuid, sizeof writer->value->as.uuid);
    else
        send_text(writer);
    return BERTH_OK;
}

static int32_t write_as_text(writer *writer) {
    send_text(writer);
    return BERTH_OK;
}

static int32_t write_null(writer *writer) {
    writer->data = NULL;
    return BERTH_OK;
}

static int32_t (*const writers[BERTH_TYPE_COUNT])(writer *) = {
    [BERTH_TYPE_NULL] = write_null,           [BERTH_TYPE_BOOL] = write_bool,
    [BERTH_TYPE_INT64] = write_int64,         [BERTH_TYPE_UINT64] = write_as_text,
    [BERTH_TYPE_DOUBLE] = write_double,       [BERTH_TYPE_TEXT] = write_text,
    [BERTH_TYPE_BLOB] = write_blob,           [BERTH_TYPE_DECIMAL] = write_as_text,
    [BERTH_TYPE_DATE] = write_date,           [BERTH_TYPE_TIME] = write_time,
    [BERTH_TYPE_TIMESTAMP] = write_timestamp, [BERTH_TYPE_TIMESTAMPTZ] = write_timestamp,
    [BERTH_TYPE_UUID] = write_uuid,           [BERTH_TYPE_JSON] = write_text,
};

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

static bool reserve(postgresql_params *params, const berth_execution *execution) {
    size_t size = 1;
    for (uint32_t i = 0; i < execution->param_count; i++)
        size += SCALAR_BYTES + (has_data(execution->params[i].type) ? execution->params[i].length : 0);
    return grow_arrays(params, execution->param_count) && postgresql_reserve(&params->bytes, size);
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
        const berth_value *value = &execution->params[i];
        writer writer = {.value = value, .place = i, .bytes = bytes, .error = error};
        writer.oid = types != NULL ? PQparamtype(types, (int)i) : 0;
        if (value->type >= BERTH_TYPE_COUNT)
            return postgresql_services->fail(error, BERTH_MISUSE, "value %u is of no type", (unsigned)i + 1);
        status = writers[value->type](&writer);
        params->values[i] = writer.data;
        params->lengths[i] = (int)writer.length;
        params->formats[i] = writer.format;
        params->types[i] = types == NULL ? writer.oid : 0;
        bytes += writer.used;
        params->used += writer.length;
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
