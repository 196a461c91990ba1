/* Allocations that fail when a check wants it: malloc() and its kin of the whole program, libraries included. */
#ifndef TESTS_CONFORMANCE_MEMORY_H
#define TESTS_CONFORMANCE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Whether this program has its hands on malloc(): not under a sanitizer, which brings its own. */
bool memory_can_fail(void);
/* From now on the `number`th allocation of this thread, from 1, fails once. Unless `everywhere`, only those count that
 * Berth or a driver of it makes itself, not those of client libraries. */
void memory_fail_at(uint64_t number, bool everywhere);
/* No more failures; whether one has happened. */
bool memory_fail_end(void);

#endif
