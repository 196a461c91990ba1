#include "core/schema.h"

#include <string.h>

schema_list schema_list_of(const char *text) {
    return (schema_list){.next = text, .end = text + strlen(text)};
}

static schema_name trim(const char *begin, const char *end) {
    while (begin < end && *begin == ' ')
        begin++;
    while (end > begin && end[-1] == ' ')
        end--;
    return (schema_name){.text = begin, .length = (size_t)(end - begin)};
}

bool schema_list_next(schema_list *list, schema_name *name) {
    if (list->next == NULL)
        return false;
    const char *comma = memchr(list->next, ',', (size_t)(list->end - list->next));
    *name = trim(list->next, comma != NULL ? comma : list->end);
    list->next = comma != NULL ? comma + 1 : NULL;
    return true;
}

size_t schema_list_length(schema_list list) {
    size_t length = 0;
    schema_name name;
    while (schema_list_next(&list, &name))
        length++;
    return length;
}

static bool same_name(schema_name left, schema_name right) {
    return left.length == right.length && memcmp(left.text, right.text, left.length) == 0;
}

bool schema_list_contains(schema_list list, schema_name name) {
    schema_name listed;
    while (schema_list_next(&list, &listed))
        if (same_name(listed, name))
            return true;
    return false;
}

bool schema_reference_parse(const char *text, schema_name *table, schema_list *columns) {
    const char *open = strchr(text, '(');
    const char *close = strrchr(text, ')');
    if (open == NULL || close == NULL || close < open || close[1] != '\0')
        return false;
    *table = trim(text, open);
    *columns = (schema_list){.next = open + 1, .end = close};
    return table->length > 0;
}

bool schema_name_is(schema_name name, const char *text) {
    return strlen(text) == name.length && memcmp(text, name.text, name.length) == 0;
}

const berth_table *schema_find_table(const berth_schema *schema, schema_name name) {
    for (const berth_table *const *table = schema->tables; *table != NULL; table++)
        if (schema_name_is(name, (*table)->name))
            return *table;
    return NULL;
}

const berth_table_column *schema_find_column(const berth_table *table, schema_name name) {
    for (const berth_table_column *column = table->columns; column->name != NULL; column++)
        if (schema_name_is(name, column->name))
            return column;
    return NULL;
}

static size_t column_count(const berth_table *table) {
    size_t count = 0;
    while (table->columns[count].name != NULL)
        count++;
    return count;
}

bool schema_next_foreign_key(const berth_table *table, size_t *place, berth_foreign_key *key) {
    size_t columns = column_count(table);
    for (; *place < columns; ++*place) {
        const berth_table_column *column = &table->columns[*place];
        if (column->references == NULL)
            continue;
        *key = (berth_foreign_key){column->name, column->references, column->on_delete};
        ++*place;
        return true;
    }
    if (table->foreign_keys == NULL || table->foreign_keys[*place - columns].columns == NULL)
        return false;
    *key = table->foreign_keys[(*place)++ - columns];
    return true;
}

bool schema_next_unique(const berth_table *table, size_t *place, const char **columns) {
    size_t count = column_count(table);
    for (; *place < count; ++*place) {
        if (!table->columns[*place].unique)
            continue;
        *columns = table->columns[(*place)++].name;
        return true;
    }
    if (table->uniques == NULL || table->uniques[*place - count] == NULL)
        return false;
    *columns = table->uniques[(*place)++ - count];
    return true;
}

void schema_quote(buffer *text, const berth_dialect *dialect, schema_name name) {
    char open = dialect->quote_open != '\0' ? dialect->quote_open : '"';
    char close = dialect->quote_close != '\0' ? dialect->quote_close : open;
    buffer_char(text, open);
    for (size_t i = 0; i < name.length; i++) {
        buffer_char(text, name.text[i]);
        if (name.text[i] == close)
            buffer_char(text, close);
    }
    buffer_char(text, close);
}

void schema_quote_text(buffer *text, const berth_dialect *dialect, const char *name) {
    schema_quote(text, dialect, (schema_name){.text = name, .length = strlen(name)});
}

void schema_quote_list(buffer *text, const berth_dialect *dialect, schema_list list) {
    schema_name name;
    for (const char *between = ""; schema_list_next(&list, &name); between = ", ") {
        buffer_text(text, between);
        schema_quote(text, dialect, name);
    }
}
