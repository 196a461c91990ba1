#include <errno.h>
#include <string.h>

#include "tracker/commands.h"
#include "tracker/models.h"
#include "tracker/store.h"
#include "tracker/text.h"

#define DEFAULT_SEASON "season-1"

/* What the transaction of one file works on. */
typedef struct job {
    const batch *batch;
    size_t singly_from;
    progress *progress;
    store_counts counts;
} job;

berth_status commands_init(const console *console, const options *options, berth_error *error) {
    berth_engine *engine;
    char *ddl = NULL;
    berth_status status = berth_engine_open(options->url, NULL, &engine, error);
    if (status != BERTH_OK)
        return status;
    if (options->sql)
        status = berth_schema_ddl(engine, &models_schema, &ddl, error);
    else
        status = berth_schema_create(engine, &models_schema, error);
    if (status == BERTH_OK && options->sql)
        fputs(ddl, console->out);
    else if (status == BERTH_OK)
        fprintf(console->out, "the tables are there: %s\n", berth_engine_url(engine));
    berth_free(ddl);
    berth_engine_close(engine, NULL);
    return status;
}

static berth_status run_job(berth_session *session, void *argument) {
    job *job = argument;
    return store_batch(session, job->batch, job->singly_from, job->progress, &job->counts);
}

/* Which of many records was refused, not every database tells. So the same is done again, with those one by one. */
static berth_status store_records(berth_engine *engine, job *job, berth_error *error) {
    berth_status status = berth_transact(engine, NULL, run_job, job, error);
    if (status == BERTH_OK || error->flags != 0 || !job->counts.failed || job->counts.together == 1)
        return status;
    job->singly_from = job->counts.at;
    return berth_transact(engine, NULL, run_job, job, error);
}

static berth_status tell_failure(const batch *batch, const store_counts *counts, berth_error *error) {
    const char *key = batch->kind->key;
    if (!counts->failed)
        return (berth_status)error->status;
    if (counts->together == 1)
        return report_prefix(error, "%s[%zu]: ", key, counts->at);
    return report_prefix(error, "%s[%zu] to [%zu]: ", key, counts->at, counts->at + counts->together - 1);
}

static berth_status store_in_transaction(const console *console, berth_engine *engine, const char *name,
                                         const batch *batch, berth_error *error) {
    progress progress = progress_begin(console, name, batch->count);
    job job = {.batch = batch, .singly_from = STORE_TOGETHER, .progress = &progress};
    berth_status status = store_records(engine, &job, error);
    progress_end(&progress);
    if (status != BERTH_OK)
        return tell_failure(batch, &job.counts, error);
    fprintf(console->out, "%s: %zu %s: %zu new, %zu updated, %zu unchanged%s\n", name, batch->count, batch->kind->noun,
            job.counts.created, job.counts.updated, job.counts.unchanged, batch->simulated ? " (simulated)" : "");
    return BERTH_OK;
}

static berth_status load_stream(const console *console, berth_engine *engine, const char *name, FILE *stream,
                                const records_options *options, berth_error *error) {
    batch *batch;
    berth_status status = records_read(stream, options, &batch, error);
    if (status == BERTH_OK)
        status = store_in_transaction(console, engine, name, batch, error);
    records_free(batch);
    return status == BERTH_OK ? status : report_prefix(error, "%s: ", name);
}

static berth_status load_file(const console *console, berth_engine *engine, const char *name,
                              const records_options *options, berth_error *error) {
    if (strcmp(name, "-") == 0)
        return load_stream(console, engine, "standard input", console->in, options, error);
    FILE *stream = fopen(name, "rb");
    if (stream == NULL)
        return report_fail(error, BERTH_RESOURCE, "%s: can't be opened: %s", name, strerror(errno));
    berth_status status = load_stream(console, engine, name, stream, options, error);
    fclose(stream);
    return status;
}

static berth_status read_time(const char *text, records_options *options, berth_error *error) {
    berth_value value;
    if (text == NULL)
        return BERTH_OK;
    if (berth_value_parse(BERTH_TYPE_TIMESTAMPTZ, text, strlen(text), &value) != BERTH_OK)
        return report_fail(error, BERTH_MISUSE, "--at: expected a time such as 2025-10-28T07:04:56Z, found \"%s\"",
                           text);
    options->has_time = true;
    options->time_us = value.as.integer;
    return BERTH_OK;
}

berth_status commands_ingest(const console *console, const options *options, berth_error *error) {
    berth_engine *engine = NULL;
    records_options records = {.season = options->season != NULL ? options->season : DEFAULT_SEASON};
    if (text_characters(records.season) > models_season.columns[0].length)
        return report_fail(error, BERTH_MISUSE, "--season: expected at most %u characters, found %zu",
                           models_season.columns[0].length, text_characters(records.season));
    berth_status status = read_time(options->at, &records, error);
    if (status == BERTH_OK)
        status = berth_engine_open(options->url, NULL, &engine, error);
    if (status != BERTH_OK)
        return status;
    int failed = 0;
    for (int i = 0; i < options->operand_count; i++) {
        berth_error problem;
        if (load_file(console, engine, options->operands[i], &records, &problem) == BERTH_OK)
            continue;
        report_print(console->err, &problem);
        failed++;
    }
    berth_engine_close(engine, NULL);
    if (failed > 0)
        return report_fail(error, BERTH_DATA, "nothing was loaded from %d of %d files", failed, options->operand_count);
    return BERTH_OK;
}
