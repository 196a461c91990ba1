#include "bench/pool/side_zdb.h"

const zdb_below zdb_database = {
    .url = "sqlite:///:memory:", /* For libzdb a file of that name, which is not made before something is written. */
    .note = "SQLite, which it asks SELECT 1 at each checkout",
    .opened = worker_sqlite_opened,
};
