/* The checks of prepared statements, and those of very many or very long ones. */
#ifndef TESTS_CONFORMANCE_GROUP_E_H
#define TESTS_CONFORMANCE_GROUP_E_H

#include "conformance.h"

/* A driver that keeps no statements runs them all the same. */
void no_prepare(void);

void prepared_reexec_1000x(void);
void prepared_after_ddl(void);
void prepared_unknown_or_closed(void);
void prepared_stmt_limit_and_leak(void);
void prepare_of_non_preparable(void);
void bind_while_executing(void);

/* Bytes of this process in memory now, and at most so far; 0 where that says nothing, as with sanitizers. */
int64_t memory_now_bytes(void);
int64_t memory_peak_bytes(void);

#endif
