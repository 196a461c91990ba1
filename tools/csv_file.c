#include "tools/csv_file.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* Spreadsheets begin UTF-8 with it. */
#define LEAST_FIELDS 16
#define LEAST_BYTES 256

typedef struct reader {
    csv_row_taker take;
    void *context;
    berth_session *session;
    csv_row row; /* Gathered so far. */
    size_t field_room;
    size_t used;
    size_t room;
    uint64_t line;       /* That is parsed. */
    uint64_t field_line; /* Where the next field begins. */
    bool after_return;   /* A line feed belongs to the carriage return before it. */
    bool has_ended;
} reader;

static bool grow(reader *reader, void **memory, size_t *room, size_t wanted, size_t item_bytes, size_t least) {
    if (wanted <= *room)
        return true;
    size_t enough = *room > 0 ? *room : least;
    while (enough < wanted)
        enough *= 2;
    void *grown = realloc(*memory, enough * item_bytes);
    if (grown == NULL) {
        berth_session_fail(reader->session, BERTH_NO_MEMORY, "line %llu: out of memory for a row",
                           (unsigned long long)reader->line);
        reader->has_ended = true;
        return false;
    }
    *memory = grown;
    *room = enough;
    return true;
}

static void refuse_return(reader *reader) {
    berth_session_fail(
        reader->session, BERTH_DATA,
        "line %llu: a carriage return without a line feed; lines end with both or with a line feed alone, "
        "and a field with one in it is put in quotes",
        (unsigned long long)reader->field_line - 1);
    reader->has_ended = true;
}

static void add_field(void *text, size_t length, void *context) {
    reader *reader = context;
    csv_row *row = &reader->row;
    void *fields = row->fields;
    void *bytes = row->bytes;
    if (reader->after_return && !reader->has_ended)
        refuse_return(reader);
    if (reader->has_ended)
        return;
    bool has_room = grow(reader, &fields, &reader->field_room, row->count + 1, sizeof *row->fields, LEAST_FIELDS) &&
                    grow(reader, &bytes, &reader->room, reader->used + length, 1, LEAST_BYTES);
    row->fields = fields;
    row->bytes = bytes;
    if (!has_room)
        return;
    row->fields[row->count++] =
        (csv_field){.offset = reader->used, .length = length, .line = reader->field_line, .is_null = text == NULL};
    if (length > 0)
        memcpy(row->bytes + reader->used, text, length);
    reader->used += length;
    reader->field_line = reader->line;
}

/* An empty line is a row with one empty field. */
static void end_row(int end, void *context) {
    reader *reader = context;
    bool is_pair = reader->after_return && end == CSV_LF;
    if (!is_pair && reader->row.count == 0)
        add_field(NULL, 0, reader);
    reader->after_return = end == CSV_CR;
    if (is_pair || reader->has_ended)
        return;
    reader->has_ended = !reader->take(&reader->row, reader->context);
    reader->row.count = 0;
    reader->used = 0;
    reader->field_line = reader->line + 1;
}

/* Spaces belong to a field. */
static int is_no_space(unsigned char character) {
    (void)character;
    return 0;
}

static void refuse(reader *reader, int problem, const char *what) {
    if (reader->has_ended)
        return;
    reader->has_ended = true;
    if (problem != CSV_EPARSE)
        berth_session_fail(reader->session, BERTH_NO_MEMORY, "line %llu: out of memory for a field",
                           (unsigned long long)reader->line);
    else
        berth_session_fail(reader->session, BERTH_DATA,
                           "line %llu, column %zu: %s; a field with quotes in it is put in quotes, and each of its own "
                           "is doubled",
                           (unsigned long long)reader->field_line, reader->row.count + 1, what);
}

/* Line by line, so that the parser's place is known. */
static void read_lines(reader *reader, FILE *stream, struct csv_parser *parser) {
    char *line = NULL;
    size_t line_room = 0;
    ssize_t length;
    errno = 0;
    while (!reader->has_ended && (length = getline(&line, &line_room, stream)) > 0) {
        const char *text = line;
        size_t bytes = (size_t)length;
        if (++reader->line == 1 && bytes >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
            text += 3;
            bytes -= 3;
        }
        if (csv_parse(parser, text, bytes, add_field, end_row, reader) != bytes)
            refuse(reader, csv_error(parser), "a quote stands where none can");
    }
    if (!reader->has_ended && !feof(stream)) {
        berth_session_fail(reader->session, BERTH_RESOURCE, "can't be read: %s", strerror(errno));
        reader->has_ended = true;
    }
    free(line);
}

void csv_file_read(FILE *stream, berth_session *session, csv_row_taker take, void *context) {
    struct csv_parser parser;
    reader reader = {.take = take, .context = context, .session = session, .field_line = 1};
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL | CSV_REPALL_NL);
    csv_set_space_func(&parser, is_no_space);
    read_lines(&reader, stream, &parser);
    if (!reader.has_ended && csv_fini(&parser, add_field, end_row, &reader) != 0)
        refuse(&reader, csv_error(&parser), "its quote is never closed");
    csv_free(&parser);
    free(reader.row.fields);
    free(reader.row.bytes);
}
