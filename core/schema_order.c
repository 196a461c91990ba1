#include "core/error.h"
#include "core/schema.h"

#include <stdlib.h>

static size_t table_count(const berth_schema *schema) {
    size_t count = 0;
    while (schema->tables[count] != NULL)
        count++;
    return count;
}

static size_t table_index(const berth_schema *schema, const berth_table *table) {
    size_t index = 0;
    while (schema->tables[index] != table)
        index++;
    return index;
}

/* The first table it refers to that has no place yet; NULL when there is none. A table may refer to itself. */
static const berth_table *waits_for(const berth_schema *schema, const berth_table *table, const bool *placed) {
    berth_foreign_key key;
    for (size_t place = 0; schema_next_foreign_key(table, &place, &key);) {
        schema_name name;
        schema_list columns;
        if (!schema_reference_parse(key.references, &name, &columns))
            continue;
        const berth_table *target = schema_find_table(schema, name);
        if (target != NULL && target != table && !placed[table_index(schema, target)])
            return target;
    }
    return NULL;
}

/* Every table that is left waits for another one, so that following them must end in a circle. */
static berth_status report_circle(const berth_schema *schema, const bool *placed, size_t count, berth_error *error) {
    const berth_table *table = NULL;
    for (size_t i = 0; table == NULL; i++)
        if (!placed[i])
            table = schema->tables[i];
    for (size_t i = 0; i < count; i++)
        table = waits_for(schema, table, placed);
    buffer text = {0};
    const berth_table *first = table;
    buffer_format(&text, "\"%s\"", first->name);
    do {
        table = waits_for(schema, table, placed);
        buffer_format(&text, " -> \"%s\"", table->name);
    } while (table != first);
    char *circle = buffer_take(&text);
    if (circle == NULL)
        return error_no_memory(error, "a schema");
    error_set(error, BERTH_CONFIG, "tables refer to each other in a circle, so that none can be created first: %s",
              circle);
    free(circle);
    return BERTH_CONFIG;
}

berth_status schema_order(const berth_schema *schema, const berth_table ***ordered, berth_error *error) {
    size_t count = table_count(schema);
    berth_status status = BERTH_OK;
    bool *placed = calloc(count + 1, sizeof *placed);
    *ordered = calloc(count + 1, sizeof **ordered);
    if (placed == NULL || *ordered == NULL)
        status = error_no_memory(error, "a schema");
    for (size_t done = 0; status == BERTH_OK && done < count; done++) {
        size_t next = 0;
        while (next < count && (placed[next] || waits_for(schema, schema->tables[next], placed) != NULL))
            next++;
        if (next == count) {
            status = report_circle(schema, placed, count, error);
            break;
        }
        placed[next] = true;
        (*ordered)[done] = schema->tables[next];
    }
    free(placed);
    if (status != BERTH_OK) {
        free(*ordered);
        *ordered = NULL;
    }
    return status;
}
