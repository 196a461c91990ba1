#include "bench/clients/harness.h"

extern const clients_api clients_postgresql_best, clients_postgresql_written, clients_mariadb_best,
    clients_mariadb_written, clients_sqlite_best, clients_sqlite_written;

/* Client libraries as fast as they go. */
static const clients_api *const best[CLIENTS_TARGETS] = {
    [CLIENTS_POSTGRESQL] = &clients_postgresql_best,
    [CLIENTS_MARIADB] = &clients_mariadb_best,
    [CLIENTS_SQLITE_FILE] = &clients_sqlite_best,
    [CLIENTS_SQLITE_MEMORY] = &clients_sqlite_best,
};

/* And as people write it. */
static const clients_api *const written[CLIENTS_TARGETS] = {
    [CLIENTS_POSTGRESQL] = &clients_postgresql_written,
    [CLIENTS_MARIADB] = &clients_mariadb_written,
    [CLIENTS_SQLITE_FILE] = &clients_sqlite_written,
    [CLIENTS_SQLITE_MEMORY] = &clients_sqlite_written,
};

/* The build says which peers there are, as PEER(soci) PEER(zdb) and so on. */
#ifdef BENCH_CLIENTS_PEERS
#define PEER(name) extern const clients_api clients_peer_##name;
BENCH_CLIENTS_PEERS
#undef PEER
#define PEER(name) &clients_peer_##name,
const clients_api *const clients_peers[] = {BENCH_CLIENTS_PEERS NULL};
#else
const clients_api *const clients_peers[] = {NULL};
#endif

const int clients_peer_count = sizeof clients_peers / sizeof *clients_peers - 1;

_Static_assert(sizeof clients_peers / sizeof *clients_peers <= CLIENTS_MAX_PEERS + 1, "more peers than columns");

const clients_api *clients_api_at(clients_target target, clients_column column) {
    int peer = (int)column - CLIENTS_FIRST_PEER;
    switch (column) {
    case CLIENTS_OURS:
        return &clients_berth;
    case CLIENTS_BEST:
    case CLIENTS_BEST_STORED:
        return best[target];
    case CLIENTS_WRITTEN:
        return written[target];
    default:
        return peer >= 0 && peer < clients_peer_count ? clients_peers[peer] : NULL;
    }
}

/* What is done instead; the work itself where nothing comes near. */
static const clients_work next_best[CLIENTS_WORKS] = {
    [CLIENTS_SESSION] = CLIENTS_SESSION,
    [CLIENTS_SESSION_PIPELINED] = CLIENTS_SESSION,
    [CLIENTS_TEN_PIPELINED] = CLIENTS_INSERT,
    [CLIENTS_POINT] = CLIENTS_POINT,
    [CLIENTS_ONE] = CLIENTS_ONE,
    [CLIENTS_READ] = CLIENTS_READ,
    [CLIENTS_READ_STORED] = CLIENTS_READ_STORED,
    [CLIENTS_READ_COLUMNS] = CLIENTS_READ,
    [CLIENTS_READ_ARROW] = CLIENTS_READ_COLUMNS,
    [CLIENTS_INSERT] = CLIENTS_INSERT,
    [CLIENTS_MANY] = CLIENTS_INSERT,
    [CLIENTS_BULK] = CLIENTS_MANY,
    [CLIENTS_SAME_STATEMENT] = CLIENTS_SAME_STATEMENT,
    [CLIENTS_MANY_STATEMENTS] = CLIENTS_MANY_STATEMENTS,
};

clients_work clients_work_of(const clients_api *api, clients_work work) {
    while (api->works[work] == NULL && next_best[work] != work)
        work = next_best[work];
    return work;
}

uint64_t clients_do(const clients_api *api, clients_connection *connection, clients_work work, int64_t first,
                    int64_t count, int64_t rows) {
    clients_work does = clients_work_of(api, work);
    uint64_t sum = 0;
    if (work != CLIENTS_TEN_PIPELINED || does == work)
        return api->works[does](connection, first, count, rows);
    for (int64_t i = 0; i < count; i++)
        sum += api->works[does](connection, first + i * CLIENTS_TEN, CLIENTS_TEN, rows);
    return sum;
}
