/* Rows of COPY as text, for tables with columns whose binary form is not known: the server reads each value as it reads
 * a literal of that type. */
#include <string.h>

#include "postgresql.h"

size_t postgresql_bulk_text_room(const berth_value *value) {
    return 2 * postgresql_write_room(value) + sizeof "\\\\x\t";
}

static char *write_bytes(char *at, const unsigned char *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    at = stpcpy(at, "\\\\x");
    for (size_t i = 0; i < length; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

static char *write_escaped(char *at, const char *text, size_t length) {
    static const char escapes[128] = {['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    for (size_t i = 0; i < length; i++) {
        char escape = (text[i] & 0x80) == 0 ? escapes[(unsigned char)text[i]] : '\0';
        if (escape != '\0')
            *at++ = '\\';
        *at++ = escape != '\0' ? escape : text[i];
    }
    return at;
}

static char *write_value(char *at, const berth_value *value, Oid oid) {
    bool has_data = postgresql_has_data(value->type);
    if (value->type == BERTH_TYPE_NULL)
        return stpcpy(at, "\\N");
    if (value->type == BERTH_TYPE_BLOB || (has_data && oid == OID_BYTEA))
        return write_bytes(at, value->as.data, value->length);
    if (has_data)
        return write_escaped(at, value->as.data, value->length);
    return at + postgresql_services->format(value, at, POSTGRESQL_SCALAR_BYTES);
}

/* What would be refused in binary is refused here as well: its form there is written, and overwritten. */
static int32_t check(const postgresql_bulk *load, const berth_value *value, uint32_t place, char *at,
                     berth_error *error) {
    postgresql_writer writer = {
        .value = value,
        .oid = load->columns.columns[place].oid,
        .place = place,
        .column = load->columns.infos[place].name,
        .bytes = at,
        .error = error,
    };
    return postgresql_write(&writer);
}

int32_t postgresql_bulk_text_row(postgresql_bulk *load, const berth_value *row, berth_error *error) {
    char *at = load->bytes.data + load->used;
    for (uint32_t i = 0; i < load->columns.count; i++) {
        int32_t status = check(load, &row[i], i, at, error);
        if (status != BERTH_OK)
            return status;
        at = write_value(at, &row[i], load->columns.columns[i].oid);
        *at++ = i + 1 < load->columns.count ? '\t' : '\n';
    }
    load->used = (size_t)(at - load->bytes.data);
    return BERTH_OK;
}
