#include "core/error.h"
#include "core/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Where in a schema we are, for messages: a table and one part of it. */
typedef struct place {
    const berth_dialect *dialect;
    const berth_schema *schema;
    const berth_table *table;
    const char *part; /* "column", "unique", "foreign key", "index". */
    const char *name; /* The column's name or the list of columns. */
    berth_error *error;
} place;

static berth_status wrong(const place *at, const char *format, ...) BERTH_PRINTF(2, 3);
static berth_status wrong(const place *at, const char *format, ...) {
    char what[BERTH_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (at->part == NULL)
        return error_set(at->error, BERTH_CONFIG, "table \"%s\": %s", at->table->name, what);
    return error_set(at->error, BERTH_CONFIG, "table \"%s\", %s \"%s\": %s", at->table->name, at->part, at->name, what);
}

/* ---- One name. ---- */

static berth_status check_name(const place *at, const char *name) {
    size_t length = strlen(name);
    if (at->dialect->max_name > 0 && length > at->dialect->max_name)
        return wrong(at, "the name has %zu bytes, this database allows %u", length, at->dialect->max_name);
    if (name[0] == ' ' || name[length - 1] == ' ')
        return wrong(at, "a name can't begin or end with a space");
    return BERTH_OK;
}

/* ---- One column. ---- */

static berth_status check_type(const place *at, const berth_table_column *column) {
    if (column->type == BERTH_TYPE_NULL)
        return wrong(at, "it has no type");
    if ((uint32_t)column->type >= BERTH_TYPE_COUNT)
        return wrong(at, "%u is not a type", (unsigned)column->type);
    if (at->dialect->types[column->type] == NULL)
        return wrong(at, "this database has no type for %s", berth_type_name(column->type));
    if (column->length > 0 && column->type != BERTH_TYPE_TEXT)
        return wrong(at, "a length is for text, but its type is %s", berth_type_name(column->type));
    if ((column->precision > 0 || column->scale > 0) && column->type != BERTH_TYPE_DECIMAL)
        return wrong(at, "precision and scale are for decimals, but its type is %s", berth_type_name(column->type));
    uint32_t precision = column->precision > 0 ? column->precision : SCHEMA_DEFAULT_PRECISION;
    if (column->scale > precision)
        return wrong(at, "its scale is %u, at most its precision of %u is allowed", column->scale, precision);
    return BERTH_OK;
}

static size_t key_length(const berth_table *table) {
    size_t length = 0;
    for (const berth_table_column *column = table->columns; column->name != NULL; column++)
        length += column->primary_key ? 1 : 0;
    return length;
}

static berth_status check_identity(const place *at, const berth_table_column *column) {
    if (!column->identity)
        return BERTH_OK;
    if (column->type != BERTH_TYPE_INT64)
        return wrong(at, "an identity is an int64, but its type is %s", berth_type_name(column->type));
    if (!column->primary_key || key_length(at->table) != 1)
        return wrong(at, "an identity must be the whole primary key");
    if (column->default_sql != NULL)
        return wrong(at, "an identity can't have a default");
    if (at->dialect->identity == NULL)
        return wrong(at, "this database has no identity columns");
    return BERTH_OK;
}

static berth_status check_column(const place *at, const berth_table_column *column) {
    berth_status status = check_name(at, column->name);
    if (status == BERTH_OK && strchr(column->name, ',') != NULL)
        status = wrong(at, "a column's name can't contain a comma");
    if (status == BERTH_OK)
        status = check_type(at, column);
    if (status == BERTH_OK)
        status = check_identity(at, column);
    if (status != BERTH_OK)
        return status;
    if (column->default_sql != NULL && column->default_sql[0] == '\0')
        return wrong(at, "its default is empty; text is written as ''");
    if (column->check != NULL && column->check[0] == '\0')
        return wrong(at, "its check is empty");
    if (column->on_delete != NULL && column->references == NULL)
        return wrong(at, "on_delete is \"%s\", but it references nothing", column->on_delete);
    /* Databases differ in whether case counts in names; what would be two columns in one is one in another. */
    for (const berth_table_column *earlier = at->table->columns; earlier != column; earlier++)
        if (strcasecmp(earlier->name, column->name) == 0)
            return wrong(at, "there are two columns of this name");
    return BERTH_OK;
}

static berth_status check_columns(place *at) {
    const berth_table_column *column = at->table->columns;
    if (column == NULL || (column->name == NULL && column->type == BERTH_TYPE_NULL))
        return wrong(at, "it has no columns");
    berth_status status = BERTH_OK;
    for (; status == BERTH_OK && column->name != NULL && column->name[0] != '\0'; column++) {
        at->part = "column";
        at->name = column->name;
        status = check_column(at, column);
    }
    at->part = NULL;
    /* The end of the list has no type either: a column with one has lost its name. */
    if (status == BERTH_OK && (column->name != NULL || column->type != BERTH_TYPE_NULL))
        status = wrong(at, "column %d has no name", (int)(column - at->table->columns) + 1);
    return status;
}

/* ---- Lists of columns. ---- */

static berth_status check_list(const place *at, const berth_table *table, schema_list list) {
    schema_list rest = list;
    schema_name name;
    while (schema_list_next(&rest, &name)) {
        if (name.length == 0)
            return wrong(at, "a name is missing in the list of columns");
        if (schema_find_column(table, name) == NULL)
            return wrong(at, "table \"%s\" has no column \"%.*s\"", table->name, (int)name.length, name.text);
        if (rest.next != NULL && schema_list_contains(rest, name))
            return wrong(at, "the column \"%.*s\" is listed twice", (int)name.length, name.text);
    }
    return BERTH_OK;
}

static berth_status check_uniques(place *at) {
    berth_status status = BERTH_OK;
    at->part = "unique";
    for (size_t next = 0; status == BERTH_OK && schema_next_unique(at->table, &next, &at->name);)
        status = check_list(at, at->table, schema_list_of(at->name));
    return status;
}

static berth_status check_indexes(place *at) {
    berth_status status = BERTH_OK;
    const berth_index *index = at->table->indexes;
    at->part = "index";
    for (; status == BERTH_OK && index != NULL && index->columns != NULL; index++) {
        at->name = index->columns;
        if (index->name != NULL && index->name[0] == '\0')
            return wrong(at, "its name is empty; without one it gets one");
        at->name = index->name != NULL ? index->name : index->columns;
        if (index->name != NULL)
            status = check_name(at, index->name);
        if (status == BERTH_OK)
            status = check_list(at, at->table, schema_list_of(index->columns));
    }
    if (status == BERTH_OK && index != NULL && index->name != NULL) {
        at->name = index->name;
        return wrong(at, "it has no columns");
    }
    return status;
}

static berth_status check_conditions(place *at) {
    at->part = NULL;
    if (at->table->checks == NULL)
        return BERTH_OK;
    for (size_t i = 0; at->table->checks[i] != NULL; i++)
        if (at->table->checks[i][0] == '\0')
            return wrong(at, "check %zu is empty", i + 1);
    return BERTH_OK;
}

/* ---- Foreign keys. ---- */

static bool same_columns(schema_list left, schema_list right) {
    if (schema_list_length(left) != schema_list_length(right))
        return false;
    schema_name name;
    while (schema_list_next(&left, &name))
        if (!schema_list_contains(right, name))
            return false;
    return true;
}

static bool is_primary_key(const berth_table *table, schema_list columns) {
    if (schema_list_length(columns) != key_length(table))
        return false;
    schema_name name;
    while (schema_list_next(&columns, &name))
        if (!schema_find_column(table, name)->primary_key)
            return false;
    return true;
}

static bool is_unique(const berth_table *table, schema_list columns) {
    const char *unique;
    for (size_t next = 0; schema_next_unique(table, &next, &unique);)
        if (same_columns(columns, schema_list_of(unique)))
            return true;
    for (const berth_index *index = table->indexes; index != NULL && index->columns != NULL; index++)
        if (index->unique && same_columns(columns, schema_list_of(index->columns)))
            return true;
    return is_primary_key(table, columns);
}

static berth_status check_on_delete(const place *at, const berth_foreign_key *key) {
    const char *rule = key->on_delete;
    if (rule == NULL || strcmp(rule, "CASCADE") == 0 || strcmp(rule, "RESTRICT") == 0)
        return BERTH_OK;
    if (strcmp(rule, "SET NULL") != 0)
        return wrong(at, "on_delete is \"%s\", allowed are CASCADE, SET NULL and RESTRICT", rule);
    schema_list list = schema_list_of(key->columns);
    schema_name name;
    while (schema_list_next(&list, &name)) {
        const berth_table_column *column = schema_find_column(at->table, name);
        if (column->not_null || column->primary_key)
            return wrong(at, "on_delete is SET NULL, but the column \"%s\" can't be NULL", column->name);
    }
    return BERTH_OK;
}

/* Pair by pair the types must be the same: only SQLite would let others pass. */
static berth_status check_pairs(const place *at, schema_list columns, const berth_table *target, schema_list keys) {
    schema_name column_name;
    schema_name key_name;
    while (schema_list_next(&columns, &column_name) && schema_list_next(&keys, &key_name)) {
        const berth_table_column *column = schema_find_column(at->table, column_name);
        const berth_table_column *key = schema_find_column(target, key_name);
        if (column->type != key->type)
            return wrong(at, "\"%s\" is of type %s, but \"%s\" of table \"%s\" is of type %s", column->name,
                         berth_type_name(column->type), key->name, target->name, berth_type_name(key->type));
    }
    return BERTH_OK;
}

static berth_status check_foreign_key(const place *at, const berth_foreign_key *key) {
    schema_list columns = schema_list_of(key->columns);
    berth_status status = check_list(at, at->table, columns);
    if (status != BERTH_OK)
        return status;
    schema_name name;
    schema_list keys;
    if (key->references == NULL || !schema_reference_parse(key->references, &name, &keys))
        return wrong(at, "it references \"%s\", which is not of the form \"table(column, ...)\"",
                     key->references != NULL ? key->references : "");
    const berth_table *target = schema_find_table(at->schema, name);
    if (target == NULL)
        return wrong(at, "it references \"%s\", but the schema has no table \"%.*s\"", key->references,
                     (int)name.length, name.text);
    status = check_list(at, target, keys);
    if (status != BERTH_OK)
        return status;
    if (schema_list_length(columns) != schema_list_length(keys))
        return wrong(at, "%zu columns reference %zu of \"%s\"", schema_list_length(columns), schema_list_length(keys),
                     key->references);
    if (!is_unique(target, keys))
        return wrong(at, "it references \"%s\", which is neither the primary key of that table nor unique",
                     key->references);
    status = check_pairs(at, columns, target, keys);
    return status == BERTH_OK ? check_on_delete(at, key) : status;
}

static berth_status check_foreign_keys(place *at) {
    berth_status status = BERTH_OK;
    berth_foreign_key key;
    at->part = "foreign key";
    for (size_t next = 0; status == BERTH_OK && schema_next_foreign_key(at->table, &next, &key);) {
        at->name = key.columns;
        status = check_foreign_key(at, &key);
    }
    const berth_foreign_key *end = at->table->foreign_keys;
    while (end != NULL && end->columns != NULL)
        end++;
    at->part = NULL;
    if (status == BERTH_OK && end != NULL && end->references != NULL)
        status = wrong(at, "the foreign key to \"%s\" has no columns", end->references);
    return status;
}

/* ---- Tables. ---- */

static berth_status check_table_name(place *at, size_t index) {
    const char *name = at->table->name;
    if (name == NULL || name[0] == '\0')
        return error_set(at->error, BERTH_CONFIG, "table %zu of the schema has no name", index + 1);
    if (strchr(name, '(') != NULL)
        return wrong(at, "a table's name can't contain a parenthesis");
    for (size_t i = 0; i < index; i++)
        if (strcasecmp(at->schema->tables[i]->name, name) == 0)
            return wrong(at, "there are two tables of this name");
    return check_name(at, name);
}

/* Foreign keys come last, since they look into other tables. */
berth_status schema_check(const berth_dialect *dialect, const berth_schema *schema, berth_error *error) {
    static berth_status (*const steps[])(place *) = {check_columns, check_uniques, check_indexes, check_conditions};
    place at = {.dialect = dialect, .schema = schema, .error = error};
    if (schema->tables == NULL || schema->tables[0] == NULL)
        return error_set(error, BERTH_CONFIG, "the schema has no tables");
    berth_status status = BERTH_OK;
    for (size_t i = 0; status == BERTH_OK && schema->tables[i] != NULL; i++) {
        at.table = schema->tables[i];
        at.part = NULL;
        status = check_table_name(&at, i);
        for (size_t step = 0; status == BERTH_OK && step < sizeof steps / sizeof *steps; step++)
            status = steps[step](&at);
    }
    for (size_t i = 0; status == BERTH_OK && schema->tables[i] != NULL; i++) {
        at.table = schema->tables[i];
        status = check_foreign_keys(&at);
    }
    return status;
}
