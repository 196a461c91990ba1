/* The entry point and the table of slots. Savepoints and ping are the core's defaults. */
#include "sqlite.h"

const berth_services *sqlite_services;

#ifdef NDEBUG
#define GUARDED(slot) sqlite_##slot
#else
#define GUARDED(slot) sqlite_guarded_##slot
#endif

static const char *const schemes[] = {"sqlite", NULL};

static const berth_driver driver = {
    .struct_size = sizeof(berth_driver),
    .abi_minor = BERTH_ABI_MINOR,
    .name = "sqlite",
    .version = BERTH_VERSION " (SQLite " SQLITE_VERSION ")",
    .schemes = schemes,
    .capabilities = BERTH_CAP_TRANSACTIONS | BERTH_CAP_SAVEPOINTS | BERTH_CAP_READ_ONLY | BERTH_CAP_TRANSACTIONAL_DDL |
                    BERTH_CAP_LOST_TX_LEAVES_NOTHING | BERTH_CAP_PREPARE | BERTH_CAP_BATCH | BERTH_CAP_BULK |
                    BERTH_CAP_STREAMING | BERTH_CAP_CANCEL | BERTH_CAP_STATEMENT_TIMEOUT | BERTH_CAP_AFFECTED_ROWS |
                    BERTH_CAP_LAST_INSERT_ID | BERTH_CAP_RETURNING_INSERT | BERTH_CAP_RETURNING_UPDATE |
                    BERTH_CAP_RETURNING_DELETE | BERTH_CAP_FLOAT_INF | BERTH_CAP_TEXT_NUL | BERTH_CAP_BLOB |
                    BERTH_CAP_UPSERT | BERTH_CAP_METADATA,
    .dialect = &sqlite_dialect,
    .options = sqlite_options,
    .connect = sqlite_connect,
    .close = sqlite_close,
    .execute = GUARDED(execute),
    .fetch = GUARDED(fetch),
    .finish = GUARDED(finish),
    .transaction_state = sqlite_transaction_state,
    .begin = GUARDED(begin),
    .commit = GUARDED(commit),
    .rollback = GUARDED(rollback),
    .prepare = GUARDED(prepare),
    .unprepare = sqlite_unprepare,
    .cancel = sqlite_cancel,
    .execute_many = GUARDED(execute_many),
    .bulk_begin = GUARDED(bulk_begin),
    .bulk_rows = GUARDED(bulk_rows),
    .bulk_end = GUARDED(bulk_end),
    .bulk_abort = sqlite_bulk_abort,
    .classify = sqlite_classify,
    .traits = sqlite_traits,
    .server_info = sqlite_server_info,
    .fetch_batch = GUARDED(fetch_batch),
};

BERTH_DRIVER_EXPORT(sqlite) {
    sqlite_services = services;
    return &driver;
}
