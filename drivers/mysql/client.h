/* What the parts of the driver share. The client library's names begin with mysql_, so the driver's own with mydb_ and
 * the file they are in. */
#ifndef DRIVERS_MYSQL_CLIENT_H
#define DRIVERS_MYSQL_CLIENT_H

#include <berth/driver.h>
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define BINARY_CHARSET 63 /* Of a column that holds bytes. */

#if defined(MYSQL_HAS_MY_BOOL)
typedef my_bool client_bool;
#else
typedef bool client_bool;
#endif

/* What ended a call early. */
typedef enum call_stop {
    CALL_STOP_NONE,
    CALL_STOP_DEADLINE,
    CALL_STOP_CANCEL,
} call_stop;

typedef enum call_phase {
    CALL_RESTING,
    CALL_RUNNING, /* From the start of a call to its end; with rows, to the last one. */
    CALL_KILLING, /* Another thread ends it; the call waits for that thread when it is over itself. */
} call_phase;

typedef enum transaction_phase {
    TRANSACTION_NONE,
    TRANSACTION_OPEN, /* Begun: the server begins it by itself, with the first table that a statement uses. */
    TRANSACTION_GONE, /* The server ended it with an error, or SQL did: it takes a rollback and nothing else. */
} transaction_phase;

/* What is known of the transaction, and of the settings that the next one begins with. */
typedef struct transaction {
    transaction_phase phase;
    bool has_run;     /* A statement was sent since it was begun. */
    bool was_seen;    /* The server has said that it goes on. */
    bool autocommits; /* We have turned autocommit on, for what runs outside of transactions. */
    bool is_known;    /* Whether the server's session has the two that follow; SQL may have changed them. */
    uint32_t isolation;
    uint32_t read_only;
    unsigned failed_code; /* Of the error of which the server has not said yet what it did to the transaction. */
    int32_t failed_status;
    uint32_t failed_flags;
} transaction;

/* Statements that were sent, and whose answers have not been read. */
typedef struct pipeline {
    uint32_t queued;
    uint32_t most;       /* So many answers certainly fit between the server and us. */
    int64_t sent;        /* Since the last call that waited for all. */
    bool is_untouched;   /* None of their answers was read. */
    bool has_failed;     /* A failure was read and not reported. */
    berth_error failure; /* The first one. */
} pipeline;

/* How to connect: what connect() was given, copied, for cancel() needs it again. */
typedef struct client_target {
    char *host; /* NULL: the library's default. */
    char *socket;
    char *user;
    char *password;
    char *database; /* NULL without one. */
    char *tls_ca;
    char *tls_cert;
    char *tls_key;
    char *application_name;
    bool is_plain; /* Nothing is used that MySQL does not have. */
    berth_busy_poll busy_poll;
    uint32_t port;
    uint32_t tls;
    bool compress;
} client_target;

/* How the values of a column come, and what becomes of them. */
typedef enum rows_kind {
    ROWS_NULL,
    ROWS_BOOL,
    ROWS_INT8,
    ROWS_UINT8,
    ROWS_INT16,
    ROWS_UINT16,
    ROWS_INT32,
    ROWS_UINT32,
    ROWS_INT64,
    ROWS_UINT64,
    ROWS_FLOAT,
    ROWS_DOUBLE,
    ROWS_DATE,
    ROWS_TIME,
    ROWS_TIMESTAMP,
    ROWS_BITS,
    ROWS_UUID,
    ROWS_BYTES,
} rows_kind;

/* A result column. */
typedef struct rows_column {
    rows_kind kind;
    uint32_t type; /* A berth_type. */
    /* What the description was made from; another one is made when these change. */
    enum enum_field_types field_type;
    unsigned int flags;
    unsigned int charset;
    unsigned long field_length;
    unsigned int decimals;
    char spelled[32];       /* A date or time that is none of Berth's. */
    char declared_type[24]; /* Of a decimal. */
    /* Where the library puts its values, when it does. */
    unsigned char *bytes; /* Of a column of text or bytes. */
    unsigned long capacity;
    unsigned long length;
    union {
        int64_t integer;
        double real;
        float real32;
        MYSQL_TIME time;
    } fixed;
    client_bool is_null;
    client_bool is_cut;
} rows_column;

/* The columns of a statement. */
typedef struct rows_shape {
    uint32_t count;
    rows_column *columns;
    MYSQL_BIND *binds; /* NULL where the library hands values over as they came. */
    berth_column_info *infos;
    berth_value *values;
    char *names;
    unsigned char *unended; /* The end of a text that waits for its NUL. */
} rows_shape;

struct berth_driver_statement {
    MYSQL_STMT *handle; /* NULL: the server can't prepare it, so it is sent as text. */
    char *sql;
    uint64_t sql_length;
    berth_driver_statement *next; /* In the connection's list. */
    berth_driver_statement *previous;
    uint32_t param_count;
    MYSQL_BIND *param_binds;
    struct params_slot *param_slots;
    uint64_t bound_at; /* The connection's failures when the library was told of the binds; 0: it was not. */
    rows_shape shape;
    bool counts_rows; /* INSERT, UPDATE, DELETE, REPLACE, LOAD. */
    bool is_select;   /* May be run again. */
    bool is_write;    /* An INSERT, UPDATE, DELETE or REPLACE that returns no rows. */
    bool sets_autocommit;
    bool was_executed;
    bool is_stale;  /* A table changed: to be prepared anew before it runs again. */
    bool is_single; /* Many rows go one after the other. */
    bool is_direct; /* Rows are read by direct.c, else by bound.c. */
    /* The next row of what was executed. */
    int32_t (*next_row)(berth_driver_connection *connection, berth_driver_statement *statement, const berth_value **row,
                        berth_error *error);
};

struct berth_driver_connection {
    MYSQL *handle;
    void *context; /* For services->notice(). */
    client_target target;
    int socket; /* A duplicate: the library closes its own when it likes. */
    unsigned long thread_id;
    uint64_t packet_bytes; /* The server's max_allowed_packet, 0 before it was asked for. */
    uint32_t version;      /* major * 10000 + minor * 100 + patch. */
    bool is_mariadb;
    bool takes_arrays; /* Many rows at once. */
    bool is_lost;
    uint64_t failures;   /* So far, and one. */
    bool state_is_stale; /* The server did not say what an error did to the transaction. */
    transaction transaction;
    pipeline pipeline;

    berth_driver_statement *statements;
    berth_driver_statement *unkept; /* Of an execution without a prepared statement; lives until the next one. */
    berth_driver_statement *open;   /* Whose rows are being read. */
    MYSQL_RES *text_rows;           /* ... where they come as text. */
    const berth_value *refused_row; /* ... the next of them, where a batch had no place for it. */
    struct bulk_load *bulk;         /* The load that goes on. */

    /* call.c and watch.c. */
    _Atomic int phase;           /* A call_phase. */
    _Atomic int stopped_by;      /* A call_stop, set before the KILL is sent. */
    _Atomic int64_t deadline_ns; /* Of the call that goes on. */
    atomic_uint fetches;         /* Odd while a thread waits for the server. */
    bool kill_is_due;            /* A KILL was sent whose error has not been seen. */
    pthread_mutex_t lock;        /* For what follows. */
    pthread_cond_t changed;
    bool killer_runs;
    bool kill_was_sent;
    bool is_shut;
    unsigned seen_fetches; /* When watch.c last looked at a call that should have ended. */
    bool is_watched;
    berth_driver_connection *watch_next;
    berth_driver_connection *watch_previous;
};

/* What the core offers; set by the entry point. */
extern const berth_services *mydb_services;

extern const berth_dialect mydb_dialect;
extern const berth_driver_option mydb_options[];

/* ---- connect.c ---- */

int32_t mydb_connect_open(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                          berth_error *error);
void mydb_connect_close(berth_driver_connection *connection, uint32_t flags);
/* Strict mode, UTC, the character set and autocommit off, as every session has them between its transactions. */
int32_t mydb_connect_prepare_session(berth_driver_connection *connection, berth_error *error);

/* ---- target.c ---- */

bool mydb_target_copy(client_target *target, const berth_connect_info *info);
/* Points the target at one of the hosts; false without memory. */
bool mydb_target_set_host(client_target *target, const berth_connect_info *info, uint32_t index);
void mydb_target_free(client_target *target);
/* Opens one connection within about that time, in whole seconds rounded up. NULL only without memory; else
 * mysql_errno() tells how it went. */
MYSQL *mydb_target_connect(const client_target *target, int64_t patience_ns);
/* Whether the encryption that was asked for is there. */
bool mydb_target_is_secure(const client_target *target, MYSQL *handle);

/* ---- session.c: what is asked of an idle connection ---- */

int32_t mydb_session_ping(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t mydb_session_is_alive(berth_driver_connection *connection);
int32_t mydb_session_reset(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t mydb_session_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error);
int mydb_session_socket(MYSQL *handle);
/* Whether the server certainly takes so much, without asking it. */
bool mydb_session_takes(const berth_driver_connection *connection, uint64_t bytes);
/* How much may be sent at once, well below what the server hangs up on. Within a call; 0 when it fails. */
uint64_t mydb_session_batch_bytes(berth_driver_connection *connection, berth_error *error);
/* BERTH_TOO_LARGE for a statement or value that the server would hang up on. Within a call. */
int32_t mydb_session_check_size(berth_driver_connection *connection, const char *what, uint64_t bytes,
                                berth_error *error);

/* ---- call.c: deadlines and cancelling ---- */

/* Before anything that asks the server. BERTH_TIMEOUT when the deadline is over; a failure of what was deferred, too.
 */
int32_t mydb_call_begin(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* The same for what is deferred itself. */
int32_t mydb_call_begin_queued(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* For what must be done in any case: a deadline that is over becomes one a second away. */
int32_t mydb_call_begin_anyway(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* Another deadline for the rows of a call that goes on. */
void mydb_call_extend(berth_driver_connection *connection, int64_t deadline_ns);
/* When nothing of the call is left; waits for a thread that is about to kill it. */
void mydb_call_end(berth_driver_connection *connection);
int32_t mydb_call_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* For who wants to kill the call that goes on: false when there is none, or another one does it already. The call then
 * does not end before mydb_call_release(). */
bool mydb_call_claim(berth_driver_connection *connection, call_stop why);
void mydb_call_release(berth_driver_connection *connection, bool kill_was_sent);
/* In between: sends KILL QUERY over a connection of its own. */
bool mydb_call_kill(berth_driver_connection *connection, int64_t patience_ns);
bool mydb_call_has_passed(int64_t deadline_ns);
/* Between two statements of one call: whether it was cancelled, or its deadline is over. */
int32_t mydb_call_check(berth_driver_connection *connection, berth_error *error);

/* ---- watch.c: one thread that looks after all deadlines ---- */

int32_t mydb_watch_join(berth_driver_connection *connection, berth_error *error);
void mydb_watch_leave(berth_driver_connection *connection);
/* A call with this deadline has begun. */
void mydb_watch_expect(int64_t deadline_ns);

/* ---- statement.c ---- */

int32_t mydb_statement_prepare(berth_driver_connection *connection, const char *sql, uint64_t length,
                               int64_t deadline_ns, berth_driver_statement **statement, berth_error *error);
void mydb_statement_unprepare(berth_driver_connection *connection, berth_driver_statement *statement);
/* The same as prepare within a call that has begun; or not prepared, to be sent as text. */
int32_t mydb_statement_make(berth_driver_connection *connection, const char *sql, uint64_t length, bool as_text,
                            berth_driver_statement **made, berth_error *error);
/* Whether it is a SET with autocommit in it. */
bool mydb_statement_sets_autocommit(const char *sql);
/* Prepares it anew: the server has changed what it is about. */
int32_t mydb_statement_renew(berth_driver_connection *connection, berth_driver_statement *statement,
                             berth_error *error);

/* ---- params.c ---- */

bool mydb_params_make(berth_driver_statement *statement);
/* Whether the values can be sent; `*index` is the one that can't. */
int32_t mydb_params_check(berth_driver_connection *connection, const berth_value *values, uint32_t count,
                          uint32_t *index, berth_error *error);
/* Binds all values and sends the large ones in pieces. */
int32_t mydb_params_bind(berth_driver_connection *connection, berth_driver_statement *statement,
                         const berth_execution *execution, berth_error *error);
/* What a row takes at most when it is sent. */
uint64_t mydb_params_row_bytes(const berth_value *row, uint32_t count);
/* For rows that go at once, which need the same types: the first, of none yet, and each next; false where its types are
 * others. */
void mydb_params_first_row(berth_driver_statement *statement);
bool mydb_params_next_row(berth_driver_statement *statement, const berth_value *row);
/* Points the library's binds at one of these rows. */
void mydb_params_put_row(berth_driver_statement *statement, MYSQL_BIND *binds, const berth_value *row);

/* ---- rows.c ---- */

/* Describes the columns of what was just executed, where they are not the ones that are known already. */
int32_t mydb_rows_describe(berth_driver_connection *connection, berth_driver_statement *statement, berth_error *error);
void mydb_rows_free(rows_shape *shape);
/* Describes `count` columns. False without memory. */
bool mydb_rows_make(rows_shape *shape, const MYSQL_FIELD *fields, uint32_t count);
/* A text, bytes, or what comes as such. */
void mydb_rows_read_bytes(const rows_column *column, const unsigned char *bytes, uint64_t length, berth_value *value);

/* ---- direct.c: rows as they came ---- */

/* Has the library hand them over; false where it can't. */
bool mydb_direct_use(berth_driver_statement *statement);
int32_t mydb_direct_next(berth_driver_connection *connection, berth_driver_statement *statement,
                         const berth_value **row, berth_error *error);

/* ---- bound.c: rows by buffers for their values ---- */

bool mydb_bound_make(rows_shape *shape, const MYSQL_FIELD *fields);
/* Gives large buffers back. */
void mydb_bound_shrink(rows_shape *shape);
int32_t mydb_bound_next(berth_driver_connection *connection, berth_driver_statement *statement, const berth_value **row,
                        berth_error *error);

/* ---- types.c ---- */

uint32_t mydb_types_of_field(const MYSQL_FIELD *field);
const char *mydb_types_name(const MYSQL_FIELD *field);
/* The name of a decimal with its precision and scale. */
void mydb_types_name_decimal(const MYSQL_FIELD *field, char *name, size_t size);
/* `type` is the one of the field. */
rows_kind mydb_types_kind(const MYSQL_FIELD *field, uint32_t type);

/* ---- moments.c: dates and times ---- */

/* False where MySQL can't hold it: years outside 1 to 9999. */
bool mydb_moments_write(const berth_value *value, MYSQL_TIME *time);
/* What Berth has no value for, zero dates and times beyond a day, is spelled out and becomes a text. */
void mydb_moments_read(const MYSQL_TIME *time, uint32_t type, berth_value *value, char *spelled, size_t size);

/* ---- text.c: rows that come as text ---- */

int32_t mydb_text_execute(berth_driver_connection *connection, berth_driver_statement *statement, berth_error *error);
int32_t mydb_text_next(berth_driver_connection *connection, berth_driver_statement *statement, const berth_value **row,
                       berth_error *error);

/* ---- execute.c ---- */

int32_t mydb_execute_run(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                         berth_error *error);
/* What comes before: begins the call and finds the statement. When it fails, there is no call. */
int32_t mydb_execute_enter(berth_driver_connection *connection, const berth_execution *execution, int64_t deadline_ns,
                           berth_driver_statement **statement, berth_error *error);
/* Runs a statement to its end within a call that goes on; with DISCARD. */
int32_t mydb_execute_once(berth_driver_connection *connection, berth_driver_statement *statement,
                          berth_execution *execution, berth_error *error);
int32_t mydb_execute_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                           berth_error *error);
int32_t mydb_execute_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                                 berth_error *error);
int32_t mydb_execute_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);

/* ---- wait.c: requests and the wait for their answers ---- */

/* As mysql_real_query() and mysql_stmt_execute(), looking at the socket for a while before they sleep, if asked for. */
int mydb_wait_query(berth_driver_connection *connection, const char *sql, size_t length);
int mydb_wait_execute(berth_driver_connection *connection, MYSQL_STMT *handle);
/* Sends a statement; its answer is to be read by mysql_read_query_result(). */
int mydb_wait_send(berth_driver_connection *connection, MYSQL_STMT *handle);
/* Looks at the socket for a while, until something is there. */
void mydb_wait_for_answer(berth_driver_connection *connection);

/* ---- pipeline.c: statements that are not waited for ---- */

/* How many answers fit between the server and the client. */
void mydb_pipeline_measure(berth_driver_connection *connection);
/* Whether the statement can be deferred. */
bool mydb_pipeline_takes(const berth_driver_connection *connection, const berth_execution *execution);
int32_t mydb_pipeline_send(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error);
bool mydb_pipeline_is_pending(const berth_driver_connection *connection);
/* Reads all answers, within a call. Returns the first failure, once. */
int32_t mydb_pipeline_settle(berth_driver_connection *connection, berth_error *error);
int32_t mydb_pipeline_sync(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);

/* ---- many.c: one statement for many rows ---- */

int32_t mydb_many_run(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                      int64_t deadline_ns, berth_error *error);
/* The same within a call that goes on. */
int32_t mydb_many_rows(berth_driver_connection *connection, berth_driver_statement *statement,
                       berth_execution *execution, uint64_t row_count, berth_error *error);
bool mydb_many_is_supported(const berth_driver_connection *connection);

/* ---- failed_row.c ---- */

/* Which of the rows that went at once has just failed, from 0; -1 where that is not certain. Within the call. */
int64_t mydb_failed_row(berth_driver_connection *connection, const berth_driver_statement *statement);

/* ---- bulk.c, bulk_rows.c: loading rows ---- */

int32_t mydb_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                        berth_error *error);
int32_t mydb_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                       int64_t deadline_ns, berth_error *error);
int32_t mydb_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns, berth_error *error);
void mydb_bulk_abort(berth_driver_connection *connection);
/* Gives up its memory alone. */
void mydb_bulk_free(berth_driver_connection *connection);

/* ---- transaction.c ---- */

int32_t mydb_transaction_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                               berth_error *error);
int32_t mydb_transaction_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t mydb_transaction_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t mydb_transaction_state(berth_driver_connection *connection);
/* Within a call: begins, commits, rolls back, runs something else that has no rows. */
int32_t mydb_transaction_open(berth_driver_connection *connection, uint32_t isolation, uint32_t read_only,
                              berth_error *error);
int32_t mydb_transaction_keep(berth_driver_connection *connection, berth_error *error);
int32_t mydb_transaction_drop(berth_driver_connection *connection, berth_error *error);
int32_t mydb_transaction_run(berth_driver_connection *connection, const char *sql, berth_error *error);
/* The settings are those of a new session. */
void mydb_transaction_forget(berth_driver_connection *connection);
/* Before a statement, within a call: outside a transaction it has to commit by itself. */
int32_t mydb_transaction_enter(berth_driver_connection *connection, bool sets_autocommit, berth_error *error);
/* After a statement: what the server's answer says of the transaction. */
void mydb_transaction_note(berth_driver_connection *connection);
/* A failure where a statement that went well has left no transaction to go on with; else `status`. */
int32_t mydb_transaction_check(const berth_driver_connection *connection, int32_t status, berth_error *error);
/* An error came, which does not say what it did to the transaction. */
void mydb_transaction_doubt(berth_driver_connection *connection, unsigned code, int32_t status, uint32_t flags);
/* Asks the server after such an error. Within a call. */
void mydb_transaction_refresh(berth_driver_connection *connection);

/* ---- errors.c ---- */

int32_t mydb_errors_classify(int64_t native_code, const char *sqlstate, uint32_t *flags);
/* Fills `error` from what the connection has just said. Returns the status. */
int32_t mydb_errors_of_connection(berth_driver_connection *connection, berth_error *error);
/* The same from a statement. */
int32_t mydb_errors_of_statement(berth_driver_connection *connection, MYSQL_STMT *handle, berth_error *error);
/* The same for a connection that could not be made, perhaps for the patience was over. */
int32_t mydb_errors_of_connect(MYSQL *handle, const client_target *target, bool is_late, berth_error *error);
int32_t mydb_errors_no_memory(berth_error *error);

/* ---- names.c ---- */

/* Puts the constraint's and the column's name where the message of that code has them. */
void mydb_names_find(unsigned code, const char *message, berth_error *error);

#endif
