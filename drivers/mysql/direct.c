/* Rows of prepared statements, read where they lie: MariaDB Connector/C hands over each value as it came. What is a
 * text or bytes stays there, until the next row comes. */
#include <endian.h>
#include <string.h>

#include "client.h"

#if defined(MYSQL_HAS_ROW_CALLBACK)

static uint16_t read_16(const unsigned char *at) {
    uint16_t number;
    memcpy(&number, at, sizeof number);
    return le16toh(number);
}

static uint32_t read_32(const unsigned char *at) {
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return le32toh(number);
}

static uint64_t read_64(const unsigned char *at) {
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return le64toh(number);
}

/* One byte, or a first byte that says how many follow. Returns where the value begins. */
static unsigned char *read_length(unsigned char *at, uint64_t *length) {
    switch (*at) {
    case 252:
        *length = read_16(at + 1);
        return at + 3;
    case 253:
        *length = read_16(at + 1) | (uint64_t)at[3] << 16;
        return at + 4;
    case 254:
        *length = read_64(at + 1);
        return at + 9;
    default:
        *length = *at;
        return at + 1;
    }
}

static unsigned char *take_integer(berth_value *value, int64_t integer, unsigned char *end) {
    value->type = BERTH_TYPE_INT64;
    value->as.integer = integer;
    return end;
}

static unsigned char *take_real(berth_value *value, double real, unsigned char *end) {
    value->type = BERTH_TYPE_DOUBLE;
    value->as.real = real;
    return end;
}

static unsigned char *take_float(berth_value *value, unsigned char *at) {
    float real;
    uint32_t bits = read_32(at);
    memcpy(&real, &bits, sizeof real);
    return take_real(value, real, at + sizeof bits);
}

static unsigned char *take_double(berth_value *value, unsigned char *at) {
    double real;
    uint64_t bits = read_64(at);
    memcpy(&real, &bits, sizeof real);
    return take_real(value, real, at + sizeof bits);
}

static unsigned char *take_bool(berth_value *value, unsigned char *at, bool is_unsigned) {
    take_integer(value, is_unsigned ? *at : (signed char)*at, at);
    if (*at <= 1)
        value->type = BERTH_TYPE_BOOL;
    return at + 1;
}

static unsigned char *take_uint64(berth_value *value, unsigned char *at) {
    take_integer(value, (int64_t)read_64(at), at);
    if (value->as.integer < 0)
        value->type = BERTH_TYPE_UINT64;
    return at + sizeof(uint64_t);
}

/* What is zero at the end of a date or time is left out. */
static unsigned char *take_moment(rows_column *column, berth_value *value, unsigned char *at) {
    MYSQL_TIME time = {.year = 0};
    unsigned length = *at++;
    unsigned char *end = at + length;
    if (column->kind == ROWS_TIME && length >= 8) {
        time.neg = at[0] != 0;
        time.day = read_32(at + 1);
        at += 1;
    } else if (column->kind != ROWS_TIME && length >= 4) {
        time.year = read_16(at);
        time.month = at[2];
        time.day = at[3];
    }
    if (length >= 7) {
        time.hour = at[4];
        time.minute = at[5];
        time.second = at[6];
    }
    if (length >= 11)
        time.second_part = read_32(at + 7);
    value->length = 0;
    mydb_moments_read(&time, column->type, value, column->spelled, sizeof column->spelled);
    return end;
}

static unsigned char *take_bytes(rows_shape *shape, const rows_column *column, berth_value *value, unsigned char *at) {
    uint64_t length;
    at = read_length(at, &length);
    if (column->kind == ROWS_BYTES) {
        value->type = column->type;
        value->length = length;
        value->as.data = at;
        shape->unended = at + length;
    } else {
        mydb_rows_read_bytes(column, at, length, value);
    }
    return at + length;
}

static unsigned char *take(rows_shape *shape, rows_column *column, berth_value *value, unsigned char *at) {
    switch (column->kind) {
    case ROWS_BOOL:
        return take_bool(value, at, (column->flags & UNSIGNED_FLAG) != 0);
    case ROWS_INT8:
        return take_integer(value, (signed char)*at, at + 1);
    case ROWS_UINT8:
        return take_integer(value, *at, at + 1);
    case ROWS_INT16:
        return take_integer(value, (int16_t)read_16(at), at + 2);
    case ROWS_UINT16:
        return take_integer(value, read_16(at), at + 2);
    case ROWS_INT32:
        return take_integer(value, (int32_t)read_32(at), at + 4);
    case ROWS_UINT32:
        return take_integer(value, read_32(at), at + 4);
    case ROWS_INT64:
        return take_integer(value, (int64_t)read_64(at), at + 8);
    case ROWS_UINT64:
        return take_uint64(value, at);
    case ROWS_FLOAT:
        return take_float(value, at);
    case ROWS_DOUBLE:
        return take_double(value, at);
    case ROWS_DATE:
    case ROWS_TIME:
    case ROWS_TIMESTAMP:
        return take_moment(column, value, at);
    default:
        return take_bytes(shape, column, value, at);
    }
}

/* Behind a text begins the next value, so a text gets its NUL when that one has been read. Behind the last one the
 * library has put a NUL. */
static void take_value(void *data, unsigned index, unsigned char **at) {
    rows_shape *shape = data;
    berth_value *value = &shape->values[index];
    unsigned char *unended = shape->unended;
    if (at == NULL) {
        value->type = BERTH_TYPE_NULL;
        value->length = 0;
        return;
    }
    shape->unended = NULL;
    *at = take(shape, &shape->columns[index], value, *at);
    if (unended != NULL)
        *unended = '\0';
}

bool mydb_direct_use(berth_driver_statement *statement) {
    union {
        ps_result_callback function;
        const void *pointer;
    } callback = {.function = take_value};
    return mysql_stmt_attr_set(statement->handle, STMT_ATTR_CB_USER_DATA, &statement->shape) == 0 &&
           mysql_stmt_attr_set(statement->handle, STMT_ATTR_CB_RESULT, callback.pointer) == 0;
}

#else

bool mydb_direct_use(berth_driver_statement *statement) {
    (void)statement;
    return false;
}

#endif

int32_t mydb_direct_next(berth_driver_connection *connection, berth_driver_statement *statement,
                         const berth_value **row, berth_error *error) {
    rows_shape *shape = &statement->shape;
    shape->unended = NULL;
    int code = mysql_stmt_fetch(statement->handle);
    *row = code == 0 ? shape->values : NULL;
    if (code == 0 || code == MYSQL_NO_DATA)
        return BERTH_OK;
    return mydb_errors_of_statement(connection, statement->handle, error);
}
