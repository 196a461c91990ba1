#include "tests/support/arrow_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

#define ALIGNMENT 64
#define DAY_US INT64_C(86400000000)

static char complaint[256];

#define COMPLAIN(...) (snprintf(complaint, sizeof complaint, __VA_ARGS__), complaint)

/* ---- Types. ---- */

static const struct {
    const char *format;
    arrow_reader_type type;
} types[] = {
    {"b", {.bits = 1}},       {"l", {.bits = 64}},       {"L", {.bits = 64}},   {"g", {.bits = 64}},
    {"u", {.is_text = true}}, {"z", {.bits = 0}},        {"tdD", {.bits = 32}}, {"ttu", {.bits = 64, .is_time = true}},
    {"tsu:", {.bits = 64}},   {"tsu:UTC", {.bits = 64}},
};

static bool read_type(const char *format, arrow_reader_type *type) {
    int read = 0;
    int width = 0;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].format, format) == 0) {
            *type = types[i].type;
            return true;
        }
    *type = (arrow_reader_type){.bits = 128};
    if (sscanf(format, "d:%d,%d%n", &type->precision, &type->scale, &read) == 2 && format[read] == '\0')
        return type->precision >= 1 && type->precision <= 38 && type->scale <= type->precision;
    *type = (arrow_reader_type){0};
    if (sscanf(format, "w:%d%n", &width, &read) != 1 || format[read] != '\0' || width < 1)
        return false;
    type->bits = (uint32_t)width * 8;
    return true;
}

/* Metadata: int32 count, then for each pair the lengths and bytes of key and value. */
static const char *find_metadata(const char *metadata, const char *key, int32_t *length) {
    int32_t pairs;
    memcpy(&pairs, metadata, sizeof pairs);
    const char *at = metadata + sizeof pairs;
    for (int32_t i = 0; i < pairs; i++) {
        int32_t key_length;
        memcpy(&key_length, at, sizeof key_length);
        const char *found = at + sizeof key_length;
        at = found + key_length;
        memcpy(length, at, sizeof *length);
        const char *value = at + sizeof *length;
        if ((size_t)key_length == strlen(key) && memcmp(found, key, (size_t)key_length) == 0)
            return value;
        at = value + *length;
    }
    return NULL;
}

const char *arrow_reader_check_schema(arrow_reader *reader) {
    const struct ArrowSchema *schema = &reader->schema;
    if (schema->release == NULL)
        return COMPLAIN("the schema is released");
    if (schema->format == NULL || strcmp(schema->format, "+s") != 0)
        return COMPLAIN("the schema is no struct");
    if (schema->dictionary != NULL || schema->flags != 0 || schema->metadata != NULL)
        return COMPLAIN("the schema has a dictionary, flags or metadata");
    if (schema->n_children < 1 || schema->n_children > ARROW_READER_COLUMNS || schema->children == NULL)
        return COMPLAIN("the schema has %" PRId64 " children", schema->n_children);
    for (int64_t i = 0; i < schema->n_children; i++) {
        const struct ArrowSchema *child = schema->children[i];
        if (child == NULL || child->release == NULL || child->format == NULL || child->name == NULL)
            return COMPLAIN("column %" PRId64 " lacks something", i);
        if (!read_type(child->format, &reader->types[i]))
            return COMPLAIN("column %" PRId64 " has the format \"%s\"", i, child->format);
        if (child->n_children != 0 || child->children != NULL || child->dictionary != NULL)
            return COMPLAIN("column %" PRId64 " has children or a dictionary", i);
        if (child->flags != ARROW_FLAG_NULLABLE)
            return COMPLAIN("column %" PRId64 " has the flags %" PRId64, i, child->flags);
    }
    return NULL;
}

/* ---- Batches. ---- */

static bool bit_at(const void *bits, int64_t index) {
    return (((const uint8_t *)bits)[index / 8] >> index % 8 & 1) != 0;
}

/* Aligned, and zero behind its last byte up to a multiple of 64. */
static const char *check_buffer(const void *buffer, size_t bytes, const char *what) {
    if (buffer == NULL)
        return bytes > 0 ? COMPLAIN("there is no buffer of %s", what) : NULL;
    if ((uintptr_t)buffer % ALIGNMENT != 0)
        return COMPLAIN("the buffer of %s is not aligned", what);
    for (size_t i = bytes; i % ALIGNMENT != 0; i++)
        if (((const char *)buffer)[i] != 0)
            return COMPLAIN("the buffer of %s is not padded with zeros", what);
    return NULL;
}

/* The bits behind the last value belong to the padding. */
static const char *check_bits(const void *bits, int64_t count, const char *what) {
    const char *found = check_buffer(bits, (size_t)(count + 7) / 8, what);
    for (int64_t i = count; found == NULL && i % 8 != 0; i++)
        if (bit_at(bits, i))
            found = COMPLAIN("the buffer of %s has bits behind the last value", what);
    return found;
}

static const char *check_validity(const struct ArrowArray *array) {
    int64_t nulls = 0;
    if (array->null_count < 0 || array->null_count > array->length)
        return COMPLAIN("there are %" PRId64 " NULLs of %" PRId64 " values", array->null_count, array->length);
    if (array->buffers[0] == NULL)
        return array->null_count == 0 ? NULL : COMPLAIN("there are NULLs without validity");
    for (int64_t i = 0; i < array->length; i++)
        nulls += !bit_at(array->buffers[0], i);
    if (nulls != array->null_count)
        return COMPLAIN("there are %" PRId64 " NULLs, said to be %" PRId64, nulls, array->null_count);
    return check_bits(array->buffers[0], array->length, "validity");
}

/* RFC 3629: decodes and looks whether the shortest form was used. */
static bool is_utf8(const unsigned char *text, size_t length) {
    for (size_t at = 0; at < length;) {
        unsigned char lead = text[at];
        size_t more = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : length;
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (more >= length - at || lead >= 0xF8)
            return false;
        uint32_t point = more == 0 ? lead : lead & (0x3FU >> more);
        for (size_t i = 1; i <= more; i++) {
            if ((text[at + i] & 0xC0) != 0x80)
                return false;
            point = point << 6 | (text[at + i] & 0x3F);
        }
        if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
            return false;
        at += more + 1;
    }
    return true;
}

static const char *check_offsets(const struct ArrowArray *array, bool is_text) {
    const int32_t *offsets = array->buffers[1];
    const char *data = array->buffers[2];
    const char *found = check_buffer(offsets, (size_t)(array->length + 1) * sizeof *offsets, "offsets");
    if (found != NULL)
        return found;
    if (offsets[0] != 0)
        return COMPLAIN("the first offset is %" PRId32, offsets[0]);
    for (int64_t i = 0; i < array->length; i++)
        if (offsets[i + 1] < offsets[i])
            return COMPLAIN("the offsets fall at %" PRId64, i);
    found = check_buffer(data, (size_t)offsets[array->length], "data");
    for (int64_t i = 0; found == NULL && is_text && i < array->length; i++)
        if (offsets[i + 1] > offsets[i] &&
            !is_utf8((const unsigned char *)data + offsets[i], (size_t)(offsets[i + 1] - offsets[i])))
            found = COMPLAIN("value %" PRId64 " is no UTF-8", i);
    return found;
}

static const char *check_times(const struct ArrowArray *array) {
    const int64_t *times = array->buffers[1];
    for (int64_t i = 0; i < array->length; i++)
        if (times[i] < 0 || times[i] >= DAY_US)
            return COMPLAIN("value %" PRId64 " is no time of day", i);
    return NULL;
}

static const char *check_column(const struct ArrowArray *array, const arrow_reader_type *type, int64_t length) {
    bool has_offsets = type->bits == 0;
    if (array == NULL || array->release == NULL)
        return COMPLAIN("the column is released");
    if (array->length != length || array->offset != 0)
        return COMPLAIN("the column has %" PRId64 " rows from %" PRId64, array->length, array->offset);
    if (array->n_buffers != (has_offsets ? 3 : 2) || array->buffers == NULL)
        return COMPLAIN("the column has %" PRId64 " buffers", array->n_buffers);
    if (array->n_children != 0 || array->children != NULL || array->dictionary != NULL)
        return COMPLAIN("the column has children or a dictionary");
    const char *found = check_validity(array);
    if (found == NULL && has_offsets)
        found = check_offsets(array, type->is_text);
    else if (found == NULL && type->bits == 1)
        found = check_bits(array->buffers[1], length, "values");
    else if (found == NULL)
        found = check_buffer(array->buffers[1], (size_t)length * type->bits / 8, "values");
    return found == NULL && type->is_time ? check_times(array) : found;
}

const char *arrow_reader_check_batch(const arrow_reader *reader, const struct ArrowArray *batch) {
    if (batch->length < 1 || batch->null_count != 0 || batch->offset != 0 || batch->dictionary != NULL)
        return COMPLAIN("the batch has %" PRId64 " rows, %" PRId64 " NULLs", batch->length, batch->null_count);
    if (batch->n_buffers != 1 || batch->buffers == NULL || batch->buffers[0] != NULL)
        return COMPLAIN("the batch has %" PRId64 " buffers", batch->n_buffers);
    if (batch->n_children != reader->schema.n_children || batch->children == NULL)
        return COMPLAIN("the batch has %" PRId64 " children", batch->n_children);
    for (int64_t i = 0; i < batch->n_children; i++) {
        const char *found = check_column(batch->children[i], &reader->types[i], batch->length);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* ---- Reading. ---- */

static bool is_right(const char *found) {
    if (found != NULL)
        fprintf(stderr, "\nArrow: %s\n", found);
    CU_ASSERT_PTR_NULL(found);
    return found == NULL;
}

bool arrow_reader_open(arrow_reader *reader, struct ArrowArrayStream *stream) {
    memset(reader, 0, sizeof *reader);
    reader->stream = stream;
    reader->code = stream->get_schema(stream, &reader->schema);
    if (reader->code != 0) {
        CU_ASSERT_PTR_NULL(reader->schema.release);
        CU_ASSERT_PTR_NOT_NULL(stream->get_last_error(stream));
        return false;
    }
    return is_right(arrow_reader_check_schema(reader));
}

bool arrow_reader_next(arrow_reader *reader) {
    if (reader->batch.release != NULL)
        reader->batch.release(&reader->batch);
    memset(&reader->batch, 0xA5, sizeof reader->batch);
    reader->code = reader->stream->get_next(reader->stream, &reader->batch);
    if (reader->code != 0) {
        CU_ASSERT_PTR_NOT_NULL(reader->stream->get_last_error(reader->stream));
        reader->batch.release = NULL;
        return false;
    }
    if (reader->batch.release == NULL)
        return false;
    reader->batches++;
    reader->rows += reader->batch.length;
    return is_right(arrow_reader_check_batch(reader, &reader->batch));
}

void arrow_reader_close(arrow_reader *reader) {
    if (reader->schema.release != NULL)
        reader->schema.release(&reader->schema);
    if (reader->batch.release != NULL)
        reader->batch.release(&reader->batch);
    if (reader->stream->release != NULL)
        reader->stream->release(reader->stream);
}

const char *arrow_reader_format(const arrow_reader *reader, int column) {
    return reader->schema.children[column]->format;
}

const char *arrow_reader_name(const arrow_reader *reader, int column) {
    return reader->schema.children[column]->name;
}

const char *arrow_reader_extension(const arrow_reader *reader, int column) {
    static char name[64];
    int32_t length = 0;
    const char *metadata = reader->schema.children[column]->metadata;
    const char *found = metadata != NULL ? find_metadata(metadata, "ARROW:extension:name", &length) : NULL;
    snprintf(name, sizeof name, "%.*s", length, found != NULL ? found : "");
    return name;
}

bool arrow_reader_is_null(const arrow_reader *reader, int column, int64_t row) {
    const void *validity = reader->batch.children[column]->buffers[0];
    return validity != NULL && !bit_at(validity, row);
}

int64_t arrow_reader_integer(const arrow_reader *reader, int column, int64_t row) {
    const void *values = reader->batch.children[column]->buffers[1];
    switch (reader->types[column].bits) {
    case 1:
        return bit_at(values, row);
    case 32:
        return ((const int32_t *)values)[row];
    default:
        return ((const int64_t *)values)[row];
    }
}

double arrow_reader_double(const arrow_reader *reader, int column, int64_t row) {
    double number;
    memcpy(&number, (const char *)reader->batch.children[column]->buffers[1] + row * 8, sizeof number);
    return number;
}

const char *arrow_reader_bytes(const arrow_reader *reader, int column, int64_t row, size_t *length) {
    const struct ArrowArray *array = reader->batch.children[column];
    uint32_t bits = reader->types[column].bits;
    const int32_t *offsets = array->buffers[1];
    *length = bits > 0 ? bits / 8 : (size_t)(offsets[row + 1] - offsets[row]);
    return bits > 0 ? (const char *)array->buffers[1] + row * (bits / 8)
                    : (const char *)array->buffers[2] + offsets[row];
}

/* 128 bits in the machine's order, by repeated division of their bytes. */
static void write_decimal(const void *words, int scale, char *text) {
    uint8_t bytes[16]; /* The most significant first. */
    char digits[64];
    int count = 0;
    const uint16_t order = 1;
    bool low_first = *(const uint8_t *)&order == 1;
    for (int i = 0; i < 16; i++)
        bytes[i] = ((const uint8_t *)words)[low_first ? 15 - i : i];
    bool negative = bytes[0] >= 0x80;
    for (int i = 15, carry = 1; negative && i >= 0; i--) {
        int sum = (uint8_t)~bytes[i] + carry;
        bytes[i] = (uint8_t)sum;
        carry = sum >> 8;
    }
    for (bool rest = true; rest || count <= scale;) {
        unsigned remainder = 0;
        rest = false;
        for (int i = 0; i < 16; i++) {
            remainder = remainder << 8 | bytes[i];
            bytes[i] = (uint8_t)(remainder / 10);
            remainder %= 10;
            rest = rest || bytes[i] != 0;
        }
        digits[count++] = (char)('0' + remainder);
    }
    if (negative)
        *text++ = '-';
    while (count > 0) {
        *text++ = digits[--count];
        if (count == scale && scale > 0)
            *text++ = '.';
    }
    *text = '\0';
}

static void write_hexadecimal(const char *bytes, size_t length, char *text, size_t size) {
    text[0] = '\0';
    for (size_t i = 0; i < length && 2 * i + 3 <= size; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)(uint8_t)bytes[i]);
}

const char *arrow_reader_text(const arrow_reader *reader, int column, int64_t row) {
    static char text[512];
    const arrow_reader_type *type = &reader->types[column];
    const char *format = arrow_reader_format(reader, column);
    size_t length;
    if (arrow_reader_is_null(reader, column, row))
        return "NULL";
    if (strcmp(format, "g") == 0) {
        snprintf(text, sizeof text, "%.17g", arrow_reader_double(reader, column, row));
    } else if (strcmp(format, "L") == 0) {
        snprintf(text, sizeof text, "%" PRIu64, (uint64_t)arrow_reader_integer(reader, column, row));
    } else if (type->bits > 0 && type->bits <= 64) {
        snprintf(text, sizeof text, "%" PRId64, arrow_reader_integer(reader, column, row));
    } else {
        const char *bytes = arrow_reader_bytes(reader, column, row, &length);
        if (type->precision > 0)
            write_decimal(bytes, type->scale, text);
        else if (type->is_text)
            snprintf(text, sizeof text, "%.*s", (int)length, bytes);
        else
            write_hexadecimal(bytes, length, text, sizeof text);
    }
    return text;
}
