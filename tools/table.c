#include "tools/table.h"

#include <berth/driver.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads no row. All columns are asked for, since SQLite takes an unknown name in double quotes for a text. */
static char *write_select(const berth_engine *engine, const char *name) {
    const berth_dialect *dialect = berth_engine_driver_table(engine)->dialect;
    char open = dialect->quote_open != '\0' ? dialect->quote_open : '"';
    char close = dialect->quote_close != '\0' ? dialect->quote_close : open;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    fprintf(stream, "SELECT * FROM %c", open);
    for (; *name != '\0'; name++) {
        if (*name == close)
            fputc(close, stream);
        fputc(*name, stream);
    }
    fprintf(stream, "%c WHERE 1 = 0", close);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static berth_status copy_columns(berth_session *session, const berth_result *rows, table *table) {
    int count = berth_column_count(rows);
    table->columns = calloc((size_t)count + 1, sizeof *table->columns);
    for (int i = 0; i < count && table->columns != NULL; i++) {
        const berth_column_info *info = berth_column_at(rows, i);
        char *name = strdup(info->name);
        if (name == NULL)
            break;
        table->columns[table->count++] = (table_column){.name = name, .type = (berth_type)info->type};
    }
    if (table->count < (size_t)count || table->columns == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for the table's columns");
    return berth_session_status(session);
}

berth_status table_read(berth_session *session, const berth_engine *engine, const char *name, table *table) {
    *table = (struct table){.name = name};
    char *sql = write_select(engine, name);
    if (sql == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for a statement");
    berth_result *rows = berth_query(session, sql, NULL);
    berth_status status = berth_session_status(session);
    if (status == BERTH_OK)
        status = copy_columns(session, rows, table);
    berth_result_close(rows);
    free(sql);
    return status;
}

void table_free(table *table) {
    for (size_t i = 0; i < table->count; i++)
        free(table->columns[i].name);
    free(table->columns);
}

const table_column *table_find(const table *table, const char *name, size_t length) {
    for (size_t i = 0; i < table->count; i++)
        if (strlen(table->columns[i].name) == length && memcmp(table->columns[i].name, name, length) == 0)
            return &table->columns[i];
    return NULL;
}

void table_list(const table *table, char *text, size_t size) {
    static const char rest[] = ", ...";
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < table->count; i++) {
        const char *name = table->columns[i].name;
        if (used + strlen(name) + 2 + sizeof rest > size) {
            snprintf(text + used, size - used, "%s", i > 0 ? rest : "...");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", name);
    }
}
