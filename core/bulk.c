/* Loading many rows: gathered into batches, which the driver takes by its fastest path. */
#include <berth/bulk.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"
#include "core/schema.h"
#include "core/session.h"
#include "core/sized.h"
#include "core/value.h"

#define BATCH_ROWS 1024
#define BATCH_BYTES 262144 /* Of texts and blobs. */

struct berth_bulk_load {
    berth_session *session; /* NULL once it has ended. */
    berth_bulk_load *next;  /* Of the session's. */
    berth_bulk_options options;
    uint64_t capabilities; /* The driver's. */
    char *names;           /* The table and the columns, with NULs between. */
    const char **columns;
    uint32_t width;
    char *insert; /* The statement, for a driver without a path of its own. */
    bool is_begun;
    int64_t rows; /* Sent. */
    uint32_t gathered;
    size_t bytes_used;
    berth_value *values;
    berth_params *params; /* Each gathered row, for berth_exec_many(). */
    char *bytes;
};

static berth_bulk_load unmade; /* Stands for a load where there is no memory for one. */

static void load_free(berth_bulk_load *load) {
    free(load->names);
    free((void *)load->columns);
    free(load->insert);
    free(load->values);
    free(load->params);
    free(load->bytes);
    free(load);
}

/* Copies the names: the driver wants each with a NUL behind it. */
static berth_status copy_names(berth_bulk_load *load, const char *table, const char *columns, berth_error *error) {
    schema_list list = schema_list_of(columns);
    schema_name name;
    size_t table_bytes = strlen(table) + 1;
    load->width = (uint32_t)schema_list_length(list);
    load->names = malloc(table_bytes + strlen(columns) + 1 + load->width);
    load->columns = calloc(load->width, sizeof *load->columns);
    if (load->names == NULL || load->columns == NULL)
        return error_no_memory(error, "a load");
    char *at = load->names + table_bytes;
    memcpy(load->names, table, table_bytes);
    for (uint32_t i = 0; schema_list_next(&list, &name); i++) {
        if (name.length == 0)
            return error_set(error, BERTH_MISUSE, "berth_bulk_open: a name is missing in the list of columns \"%s\"",
                             columns);
        memcpy(at, name.text, name.length);
        at[name.length] = '\0';
        load->columns[i] = at;
        at += name.length + 1;
    }
    return BERTH_OK;
}

static berth_status allocate_batch(berth_bulk_load *load, berth_error *error) {
    load->values = malloc(BATCH_ROWS * load->width * sizeof *load->values);
    load->params = malloc(BATCH_ROWS * sizeof *load->params);
    load->bytes = malloc(BATCH_BYTES);
    if (load->values == NULL || load->params == NULL || load->bytes == NULL)
        return error_no_memory(error, "a load");
    for (uint32_t i = 0; i < BATCH_ROWS; i++)
        load->params[i] = (berth_params){load->values + (size_t)i * load->width, load->width};
    return BERTH_OK;
}

static berth_status write_insert(berth_bulk_load *load, const char *columns, berth_error *error) {
    buffer text = {0};
    upsert_write_insert(&text, session_driver(load->session)->dialect, load->names, columns);
    load->insert = buffer_take(&text);
    return load->insert != NULL ? BERTH_OK : error_no_memory(error, "a load");
}

/* Begins it in the database. */
static berth_status begin(berth_session *session, void *context, int64_t deadline_ns) {
    const berth_bulk_load *load = context;
    const berth_bulk bulk = {
        .struct_size = sizeof bulk, .column_count = load->width, .table = load->names, .columns = load->columns};
    return driver_bulk_begin(session->connection, &bulk, deadline_ns, &session->error);
}

static berth_status start(berth_bulk_load *load) {
    int64_t deadline_ns;
    berth_session *session = load->session;
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status == BERTH_OK)
        status = session_step(session, begin, load, deadline_ns);
    if (status != BERTH_OK)
        error_prefix(&session->error, "loading into table \"%s\": ", load->names);
    load->is_begun = status == BERTH_OK;
    return session_call_end(session, status);
}

static bool has_path(const berth_session *session) {
    return session_driver(session)->bulk_begin != NULL;
}

static berth_status make(berth_bulk_load *load, const char *table, const char *columns,
                         const berth_bulk_options *options, berth_error *error) {
    berth_status status = BERTH_OK;
    if (load->session->options.autocommit)
        return error_set(error, BERTH_MISUSE, "berth_bulk_open: a load needs a transaction: leave autocommit out");
    if (table == NULL || columns == NULL)
        return error_set(error, BERTH_MISUSE, "berth_bulk_open: %s is NULL", table == NULL ? "table" : "columns");
    if (options != NULL)
        status = sized_copy(options, &load->options, sizeof load->options, "berth_bulk_options", "BERTH_BULK_OPTIONS",
                            error);
    if (status == BERTH_OK)
        status = copy_names(load, table, columns, error);
    if (status == BERTH_OK)
        status = allocate_batch(load, error);
    if (status == BERTH_OK && !has_path(load->session))
        status = write_insert(load, columns, error);
    return status;
}

berth_bulk_load *berth_bulk_open(berth_session *session, const char *table, const char *columns,
                                 const berth_bulk_options *options) {
    berth_error error;
    if (session_check_open(session, "berth_bulk_open", NULL) != BERTH_OK)
        return &unmade;
    berth_bulk_load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for a load");
        return &unmade;
    }
    load->session = session;
    load->next = session->loads;
    session->loads = load;
    load->capabilities = session_driver(session) != NULL ? session_driver(session)->capabilities : 0;
    if (!session_usable(session, "berth_bulk_open") || session_flush(session) != BERTH_OK)
        return load;
    if (make(load, table, columns, options, &error) != BERTH_OK)
        berth_session_fail(session, (berth_status)error.status, "%s", error.message);
    else if (!has_path(session) || start(load) == BERTH_OK)
        session->open_load = load;
    return load;
}

/* Tells which row of the load it was. */
static berth_status place_failure(berth_bulk_load *load, int64_t first) {
    berth_error *error = &load->session->error;
    if (error->index >= 0) {
        error->index += first;
        error_prefix(error, "row %lld: ", (long long)error->index + 1);
    }
    return error_prefix(error, "loading into table \"%s\": ", load->names);
}

/* Ends what a failure or the session's end has left. */
static void abandon(berth_bulk_load *load) {
    berth_session *session = load->session;
    if (session->open_load == load)
        session->open_load = NULL;
    if (load->is_begun && session->connection != NULL && !session_is_inherited(session) && !session->connection->lost)
        driver_bulk_abort(session->connection);
    load->is_begun = false;
}

/* Sends what was gathered, or one row that is too large to be. */
static berth_status send(berth_bulk_load *load, const berth_params *rows, uint32_t count) {
    int64_t deadline_ns;
    berth_session *session = load->session;
    berth_status status;
    session->open_load = NULL; /* For the calls of its own. */
    if (has_path(session)) {
        status = session_call_begin(session, &deadline_ns);
        if (status == BERTH_OK)
            status = driver_bulk_rows(session->connection, rows->values, count, deadline_ns, &session->error);
        session_call_end(session, status);
    } else {
        const statement_key key = statement_key_of(load->insert);
        status = session_execute_many(session, &key, rows, count);
    }
    if (status != BERTH_OK) {
        place_failure(load, load->rows);
        abandon(load);
        return status;
    }
    session->open_load = load;
    load->rows += count;
    if (load->options.on_progress != NULL)
        load->options.on_progress(load->rows, load->options.context);
    return BERTH_OK;
}

static berth_status send_gathered(berth_bulk_load *load) {
    uint32_t count = load->gathered;
    load->gathered = 0;
    load->bytes_used = 0;
    return count > 0 ? send(load, load->params, count) : BERTH_OK;
}

/* The number of the row that comes next, from 1. */
static long long next_number(const berth_bulk_load *load) {
    return load->rows + load->gathered + 1;
}

static berth_status refuse_width(berth_bulk_load *load, const berth_params *row) {
    return berth_session_fail(load->session, BERTH_MISUSE,
                              "loading into table \"%s\": row %lld has %zu values for %u columns", load->names,
                              next_number(load), row != NULL ? row->count : 0, (unsigned)load->width);
}

/* Whether a value that is not plain may be bound. */
static bool check_value(berth_bulk_load *load, uint32_t column, const berth_value *value) {
    berth_session *session = load->session;
    berth_error error;
    if (value_check(value, load->capabilities, &error) == BERTH_OK)
        return true;
    berth_session_fail(session, (berth_status)error.status, "loading into table \"%s\": row %lld: column \"%s\": %s",
                       load->names, next_number(load), load->columns[column], error.message);
    session->error.index = load->rows + load->gathered;
    return false;
}

/* What came of a row. */
typedef enum gathering {
    GATHERED,
    NO_ROOM, /* For its bytes, behind those of other rows or at all. */
    REFUSED, /* The session has failed. */
} gathering;

/* Copies a row behind those that are there, looking at each value once. */
static gathering gather(berth_bulk_load *load, const berth_params *row) {
    berth_value *kept = load->values + (size_t)load->gathered * load->width;
    bool takes_nul = (load->capabilities & BERTH_CAP_TEXT_NUL) != 0;
    size_t used = load->bytes_used;
    for (uint32_t i = 0; i < load->width; i++) {
        const berth_value *value = &row->values[i];
        if (!value_is_plain(value, takes_nul) && !check_value(load, i, value))
            return REFUSED;
        kept[i] = *value;
        if (value_has_bytes(value)) {
            if (value->length > BATCH_BYTES - used)
                return NO_ROOM;
            kept[i].as.data = load->bytes + used;
            if (value->length > 0)
                memcpy(load->bytes + used, value->as.data, value->length);
            used += value->length;
        }
    }
    load->gathered++;
    load->bytes_used = used;
    return GATHERED;
}

/* Whether the load can go on. Names `function` when it can't. */
static bool is_usable(berth_bulk_load *load, const char *function) {
    berth_session *session = load != NULL ? load->session : NULL;
    if (session == NULL || berth_session_status(session) != BERTH_OK)
        return false;
    if (session->open_load == load)
        return true;
    berth_session_fail(session, BERTH_MISUSE, "%s: the load has ended", function);
    return false;
}

berth_status berth_bulk_row(berth_bulk_load *load, const berth_params *row) {
    if (!is_usable(load, "berth_bulk_row"))
        return load != NULL ? berth_session_status(load->session) : BERTH_MISUSE;
    if (row == NULL || row->count != load->width)
        return refuse_width(load, row);
    if (load->gathered == BATCH_ROWS && send_gathered(load) != BERTH_OK)
        return berth_session_status(load->session);
    gathering came = gather(load, row);
    if (came == NO_ROOM && load->gathered > 0) {
        if (send_gathered(load) != BERTH_OK)
            return berth_session_status(load->session);
        came = gather(load, row);
    }
    if (came == NO_ROOM)
        return send(load, row, 1);
    return came == GATHERED ? BERTH_OK : berth_session_status(load->session);
}

/* Ends it in the database: the rows are there, in the transaction. */
static berth_status finish(berth_bulk_load *load) {
    int64_t deadline_ns;
    int64_t rows = load->rows;
    berth_session *session = load->session;
    session->open_load = NULL;
    if (!load->is_begun)
        return BERTH_OK;
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status == BERTH_OK)
        status = driver_bulk_end(session->connection, &rows, deadline_ns, &session->error);
    load->is_begun = false;
    load->rows = rows;
    session_call_end(session, status);
    return status == BERTH_OK ? BERTH_OK : place_failure(load, 0);
}

void session_leave_load(berth_session *session) {
    berth_bulk_load *load = session->open_load;
    if (load == NULL)
        return;
    berth_session_fail(session, BERTH_MISUSE, "the load into table \"%s\" was not closed: nothing of it is kept",
                       load->names);
    abandon(load);
}

void session_leave_loads(berth_session *session) {
    for (berth_bulk_load *load = session->loads; load != NULL; load = load->next)
        load->session = NULL;
    session->loads = NULL;
}

static void unlink_load(berth_bulk_load *load) {
    berth_bulk_load **link = &load->session->loads;
    while (*link != load)
        link = &(*link)->next;
    *link = load->next;
}

berth_status berth_bulk_close(berth_bulk_load *load, int64_t *rows) {
    if (rows != NULL)
        *rows = 0;
    if (load == NULL || load == &unmade)
        return BERTH_MISUSE;
    berth_session *session = load->session;
    berth_status status = BERTH_MISUSE;
    if (session != NULL) {
        if (is_usable(load, "berth_bulk_close") && send_gathered(load) == BERTH_OK && finish(load) == BERTH_OK &&
            rows != NULL)
            *rows = load->rows;
        abandon(load);
        unlink_load(load);
        status = berth_session_status(session);
    }
    load_free(load);
    return status;
}
