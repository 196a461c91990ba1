/* Columns of a result. */
#include <string.h>

#include "client.h"

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

static bool allocate(rows_shape *shape, const MYSQL_FIELD *fields, uint32_t count) {
    size_t name_bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        name_bytes += strlen(fields[i].name) + 1;
    shape->columns = mydb_services->allocate(count * sizeof *shape->columns);
    shape->infos = mydb_services->allocate(count * sizeof *shape->infos);
    shape->values = mydb_services->allocate(count * sizeof *shape->values);
    shape->names = mydb_services->allocate(name_bytes);
    if (shape->columns == NULL || shape->infos == NULL || shape->values == NULL || shape->names == NULL)
        return false;
    memset(shape->columns, 0, count * sizeof *shape->columns);
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
        column->decimals = fields[i].decimals;
        size_t bytes = strlen(fields[i].name) + 1;
        memcpy(name, fields[i].name, bytes);
        shape->infos[i] =
            (berth_column_info){.name = name, .type = column->type, .declared_type = mydb_types_name(&fields[i])};
        name += bytes;
        if (column->type == BERTH_TYPE_DECIMAL) {
            mydb_types_name_decimal(&fields[i], column->declared_type, sizeof column->declared_type);
            shape->infos[i].declared_type = column->declared_type;
        }
        column->kind = mydb_types_kind(&fields[i], column->type);
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
            column->decimals != fields[i].decimals || strcmp(shape->infos[i].name, fields[i].name) != 0)
            return false;
    }
    return true;
}

/* The fields belong to the statement where the library shows them, else to `*described`. */
static const MYSQL_FIELD *fields_of(MYSQL_STMT *handle, MYSQL_RES **described) {
    *described = NULL;
#if defined(MYSQL_HAS_STMT_FIELDS)
    return mariadb_stmt_fetch_fields(handle);
#else
    *described = mysql_stmt_result_metadata(handle);
    return *described != NULL ? mysql_fetch_fields(*described) : NULL;
#endif
}

int32_t mydb_rows_describe(berth_driver_connection *connection, berth_driver_statement *statement, berth_error *error) {
    rows_shape *shape = &statement->shape;
    uint32_t count = mysql_stmt_field_count(statement->handle);
    MYSQL_RES *described;
    const MYSQL_FIELD *fields = fields_of(statement->handle, &described);
    if (fields == NULL)
        return mydb_errors_of_statement(connection, statement->handle, error);
    bool is_made = is_same(shape, fields, count) || mydb_rows_make(shape, fields, count);
    if (is_made && !statement->is_direct && shape->binds == NULL)
        is_made = mydb_bound_make(shape, fields);
    if (described != NULL)
        mysql_free_result(described);
    if (!is_made) {
        mydb_rows_free(shape);
        return mydb_errors_no_memory(error);
    }
    if (!statement->is_direct && mysql_stmt_bind_result(statement->handle, shape->binds) != 0)
        return mydb_errors_of_statement(connection, statement->handle, error);
    return BERTH_OK;
}

static void read_bits(const unsigned char *bytes, uint64_t length, berth_value *value) {
    uint64_t bits = 0;
    for (uint64_t i = 0; i < length && i < sizeof bits; i++)
        bits = bits << 8 | bytes[i];
    value->as.integer = (int64_t)bits;
    value->type = value->as.integer < 0 ? BERTH_TYPE_UINT64 : BERTH_TYPE_INT64;
    value->length = 0;
}

void mydb_rows_read_bytes(const rows_column *column, const unsigned char *bytes, uint64_t length, berth_value *value) {
    if (column->kind == ROWS_BITS) {
        read_bits(bytes, length, value);
        return;
    }
    value->length = 0;
    if (column->kind == ROWS_UUID &&
        mydb_services->parse(BERTH_TYPE_UUID, (const char *)bytes, length, value) == BERTH_OK)
        return;
    value->type = column->kind == ROWS_UUID ? BERTH_TYPE_TEXT : column->type;
    value->length = length;
    value->as.data = bytes;
}
