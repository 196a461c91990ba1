/* The core's locks in a forked child. */
#ifndef CORE_FORK_H
#define CORE_FORK_H

#include <stdbool.h>

/* From now on fork() waits for the core's own locks, so that none is held in the child by a thread that is not there.
 * Pools do the same for theirs, see pool_fork.c. False without memory. */
bool fork_watch(void);

#endif
