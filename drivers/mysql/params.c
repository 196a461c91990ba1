/* Values to the library's binds. */
#include <math.h>
#include <string.h>

#include "client.h"

#define INLINE_BYTES (UINT64_C(1) << 20) /* Of one statement's texts and blobs; the rest goes ahead in pieces. */
#define PIECE_BYTES (UINT64_C(1) << 20)  /* Well under any max_allowed_packet in use. */
#define SMALL_BYTES 64                   /* Always inline, and copied. */
#define FORMATTED_BYTES 40
#define US_PER_DAY (INT64_C(86400) * 1000000)
#define FIRST_DAY INT64_C(-719162)                                    /* 0001-01-01 */
#define LAST_DAY INT64_C(2932896)                                     /* 9999-12-31 */
#define FIRST_TIMESTAMP_US INT64_C(1000000)                           /* 1970-01-01 00:00:01 UTC */
#define LAST_TIMESTAMP_US ((INT64_C(1) << 31) * INT64_C(1000000) - 1) /* 2038-01-19 03:14:07.999999 UTC */
#define MOST_FIXED_BYTES 13                                           /* Of a value that is no text, as it is sent. */
#define MOST_LENGTH_BYTES 9                                           /* Before a text. */

struct params_slot {
    union {
        int64_t integer;
        double real;
        signed char truth;
        MYSQL_TIME time;
        char formatted[FORMATTED_BYTES];
        char small[SMALL_BYTES];
    } as;
    unsigned long length;
    client_bool is_null;
    char indicator; /* Whether it is NULL, where many rows go at once. */
    bool in_pieces;
};

bool mydb_params_make(berth_driver_statement *statement) {
    size_t count = statement->param_count;
    if (count == 0)
        return true;
    statement->param_binds = mydb_services->allocate(count * sizeof *statement->param_binds);
    statement->param_slots = mydb_services->allocate(count * sizeof *statement->param_slots);
    statement->bound_at = 0;
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

/* What a TIMESTAMP column can't hold goes as text: in binary MariaDB stores NULL without a word, while it refuses the
 * text. A DATETIME column takes both. */
static bool is_formatted(const berth_value *value) {
    bool has_date_and_time = value->type == BERTH_TYPE_TIMESTAMP || value->type == BERTH_TYPE_TIMESTAMPTZ;
    return value->type == BERTH_TYPE_UUID ||
           (has_date_and_time && (value->as.integer < FIRST_TIMESTAMP_US || value->as.integer > LAST_TIMESTAMP_US));
}

static enum enum_field_types type_of(const berth_value *value) {
    return is_formatted(value) ? MYSQL_TYPE_STRING : bind_types[value->type];
}

/* ---- Before anything is sent. ---- */

static int32_t refuse_moment(const berth_value *value, uint32_t index, berth_error *error) {
    char text[64];
    mydb_services->format(value, text, sizeof text);
    return mydb_services->fail(error, BERTH_DATA, "value %u is %s; %s", index + 1, text,
                               value->type == BERTH_TYPE_TIME ? "times of day are from 00:00:00 to 23:59:59.999999"
                                                              : "MySQL stores the years 1 to 9999");
}

static int32_t check_range(const berth_value *value, uint32_t index, int64_t least, int64_t most, berth_error *error) {
    return value->as.integer >= least && value->as.integer <= most ? BERTH_OK : refuse_moment(value, index, error);
}

static int32_t check_value(berth_driver_connection *connection, const berth_value *value, uint32_t index,
                           berth_error *error) {
    switch (value->type) {
    case BERTH_TYPE_NULL:
    case BERTH_TYPE_BOOL:
    case BERTH_TYPE_INT64:
    case BERTH_TYPE_UINT64:
    case BERTH_TYPE_UUID:
        return BERTH_OK;
    case BERTH_TYPE_DOUBLE:
        if (isfinite(value->as.real))
            return BERTH_OK;
        return mydb_services->fail(error, BERTH_DATA, "value %u is %s, which MySQL can't store", index + 1,
                                   isnan(value->as.real) ? "NaN" : "infinite");
    case BERTH_TYPE_DATE:
        return check_range(value, index, FIRST_DAY, LAST_DAY, error);
    case BERTH_TYPE_TIME:
        return check_range(value, index, 0, US_PER_DAY - 1, error);
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
        return check_range(value, index, FIRST_DAY * US_PER_DAY, (LAST_DAY + 1) * US_PER_DAY - 1, error);
    default:
        if (is_bytes(value->type))
            return mydb_session_check_size(connection, "a value", value->length, error);
        return mydb_services->fail(error, BERTH_NOT_SUPPORTED,
                                   "value %u is of type %u, which this driver does not know", index + 1,
                                   (unsigned)value->type);
    }
}

int32_t mydb_params_check(berth_driver_connection *connection, const berth_value *values, uint32_t count,
                          uint32_t *index, berth_error *error) {
    int32_t status = BERTH_OK;
    for (*index = 0; *index < count; ++*index) {
        status = check_value(connection, &values[*index], *index, error);
        if (status != BERTH_OK)
            break;
    }
    return status;
}

/* ---- One row. ---- */

/* Short ones are copied, so that the next value lies where this one does. */
static void bind_bytes(MYSQL_BIND *bind, struct params_slot *slot, const void *bytes, uint64_t length) {
    slot->length = (unsigned long)length;
    bind->buffer_length = slot->length;
    bind->length = &slot->length;
    if (length > SMALL_BYTES)
        bind->buffer = (void *)(uintptr_t)bytes;
    else if (length > 0)
        memcpy(slot->as.small, bytes, length);
}

static void bind_formatted(MYSQL_BIND *bind, struct params_slot *slot, const berth_value *value) {
    berth_value zoneless = *value;
    if (value->type == BERTH_TYPE_TIMESTAMPTZ)
        zoneless.type = BERTH_TYPE_TIMESTAMP;
    slot->length = mydb_services->format(&zoneless, slot->as.formatted, sizeof slot->as.formatted);
    bind->buffer_length = slot->length;
    bind->length = &slot->length;
}

/* Where the value lies; the type is set already. */
static void bind_value(MYSQL_BIND *bind, struct params_slot *slot, const berth_value *value) {
    bind->buffer = &slot->as;
    slot->is_null = value->type == BERTH_TYPE_NULL;
    switch (value->type) {
    case BERTH_TYPE_NULL:
        break;
    case BERTH_TYPE_BOOL:
        slot->as.truth = value->as.integer != 0;
        break;
    case BERTH_TYPE_INT64:
    case BERTH_TYPE_UINT64:
    case BERTH_TYPE_DOUBLE:
        slot->as.integer = value->as.integer;
        break;
    case BERTH_TYPE_DATE:
    case BERTH_TYPE_TIME:
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
    case BERTH_TYPE_UUID:
        if (is_formatted(value))
            bind_formatted(bind, slot, value);
        else
            mydb_moments_write(value, &slot->as.time);
        break;
    default:
        bind_bytes(bind, slot, value->as.data, value->length);
    }
}

/* Binds of no type yet, which are NULL where their slot says so. */
static void start_binds(berth_driver_statement *statement) {
    memset(statement->param_binds, 0, statement->param_count * sizeof *statement->param_binds);
    for (uint32_t i = 0; i < statement->param_count; i++) {
        statement->param_binds[i].buffer_type = MYSQL_TYPE_NULL;
        statement->param_binds[i].is_null = &statement->param_slots[i].is_null;
    }
}

/* A NULL may be of the type of the value before it. */
static void set_type(MYSQL_BIND *bind, const berth_value *value) {
    if (value->type == BERTH_TYPE_NULL)
        return;
    bind->buffer_type = type_of(value);
    bind->is_unsigned = value->type == BERTH_TYPE_UINT64;
}

/* Returns whether types or places are others than before. */
static bool bind_all(berth_driver_statement *statement, const berth_value *values) {
    uint64_t inline_left = INLINE_BYTES;
    bool has_changed = false;
    for (uint32_t i = 0; i < statement->param_count; i++) {
        MYSQL_BIND *bind = &statement->param_binds[i];
        struct params_slot *slot = &statement->param_slots[i];
        const MYSQL_BIND before = *bind;
        set_type(bind, &values[i]);
        bind_value(bind, slot, &values[i]);
        bool is_large = is_bytes(values[i].type) && values[i].length > SMALL_BYTES;
        slot->in_pieces = is_large && values[i].length > inline_left;
        if (is_large && !slot->in_pieces)
            inline_left -= values[i].length;
        has_changed = has_changed || slot->in_pieces || bind->buffer != before.buffer ||
                      bind->buffer_type != before.buffer_type || bind->is_unsigned != before.is_unsigned;
    }
    return has_changed;
}

/* The library sends the types again only when it is told of binds. After a failure it is, for the server may not have
 * seen them. */
static bool tell_binds(berth_driver_connection *connection, berth_driver_statement *statement,
                       const berth_value *values) {
    bool is_told = statement->bound_at == connection->failures;
    if (!is_told)
        start_binds(statement);
    if (!bind_all(statement, values) && is_told)
        return true;
    statement->bound_at = connection->failures;
    return mysql_stmt_bind_param(statement->handle, statement->param_binds) == 0;
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
    uint32_t index;
    if (execution->param_count != statement->param_count)
        return mydb_services->fail(error, BERTH_MISUSE, "the statement takes %u values, %u given",
                                   (unsigned)statement->param_count, (unsigned)execution->param_count);
    if (statement->param_count == 0)
        return BERTH_OK;
    int32_t status = mydb_params_check(connection, execution->params, execution->param_count, &index, error);
    if (status != BERTH_OK)
        return status;
    if (!tell_binds(connection, statement, execution->params))
        return mydb_errors_of_statement(connection, statement->handle, error);
    for (uint32_t i = 0; i < execution->param_count; i++)
        if (statement->param_slots[i].in_pieces && !send_pieces(statement, &execution->params[i], i))
            return mydb_errors_of_statement(connection, statement->handle, error);
    return BERTH_OK;
}

/* ---- Many rows. ---- */

uint64_t mydb_params_row_bytes(const berth_value *row, uint32_t count) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        bytes += is_bytes(row[i].type)   ? row[i].length + MOST_LENGTH_BYTES + 1
                 : is_formatted(&row[i]) ? FORMATTED_BYTES
                                         : MOST_FIXED_BYTES + 1;
    return bytes;
}

void mydb_params_first_row(berth_driver_statement *statement) {
    statement->bound_at = 0;
    start_binds(statement);
}

bool mydb_params_next_row(berth_driver_statement *statement, const berth_value *row) {
    MYSQL_BIND *binds = statement->param_binds;
    for (uint32_t i = 0; i < statement->param_count; i++) {
        if (row[i].type != BERTH_TYPE_NULL && binds[i].buffer_type != MYSQL_TYPE_NULL &&
            (binds[i].buffer_type != type_of(&row[i]) || binds[i].is_unsigned != (row[i].type == BERTH_TYPE_UINT64)))
            return false;
    }
    for (uint32_t i = 0; i < statement->param_count; i++)
        set_type(&binds[i], &row[i]);
    return true;
}

#if defined(MYSQL_HAS_ARRAYS)
void mydb_params_put_row(berth_driver_statement *statement, MYSQL_BIND *binds, const berth_value *row) {
    for (uint32_t i = 0; i < statement->param_count; i++) {
        struct params_slot *slot = &statement->param_slots[i];
        bind_value(&binds[i], slot, &row[i]);
        slot->indicator = row[i].type == BERTH_TYPE_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
        binds[i].u.indicator = &slot->indicator;
    }
}
#endif
