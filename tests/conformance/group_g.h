/* What is shared of the checks of results. */
#ifndef TESTS_CONFORMANCE_GROUP_G_H
#define TESTS_CONFORMANCE_GROUP_G_H

#include "conformance.h"

/* A table with a column of each type that the dialect has, in the order of the types; returns how many. They are named
 * c0, c1 and so on, behind an `id`. */
int make_all_types(const char **table, berth_type types[BERTH_TYPE_COUNT]);

#endif
