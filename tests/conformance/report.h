/* What the program says of its outcomes. */
#ifndef TESTS_CONFORMANCE_REPORT_H
#define TESTS_CONFORMANCE_REPORT_H

#include <stdio.h>

#include "outcome.h"

/* All outcomes of a run, in order. */
typedef struct outcomes {
    outcome *items;
    size_t count;
    size_t counts[STATE_COUNT]; /* By state. */
} outcomes;

/* Takes the outcome over, with its texts. False without memory. */
bool outcomes_add(outcomes *outcomes, const outcome *outcome);
void outcomes_free(outcomes *outcomes);
/* Whether the driver is all right: no failure, no error, no unexpected pass, and something was checked. */
bool outcomes_good(const outcomes *outcomes);

/* One line for the console, and more for what went wrong. */
void report_outcome(const outcome *outcome);
/* The plain count, in one line. */
void report_counts(const outcomes *outcomes);
/* Both return false when the file can't be written, and say why on stderr. */
bool report_junit(const outcomes *outcomes, const char *path);
bool report_json(const outcomes *outcomes, const char *path);

#endif
