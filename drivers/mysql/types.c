#include <stdio.h>
#include <string.h>

#include "client.h"

/* The server's types; those not here are text or bytes, by their character set. */
static const struct {
    enum enum_field_types field_type;
    uint32_t type;
    const char *name;
} types[] = {
    {MYSQL_TYPE_TINY, BERTH_TYPE_INT64, "tinyint"},
    {MYSQL_TYPE_SHORT, BERTH_TYPE_INT64, "smallint"},
    {MYSQL_TYPE_INT24, BERTH_TYPE_INT64, "mediumint"},
    {MYSQL_TYPE_LONG, BERTH_TYPE_INT64, "int"},
    {MYSQL_TYPE_LONGLONG, BERTH_TYPE_INT64, "bigint"},
    {MYSQL_TYPE_YEAR, BERTH_TYPE_INT64, "year"},
    {MYSQL_TYPE_BIT, BERTH_TYPE_INT64, "bit"},
    {MYSQL_TYPE_FLOAT, BERTH_TYPE_DOUBLE, "float"},
    {MYSQL_TYPE_DOUBLE, BERTH_TYPE_DOUBLE, "double"},
    {MYSQL_TYPE_DECIMAL, BERTH_TYPE_DECIMAL, "decimal"},
    {MYSQL_TYPE_NEWDECIMAL, BERTH_TYPE_DECIMAL, "decimal"},
    {MYSQL_TYPE_DATE, BERTH_TYPE_DATE, "date"},
    {MYSQL_TYPE_NEWDATE, BERTH_TYPE_DATE, "date"},
    {MYSQL_TYPE_TIME, BERTH_TYPE_TIME, "time"},
    {MYSQL_TYPE_DATETIME, BERTH_TYPE_TIMESTAMP, "datetime"},
    {MYSQL_TYPE_TIMESTAMP, BERTH_TYPE_TIMESTAMPTZ, "timestamp"},
    {MYSQL_TYPE_NULL, BERTH_TYPE_NULL, "null"},
    {MYSQL_TYPE_GEOMETRY, BERTH_TYPE_BLOB, "geometry"},
#if defined(MYSQL_HAS_TYPE_JSON)
    {MYSQL_TYPE_JSON, BERTH_TYPE_JSON, "json"},
#endif
};

/* MariaDB's JSON is a text and its UUID a string; newer servers say so beside the type. */
static bool has_attribute(const MYSQL_FIELD *field, const char *name) {
#if defined(MYSQL_HAS_FIELD_ATTR)
    for (int i = MARIADB_FIELD_ATTR_DATA_TYPE_NAME; i <= MARIADB_FIELD_ATTR_FORMAT_NAME; i++) {
        MARIADB_CONST_STRING found = {0};
        if (mariadb_field_attr(&found, field, (enum mariadb_field_attr_t)i) == 0 && found.length == strlen(name) &&
            memcmp(found.str, name, found.length) == 0)
            return true;
    }
#else
    (void)field;
    (void)name;
#endif
    return false;
}

uint32_t mydb_types_of_field(const MYSQL_FIELD *field) {
    if (field->type == MYSQL_TYPE_TINY && field->length == 1)
        return BERTH_TYPE_BOOL;
    if (field->type == MYSQL_TYPE_LONGLONG && (field->flags & UNSIGNED_FLAG) != 0)
        return BERTH_TYPE_UINT64;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].field_type == field->type)
            return types[i].type;
    if (has_attribute(field, "json"))
        return BERTH_TYPE_JSON;
    if (has_attribute(field, "uuid"))
        return BERTH_TYPE_UUID;
    return field->charsetnr == BINARY_CHARSET ? BERTH_TYPE_BLOB : BERTH_TYPE_TEXT;
}

const char *mydb_types_name(const MYSQL_FIELD *field) {
    bool is_binary = field->charsetnr == BINARY_CHARSET;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].field_type == field->type)
            return types[i].name;
    if (has_attribute(field, "json"))
        return "json";
    if (has_attribute(field, "uuid"))
        return "uuid";
    if ((field->flags & ENUM_FLAG) != 0)
        return "enum";
    if ((field->flags & SET_FLAG) != 0)
        return "set";
    if ((field->flags & BLOB_FLAG) != 0)
        return is_binary ? "blob" : "text";
    if (field->type == MYSQL_TYPE_STRING)
        return is_binary ? "binary" : "char";
    return is_binary ? "varbinary" : "varchar";
}

/* The length is that of the text: the server counts a sign and a point in. */
void mydb_types_name_decimal(const MYSQL_FIELD *field, char *name, size_t size) {
    unsigned long marks = (field->decimals > 0) + ((field->flags & UNSIGNED_FLAG) == 0);
    snprintf(name, size, "decimal(%lu,%u)", field->length > marks ? field->length - marks : 0, field->decimals);
}

static rows_kind kind_of_integer(const MYSQL_FIELD *field) {
    bool is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
    switch (field->type) {
    case MYSQL_TYPE_TINY:
        return is_unsigned ? ROWS_UINT8 : ROWS_INT8;
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
        return is_unsigned ? ROWS_UINT16 : ROWS_INT16;
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
        return is_unsigned ? ROWS_UINT32 : ROWS_INT32;
    case MYSQL_TYPE_BIT:
        return ROWS_BITS;
    default:
        return is_unsigned ? ROWS_UINT64 : ROWS_INT64;
    }
}

rows_kind mydb_types_kind(const MYSQL_FIELD *field, uint32_t type) {
    switch (type) {
    case BERTH_TYPE_NULL:
        return ROWS_NULL;
    case BERTH_TYPE_BOOL:
        return ROWS_BOOL;
    case BERTH_TYPE_INT64:
    case BERTH_TYPE_UINT64:
        return kind_of_integer(field);
    case BERTH_TYPE_DOUBLE:
        return field->type == MYSQL_TYPE_FLOAT ? ROWS_FLOAT : ROWS_DOUBLE;
    case BERTH_TYPE_DATE:
        return ROWS_DATE;
    case BERTH_TYPE_TIME:
        return ROWS_TIME;
    case BERTH_TYPE_TIMESTAMP:
    case BERTH_TYPE_TIMESTAMPTZ:
        return ROWS_TIMESTAMP;
    case BERTH_TYPE_UUID:
        return ROWS_UUID;
    default:
        return ROWS_BYTES;
    }
}
