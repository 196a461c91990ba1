/* Rows of prepared statements, by buffers that the library puts their values into: where it can't hand them over as
 * they came. */
#include <string.h>

#include "client.h"

#define FIRST_BYTES 256         /* A column's buffer before its longest value is known. */
#define KEPT_BYTES (64UL << 10) /* A larger buffer is given back with the result. */

static bool is_bytes(const rows_column *column) {
    return column->kind == ROWS_BYTES || column->kind == ROWS_UUID || column->kind == ROWS_BITS;
}

/* One byte more than the library is told of: for the NUL. */
static bool resize(rows_column *column, MYSQL_BIND *bind, unsigned long capacity) {
    unsigned char *bytes = mydb_services->reallocate(column->bytes, capacity + 1);
    if (bytes == NULL)
        return false;
    column->bytes = bytes;
    column->capacity = capacity;
    bind->buffer = bytes;
    bind->buffer_length = capacity;
    return true;
}

void mydb_bound_shrink(rows_shape *shape) {
    for (uint32_t i = 0; shape->binds != NULL && i < shape->count; i++)
        if (shape->columns[i].capacity > KEPT_BYTES)
            resize(&shape->columns[i], &shape->binds[i], FIRST_BYTES);
}

static bool bind_column(rows_column *column, MYSQL_BIND *bind, const MYSQL_FIELD *field) {
    bind->is_null = &column->is_null;
    bind->error = &column->is_cut;
    bind->length = &column->length;
    bind->buffer = &column->fixed;
    bind->buffer_length = sizeof column->fixed;
    bind->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
    if (is_bytes(column)) {
        bind->buffer_type =
            column->type == BERTH_TYPE_BLOB || field->type == MYSQL_TYPE_BIT ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
        return resize(column, bind, field->length < FIRST_BYTES ? field->length + 1 : FIRST_BYTES);
    }
    if (column->type == BERTH_TYPE_BOOL || column->type == BERTH_TYPE_INT64 || column->type == BERTH_TYPE_UINT64)
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
    else
        bind->buffer_type = field->type;
    return true;
}

bool mydb_bound_make(rows_shape *shape, const MYSQL_FIELD *fields) {
    shape->binds = mydb_services->allocate(shape->count * sizeof *shape->binds);
    if (shape->binds == NULL)
        return false;
    memset(shape->binds, 0, shape->count * sizeof *shape->binds);
    for (uint32_t i = 0; i < shape->count; i++)
        if (!bind_column(&shape->columns[i], &shape->binds[i], &fields[i]))
            return false;
    return true;
}

/* Gets what did not fit, with room for it from now on. */
static int32_t refetch_cut(berth_driver_connection *connection, berth_driver_statement *statement, berth_error *error) {
    rows_shape *shape = &statement->shape;
    bool has_grown = false;
    for (uint32_t i = 0; i < shape->count; i++) {
        rows_column *column = &shape->columns[i];
        if (column->is_null || !is_bytes(column) || column->length <= column->capacity)
            continue;
        unsigned long capacity = column->capacity * 2 > column->length ? column->capacity * 2 : column->length;
        if (!resize(column, &shape->binds[i], capacity))
            return mydb_errors_no_memory(error);
        if (mysql_stmt_fetch_column(statement->handle, &shape->binds[i], i, 0) != 0)
            return mydb_errors_of_statement(connection, statement->handle, error);
        has_grown = true;
    }
    if (has_grown && mysql_stmt_bind_result(statement->handle, shape->binds) != 0)
        return mydb_errors_of_statement(connection, statement->handle, error);
    return BERTH_OK;
}

static void read_number(const rows_column *column, berth_value *value) {
    value->as.integer = column->fixed.integer;
    value->type = BERTH_TYPE_INT64;
    if (column->kind == ROWS_BOOL && (value->as.integer == 0 || value->as.integer == 1))
        value->type = BERTH_TYPE_BOOL;
    else if (column->kind == ROWS_UINT64 && value->as.integer < 0)
        value->type = BERTH_TYPE_UINT64;
}

static void read_value(rows_column *column, berth_value *value) {
    value->length = 0;
    switch (column->is_null ? ROWS_NULL : column->kind) {
    case ROWS_NULL:
        value->type = BERTH_TYPE_NULL;
        break;
    case ROWS_FLOAT:
    case ROWS_DOUBLE:
        value->type = BERTH_TYPE_DOUBLE;
        value->as.real = column->kind == ROWS_FLOAT ? column->fixed.real32 : column->fixed.real;
        break;
    case ROWS_DATE:
    case ROWS_TIME:
    case ROWS_TIMESTAMP:
        mydb_moments_read(&column->fixed.time, column->type, value, column->spelled, sizeof column->spelled);
        break;
    case ROWS_BITS:
    case ROWS_UUID:
    case ROWS_BYTES:
        column->bytes[column->length] = '\0';
        mydb_rows_read_bytes(column, column->bytes, column->length, value);
        break;
    default:
        read_number(column, value);
    }
}

int32_t mydb_bound_next(berth_driver_connection *connection, berth_driver_statement *statement, const berth_value **row,
                        berth_error *error) {
    rows_shape *shape = &statement->shape;
    int code = mysql_stmt_fetch(statement->handle);
    *row = NULL;
    if (code == MYSQL_NO_DATA)
        return BERTH_OK;
    if (code == MYSQL_DATA_TRUNCATED) {
        int32_t status = refetch_cut(connection, statement, error);
        if (status != BERTH_OK)
            return status;
    } else if (code != 0) {
        return mydb_errors_of_statement(connection, statement->handle, error);
    }
    for (uint32_t i = 0; i < shape->count; i++)
        read_value(&shape->columns[i], &shape->values[i]);
    *row = shape->values;
    return BERTH_OK;
}
