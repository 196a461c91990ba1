/* The checks of isolation, and what stands for a driver without transactions. */
#ifndef TESTS_CONFORMANCE_GROUP_C_H
#define TESTS_CONFORMANCE_GROUP_C_H

#include "conformance.h"

/* A session that is not autocommit is refused. */
void no_transactions(void);

void isolation_levels_accepted(void);
void dirty_read_absent(void);
void nonrepeatable_read(void);
void phantom(void);
void lost_update(void);
void lost_update_undetected(void);
void write_skew(void);

#endif
