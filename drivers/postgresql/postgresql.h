/* What the parts of the PostgreSQL driver share. */
#ifndef DRIVERS_POSTGRESQL_POSTGRESQL_H
#define DRIVERS_POSTGRESQL_POSTGRESQL_H

#include <berth/driver.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "pipeline.h"

#define POSTGRESQL_MAX_PARAMS 65535
#define POSTGRESQL_SQLSTATE_BYTES 6
#define POSTGRESQL_NAME_BYTES 32 /* Of a statement, on the server. */
#define POSTGRESQL_NUMERIC_BYTES sizeof "numeric(65535,-1024)"

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
    bool is_expired;  /* The deadline has passed, and the server was asked to cancel; it is asked again ... */
    int64_t pause_ns; /* ... after that ... */
    int64_t last_ns;  /* ... until then. */
} postgresql_patience;

/* How a column is read. */
typedef struct postgresql_column {
    uint32_t way; /* Found once for all rows. */
    uint32_t type;
    Oid oid;
    const char *declared_type;
    char numeric[POSTGRESQL_NUMERIC_BYTES]; /* The declared type of a numeric with a precision. */
} postgresql_column;

/* The columns of a result. Names are borrowed from `description`. */
typedef struct postgresql_columns {
    PGresult *description;
    uint32_t count;
    bool is_binary;     /* All types have a binary form that is understood. */
    bool needs_scratch; /* Some values are no views of what libpq holds. */
    uint32_t rows;      /* How many are asked for at a time, where libpq can. */
    berth_column_info *infos;
    postgresql_column *columns;
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
    size_t used; /* Bytes of all values. */
    postgresql_buffer bytes;
} postgresql_params;

/* A load that goes on. */
typedef struct postgresql_bulk {
    bool is_open;
    bool is_binary;
    postgresql_columns columns;
    postgresql_buffer bytes; /* Rows that were gathered; before them, the statement. */
    size_t used;
    char table[64]; /* The server's names are no longer. */
} postgresql_bulk;

/* An INSERT of one row as one of many: a statement of its own, which takes an array for each column. */
typedef struct postgresql_array_form {
    char *sql;
    char *table; /* As it is written in the statement. */
    Oid *oids;   /* Of the elements. */
    uint32_t count;
    berth_driver_statement *statement; /* NULL where there is none yet, or no more. */
} postgresql_array_form;

struct berth_driver_statement {
    uint64_t number;                  /* 0: the server does not have it. */
    char name[POSTGRESQL_NAME_BYTES]; /* On the server: berth_NUMBER. */
    uint64_t generation;              /* It is prepared anew when the connection's is another. */
    bool is_described;                /* `columns` are those of `number`. */
    postgresql_columns columns;       /* Their description knows the parameters' types too. */
    postgresql_array_form *owner;     /* Whose statement it is; NULL for the core's. */
    postgresql_array_form *form;      /* NULL where there is none, or none yet. */
    bool only_writes;                 /* INSERT, UPDATE or DELETE. */
    uint64_t plain_call;              /* The call that found its table to be plain, and ended well. */
    berth_driver_statement *next;     /* In the connection's list. */
    berth_driver_statement *previous;
};

struct berth_driver_connection {
    PGconn *handle;
    void *context; /* For services->notice(). */
    postgresql_canceller *canceller;
    bool keeps_statements; /* prepared=on */
    berth_busy_poll busy_poll;
    uint64_t last_number;
    uint64_t generation;
    berth_driver_statement *statements;
    uint64_t *dropped; /* Numbers that the server is still to forget. */
    uint32_t dropped_count;
    uint32_t dropped_capacity;
    uint64_t calls;                /* So far. */
    int32_t state_before;          /* BERTH_TX_ when the open result was asked for. */
    bool is_open;                  /* Rows are being read. */
    bool changed_schema;           /* In the transaction that is going on. */
    PGresult *current;             /* Whose row was handed out last, or is waiting. */
    int row_place;                 /* Of the row that is next. */
    int row_count;                 /* How many `current` has. */
    postgresql_columns *described; /* Of the statement that was sent last, where they are known before its answer. */
    postgresql_columns unkept;     /* Of an execution without a prepared statement. */
    postgresql_columns *columns;
    postgresql_buffer scratch; /* Texts of the current row that libpq does not hold as such. */
    postgresql_params params;
    postgresql_pipeline pipeline;
    postgresql_bulk bulk;
    postgresql_patience patience; /* Of the call that is going on. */
    bool has_sent;                /* ... and has not looked for the answer yet. */
    bool is_broken;               /* Something that was sent will never be answered. */
    uint32_t unwatched;           /* Results since somebody looked at the clock. */
    int64_t affected_rows;        /* Of the statement that has just ended; -1 where there is no count. */
    bool was_committed;           /* Its tag was COMMIT ... */
    bool was_rolled_back;         /* ... or ROLLBACK. */
    bool is_on_this_server_only;  /* A commit, since the wait for a standby was ended. */
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
/* Nothing to read, and no end: what a socket looks like that is alive. */
bool postgresql_is_silent(const PGconn *handle);
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
/* The same in a call. When the deadline passes, the server is asked to cancel; when it does not answer to that in time,
 * the connection is lost. */
int32_t postgresql_await(berth_driver_connection *connection, short events, berth_error *error);
/* Begins a call. BERTH_TIMEOUT when its deadline is over: nothing was sent then. */
int32_t postgresql_call_begin(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* Gives what is left of a call that has failed some time of its own. */
void postgresql_call_clean_up(berth_driver_connection *connection);
bool postgresql_is_usable(const berth_driver_connection *connection);
/* Writes what libpq holds back. `sent` is what its send function returned. */
int32_t postgresql_flush(berth_driver_connection *connection, int sent, berth_error *error);
/* A send function of libpq has failed. */
int32_t postgresql_fail_send(berth_driver_connection *connection, berth_error *error);
/* The next result, NULL at the end. */
int32_t postgresql_receive(berth_driver_connection *connection, PGresult **result, berth_error *error);
/* Outside a pipeline: reads and drops all results, beginning with `first`, which may be NULL. The first failure among
 * them counts. Notes what the tags say. */
int32_t postgresql_drain(berth_driver_connection *connection, PGresult *first, berth_error *error);
/* At the end of a call that failed: whether the connection is gone. Returns the status. */
int32_t postgresql_settle(berth_driver_connection *connection, int32_t status, berth_error *error);
/* Outside a pipeline: runs SQL without values, and drops its rows. */
int32_t postgresql_run(berth_driver_connection *connection, const char *sql, berth_error *error);

/* ---- errors.c ---- */

int32_t postgresql_classify(int64_t native_code, const char *sqlstate, uint32_t *flags);
/* Fills `error` from a failed result. */
int32_t postgresql_fail(berth_driver_connection *connection, const PGresult *result, berth_error *error);
/* The connection has ended. */
int32_t postgresql_fail_lost(berth_driver_connection *connection, berth_error *error);
/* ... as the server did not answer to a cancel. */
int32_t postgresql_fail_expired(berth_error *error);
/* The failure is one that the same transaction need not meet again. Returns the status. */
int32_t postgresql_make_retryable(berth_error *error);
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
/* Lets the server forget what was dropped, once it is worth it. Outside a pipeline. */
int32_t postgresql_statements_tidy(berth_driver_connection *connection, berth_error *error);
/* The server has forgotten all. */
void postgresql_statements_forget(berth_driver_connection *connection);
/* In a pipeline: prepares a statement on the server where that is not done, or is out of date. */
int32_t postgresql_statement_send(berth_driver_connection *connection, berth_driver_statement *statement,
                                  const char *sql, int64_t index, berth_error *error);
/* Takes over the description that the server has answered to a step with. */
void postgresql_statement_describe(berth_driver_connection *connection, const postgresql_step *step,
                                   PGresult *description);
/* A step of preparing was not done. */
void postgresql_statement_undo(const postgresql_step *step);
/* Whether a failure says that the server's plan is out of date or gone; marks the statement then. */
bool postgresql_statement_is_stale(berth_driver_statement *statement, const PGresult *result);
/* Whether SQL begins with COPY. */
bool postgresql_is_copy(const char *sql);

/* ---- columns.c ---- */

/* Takes over `description` in any case. */
int32_t postgresql_columns_make(postgresql_columns *columns, PGresult *description, bool may_be_binary,
                                berth_error *error);
void postgresql_columns_free(postgresql_columns *columns);

/* ---- execute.c ---- */

int32_t postgresql_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                           berth_error *error);

/* Adds a statement to the pipeline, and before it what it needs: BEGIN where that waits, its preparation. */
int32_t postgresql_send_statement(berth_driver_connection *connection, const berth_execution *execution, int64_t index,
                                  berth_error *error);

/* ---- insert.c, arrays.c, many.c ---- */

#define POSTGRESQL_ARRAY_ROWS 1000

/* The array form of a statement that was described; NULL where it has none, or there is no memory. */
postgresql_array_form *postgresql_array_form_new(const char *sql, const PGresult *description);
void postgresql_array_form_free(postgresql_array_form *form);
/* How many rows go into one statement, and room for their values. */
uint32_t postgresql_arrays_fit(const berth_value *values, uint32_t width, uint64_t rows, size_t *size);
/* Puts rows into connection->params. False when a value has no binary form, does not fit, or there is no memory. */
bool postgresql_arrays_encode(berth_driver_connection *connection, const postgresql_array_form *form,
                              const berth_value *values, uint32_t rows, size_t size);
int32_t postgresql_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                                int64_t deadline_ns, berth_error *error);

/* ---- fetch.c ---- */

int32_t postgresql_fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                         berth_error *error);
int32_t postgresql_fetch_batch(berth_driver_connection *connection, berth_batch *batch, int64_t deadline_ns,
                               berth_error *error);
int32_t postgresql_finish(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* How many rows libpq shall hand out at a time, where it can hand out several. */
void postgresql_rows_select_mode(PGconn *handle, uint32_t count);
/* Whether it is one of several results of a statement, with rows in it. */
bool postgresql_has_rows(const PGresult *result);
/* Begins to read. Takes over the first result. */
void postgresql_rows_begin(berth_driver_connection *connection, PGresult *first);

/* ---- encode.c ---- */

enum { POSTGRESQL_TEXT = 0, POSTGRESQL_BINARY = 1 };

#define POSTGRESQL_SCALAR_BYTES 72 /* Room for any value but texts and blobs. */

/* One value on its way. */
typedef struct postgresql_writer {
    const berth_value *value;
    Oid oid;            /* Of the type that the server takes; 0 where it has not said it. */
    uint32_t place;     /* Of the value, for its name in a failure ... */
    const char *column; /* ... where there is no name. */
    char *bytes;        /* Room for what is no view of the value: postgresql_write_room(). */
    size_t used;        /* Of it. */
    const char *data;   /* What is sent; NULL for NULL. */
    size_t length;
    int format;
    berth_error *error;
} postgresql_writer;

/* Whether a value of a type is bytes somewhere else. */
static inline bool postgresql_has_data(uint32_t type) {
    const uint32_t types = UINT32_C(1) << BERTH_TYPE_TEXT | UINT32_C(1) << BERTH_TYPE_BLOB |
                           UINT32_C(1) << BERTH_TYPE_DECIMAL | UINT32_C(1) << BERTH_TYPE_JSON;
    return type < BERTH_TYPE_COUNT && (types >> type & 1) != 0;
}

static inline size_t postgresql_write_room(const berth_value *value) {
    return POSTGRESQL_SCALAR_BYTES + (postgresql_has_data(value->type) ? value->length : 0);
}

/* In binary where the type is known, else as text. */
int32_t postgresql_write(postgresql_writer *writer);
/* What was written, as COPY and arrays want it: its bytes at `writer->bytes`, and before them their number. Returns the
 * bytes of both. */
size_t postgresql_write_framed(postgresql_writer *writer);
/* A number of four bytes in the order of the network. Returns the place behind it. */
char *postgresql_put_int32(char *at, uint32_t number);

/* Whether values can be written in binary for columns of a type. */
bool postgresql_takes_binary(Oid oid);
/* In the binary form of a column's type, whatever the value's own; or refuses it. */
int32_t postgresql_write_binary(postgresql_writer *writer, const postgresql_column *column);
/* The same without conversions that the server might make in another way; false where that can't be. */
bool postgresql_write_native(postgresql_writer *writer, const postgresql_column *column);

/* ---- params.c ---- */

/* Puts an execution's values into connection->params; `types` describes them, or is NULL. */
int32_t postgresql_params_encode(berth_driver_connection *connection, const berth_execution *execution,
                                 const PGresult *types, berth_error *error);
bool postgresql_params_reserve(postgresql_params *params, uint32_t count, size_t size);
/* Whether values mean the same to the server as text, whatever type it takes there. */
bool postgresql_params_are_plain(const berth_execution *execution);
void postgresql_params_free(postgresql_params *params);

/* ---- bulk.c, bulk_text.c ---- */

int32_t postgresql_bulk_begin(berth_driver_connection *connection, const berth_bulk *bulk, int64_t deadline_ns,
                              berth_error *error);
int32_t postgresql_bulk_rows(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                             int64_t deadline_ns, berth_error *error);
int32_t postgresql_bulk_end(berth_driver_connection *connection, int64_t *rows, int64_t deadline_ns,
                            berth_error *error);
void postgresql_bulk_abort(berth_driver_connection *connection);
void postgresql_bulk_free(postgresql_bulk *load);
/* Adds a row as text, where there is room for it. */
int32_t postgresql_bulk_text_row(postgresql_bulk *load, const berth_value *row, berth_error *error);
size_t postgresql_bulk_text_room(const berth_value *value);

/* ---- decode.c, numeric.c ---- */

/* Finds how a column is read. Returns whether that needs scratch. */
bool postgresql_choose_way(postgresql_column *column, bool is_binary);
/* Reads a row of the current result into the columns' row, and puts it into a batch, unless that is NULL or refuses. */
int32_t postgresql_decode_row(berth_driver_connection *connection, int row, berth_batch *batch, berth_error *error);
/* Bytes that postgresql_numeric_write() may need, and the text of a binary numeric. Returns its length. */
size_t postgresql_numeric_room(const unsigned char *bytes, size_t length);
size_t postgresql_numeric_write(const unsigned char *bytes, size_t length, char *text);
/* The binary form of a number in text, in no more bytes than postgresql_write_room(). Returns its length, 0 for what is
 * no number that the server takes. */
size_t postgresql_numeric_read(const char *text, size_t length, unsigned char *bytes);
bool postgresql_reserve(postgresql_buffer *buffer, size_t size);

/* ---- times.c ---- */

/* Reads the server's text as a type. What Berth has no value for, such as infinity, stays text. */
int32_t postgresql_parse(uint32_t type, const char *text, size_t length, berth_value *value, berth_error *error);
int32_t postgresql_fail_late(berth_error *error);

/* ---- transaction.c ---- */

int32_t postgresql_begin(berth_driver_connection *connection, const berth_begin *begin, int64_t deadline_ns,
                         berth_error *error);
int32_t postgresql_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t postgresql_rollback(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
int32_t postgresql_transaction_state(berth_driver_connection *connection);
int32_t postgresql_sync(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
/* Notes what the tag of a statement that has ended says. A changed schema makes prepared statements out of date. */
void postgresql_note_end(berth_driver_connection *connection, PGresult *result);

#endif
