/**
 * @file driver.h
 * What a driver is: the only header that a driver author needs. Start from a copy of drivers/template/.
 *
 * A driver is a shared object `berth_driver_NAME.so` that exports one function, berth_driver_v1(), which returns a
 * `static const berth_driver`: data about the database and a table of functions, "slots". It links nothing of Berth;
 * what it needs of it comes in the table of services.
 *
 * Required slots: connect, close, execute, fetch. A missing one among the others gets the default that stands at it.
 * Slots marked "pair" come together or not at all.
 *
 * Rules for every slot:
 * - A connection and what belongs to it are used by one thread at a time, in turn by different ones; only cancel() is
 *   called while another call runs.
 * - It returns BERTH_OK, or a failure of which it says in `error` what it knows: best through services->fail(). Where
 * it knows a native code or SQLSTATE only, it sets those and the message, returns BERTH_INTERNAL, and classify()
 * decides.
 * - `deadline_ns` is a point of CLOCK_MONOTONIC in nanoseconds, BERTH_NO_DEADLINE for none. A call that can block ends
 *   soon after it with BERTH_TIMEOUT, and BERTH_FLAG_CONNECTION_LOST where the connection is no longer usable.
 * - A connection that can't be used any more is told by BERTH_FLAG_CONNECTION_LOST. Then only close() follows.
 * - What it hands out (columns, rows, texts) is borrowed from the connection and lives as said there.
 * - It never retries by itself, reconnects, prints, calls exit() or abort(), or changes signal handlers.
 *
 * The table only ever grows at its end: `struct_size` tells the core how much a driver knows, and the services' and the
 * execution's own sizes tell the driver how much the core knows.
 */
#ifndef BERTH_DRIVER_H
#define BERTH_DRIVER_H

#include <berth/error.h>
#include <berth/isolation.h>
#include <berth/value.h>

BERTH_BEGIN_DECLS

#define BERTH_ABI_MINOR 1           /**< Counts up when something is appended; the major is in the entry's name. */
#define BERTH_NO_DEADLINE INT64_MAX /**< As `deadline_ns`: no limit. */
#define BERTH_DRIVER_ENTRY "berth_driver_v1" /**< The name of the entry point. */

/** A connection: each driver defines this struct for itself. */
typedef struct berth_driver_connection berth_driver_connection;
/** A prepared statement: each driver defines this struct for itself. */
typedef struct berth_driver_statement berth_driver_statement;

/* ---- Capabilities: a bit says that it works, and the conformance suite holds the driver to it. ---- */

#define BERTH_CAP_TRANSACTIONS (UINT64_C(1) << 0)       /**< BEGIN, COMMIT and ROLLBACK do what they say. */
#define BERTH_CAP_SAVEPOINTS (UINT64_C(1) << 1)         /**< Savepoints. */
#define BERTH_CAP_READ_ONLY (UINT64_C(1) << 2)          /**< Read-only transactions are enforced. */
#define BERTH_CAP_TRANSACTIONAL_DDL (UINT64_C(1) << 3)  /**< DDL rolls back; without it, DDL commits what is open. */
#define BERTH_CAP_TX_ABORTS_ON_ERROR (UINT64_C(1) << 4) /**< After an error only a rollback is taken. */
#define BERTH_CAP_LOST_TX_LEAVES_NOTHING                                                                               \
    (UINT64_C(1) << 5)                                   /**< A transaction whose COMMIT was never sent can't last. */
#define BERTH_CAP_RR_DETECTS_CONFLICT (UINT64_C(1) << 6) /**< A lost update at REPEATABLE READ is an error. */
#define BERTH_CAP_ROW_LOCKS (UINT64_C(1) << 7)           /**< SELECT ... FOR UPDATE. */
#define BERTH_CAP_PREPARE (UINT64_C(1) << 8)             /**< prepare() and unprepare() keep statements. */
#define BERTH_CAP_PIPELINE (UINT64_C(1) << 9)            /**< BERTH_EXECUTE_DEFER is honoured; sync() is there. */
#define BERTH_CAP_BATCH (UINT64_C(1) << 10)              /**< execute_many() is faster than a loop. */
#define BERTH_CAP_BULK (UINT64_C(1) << 11)               /**< bulk_*(). */
#define BERTH_CAP_STREAMING (UINT64_C(1) << 12)          /**< Rows come as they are read; memory stays flat. */
#define BERTH_CAP_CANCEL (UINT64_C(1) << 13)             /**< cancel(). */
#define BERTH_CAP_CANCEL_KEEPS_TX (UINT64_C(1) << 14)    /**< A cancelled statement leaves its transaction open. */
#define BERTH_CAP_STATEMENT_TIMEOUT (UINT64_C(1) << 15)  /**< A deadline ends a statement and keeps the connection. */
#define BERTH_CAP_AFFECTED_ROWS (UINT64_C(1) << 16)      /**< Counts of inserted, updated, deleted rows. */
#define BERTH_CAP_LAST_INSERT_ID (UINT64_C(1) << 17)     /**< The key that an INSERT made. */
#define BERTH_CAP_RETURNING_INSERT (UINT64_C(1) << 18)   /**< INSERT ... RETURNING. */
#define BERTH_CAP_RETURNING_UPDATE (UINT64_C(1) << 19)   /**< UPDATE ... RETURNING. */
#define BERTH_CAP_RETURNING_DELETE (UINT64_C(1) << 20)   /**< DELETE ... RETURNING. */
#define BERTH_CAP_COLUMN_TYPES (UINT64_C(1) << 21)       /**< Columns tell their type, for empty results too. */
#define BERTH_CAP_ENFORCES_TYPES (UINT64_C(1) << 22)     /**< A value of the wrong type or range is refused. */
#define BERTH_CAP_UINT64 (UINT64_C(1) << 23)             /**< Integers above INT64_MAX. */
#define BERTH_CAP_FLOAT_NAN (UINT64_C(1) << 24)          /**< NaN is stored. */
#define BERTH_CAP_FLOAT_INF (UINT64_C(1) << 25)          /**< Infinity is stored. */
#define BERTH_CAP_DECIMAL (UINT64_C(1) << 26)            /**< Decimals are computed with exactly, not only stored. */
#define BERTH_CAP_BOOL (UINT64_C(1) << 27)               /**< Bool is a type of the server's own. */
#define BERTH_CAP_JSON (UINT64_C(1) << 28)               /**< JSON is checked by the server. */
#define BERTH_CAP_UUID (UINT64_C(1) << 29)               /**< UUID is a type of the server's own. */
#define BERTH_CAP_TIME_ZONE (UINT64_C(1) << 30)          /**< The server knows instants (timestamptz) as such. */
#define BERTH_CAP_TEXT_NUL (UINT64_C(1) << 31)           /**< Text may hold U+0000. */
#define BERTH_CAP_CHECKS_UTF8 (UINT64_C(1) << 32)      /**< Text that is no UTF-8 is refused by the server or driver. */
#define BERTH_CAP_DIVISION_BY_ZERO (UINT64_C(1) << 33) /**< Division by zero is an error, not NULL. */
#define BERTH_CAP_NETWORK (UINT64_C(1) << 34)          /**< Talks to a server: hosts, ports, sockets. */
#define BERTH_CAP_AUTH (UINT64_C(1) << 35)             /**< Checks user and password. */
#define BERTH_CAP_TLS (UINT64_C(1) << 36)              /**< The tls settings are honoured. */
#define BERTH_CAP_SERVER_KILL (UINT64_C(1) << 37)      /**< A session can be ended from another one. */
#define BERTH_CAP_BLOB (UINT64_C(1) << 38)             /**< Blobs. */
#define BERTH_CAP_UPSERT (UINT64_C(1) << 39)           /**< The dialect's `upsert` works. */
#define BERTH_CAP_METADATA (UINT64_C(1) << 40)         /**< The dialect's metadata queries work. */
#define BERTH_CAP_FULL_RESET (UINT64_C(1) << 41)       /**< reset() restores settings, temporary tables, locks, all. */
#define BERTH_CAP_DEFAULT_CI (UINT64_C(1) << 42)       /**< Text compares without case by default. */
#define BERTH_CAP_PAD_SPACE (UINT64_C(1) << 43)        /**< Trailing spaces do not count in comparisons. */

/* ---- The dialect: how SQL is written for this database. ---- */

/** How the driver wants placeholders. */
#define BERTH_PLACEHOLDER_QUESTION UINT32_C(0) /**< `?` */
#define BERTH_PLACEHOLDER_DOLLAR UINT32_C(1)   /**< `$1`, `$2`; a name used twice is one number. */
#define BERTH_PLACEHOLDER_NUMBERED UINT32_C(2) /**< `?1`, `?2`; likewise. */

/** What the scanner must know, to leave literals, comments and quoted names alone. */
#define BERTH_LEX_BACKSLASH_ESCAPES UINT32_C(1)  /**< `'it\'s'` is one literal. */
#define BERTH_LEX_ESCAPE_STRINGS UINT32_C(2)     /**< `E'it\'s'` is one literal. */
#define BERTH_LEX_DOLLAR_QUOTES UINT32_C(4)      /**< `$tag$ ... $tag$` */
#define BERTH_LEX_NESTED_COMMENTS UINT32_C(8)    /**< Block comments nest. */
#define BERTH_LEX_HASH_COMMENTS UINT32_C(16)     /**< `# to the end of the line` */
#define BERTH_LEX_BACKTICKS UINT32_C(32)         /**< `` `name` `` */
#define BERTH_LEX_BRACKETS UINT32_C(64)          /**< `[name]` */
#define BERTH_LEX_DASH_NEEDS_SPACE UINT32_C(128) /**< `--` begins a comment only before white space. */

/** How INSERT becomes "or update". */
#define BERTH_UPSERT_NONE UINT32_C(0)
#define BERTH_UPSERT_ON_CONFLICT UINT32_C(1)      /**< ON CONFLICT (keys) DO UPDATE SET a = excluded.a */
#define BERTH_UPSERT_ON_DUPLICATE_KEY UINT32_C(2) /**< ON DUPLICATE KEY UPDATE a = VALUES(a) */

/** More of the dialect. */
#define BERTH_DIALECT_INLINE_INDEXES                                                                                   \
    UINT32_C(1) /**< Plain indexes stand in CREATE TABLE; no CREATE INDEX IF NOT EXISTS. */
#define BERTH_DIALECT_IDENTITY_IS_KEY UINT32_C(2) /**< `identity` has PRIMARY KEY in it. */

/** Facts about the SQL of a database. */
typedef struct berth_dialect {
    uint32_t struct_size;       /**< sizeof(berth_dialect). */
    uint32_t placeholder;       /**< BERTH_PLACEHOLDER_. */
    uint32_t lexical;           /**< BERTH_LEX_ bits. */
    uint32_t flags;             /**< BERTH_DIALECT_ bits. */
    uint32_t upsert;            /**< BERTH_UPSERT_. */
    uint32_t max_params;        /**< Placeholders in a statement at most; 0: not known. */
    uint32_t max_name;          /**< Bytes of a name at most; 0: no limit. */
    uint32_t isolation_levels;  /**< Bit 1 << berth_isolation for each level the server really has. */
    uint32_t default_isolation; /**< The berth_isolation without being asked. */
    char quote_open;            /**< Before a quoted name: `"`, or a backtick; 0 means `"`. Doubled inside. */
    char quote_close;           /**< Behind it; 0: as `quote_open`. */
    char reserved[2];           /**< Zero. */
    uint64_t max_value_bytes;   /**< The largest text or blob; 0: not known. */
    const char *types[32];      /**< DDL's name per berth_type; a decimal gets "(precision, scale)" behind it. */
    const char
        *sized_text;      /**< For text with a length, which is put behind as "(n)"; NULL: as types[BERTH_TYPE_TEXT]. */
    const char *identity; /**< Type and clause of a key that counts up. NULL: not supported. */
    const char *table_suffix; /**< Behind the closing parenthesis of CREATE TABLE; may be NULL. */
    /** Rows (name) of the tables in the current schema. The three queries may be NULL. */
    const char *tables_query;
    /** Rows (name, type, nullable 0/1, default, place in the primary key or 0) of the table `?`. */
    const char *columns_query;
    /** Rows (kind PRIMARY/UNIQUE/FOREIGN, constraint, column, referenced table, referenced column) of the table `?`. */
    const char *keys_query;
} berth_dialect;

/* ---- Options: what of a URL's query belongs to the driver. ---- */

#define BERTH_OPTION_TEXT UINT32_C(0)         /**< Any text. */
#define BERTH_OPTION_INTEGER UINT32_C(1)      /**< `minimum` to `maximum`. */
#define BERTH_OPTION_SWITCH UINT32_C(2)       /**< on or off; handed over as "on" or "off". */
#define BERTH_OPTION_CHOICE UINT32_C(3)       /**< One of `choices`. */
#define BERTH_OPTION_MILLISECONDS UINT32_C(4) /**< A duration; handed over as whole milliseconds. */
#define BERTH_OPTION_SECRET UINT32_C(5)       /**< Any text, never shown. */

/** One setting of the driver's own; the core checks it before connect() sees it. */
typedef struct berth_driver_option {
    const char *name;          /**< As in the URL: "busy_timeout". NULL ends the list. */
    uint32_t kind;             /**< BERTH_OPTION_. */
    uint32_t flags;            /**< Zero. */
    int64_t minimum;           /**< For numbers and durations. */
    int64_t maximum;           /**< For numbers and durations. */
    const char *choices;       /**< For a choice, with bars: "ro|rw|rwc". */
    const char *default_value; /**< What holds without it, as text; only for people to read. May be NULL. */
    const char *help;          /**< One line for people. */
    const char *alias_of;      /**< A portable setting that this is another name of, such as "tls_ca"; or NULL. */
} berth_driver_option;

/* ---- Connecting. ---- */

/** One server to try. */
typedef struct berth_host {
    const char *name; /**< A name or address without brackets, or an absolute path of a unix socket's folder or file. */
    uint32_t port;    /**< 0: the driver's default. */
    uint32_t reserved; /**< Zero. */
} berth_host;

/** One option that was given, checked against the driver's list. */
typedef struct berth_option {
    const char *name;  /**< As in the driver's list. */
    const char *value; /**< As the option's kind says. */
} berth_option;

#define BERTH_TLS_DEFAULT UINT32_C(0)     /**< Nothing was set: as the client library does by itself. */
#define BERTH_TLS_DISABLE UINT32_C(1)     /**< Never encrypted. */
#define BERTH_TLS_PREFER UINT32_C(2)      /**< Encrypted where the server can. */
#define BERTH_TLS_REQUIRE UINT32_C(3)     /**< Encrypted or not at all. */
#define BERTH_TLS_VERIFY_CA UINT32_C(4)   /**< ... and the certificate is by a trusted authority. */
#define BERTH_TLS_VERIFY_FULL UINT32_C(5) /**< ... and made out to the host. */

/** What to connect to: the URL in parts, decoded. Texts are UTF-8 without NUL, never NULL unless said. */
typedef struct berth_connect_info {
    uint32_t struct_size;         /**< How much of this struct the core knows. */
    uint32_t host_count;          /**< 0 for a file or the default. */
    const berth_host *hosts;      /**< In the order to try. */
    const char *user;             /**< NULL where none was given. */
    const char *password;         /**< NULL where none was given. Never to be shown. */
    const char *database;         /**< The path without its first slash; for `sqlite:////a` that is "/a"; "" if none. */
    const char *application_name; /**< "" if none. */
    uint32_t tls;                 /**< BERTH_TLS_. A driver without BERTH_CAP_TLS is never given more than PREFER. */
    uint32_t option_count;        /**< How many `options`. */
    const char *tls_ca;           /**< NULL where none was given. */
    const char *tls_cert;         /**< Likewise. */
    const char *tls_key;          /**< Likewise. */
    const berth_option *options;  /**< The driver's own options that were given. */
    void *context;                /**< To be handed to services->notice(). */
} berth_connect_info;

/** traits(): all sessions must share one connection, since another one would see another database. */
#define BERTH_TRAIT_ONE_CONNECTION UINT32_C(1)

/** close(): we are in a forked child. Give up descriptors and memory, but say no word to the server. */
#define BERTH_CLOSE_FORKED UINT32_C(1)

/* ---- Transactions. ---- */

#define BERTH_TX_IDLE INT32_C(0)    /**< No transaction. */
#define BERTH_TX_ACTIVE INT32_C(1)  /**< In a transaction. */
#define BERTH_TX_FAILED INT32_C(2)  /**< In one that only takes a rollback. */
#define BERTH_TX_UNKNOWN INT32_C(3) /**< Can't be told; the connection will be closed. */

/** A flag of an error of commit(), beside those of error.h: the connection was lost before COMMIT was sent, so that it
 * certainly did not happen. Without it, any loss during commit() is BERTH_OUTCOME_UNKNOWN. Programs never see it. */
#define BERTH_FLAG_NOT_SENT UINT32_C(0x80000000)

/** begin(). */
typedef struct berth_begin {
    uint32_t struct_size; /**< How much of this struct the core knows. */
    uint32_t isolation;   /**< A berth_isolation that the dialect lists, or 0 for the default. */
    uint32_t read_only;   /**< 0 or 1. */
    uint32_t flags;       /**< BERTH_EXECUTE_DEFER or 0. */
} berth_begin;

/* ---- Executing. ---- */

#define BERTH_EXECUTE_DISCARD                                                                                          \
    UINT32_C(1)                         /**< Nobody reads the rows: run to the end, drop them, leave nothing open.     \
                                         */
#define BERTH_EXECUTE_DEFER UINT32_C(2) /**< May be queued: a failure may show at a later call or at sync(). */

/** One execution: what to run, and what came of it. */
typedef struct berth_execution {
    uint32_t struct_size;              /**< How much of this struct the core knows. */
    uint32_t flags;                    /**< BERTH_EXECUTE_ bits. */
    berth_driver_statement *statement; /**< The prepared statement, or NULL to run `sql`. */
    const char *sql;                   /**< In the dialect's placeholders, NUL-terminated; also with a statement. */
    uint64_t sql_length;               /**< Without the NUL. */
    const berth_value *params;         /**< Checked by the core: as many as placeholders; text may be unterminated. */
    uint32_t param_count;              /**< How many `params`. */
    uint32_t column_count;             /**< Out: 0 for a statement without rows. The core sets 0 before. */
    const berth_column_info *columns;  /**< Out: borrowed until finish() or the next execution. */
    int64_t affected_rows;             /**< Out: -1 where not known or deferred. The core sets -1 before. */
    int64_t last_insert_id;            /**< Out: 0 for none. The core sets 0 before. */
} berth_execution;

/** What bulk_begin() loads into. */
typedef struct berth_bulk {
    uint32_t struct_size;       /**< How much of this struct the core knows. */
    uint32_t column_count;      /**< Values in each row. */
    const char *table;          /**< Not quoted. */
    const char *const *columns; /**< Not quoted, `column_count` of them. */
} berth_bulk;

/** A column of a batch: where its values go. */
typedef struct berth_batch_column {
    uint32_t type;       /**< Values of this berth_type go in as they are; UINT32_MAX: those of none do. */
    uint32_t has_data;   /**< 1: their bytes go into `data`, and each row's end there into `values`. */
    void *values;        /**< 8 bytes a row; with `has_data`, int32_t, and the first row's end is the second of them. */
    char *data;          /**< The bytes of all rows. */
    uint64_t data_bytes; /**< How many there are. */
    uint64_t data_room;  /**< For how many more there is room. */
} berth_batch_column;

/** Rows that become columns. The core makes it; berth_batch_put() and berth_batch_put_row() fill it. */
typedef struct berth_batch {
    uint32_t struct_size;               /**< How much of this struct the core knows. */
    uint32_t column_count;              /**< Those of the result. */
    berth_batch_column *const *columns; /**< One each. */
    uint64_t row_count;                 /**< Rows that are complete. */
    uint64_t row_limit;                 /**< How many are wanted. */
    /** Takes any value for a column of the row `row_count`. 0: the row is refused. */
    int32_t (*put)(struct berth_batch *batch, uint32_t column, const berth_value *value);
    uint64_t is_refused; /**< put() has refused a row. */
} berth_batch;

/**
 * Puts a value into a column of the row `row_count`; all columns of a row get one, in their order.
 *
 * @return false when the row is refused: it stays the next one of the result, and fetch_batch() returns BERTH_OK.
 */
static inline bool berth_batch_put(berth_batch *batch, uint32_t index, const berth_value *value) {
    berth_batch_column *column = batch->columns[index];
    if (value->type != column->type)
        return batch->put(batch, index, value) != 0;
    if (!column->has_data) {
        memcpy((int64_t *)column->values + batch->row_count, &value->as, sizeof(int64_t));
        return true;
    }
    if (value->length > column->data_room)
        return batch->put(batch, index, value) != 0;
    if (value->length > 0)
        memcpy(column->data + column->data_bytes, value->as.data, (size_t)value->length);
    column->data_bytes += value->length;
    column->data_room -= value->length;
    ((int32_t *)column->values)[batch->row_count + 1] = (int32_t)column->data_bytes;
    return true;
}

/** Puts a whole row, and counts it. False when it is refused. */
static inline bool berth_batch_put_row(berth_batch *batch, const berth_value *row) {
    for (uint32_t i = 0; i < batch->column_count; i++)
        if (!berth_batch_put(batch, i, &row[i]))
            return false;
    batch->row_count++;
    return true;
}

/** What server_info() tells; texts borrowed from the connection. */
typedef struct berth_server_info {
    uint32_t struct_size; /**< How much of this struct the core knows. */
    uint32_t version;     /**< major * 10000 + minor * 100 + patch. */
    const char *product;  /**< "SQLite", "PostgreSQL", "MariaDB", "MySQL". */
    const char *text;     /**< The server's own version text. */
} berth_server_info;

/** Looking for an answer before sleeping; one for each connection. All zeros, but for the budget. */
typedef struct berth_busy_poll {
    int64_t budget_ns; /**< How long to look at most; 0: not at all. */
    uint32_t pause;    /**< The core's, as what follows: waits that are left out after one that did not pay. */
    uint32_t skips;    /**< ... and are still to come. */
} berth_busy_poll;

/** What a driver gets from the core. Lives as long as the process; every function may be called from any thread. */
typedef struct berth_services {
    uint32_t struct_size; /**< How much the core offers. */
    uint32_t abi_minor;   /**< The core's BERTH_ABI_MINOR. */

    /** Fills `error` (which may be NULL): clears it, sets status and message. @return `status`. */
    int32_t (*fail)(berth_error *error, int32_t status, const char *format, ...) BERTH_PRINTF(3, 4);
    /** A notice or warning of the server. `context` is berth_connect_info's. */
    void (*notice)(void *context, const char *text);
    /** As malloc(); for what the driver keeps for itself, so that tests can let it fail. */
    void *(*allocate)(size_t bytes);
    /** As realloc(). */
    void *(*reallocate)(void *memory, size_t bytes);
    /** As free(). */
    void (*release)(void *memory);
    /** CLOCK_MONOTONIC in nanoseconds. */
    int64_t (*now_ns)(void);
    /** berth_value_format(). */
    size_t (*format)(const berth_value *value, char *buffer, size_t size);
    /** berth_value_parse(). */
    int32_t (*parse)(int32_t type, const char *text, size_t length, berth_value *value);
    /** Calls `is_there` again and again until it does not return 0, at most for the budget. Where that does not pay,
     * because nothing comes in time or the processor was wanted for the server, it leaves out the next wait, then two,
     * four, at most 1024. `is_there` must be quick, as a look at a socket. @return What it said last; 0: sleep now. */
    int32_t (*busy_poll)(berth_busy_poll *poll, int32_t (*is_there)(void *context), void *context);
} berth_services;

/** A driver: data and slots. */
typedef struct berth_driver {
    uint32_t struct_size;               /**< sizeof(berth_driver). */
    uint32_t abi_minor;                 /**< BERTH_ABI_MINOR. */
    const char *name;                   /**< [a-z][a-z0-9]*: the file is berth_driver_NAME.so. */
    const char *version;                /**< The driver's, and in parentheses its client library's. */
    const char *const *schemes;         /**< What URLs it serves, NULL-terminated. */
    uint64_t capabilities;              /**< BERTH_CAP_ bits. */
    const berth_dialect *dialect;       /**< How its SQL is written. */
    const berth_driver_option *options; /**< Ends with a NULL name. May be NULL. */

    /* Required. */

    /** Connects and makes the connection ready: UTF-8, UTC, strict types. Finds out here when there is no database. */
    int32_t (*connect)(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                       berth_error *error);
    /** Ends a connection, whatever its state; frees its statements that are left. Never fails. */
    void (*close)(berth_driver_connection *connection, uint32_t flags);
    /** Runs a statement. A result that is still open is the core's mistake and never happens. */
    int32_t (*execute)(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                       berth_error *error);
    /** The next row of the open result: `column_count` values, valid until the next call; `*row` is NULL at the end,
     * and then the result is no longer open. Text has a NUL behind it. After a failure the result is no longer open. */
    int32_t (*fetch)(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                     berth_error *error);

    /* Wanted. */

    /** Ends a result before its end. Default: fetches the rest. */
    int32_t (*finish)(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
    /** One round trip. Default: executes SELECT 1. */
    int32_t (*ping)(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
    /** A free look, no round trip: 0 when the connection is known to be dead. Default: 1. */
    int32_t (*is_alive)(berth_driver_connection *connection);
    /** BERTH_TX_, from the client library, never from a guess. Default: what the core has begun and ended itself. */
    int32_t (*transaction_state)(berth_driver_connection *connection);
    /** Begins a transaction. Default: BEGIN, after SET TRANSACTION where something is asked for; a server where that
     * only counts inside the transaction, as PostgreSQL, needs a slot of its own. */
    int32_t (*begin)(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                     berth_error *error);
    /** Commits. Default: COMMIT. A commit that isn't one is a failure; one whose answer never came is
     * BERTH_OUTCOME_UNKNOWN, which the core also makes of every loss without BERTH_FLAG_NOT_SENT. */
    int32_t (*commit)(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
    /** Rolls back; fine without a transaction. Default: ROLLBACK. */
    int32_t (*rollback)(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
    /** All three together. Sets a savepoint; names are [a-z0-9_]+ and unique. Default: SAVEPOINT. */
    int32_t (*savepoint)(berth_driver_connection *connection, const char *name, int64_t deadline_ns,
                         berth_error *error);
    /** Keeps what came after a savepoint. Default: RELEASE SAVEPOINT. */
    int32_t (*savepoint_release)(berth_driver_connection *connection, const char *name, int64_t deadline_ns,
                                 berth_error *error);
    /** Undoes what came after a savepoint, which stays. Default: ROLLBACK TO SAVEPOINT. */
    int32_t (*savepoint_rollback)(berth_driver_connection *connection, const char *name, int64_t deadline_ns,
                                  berth_error *error);
    /** As if newly connected. Default: none; `reset=full` is then refused. */
    int32_t (*reset)(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
    /** Pair. Prepares; `*statement` lives until unprepare() or close(). Default: statements are not kept. */
    int32_t (*prepare)(berth_driver_connection *connection, const char *sql, uint64_t sql_length, int64_t deadline_ns,
                       berth_driver_statement **statement, berth_error *error);
    /** Pair. Frees a prepared statement; never fails. */
    void (*unprepare)(berth_driver_connection *connection, berth_driver_statement *statement);
    /** Ends the call that another thread is in; its caller holds the connection open. Default: NOT_SUPPORTED. */
    int32_t (*cancel)(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
    /** Sends what was deferred and waits for all of it, as each call does that is not deferred itself. The first
     * failure is reported by the call that meets it, with its `index`: deferred statements are counted since a call has
     * last waited for all of them, or has failed. A failed begin() that was deferred, or the failure of the call's own
     * statement, has none (-1). What was deferred behind a failure is dropped. Default: nothing is ever deferred. */
    int32_t (*sync)(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
    /** Runs one statement for `row_count` rows of `param_count` values, row by row in `params`. `affected_rows` is the
     * sum. A failure says the row in `index` where known. Default: execute() in a loop. */
    int32_t (*execute_many)(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                            int64_t deadline_ns, berth_error *error);
    /** All four together. Begins to load rows by the fastest path of the server. */
    int32_t (*bulk_begin)(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                          berth_error *error);
    /** Loads `row_count` rows of the bulk's `column_count` values, row by row in `values`, which it copies or sends
     * before it returns. A failure says the row of these in `index`, from 0, where known; bulk_abort() follows. */
    int32_t (*bulk_rows)(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                         int64_t deadline_ns, berth_error *error);
    /** Ends the load; `*rows` gets how many rows it loaded. It has ended after a failure too, whose `index` counts from
     * the load's first row. */
    int32_t (*bulk_end)(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns, berth_error *error);
    /** Ends the load without keeping its rows. */
    void (*bulk_abort)(berth_driver_connection *connection);
    /** A status for what the server said, for failures returned as BERTH_INTERNAL. May set flags. Default: by SQLSTATE
     * class. */
    int32_t (*classify)(int64_t native_code, const char *sqlstate, uint32_t *flags);
    /** BERTH_TRAIT_ bits of a database, told without connecting. Default: 0. */
    uint32_t (*traits)(const berth_connect_info *info);
    /** Which server this is. Default: NOT_SUPPORTED. */
    int32_t (*server_info)(berth_driver_connection *connection, berth_server_info *info, berth_error *error);

    /* Since ABI minor 1. */

    /** Reads rows of the open result into columns, until there are `row_limit` of them, put() refuses one, or there are
     * no more; then, as after a failure, the result is no longer open. Of one result, rows are asked for by this slot
     * alone or by fetch() alone. Default: fetch() in a loop. */
    int32_t (*fetch_batch)(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                           berth_error *error);
} berth_driver;

#if defined(BERTH_DRIVER_STATIC)
#define BERTH_DRIVER_EXPORT(name)                                                                                      \
    const berth_driver *berth_##name##_driver_v1(const berth_services *services);                                      \
    const berth_driver *berth_##name##_driver_v1(const berth_services *services)
#else
/**
 * The entry point that a driver exports: `BERTH_DRIVER_EXPORT(name) { ... }`, which returns its table. Called by one
 * thread at a time, perhaps more than once, always with the same services; it must not call the program's side of
 * Berth.
 */
#define BERTH_DRIVER_EXPORT(name)                                                                                      \
    BERTH_API const berth_driver *berth_driver_v1(const berth_services *services);                                     \
    BERTH_API const berth_driver *berth_driver_v1(const berth_services *services)
#endif

BERTH_END_DECLS

#endif
