/* The entry point and the table of slots. Savepoints are the core's default. */
#include <pg_config.h>

#include "postgresql.h"

const berth_services *postgresql_services;

static const char *const schemes[] = {"postgresql", "postgres", NULL};

static const berth_driver driver = {
    .struct_size = sizeof(berth_driver),
    .abi_minor = BERTH_ABI_MINOR,
    .name = "postgresql",
    .version = BERTH_VERSION " (libpq " PG_MAJORVERSION ")",
    .schemes = schemes,
    .capabilities = BERTH_CAP_TRANSACTIONS | BERTH_CAP_SAVEPOINTS | BERTH_CAP_READ_ONLY | BERTH_CAP_TRANSACTIONAL_DDL |
                    BERTH_CAP_TX_ABORTS_ON_ERROR | BERTH_CAP_LOST_TX_LEAVES_NOTHING | BERTH_CAP_RR_DETECTS_CONFLICT |
                    BERTH_CAP_ROW_LOCKS | BERTH_CAP_PREPARE | BERTH_CAP_PIPELINE | BERTH_CAP_BATCH | BERTH_CAP_BULK |
                    BERTH_CAP_STREAMING | BERTH_CAP_CANCEL | BERTH_CAP_CANCEL_KEEPS_TX | BERTH_CAP_STATEMENT_TIMEOUT |
                    BERTH_CAP_AFFECTED_ROWS | BERTH_CAP_RETURNING_INSERT | BERTH_CAP_RETURNING_UPDATE |
                    BERTH_CAP_RETURNING_DELETE | BERTH_CAP_COLUMN_TYPES | BERTH_CAP_ENFORCES_TYPES |
                    BERTH_CAP_FLOAT_NAN | BERTH_CAP_FLOAT_INF | BERTH_CAP_DECIMAL | BERTH_CAP_BOOL | BERTH_CAP_JSON |
                    BERTH_CAP_UUID | BERTH_CAP_TIME_ZONE | BERTH_CAP_CHECKS_UTF8 | BERTH_CAP_DIVISION_BY_ZERO |
                    BERTH_CAP_NETWORK | BERTH_CAP_AUTH | BERTH_CAP_TLS | BERTH_CAP_SERVER_KILL | BERTH_CAP_BLOB |
                    BERTH_CAP_UPSERT | BERTH_CAP_METADATA | BERTH_CAP_FULL_RESET,
    .dialect = &postgresql_dialect,
    .options = postgresql_options,
    .connect = postgresql_connect,
    .close = postgresql_close,
    .execute = postgresql_execute,
    .fetch = postgresql_fetch,
    .finish = postgresql_finish,
    .ping = postgresql_ping,
    .is_alive = postgresql_is_alive,
    .transaction_state = postgresql_transaction_state,
    .begin = postgresql_begin,
    .commit = postgresql_commit,
    .rollback = postgresql_rollback,
    .reset = postgresql_reset,
    .prepare = postgresql_prepare,
    .unprepare = postgresql_unprepare,
    .cancel = postgresql_cancel,
    .sync = postgresql_sync,
    .execute_many = postgresql_execute_many,
    .bulk_begin = postgresql_bulk_begin,
    .bulk_rows = postgresql_bulk_rows,
    .bulk_end = postgresql_bulk_end,
    .bulk_abort = postgresql_bulk_abort,
    .classify = postgresql_classify,
    .server_info = postgresql_server_info,
    .fetch_batch = postgresql_fetch_batch,
};

BERTH_DRIVER_EXPORT(postgresql) {
    postgresql_services = services;
    return &driver;
}
