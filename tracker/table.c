#include "tracker/table.h"

#include <stdlib.h>
#include <string.h>

#include "tracker/text.h"

#define GAP 2
#define ELLIPSIS "\xE2\x80\xA6"

struct table {
    const table_column *columns;
    size_t column_count;
    size_t *widths; /* Of each column's widest text. */
    char **cells;
    size_t count;
    size_t capacity;
    bool failed;
};

table *table_new(const table_column *columns, size_t count) {
    table *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->columns = columns;
    made->column_count = count;
    made->widths = calloc(count, sizeof *made->widths);
    made->failed = made->widths == NULL;
    for (size_t i = 0; i < count && !made->failed; i++)
        made->widths[i] = text_width(columns[i].title);
    return made;
}

static bool grow(table *table) {
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
    char **cells = realloc(table->cells, capacity * sizeof *cells);
    if (cells == NULL)
        return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

/* The text, cut to the column's width. */
static char *copy_cell(const table_column *column, const char *text) {
    char *copy = NULL;
    if (column->widest == 0 || text_width(text) <= column->widest)
        return strdup(text);
    int bytes = (int)text_fitting_bytes(text, column->widest - 1);
    return asprintf(&copy, "%.*s" ELLIPSIS, bytes, text) < 0 ? NULL : copy;
}

void table_add(table *table, const char *text) {
    if (table == NULL || table->failed)
        return;
    size_t column = table->count % table->column_count;
    char *copy = grow(table) ? copy_cell(&table->columns[column], text) : NULL;
    table->failed = copy == NULL;
    if (table->failed)
        return;
    table->cells[table->count++] = copy;
    size_t width = text_width(copy);
    table->widths[column] = width > table->widths[column] ? width : table->widths[column];
}

/* One cell; nothing is printed behind the last one of a line, so that no line ends in spaces. */
static void print_cell(const table *table, FILE *stream, size_t column, const char *text) {
    int padding = (int)(table->widths[column] - text_width(text));
    bool last = column + 1 == table->column_count;
    if (table->columns[column].right)
        fprintf(stream, "%*s", padding, "");
    text_print_line(stream, text);
    if (!last)
        fprintf(stream, "%*s", GAP + (table->columns[column].right ? 0 : padding), "");
}

static void print_rule(const table *table, FILE *stream) {
    for (size_t i = 0; i < table->column_count; i++) {
        for (size_t width = table->widths[i]; width > 0; width--)
            fputc('-', stream);
        fprintf(stream, "%*s", i + 1 == table->column_count ? 0 : GAP, "");
    }
    fputc('\n', stream);
}

bool table_print(const table *table, FILE *stream) {
    if (table == NULL || table->failed)
        return false;
    for (size_t i = 0; i < table->column_count; i++)
        print_cell(table, stream, i, table->columns[i].title);
    fputc('\n', stream);
    print_rule(table, stream);
    size_t column = 0;
    for (size_t i = 0; i < table->count; i++) {
        print_cell(table, stream, column, table->cells[i]);
        if (++column < table->column_count)
            continue;
        fputc('\n', stream);
        column = 0;
    }
    return true;
}

void table_free(table *table) {
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->widths);
    free(table);
}
