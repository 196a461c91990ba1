#include "tools/load.h"

#include <berth/bulk.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/convert.h"
#include "tools/csv_file.h"
#include "tools/report.h"
#include "tools/table.h"

#define SHOWN_BYTES 60       /* Of a field, in a message. */
#define ROWS_OF_A_STEP 10000 /* Of the progress. */
#define LIST_BYTES 300

/* One file on its way into one table. */
typedef struct job {
    berth_session *session;
    table table;
    const table_column **columns; /* Of the file, as the header has them; NULL before it was read. */
    berth_value *values;          /* Of the row. */
    size_t width;
    berth_bulk_load *load;
    int64_t rows;
    int64_t rows_in_step; /* So many rows stand one to a line. */
    int64_t drawn;        /* Rows shown on the terminal. */
} job;

static void show_progress(int64_t rows, void *context) {
    job *job = context;
    if (!isatty(STDERR_FILENO) || rows - job->drawn < ROWS_OF_A_STEP)
        return;
    job->drawn = rows;
    fprintf(stderr, "\r%lld rows", (long long)rows);
    fflush(stderr);
}

static void hide_progress(const job *job) {
    if (job->drawn > 0)
        fputs("\r\033[K", stderr);
}

/* The bytes of a field that a message shows, without half a character at the end. */
static int shown_length(const char *text, size_t length) {
    if (length <= SHOWN_BYTES)
        return (int)length;
    int shown = SHOWN_BYTES;
    while (shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80)
        shown--;
    return shown;
}

/* ---- The header. ---- */

static bool refuse_name(job *job, const csv_row *row, size_t column, const char *problem) {
    char names[LIST_BYTES];
    const csv_field *field = &row->fields[column];
    const char *text = row->bytes + field->offset;
    table_list(&job->table, names, sizeof names);
    berth_session_fail(job->session, BERTH_DATA, "line %llu, column %zu: \"%.*s\" %s; those of table \"%s\" are %s",
                       (unsigned long long)field->line, column + 1, shown_length(text, field->length), text, problem,
                       job->table.name, names);
    return false;
}

/* Loads take a list of names, with commas between and spaces around them. */
static bool fits_list(const char *name) {
    return name[0] != '\0' && strchr(name, ',') == NULL && name[0] != ' ' && name[strlen(name) - 1] != ' ';
}

static bool find_columns(job *job, const csv_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        const csv_field *field = &row->fields[i];
        const table_column *column = table_find(&job->table, row->bytes + field->offset, field->length);
        if (column == NULL)
            return refuse_name(job, row, i, "is not one of the table's columns");
        for (size_t before = 0; before < i; before++)
            if (job->columns[before] == column)
                return refuse_name(job, row, i, "is named twice");
        if (!fits_list(column->name))
            return refuse_name(job, row, i,
                               "is a name that can't be loaded, for it is empty or has a comma or a space at an end");
        job->columns[i] = column;
    }
    return true;
}

static char *list_columns(const job *job) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    for (size_t i = 0; i < job->width; i++)
        fprintf(stream, "%s%s", i > 0 ? ", " : "", job->columns[i]->name);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static bool fail_memory(job *job) {
    berth_session_fail(job->session, BERTH_NO_MEMORY, "out of memory for a load");
    return false;
}

static bool take_header(job *job, const csv_row *row) {
    job->width = row->count;
    job->columns = calloc(row->count, sizeof *job->columns);
    job->values = calloc(row->count, sizeof *job->values);
    if (job->columns == NULL || job->values == NULL)
        return fail_memory(job);
    if (!find_columns(job, row))
        return false;
    char *names = list_columns(job);
    if (names == NULL)
        return fail_memory(job);
    job->load = berth_bulk_open(job->session, job->table.name, names,
                                BERTH_BULK_OPTIONS(.on_progress = show_progress, .context = job));
    free(names);
    return berth_session_status(job->session) == BERTH_OK;
}

/* ---- The rows. ---- */

static bool refuse_field(job *job, const csv_field *field, size_t column, const char *text) {
    berth_session_fail(job->session, BERTH_DATA, "line %llu, column %zu (\"%s\"): expected %s, found \"%.*s\"",
                       (unsigned long long)field->line, column + 1, job->columns[column]->name,
                       convert_expected(job->columns[column]->type), shown_length(text, field->length), text);
    return false;
}

static bool convert_row(job *job, const csv_row *row) {
    for (size_t i = 0; i < job->width; i++) {
        const csv_field *field = &row->fields[i];
        char *text = row->bytes + field->offset;
        if (field->is_null)
            job->values[i] = berth_null();
        else if (!convert_text(job->columns[i]->type, text, field->length, &job->values[i]))
            return refuse_field(job, field, i, text);
    }
    return true;
}

static bool take_row(csv_row *row, void *context) {
    job *job = context;
    uint64_t line = row->fields[0].line;
    if (job->columns == NULL)
        return take_header(job, row);
    if (row->count != job->width) {
        berth_session_fail(job->session, BERTH_DATA, "line %llu: expected %zu fields as in the header, found %zu",
                           (unsigned long long)line, job->width, row->count);
        return false;
    }
    if (!convert_row(job, row))
        return false;
    if (job->rows_in_step == job->rows && line == (uint64_t)job->rows + 2)
        job->rows_in_step++;
    job->rows++;
    const berth_params values = {.values = job->values, .count = job->width};
    return berth_bulk_row(job->load, &values) == BERTH_OK;
}

/* ---- All of it. ---- */

static void load_stream(job *job, FILE *stream) {
    csv_file_read(stream, job->session, take_row, job);
    if (job->columns == NULL)
        berth_session_fail(job->session, BERTH_DATA,
                           "the file is empty; its first line has the names of the columns, with commas between");
    if (job->load != NULL)
        berth_bulk_close(job->load, &job->rows);
}

static int tell(const job *job, const char *name, berth_status status, const berth_error *error) {
    if (status == BERTH_OK)
        printf("%lld rows loaded into %s\n", (long long)job->rows, job->table.name);
    else if (error->index >= 0 && error->index < job->rows_in_step)
        report("%s: line %lld: %s", name, (long long)error->index + 2, error->message);
    else
        report("%s: %s", name, error->message);
    return status == BERTH_OK ? 0 : EXIT_FAILED;
}

static int load_into(berth_engine *engine, const char *table_name, const char *name, FILE *stream) {
    berth_error error;
    job job = {.session = berth_session_open(engine, NULL)};
    if (table_read(job.session, engine, table_name, &job.table) == BERTH_OK)
        load_stream(&job, stream);
    berth_status status = berth_session_end(job.session, &error);
    hide_progress(&job);
    int result = tell(&job, name, status, &error);
    table_free(&job.table);
    free((void *)job.columns);
    free(job.values);
    return result;
}

int load_run(char **operands) {
    berth_error error;
    berth_engine *engine;
    bool is_input = strcmp(operands[2], "-") == 0;
    const char *name = is_input ? "standard input" : operands[2];
    FILE *stream = is_input ? stdin : fopen(name, "rb");
    if (stream == NULL) {
        report("%s: can't be opened: %s", name, strerror(errno));
        return EXIT_FAILED;
    }
    int result = EXIT_FAILED;
    if (berth_engine_open(operands[0], NULL, &engine, &error) != BERTH_OK) {
        report("%s", error.message);
    } else {
        result = load_into(engine, operands[1], name, stream);
        berth_engine_close(engine, NULL);
    }
    if (!is_input)
        fclose(stream);
    return result;
}
