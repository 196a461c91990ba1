/* What the tracker's suites share. */
#ifndef TESTS_TRACKER_SUPPORT_H
#define TESTS_TRACKER_SUPPORT_H

#include "tests/support/suite.h"

/* A new folder with a database URL in it; the texts live until support_end(), which removes the folder. The URL may be
 * replaced. */
typedef struct support {
    char folder[64];
    char url[512];
    int result;     /* Of the last support_run(): the exit status, ... */
    char *out;      /* ... what was printed ... */
    char *err;      /* ... and what went wrong. */
    char path[256]; /* Of the last support_path() or support_write(). */
} support;

support support_begin(void);
void support_end(support *support);

/* Runs the program with `--url` of the folder's database behind the command; arguments end with NULL. */
int support_run(support *support, const char *command, ...) __attribute__((sentinel));

/* Likewise, with a text as standard input and nothing added. */
int support_run_with(support *support, const char *input, ...) __attribute__((sentinel));

/* The path of a file in the folder. */
const char *support_path(support *support, const char *name);

/* Writes a file into the folder and returns its path. */
const char *support_write(support *support, const char *name, const char *content);

/* Writes a file of trades of one model, from the number `first` up to before `end`, closed at a price of 5; those from
 * `changed` up to before `changed_end` at 7. Returns its path. */
const char *support_write_trades(support *support, const char *name, int first, int end, int changed, int changed_end);

/* Loads two files at once, each in a process of its own. Returns how many have failed. */
int support_ingest_both(support *support, const char *first, const char *second);

/* A whole file; the caller's to free. NULL where it can't be read. */
char *support_read(const char *path);

/* Every value of every table, in order, as text; the caller's to free. */
char *support_dump(support *support);

/* The folder with the real answers: BERTH_NOF1_DIR of the environment, else the one beside the repository; NULL where
 * there is none. */
const char *support_nof1(void);

/* Makes the tables and loads the real answers. */
void support_load_nof1(support *support);

/* One value as text, of a query's first row; kept until the next call. */
const char *support_value(support *support, const char *sql);

#endif
