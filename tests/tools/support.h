/* What the suites of the program `berth` share: a folder, the program run as a user would, and its database. */
#ifndef TESTS_TOOLS_SUPPORT_H
#define TESTS_TOOLS_SUPPORT_H

#include <berth.h>

#include "tests/support/suite.h"

typedef struct support {
    char folder[64];
    char file[128]; /* The CSV file. */
    char url[256];
    char out[2048]; /* What the last run printed, without the folder. */
    char err[2048];
    char rows[4096]; /* What support_rows() has read. */
} support;

/* Makes the folder. The database is one of SQLite in it where `url` is NULL. */
support support_begin(const char *url);
void support_end(support *support);

/* Runs one statement, which must succeed. */
void support_execute(support *support, const char *sql);

/* The rows of a query: values with `|` between, `NULL` for a NULL, each row with a line end. */
const char *support_rows(support *support, const char *sql);

/* Writes the file; loads it into a table; returns the exit status. */
void support_write(support *support, const void *bytes, size_t length);
int support_load(support *support, const char *table, const char *content);

/* Runs `berth` with these arguments, written as a shell has them; `$file` and `$url` are known. */
int support_run(support *support, const char *arguments);

#endif
