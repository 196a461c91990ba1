#include "tests/tracker/support.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracker/commands.h"
#include "tracker/models.h"

#define MOST_ARGUMENTS 32

support support_begin(void) {
    support made = {.folder = "/tmp/tracker-test-XXXXXX"};
    if (mkdtemp(made.folder) == NULL)
        CU_FAIL_FATAL("no temporary folder");
    snprintf(made.url, sizeof made.url, "sqlite:///%s/tracker.db", made.folder);
    return made;
}

/* Folders in it are one level deep at most. */
static void remove_folder(const char *folder) {
    char path[512];
    DIR *listing = opendir(folder);
    struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (unlink(path) != 0)
            remove_folder(path);
    }
    if (listing != NULL)
        closedir(listing);
    rmdir(folder);
}

void support_end(support *support) {
    remove_folder(support->folder);
    free(support->out);
    free(support->err);
}

static void run(support *support, const char *input, int count, char **arguments) {
    size_t out_size, err_size;
    free(support->out);
    free(support->err);
    support->out = support->err = NULL;
    FILE *in = input != NULL && *input != '\0' ? fmemopen((char *)input, strlen(input), "r") : fopen("/dev/null", "r");
    const console console = {
        .in = in, .out = open_memstream(&support->out, &out_size), .err = open_memstream(&support->err, &err_size)};
    support->result = commands_run(&console, count, arguments);
    fclose(in);
    fclose(console.out);
    fclose(console.err);
}

static int collect(char **arguments, int count, va_list list) {
    char *argument;
    while (count < MOST_ARGUMENTS && (argument = va_arg(list, char *)) != NULL)
        arguments[count++] = argument;
    return count;
}

int support_run(support *support, const char *command, ...) {
    char *arguments[MOST_ARGUMENTS] = {"tracker", (char *)command, "--url", support->url};
    va_list list;
    va_start(list, command);
    int count = collect(arguments, 4, list);
    va_end(list);
    run(support, NULL, count, arguments);
    return support->result;
}

int support_run_with(support *support, const char *input, ...) {
    char *arguments[MOST_ARGUMENTS] = {"tracker"};
    va_list list;
    va_start(list, input);
    int count = collect(arguments, 1, list);
    va_end(list);
    run(support, input, count, arguments);
    return support->result;
}

const char *support_path(support *support, const char *name) {
    snprintf(support->path, sizeof support->path, "%s/%s", support->folder, name);
    return support->path;
}

const char *support_write(support *support, const char *name, const char *content) {
    FILE *stream = fopen(support_path(support, name), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(content, 1, strlen(content), stream), strlen(content));
    CU_ASSERT_EQUAL(fclose(stream), 0);
    return support->path;
}

const char *support_write_trades(support *support, const char *name, int first, int end, int changed, int changed_end) {
    FILE *stream = fopen(support_path(support, name), "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    fputs("{\"trades\":[", stream);
    for (int i = first; i < end; i++)
        fprintf(stream,
                "%s{\"id\":\"%d\",\"model_id\":\"m\",\"symbol\":\"BTC\",\"side\":\"long\",\"quantity\":1,"
                "\"entry_time\":1.5,\"exit_time\":2.25,\"entry_price\":1,\"exit_price\":%d,\"entry_tid\":%d,"
                "\"exit_tid\":1,\"total_commission_dollars\":0.5,\"realized_gross_pnl\":1,\"realized_net_pnl\":0.5}",
                i > first ? ",\n" : "", i, i >= changed && i < changed_end ? 7 : 5, i);
    fputs("]}", stream);
    CU_ASSERT_EQUAL(fclose(stream), 0);
    return support->path;
}

static pid_t start_ingest(support *support, const char *path) {
    pid_t child = fork();
    if (child != 0)
        return child;
    support_run(support, "ingest", path, NULL);
    fputs(support->err, stderr);
    _exit(support->result);
}

int support_ingest_both(support *support, const char *first, const char *second) {
    int failed = 0;
    pid_t children[] = {start_ingest(support, first), start_ingest(support, second)};
    for (int i = 0; i < 2; i++) {
        int status;
        failed += waitpid(children[i], &status, 0) != children[i] || status != 0;
    }
    return failed;
}

char *support_read(const char *path) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return NULL;
    if (getdelim(&text, &size, '\0', stream) < 0) {
        free(text);
        text = NULL;
    }
    fclose(stream);
    return text;
}

static void dump_table(FILE *stream, berth_session *session, const berth_table *table) {
    char sql[256];
    size_t length = (size_t)snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY ", table->name);
    for (const berth_table_column *column = table->columns; column->name != NULL && column->primary_key; column++)
        length += (size_t)snprintf(sql + length, sizeof sql - length, "%s%s", column == table->columns ? "" : ", ",
                                   column->name);
    berth_result *rows = berth_query(session, sql, NULL);
    fprintf(stream, "%s\n", table->name);
    while (berth_next(rows)) {
        for (int i = 0; i < berth_column_count(rows); i++)
            fprintf(stream, "|%s", berth_is_null(rows, i) ? "NULL" : berth_get_text(rows, i));
        fputc('\n', stream);
    }
    berth_result_close(rows);
}

char *support_dump(support *support) {
    char *text = NULL;
    size_t size;
    berth_engine *engine;
    berth_error error;
    FILE *stream = open_memstream(&text, &size);
    if (berth_engine_open(support->url, NULL, &engine, &error) != BERTH_OK)
        CU_FAIL_FATAL("no engine");
    berth_session *session = berth_session_open(engine, NULL);
    for (const berth_table *const *table = models_schema.tables; *table != NULL; table++)
        dump_table(stream, session, *table);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    berth_engine_close(engine, NULL);
    fclose(stream);
    return text;
}

const char *support_nof1(void) {
    const char *folder = getenv("BERTH_NOF1_DIR");
    if (folder == NULL || *folder == '\0')
        folder = getenv("BERTH_NOF1_DEFAULT");
    return folder != NULL && access(folder, R_OK) == 0 ? folder : NULL;
}

void support_load_nof1(support *support) {
    static const char *const names[] = {"leaderboard", "trades", "conversations", "since-inception-values",
                                        "account-totals.sample"};
    CU_ASSERT_EQUAL(support_run(support, "init", NULL), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.json", support_nof1(), names[i]);
        CU_ASSERT_EQUAL(support_run(support, "ingest", path, NULL), 0);
        ASSERT_TEXT(support->err, "");
    }
}

const char *support_value(support *support, const char *sql) {
    static char value[128];
    berth_engine *engine;
    berth_error error;
    if (berth_engine_open(support->url, NULL, &engine, &error) != BERTH_OK)
        CU_FAIL_FATAL("no engine");
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, sql, NULL);
    snprintf(value, sizeof value, "no row");
    if (berth_next(rows))
        snprintf(value, sizeof value, "%s", berth_is_null(rows, 0) ? "NULL" : berth_get_text(rows, 0));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    berth_engine_close(engine, NULL);
    return value;
}
