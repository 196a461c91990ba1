/* What the whole program shares: where it reads and writes, and how a failure is told. */
#ifndef TRACKER_REPORT_H
#define TRACKER_REPORT_H

#include <berth.h>
#include <stdio.h>

/* The streams of one run, so that a test can give its own. */
typedef struct console {
    FILE *in;
    FILE *out;
    FILE *err;
    bool terminal; /* Whether `err` is one: only then a progress bar is drawn. */
} console;

/* Sets status and message. Returns `status`, so that a failure is one line. */
berth_status report_fail(berth_error *error, berth_status status, const char *format, ...) BERTH_PRINTF(3, 4);

/* Puts what was tried before the message that is there. */
berth_status report_prefix(berth_error *error, const char *format, ...) BERTH_PRINTF(2, 3);

/* "out of memory for ..." */
berth_status report_no_memory(berth_error *error, const char *what);

/* Prints "tracker: message" and, where there is one, what to do about it. */
void report_print(FILE *stream, const berth_error *error);

#endif
