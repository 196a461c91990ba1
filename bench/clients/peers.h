/* What the sides of other libraries share. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "bench/clients/clients.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PEERS_DATABASE "berth_socket"
#define PEERS_TEXT_BYTES 1024

static inline bool peers_is_sqlite(clients_target target) {
    return target == CLIENTS_SQLITE_FILE || target == CLIENTS_SQLITE_MEMORY;
}

/* The file, or what opens a database in memory. */
static inline const char *peers_sqlite_path(clients_target target, const char *path) {
    return target == CLIENTS_SQLITE_MEMORY ? ":memory:" : path;
}

/* Runs the statements of clients_sqlite_script() one by one, for libraries that take one at a time. */
void peers_set_up_sqlite(clients_connection *database,
                         const char *(*ask)(clients_connection *database, const char *sql));

/* Whether a statement gives rows. */
bool peers_is_query(const char *sql);

/* PostgreSQL's address as libpq takes it. */
void peers_postgresql(char text[PEERS_TEXT_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
