/* Reads a stream of Arrow's C stream interface and is strict about it: everything that the specification demands, and
 * the 64 bytes of alignment and padding that it recommends. Written from the specification alone
 * (https://arrow.apache.org/docs/format/CDataInterface.html and Columnar.html), and shares nothing with what writes. */
#ifndef TESTS_SUPPORT_ARROW_READER_H
#define TESTS_SUPPORT_ARROW_READER_H

#include <berth/arrow.h>
#include <stdbool.h>

#define ARROW_READER_COLUMNS 24

/* A column's type, from its format. */
typedef struct arrow_reader_type {
    uint32_t bits; /* Of a value; 0 for those with offsets of 32 bits. */
    bool is_text;
    bool is_time;
    int precision; /* Of a decimal, else 0. */
    int scale;
} arrow_reader_type;

typedef struct arrow_reader {
    struct ArrowArrayStream *stream;
    struct ArrowSchema schema;
    arrow_reader_type types[ARROW_READER_COLUMNS];
    struct ArrowArray batch; /* The present one. */
    int64_t rows;            /* Of all batches until now. */
    int64_t batches;
    int code; /* The errno number of the last call. */
} arrow_reader;

/* Reads the schema. False, and the test has failed, where it is not right; false too where the stream fails. */
bool arrow_reader_open(arrow_reader *reader, struct ArrowArrayStream *stream);

/* Reads the next batch after releasing the one before. False at the end, and on failures as above. */
bool arrow_reader_next(arrow_reader *reader);

/* Releases schema, batch and stream, those that are there. */
void arrow_reader_close(arrow_reader *reader);

/* What is wrong with a schema or a batch of it; NULL when it is right. Static; until the next call. */
const char *arrow_reader_check_schema(arrow_reader *reader);
const char *arrow_reader_check_batch(const arrow_reader *reader, const struct ArrowArray *batch);

/* A column's format, name and extension type, "" for none. Borrowed; the extension until the next call. */
const char *arrow_reader_format(const arrow_reader *reader, int column);
const char *arrow_reader_name(const arrow_reader *reader, int column);
const char *arrow_reader_extension(const arrow_reader *reader, int column);

/* Values of the present batch. */
bool arrow_reader_is_null(const arrow_reader *reader, int column, int64_t row);
int64_t arrow_reader_integer(const arrow_reader *reader, int column, int64_t row); /* Also bools, dates, times. */
double arrow_reader_double(const arrow_reader *reader, int column, int64_t row);
/* Text, blobs and fixed-size bytes; not terminated. */
const char *arrow_reader_bytes(const arrow_reader *reader, int column, int64_t row, size_t *length);
/* Any value as text: NULL as "NULL", bytes in hexadecimal. Static; until the next call. */
const char *arrow_reader_text(const arrow_reader *reader, int column, int64_t row);

#endif
