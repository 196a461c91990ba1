#include "bench/pool/worker.h"

#include <cstdio>
#include <cstdint>
#include <memory>
#include <soci/connection-pool.h>
#include <soci/session.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <soci/version.h>

/* lease() and give_back() are what soci::session(pool) calls, without the session around them. */
static std::unique_ptr<soci::connection_pool> connections;

static void describe(char *text, size_t bytes) {
    std::snprintf(text, bytes, "%d.%d.%d, SQLite in memory, lease and give_back", SOCI_VERSION / 100000,
                  SOCI_VERSION / 100 % 1000, SOCI_VERSION % 100);
}

static void open_pool(int size) {
    worker_sqlite_opened();
    connections.reset(new soci::connection_pool(static_cast<std::size_t>(size)));
    try {
        for (int i = 0; i < size; i++)
            connections->at(static_cast<std::size_t>(i)).open(soci::sqlite3, ":memory:");
    } catch (const std::exception &failure) {
        bench_die("SOCI: %s", failure.what());
    }
}

static void checkout(worker_lease *lease) {
    std::size_t position = connections->lease();
    lease->connection = reinterpret_cast<void *>(static_cast<std::uintptr_t>(position));
    lease->owner = worker_owner_at(static_cast<int>(position));
}

static void checkin(worker_lease *lease) {
    connections->give_back(static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(lease->connection)));
}

static void close_pool() {
    connections.reset();
}

const worker_side worker_this_side = {
    "SOCI", describe, open_pool, checkout, checkin, close_pool, worker_sqlite_opened,
};
