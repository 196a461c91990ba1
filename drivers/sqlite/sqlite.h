/* What the parts of the SQLite driver share. */
#ifndef DRIVERS_SQLITE_SQLITE_H
#define DRIVERS_SQLITE_SQLITE_H

#include <berth/driver.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>

/* What ended a wait or a statement early. */
typedef enum sqlite_stop {
    SQLITE_STOP_NONE,
    SQLITE_STOP_DEADLINE, /* The call's deadline. */
    SQLITE_STOP_CANCEL,   /* cancel() of another thread. */
    SQLITE_STOP_PATIENCE, /* busy_timeout. */
} sqlite_stop;

/* Statements of the driver's own; prepared on first use and kept. */
typedef enum sqlite_control {
    SQLITE_CONTROL_BEGIN_WRITE,
    SQLITE_CONTROL_BEGIN_READ,
    SQLITE_CONTROL_COMMIT,
    SQLITE_CONTROL_ROLLBACK,
    SQLITE_CONTROL_SAVEPOINT,    /* Of a load within a transaction. */
    SQLITE_CONTROL_RELEASE,      /* Likewise. */
    SQLITE_CONTROL_UNDO,         /* Likewise. */
    SQLITE_CONTROL_MAIN_VERSION, /* A number that changes with the schema. */
    SQLITE_CONTROL_TEMP_VERSION, /* Likewise of the temporary tables. */
    SQLITE_CONTROL_COUNT,
} sqlite_control;

/* The same INSERT for many rows at once; see batch.c. */
typedef struct sqlite_batch sqlite_batch;

struct berth_driver_statement {
    sqlite3_stmt *handle;
    berth_driver_statement *next; /* In the connection's list. */
    berth_driver_statement *previous;
    uint32_t param_count;
    uint32_t column_count;
    bool is_reader;      /* Changes nothing. */
    bool counts_rows;    /* INSERT, UPDATE, DELETE, REPLACE. */
    bool inserts;        /* INSERT, REPLACE; also WITH, which may become one. */
    bool reads_last_id;  /* Its text uses last_insert_rowid(). */
    bool converts;       /* At least one column's type is more than its storage class. */
    bool holds_copies;   /* SQLite keeps copies of the bound values. */
    int reprepare_count; /* SQLite's own counter when the columns were described. */
    berth_column_info *columns;
    berth_value *row;
    char *formatted;     /* Texts of bound dates, times and UUIDs, a place for each parameter. */
    sqlite_batch *batch; /* NULL until the statement has run for many rows. */
};

typedef enum sqlite_bulk_state {
    SQLITE_BULK_NONE,
    SQLITE_BULK_OPEN,
    SQLITE_BULK_FAILED, /* Only an end without its rows is left. */
} sqlite_bulk_state;

/* A load. */
typedef struct sqlite_bulk {
    sqlite_bulk_state state;
    bool began;                        /* It has a transaction of its own; else a savepoint. */
    int64_t affected_rows;             /* Rows so far. */
    berth_driver_statement *statement; /* Also of the load before; may be NULL. */
} sqlite_bulk;

struct berth_driver_connection {
    sqlite3 *database;
    void *context; /* For services->notice(). */
    sqlite3_stmt *control[SQLITE_CONTROL_COUNT];
    berth_driver_statement *statements;
    berth_driver_statement *unkept; /* Of an execution without a prepared statement; lives until the next one. */
    berth_driver_statement *open;   /* Whose rows are being read. */
    bool row_waits;                 /* The statement is at the row that comes next, and not at the one before. */
    bool in_transaction;            /* Between begin() and commit() or rollback(). */
    bool is_reading;                /* ... of a read-only one. */
    int64_t busy_timeout_ns;
    int64_t wait_until_ns; /* Of the wait for a lock that is going on. */
    int64_t deadline_ns;   /* Of the call that is going on. */
    bool is_watched;       /* The progress handler is installed. */
    bool has_inserted;     /* The statement going on has inserted a row. */
    sqlite_stop stopped_by;
    atomic_bool cancelled; /* Set by cancel(); the call that is going on clears it at its start. */
    sqlite_bulk bulk;
    atomic_bool is_entered; /* A thread is in a slot; see guard.c. */
};

/* What the core offers; set by the entry point. */
extern const berth_services *sqlite_services;

extern const berth_dialect sqlite_dialect;
extern const berth_driver_option sqlite_options[];

/* ---- connection.c ---- */

int32_t sqlite_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                       berth_error *error);
void sqlite_close(berth_driver_connection *connection, uint32_t flags);
uint32_t sqlite_traits(const berth_connect_info *info);
int32_t sqlite_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error);

/* ---- options.c ---- */

/* What the URL asks for, or the defaults. Texts are borrowed. */
typedef struct sqlite_settings {
    const char *path; /* ":memory:" for a database in memory. */
    bool is_memory;
    int open_flags;
    int64_t busy_timeout_ms;
    const char *journal_mode;
    const char *synchronous;
    const char *cache_size; /* NULL: SQLite's own. */
    bool foreign_keys;
} sqlite_settings;

sqlite_settings sqlite_settings_read(const berth_connect_info *info);

/* ---- call.c: deadlines, waits for locks, cancelling ---- */

/* Installs the handlers on a new connection. */
void sqlite_call_install(berth_driver_connection *connection);
/* Before anything that can block. BERTH_TIMEOUT when the deadline is over. */
int32_t sqlite_call_begin(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* The same without looking at the clock, for what must be done in any case and for each row. */
void sqlite_call_continue(berth_driver_connection *connection, int64_t deadline_ns);
int32_t sqlite_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* Between the statements of one call, which SQLite knows nothing of: BERTH_CANCELLED when it was. */
int32_t sqlite_call_go_on(berth_driver_connection *connection, berth_error *error);

/* ---- statement.c ---- */

int32_t sqlite_prepare(berth_driver_connection *connection, const char *sql, uint64_t length, int64_t deadline_ns,
                       berth_driver_statement **statement, berth_error *error);
void sqlite_unprepare(berth_driver_connection *connection, berth_driver_statement *statement);
/* Prepares for one execution (`flags` 0) or for many (SQLITE_PREPARE_PERSISTENT). The caller keeps it and frees it. */
int32_t sqlite_statement_make(berth_driver_connection *connection, const char *sql, uint64_t length, unsigned flags,
                              berth_driver_statement **made, berth_error *error);
void sqlite_statement_free(berth_driver_statement *statement);
/* Looks whether SQLite has prepared it anew, as it does after the schema has changed, and describes its columns. */
int32_t sqlite_statement_refresh(berth_driver_statement *statement, berth_error *error);

/* ---- execute.c ---- */

int32_t sqlite_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                       berth_error *error);
int32_t sqlite_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                     berth_error *error);
int32_t sqlite_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                           berth_error *error);
int32_t sqlite_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* For a write in a read-only transaction. */
int32_t sqlite_refuse_write(berth_error *error);
/* Ends the life of the statement of an execution without a prepared one. */
void sqlite_drop_unkept(berth_driver_connection *connection);

/* ---- insert.c: INSERTs that can be written for many rows ---- */

/* "INSERT INTO table (columns) VALUES (?, ?)" in parts, which are borrowed from it. */
typedef struct sqlite_insert {
    const char *table; /* As it is written, perhaps quoted. */
    size_t table_length;
    size_t target_length; /* Of "table (columns) VALUES", which begins at `table`. */
    uint32_t value_count;
} sqlite_insert;

/* Whether the text of a compiled statement is such an INSERT and nothing more. */
bool sqlite_insert_recognise(const char *sql, sqlite_insert *insert);
/* The table's name without quotes; `name` has room for `table_length` bytes and a NUL. */
void sqlite_insert_name_table(const sqlite_insert *insert, char *name);
/* The INSERT of `row_count` rows, "OR FAIL": it keeps the rows before one that fails, as a loop would. For
 * sqlite3_free(); NULL without memory. */
char *sqlite_insert_write(const sqlite_insert *insert, uint32_t row_count);

/* ---- table.c: tables whose rows are inserted many at once ---- */

/* Whether that comes to the same as a loop for the table of this name in the database "main". */
bool sqlite_table_check(berth_driver_connection *connection, const char *name, bool *counts_up);
/* SQLITE_ROW or SQLITE_DONE, or the code of a failure. */
int sqlite_table_find_row(berth_driver_connection *connection, const char *name, int64_t rowid);
/* Has the counter of an AUTOINCREMENT key know of a key: SQLITE_DONE, or the code of a failure. */
int sqlite_table_count_up(berth_driver_connection *connection, const char *name, int64_t key);

/* ---- batch.c, many.c, bulk.c: many rows ---- */

/* Runs a prepared statement for as many rows as can be run many at once, `*done` of them, exactly as a loop would. */
int32_t sqlite_batch_run(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                         uint64_t *done, berth_error *error);
void sqlite_batch_free(sqlite_batch *batch);
int32_t sqlite_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                            int64_t deadline_ns, berth_error *error);
/* The same of a prepared statement, without beginning a call. */
int32_t sqlite_many_run(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                        int64_t deadline_ns, berth_error *error);
int32_t sqlite_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                          berth_error *error);
int32_t sqlite_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                         int64_t deadline_ns, berth_error *error);
int32_t sqlite_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns, berth_error *error);
void sqlite_bulk_abort(berth_driver_connection *connection);

/* ---- values.c ---- */

/* Binds all values; texts are borrowed, or copied where they must outlive the call. */
int32_t sqlite_values_bind(berth_driver_connection *connection, berth_driver_statement *statement,
                           const berth_execution *execution, bool copy, berth_error *error);
/* Binds as many values as the statement takes, borrowing them. Whether SQLite takes them all. */
bool sqlite_values_bind_all(berth_driver_statement *statement, const berth_value *values);
/* Reads the current row into `statement->row`. False without memory. */
bool sqlite_values_read(berth_driver_statement *statement);
/* Puts the current row into a batch. False where that refuses it, or without memory. */
bool sqlite_values_put(berth_driver_statement *statement, berth_batch *batch);
/* The type that a declared type stands for, by name or by SQLite's rules of affinity. NULL is BERTH_TYPE_NULL. */
uint32_t sqlite_type_of(const char *declared_type);
/* Whether values of that type are kept in another storage class and read back from it. */
bool sqlite_type_converts(uint32_t type);

/* ---- transaction.c ---- */

/* Prepares a statement of the driver's own where it is not yet; a code of SQLite's. */
int sqlite_control_prepare(berth_driver_connection *connection, sqlite_control which, sqlite3_stmt **statement);
/* Runs one that has no rows. */
int32_t sqlite_control_run(berth_driver_connection *connection, sqlite_control which, berth_error *error);
int32_t sqlite_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                     berth_error *error);
int32_t sqlite_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t sqlite_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t sqlite_transaction_state(berth_driver_connection *connection);

/* ---- guard.c: the slots, where a second thread is found out ---- */

#ifndef NDEBUG
int32_t sqlite_guarded_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                               berth_error *error);
int32_t sqlite_guarded_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                                    int64_t deadline_ns, berth_error *error);
int32_t sqlite_guarded_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                             berth_error *error);
int32_t sqlite_guarded_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                                   berth_error *error);
int32_t sqlite_guarded_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t sqlite_guarded_prepare(berth_driver_connection *connection, const char *sql, uint64_t length,
                               int64_t deadline_ns, berth_driver_statement **statement, berth_error *error);
int32_t sqlite_guarded_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                             berth_error *error);
int32_t sqlite_guarded_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t sqlite_guarded_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t sqlite_guarded_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                                  berth_error *error);
int32_t sqlite_guarded_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                                 int64_t deadline_ns, berth_error *error);
int32_t sqlite_guarded_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns,
                                berth_error *error);
#endif

/* ---- errors.c ---- */

int32_t sqlite_classify(int64_t native_code, const char *sqlstate, uint32_t *flags);
/* Fills `error` from what the database has just said with the extended code `code`. `sql` is the text that could not be
 * prepared, or NULL. Returns the status. */
int32_t sqlite_fail(berth_driver_connection *connection, int code, const char *sql, berth_error *error);
/* The same for a database that could not be opened. */
int32_t sqlite_fail_connect(berth_driver_connection *connection, int code, const sqlite_settings *settings,
                            berth_error *error);

#endif
