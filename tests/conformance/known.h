/* Failures that are known: a file with a line each, the name of a check and why it fails. */
#ifndef TESTS_CONFORMANCE_KNOWN_H
#define TESTS_CONFORMANCE_KNOWN_H

#include <stdbool.h>

/* Reads the file; says on stderr what is wrong with it. `#` begins a comment. */
bool known_read(const char *path);
/* Why the check is known to fail, NULL where nothing is known. */
const char *known_failure(const char *name);

#endif
