/* Values to the library's binds. */
#include <math.h>
#include <string.h>

#include "client.h"

#define INLINE_BYTES (UINT64_C(1) << 20) /* Of one statement's texts and blobs; the rest goes ahead in pieces. */
#define PIECE_BYTES (UINT64_C(1) << 20)  /* Well under any max_allowed_packet in use. */
#define SMALL_BYTES 64                   /* Always inline. */
#define FORMATTED_BYTES 40
#define FIRST_TIMESTAMP_US INT64_C(1000000)                           /* 1970-01-01 00:00:01 UTC */
#define LAST_TIMESTAMP_US ((INT64_C(1) << 31) * INT64_C(1000000) - 1) /* 2038-01-19 03:14:07.999999 UTC */

struct params_slot {
    union {
        int64_t integer;
        double real;
        signed char truth;
        MYSQL_TIME time;
        char formatted[FORMATTED_BYTES];
    } as;
    unsigned long length;
    bool in_pieces;
};

bool mydb_params_make(berth_driver_statement *statement) {
    size_t count = statement->param_count;
    if (count == 0)
        return true;
    statement->param_binds = mydb_services->allocate(count * sizeof *statement->param_binds);
    statement->param_slots = mydb_services->allocate(count * sizeof *statement->param_slots);
    return statement->param_binds != NULL && statement->param_slots != NULL;
}

static const enum enum_field_types bind_types[BERTH_TYPE_COUNT] = {
    [BERTH_TYPE_NULL] = MYSQL_TYPE_NULL,          [BERTH_TYPE_BOOL] = MYSQL_TYPE_TINY,
    [BERTH_TYPE_INT64] = MYSQL_TYPE_LONGLONG,     [BERTH_TYPE_UINT64] = MYSQL_TYPE_LONGLONG,
    [BERTH_TYPE_DOUBLE] = MYSQL_TYPE_DOUBLE,      [BERTH_TYPE_TEXT] = MYSQL_TYPE_STRING,
    [BERTH_TYPE_BLOB] = MYSQL_TYPE_BLOB,          [BERTH_TYPE_DECIMAL] = MYSQL_TYPE_NEWDECIMAL,
    [BERTH_TYPE_DATE] = MYSQL_TYPE_DATE,          [BERTH_TYPE_TIME] = MYSQL_TYPE_TIME,
    [BERTH_TYPE_TIMESTAMP] = MYSQL_TYPE_DATETIME, [BERTH_TYPE_TIMESTAMPTZ] = MYSQL_TYPE_TIMESTAMP,
    [BERTH_TYPE_UUID] = MYSQL_TYPE_STRING,        [BERTH_TYPE_JSON] = MYSQL_TYPE_STRING,
};

static bool is_bytes(uint32_t type) {
    return type == BERTH_TYPE_TEXT || type == BERTH_TYPE_BLOB || type == BERTH_TYPE_JSON || type == BERTH_TYPE_DECIMAL;
}

static int32_t refuse_moment(const berth_value *value, uint32_t index, berth_error *error) {
    char text[64];
    mydb_services->format(value, text, sizeof text);
    return mydb_services->fail(error, BERTH_DATA, "value %u is %s; %s", index + 1, text,
                               value->type == BERTH_TYPE_TIME ? "times of day are from 00:00:00 to 23:59:59.999999"
                                                              : "MySQL stores the years 1 to 9999");
}

static void bind_bytes(MYSQL_BIND *bind, struct params_slot *slot, const berth_value *value, uint64_t *inline_left) {
    slot->length = (unsigned long)value->length;
    slot->in_pieces = value->length > SMALL_BYTES && value->length > *inline_left;
    if (!slot->in_pieces && value->length > SMALL_BYTES)
        *inline_left -= value->length;
    bind->buffer = (void *)(uintptr_t)(value->length > 0 ? value->as.data : "");
    bind->buffer_length = slot->length;
    bind->length = &slot->length;
}

static void bind_formatted(MYSQL_BIND *bind, struct params_slot *slot, const berth_value *value) {
    slot->length = (unsigned long)mydb_services->format(value, slot->as.formatted, sizeof slot->as.formatted);
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = slot->as.formatted;
    bind->buffer_length = slot->length;
    bind->length = &slot->length;
}

/* What a TIMESTAMP column can't hold goes as text: in binary MariaDB stores NULL without a word, while it refuses the
 * text. A DATETIME column takes both. */
static bool bind_moment(MYSQL_BIND *bind, struct params_slot *slot, const berth_value *value) {
    if (!mydb_moments_write(value, &slot->as.time))
        return false;
    bool has_date_and_time = value->type == BERTH_TYPE_TIMESTAMP || value->type == BERTH_TYPE_TIMESTAMPTZ;
    berth_value zoneless = {.type = BERTH_TYPE_TIMESTAMP, .as.integer = value->as.integer};
    if (has_date_and_time && (value->as.integer < FIRST_TIMESTAMP_US || value->as.integer > LAST_TIMESTAMP_US))
        bind_formatted(bind, slot, &zoneless);
    return true;
}

static int32_t bind_value(berth_driver_statement *statement, const berth_value *value, uint32_t index,
                          uint64_t *inline_left, berth_error *error) {
    MYSQL_BIND *bind = &statement->param_binds[index];
    struct params_slot *slot = &statement->param_slots[index];
    slot->in_pieces = false;
    bind->buffer_type = bind_types[value->type];
    bind->buffer = &slot->as;
    bind->is_unsigned = value->type == BERTH_TYPE_UINT64;
    switch (value->type) {
    case BERTH_TYPE_NULL:
        break;
    case BERTH_TYPE_BOOL:
        slot->as.truth = value->as.integer != 0;
        break;
    case BERTH_TYPE_DOUBLE:
        slot->as.real = value->as.real;
        if (!isfinite(value->as.real))
            return mydb_services->fail(error, BERTH_DATA, "value %u is %s, which MySQL can't store", index + 1,
                                       isnan(value->as.real) ? "NaN" : "infinite");
        break;
    case BERTH_TYPE_UUID:
        bind_formatted(bind, slot, value);
        break;
    case BERTH_TYPE_DATE:
    case BERTH_TYPE_TIME:
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
        if (!bind_moment(bind, slot, value))
            return refuse_moment(value, index, error);
        break;
    case BERTH_TYPE_INT64:
    case BERTH_TYPE_UINT64:
        slot->as.integer = value->as.integer;
        break;
    default:
        bind_bytes(bind, slot, value, inline_left);
    }
    return BERTH_OK;
}

static bool send_pieces(berth_driver_statement *statement, const berth_value *value, uint32_t index) {
    const char *bytes = value->as.data;
    for (uint64_t sent = 0; sent < value->length; sent += PIECE_BYTES) {
        uint64_t left = value->length - sent;
        unsigned long piece = (unsigned long)(left < PIECE_BYTES ? left : PIECE_BYTES);
        if (mysql_stmt_send_long_data(statement->handle, index, bytes + sent, piece) != 0)
            return false;
    }
    return true;
}

int32_t mydb_params_bind(berth_driver_connection *connection, berth_driver_statement *statement,
                         const berth_execution *execution, berth_error *error) {
    uint64_t inline_left = INLINE_BYTES;
    if (execution->param_count != statement->param_count)
        return mydb_services->fail(error, BERTH_MISUSE, "the statement takes %u values, %u given",
                                   (unsigned)statement->param_count, (unsigned)execution->param_count);
    if (statement->param_count == 0)
        return BERTH_OK;
    memset(statement->param_binds, 0, statement->param_count * sizeof *statement->param_binds);
    for (uint32_t i = 0; i < execution->param_count; i++) {
        const berth_value *value = &execution->params[i];
        if (value->type >= BERTH_TYPE_COUNT)
            return mydb_services->fail(error, BERTH_NOT_SUPPORTED,
                                       "value %u is of type %u, which this driver does not know", i + 1,
                                       (unsigned)value->type);
        int32_t status = BERTH_OK;
        if (is_bytes(value->type))
            status = mydb_session_check_size(connection, "a value", value->length, error);
        if (status == BERTH_OK)
            status = bind_value(statement, value, i, &inline_left, error);
        if (status != BERTH_OK)
            return status;
    }
    if (mysql_stmt_bind_param(statement->handle, statement->param_binds) != 0)
        return mydb_errors_of_statement(connection, statement->handle, error);
    for (uint32_t i = 0; i < execution->param_count; i++)
        if (statement->param_slots[i].in_pieces && !send_pieces(statement, &execution->params[i], i))
            return mydb_errors_of_statement(connection, statement->handle, error);
    return BERTH_OK;
}
