/* A result's rows as columns: what the arrow*.c files share. */
#ifndef CORE_ARROW_H
#define CORE_ARROW_H

#include <berth/arrow.h>
#include <berth/driver.h>
#include <string.h>

#define ARROW_BATCH_ROWS 65536
#define ARROW_BATCH_BYTES ((size_t)64 << 20) /* Of the texts of one column. */
#define ARROW_DATA_BYTES ((size_t)INT32_MAX) /* What offsets of 32 bits reach. */
#define ARROW_FORMAT_BYTES 16
#define ARROW_NOT_PLAIN UINT32_MAX /* Of no value. */
#define ARROW_MAX_BUFFERS 3        /* Of a column. */

/* Where batches end. */
typedef struct arrow_limits {
    size_t rows;
    size_t bytes; /* Of the texts of one column, unless a single one is longer. */
} arrow_limits;

typedef struct arrow_column arrow_column;

/* Puts a value into a row. BERTH_TOO_LARGE: the batch has no room for it; the next one has, unless this is its first
 * row. After a failure the row is to be put again or forgotten. */
typedef berth_status (*arrow_append)(arrow_column *column, size_t row, const berth_value *value, berth_error *error);

typedef enum arrow_layout {
    ARROW_VALUES, /* Validity and values. */
    ARROW_BYTES,  /* Validity, offsets and the bytes that they point to. */
    ARROW_TEXT,   /* The same, in UTF-8. */
} arrow_layout;

/* How values of a type are held. */
typedef struct arrow_kind {
    arrow_append append;
    arrow_layout layout;
    uint32_t bits;         /* Of a value or offset. */
    bool is_plain;         /* Values of the column's own type go in as they are: 64 bits, or bytes. */
    const char *format;    /* As Arrow has it. */
    const char *extension; /* The name of Arrow's extension type, or NULL. */
} arrow_kind;

/* Memory that goes from batch to batch; see arrow_store.c. */
typedef struct arrow_store arrow_store;

/* A column of the batch that is being made, and what is kept of it from one batch to the next. */
struct arrow_column {
    berth_batch_column buffers; /* Values, or offsets and data; filled by the driver, too. */
    const arrow_kind *kind;
    arrow_append append; /* The kind's, at hand. */
    uint32_t type;       /* Values of this berth_type need no conversion; BERTH_TYPE_NULL while that is not known. */
    uint8_t precision;   /* Of a decimal. */
    uint8_t scale;
    char format[ARROW_FORMAT_BYTES];
    char *name;
    arrow_store *store; /* Of the buffers. */

    uint8_t *validity; /* A bit for each row, 0 for NULL; NULL after arrow_column_finish() where there are none. */
    size_t data_capacity;
    size_t data_limit;
    size_t data_expected; /* As much as in the largest batch before. */
};

/* arrow_store.c: buffers, aligned and padded to 64 bytes as Arrow recommends. */
#define ARROW_ALIGNMENT 64

/* NULL without memory. It has one holder, and keeps up to so many buffers. */
arrow_store *arrow_store_new(size_t most);
/* One more, or one less; the last one frees it. Any thread. */
void arrow_store_hold(arrow_store *store);
void arrow_store_drop(arrow_store *store);
/* A buffer of at least so many bytes, whatever is in it; NULL without memory. */
void *arrow_store_take(arrow_store *store, size_t bytes);
/* Any thread; NULL is fine. */
void arrow_store_give(arrow_store *store, void *buffer);

/* arrow_types.c: chooses how a column is held. */
void arrow_column_describe(arrow_column *column, uint32_t type, const char *declared_type);
/* Chooses by the values of the first batch, and converts them. On failure `row` is the one at fault. */
berth_status arrow_column_decide(arrow_column *column, size_t capacity, size_t row_count, size_t *row,
                                 berth_error *error);

/* arrow_column.c: the memory of a column. False without memory. */
bool arrow_column_begin(arrow_column *column, size_t capacity, size_t data_limit);
bool arrow_column_grow(arrow_column *column, size_t old_capacity, size_t capacity);
/* For data of `length` bytes more than there is room. BERTH_TOO_LARGE as in arrow_append. */
berth_status arrow_column_reserve(arrow_column *column, size_t row, size_t length, berth_error *error);
/* Whether all text is UTF-8; on failure `row` is the one at fault. */
berth_status arrow_column_check(const arrow_column *column, size_t row_count, size_t *row, berth_error *error);
/* Makes the buffers as Arrow wants them; returns how many rows are NULL. */
size_t arrow_column_finish(arrow_column *column, size_t row_count);
/* Frees the buffers; the column may begin again. */
void arrow_column_clear(arrow_column *column);

/* Adds data of the value at a row. */
static inline berth_status arrow_column_put(arrow_column *column, size_t row, const void *data, size_t length,
                                            berth_error *error) {
    if (length > column->buffers.data_room) {
        berth_status status = arrow_column_reserve(column, row, length, error);
        if (status != BERTH_OK)
            return status;
    }
    if (length > 0)
        memcpy(column->buffers.data + column->buffers.data_bytes, data, length);
    column->buffers.data_bytes += length;
    column->buffers.data_room -= length;
    return BERTH_OK;
}

/* arrow_append.c */
berth_status arrow_append_bool(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_int64(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_uint64(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_double(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_text(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_blob(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_decimal(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_date(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_time(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_timestamp(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_timestamptz(arrow_column *column, size_t row, const berth_value *value, berth_error *error);
berth_status arrow_append_uuid(arrow_column *column, size_t row, const berth_value *value, berth_error *error);

/* arrow_decimal.c: the text of a decimal as 128 bits in the machine's order, times 10 to the `scale`. False when digits
 * would be lost: there are more than `precision`, or more behind the point than `scale`. */
bool arrow_decimal_read(const char *text, size_t length, unsigned precision, unsigned scale, uint64_t words[2]);

/* arrow_export.c: false, and nothing made, without memory. A batch takes the buffers of its columns. */
bool arrow_export_schema(const arrow_column *columns, size_t count, struct ArrowSchema *schema);
bool arrow_export_batch(arrow_column *columns, size_t count, size_t row_count, struct ArrowArray *batch);

/* arrow.c: berth_result_arrow() with limits, so that tests need no large batches. */
berth_status arrow_stream_open(berth_result *result, const arrow_limits *limits, struct ArrowArrayStream *stream);

#endif
