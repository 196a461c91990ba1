/* Columns of a result, and the rows of prepared statements. */
#include <string.h>

#include "client.h"

#define FIRST_BYTES 256         /* A column's buffer before its longest value is known. */
#define KEPT_BYTES (64UL << 10) /* A larger buffer is given back with the result. */
#define LONGEST_BIT_BYTES 8

static bool is_bytes(const rows_column *column) {
    switch (column->type) {
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_BLOB:
    case BERTH_TYPE_DECIMAL:
    case BERTH_TYPE_JSON:
    case BERTH_TYPE_UUID:
        return true;
    default:
        return column->field_type == MYSQL_TYPE_BIT;
    }
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

void mydb_rows_free(rows_shape *shape) {
    for (uint32_t i = 0; i < shape->count; i++)
        mydb_services->release(shape->columns[i].bytes);
    mydb_services->release(shape->columns);
    mydb_services->release(shape->binds);
    mydb_services->release(shape->infos);
    mydb_services->release(shape->values);
    mydb_services->release(shape->names);
    memset(shape, 0, sizeof *shape);
}

void mydb_rows_shrink(rows_shape *shape) {
    for (uint32_t i = 0; i < shape->count; i++)
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

static bool allocate(rows_shape *shape, const MYSQL_FIELD *fields, uint32_t count) {
    size_t name_bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        name_bytes += strlen(fields[i].name) + 1;
    shape->columns = mydb_services->allocate(count * sizeof *shape->columns);
    shape->binds = mydb_services->allocate(count * sizeof *shape->binds);
    shape->infos = mydb_services->allocate(count * sizeof *shape->infos);
    shape->values = mydb_services->allocate(count * sizeof *shape->values);
    shape->names = mydb_services->allocate(name_bytes);
    if (shape->columns == NULL || shape->binds == NULL || shape->infos == NULL || shape->values == NULL ||
        shape->names == NULL)
        return false;
    memset(shape->columns, 0, count * sizeof *shape->columns);
    memset(shape->binds, 0, count * sizeof *shape->binds);
    memset(shape->values, 0, count * sizeof *shape->values);
    shape->count = count;
    return true;
}

bool mydb_rows_make(rows_shape *shape, const MYSQL_FIELD *fields, uint32_t count) {
    mydb_rows_free(shape);
    if (!allocate(shape, fields, count))
        return false;
    char *name = shape->names;
    for (uint32_t i = 0; i < count; i++) {
        rows_column *column = &shape->columns[i];
        column->type = mydb_types_of_field(&fields[i]);
        column->field_type = fields[i].type;
        column->flags = fields[i].flags;
        column->charset = fields[i].charsetnr;
        column->field_length = fields[i].length;
        size_t bytes = strlen(fields[i].name) + 1;
        memcpy(name, fields[i].name, bytes);
        shape->infos[i] =
            (berth_column_info){.name = name, .type = column->type, .declared_type = mydb_types_name(&fields[i])};
        name += bytes;
        if (!bind_column(column, &shape->binds[i], &fields[i]))
            return false;
    }
    return true;
}

/* Whether the columns are those that are described already. */
static bool is_same(const rows_shape *shape, const MYSQL_FIELD *fields, uint32_t count) {
    if (shape->count != count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const rows_column *column = &shape->columns[i];
        if (column->field_type != fields[i].type || column->flags != fields[i].flags ||
            column->charset != fields[i].charsetnr || column->field_length != fields[i].length ||
            strcmp(shape->infos[i].name, fields[i].name) != 0)
            return false;
    }
    return true;
}

int32_t mydb_rows_describe(berth_driver_connection *connection, berth_driver_statement *statement, berth_error *error) {
    MYSQL_RES *described = mysql_stmt_result_metadata(statement->handle);
    if (described == NULL)
        return mydb_errors_of_statement(connection, statement->handle, error);
    const MYSQL_FIELD *fields = mysql_fetch_fields(described);
    uint32_t count = mysql_num_fields(described);
    bool is_made = is_same(&statement->shape, fields, count) || mydb_rows_make(&statement->shape, fields, count);
    mysql_free_result(described);
    if (!is_made) {
        mydb_rows_free(&statement->shape);
        return mydb_errors_no_memory(error);
    }
    if (mysql_stmt_bind_result(statement->handle, statement->shape.binds) != 0)
        return mydb_errors_of_statement(connection, statement->handle, error);
    return BERTH_OK;
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

static void read_bytes(rows_column *column, berth_value *value) {
    column->bytes[column->length] = '\0';
    if (column->type == BERTH_TYPE_UUID &&
        mydb_services->parse(BERTH_TYPE_UUID, (const char *)column->bytes, column->length, value) == BERTH_OK)
        return;
    value->type = column->type == BERTH_TYPE_UUID ? BERTH_TYPE_TEXT : column->type;
    value->length = column->length;
    value->as.data = column->bytes;
}

static void read_bits(const rows_column *column, berth_value *value) {
    uint64_t bits = 0;
    for (unsigned long i = 0; i < column->length && i < LONGEST_BIT_BYTES; i++)
        bits = bits << 8 | column->bytes[i];
    value->as.integer = (int64_t)bits;
    value->type = value->as.integer < 0 ? BERTH_TYPE_UINT64 : BERTH_TYPE_INT64;
}

static void read_number(const rows_column *column, berth_value *value) {
    value->as.integer = column->fixed.integer;
    value->type = BERTH_TYPE_INT64;
    if (column->type == BERTH_TYPE_BOOL && (value->as.integer == 0 || value->as.integer == 1))
        value->type = BERTH_TYPE_BOOL;
    else if (column->type == BERTH_TYPE_UINT64 && value->as.integer < 0)
        value->type = BERTH_TYPE_UINT64;
}

static void read_moment(rows_column *column, berth_value *value) {
    if (mydb_moments_read(&column->fixed.time, column->type, value, column->spelled, sizeof column->spelled))
        return;
    value->type = BERTH_TYPE_TEXT;
    value->as.data = column->spelled;
    value->length = strlen(column->spelled);
}

static void read_value(rows_column *column, berth_value *value) {
    value->length = 0;
    switch (column->is_null ? BERTH_TYPE_NULL : column->type) {
    case BERTH_TYPE_NULL:
        value->type = BERTH_TYPE_NULL;
        break;
    case BERTH_TYPE_DOUBLE:
        value->type = BERTH_TYPE_DOUBLE;
        value->as.real = column->field_type == MYSQL_TYPE_FLOAT ? column->fixed.real32 : column->fixed.real;
        break;
    case BERTH_TYPE_DATE:
    case BERTH_TYPE_TIME:
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
        read_moment(column, value);
        break;
    case BERTH_TYPE_BOOL:
    case BERTH_TYPE_INT64:
    case BERTH_TYPE_UINT64:
        if (column->field_type == MYSQL_TYPE_BIT)
            read_bits(column, value);
        else
            read_number(column, value);
        break;
    default:
        read_bytes(column, value);
    }
}

int32_t mydb_rows_next(berth_driver_connection *connection, berth_driver_statement *statement, const berth_value **row,
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
