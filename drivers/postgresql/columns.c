/* What is known of a result's columns. */
#include <stdio.h>
#include <string.h>

#include "postgresql.h"

/* The types with a binary form that decode.c reads. A result with any other comes as text. */
static const struct {
    Oid oid;
    uint32_t type;
    const char *name;
} types[] = {
    {OID_BOOL, BERTH_TYPE_BOOL, "boolean"},
    {OID_BYTEA, BERTH_TYPE_BLOB, "bytea"},
    {OID_CHAR, BERTH_TYPE_TEXT, "\"char\""},
    {OID_NAME, BERTH_TYPE_TEXT, "name"},
    {OID_INT8, BERTH_TYPE_INT64, "bigint"},
    {OID_INT2, BERTH_TYPE_INT64, "smallint"},
    {OID_INT4, BERTH_TYPE_INT64, "integer"},
    {OID_TEXT, BERTH_TYPE_TEXT, "text"},
    {OID_OID, BERTH_TYPE_INT64, "oid"},
    {OID_JSON, BERTH_TYPE_JSON, "json"},
    {OID_FLOAT4, BERTH_TYPE_DOUBLE, "real"},
    {OID_FLOAT8, BERTH_TYPE_DOUBLE, "double precision"},
    {OID_UNKNOWN, BERTH_TYPE_TEXT, "unknown"},
    {OID_BPCHAR, BERTH_TYPE_TEXT, "character"},
    {OID_VARCHAR, BERTH_TYPE_TEXT, "character varying"},
    {OID_DATE, BERTH_TYPE_DATE, "date"},
    {OID_TIME, BERTH_TYPE_TIME, "time without time zone"},
    {OID_TIMESTAMP, BERTH_TYPE_TIMESTAMP, "timestamp without time zone"},
    {OID_TIMESTAMPTZ, BERTH_TYPE_TIMESTAMPTZ, "timestamp with time zone"},
    {OID_NUMERIC, BERTH_TYPE_DECIMAL, "numeric"},
    {OID_VOID, BERTH_TYPE_TEXT, "void"},
    {OID_UUID, BERTH_TYPE_UUID, "uuid"},
    {OID_JSONB, BERTH_TYPE_JSON, "jsonb"},
};

/* Rows that libpq holds at once, where it can: most of what that saves comes with the first few. */
#define ROWS_AT_ONCE 16

/* Returns whether the type is known. Of one that isn't, values are text; that is no promise of the server's. */
static bool describe(Oid oid, berth_column_info *info) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].oid != oid)
            continue;
        info->type = types[i].type;
        info->declared_type = types[i].name;
        return true;
    }
    info->type = BERTH_TYPE_TEXT;
    return false;
}

/* The precision and scale of a numeric, where the server says them: as numeric.c there packs them, behind four bytes
 * for a length. The scale has 11 bits, one of them the sign. */
static const char *name_numeric(postgresql_column *column, int modifier) {
    const int length_bytes = 4;
    if (modifier < length_bytes)
        return column->declared_type;
    int packed = modifier - length_bytes;
    snprintf(column->numeric, sizeof column->numeric, "numeric(%d,%d)", packed >> 16 & 0xFFFF,
             ((packed & 0x7FF) ^ 0x400) - 0x400);
    return column->numeric;
}

/* Of values that tend to be large, one row is enough to hold. */
static bool is_large(uint32_t type) {
    return type == BERTH_TYPE_BLOB || type == BERTH_TYPE_JSON;
}

static bool allocate(postgresql_columns *columns, uint32_t count) {
    columns->infos = postgresql_services->allocate(count * sizeof *columns->infos);
    columns->columns = postgresql_services->allocate(count * sizeof *columns->columns);
    columns->row = postgresql_services->allocate(count * sizeof *columns->row);
    return columns->infos != NULL && columns->columns != NULL && columns->row != NULL;
}

int32_t postgresql_columns_make(postgresql_columns *columns, PGresult *description, bool may_be_binary,
                                berth_error *error) {
    uint32_t count = (uint32_t)PQnfields(description);
    memset(columns, 0, sizeof *columns);
    columns->description = description;
    columns->is_binary = may_be_binary;
    columns->rows = ROWS_AT_ONCE;
    if (count == 0)
        return BERTH_OK;
    if (!allocate(columns, count))
        return postgresql_fail_memory("the columns of a result", error);
    memset(columns->row, 0, count * sizeof *columns->row);
    for (uint32_t i = 0; i < count; i++) {
        Oid oid = PQftype(description, (int)i);
        columns->infos[i] = (berth_column_info){.name = PQfname(description, (int)i)};
        columns->is_binary &= describe(oid, &columns->infos[i]);
        columns->columns[i] = (postgresql_column){
            .oid = oid, .type = columns->infos[i].type, .declared_type = columns->infos[i].declared_type};
        if (oid == OID_NUMERIC)
            columns->infos[i].declared_type = name_numeric(&columns->columns[i], PQfmod(description, (int)i));
        if (is_large(columns->infos[i].type))
            columns->rows = 1;
    }
    for (uint32_t i = 0; i < count; i++)
        columns->needs_scratch |= postgresql_choose_way(&columns->columns[i], columns->is_binary);
    columns->count = count;
    return BERTH_OK;
}

void postgresql_columns_free(postgresql_columns *columns) {
    PQclear(columns->description);
    postgresql_services->release(columns->infos);
    postgresql_services->release(columns->columns);
    postgresql_services->release(columns->row);
    memset(columns, 0, sizeof *columns);
}
