/* A worker: a program with one pool in it, which does the cells of work that it is asked for. */
#ifndef BENCH_POOL_WORKER_H
#define BENCH_POOL_WORKER_H

#include "bench/bench_common.h"

/* Who holds one connection at this moment (owners.c). */
typedef struct worker_owner worker_owner;

/* A connection that is out. */
typedef struct worker_lease {
    void *connection; /* The side's own. */
    worker_owner *owner;
} worker_lease;

/* The pool to measure. A failure ends the program by bench_die(). */
typedef struct worker_side {
    const char *name;
    /* What exactly is measured, in a few words. */
    void (*describe)(char *text, size_t bytes);
    /* A pool that never has more than `size` connections. */
    void (*open)(int size);
    /* Waits for as long as it takes. Any thread. */
    void (*checkout)(worker_lease *lease);
    void (*checkin)(worker_lease *lease);
    void (*close)(void);
    /* How many connections were opened until now. */
    int (*opened)(void);
} worker_side;

/* Every worker is linked with one side, in side_NAME.c. */
#ifdef __cplusplus
extern "C" {
#endif
extern const worker_side worker_this_side;

/* The owner of connection `index`, from 0. */
worker_owner *worker_owner_at(int index);

/* The owner of the connection that has this address, for pools whose connections carry nothing of ours. Ends the
 * program when the pool shows more connections than it may have. */
worker_owner *worker_owner_of(const void *address);

/* For sides with SQLite below: how many connections the process opened, counted from the first call on. */
int worker_sqlite_opened(void);

#ifdef __cplusplus
}
#endif

#endif
