/* A table with aligned columns. */
#ifndef TRACKER_TABLE_H
#define TRACKER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct table_column {
    const char *title;
    bool right;    /* Numbers stand to the right. */
    size_t widest; /* Longer text is cut with "…"; 0: never. */
} table_column;

typedef struct table table;

/* `columns` is borrowed. NULL without memory, which the functions below take. */
table *table_new(const table_column *columns, size_t count);

/* Puts a text (copied) into the next cell, row by row. */
void table_add(table *table, const char *text);

/* Prints titles, a line and the rows. False when memory had run out; then nothing is printed. */
bool table_print(const table *table, FILE *stream);

void table_free(table *table);

#endif
