#include "tests/tools/support.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

support support_begin(const char *url) {
    support made = {.folder = "/tmp/berth-tool-XXXXXX"};
    if (mkdtemp(made.folder) == NULL)
        CU_FAIL_FATAL("no temporary folder");
    snprintf(made.file, sizeof made.file, "%s/rows.csv", made.folder);
    if (url != NULL)
        snprintf(made.url, sizeof made.url, "%s", url);
    else
        snprintf(made.url, sizeof made.url, "sqlite:///%s/rows.db", made.folder);
    return made;
}

void support_end(support *support) {
    static const char *const names[] = {"rows.csv", "rows.db", "rows.db-wal", "rows.db-shm", "out", "err"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", support->folder, names[i]);
        unlink(path);
    }
    CU_ASSERT_EQUAL(rmdir(support->folder), 0);
}

static void check(berth_status status, const berth_error *error) {
    ASSERT_TEXT(status == BERTH_OK ? "" : error->message, "");
}

void support_execute(support *support, const char *sql) {
    berth_error error;
    berth_engine *engine;
    berth_status status = berth_engine_open(support->url, NULL, &engine, &error);
    check(status, &error);
    if (status != BERTH_OK)
        return;
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, sql, NULL);
    check(berth_session_end(session, &error), &error);
    berth_engine_close(engine, NULL);
}

static size_t append_row(berth_result *rows, char *text, size_t size) {
    size_t used = 0;
    for (int i = 0; i < berth_column_count(rows) && used < size; i++) {
        berth_value value = berth_get_value(rows, i);
        used += (size_t)snprintf(text + used, size - used, "%s", i > 0 ? "|" : "");
        if (value.type == BERTH_TYPE_NULL && used < size)
            used += (size_t)snprintf(text + used, size - used, "NULL");
        else if (used < size)
            used += berth_value_format(&value, text + used, size - used);
    }
    return used < size ? used + (size_t)snprintf(text + used, size - used, "\n") : used;
}

const char *support_rows(support *support, const char *sql) {
    berth_error error;
    berth_engine *engine;
    size_t used = 0;
    support->rows[0] = '\0';
    berth_status status = berth_engine_open(support->url, NULL, &engine, &error);
    check(status, &error);
    if (status != BERTH_OK)
        return support->rows;
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, sql, NULL);
    while (berth_next(rows) && used < sizeof support->rows)
        used += append_row(rows, support->rows + used, sizeof support->rows - used);
    berth_result_close(rows);
    check(berth_session_end(session, &error), &error);
    berth_engine_close(engine, NULL);
    return support->rows;
}

void support_write(support *support, const void *bytes, size_t length) {
    FILE *stream = fopen(support->file, "wb");
    if (stream == NULL)
        CU_FAIL_FATAL("no file");
    CU_ASSERT_EQUAL(fwrite(bytes, 1, length, stream), length);
    CU_ASSERT_EQUAL(fclose(stream), 0);
}

static void read_output(const support *support, const char *name, char *text, size_t size) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", support->folder, name);
    FILE *stream = fopen(path, "rb");
    size_t length = stream != NULL ? fread(text, 1, size - 1, stream) : 0;
    text[length] = '\0';
    if (stream != NULL)
        fclose(stream);
    size_t folder_length = strlen(support->folder) + 1;
    for (char *at; (at = strstr(text, support->folder)) != NULL;)
        memmove(at, at + folder_length, strlen(at + folder_length) + 1);
}

int support_run(support *support, const char *arguments) {
    char command[1024];
    setenv("file", support->file, 1);
    setenv("url", support->url, 1);
    snprintf(command, sizeof command, "\"$BERTH_PROGRAM\" %s >%s/out 2>%s/err", arguments, support->folder,
             support->folder);
    int status = system(command);
    read_output(support, "out", support->out, sizeof support->out);
    read_output(support, "err", support->err, sizeof support->err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int support_load(support *support, const char *table, const char *content) {
    char arguments[256];
    support_write(support, content, strlen(content));
    snprintf(arguments, sizeof arguments, "load \"$url\" '%s' \"$file\"", table);
    return support_run(support, arguments);
}
