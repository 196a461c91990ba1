/* What is known of a table: its columns. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <berth.h>

typedef struct table_column {
    char *name;
    berth_type type; /* BERTH_TYPE_NULL where the database doesn't tell. */
} table_column;

typedef struct table {
    const char *name; /* Borrowed. */
    table_column *columns;
    size_t count;
} table;

/* Asks the database; a failure is the session's. */
berth_status table_read(berth_session *session, const berth_engine *engine, const char *name, table *table);

void table_free(table *table);

/* NULL where there is none of that very name. */
const table_column *table_find(const table *table, const char *name, size_t length);

/* Writes the names with commas between; where there is no room for all, "..." stands for the rest. */
void table_list(const table *table, char *text, size_t size);

#endif
