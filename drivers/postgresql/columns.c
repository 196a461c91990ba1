/* What is known of a result's columns. */
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

int32_t postgresql_columns_make(postgresql_columns *columns, PGresult *description, berth_error *error) {
    uint32_t count = (uint32_t)PQnfields(description);
    memset(columns, 0, sizeof *columns);
    columns->description = description;
    columns->is_binary = true;
    if (count == 0)
        return BERTH_OK;
    columns->infos = postgresql_services->allocate(count * sizeof *columns->infos);
    columns->oids = postgresql_services->allocate(count * sizeof *columns->oids);
    columns->row = postgresql_services->allocate(count * sizeof *columns->row);
    if (columns->infos == NULL || columns->oids == NULL || columns->row == NULL)
        return postgresql_fail_memory("the columns of a result", error);
    memset(columns->row, 0, count * sizeof *columns->row);
    for (uint32_t i = 0; i < count; i++) {
        columns->oids[i] = PQftype(description, (int)i);
        columns->infos[i] = (berth_column_info){.name = PQfname(description, (int)i)};
        columns->is_binary &= describe(columns->oids[i], &columns->infos[i]);
    }
    columns->count = count;
    return BERTH_OK;
}

void postgresql_columns_free(postgresql_columns *columns) {
    PQclear(columns->description);
    postgresql_services->release(columns->infos);
    postgresql_services->release(columns->oids);
    postgresql_services->release(columns->row);
    memset(columns, 0, sizeof *columns);
}
