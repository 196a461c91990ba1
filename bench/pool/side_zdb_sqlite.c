#include "bench/pool/side_zdb.h"

const zdb_below zdb_database = {
    .url = "sqlite:///:memory:",
    .note = "SQLite in memory, which it asks SELECT 1 at each checkout",
    .opened = worker_sqlite_opened,
};
