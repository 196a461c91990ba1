/* What came of a check, and how a check's process tells it. */
#ifndef TESTS_CONFORMANCE_OUTCOME_H
#define TESTS_CONFORMANCE_OUTCOME_H

#include "conformance.h"

typedef enum state {
    STATE_PASS = 0,
    STATE_FAIL,
    STATE_NOT_DECLARED,    /* The driver does not claim it, and answers as one that does not must. */
    STATE_NOT_APPLICABLE,  /* It can't be for this database; the detail says why. */
    STATE_KNOWN_FAILURE,   /* Fails, as the list of known failures says. */
    STATE_UNEXPECTED_PASS, /* Does not fail, though the list says so. */
    STATE_ERROR,           /* Nothing was learnt: a crash, an endless wait, something missing. */
    STATE_COUNT
} state;

/* One check's outcome. `details` are lines, of which each failure is one; the caller's, to free. */
typedef struct outcome {
    const check_group *group;
    const check *check;
    state state;
    int64_t duration_ns;
    char *details;
    char *notes; /* Lines; facts that are neither right nor wrong. */
} outcome;

/* As the console and the reports write it: "pass", "not declared (verified)". */
const char *state_name(state state);

/* Runs the check in a process of its own, at most `limit_ms` long. `run` is its run() or undeclared(). */
void outcome_of(const check_group *group, const check *check, void (*run)(void), int64_t limit_ms, outcome *outcome);

#endif
