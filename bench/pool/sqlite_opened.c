#include "bench/pool/worker.h"

#include <sqlite3.h>
#include <stdatomic.h>

static atomic_int opened;

/* SQLite calls it for every connection that it opens, whoever asked for it. */
static int count(sqlite3 *connection, char **message, const sqlite3_api_routines *routines) {
    (void)connection;
    (void)message;
    (void)routines;
    atomic_fetch_add(&opened, 1);
    return SQLITE_OK;
}

int worker_sqlite_opened(void) {
    /* Adding it twice does nothing. */
    if (sqlite3_auto_extension((void (*)(void))count) != SQLITE_OK)
        bench_die("connections of SQLite can't be counted");
    return atomic_load(&opened);
}
