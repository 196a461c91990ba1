/* From the server's values to Berth's. Numbers are in network order, days and microseconds count from 2000-01-01. */
#include <endian.h>
#include <string.h>

#include "postgresql.h"

#define DAYS_1970_TO_2000 10957
#define US_1970_TO_2000 (INT64_C(86400000000) * DAYS_1970_TO_2000)
#define SCRATCH_TEXT 16 /* Room for a word in place of a number. */

typedef postgresql_column column;

/* How a column's values are read. */
enum {
    WAY_DATA, /* Bytes as they are. */
    WAY_BOOL,
    WAY_INT2,
    WAY_INT4,
    WAY_INT8,
    WAY_OID,
    WAY_FLOAT4,
    WAY_FLOAT8,
    WAY_NUMERIC,
    WAY_DATE,
    WAY_TIME,
    WAY_STAMP,
    WAY_UUID,
    WAY_JSONB,
    WAY_TEXT_OF_BYTES,
    WAY_TEXT_OF_BOOL,
    WAY_TEXT, /* Of anything else. */
};

/* The row that is being read. */
typedef struct reader {
    char *scratch; /* Where the next text goes. */
    berth_error *error;
} reader;

bool postgresql_reserve(postgresql_buffer *buffer, size_t size) {
    if (size <= buffer->size)
        return true;
    size_t grown_size = buffer->size < 256 ? 256 : buffer->size;
    while (grown_size < size)
        grown_size *= 2;
    char *grown = postgresql_services->reallocate(buffer->data, grown_size);
    if (grown == NULL)
        return false;
    *buffer = (postgresql_buffer){grown, grown_size};
    return true;
}

static int64_t read_int16(const void *bytes) {
    uint16_t number;
    memcpy(&number, bytes, sizeof number);
    return (int16_t)be16toh(number);
}

static uint32_t read_uint32(const void *bytes) {
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return be32toh(number);
}

static int64_t read_int32(const void *bytes) {
    return (int32_t)read_uint32(bytes);
}

static int64_t read_int64(const void *bytes) {
    uint64_t number;
    memcpy(&number, bytes, sizeof number);
    return (int64_t)be64toh(number);
}

static double read_float4(const void *bytes) {
    uint32_t bits = read_uint32(bytes);
    float number;
    memcpy(&number, &bits, sizeof number);
    return (double)number;
}

static double read_float8(const void *bytes) {
    int64_t bits = read_int64(bytes);
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void set_data(berth_value *value, uint32_t type, const char *data, size_t length) {
    value->type = type;
    value->length = length;
    value->as.data = data;
}

static void set_integer(berth_value *value, uint32_t type, int64_t integer) {
    value->type = type;
    value->length = 0;
    value->as.integer = integer;
}

static void set_real(berth_value *value, double real) {
    value->type = BERTH_TYPE_DOUBLE;
    value->length = 0;
    value->as.real = real;
}

/* infinity is no point in time; it comes as the server's word for it. */
static void set_infinite(berth_value *value, bool negative) {
    const char *word = negative ? "-infinity" : "infinity";
    set_data(value, BERTH_TYPE_TEXT, word, strlen(word));
}

static void set_date(berth_value *value, int64_t days) {
    if (days == INT32_MIN || days == INT32_MAX)
        set_infinite(value, days == INT32_MIN);
    else
        set_integer(value, BERTH_TYPE_DATE, days + DAYS_1970_TO_2000);
}

/* The server's years end 30 beyond those of an int64 that counts from 1970. */
static int32_t set_timestamp(const reader *reader, berth_value *value, uint32_t type, int64_t microseconds) {
    if (microseconds == INT64_MIN || microseconds == INT64_MAX)
        set_infinite(value, microseconds == INT64_MIN);
    else if (microseconds > INT64_MAX - US_1970_TO_2000)
        return postgresql_fail_late(reader->error);
    else
        set_integer(value, type, microseconds + US_1970_TO_2000);
    return BERTH_OK;
}

static void set_uuid(berth_value *value, const char *bytes) {
    value->type = BERTH_TYPE_UUID;
    value->length = 0;
    memcpy(value->as.uuid, bytes, sizeof value->as.uuid);
}

static void set_numeric(reader *reader, berth_value *value, const char *bytes, size_t length) {
    size_t written = postgresql_numeric_write((const unsigned char *)bytes, length, reader->scratch);
    char last = reader->scratch[written - 1];
    bool is_number = last >= '0' && last <= '9';
    set_data(value, is_number ? BERTH_TYPE_DECIMAL : BERTH_TYPE_TEXT, reader->scratch, written);
    reader->scratch += written + 1;
}

static int hex_digit(char digit) {
    return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

/* "\x00ff" */
static void set_bytes(reader *reader, berth_value *value, const char *text, size_t length) {
    size_t count = length >= 2 ? (length - 2) / 2 : 0;
    for (size_t i = 0; i < count; i++)
        reader->scratch[i] = (char)(hex_digit(text[2 + 2 * i]) << 4 | hex_digit(text[3 + 2 * i]));
    reader->scratch[count] = '\0';
    set_data(value, BERTH_TYPE_BLOB, reader->scratch, count);
    reader->scratch += count + 1;
}

static int32_t set_parsed(const reader *reader, const column *column, berth_value *value, const char *text,
                          size_t length) {
    int32_t status = postgresql_parse(column->type, text, length, value, reader->error);
    if (column->oid == OID_FLOAT4 && value->type == BERTH_TYPE_DOUBLE) /* The text tells apart floats, not doubles. */
        value->as.real = (double)(float)value->as.real;
    return status;
}

/* The ways of types that come in binary; all others are bytes as they are. */
static const struct {
    Oid oid;
    uint32_t way;
} binary_ways[] = {
    {OID_BOOL, WAY_BOOL}, {OID_INT2, WAY_INT2},     {OID_INT4, WAY_INT4},       {OID_INT8, WAY_INT8},
    {OID_OID, WAY_OID},   {OID_FLOAT4, WAY_FLOAT4}, {OID_FLOAT8, WAY_FLOAT8},   {OID_NUMERIC, WAY_NUMERIC},
    {OID_DATE, WAY_DATE}, {OID_TIME, WAY_TIME},     {OID_TIMESTAMP, WAY_STAMP}, {OID_TIMESTAMPTZ, WAY_STAMP},
    {OID_UUID, WAY_UUID}, {OID_JSONB, WAY_JSONB},
};

static uint32_t way_of_text(uint32_t type) {
    switch (type) {
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_JSON:
        return WAY_DATA;
    case BERTH_TYPE_BLOB:
        return WAY_TEXT_OF_BYTES;
    case BERTH_TYPE_BOOL:
        return WAY_TEXT_OF_BOOL;
    default:
        return WAY_TEXT;
    }
}

bool postgresql_choose_way(column *column, bool is_binary) {
    column->way = WAY_DATA;
    if (!is_binary)
        column->way = way_of_text(column->type);
    for (size_t i = 0; is_binary && i < sizeof binary_ways / sizeof *binary_ways; i++)
        if (binary_ways[i].oid == column->oid)
            column->way = binary_ways[i].way;
    return column->way == WAY_NUMERIC || column->way == WAY_TEXT_OF_BYTES;
}

static int32_t decode(reader *reader, const column *column, const char *bytes, size_t length, berth_value *value) {
    switch (column->way) {
    case WAY_BOOL:
        set_integer(value, BERTH_TYPE_BOOL, bytes[0] != 0);
        break;
    case WAY_INT2:
        set_integer(value, BERTH_TYPE_INT64, read_int16(bytes));
        break;
    case WAY_INT4:
        set_integer(value, BERTH_TYPE_INT64, read_int32(bytes));
        break;
    case WAY_INT8:
        set_integer(value, BERTH_TYPE_INT64, read_int64(bytes));
        break;
    case WAY_OID:
        set_integer(value, BERTH_TYPE_INT64, read_uint32(bytes));
        break;
    case WAY_FLOAT4:
        set_real(value, read_float4(bytes));
        break;
    case WAY_FLOAT8:
        set_real(value, read_float8(bytes));
        break;
    case WAY_NUMERIC:
        set_numeric(reader, value, bytes, length);
        break;
    case WAY_DATE:
        set_date(value, read_int32(bytes));
        break;
    case WAY_TIME:
        set_integer(value, BERTH_TYPE_TIME, read_int64(bytes));
        break;
    case WAY_STAMP:
        return set_timestamp(reader, value, column->type, read_int64(bytes));
    case WAY_UUID:
        set_uuid(value, bytes);
        break;
    case WAY_JSONB: /* The first byte is the form's version. */
        set_data(value, BERTH_TYPE_JSON, bytes + 1, length - 1);
        break;
    case WAY_TEXT_OF_BYTES:
        set_bytes(reader, value, bytes, length);
        break;
    case WAY_TEXT_OF_BOOL:
        set_integer(value, BERTH_TYPE_BOOL, bytes[0] == 't');
        break;
    case WAY_TEXT:
        return set_parsed(reader, column, value, bytes, length);
    default:
        set_data(value, column->type, bytes, length);
    }
    return BERTH_OK;
}

static size_t scratch_of(const column *column, const char *bytes, size_t length) {
    if (column->way == WAY_NUMERIC)
        return postgresql_numeric_room((const unsigned char *)bytes, length) + SCRATCH_TEXT;
    return column->way == WAY_TEXT_OF_BYTES ? length / 2 + 1 : 0;
}

static bool reserve_scratch(berth_driver_connection *connection, int row) {
    const postgresql_columns *columns = connection->columns;
    size_t size = 1;
    for (uint32_t i = 0; i < columns->count; i++)
        size += scratch_of(&columns->columns[i], PQgetvalue(connection->current, row, (int)i),
                           (size_t)PQgetlength(connection->current, row, (int)i));
    return postgresql_reserve(&connection->scratch, size);
}

static int32_t decode_field(reader *reader, const PGresult *result, const column *column, int row, int place,
                            berth_value *value) {
    size_t length = (size_t)PQgetlength(result, row, place);
    if (length > 0 || !PQgetisnull(result, row, place))
        return decode(reader, column, PQgetvalue(result, row, place), length, value);
    set_integer(value, BERTH_TYPE_NULL, 0);
    return BERTH_OK;
}

int32_t postgresql_decode_row(berth_driver_connection *connection, int row, berth_batch *batch, berth_error *error) {
    const postgresql_columns *columns = connection->columns;
    if (columns->needs_scratch && !reserve_scratch(connection, row))
        return postgresql_fail_memory("a row", error);
    reader reader = {connection->scratch.data, error};
    int32_t status = BERTH_OK;
    for (uint32_t i = 0; status == BERTH_OK && i < columns->count; i++) {
        berth_value *value = &columns->row[i];
        status = decode_field(&reader, connection->current, &columns->columns[i], row, (int)i, value);
        if (status == BERTH_OK && batch != NULL && !berth_batch_put(batch, i, value))
            break;
    }
    return status;
}
