/* Tables in C to statements per dialect. Nothing here talks to a database; every function may be called from any
 * thread. */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include <berth/driver.h>
#include <berth/schema.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"

/* Of a decimal without one. */
#define SCHEMA_DEFAULT_PRECISION 38

/* ---- Names and lists of names (schema_names.c). ---- */

/* A name within a longer text. */
typedef struct schema_name {
    const char *text;
    size_t length;
} schema_name;

/* What is left of a list such as "model_id, symbol". Copy it to read it again. */
typedef struct schema_list {
    const char *next; /* NULL after the last name. */
    const char *end;
} schema_list;

schema_list schema_list_of(const char *text);

/* Takes the next name off a list, without the spaces around it; false at the end. Where nothing stands between two
 * commas, the name has length 0. */
bool schema_list_next(schema_list *list, schema_name *name);

size_t schema_list_length(schema_list list);

bool schema_list_contains(schema_list list, schema_name name);

/* Takes "models(id, season)" apart; false when it is not of that form. */
bool schema_reference_parse(const char *text, schema_name *table, schema_list *columns);

bool schema_name_is(schema_name name, const char *text);

/* The table or column of that very name; NULL when there is none. */
const berth_table *schema_find_table(const berth_schema *schema, schema_name name);
const berth_table_column *schema_find_column(const berth_table *table, schema_name name);

/* Walks over what can be declared at a column and at the table: `*place` starts at 0; false at the end. */
bool schema_next_foreign_key(const berth_table *table, size_t *place, berth_foreign_key *key);
bool schema_next_unique(const berth_table *table, size_t *place, const char **columns);

/* Writes a name in the dialect's quotes; a list of them with commas between. */
void schema_quote(buffer *text, const berth_dialect *dialect, schema_name name);
void schema_quote_text(buffer *text, const berth_dialect *dialect, const char *name);
void schema_quote_list(buffer *text, const berth_dialect *dialect, schema_list list);

/* ---- Checks (schema_check.c, schema_order.c). ---- */

/* Finds what is wrong with a schema for this dialect: BERTH_CONFIG names table and column, says what was found and what
 * is allowed. */
berth_status schema_check(const berth_dialect *dialect, const berth_schema *schema, berth_error *error);

/* The tables of a checked schema, each after those it refers to, else in the order declared; NULL-terminated, the
 * caller's to free(). BERTH_CONFIG names the tables that refer to each other in a circle. */
berth_status schema_order(const berth_schema *schema, const berth_table ***ordered, berth_error *error);

/* ---- Statements (schema_ddl.c, upsert.c). ---- */

typedef struct schema_statement {
    char *sql;                /* Without a semicolon; `?` in it is written as berth_exec() wants it. */
    const berth_table *table; /* Which table it is about. */
} schema_statement;

typedef struct schema_script {
    schema_statement *statements;
    size_t count;
} schema_script;

/* Checks a schema and writes what creates it. On failure the script is empty. */
berth_status schema_ddl_statements(const berth_dialect *dialect, const berth_schema *schema, schema_script *script,
                                   berth_error *error);

void schema_script_free(schema_script *script);

/* INSERT INTO table (columns) VALUES (?, ...). */
void upsert_write_insert(buffer *text, const berth_dialect *dialect, const char *table, const char *columns);

/* One statement that inserts or updates, for a dialect that has such a thing; the columns are known ones. NULL without
 * memory. */
char *upsert_statement(const berth_dialect *dialect, const berth_table *table, const char *columns);

/* For one that has not: an UPDATE, whose values are those that are no key and then the key's, and an INSERT. */
char *upsert_update_statement(const berth_dialect *dialect, const berth_table *table, const char *columns);
char *upsert_insert_statement(const berth_dialect *dialect, const berth_table *table, const char *columns);

/* Whether a row of `value_count` values can be upserted: BERTH_MISUSE says why not. */
berth_status upsert_check(const berth_table *table, const char *columns, size_t value_count, berth_error *error);

#endif
