#include "tracker/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "tracker/compare.h"

/* So many records are read by one statement, and written by one call. */
#define PIECE_RECORDS 500

/* A batch on its way into the database. */
typedef struct job {
    berth_session *session;
    const batch *batch;
    progress *progress;
    store_counts *counts;
    size_t singly_from;
    size_t piece_records;
    char *columns;      /* With commas. */
    char *select;       /* Reads those of a piece's records that are there. */
    berth_value *keys;  /* For `select`. */
    size_t shared_keys; /* Of them, those that are the same for all records; they come first. */
    bool *same;         /* For each record: it is there and needs no writing. */
    size_t there_count;
    size_t same_count;
    berth_params *rows; /* To be written. */
} job;

static void job_free(job *job) {
    free(job->columns);
    free(job->select);
    free(job->keys);
    free(job->same);
    free(job->rows);
}

/* ---- Statements. ---- */

static char *list_columns(const record_kind *kind) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    for (const field *field = kind->fields; field->column != NULL; field++)
        fprintf(stream, "%s%s", field == kind->fields ? "" : ", ", field->column);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

/* Writes a condition for each column of the key, with the values that all records share. */
static void write_conditions(FILE *stream, job *job) {
    const record_kind *kind = job->batch->kind;
    size_t own = fields_key(kind);
    const char *word = " WHERE";
    for (size_t i = 0; i < job->batch->columns; i++) {
        if (i == own || !fields_declaration(kind, &kind->fields[i])->primary_key)
            continue;
        fprintf(stream, "%s %s = ?", word, kind->fields[i].column);
        job->keys[job->shared_keys++] = records_row(job->batch, 0)[i];
        word = " AND";
    }
    fprintf(stream, "%s %s IN (?", word, kind->fields[own].column);
    for (size_t i = 1; i < job->piece_records; i++)
        fputs(", ?", stream);
    fputc(')', stream);
}

static char *write_select(job *job) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    fprintf(stream, "SELECT %s FROM %s", job->columns, job->batch->kind->table->name);
    write_conditions(stream, job);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static berth_status job_make(job *job) {
    job->piece_records = job->batch->count < PIECE_RECORDS ? job->batch->count : PIECE_RECORDS;
    job->columns = list_columns(job->batch->kind);
    job->keys = calloc(job->batch->columns + job->piece_records, sizeof *job->keys);
    job->same = calloc(job->batch->count, sizeof *job->same);
    job->rows = calloc(job->piece_records, sizeof *job->rows);
    if (job->columns != NULL && job->keys != NULL && job->same != NULL && job->rows != NULL)
        job->select = write_select(job);
    if (job->select == NULL)
        return berth_session_fail(job->session, BERTH_NO_MEMORY, "out of memory for the statement");
    return BERTH_OK;
}

/* ---- What is there. ---- */

static bool same_record(const job *job, size_t record, berth_result *rows) {
    const berth_value *row = records_row(job->batch, record);
    bool same = true;
    for (size_t i = 0; i < job->batch->columns && same; i++)
        same = compare_value(&row[i], rows, (int)i);
    return same;
}

/* Where there are fewer records than places in the statement, the last one is asked for again. */
static berth_params list_keys(job *job, size_t first) {
    size_t own = fields_key(job->batch->kind);
    size_t last = job->batch->count - 1;
    berth_value *keys = job->keys + job->shared_keys;
    for (size_t i = 0; i < job->piece_records; i++)
        keys[i] = records_row(job->batch, first + i < last ? first + i : last)[own];
    return (berth_params){.values = job->keys, .count = job->shared_keys + job->piece_records};
}

/* A server may take other letters for the same: what comes then is there, but is none of the records. */
static void compare_row(job *job, berth_result *rows) {
    size_t record;
    job->there_count++;
    if (!records_find(job->batch, berth_get_text(rows, (int)fields_key(job->batch->kind)), &record) ||
        job->same[record])
        return;
    job->counts->at = record;
    job->same[record] = same_record(job, record, rows);
    job->same_count += job->same[record];
    job->counts->failed = berth_session_status(job->session) != BERTH_OK;
}

/* All of it before anything is written: a server may keep a plan that was right for a table without rows. */
static berth_status read_records(job *job) {
    size_t count = job->batch->count;
    job->counts->together = 1;
    for (size_t first = 0; first < count && berth_session_status(job->session) == BERTH_OK;
         first += job->piece_records) {
        const berth_params keys = list_keys(job, first);
        berth_result *rows = berth_query(job->session, job->select, &keys);
        while (berth_next(rows))
            compare_row(job, rows);
        berth_result_close(rows);
        progress_show(job->progress, first / 2);
    }
    return berth_session_status(job->session);
}

/* ---- What is not. ---- */

static bool goes_along(const job *job, size_t record, size_t taken) {
    return taken == 0 || (taken < job->piece_records && record < job->singly_from);
}

/* Takes the next records that must be written, from `*record` on. Returns how many. */
static size_t take_rows(job *job, size_t *record) {
    size_t taken = 0;
    for (; *record < job->batch->count && goes_along(job, *record, taken); ++*record) {
        if (job->same[*record])
            continue;
        if (taken == 0)
            job->counts->at = *record;
        job->counts->together = *record - job->counts->at + 1;
        job->rows[taken++] = (berth_params){.values = records_row(job->batch, *record), .count = job->batch->columns};
    }
    return taken;
}

/* By the upsert, though it is known which are new: another program may load the same at this time. */
static berth_status write_rows(job *job, size_t count) {
    const berth_table *table = job->batch->kind->table;
    if (count == 1)
        return berth_upsert(job->session, table, job->columns, job->rows);
    return berth_upsert_many(job->session, table, job->columns, job->rows, count);
}

static berth_status write_records(job *job) {
    berth_status status = BERTH_OK;
    size_t record = 0, taken;
    do {
        taken = take_rows(job, &record);
        if (taken > 0)
            status = write_rows(job, taken);
        job->counts->failed = status != BERTH_OK;
        progress_show(job->progress, (job->batch->count + record) / 2);
    } while (taken > 0 && status == BERTH_OK);
    return status;
}

berth_status pieces_store(berth_session *session, const batch *batch, size_t singly_from, progress *progress,
                          store_counts *counts) {
    job job = {.session = session, .batch = batch, .progress = progress, .counts = counts, .singly_from = singly_from};
    berth_status status = job_make(&job);
    if (status == BERTH_OK)
        status = read_records(&job);
    if (status == BERTH_OK)
        status = write_records(&job);
    counts->created = batch->count - job.there_count;
    counts->updated = job.there_count - job.same_count;
    counts->unchanged = job.same_count;
    job_free(&job);
    return status;
}
