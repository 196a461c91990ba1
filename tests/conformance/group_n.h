/* The checks of rows as columns, which are not in group_n.c. */
#ifndef TESTS_CONFORMANCE_GROUP_N_H
#define TESTS_CONFORMANCE_GROUP_N_H

#include "conformance.h"

void columns_are_what_getters_say(void);
void row_without_room_comes_next(void);

#endif
