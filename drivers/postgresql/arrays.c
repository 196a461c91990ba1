/* Values of many rows as one array for each column. */
#include <string.h>

#include "postgresql.h"

#define MOST_BYTES 1048576 /* Of one statement's values, about. */

/* One dimension that counts from 1. */
enum { HEADER_BYTES = 5 * sizeof(uint32_t) };

static char *put_header(char *at, Oid oid, uint32_t count, bool has_null) {
    at = postgresql_put_int32(at, 1);
    at = postgresql_put_int32(at, has_null);
    at = postgresql_put_int32(at, oid);
    at = postgresql_put_int32(at, count);
    return postgresql_put_int32(at, 1);
}

/* The elements of column `place`. NULL when one has no binary form, or does not fit. */
static char *put_column(char *at, const postgresql_array_form *form, const berth_value *values, uint32_t rows,
                        uint32_t place) {
    const postgresql_column column = {.oid = form->oids[place], .declared_type = ""};
    berth_error refusal;
    postgresql_writer writer = {.error = &refusal};
    char *header = at;
    bool has_null = false;
    at += HEADER_BYTES;
    for (uint32_t row = 0; row < rows; row++) {
        writer.value = &values[(size_t)row * form->count + place];
        writer.bytes = at + sizeof(uint32_t);
        if (!postgresql_write_native(&writer, &column))
            return NULL;
        has_null |= writer.data == NULL;
        at += postgresql_write_framed(&writer);
    }
    put_header(header, column.oid, rows, has_null);
    return at;
}

uint32_t postgresql_arrays_fit(const berth_value *values, uint32_t width, uint64_t rows, size_t *size) {
    uint32_t count = 0;
    *size = (size_t)width * HEADER_BYTES;
    for (; count < rows && count < POSTGRESQL_ARRAY_ROWS; count++) {
        size_t row = 0;
        for (uint32_t i = 0; i < width; i++)
            row += sizeof(uint32_t) + postgresql_write_room(&values[(size_t)count * width + i]);
        if (*size + row > MOST_BYTES)
            break;
        *size += row;
    }
    return count;
}

bool postgresql_arrays_encode(berth_driver_connection *connection, const postgresql_array_form *form,
                              const berth_value *values, uint32_t rows, size_t size) {
    postgresql_params *params = &connection->params;
    if (!postgresql_params_reserve(params, form->count, size))
        return false;
    char *at = params->bytes.data;
    for (uint32_t i = 0; i < form->count; i++) {
        char *end = put_column(at, form, values, rows, i);
        if (end == NULL)
            return false;
        params->values[i] = at;
        params->lengths[i] = (int)(end - at);
        params->formats[i] = POSTGRESQL_BINARY;
        at = end;
    }
    params->used = (size_t)(at - params->bytes.data);
    return true;
}
