#include "bench/pool/side_zdb.h"

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdlib.h>

/* These few functions stand before libpq's: connections of PostgreSQL that are always well, and no server. To check one
 * libzdb calls PQstatus() alone. */
#define EXPORTED __attribute__((visibility("default")))

struct pg_conn {
    char nothing;
};

static atomic_int opened_count;

EXPORTED PGconn *PQconnectdb(const char *conninfo) {
    (void)conninfo;
    atomic_fetch_add(&opened_count, 1);
    return calloc(1, sizeof(PGconn));
}

EXPORTED ConnStatusType PQstatus(const PGconn *conn) {
    (void)conn;
    return CONNECTION_OK;
}

EXPORTED PGresult *PQexec(PGconn *conn, const char *query) {
    (void)conn;
    bench_die("libzdb asked the stub of libpq: %s", query);
}

EXPORTED void PQfinish(PGconn *conn) {
    free(conn);
}

static int opened(void) {
    return atomic_load(&opened_count);
}

const zdb_below zdb_database = {
    .url = "postgresql://localhost/stub?user=stub&password=stub",
    .note = "PostgreSQL with a stub for libpq, no round trip at checkout",
    .opened = opened,
};
