#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/settings_table.h"
#include "core/utf8.h"

/* inih takes lines of 200 bytes and cuts longer ones without a word. A longer line is therefore handed over in pieces,
 * as the continuation lines that inih knows. It cuts names of 50 bytes and more as well. */
enum { MAX_LINE_BYTES = 70000, MAX_SECTION_BYTES = 49 };

typedef struct reader {
    settings *settings;
    settings_file_url *url;
    const char *path;
    const char *section;
    FILE *file;
    berth_error *error;
    berth_status status;

    buffer line;        /* The line that is being handed over ... */
    size_t handed;      /* ... how much of it was ... */
    int line_number;    /* ... and where it stands. */
    bool is_piece;      /* What was handed over last continues the line. */
    buffer piece_lines; /* Per call of inih's the line's number, as int. */

    buffer name; /* The entry that is being read, until the next one begins ... */
    buffer value;
    int entry_line; /* ... and where; 0 for none. */
    bool in_entry;  /* An indented line would continue an entry. */
    bool section_seen;
} reader;

static void fail(reader *reader, const char *reason) {
    reader->status =
        error_set(reader->error, BERTH_CONFIG, "line %d of the file %s %s", reader->line_number, reader->path, reason);
}

static void check_memory(reader *reader, const buffer *buffer) {
    if (buffer->failed)
        reader->status = error_no_memory(reader->error, "a settings file");
}

/* Cuts a comment off, which must not be taken for text once the line is in pieces. */
static void cut_comment(buffer *line) {
    size_t end = strspn(line->data, " \t");
    if (line->data[end] != ';' && line->data[end] != '#')
        for (end = 1; end < line->length; end++)
            if (line->data[end] == ';' && isspace((unsigned char)line->data[end - 1]))
                break;
    line->length = end < line->length ? end : line->length;
    line->data[line->length] = '\0';
}

/* Looks at what inih does not tell: a section without a key, and where an entry can be continued. */
static void note_section(reader *reader) {
    const char *text = reader->line.data + strspn(reader->line.data, " \t");
    size_t length = strlen(reader->section);
    if (*text != '[')
        return;
    reader->in_entry = false;
    if (strncmp(text + 1, reader->section, length) == 0 && text[1 + length] == ']')
        reader->section_seen = true;
}

static bool read_line(reader *reader) {
    int character;
    reader->line.length = reader->handed = 0;
    reader->line_number++;
    buffer_text(&reader->line, "");
    while ((character = getc(reader->file)) != EOF && character != '\n' && reader->status == BERTH_OK) {
        buffer_char(&reader->line, (char)character);
        if (character == '\0')
            fail(reader, "has a NUL in it");
        else if (reader->line.length > MAX_LINE_BYTES)
            fail(reader, "is too long");
    }
    check_memory(reader, &reader->line);
    if (ferror(reader->file) && reader->status == BERTH_OK)
        reader->status = error_set(reader->error, BERTH_CONFIG, "the settings file %s can't be read: %s", reader->path,
                                   strerror(errno));
    if (reader->status != BERTH_OK || (character == EOF && reader->line.length == 0))
        return false;
    note_section(reader);
    return true;
}

/* How much of a line that is too long makes the next piece: inih takes blanks off its ends, and a comment is where one
 * of these characters begins a line. */
static size_t piece_bytes(const char *text, size_t room) {
    for (size_t length = room; length > room / 2; length--)
        if (!isspace((unsigned char)text[length - 1]) && !isspace((unsigned char)text[length]) &&
            strchr(";#", text[length]) == NULL)
            return length;
    return room;
}

/* What inih calls for its next line. */
static char *hand_over(char *text, int size, void *context) {
    reader *reader = context;
    size_t room = (size_t)size - sizeof " \n";
    reader->is_piece = reader->handed < reader->line.length;
    if (!reader->is_piece && (reader->status != BERTH_OK || !read_line(reader)))
        return NULL;
    if (!reader->is_piece && reader->line.length > room)
        cut_comment(&reader->line);
    const char *rest = reader->line.data + reader->handed;
    size_t length = reader->line.length - reader->handed;
    if (length > room)
        length = piece_bytes(rest, room);
    snprintf(text, (size_t)size, "%s%.*s\n", reader->is_piece ? " " : "", (int)length, rest);
    reader->handed += length;
    buffer_add(&reader->piece_lines, (const char *)&reader->line_number, sizeof reader->line_number);
    check_memory(reader, &reader->piece_lines);
    return text;
}

static berth_status keep_url(reader *reader, const settings_place *place) {
    char where[SETTINGS_PLACE_BYTES];
    if (reader->url->text != NULL)
        return error_set(reader->error, BERTH_CONFIG, "%s sets url a second time", settings_describe(place, where));
    reader->url->line = place->line;
    reader->url->text = strdup(reader->value.data);
    return reader->url->text != NULL ? BERTH_OK : error_no_memory(reader->error, "the settings");
}

/* The entry is complete. */
static void end_entry(reader *reader) {
    const settings_place place = {SETTINGS_FROM_FILE, reader->entry_line, reader->path, reader->name.data};
    check_memory(reader, &reader->name);
    check_memory(reader, &reader->value);
    if (reader->entry_line == 0 || reader->status != BERTH_OK)
        return;
    reader->entry_line = 0;
    if (strcmp(place.name, "url") == 0)
        reader->status = keep_url(reader, &place);
    else
        reader->status = settings_apply_or_keep(reader->settings, &place, reader->value.data, reader->error);
}

/* What inih calls for each name and value; for a continuation line with the name before it. */
static int take_entry(void *context, const char *section, const char *name, const char *value) {
    reader *reader = context;
    if (strcmp(section, reader->section) != 0 || reader->status != BERTH_OK)
        return 1;
    if (reader->is_piece) {
        if (reader->entry_line == reader->line_number)
            buffer_text(&reader->value, value);
        return 1;
    }
    end_entry(reader);
    if (reader->in_entry && isspace((unsigned char)reader->line.data[0]) && reader->status == BERTH_OK)
        fail(reader, "begins with a blank; a value stands in one line");
    reader->in_entry = reader->section_seen = true;
    reader->entry_line = reader->line_number;
    reader->name.length = reader->value.length = 0;
    buffer_text(&reader->name, name);
    buffer_text(&reader->value, value);
    return 1;
}

static void parse(reader *reader) {
    int bad = ini_parse_stream(hand_over, reader, take_entry, reader);
    end_entry(reader);
    if (reader->status != BERTH_OK)
        return;
    if (bad < 0) {
        reader->status = error_no_memory(reader->error, "a settings file");
    } else if (bad > 0) {
        memcpy(&reader->line_number, reader->piece_lines.data + (size_t)(bad - 1) * sizeof bad, sizeof bad);
        fail(reader, "is neither \"name = value\" nor \"[section]\"");
    } else if (!reader->section_seen) {
        reader->status = error_set(reader->error, BERTH_CONFIG, "the settings file %s has no section [%s]",
                                   reader->path, reader->section);
    }
}

berth_status settings_read_file(settings *settings, const char *path, const char *section, settings_file_url *url,
                                berth_error *error) {
    reader reader = {.settings = settings, .url = url, .path = path, .section = section, .error = error};
    char shown[UTF8_SHOWN_BYTES];
    if (strlen(section) > MAX_SECTION_BYTES)
        return error_set(error, BERTH_CONFIG, "the section's name \"%s\" has more than %d bytes",
                         utf8_show(section, strlen(section), shown), MAX_SECTION_BYTES);
    settings->file = strdup(path);
    if (settings->file == NULL)
        return error_no_memory(error, "the settings");
    reader.file = fopen(path, "re");
    if (reader.file == NULL)
        return error_set(error, BERTH_CONFIG, "the settings file %s can't be opened: %s", path, strerror(errno));
    parse(&reader);
    fclose(reader.file);
    buffer_free(&reader.line);
    buffer_free(&reader.piece_lines);
    buffer_free(&reader.name);
    buffer_free(&reader.value);
    return reader.status;
}
