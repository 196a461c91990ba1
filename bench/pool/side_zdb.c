#include "bench/pool/side_zdb.h"

#include <stdio.h>
#include <time.h>
#include <zdb.h>

static URL_T url;
static ConnectionPool_T connections;

static void describe(char *text, size_t bytes) {
    snprintf(text, bytes, BENCH_ZDB_VERSION ", %s", zdb_database.note);
}

static void open_pool(int size) {
    zdb_database.opened();
    url = URL_new(zdb_database.url);
    if (url == NULL)
        bench_die("libzdb: not understood: %s", zdb_database.url);
    connections = ConnectionPool_new(url);
    ConnectionPool_setInitialConnections(connections, size);
    ConnectionPool_setMaxConnections(connections, size);
    /* When it fails it ends the program by itself. */
    ConnectionPool_start(connections);
}

/* It doesn't wait: a full pool gives nothing, and whoever needs a connection has to ask again after a while. */
static void checkout(worker_lease *lease) {
    static const struct timespec pause = {.tv_nsec = 1000000};
    while ((lease->connection = ConnectionPool_getConnection(connections)) == NULL)
        nanosleep(&pause, NULL);
    lease->owner = worker_owner_of(lease->connection);
}

static void checkin(worker_lease *lease) {
    Connection_close(lease->connection);
}

static void close_pool(void) {
    ConnectionPool_free(&connections);
    URL_free(&url);
}

static int opened(void) {
    return zdb_database.opened();
}

const worker_side worker_this_side = {
    .name = BENCH_ZDB_NAME,
    .describe = describe,
    .open = open_pool,
    .checkout = checkout,
    .checkin = checkin,
    .close = close_pool,
    .opened = opened,
};
