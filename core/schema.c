#include "core/schema.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/error.h"
#include "core/session.h"
#include "core/sql.h"

void berth_free(void *memory) {
    free(memory);
}

/* ---- Creating. ---- */

static berth_status run_script(berth_engine *engine, const schema_script *script, berth_error *error) {
    /* Where DDL commits by itself, a transaction around it would only pretend. */
    bool transactional = (engine_driver(engine)->capabilities & BERTH_CAP_TRANSACTIONAL_DDL) != 0;
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = !transactional));
    const berth_table *table = NULL;
    for (size_t i = 0; i < script->count && berth_session_status(session) == BERTH_OK; i++) {
        table = script->statements[i].table;
        berth_exec(session, script->statements[i].sql, NULL);
    }
    berth_error found;
    berth_status status = berth_session_end(session, &found);
    if (status != BERTH_OK && table != NULL)
        error_prefix(&found, "creating the table \"%s\": ", table->name);
    if (error != NULL)
        *error = found;
    return status;
}

berth_status berth_schema_create(berth_engine *engine, const berth_schema *schema, berth_error *error) {
    if (engine == NULL || schema == NULL)
        return error_set(error, BERTH_MISUSE, "berth_schema_create() was given no %s",
                         engine == NULL ? "engine" : "schema");
    if (engine_settings(engine)->environment == SETTINGS_PRODUCTION)
        return error_set(error, BERTH_CONFIG,
                         "tables are created at run time only in development and tests, and the settings say "
                         "environment=production: let a migration apply the statements that berth_schema_ddl() "
                         "writes, or set environment=development");
    schema_script script;
    berth_status status = schema_ddl_statements(engine_driver(engine)->dialect, schema, &script, error);
    if (status == BERTH_OK)
        status = run_script(engine, &script, error);
    schema_script_free(&script);
    return status;
}

berth_status berth_init_db(const berth_schema *schema, berth_error *error) {
    berth_error ignored;
    if (error == NULL)
        error = &ignored;
    berth_engine *engine = engine_hold_default(error);
    if (engine == NULL)
        return (berth_status)error->status;
    berth_status status = berth_schema_create(engine, schema, error);
    engine_release(engine);
    return status;
}

/* ---- Writing. ---- */

/* What berth_exec() would send: "??" has become "?". A placeholder could get no value. */
static berth_status add_statement(buffer *text, const berth_dialect *dialect, const schema_statement *statement,
                                  berth_error *error) {
    sql_text rewritten;
    berth_status status = sql_rewrite(dialect, statement->sql, strlen(statement->sql), &rewritten, error);
    if (status == BERTH_OK && rewritten.value_count > 0) {
        sql_text_free(&rewritten);
        status = error_set(error, BERTH_CONFIG, "a default or check has a placeholder; a question mark is written ??");
    }
    if (status != BERTH_OK) {
        error_prefix(error, "table \"%s\": ", statement->table->name);
        return status;
    }
    buffer_add(text, rewritten.text, rewritten.length);
    buffer_text(text, ";\n");
    sql_text_free(&rewritten);
    return BERTH_OK;
}

static berth_status write_ddl(const berth_dialect *dialect, const schema_script *script, char **ddl,
                              berth_error *error) {
    buffer text = {0};
    for (size_t i = 0; i < script->count; i++) {
        berth_status status = add_statement(&text, dialect, &script->statements[i], error);
        if (status != BERTH_OK) {
            buffer_free(&text);
            return status;
        }
    }
    *ddl = buffer_take(&text);
    return *ddl != NULL ? BERTH_OK : error_no_memory(error, "a schema");
}

berth_status berth_schema_ddl(berth_engine *engine, const berth_schema *schema, char **ddl, berth_error *error) {
    if (ddl == NULL)
        return error_set(error, BERTH_MISUSE, "berth_schema_ddl() was given no place for the text");
    *ddl = NULL;
    if (engine == NULL || schema == NULL)
        return error_set(error, BERTH_MISUSE, "berth_schema_ddl() was given no %s",
                         engine == NULL ? "engine" : "schema");
    const berth_dialect *dialect = engine_driver(engine)->dialect;
    schema_script script;
    berth_status status = schema_ddl_statements(dialect, schema, &script, error);
    if (status == BERTH_OK)
        status = write_ddl(dialect, &script, ddl, error);
    if (status == BERTH_OK)
        error_clear(error);
    schema_script_free(&script);
    return status;
}

/* ---- Insert or update. ---- */

static berth_status exec_owned(berth_session *session, char *sql, const berth_params *params) {
    if (sql == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for an upsert");
    berth_status status = berth_exec(session, sql, params);
    free(sql);
    return status;
}

/* The values that are no key and then the key's, as upsert_update_statement() wants them. */
static void sort_values(const berth_table *table, const char *columns, const berth_value *values, berth_value *sorted) {
    for (int key = 0; key <= 1; key++) {
        schema_list list = schema_list_of(columns);
        schema_name name;
        for (const berth_value *value = values; schema_list_next(&list, &name); value++)
            if (schema_find_column(table, name)->primary_key == (key == 1))
                *sorted++ = *value;
    }
}

/* For a database that has no such statement: update, and insert where there was nothing to update. */
static berth_status update_or_insert(berth_session *session, const berth_dialect *dialect, const berth_table *table,
                                     const char *columns, const berth_params *values) {
    berth_value *sorted = malloc(values->count * sizeof *sorted);
    if (sorted == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for an upsert");
    sort_values(table, columns, values->values, sorted);
    berth_params params = {.values = sorted, .count = values->count};
    berth_status status = exec_owned(session, upsert_update_statement(dialect, table, columns), &params);
    free(sorted);
    if (status != BERTH_OK || berth_affected_rows(session) > 0)
        return status;
    return exec_owned(session, upsert_insert_statement(dialect, table, columns), values);
}

static berth_status check_given(berth_session *session, const char *function, const berth_table *table,
                                const char *columns, const void *values) {
    const char *missing = NULL;
    if (table == NULL || table->name == NULL || table->columns == NULL)
        missing = "table";
    else if (columns == NULL)
        missing = "columns";
    else if (values == NULL)
        missing = "values";
    return missing == NULL ? BERTH_OK
                           : berth_session_fail(session, BERTH_MISUSE, "%s() was given no %s", function, missing);
}

/* Whether the database can do it with so many values. */
static berth_status check_upsert(berth_session *session, const berth_table *table, const char *columns,
                                 size_t value_count) {
    berth_error error;
    const berth_driver *driver = session_driver(session);
    if (upsert_check(table, columns, value_count, &error) != BERTH_OK)
        return berth_session_fail(session, (berth_status)error.status, "%s", error.message);
    if (driver->dialect->upsert == BERTH_UPSERT_NONE && (driver->capabilities & BERTH_CAP_AFFECTED_ROWS) == 0)
        return berth_session_fail(session, BERTH_NOT_SUPPORTED,
                                  "upsert into table \"%s\": the driver %s has no such statement and does not count "
                                  "updated rows",
                                  table->name, driver->name);
    return BERTH_OK;
}

berth_status berth_upsert(berth_session *session, const berth_table *table, const char *columns,
                          const berth_params *values) {
    berth_status status = berth_session_status(session);
    if (status == BERTH_OK)
        status = check_given(session, "berth_upsert", table, columns, values);
    if (status == BERTH_OK)
        status = check_upsert(session, table, columns, values->count);
    if (status != BERTH_OK)
        return status;
    const berth_dialect *dialect = session_driver(session)->dialect;
    if (dialect->upsert != BERTH_UPSERT_NONE)
        return exec_owned(session, upsert_statement(dialect, table, columns), values);
    return update_or_insert(session, dialect, table, columns, values);
}

/* ---- Many of them. ---- */

static berth_status fail_row(berth_session *session, size_t row, size_t count) {
    session->error.index = (int64_t)row;
    session_name_row(session, count);
    return (berth_status)session->error.status;
}

static berth_status check_rows(berth_session *session, const berth_table *table, const char *columns,
                               const berth_params *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        if ((i == 0 || rows[i].count != rows[0].count) &&
            check_upsert(session, table, columns, rows[i].count) != BERTH_OK)
            return i == 0 ? (berth_status)session->error.status : fail_row(session, i, count);
    return BERTH_OK;
}

static berth_status update_or_insert_rows(berth_session *session, const berth_dialect *dialect,
                                          const berth_table *table, const char *columns, const berth_params *rows,
                                          size_t count) {
    int64_t affected = 0;
    for (size_t i = 0; i < count; i++) {
        if (update_or_insert(session, dialect, table, columns, &rows[i]) != BERTH_OK)
            return fail_row(session, i, count);
        affected += session->affected_rows;
    }
    session->affected_rows = affected;
    return BERTH_OK;
}

berth_status berth_upsert_many(berth_session *session, const berth_table *table, const char *columns,
                               const berth_params *rows, size_t count) {
    berth_status status = berth_session_status(session);
    if (status == BERTH_OK)
        status = check_given(session, "berth_upsert_many", table, columns, count > 0 ? (const void *)rows : columns);
    if (status == BERTH_OK && session->options.autocommit)
        status = berth_session_fail(session, BERTH_MISUSE,
                                    "berth_upsert_many: many rows need a transaction: leave autocommit out");
    if (status == BERTH_OK)
        status = check_rows(session, table, columns, rows, count);
    if (status != BERTH_OK)
        return status;
    const berth_dialect *dialect = session_driver(session)->dialect;
    if (dialect->upsert == BERTH_UPSERT_NONE)
        return update_or_insert_rows(session, dialect, table, columns, rows, count);
    char *sql = upsert_statement(dialect, table, columns);
    if (sql == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for an upsert");
    status = berth_exec_many(session, sql, rows, count);
    free(sql);
    return status;
}
