#include "core/error.h"
#include "core/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HASH_SUFFIX_BYTES 9 /* "_" and eight digits. */

/* A name in use. */
typedef struct used_name {
    char *text;
    uint64_t origin; /* A hash of what a made-up name came from; 0 of a given one. */
} used_name;

/* A script in the making. */
typedef struct writer {
    const berth_dialect *dialect;
    schema_script script;
    buffer text;           /* The statement being written. */
    const char *separator; /* What stands before the next part of a CREATE TABLE. */
    used_name *names;      /* Of tables, indexes and constraints so far. */
    size_t name_count;
    berth_error *error;
} writer;

static berth_status grow(void **array, size_t count, size_t size, berth_error *error) {
    void *grown = realloc(*array, (count + 1) * size);
    if (grown == NULL)
        return error_no_memory(error, "a schema");
    *array = grown;
    return BERTH_OK;
}

/* ---- Names that Berth makes. ---- */

static bool is_taken(const writer *writer, const char *name) {
    for (size_t i = 0; i < writer->name_count; i++)
        if (strcasecmp(writer->names[i].text, name) == 0)
            return true;
    return false;
}

/* Takes ownership of `name`, which is NULL when memory ran out. */
static berth_status keep_name(writer *writer, char *name, uint64_t origin) {
    if (name == NULL)
        return error_no_memory(writer->error, "a schema");
    void *names = writer->names;
    berth_status status = grow(&names, writer->name_count, sizeof *writer->names, writer->error);
    writer->names = names;
    if (status == BERTH_OK)
        writer->names[writer->name_count++] = (used_name){.text = name, .origin = origin};
    else
        free(name);
    return status;
}

static berth_status claim_name(writer *writer, const berth_table *table, const char *name) {
    if (is_taken(writer, name))
        return error_set(writer->error, BERTH_CONFIG, "table \"%s\": the name \"%s\" is used twice in the schema",
                         table->name, name);
    return keep_name(writer, strdup(name), 0);
}

/* FNV-1a, with a comma behind each name: none has one in it. */
static uint64_t hash_name(uint64_t hash, const char *name, size_t length) {
    static const uint64_t prime = UINT64_C(1099511628211);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * prime;
    return (hash ^ ',') * prime;
}

static uint64_t hash_origin(const berth_table *table, const char *columns, const char *suffix) {
    uint64_t hash = hash_name(UINT64_C(14695981039346656037), table->name, strlen(table->name));
    schema_list list = schema_list_of(columns);
    schema_name name;
    while (schema_list_next(&list, &name))
        hash = hash_name(hash, name.text, name.length);
    return hash_name(hash, suffix, strlen(suffix));
}

/* "trades_model_id_fkey", the way PostgreSQL does it. */
static char *plain_name(const berth_table *table, const char *columns, const char *suffix) {
    buffer text = {0};
    buffer_text(&text, table->name);
    schema_list list = schema_list_of(columns);
    schema_name name;
    while (schema_list_next(&list, &name)) {
        buffer_char(&text, '_');
        buffer_add(&text, name.text, name.length);
    }
    buffer_format(&text, "_%s", suffix);
    return buffer_take(&text);
}

/* A name that is too long or taken is cut at a character and gets a hash. Frees `name`. */
static char *hashed_name(char *name, uint64_t origin, size_t max_bytes) {
    size_t keep = strlen(name);
    if (max_bytes > 0 && keep + HASH_SUFFIX_BYTES > max_bytes)
        keep = max_bytes > HASH_SUFFIX_BYTES ? max_bytes - HASH_SUFFIX_BYTES : 0;
    while (keep > 0 && ((unsigned char)name[keep] & 0xC0) == 0x80)
        keep--;
    buffer text = {0};
    buffer_add(&text, name, keep);
    buffer_format(&text, "_%08" PRIx32, (uint32_t)origin);
    free(name);
    return buffer_take(&text);
}

/* The name that a key or index gets; it lives as long as the writer. */
static berth_status make_name(writer *writer, const berth_table *table, const char *columns, const char *suffix,
                              const char **made) {
    uint64_t origin = hash_origin(table, columns, suffix);
    size_t max_bytes = writer->dialect->max_name;
    for (size_t i = 0; i < writer->name_count; i++)
        if (writer->names[i].origin == origin)
            return error_set(writer->error, BERTH_CONFIG,
                             "table \"%s\": the same key or index on \"%s\" is declared twice", table->name, columns);
    char *name = plain_name(table, columns, suffix);
    if (name != NULL && ((max_bytes > 0 && strlen(name) > max_bytes) || is_taken(writer, name)))
        name = hashed_name(name, origin, max_bytes);
    *made = name;
    return keep_name(writer, name, origin);
}

/* ---- CREATE TABLE. ---- */

static void begin_part(writer *writer) {
    buffer_text(&writer->text, writer->separator);
    writer->separator = ",\n    ";
}

static void add_type(writer *writer, const berth_table_column *column) {
    const berth_dialect *dialect = writer->dialect;
    buffer *text = &writer->text;
    if (column->identity) {
        buffer_text(text, dialect->identity);
    } else if (column->type == BERTH_TYPE_TEXT && column->length > 0 && dialect->sized_text != NULL) {
        buffer_format(text, "%s(%" PRIu32 ")", dialect->sized_text, column->length);
    } else if (column->type == BERTH_TYPE_DECIMAL) {
        uint32_t precision = column->precision > 0 ? column->precision : SCHEMA_DEFAULT_PRECISION;
        buffer_format(text, "%s(%" PRIu32 ", %" PRIu32 ")", dialect->types[column->type], precision, column->scale);
    } else {
        buffer_text(text, dialect->types[column->type]);
    }
}

static void add_column(writer *writer, const berth_table_column *column) {
    buffer *text = &writer->text;
    begin_part(writer);
    schema_quote_text(text, writer->dialect, column->name);
    buffer_char(text, ' ');
    add_type(writer, column);
    /* SQLite takes NULL in a primary key unless it is told not to. */
    if ((column->not_null || column->primary_key) && !column->identity)
        buffer_text(text, " NOT NULL");
    if (column->default_sql != NULL)
        buffer_format(text, " DEFAULT %s", column->default_sql);
}

static void add_primary_key(writer *writer, const berth_table *table) {
    const char *between = "";
    for (const berth_table_column *column = table->columns; column->name != NULL; column++) {
        if (!column->primary_key || (column->identity && (writer->dialect->flags & BERTH_DIALECT_IDENTITY_IS_KEY) != 0))
            continue;
        if (between[0] == '\0') {
            begin_part(writer);
            buffer_text(&writer->text, "PRIMARY KEY (");
        }
        buffer_text(&writer->text, between);
        schema_quote_text(&writer->text, writer->dialect, column->name);
        between = ", ";
    }
    if (between[0] != '\0')
        buffer_char(&writer->text, ')');
}

static void add_list(writer *writer, schema_list list) {
    buffer_text(&writer->text, " (");
    schema_quote_list(&writer->text, writer->dialect, list);
    buffer_char(&writer->text, ')');
}

/* Writes `CONSTRAINT "name" KIND`. */
static berth_status begin_constraint(writer *writer, const berth_table *table, const char *columns, const char *suffix,
                                     const char *kind) {
    const char *name;
    berth_status status = make_name(writer, table, columns, suffix, &name);
    if (status != BERTH_OK)
        return status;
    begin_part(writer);
    buffer_text(&writer->text, "CONSTRAINT ");
    schema_quote_text(&writer->text, writer->dialect, name);
    buffer_format(&writer->text, " %s", kind);
    return BERTH_OK;
}

static berth_status add_uniques(writer *writer, const berth_table *table) {
    const char *columns;
    for (size_t place = 0; schema_next_unique(table, &place, &columns);) {
        berth_status status = begin_constraint(writer, table, columns, "key", "UNIQUE");
        if (status != BERTH_OK)
            return status;
        add_list(writer, schema_list_of(columns));
    }
    return BERTH_OK;
}

static berth_status add_checks(writer *writer, const berth_table *table) {
    berth_status status = BERTH_OK;
    for (const berth_table_column *column = table->columns; status == BERTH_OK && column->name != NULL; column++) {
        if (column->check == NULL)
            continue;
        status = begin_constraint(writer, table, column->name, "check", "CHECK");
        buffer_format(&writer->text, " (%s)", column->check);
    }
    for (size_t i = 0; status == BERTH_OK && table->checks != NULL && table->checks[i] != NULL; i++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", i + 1);
        status = begin_constraint(writer, table, number, "check", "CHECK");
        buffer_format(&writer->text, " (%s)", table->checks[i]);
    }
    return status;
}

static berth_status add_foreign_keys(writer *writer, const berth_table *table) {
    berth_foreign_key key;
    for (size_t place = 0; schema_next_foreign_key(table, &place, &key);) {
        berth_status status = begin_constraint(writer, table, key.columns, "fkey", "FOREIGN KEY");
        if (status != BERTH_OK)
            return status;
        schema_name target;
        schema_list keys;
        schema_reference_parse(key.references, &target, &keys);
        add_list(writer, schema_list_of(key.columns));
        buffer_text(&writer->text, " REFERENCES ");
        schema_quote(&writer->text, writer->dialect, target);
        add_list(writer, keys);
        if (key.on_delete != NULL)
            buffer_format(&writer->text, " ON DELETE %s", key.on_delete);
    }
    return BERTH_OK;
}

static berth_status name_index(writer *writer, const berth_table *table, const berth_index *index, const char **name) {
    *name = index->name;
    return index->name != NULL ? BERTH_OK : make_name(writer, table, index->columns, "idx", name);
}

static berth_status add_inline_indexes(writer *writer, const berth_table *table) {
    if ((writer->dialect->flags & BERTH_DIALECT_INLINE_INDEXES) == 0)
        return BERTH_OK;
    for (const berth_index *index = table->indexes; index != NULL && index->columns != NULL; index++) {
        const char *name;
        berth_status status = name_index(writer, table, index, &name);
        if (status != BERTH_OK)
            return status;
        begin_part(writer);
        buffer_text(&writer->text, index->unique ? "UNIQUE INDEX " : "INDEX ");
        schema_quote_text(&writer->text, writer->dialect, name);
        add_list(writer, schema_list_of(index->columns));
    }
    return BERTH_OK;
}

/* Moves what was written into the script. */
static berth_status end_statement(writer *writer, const berth_table *table) {
    void *statements = writer->script.statements;
    berth_status status = grow(&statements, writer->script.count, sizeof *writer->script.statements, writer->error);
    writer->script.statements = statements;
    char *sql = buffer_take(&writer->text);
    if (status == BERTH_OK && sql == NULL)
        status = error_no_memory(writer->error, "a schema");
    if (status == BERTH_OK)
        writer->script.statements[writer->script.count++] = (schema_statement){.sql = sql, .table = table};
    else
        free(sql);
    return status;
}

static berth_status create_table(writer *writer, const berth_table *table) {
    static berth_status (*const constraints[])(struct writer *, const berth_table *) = {
        add_uniques, add_checks, add_foreign_keys, add_inline_indexes};
    buffer_text(&writer->text, "CREATE TABLE IF NOT EXISTS ");
    schema_quote_text(&writer->text, writer->dialect, table->name);
    writer->separator = " (\n    ";
    for (const berth_table_column *column = table->columns; column->name != NULL; column++)
        add_column(writer, column);
    add_primary_key(writer, table);
    for (size_t i = 0; i < sizeof constraints / sizeof *constraints; i++) {
        berth_status status = constraints[i](writer, table);
        if (status != BERTH_OK)
            return status;
    }
    buffer_text(&writer->text, "\n)");
    if (writer->dialect->table_suffix != NULL)
        buffer_format(&writer->text, " %s", writer->dialect->table_suffix);
    return end_statement(writer, table);
}

static berth_status create_indexes(writer *writer, const berth_table *table) {
    if ((writer->dialect->flags & BERTH_DIALECT_INLINE_INDEXES) != 0)
        return BERTH_OK;
    berth_status status = BERTH_OK;
    const berth_index *index = table->indexes;
    for (; status == BERTH_OK && index != NULL && index->columns != NULL; index++) {
        const char *name;
        status = name_index(writer, table, index, &name);
        if (status != BERTH_OK)
            return status;
        buffer_text(&writer->text, index->unique ? "CREATE UNIQUE INDEX" : "CREATE INDEX");
        buffer_text(&writer->text, " IF NOT EXISTS ");
        schema_quote_text(&writer->text, writer->dialect, name);
        buffer_text(&writer->text, " ON ");
        schema_quote_text(&writer->text, writer->dialect, table->name);
        add_list(writer, schema_list_of(index->columns));
        status = end_statement(writer, table);
    }
    return status;
}

/* ---- The whole. ---- */

/* Tables and named indexes share one room in PostgreSQL; made-up names must stay out of their way. */
static berth_status claim_given_names(writer *writer, const berth_schema *schema) {
    berth_status status = BERTH_OK;
    for (size_t i = 0; status == BERTH_OK && schema->tables[i] != NULL; i++)
        status = claim_name(writer, schema->tables[i], schema->tables[i]->name);
    for (size_t i = 0; status == BERTH_OK && schema->tables[i] != NULL; i++) {
        const berth_index *index = schema->tables[i]->indexes;
        for (; status == BERTH_OK && index != NULL && index->columns != NULL; index++)
            if (index->name != NULL)
                status = claim_name(writer, schema->tables[i], index->name);
    }
    return status;
}

static void free_writer(writer *writer) {
    for (size_t i = 0; i < writer->name_count; i++)
        free(writer->names[i].text);
    free(writer->names);
    buffer_free(&writer->text);
    schema_script_free(&writer->script);
}

berth_status schema_ddl_statements(const berth_dialect *dialect, const berth_schema *schema, schema_script *script,
                                   berth_error *error) {
    writer writer = {.dialect = dialect, .error = error};
    const berth_table **ordered = NULL;
    *script = (schema_script){0};
    berth_status status = schema_check(dialect, schema, error);
    if (status == BERTH_OK)
        status = schema_order(schema, &ordered, error);
    if (status == BERTH_OK)
        status = claim_given_names(&writer, schema);
    for (size_t i = 0; status == BERTH_OK && ordered[i] != NULL; i++) {
        status = create_table(&writer, ordered[i]);
        if (status == BERTH_OK)
            status = create_indexes(&writer, ordered[i]);
    }
    if (status == BERTH_OK) {
        *script = writer.script;
        writer.script = (schema_script){0};
    }
    free(ordered);
    free_writer(&writer);
    return status;
}

void schema_script_free(schema_script *script) {
    for (size_t i = 0; i < script->count; i++)
        free(script->statements[i].sql);
    free(script->statements);
    *script = (schema_script){0};
}
