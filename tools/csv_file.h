/* CSV as RFC 4180 has it, row by row. */
#ifndef TOOLS_CSV_FILE_H
#define TOOLS_CSV_FILE_H

#include <berth.h>
#include <stdio.h>

typedef struct csv_field {
    size_t offset; /* In the row's bytes. */
    size_t length;
    uint64_t line; /* Where it begins, from 1. */
    bool is_null;  /* Empty and without quotes. */
} csv_field;

typedef struct csv_row {
    csv_field *fields; /* At least one. */
    size_t count;
    char *bytes; /* The taker may change them. */
} csv_row;

/* Takes one row, which is gone afterwards. False ends the reading. */
typedef bool (*csv_row_taker)(csv_row *row, void *context);

/* Reads to the end. What is wrong with the file fails the session; the message names line and column. */
void csv_file_read(FILE *stream, berth_session *session, csv_row_taker take, void *context);

#endif
