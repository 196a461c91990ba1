/* The entry point and the table of slots. Savepoints are the core's defaults. */
#include "client.h"

const berth_services *mydb_services;

static const char *const schemes[] = {"mysql", "mariadb", NULL};

#if defined(MARIADB_PACKAGE_VERSION)
#define CLIENT_VERSION "MariaDB Connector/C " MARIADB_PACKAGE_VERSION
#else
#define CLIENT_VERSION "libmysqlclient " MYSQL_SERVER_VERSION
#endif

#if defined(MYSQL_HAS_PIPELINE)
#define PIPELINE BERTH_CAP_PIPELINE
#else
#define PIPELINE UINT64_C(0)
#endif

/* What holds on MariaDB 10.11; docs/drivers-mysql.md has what differs on MySQL. */
#define CAPABILITIES                                                                                                   \
    (PIPELINE | BERTH_CAP_TRANSACTIONS | BERTH_CAP_SAVEPOINTS | BERTH_CAP_READ_ONLY | BERTH_CAP_ROW_LOCKS |            \
     BERTH_CAP_PREPARE | BERTH_CAP_BATCH | BERTH_CAP_BULK | BERTH_CAP_STREAMING | BERTH_CAP_CANCEL |                   \
     BERTH_CAP_CANCEL_KEEPS_TX | BERTH_CAP_STATEMENT_TIMEOUT | BERTH_CAP_AFFECTED_ROWS | BERTH_CAP_LAST_INSERT_ID |    \
     BERTH_CAP_RETURNING_INSERT | BERTH_CAP_RETURNING_DELETE | BERTH_CAP_COLUMN_TYPES | BERTH_CAP_ENFORCES_TYPES |     \
     BERTH_CAP_UINT64 | BERTH_CAP_DECIMAL | BERTH_CAP_JSON | BERTH_CAP_UUID | BERTH_CAP_TIME_ZONE |                    \
     BERTH_CAP_TEXT_NUL | BERTH_CAP_NETWORK | BERTH_CAP_AUTH | BERTH_CAP_TLS | BERTH_CAP_SERVER_KILL |                 \
     BERTH_CAP_BLOB | BERTH_CAP_UPSERT | BERTH_CAP_METADATA | BERTH_CAP_FULL_RESET | BERTH_CAP_DEFAULT_CI |            \
     BERTH_CAP_PAD_SPACE)

static const berth_driver driver = {
    .struct_size = sizeof(berth_driver),
    .abi_minor = BERTH_ABI_MINOR,
    .name = "mysql",
    .version = BERTH_VERSION " (" CLIENT_VERSION ")",
    .schemes = schemes,
    .capabilities = CAPABILITIES,
    .dialect = &mydb_dialect,
    .options = mydb_options,
    .connect = mydb_connect_open,
    .close = mydb_connect_close,
    .execute = mydb_execute_run,
    .fetch = mydb_execute_fetch,
    .finish = mydb_execute_finish,
    .ping = mydb_session_ping,
    .is_alive = mydb_session_is_alive,
    .transaction_state = mydb_transaction_state,
    .begin = mydb_transaction_begin,
    .commit = mydb_transaction_commit,
    .rollback = mydb_transaction_rollback,
    .reset = mydb_session_reset,
    .prepare = mydb_statement_prepare,
    .unprepare = mydb_statement_unprepare,
    .cancel = mydb_call_cancel,
#if defined(MYSQL_HAS_PIPELINE)
    .sync = mydb_pipeline_sync,
#endif
    .execute_many = mydb_many_run,
    .bulk_begin = mydb_bulk_begin,
    .bulk_rows = mydb_bulk_rows,
    .bulk_end = mydb_bulk_end,
    .bulk_abort = mydb_bulk_abort,
    .classify = mydb_errors_classify,
    .server_info = mydb_session_server_info,
    .fetch_batch = mydb_execute_fetch_batch,
};

BERTH_DRIVER_EXPORT(mysql) {
    /* Threads of this driver may be reading it when this is called again. */
    if (mydb_services == NULL)
        mydb_services = services;
    return &driver;
}
