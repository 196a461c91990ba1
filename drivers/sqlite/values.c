/* Values to SQLite's five storage classes and back. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "sqlite.h"

#define FORMATTED_BYTES 64

/* Types that SQLite has no storage class for. They are known again by the declared type of their column. */
static const struct {
    const char *name;
    uint32_t type;
} declared_types[] = {
    {"BOOLEAN", BERTH_TYPE_BOOL},
    {"BOOL", BERTH_TYPE_BOOL},
    {"DATE", BERTH_TYPE_DATE},
    {"TIME", BERTH_TYPE_TIME},
    {"TIMESTAMP", BERTH_TYPE_TIMESTAMP},
    {"DATETIME", BERTH_TYPE_TIMESTAMP},
    {"TIMESTAMPTZ", BERTH_TYPE_TIMESTAMPTZ},
    {"UUID", BERTH_TYPE_UUID},
    {"DECIMAL_TEXT", BERTH_TYPE_DECIMAL},
    {"JSON_TEXT", BERTH_TYPE_JSON},
};

/* SQLite's rules of affinity (https://sqlite.org/datatype3.html), in their order. */
static const struct {
    const char *part;
    uint32_t type;
} affinities[] = {
    {"INT", BERTH_TYPE_INT64}, {"CHAR", BERTH_TYPE_TEXT},   {"CLOB", BERTH_TYPE_TEXT},   {"TEXT", BERTH_TYPE_TEXT},
    {"BLOB", BERTH_TYPE_BLOB}, {"REAL", BERTH_TYPE_DOUBLE}, {"FLOA", BERTH_TYPE_DOUBLE}, {"DOUB", BERTH_TYPE_DOUBLE},
};

uint32_t sqlite_type_of(const char *declared_type) {
    if (declared_type == NULL)
        return BERTH_TYPE_NULL;
    size_t length = strcspn(declared_type, " (");
    for (size_t i = 0; i < sizeof declared_types / sizeof *declared_types; i++)
        if (strlen(declared_types[i].name) == length && strncasecmp(declared_type, declared_types[i].name, length) == 0)
            return declared_types[i].type;
    for (size_t i = 0; i < sizeof affinities / sizeof *affinities; i++)
        if (strcasestr(declared_type, affinities[i].part) != NULL)
            return affinities[i].type;
    return BERTH_TYPE_NULL;
}

bool sqlite_type_converts(uint32_t type) {
    return type == BERTH_TYPE_BOOL || type >= BERTH_TYPE_DECIMAL;
}

/* The text lives with the statement, so that nothing is allocated for each execution. */
static int bind_formatted(berth_driver_statement *statement, int place, const berth_value *value) {
    if (statement->formatted == NULL)
        statement->formatted = sqlite_services->allocate((size_t)statement->param_count * FORMATTED_BYTES);
    if (statement->formatted == NULL)
        return SQLITE_NOMEM;
    char *text = statement->formatted + (size_t)(place - 1) * FORMATTED_BYTES;
    size_t length = sqlite_services->format(value, text, FORMATTED_BYTES);
    return sqlite3_bind_text(statement->handle, place, text, (int)length, SQLITE_STATIC);
}

/* Values that SQLite would take and turn into something else are SQLITE_MISMATCH, which it never says of a value. */
static int bind_value(berth_driver_statement *statement, int place, const berth_value *value,
                      sqlite3_destructor_type lifetime) {
    sqlite3_stmt *handle = statement->handle;
    switch (value->type) {
    case BERTH_TYPE_NULL:
        return sqlite3_bind_null(handle, place);
    case BERTH_TYPE_BOOL:
    case BERTH_TYPE_INT64:
        return sqlite3_bind_int64(handle, place, value->as.integer);
    case BERTH_TYPE_UINT64:
        return value->as.integer < 0 ? SQLITE_MISMATCH : sqlite3_bind_int64(handle, place, value->as.integer);
    case BERTH_TYPE_DOUBLE:
        return isnan(value->as.real) ? SQLITE_MISMATCH : sqlite3_bind_double(handle, place, value->as.real);
    case BERTH_TYPE_BLOB:
        /* A NULL pointer would bind NULL. */
        return sqlite3_bind_blob64(handle, place, value->length > 0 ? value->as.data : "", value->length, lifetime);
    case BERTH_TYPE_TEXT:
    case BERTH_TYPE_DECIMAL:
    case BERTH_TYPE_JSON:
        return sqlite3_bind_text64(handle, place, value->length > 0 ? value->as.data : "", value->length, lifetime,
                                   SQLITE_UTF8);
    default:
        return value->type >= BERTH_TYPE_COUNT ? SQLITE_MISMATCH : bind_formatted(statement, place, value);
    }
}

static int32_t refuse_value(const berth_value *value, uint32_t index, berth_error *error) {
    if (value->type == BERTH_TYPE_DOUBLE)
        return sqlite_services->fail(error, BERTH_DATA, "value %u is NaN, which SQLite would store as NULL", index + 1);
    if (value->type == BERTH_TYPE_UINT64)
        return sqlite_services->fail(error, BERTH_DATA, "value %u is %llu, SQLite stores integers up to %lld",
                                     index + 1, (unsigned long long)value->as.integer, (long long)INT64_MAX);
    return sqlite_services->fail(error, BERTH_NOT_SUPPORTED, "value %u is of type %u, which this driver does not know",
                                 index + 1, (unsigned)value->type);
}

int32_t sqlite_values_bind(berth_driver_connection *connection, berth_driver_statement *statement,
                           const berth_execution *execution, bool copy, berth_error *error) {
    sqlite3_destructor_type lifetime = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
    uint32_t count = execution->param_count;
    if (count != statement->param_count)
        return sqlite_services->fail(error, BERTH_MISUSE, "the statement takes %u values, %u given",
                                     (unsigned)statement->param_count, (unsigned)count);
    for (uint32_t i = 0; i < count; i++) {
        int code = bind_value(statement, (int)i + 1, &execution->params[i], lifetime);
        if (code == SQLITE_MISMATCH)
            return refuse_value(&execution->params[i], i, error);
        if (code != SQLITE_OK)
            return sqlite_fail(connection, code, NULL, error);
        statement->holds_copies |= copy && execution->params[i].type >= BERTH_TYPE_TEXT;
    }
    return BERTH_OK;
}

bool sqlite_values_bind_all(berth_driver_statement *statement, const berth_value *values) {
    for (uint32_t i = 0; i < statement->param_count; i++)
        if (bind_value(statement, (int)i + 1, &values[i], SQLITE_STATIC) != SQLITE_OK)
            return false;
    return true;
}

/* sqlite3_value_ instead of sqlite3_column_: the column is looked up once. A connection of one thread may do that. */
static bool read_plain(sqlite3_value *source, berth_value *value) {
    switch (sqlite3_value_type(source)) {
    case SQLITE_INTEGER:
        value->type = BERTH_TYPE_INT64;
        value->as.integer = sqlite3_value_int64(source);
        return true;
    case SQLITE_FLOAT:
        value->type = BERTH_TYPE_DOUBLE;
        value->as.real = sqlite3_value_double(source);
        return true;
    case SQLITE_TEXT:
        value->type = BERTH_TYPE_TEXT;
        value->as.data = sqlite3_value_text(source);
        value->length = (uint64_t)sqlite3_value_bytes(source);
        return value->as.data != NULL;
    case SQLITE_BLOB:
        value->type = BERTH_TYPE_BLOB;
        value->as.data = sqlite3_value_blob(source);
        value->length = (uint64_t)sqlite3_value_bytes(source);
        if (value->length == 0)
            value->as.data = "";
        return value->as.data != NULL;
    default:
        value->type = BERTH_TYPE_NULL;
        return true;
    }
}

/* A value that is not what its column promises stays what it is. */
static void convert(berth_value *value, uint32_t type) {
    berth_value parsed;
    if (type == BERTH_TYPE_BOOL) {
        if (value->type == BERTH_TYPE_INT64 && (value->as.integer == 0 || value->as.integer == 1))
            value->type = BERTH_TYPE_BOOL;
    } else if (value->type == BERTH_TYPE_TEXT &&
               sqlite_services->parse((int32_t)type, value->as.data, value->length, &parsed) == BERTH_OK) {
        *value = parsed;
    }
}

bool sqlite_values_read(berth_driver_statement *statement) {
    for (uint32_t i = 0; i < statement->column_count; i++)
        if (!read_plain(sqlite3_column_value(statement->handle, (int)i), &statement->row[i]))
            return false;
    for (uint32_t i = 0; statement->converts && i < statement->column_count; i++)
        if (sqlite_type_converts(statement->columns[i].type))
            convert(&statement->row[i], statement->columns[i].type);
    return true;
}

bool sqlite_values_put(berth_driver_statement *statement, berth_batch *batch) {
    for (uint32_t i = 0; i < statement->column_count; i++) {
        berth_value value = berth_null();
        if (!read_plain(sqlite3_column_value(statement->handle, (int)i), &value))
            return false;
        if (statement->converts && sqlite_type_converts(statement->columns[i].type))
            convert(&value, statement->columns[i].type);
        if (!berth_batch_put(batch, i, &value))
            return false;
    }
    batch->row_count++;
    return true;
}
