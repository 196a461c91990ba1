/* Rows: next, get, close. */
#include "core/result.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"
#include "core/value.h"

/* Room for the text of a value that has none of its own; stays until the next row. */
typedef struct scratch {
    char text[VALUE_TEXT_BYTES];
} scratch;

struct berth_result {
    berth_session *session; /* NULL once the session has ended. */
    connection *connection; /* NULL when there are no more rows to fetch, or they are not for berth_next(). */
    const berth_value *row; /* NULL before the first row and after the last. */
    const berth_column_info *columns;
    uint32_t column_count;
    bool has_timeout;
    bool has_reader;       /* Its rows are, or were, not for berth_next(). */
    result_reader *reader; /* NULL when the reading is over. */
    scratch *scratch;      /* One per column, made when first needed. */
    uint32_t scratch_count;
    berth_result *next;
    berth_result *previous;
};

/* Stands for a result where there is no memory for one. Never written. */
static berth_result unmade;

static berth_result *result_new(berth_session *session) {
    berth_result *result = session->spare_result;
    session->spare_result = NULL;
    if (result == NULL && (result = calloc(1, sizeof *result)) == NULL) {
        error_no_memory(&session->error, "a result");
        return &unmade;
    }
    result->session = session;
    result->connection = NULL;
    result->row = NULL;
    result->columns = NULL;
    result->column_count = 0;
    result->has_reader = false;
    result->reader = NULL;
    result->previous = NULL;
    result->next = session->results;
    if (session->results != NULL)
        session->results->previous = result;
    session->results = result;
    return result;
}

static void result_free(berth_result *result) {
    if (result != NULL)
        free(result->scratch);
    free(result);
}

/* No more rows: the session may run another statement. */
static void end_reading(berth_result *result) {
    result->connection = NULL;
    result->row = NULL;
    result->session->open_result = NULL;
}

/* Runs the statement; the result has its rows afterwards, if there are any. */
static void query(berth_result *result, const statement_key *key, const berth_params *params) {
    int64_t deadline_ns;
    berth_session *session = result->session;
    berth_execution execution = {.struct_size = sizeof execution, .affected_rows = -1};
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status == BERTH_OK)
        status = session_execute(session, key, params, &execution, deadline_ns);
    if (status != BERTH_OK || execution.column_count == 0) {
        session_call_end(session, status);
        return;
    }
    result->connection = session->connection;
    result->columns = execution.columns;
    result->column_count = execution.column_count;
    result->has_timeout = session->options.statement_timeout_ms > 0 || session->deadline_ns != BERTH_NO_DEADLINE;
    session->open_result = result;
    atomic_store(&session->activity, SESSION_READING);
}

berth_result *berth_query(berth_session *session, const char *sql, const berth_params *params) {
    if (session == NULL || session->life != SESSION_OPEN)
        return &unmade;
    berth_result *result = result_new(session);
    if (!session_usable(session, "berth_query"))
        return result;
    if (sql == NULL) {
        berth_session_fail(session, BERTH_MISUSE, "berth_query: sql is NULL");
        return result;
    }
    const statement_key key = statement_key_of(sql);
    query(result, &key, params);
    return result;
}

berth_result *berth_statement_query(berth_session *session, const berth_statement *statement,
                                    const berth_params *params) {
    if (session == NULL || session->life != SESSION_OPEN)
        return &unmade;
    berth_result *result = result_new(session);
    if (!session_usable(session, "berth_statement_query"))
        return result;
    if (statement == NULL) {
        berth_session_fail(session, BERTH_MISUSE, "berth_statement_query: the statement is NULL");
        return result;
    }
    const statement_key key = statement_handle_key(statement);
    query(result, &key, params);
    return result;
}

/* The reader learns that the reading is over, while the session is there to tell why. */
static void dismiss_reader(berth_result *result) {
    result_reader *reader = result->reader;
    const berth_error *error = &result->session->error;
    result->reader = NULL;
    reader->result = NULL;
    if (error->status != BERTH_OK)
        error_copy(&reader->error, error);
    else if (!reader->is_complete)
        error_set(&reader->error, BERTH_MISUSE,
                  "the reading was ended before the last row: the result was closed, or the session ended or rolled "
                  "back");
}

/* The end of the rows, or a failure on the way there. */
static bool stop(berth_result *result, berth_status status) {
    berth_session *session = result->session;
    end_reading(result);
    session_call_end(session, status);
    if (result->reader != NULL)
        dismiss_reader(result);
    return false;
}

/* Begins to read one row or some. False, and the reading is over, where there can't be any. */
static inline bool begin_reading(const berth_result *result, int64_t *deadline_ns) {
    berth_session *session = result->session;
    if (session->error.status != BERTH_OK || session_is_inherited(session) ||
        atomic_load_explicit(&session->cancelled, memory_order_relaxed)) {
        session_finish_result(session);
        return false;
    }
    *deadline_ns = result->has_timeout ? session_call_deadline(session) : BERTH_NO_DEADLINE;
    return true;
}

static bool refuse_next(const berth_result *result) {
    if (result->has_reader && result->session != NULL)
        berth_session_fail(result->session, BERTH_MISUSE,
                           "berth_next: the rows are read by the stream that berth_result_arrow() made of the result");
    return false;
}

bool berth_next(berth_result *result) {
    int64_t deadline_ns;
    if (result->connection == NULL)
        return refuse_next(result);
    if (!begin_reading(result, &deadline_ns))
        return false;
    berth_session *session = result->session;
    berth_status status = driver_fetch(result->connection, &result->row, deadline_ns, &session->error);
    if (status == BERTH_OK && result->row != NULL)
        return true;
    return stop(result, status);
}

void session_finish_result(berth_session *session) {
    berth_result *result = session->open_result;
    if (result == NULL)
        return;
    berth_error error;
    error_clear(&error);
    berth_status status = BERTH_OK;
    if (!session_is_inherited(session) && !session->connection->lost)
        status = driver_finish(session->connection, clock_coarse_deadline_ns(CONNECTION_CLEANUP_MS), &error);
    if (atomic_load_explicit(&session->cancelled, memory_order_relaxed))
        berth_session_fail(session, BERTH_CANCELLED, "the reading of rows was cancelled");
    if (status != BERTH_OK && session->error.status == BERTH_OK)
        session->error = error;
    stop(result, session->error.status == BERTH_OK ? BERTH_OK : status);
}

void session_forget_columns(berth_session *session) {
    for (berth_result *result = session->results; result != NULL; result = result->next) {
        result->columns = NULL;
        result->column_count = 0;
    }
}

void session_leave_results(berth_session *session) {
    session_forget_columns(session);
    for (berth_result *result = session->results; result != NULL; result = result->next)
        result->session = NULL;
    session->results = NULL;
}

void berth_result_close(berth_result *result) {
    if (result == NULL || result == &unmade)
        return;
    berth_session *session = result->session;
    if (session == NULL) {
        result_free(result);
        return;
    }
    if (session->open_result == result)
        session_finish_result(session);
    *(result->previous != NULL ? &result->previous->next : &session->results) = result->next;
    if (result->next != NULL)
        result->next->previous = result->previous;
    if (session->spare_result == NULL)
        session->spare_result = result;
    else
        result_free(result);
}

int berth_column_count(const berth_result *result) {
    return (int)result->column_count;
}

const berth_column_info *berth_column_at(const berth_result *result, int column) {
    return column >= 0 && (uint32_t)column < result->column_count ? &result->columns[column] : NULL;
}

int berth_column(berth_result *result, const char *name) {
    for (uint32_t i = 0; name != NULL && i < result->column_count; i++)
        if (strcmp(result->columns[i].name, name) == 0)
            return (int)i;
    if (result->session != NULL)
        berth_session_fail(result->session, BERTH_MISUSE, "the result has no column named \"%s\"",
                           name != NULL ? name : "(null)");
    return -1;
}

/* The value at a column of the current row; NULL, and the session has failed, where there is none. */
static const berth_value *refuse_cell(berth_result *result, int column) {
    berth_session *session = result->session;
    if (session == NULL)
        return NULL;
    if (result->has_reader)
        berth_session_fail(session, BERTH_MISUSE,
                           "column %d was read, but the rows are read by the stream that berth_result_arrow() made of "
                           "the result",
                           column);
    else if (result->row == NULL)
        berth_session_fail(session, BERTH_MISUSE, "column %d was read without a row: call berth_next() first", column);
    else
        berth_session_fail(session, BERTH_MISUSE, "there is no column %d: the result has columns 0 to %d", column,
                           (int)result->column_count - 1);
    return NULL;
}

static inline const berth_value *cell(berth_result *result, int column) {
    if (result->row != NULL && (uint32_t)column < result->column_count)
        return &result->row[column];
    return refuse_cell(result, column);
}

/* Notes that a conversion failed, unless the session had failed before. */
static void refuse_value(berth_result *result, int column, berth_error *error) {
    if (result->session->error.status != BERTH_OK)
        return;
    error_prefix(error, "column %d (%s): ", column, result->columns[column].name);
    error_copy(&result->session->error, error);
}

bool berth_is_null(berth_result *result, int column) {
    const berth_value *value = cell(result, column);
    return value == NULL || value->type == BERTH_TYPE_NULL;
}

/* A getter: `fast` where the value has that very type, `convert` else. */
#define GETTER(name, c_type, fast_type, member, convert)                                                               \
    c_type name(berth_result *result, int column) {                                                                    \
        const berth_value *value = cell(result, column);                                                               \
        c_type found = 0;                                                                                              \
        berth_error error;                                                                                             \
        if (value == NULL)                                                                                             \
            return 0;                                                                                                  \
        if (value->type == (fast_type))                                                                                \
            return (c_type)value->as.member;                                                                           \
        if (convert(value, &found, &error) != BERTH_OK)                                                                \
            refuse_value(result, column, &error);                                                                      \
        return found;                                                                                                  \
    }

GETTER(berth_get_int64, int64_t, BERTH_TYPE_INT64, integer, value_to_int64)
GETTER(berth_get_uint64, uint64_t, BERTH_TYPE_UINT64, integer, value_to_uint64)
GETTER(berth_get_double, double, BERTH_TYPE_DOUBLE, real, value_to_double)
GETTER(berth_get_bool, bool, BERTH_TYPE_BOOL, integer, value_to_bool)
GETTER(berth_get_date, int32_t, BERTH_TYPE_DATE, integer, value_to_date)
GETTER(berth_get_time, int64_t, BERTH_TYPE_TIME, integer, value_to_time)
GETTER(berth_get_timestamp, int64_t, BERTH_TYPE_TIMESTAMPTZ, integer, value_to_timestamp)

/* The scratch text of a column; NULL, and the session has failed, without memory. */
static char *column_scratch(berth_result *result, int column) {
    if (result->scratch_count < result->column_count) {
        scratch *grown = realloc(result->scratch, result->column_count * sizeof *grown);
        if (grown == NULL) {
            berth_session_fail(result->session, BERTH_NO_MEMORY, "out of memory for the text of column %d", column);
            return NULL;
        }
        result->scratch = grown;
        result->scratch_count = result->column_count;
    }
    return result->scratch[column].text;
}

typedef berth_status (*text_conversion)(const berth_value *value, char scratch[VALUE_TEXT_BYTES], const char **text,
                                        size_t *length, berth_error *error);

static const char *converted(berth_result *result, int column, const berth_value *value, text_conversion convert,
                             size_t *length) {
    const char *text;
    berth_error error;
    char *scratch = column_scratch(result, column);
    *length = 0;
    if (scratch == NULL)
        return "";
    if (convert(value, scratch, &text, length, &error) == BERTH_OK)
        return text;
    *length = 0;
    refuse_value(result, column, &error);
    return "";
}

const char *berth_get_text(berth_result *result, int column) {
    const berth_value *value = cell(result, column);
    size_t length;
    if (value == NULL)
        return "";
    if (value->type == BERTH_TYPE_TEXT)
        return value->as.data;
    return converted(result, column, value, value_to_text, &length);
}

const char *berth_get_decimal(berth_result *result, int column) {
    const berth_value *value = cell(result, column);
    size_t length;
    return value != NULL ? converted(result, column, value, value_to_decimal, &length) : "";
}

/* The value has no bytes of the kind that was asked for. */
static const char *refuse_type(berth_result *result, int column, const berth_value *value, const char *wanted) {
    berth_error error;
    bool is_null = value->type == BERTH_TYPE_NULL;
    error_set(&error, BERTH_DATA, "the value is %s%s, not %s", is_null ? "" : "of type ",
              is_null ? "NULL" : berth_type_name((berth_type)value->type), wanted);
    refuse_value(result, column, &error);
    return "";
}

const char *berth_get_json(berth_result *result, int column) {
    const berth_value *value = cell(result, column);
    if (value == NULL)
        return "";
    if (value->type == BERTH_TYPE_JSON || value->type == BERTH_TYPE_TEXT)
        return value->as.data;
    return refuse_type(result, column, value, "JSON");
}

const void *berth_get_blob(berth_result *result, int column) {
    const berth_value *value = cell(result, column);
    if (value == NULL)
        return "";
    if (value_has_bytes(value))
        return value->as.data;
    return refuse_type(result, column, value, "a blob");
}

size_t berth_get_length(berth_result *result, int column) {
    const berth_value *value = cell(result, column);
    size_t length = 0;
    if (value == NULL || value->type == BERTH_TYPE_NULL)
        return 0;
    if (value_has_bytes(value))
        return (size_t)value->length;
    converted(result, column, value, value_to_text, &length);
    return length;
}

const uint8_t *berth_get_uuid(berth_result *result, int column) {
    static const uint8_t none[16];
    const berth_value *value = cell(result, column);
    berth_error error;
    if (value == NULL)
        return none;
    if (value->type == BERTH_TYPE_UUID)
        return value->as.uuid;
    uint8_t *scratch = (uint8_t *)column_scratch(result, column);
    if (scratch != NULL && value_to_uuid(value, scratch, &error) == BERTH_OK)
        return scratch;
    if (scratch != NULL)
        refuse_value(result, column, &error);
    return none;
}

berth_value berth_get_value(berth_result *result, int column) {
    const berth_value *value = cell(result, column);
    return value != NULL ? *value : berth_null();
}

/* Reading in another way. */

berth_session *result_session(const berth_result *result) {
    return result != NULL ? result->session : NULL;
}

berth_status result_reader_open(result_reader *reader, berth_result *result, const char *function) {
    berth_session *session = result_session(result);
    if (berth_session_status(session) != BERTH_OK)
        return berth_session_status(session);
    if (result->has_reader)
        return berth_session_fail(session, BERTH_MISUSE, "%s: the rows are read by another stream", function);
    if (result->connection == NULL || result->row != NULL)
        return berth_session_fail(session, BERTH_MISUSE,
                                  "%s: %s: call it before berth_next(), for a statement that returns rows", function,
                                  result->row != NULL ? "rows were read already" : "there are no rows to read");
    reader->result = result;
    reader->is_complete = false;
    reader->waiting = NULL;
    error_clear(&reader->error);
    result->connection = NULL;
    result->has_reader = true;
    result->reader = reader;
    return BERTH_OK;
}

berth_session *result_reader_begin(result_reader *reader, int64_t *deadline_ns) {
    berth_session *session = result_session(reader->result);
    return session != NULL && begin_reading(reader->result, deadline_ns) ? session : NULL;
}

/* Rows that are there, and perhaps more; else the reading has ended. */
static bool go_on(result_reader *reader, berth_status status, bool has_rows) {
    if (status == BERTH_OK && has_rows)
        return true;
    reader->is_complete = status == BERTH_OK;
    stop(reader->result, status);
    return false;
}

static bool fill_by_rows(result_reader *reader, berth_batch *batch, int64_t deadline_ns) {
    berth_session *session = reader->result->session;
    while (batch->row_count < batch->row_limit && !batch->is_refused) {
        const berth_value *row = reader->waiting;
        berth_status status = BERTH_OK;
        if (row == NULL)
            status = driver_fetch(session->connection, &row, deadline_ns, &session->error);
        if (!go_on(reader, status, row != NULL))
            return false;
        reader->waiting = berth_batch_put_row(batch, row) ? NULL : row;
    }
    return true;
}

bool result_reader_fill(result_reader *reader, berth_batch *batch, int64_t deadline_ns) {
    berth_result *result = reader->result;
    if (result == NULL)
        return false;
    berth_session *session = result->session;
    if (atomic_load_explicit(&session->cancelled, memory_order_relaxed)) {
        session_finish_result(session);
        return false;
    }
    if (session->connection->driver->fetch_batch == NULL)
        return fill_by_rows(reader, batch, deadline_ns);
    berth_status status = driver_fetch_batch(session->connection, batch, deadline_ns, &session->error);
    return go_on(reader, status, batch->row_count == batch->row_limit || batch->is_refused);
}

void result_reader_fail(result_reader *reader, berth_session *session, const berth_error *error) {
    if (session != NULL && session->error.status == BERTH_OK)
        error_copy(&session->error, error);
    if (reader->result != NULL)
        result_reader_close(reader);
    else
        error_copy(&reader->error, error);
}

void result_reader_close(result_reader *reader) {
    if (reader->result != NULL)
        session_finish_result(reader->result->session);
}
