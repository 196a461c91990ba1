/* What the kernel says of threads. */
#ifndef TESTS_SUPPORT_TASK_H
#define TESTS_SUPPORT_TASK_H

#include <stdbool.h>
#include <sys/types.h>

/* The calling thread. */
pid_t task_self(void);
/* Whether a thread of this process waits for something now. */
bool task_is_asleep(pid_t task);
/* Whether it does so each time of many: a thread that looks again and again does not. */
bool task_stays_asleep(pid_t task);
/* How many threads this process has. */
int task_count(void);

#endif
