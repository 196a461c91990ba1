/* What the parts of the PostgreSQL driver share. */
#ifndef DRIVERS_POSTGRESQL_POSTGRESQL_H
#define DRIVERS_POSTGRESQL_POSTGRESQL_H

#include <berth/driver.h>
#include <libpq-fe.h>
#include <stdbool.h>

#define POSTGRESQL_MAX_PARAMS 65535
#define POSTGRESQL_SQLSTATE_BYTES 6

/* How the server numbers its types: pg_type.oid, which never changes for these. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_CHAR = 18,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_OID = 26,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_UNKNOWN = 705,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_DATE = 1082,
    OID_TIME = 1083,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_NUMERIC = 1700,
    OID_VOID = 2278,
    OID_UUID = 2950,
    OID_JSONB = 3802,
};

/* A handle for cancelling; shared with threads that may outlive the connection. */
typedef struct postgresql_canceller postgresql_canceller;

/* How long a call waits: until its deadline, and then a little for the answer to a cancel. */
typedef struct postgresql_patience {
    int64_t deadline_ns;
    bool is_expired; /* The deadline has passed, and the server was asked to cancel. */
} postgresql_patience;

/* The columns of a result. Names are borrowed from `description`. */
typedef struct postgresql_columns {
    PGresult *description;
    uint32_t count;
    bool is_binary; /* All types have a binary form that is understood. */
    berth_column_info *infos;
    Oid *oids;
    berth_value *row;
} postgresql_columns;

/* Bytes that grow and are used again by the next call. */
typedef struct postgresql_buffer {
    char *data;
    size_t size;
} postgresql_buffer;

/* The parameters of a call, as libpq wants them. */
typedef struct postgresql_params {
    const char **values;
    int *lengths;
    int *formats;
    Oid *types;
    uint32_t capacity;
    postgresql_buffer bytes;
} postgresql_params;

struct berth_driver_statement {
    uint64_t number;              /* The server knows it as berth_NUMBER; 0: the server does not have it. */
    uint64_t generation;          /* It is prepared anew when the connection's is another. */
    postgresql_columns columns;   /* Their description knows the parameters' types too. */
    berth_driver_statement *next; /* In the connection's list. */
    berth_driver_statement *previous;
};

struct berth_driver_connection {
    PGconn *handle;
    void *context; /* For services->notice(). */
    postgresql_canceller *canceller;
    bool keeps_statements; /* prepared=on */
    uint64_t last_number;
    uint64_t generation;
    berth_driver_statement *statements;
    uint64_t *dropped; /* Numbers that the server is still to forget. */
    uint32_t dropped_count;
    uint32_t dropped_capacity;
    int32_t state_before; /* BERTH_TX_ when the open result was asked for. */
    bool is_open;         /* Rows are being read. */
    bool changed_schema;  /* In the transaction that is going on. */
    PGresult *current;    /* Whose row was handed out last, or is waiting. */
    bool row_waits;
    postgresql_columns unkept; /* Of an execution without a prepared statement. */
    postgresql_columns *columns;
    postgresql_buffer scratch; /* Texts of the current row that libpq does not hold as such. */
    postgresql_params params;
    postgresql_patience patience; /* Of the call that is going on. */
    bool is_broken;               /* Something that was sent will never be answered. */
    uint32_t unwatched;           /* Results since somebody looked at the clock. */
    int64_t affected_rows;        /* Of the statement that has just ended; -1 where there is no count. */
    bool was_rolled_back;         /* Its tag was ROLLBACK. */
    char notice_state[POSTGRESQL_SQLSTATE_BYTES]; /* Of the last notice since it was cleared. */
    char version[64];
};

/* What the core offers; set by the entry point. */
extern const berth_services *postgresql_services;

extern const berth_dialect postgresql_dialect;
extern const berth_driver_option postgresql_options[];

/* ---- options.c ---- */

#define POSTGRESQL_MAX_KEYWORDS 48

/* libpq's arrays of keywords and values for one server. Texts are borrowed, or lie in `texts`. */
typedef struct postgresql_keywords {
    const char *names[POSTGRESQL_MAX_KEYWORDS];
    const char *values[POSTGRESQL_MAX_KEYWORDS];
    uint32_t count;
    char port[16];
    char folder[256]; /* Of a unix socket that was given as a file. */
} postgresql_keywords;

/* The value of an option that was given, or `otherwise`. */
const char *postgresql_option(const berth_connect_info *info, const char *name, const char *otherwise);
/* `host` may be NULL for libpq's default; `target` is for target_session_attrs. */
void postgresql_keywords_make(const berth_connect_info *info, const berth_host *host, const char *target,
                              postgresql_keywords *keywords);

/* ---- connect.c, connection.c ---- */

int32_t postgresql_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                           berth_error *error);
/* Sets what a session needs and the server has otherwise: UTC, ISO dates, standard strings. */
int32_t postgresql_set_up(berth_driver_connection *connection, berth_error *error);
void postgresql_close(berth_driver_connection *connection, uint32_t flags);
int32_t postgresql_is_alive(berth_driver_connection *connection);
int32_t postgresql_ping(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t postgresql_reset(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t postgresql_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error);

/* ---- cancel.c ---- */

/* NULL without memory. */
postgresql_canceller *postgresql_canceller_new(PGconn *handle);
void postgresql_canceller_release(postgresql_canceller *canceller);
int32_t postgresql_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);

/* ---- wire.c: sending and receiving with deadlines ---- */

bool postgresql_has_passed(int64_t deadline_ns);
/* Waits until the socket can be read or written (POLLIN, POLLOUT). False when the deadline has passed. */
bool postgresql_wait(int socket, short events, int64_t deadline_ns);
/* Begins a call. BERTH_TIMEOUT when its deadline is over: nothing was sent then. */
int32_t postgresql_call_begin(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* Writes what libpq holds back. `sent` is what its send function returned. */
int32_t postgresql_flush(berth_driver_connection *connection, int sent, berth_error *error);
/* The next result, NULL at the end. When the deadline passes, the server is asked to cancel; when it does not answer to
 * that in time, the connection is lost. */
int32_t postgresql_receive(berth_driver_connection *connection, PGresult **result, berth_error *error);
/* Reads and drops all results, beginning with `first`, which may be NULL. The first failure among them counts. Notes
 * what the tags say. */
int32_t postgresql_drain(berth_driver_connection *connection, PGresult *first, berth_error *error);
/* At the end of a call that failed: whether the connection is gone. Returns the status. */
int32_t postgresql_settle(berth_driver_connection *connection, int32_t status, berth_error *error);
/* Runs SQL without values, and drops its rows. */
int32_t postgresql_run(berth_driver_connection *connection, const char *sql, berth_error *error);

/* ---- errors.c ---- */

int32_t postgresql_classify(int64_t native_code, const char *sqlstate, uint32_t *flags);
/* Fills `error` from a failed result. */
int32_t postgresql_fail(berth_driver_connection *connection, const PGresult *result, berth_error *error);
/* The connection has ended. */
int32_t postgresql_fail_lost(berth_driver_connection *connection, berth_error *error);
/* ... as the server did not answer to a cancel. */
int32_t postgresql_fail_expired(berth_error *error);
/* Fills `error` for an attempt to connect. */
int32_t postgresql_fail_connect(PGconn *handle, berth_error *error);
/* libpq's message in one line, without where in the server's source it comes from. */
void postgresql_one_line(const char *message, char *line, size_t size);
int32_t postgresql_fail_memory(const char *what, berth_error *error);
void postgresql_set_sqlstate(berth_error *error, const char *sqlstate);

/* ---- statement.c ---- */

int32_t postgresql_prepare(berth_driver_connection *connection, const char *sql, uint64_t length, int64_t deadline_ns,
                           berth_driver_statement **statement, berth_error *error);
void postgresql_unprepare(berth_driver_connection *connection, berth_driver_statement *statement);
/* Prepares on the server where that is not done, or is out of date. */
int32_t postgresql_statement_refresh(berth_driver_connection *connection, berth_driver_statement *statement,
                                     const char *sql, berth_error *error);
/* Whether a failure says that the server's plan is out of date or gone; marks the statement then. */
bool postgresql_statement_is_stale(berth_driver_statement *statement, const PGresult *result);
/* Room for a statement's name on the server. */
#define POSTGRESQL_NAME_BYTES 32
void postgresql_statement_name(uint64_t number, char name[POSTGRESQL_NAME_BYTES]);

/* ---- columns.c ---- */

/* Takes over `description` in any case. */
int32_t postgresql_columns_make(postgresql_columns *columns, PGresult *description, berth_error *error);
void postgresql_columns_free(postgresql_columns *columns);

/* ---- execute.c ---- */

int32_t postgresql_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error);

/* ---- fetch.c ---- */

int32_t postgresql_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                         berth_error *error);
int32_t postgresql_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);

/* ---- params.c ---- */

/* Puts an execution's values into connection->params; `types` describes them, or is NULL. */
int32_t postgresql_params_encode(berth_driver_connection *connection, const berth_execution *execution,
                                 const PGresult *types, berth_error *error);
void postgresql_params_free(postgresql_params *params);

/* ---- decode.c, numeric.c ---- */

/* Reads row 0 of the current result into the columns' row. */
int32_t postgresql_decode_row(berth_driver_connection *connection, berth_error *error);
/* Bytes that postgresql_numeric_write() may need, and the text of a binary numeric. Returns its length. */
size_t postgresql_numeric_room(const unsigned char *bytes, size_t length);
size_t postgresql_numeric_write(const unsigned char *bytes, size_t length, char *text);
bool postgresql_reserve(postgresql_buffer *buffer, size_t size);

/* ---- transaction.c ---- */

int32_t postgresql_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                         berth_error *error);
int32_t postgresql_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t postgresql_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t postgresql_transaction_state(berth_driver_connection *connection);
/* Notes what the tag of a statement that has ended says. A changed schema makes prepared statements out of date. */
void postgresql_note_end(berth_driver_connection *connection, PGresult *result);

#endif
