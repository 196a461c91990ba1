/* From Berth's values to the server's. Where the server has not said which type it takes it is given text, so that it
 * finds the same types as if the value stood in the statement. */
#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "postgresql.h"

#define DAYS_1970_TO_2000 10957
#define DAY_US INT64_C(86400000000)
#define US_1970_TO_2000 (DAY_US * DAYS_1970_TO_2000)

typedef postgresql_writer writer;

static void send_binary(writer *writer, const void *data, size_t length) {
    writer->data = data;
    writer->length = length;
    writer->format = POSTGRESQL_BINARY;
}

/* There is room for eight bytes, whatever the length. */
static void send_number(writer *writer, uint64_t number, size_t length) {
    uint64_t ordered = htobe64(number << (64 - 8 * length));
    memcpy(writer->bytes, &ordered, sizeof ordered);
    writer->used = length;
    send_binary(writer, writer->bytes, length);
}

/* libpq wants text with a NUL behind it. */
static void send_text(writer *writer) {
    const berth_value *value = writer->value;
    if (postgresql_has_data(value->type)) {
        memcpy(writer->bytes, value->as.data, value->length);
        writer->length = value->length;
        writer->bytes[value->length] = '\0';
    } else {
        writer->length = postgresql_services->format(value, writer->bytes, POSTGRESQL_SCALAR_BYTES);
    }
    writer->used = writer->length + 1;
    writer->data = writer->bytes;
    writer->format = POSTGRESQL_TEXT;
}

/* Says which value it is: by its column where that is known, else by its number. */
static int32_t refuse(const writer *writer, const char *sqlstate, const char *reason) {
    if (writer->column != NULL)
        postgresql_services->fail(writer->error, BERTH_DATA, "column \"%s\": %s", writer->column, reason);
    else
        postgresql_services->fail(writer->error, BERTH_DATA, "value %u: %s", (unsigned)writer->place + 1, reason);
    if (writer->column != NULL)
        snprintf(writer->error->column, sizeof writer->error->column, "%s", writer->column);
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
    char reason[80];
    snprintf(reason, sizeof reason, "%" PRId64 " is out of range for type %s", number, name);
    return refuse(writer, "22003", reason);
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

int32_t postgresql_write(postgresql_writer *writer) {
    const berth_value *value = writer->value;
    writer->used = writer->length = 0;
    if (value->type >= BERTH_TYPE_COUNT)
        return postgresql_services->fail(writer->error, BERTH_MISUSE, "value %u is of no type",
                                         (unsigned)writer->place + 1);
    return writers[value->type](writer);
}

/* ---- Always in binary, for COPY and arrays. ---- */

char *postgresql_put_int32(char *at, uint32_t number) {
    uint32_t ordered = htobe32(number);
    return mempcpy(at, &ordered, sizeof ordered);
}

size_t postgresql_write_framed(postgresql_writer *writer) {
    const bool is_null = writer->data == NULL;
    const size_t length = is_null ? 0 : writer->length;
    postgresql_put_int32(writer->bytes - sizeof(uint32_t), is_null ? UINT32_MAX : (uint32_t)length);
    if (!is_null && writer->data != writer->bytes)
        memcpy(writer->bytes, writer->data, length);
    return sizeof(uint32_t) + length;
}

static const char *const type_names[BERTH_TYPE_COUNT] = {
    [BERTH_TYPE_NULL] = "NULL",      [BERTH_TYPE_BOOL] = "bool",           [BERTH_TYPE_INT64] = "integer",
    [BERTH_TYPE_UINT64] = "integer", [BERTH_TYPE_DOUBLE] = "double",       [BERTH_TYPE_TEXT] = "text",
    [BERTH_TYPE_BLOB] = "blob",      [BERTH_TYPE_DECIMAL] = "decimal",     [BERTH_TYPE_DATE] = "date",
    [BERTH_TYPE_TIME] = "time",      [BERTH_TYPE_TIMESTAMP] = "timestamp", [BERTH_TYPE_TIMESTAMPTZ] = "timestamptz",
    [BERTH_TYPE_UUID] = "UUID",      [BERTH_TYPE_JSON] = "JSON",
};

bool postgresql_takes_binary(Oid oid) {
    switch (oid) {
    case OID_BOOL:
    case OID_BYTEA:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC:
    case OID_DATE:
    case OID_TIME:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
    case OID_UUID:
    case OID_JSONB:
        return true;
    default:
        return is_text_type(oid);
    }
}

static int32_t refuse_kind(const writer *writer, const postgresql_column *column) {
    char reason[80];
    snprintf(reason, sizeof reason, "the %s does not fit the type %s", type_names[writer->value->type],
             column->declared_type);
    return refuse(writer, "22P02", reason);
}

/* The text of a value that is not of the column's kind. */
static const char *take_text(const berth_value *value, char scalar[POSTGRESQL_SCALAR_BYTES], size_t *length) {
    *length = postgresql_has_data(value->type) ? value->length
                                               : postgresql_services->format(value, scalar, POSTGRESQL_SCALAR_BYTES);
    return postgresql_has_data(value->type) ? value->as.data : scalar;
}

static int32_t write_numeric(writer *writer, const postgresql_column *column) {
    char scalar[POSTGRESQL_SCALAR_BYTES];
    size_t length;
    const char *text = take_text(writer->value, scalar, &length);
    size_t written = postgresql_numeric_read(text, length, (unsigned char *)writer->bytes);
    if (written == 0)
        return refuse_kind(writer, column);
    send_binary(writer, writer->bytes, written);
    return BERTH_OK;
}

static int32_t write_float4(writer *writer, double real) {
    float narrow = (float)real;
    uint32_t bits;
    if (isinf(narrow) && !isinf(real))
        return refuse(writer, "22003", "the number is out of range for type real");
    memcpy(&bits, &narrow, sizeof bits);
    send_number(writer, bits, sizeof bits);
    return BERTH_OK;
}

static bool is_timestamp(uint32_t type) {
    return type == BERTH_TYPE_TIMESTAMP || type == BERTH_TYPE_TIMESTAMPTZ;
}

/* Another type for the same value; mostly by way of the text, as the server would. It may point into `scalar`. */
static bool convert(const writer *writer, uint32_t type, char scalar[POSTGRESQL_SCALAR_BYTES], berth_value *converted) {
    const berth_value *value = writer->value;
    size_t length;
    *converted = (berth_value){.type = type};
    if (value->type == BERTH_TYPE_DATE && is_timestamp(type))
        return !__builtin_mul_overflow(value->as.integer, DAY_US, &converted->as.integer);
    if (is_timestamp(value->type) && type == BERTH_TYPE_DATE) { /* Only midnights come here. */
        converted->as.integer = value->as.integer / DAY_US;
        return true;
    }
    const char *text = take_text(value, scalar, &length);
    return postgresql_parse(type, text, length, converted, writer->error) == BERTH_OK && converted->type == type;
}

static int32_t write_converted(writer *writer, const postgresql_column *column) {
    char scalar[POSTGRESQL_SCALAR_BYTES];
    berth_value converted;
    if (!convert(writer, column->type, scalar, &converted))
        return refuse_kind(writer, column);
    if (writer->oid == OID_FLOAT4)
        return write_float4(writer, converted.as.real);
    const berth_value *given = writer->value;
    writer->value = &converted;
    int32_t status = postgresql_write(writer);
    writer->value = given;
    if (status == BERTH_OK && writer->format != POSTGRESQL_BINARY)
        return refuse_kind(writer, column);
    if (status == BERTH_OK && writer->data != writer->bytes) /* A UUID is a view of what ends here. */
        writer->data = memcpy(writer->bytes, writer->data, writer->length);
    return status;
}

int32_t postgresql_write_binary(postgresql_writer *writer, const postgresql_column *column) {
    uint32_t type = writer->value->type;
    writer->oid = column->oid;
    if (type == BERTH_TYPE_DOUBLE && column->oid == OID_FLOAT4)
        return write_float4(writer, writer->value->as.real);
    if (type != BERTH_TYPE_NULL && type != BERTH_TYPE_BLOB && column->oid == OID_NUMERIC)
        return write_numeric(writer, column);
    int32_t status = postgresql_write(writer);
    if (status != BERTH_OK || type == BERTH_TYPE_NULL || writer->format == POSTGRESQL_BINARY ||
        is_text_type(column->oid))
        return status;
    return write_converted(writer, column);
}

bool postgresql_write_native(postgresql_writer *writer, const postgresql_column *column) {
    writer->oid = column->oid;
    uint32_t type = writer->value->type;
    if (column->oid == OID_NUMERIC && type != BERTH_TYPE_NULL && type != BERTH_TYPE_BLOB)
        return write_numeric(writer, column) == BERTH_OK;
    if (postgresql_write(writer) != BERTH_OK)
        return false;
    return writer->data == NULL || writer->format == POSTGRESQL_BINARY || is_text_type(column->oid);
}
