#include "core/error.h"
#include "core/schema.h"

#include <string.h>

/* ---- Statements. ---- */

/* Names of `columns` that are part of the key, or those that are not. */
static bool next_column(const berth_table *table, schema_list *columns, bool key, schema_name *name) {
    while (schema_list_next(columns, name))
        if (schema_find_column(table, *name)->primary_key == key)
            return true;
    return false;
}

void upsert_write_insert(buffer *text, const berth_dialect *dialect, const char *table, const char *columns) {
    schema_list list = schema_list_of(columns);
    buffer_text(text, "INSERT INTO ");
    schema_quote_text(text, dialect, table);
    buffer_text(text, " (");
    schema_quote_list(text, dialect, list);
    buffer_text(text, ") VALUES (?");
    for (size_t i = schema_list_length(list); i > 1; i--)
        buffer_text(text, ", ?");
    buffer_char(text, ')');
}

/* Writes `"name" = before"name"after`, or `"name" = ?` without `before`. */
static void add_assignment(buffer *text, const berth_dialect *dialect, schema_name name, const char *before,
                           const char *after) {
    schema_quote(text, dialect, name);
    buffer_text(text, " = ");
    buffer_text(text, before != NULL ? before : "?");
    if (before == NULL)
        return;
    schema_quote(text, dialect, name);
    buffer_text(text, after);
}

/* Where only the key is given, the key is set to itself; nothing changes then, and it counts as found. */
static void add_assignments(buffer *text, const berth_dialect *dialect, const berth_table *table, const char *columns,
                            const char *before, const char *after) {
    schema_list list = schema_list_of(columns);
    schema_name name;
    const char *between = "";
    for (; next_column(table, &list, false, &name); between = ", ") {
        buffer_text(text, between);
        add_assignment(text, dialect, name, before, after);
    }
    list = schema_list_of(columns);
    if (between[0] == '\0' && next_column(table, &list, true, &name))
        add_assignment(text, dialect, name, "", "");
}

static void add_on_conflict(buffer *text, const berth_dialect *dialect, const berth_table *table, const char *columns) {
    schema_list list = schema_list_of(columns);
    schema_name name;
    buffer_text(text, " ON CONFLICT (");
    for (const char *between = ""; next_column(table, &list, true, &name); between = ", ") {
        buffer_text(text, between);
        schema_quote(text, dialect, name);
    }
    list = schema_list_of(columns);
    if (!next_column(table, &list, false, &name)) {
        buffer_text(text, ") DO NOTHING");
        return;
    }
    buffer_text(text, ") DO UPDATE SET ");
    add_assignments(text, dialect, table, columns, "excluded.", "");
}

char *upsert_statement(const berth_dialect *dialect, const berth_table *table, const char *columns) {
    buffer text = {0};
    upsert_write_insert(&text, dialect, table->name, columns);
    if (dialect->upsert == BERTH_UPSERT_ON_CONFLICT) {
        add_on_conflict(&text, dialect, table, columns);
    } else {
        buffer_text(&text, " ON DUPLICATE KEY UPDATE ");
        add_assignments(&text, dialect, table, columns, "VALUES(", ")");
    }
    return buffer_take(&text);
}

char *upsert_update_statement(const berth_dialect *dialect, const berth_table *table, const char *columns) {
    buffer text = {0};
    schema_list list = schema_list_of(columns);
    schema_name name;
    buffer_text(&text, "UPDATE ");
    schema_quote_text(&text, dialect, table->name);
    buffer_text(&text, " SET ");
    add_assignments(&text, dialect, table, columns, NULL, NULL);
    for (const char *between = " WHERE "; next_column(table, &list, true, &name); between = " AND ") {
        buffer_text(&text, between);
        add_assignment(&text, dialect, name, NULL, NULL);
    }
    return buffer_take(&text);
}

char *upsert_insert_statement(const berth_dialect *dialect, const berth_table *table, const char *columns) {
    buffer text = {0};
    upsert_write_insert(&text, dialect, table->name, columns);
    return buffer_take(&text);
}

/* ---- What a caller may ask for. ---- */

static berth_status check_listed(const berth_table *table, const char *columns, berth_error *error) {
    schema_list list = schema_list_of(columns);
    schema_name name;
    while (schema_list_next(&list, &name)) {
        if (name.length == 0)
            return error_set(error, BERTH_MISUSE, "a name is missing in the list of columns \"%s\"", columns);
        if (schema_find_column(table, name) == NULL)
            return error_set(error, BERTH_MISUSE, "there is no column \"%.*s\"", (int)name.length, name.text);
        if (list.next != NULL && schema_list_contains(list, name))
            return error_set(error, BERTH_MISUSE, "the column \"%.*s\" is listed twice", (int)name.length, name.text);
    }
    return BERTH_OK;
}

static berth_status check_key(const berth_table *table, const char *columns, berth_error *error) {
    size_t key_length = 0;
    for (const berth_table_column *column = table->columns; column->name != NULL; column++) {
        if (!column->primary_key)
            continue;
        key_length++;
        schema_name name = {.text = column->name, .length = strlen(column->name)};
        if (!schema_list_contains(schema_list_of(columns), name))
            return error_set(error, BERTH_MISUSE, "the column \"%s\" of the primary key is missing", column->name);
    }
    if (key_length == 0)
        return error_set(error, BERTH_MISUSE, "the table has no primary key");
    return BERTH_OK;
}

berth_status upsert_check(const berth_table *table, const char *columns, size_t value_count, berth_error *error) {
    berth_status status = check_listed(table, columns, error);
    if (status == BERTH_OK)
        status = check_key(table, columns, error);
    size_t column_count = schema_list_length(schema_list_of(columns));
    if (status == BERTH_OK && column_count != value_count)
        status = error_set(error, BERTH_MISUSE, "%zu columns, but %zu values", column_count, value_count);
    if (status != BERTH_OK)
        error_prefix(error, "upsert into table \"%s\": ", table->name);
    return status;
}
