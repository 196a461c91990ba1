/* The capabilities by name, and the tables of docs/conformance.md. */
#ifndef TESTS_CONFORMANCE_CAPABILITIES_H
#define TESTS_CONFORMANCE_CAPABILITIES_H

#include "conformance.h"

typedef struct capability {
    uint64_t bit;
    const char *name;    /* As in driver.h, without BERTH_CAP_. */
    const char *meaning; /* In a few words. */
} capability;

/* All of them, up to one without a name. */
extern const capability capabilities[];

/* Writes docs/conformance.md's tables of the drivers of these URLs to stdout; connects to none of them. Returns the
 * exit status. */
int document_drivers(int url_count, char **urls);

#endif
