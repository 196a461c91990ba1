/* The checks of errors that are not in group_j.c: other transactions in the way, limits, rights. */
#ifndef TESTS_CONFORMANCE_GROUP_J_H
#define TESTS_CONFORMANCE_GROUP_J_H

#include "conformance.h"

void deadlock(void);
void no_row_locks(void);
void serialization(void);
void lock_timeout(void);
void lock_not_awaited(void);
void query_cancelled(void);
void cancel_refused(void);
void statement_timeout(void);
void timeout_harmless(void);

void read_only(void);
void disk_full(void);
void permission_denied(void);
void nobody_to_deny(void);

#endif
