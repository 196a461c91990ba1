/* libzdb is measured over two databases, since it checks a connection at every checkout by whatever its driver does. */
#ifndef BENCH_POOL_SIDE_ZDB_H
#define BENCH_POOL_SIDE_ZDB_H

#include "bench/pool/worker.h"

typedef struct zdb_below {
    const char *url;
    const char *note;
    int (*opened)(void); /* As worker_side.opened. */
} zdb_below;

/* In side_zdb_sqlite.c or side_zdb_stub.c. */
extern const zdb_below zdb_database;

#endif
