/* The entry point and the table of slots. Savepoints, ping and loops over rows are the core's defaults. */
#include "sqlite.h"

const berth_services *sqlite_services;

static const char *const schemes[] = {"sqlite", NULL};

static const berth_driver driver = {
    .struct_size = sizeof(berth_driver),
    .abi_minor = BERTH_ABI_MINOR,
    .name = "sqlite",
    .version = BERTH_VERSION " (SQLite " SQLITE_VERSION ")",
    .schemes = schemes,
    .capabilities = BERTH_CAP_TRANSACTIONS | BERTH_CAP_SAVEPOINTS | BERTH_CAP_READ_ONLY | BERTH_CAP_TRANSACTIONAL_DDL |
                    BERTH_CAP_LOST_TX_LEAVES_NOTHING | BERTH_CAP_PREPARE | BERTH_CAP_STREAMING | BERTH_CAP_CANCEL |
                    BERTH_CAP_STATEMENT_TIMEOUT | BERTH_CAP_AFFECTED_ROWS | BERTH_CAP_LAST_INSERT_ID |
                    BERTH_CAP_RETURNING_INSERT | BERTH_CAP_RETURNING_UPDATE | BERTH_CAP_RETURNING_DELETE |
                    BERTH_CAP_FLOAT_INF | BERTH_CAP_TEXT_NUL | BERTH_CAP_BLOB | BERTH_CAP_UPSERT | BERTH_CAP_METADATA,
    .dialect = &sqlite_dialect,
    .options = sqlite_options,
    .connect = sqlite_connect,
    .close = sqlite_close,
    .execute = sqlite_execute,
    .fetch = sqlite_fetch,
    .finish = sqlite_finish,
    .transaction_state = sqlite_transaction_state,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .prepare = sqlite_prepare,
    .unprepare = sqlite_unprepare,
    .cancel = sqlite_cancel,
    .classify = sqlite_classify,
    .traits = sqlite_traits,
    .server_info = sqlite_server_info,
};

BERTH_DRIVER_EXPORT(sqlite) {
    sqlite_services = services;
    return &driver;
}
