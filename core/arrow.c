/* A result as a stream of batches. */
#include "core/arrow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/result.h"

#define FEW_ROWS 1024 /* Between two looks whether the reading was cancelled, too. */

/* A stream's private data. */
typedef struct arrow_stream {
    berth_batch batch;           /* First, since it is what put() gets. */
    berth_batch_column **places; /* The batch's: one in each column. */
    berth_error refusal;         /* Why put() has refused a row. */
    arrow_store *store;
    result_reader reader;
    arrow_limits limits;
    arrow_column *columns;
    size_t column_count;
    size_t capacity;         /* Rows that a batch begins with room for. */
    int64_t rows_before;     /* Those of earlier batches. */
    bool is_undecided;       /* A column's type depends on the first batch. */
    struct ArrowArray first; /* The first batch, where get_schema() had to read it; else released. */
} arrow_stream;

static const struct {
    berth_status status;
    int code;
} codes[] = {
    {BERTH_MISUSE, EINVAL},
    {BERTH_NO_MEMORY, ENOMEM},
    {BERTH_NOT_SUPPORTED, ENOTSUP},
    {BERTH_TIMEOUT, ETIMEDOUT},
    {BERTH_CANCELLED, ECANCELED},
    {BERTH_DATA, EINVAL},
    {BERTH_CONNECTION_LOST, ECONNRESET},
    {BERTH_TOO_LARGE, EOVERFLOW},
};

/* 0, or the errno number of the failure that the reading has ended with. */
static int code_of(const arrow_stream *self) {
    if (self->reader.error.status == BERTH_OK)
        return 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].status == (berth_status)self->reader.error.status)
            return codes[i].code;
    return EIO;
}

static void clear_columns(arrow_stream *self) {
    for (size_t i = 0; i < self->column_count; i++)
        arrow_column_clear(&self->columns[i]);
}

static bool begin_columns(arrow_stream *self) {
    for (size_t i = 0; i < self->column_count; i++)
        if (!arrow_column_begin(&self->columns[i], self->capacity, self->limits.bytes))
            return false;
    return true;
}

/* There are more than a few rows: there may be a full batch of them. */
static bool grow_columns(arrow_stream *self) {
    for (size_t i = 0; i < self->column_count; i++)
        if (!arrow_column_grow(&self->columns[i], self->capacity, self->limits.rows))
            return false;
    self->capacity = self->limits.rows;
    return true;
}

/* Says which value it is that does not fit. */
static void name_value(const arrow_stream *self, size_t column, size_t row, berth_error *error) {
    int64_t number = self->rows_before + (int64_t)row;
    error_prefix(error, "column %zu (%s), row %lld: ", column, self->columns[column].name, (long long)number);
    error->index = number;
}

static int32_t put(berth_batch *batch, uint32_t index, const berth_value *value) {
    arrow_stream *self = (arrow_stream *)batch;
    arrow_column *column = &self->columns[index];
    size_t row = (size_t)batch->row_count;
    berth_status status = column->append(column, row, value, &self->refusal);
    if (status == BERTH_OK)
        return 1;
    if (status != BERTH_TOO_LARGE || row == 0)
        name_value(self, index, row, &self->refusal);
    batch->is_refused = 1;
    return 0;
}

/* Reads some more rows. False when there is no room for another one, or no other one. */
static bool read_some(arrow_stream *self, int64_t deadline_ns) {
    berth_batch *batch = &self->batch;
    if (batch->row_count == self->capacity && !grow_columns(self)) {
        error_no_memory(&self->refusal, "a batch of rows");
        return false;
    }
    size_t left = self->capacity - (size_t)batch->row_count;
    batch->row_limit = batch->row_count + (left < FEW_ROWS ? left : FEW_ROWS);
    return result_reader_fill(&self->reader, batch, deadline_ns) && !batch->is_refused;
}

/* Reads as many rows as make a batch; fewer at the end. */
static berth_status read_rows(arrow_stream *self, int64_t deadline_ns, berth_error *error) {
    self->batch.row_count = 0;
    self->batch.is_refused = 0;
    error_clear(&self->refusal);
    while (self->batch.row_count < self->limits.rows && read_some(self, deadline_ns))
        continue;
    bool is_full = self->refusal.status == BERTH_TOO_LARGE && self->batch.row_count > 0;
    error_copy(error, self->refusal.status == BERTH_OK || is_full ? &self->reader.error : &self->refusal);
    return (berth_status)error->status;
}

static berth_status decide(arrow_stream *self, size_t row_count, berth_error *error) {
    for (size_t i = 0; i < self->column_count; i++) {
        size_t row;
        if (self->columns[i].type != BERTH_TYPE_NULL)
            continue;
        berth_status status = arrow_column_decide(&self->columns[i], self->capacity, row_count, &row, error);
        if (status != BERTH_OK) {
            name_value(self, i, row, error);
            return status;
        }
    }
    self->is_undecided = false;
    return BERTH_OK;
}

static berth_status check(const arrow_stream *self, size_t row_count, berth_error *error) {
    for (size_t i = 0; i < self->column_count; i++) {
        size_t row;
        berth_status status = arrow_column_check(&self->columns[i], row_count, &row, error);
        if (status != BERTH_OK) {
            name_value(self, i, row, error);
            return status;
        }
    }
    return BERTH_OK;
}

/* Reads the next batch; `out` stays as it is at the end. */
static int read_batch(arrow_stream *self, struct ArrowArray *out) {
    int64_t deadline_ns;
    berth_error error;
    berth_session *session = result_reader_begin(&self->reader, &deadline_ns);
    if (session == NULL)
        return code_of(self);
    berth_status status = begin_columns(self) ? BERTH_OK : error_no_memory(&error, "a batch of rows");
    if (status == BERTH_OK)
        status = read_rows(self, deadline_ns, &error);
    size_t row_count = status == BERTH_OK ? (size_t)self->batch.row_count : 0;
    if (status == BERTH_OK && self->is_undecided)
        status = decide(self, row_count, &error);
    if (status == BERTH_OK)
        status = check(self, row_count, &error);
    if (status == BERTH_OK && row_count > 0 && !arrow_export_batch(self->columns, self->column_count, row_count, out))
        status = error_no_memory(&error, "a batch of rows");
    if (status != BERTH_OK)
        result_reader_fail(&self->reader, session, &error);
    self->rows_before += (int64_t)row_count;
    clear_columns(self);
    return code_of(self);
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    arrow_stream *self = stream->private_data;
    *out = (struct ArrowArray){0};
    if (self->first.release == NULL || self->reader.error.status != BERTH_OK)
        return read_batch(self, out);
    *out = self->first;
    self->first.release = NULL;
    return 0;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    arrow_stream *self = stream->private_data;
    berth_error error;
    *out = (struct ArrowSchema){0};
    if (self->is_undecided && read_batch(self, &self->first) != 0)
        return code_of(self);
    if (arrow_export_schema(self->columns, self->column_count, out))
        return 0;
    error_no_memory(&error, "a schema");
    result_reader_fail(&self->reader, result_session(self->reader.result), &error);
    return code_of(self);
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    const arrow_stream *self = stream->private_data;
    return self->reader.error.status != BERTH_OK ? self->reader.error.message : NULL;
}

static void free_stream(arrow_stream *self) {
    for (size_t i = 0; i < self->column_count; i++)
        free(self->columns[i].name);
    free(self->columns);
    free(self->places);
    if (self->store != NULL)
        arrow_store_drop(self->store);
    free(self);
}

static void release(struct ArrowArrayStream *stream) {
    arrow_stream *self = stream->private_data;
    result_reader_close(&self->reader);
    if (self->first.release != NULL)
        self->first.release(&self->first);
    free_stream(self);
    stream->release = NULL;
}

static bool allocate_columns(arrow_stream *self, size_t count) {
    self->columns = calloc(count, sizeof *self->columns);
    self->places = calloc(count, sizeof(*self->places));
    self->store = arrow_store_new(count * ARROW_MAX_BUFFERS);
    self->batch = (berth_batch){
        .struct_size = sizeof self->batch, .column_count = (uint32_t)count, .columns = self->places, .put = put};
    return self->columns != NULL && self->places != NULL && self->store != NULL;
}

/* The columns' descriptions belong to the result, which may end first. */
static bool describe_columns(arrow_stream *self, const berth_result *result) {
    if (!allocate_columns(self, (size_t)berth_column_count(result)))
        return false;
    for (int i = 0; i < berth_column_count(result); i++) {
        const berth_column_info *info = berth_column_at(result, i);
        arrow_column *column = &self->columns[i];
        self->places[i] = &column->buffers;
        column->store = self->store;
        column->name = strdup(info->name);
        if (column->name == NULL)
            return false;
        self->column_count++;
        arrow_column_describe(column, info->type, info->declared_type);
        self->is_undecided |= column->type == BERTH_TYPE_NULL;
    }
    return true;
}

berth_status arrow_stream_open(berth_result *result, const arrow_limits *limits, struct ArrowArrayStream *stream) {
    static const char function[] = "berth_result_arrow";
    berth_session *session = result_session(result);
    if (stream == NULL)
        return berth_session_fail(session, BERTH_MISUSE, "%s: stream is NULL", function);
    *stream = (struct ArrowArrayStream){0};
    arrow_stream *self = calloc(1, sizeof *self);
    if (self == NULL)
        return berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for a stream");
    self->limits = *limits;
    self->capacity = limits->rows < FEW_ROWS ? limits->rows : FEW_ROWS;
    berth_status status = result_reader_open(&self->reader, result, function);
    if (status == BERTH_OK && !describe_columns(self, result)) {
        status = berth_session_fail(session, BERTH_NO_MEMORY, "out of memory for a stream");
        result_reader_close(&self->reader);
    }
    if (status != BERTH_OK) {
        free_stream(self);
        return status;
    }
    *stream = (struct ArrowArrayStream){get_schema, get_next, get_last_error, release, self};
    return BERTH_OK;
}

berth_status berth_result_arrow(berth_result *result, struct ArrowArrayStream *stream) {
    static const arrow_limits limits = {ARROW_BATCH_ROWS, ARROW_BATCH_BYTES};
    return arrow_stream_open(result, &limits, stream);
}
