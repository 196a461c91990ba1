/* The checks of what runs out, which are not in group_l.c. */
#ifndef TESTS_CONFORMANCE_GROUP_L_H
#define TESTS_CONFORMANCE_GROUP_L_H

#include "conformance.h"

void open_close_many(void);
void dlclose_leaves_nothing(void);
void oom_injection(void);
void fd_exhaustion(void);

#endif
