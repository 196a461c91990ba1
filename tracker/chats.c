#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tracker/commands.h"
#include "tracker/filter.h"
#include "tracker/reading.h"
#include "tracker/table.h"
#include "tracker/text.h"

#define SUMMARY_WIDTH 80

static const table_column columns[] = {
    {.title = "Time (UTC)"},
    {.title = "Model"},
    {.title = "Cycle", .right = true},
    {.title = "Summary", .widest = SUMMARY_WIDTH},
};

static const char *text_or_nothing(berth_result *rows, int column) {
    return berth_is_null(rows, column) ? "" : berth_get_text(rows, column);
}

static void add_chat(table *table, berth_result *rows) {
    char buffer[TEXT_NUMBER_BYTES];
    table_add(table, text_time(buffer, berth_get_timestamp(rows, 0)));
    table_add(table, berth_get_text(rows, 1));
    table_add(table, berth_get_text(rows, 2));
    table_add(table, text_or_nothing(rows, 3));
}

static void print_section(FILE *stream, const char *title, const char *text) {
    if (*text == '\0')
        return;
    fprintf(stream, "\n-- %s\n", title);
    text_print_block(stream, text);
    fputc('\n', stream);
}

/* JSON is printed in one form, however the server keeps it. */
static void print_json(FILE *stream, const char *title, const char *text) {
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    char *pretty = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
    print_section(stream, title, pretty != NULL ? pretty : text);
    free(pretty);
    json_decref(json);
}

static void print_chat(FILE *stream, berth_result *rows) {
    char buffer[TEXT_NUMBER_BYTES];
    fprintf(stream, "== %s UTC  ", text_time(buffer, berth_get_timestamp(rows, 0)));
    text_print_line(stream, berth_get_text(rows, 1));
    fprintf(stream, "  cycle %s\n", berth_get_text(rows, 2));
    print_section(stream, "summary", text_or_nothing(rows, 3));
    print_json(stream, "decisions", text_or_nothing(rows, 4));
    if (strcmp(text_or_nothing(rows, 6), "json") == 0)
        print_json(stream, "thoughts", text_or_nothing(rows, 5));
    else
        print_section(stream, "thoughts", text_or_nothing(rows, 5));
    print_section(stream, "prompt", text_or_nothing(rows, 7));
    fputc('\n', stream);
}

/* Puts the chats into the table, or with --full prints them to the stream. */
static void read_chats(berth_session *session, const filter *filter, bool full, table *table, FILE *stream) {
    berth_result *rows =
        filter_query(session, filter,
                     full ? "inserted_at, model_id, cycle_id, cot_trace_summary, llm_response, cot_trace, "
                            "cot_trace_kind, user_prompt"
                          : "inserted_at, model_id, cycle_id, cot_trace_summary",
                     "inserted_at DESC, cycle_id DESC, id");
    while (berth_next(rows)) {
        if (full)
            print_chat(stream, rows);
        else
            add_chat(table, rows);
    }
    berth_result_close(rows);
}

berth_status commands_chats(const console *console, const options *options, berth_error *error) {
    reading reading;
    filter filter;
    int64_t found = 0;
    table *table = table_new(columns, sizeof columns / sizeof *columns);
    berth_status status = reading_begin(&reading, options, error);
    if (status == BERTH_OK) {
        filter = filter_make("model_chats", reading.season.id, options);
        season_print(console->out, &reading.season, "chats");
        found = filter_count(reading.session, &filter);
        read_chats(reading.session, &filter, options->full, table, console->out);
    }
    status = reading_end(&reading, status, error);
    if (status == BERTH_OK && !options->full && !table_print(table, console->out))
        status = report_no_memory(error, "the table");
    if (status == BERTH_OK)
        filter_print_count(console->out, &filter, found);
    table_free(table);
    return status;
}
