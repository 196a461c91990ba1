#include "slt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slt_values.h"
#include "target.h"

#define MAX_LABELS 1024
#define EXIT_USAGE 2
#define MAX_WORDS 4

/* One file that is being run. */
typedef struct script {
    const char *path;
    char *text;  /* All of it, taken apart into lines. */
    char *next;  /* The line to read next. */
    int line;    /* Its number. */
    int started; /* The line that the record began in. */
    size_t threshold;
    unsigned passed;
    unsigned failed;
    unsigned skipped;
    struct {
        char *name;
        char hash[SLT_HASH_BYTES];
    } labels[MAX_LABELS];
    size_t label_count;
    berth_session *session;
} script;

static void fail(script *script, const char *format, ...) BERTH_PRINTF(2, 3);

static void fail(script *script, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("%s:%d: ", script->path, script->started);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    script->failed++;
}

/* ---- Reading. ---- */

static char *read_file(const char *path) {
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    ssize_t length = getdelim(&text, &room, '\0', file);
    if (length < 0 && !ferror(file) && text != NULL)
        text[0] = '\0';
    bool good = !ferror(file) && text != NULL;
    fclose(file);
    if (good)
        return text;
    free(text);
    return NULL;
}

/* The next line without its end, NULL behind the last. */
static char *read_line(script *script) {
    char *line = script->next;
    if (line == NULL || *line == '\0')
        return NULL;
    size_t length = strcspn(line, "\n");
    script->next = line[length] == '\n' ? line + length + 1 : NULL;
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    line[length] = '\0';
    script->line++;
    return line;
}

/* Takes lines up to an empty one or, where `stop` is not NULL, that one; joins them. Whether it ended with `stop`. */
static bool read_sql(script *script, char **sql, const char *stop) {
    char *line = read_line(script), *end;
    *sql = line != NULL ? line : "";
    for (end = NULL; line != NULL && *line != '\0'; line = read_line(script)) {
        if (stop != NULL && strcmp(line, stop) == 0)
            break;
        if (end != NULL) {
            *end++ = '\n';
            memmove(end, line, strlen(line) + 1);
        } else {
            end = line;
        }
        end += strlen(end);
    }
    if (end == NULL)
        *sql = "";
    return stop != NULL && line != NULL && strcmp(line, stop) == 0;
}

static void skip_record(script *script) {
    char *line;
    while ((line = read_line(script)) != NULL && *line != '\0')
        ;
}

/* ---- Records. ---- */

static void run_statement(script *script, const char *expected) {
    char *sql;
    read_sql(script, &sql, NULL);
    berth_status status = berth_exec(script->session, sql, NULL);
    bool wanted = strcmp(expected, "error") == 0;
    if ((status != BERTH_OK) == wanted)
        script->passed++;
    else if (wanted)
        fail(script, "wanted an error, but it succeeds: %s", sql);
    else
        fail(script, "%s: %s", berth_status_name(status), berth_session_error(script->session)->message);
    berth_session_rollback(script->session, NULL);
}

static bool read_rows(script *script, const char *sql, const char *types, slt_values *values) {
    berth_result *rows = berth_query(script->session, sql, NULL);
    values->columns = (size_t)berth_column_count(rows);
    bool fits = values->columns == strlen(types);
    while (fits && berth_next(rows))
        for (size_t i = 0; fits && i < values->columns; i++) {
            berth_value value = berth_get_value(rows, (int)i);
            fits = slt_values_add(values, &value, types[i]);
        }
    berth_result_close(rows);
    berth_status status = berth_session_status(script->session);
    if (status != BERTH_OK)
        fail(script, "%s: %s", berth_status_name(status), berth_session_error(script->session)->message);
    else if (!fits)
        fail(script, "%zu columns, not %zu, or no memory for them", values->columns, strlen(types));
    berth_session_rollback(script->session, NULL);
    return status == BERTH_OK && fits;
}

/* Queries with one label have one result. */
static bool check_label(script *script, const char *label, const char *hash) {
    for (size_t i = 0; i < script->label_count; i++)
        if (strcmp(script->labels[i].name, label) == 0)
            return strcmp(script->labels[i].hash, hash) == 0;
    if (script->label_count == MAX_LABELS)
        return false;
    script->labels[script->label_count].name = strdup(label);
    if (script->labels[script->label_count].name == NULL)
        return false;
    memcpy(script->labels[script->label_count++].hash, hash, SLT_HASH_BYTES);
    return true;
}

/* Compares with the lines of the file, which are values or "30 values hashing to ...". What was wrong, or NULL. */
static const char *compare(script *script, const slt_values *values, const char *hash) {
    static char wrong[512];
    size_t hashed;
    char digest[SLT_HASH_BYTES];
    const char *reason = NULL;
    char *line = read_line(script);
    if (line != NULL && sscanf(line, "%zu values hashing to %32s", &hashed, digest) == 2) {
        skip_record(script);
        snprintf(wrong, sizeof wrong, "%zu values hashing to %s, not %s", values->count, hash, line);
        return hashed == values->count && strcmp(digest, hash) == 0 ? NULL : wrong;
    }
    if (script->threshold > 0 && values->count > script->threshold)
        reason = "more values than the hash-threshold, and no hash to compare with";
    size_t count = 0;
    for (; line != NULL && *line != '\0'; line = read_line(script), count++) {
        const char *found = count < values->count ? values->items[count] : "(nothing)";
        if (reason != NULL || strcmp(found, line) == 0)
            continue;
        snprintf(wrong, sizeof wrong, "value %zu is %s, not %s", count + 1, found, line);
        reason = wrong;
    }
    if (reason != NULL || count == values->count)
        return reason;
    snprintf(wrong, sizeof wrong, "%zu values, not %zu", values->count, count);
    return wrong;
}

static void run_query(script *script, const char *types, const char *mode, const char *label) {
    slt_values values = {0};
    char *sql;
    char hash[SLT_HASH_BYTES];
    bool has_result = read_sql(script, &sql, "----");
    if (!read_rows(script, sql, types, &values)) {
        if (has_result)
            skip_record(script);
    } else {
        slt_values_sort(&values, mode);
        const char *wrong = slt_values_hash(&values, hash) ? NULL : "the library has no MD5";
        if (wrong == NULL && has_result)
            wrong = compare(script, &values, hash);
        if (wrong == NULL && label != NULL && !check_label(script, label, hash))
            wrong = "another result than an earlier query with the same label";
        if (wrong != NULL)
            fail(script, "%s: %s", wrong, sql);
        else
            script->passed++;
    }
    slt_values_free(&values);
}

/* ---- Files. ---- */

/* Whether the word of a skipif or onlyif means this database; MariaDB is "mysql" too. */
static bool is_this(const char *name) {
    return strcasecmp(target_driver()->name, name) == 0 ||
           (strcasecmp(name, "mariadb") == 0 && strcmp(target_driver()->name, "mysql") == 0);
}

static size_t split(char *line, char *words[MAX_WORDS]) {
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t", &rest); word != NULL && count < MAX_WORDS;
         word = strtok_r(NULL, " \t", &rest))
        words[count++] = word;
    return count;
}

static bool is_sort_mode(const char *word) {
    return strcmp(word, "nosort") == 0 || strcmp(word, "rowsort") == 0 || strcmp(word, "valuesort") == 0;
}

/* A record by its first line. False at a halt. */
static bool run_record(script *script, char *words[MAX_WORDS], size_t count, bool *skipped) {
    bool skip = *skipped;
    bool conditional = count == 2 && (strcmp(words[0], "skipif") == 0 || strcmp(words[0], "onlyif") == 0);
    if (conditional) {
        *skipped = skip || is_this(words[1]) == (strcmp(words[0], "skipif") == 0);
        return true;
    }
    *skipped = false;
    if (strcmp(words[0], "halt") == 0)
        return skip;
    if (skip) {
        script->skipped++;
        skip_record(script);
    } else if (count == 2 && strcmp(words[0], "hash-threshold") == 0) {
        script->threshold = strtoul(words[1], NULL, 10);
    } else if (count == 2 && strcmp(words[0], "statement") == 0 &&
               (strcmp(words[1], "ok") == 0 || strcmp(words[1], "error") == 0)) {
        run_statement(script, words[1]);
    } else if (count >= 2 && strcmp(words[0], "query") == 0 && strspn(words[1], "IRT") == strlen(words[1]) &&
               (count == 2 || is_sort_mode(words[2]))) {
        run_query(script, words[1], count > 2 ? words[2] : "nosort", count > 3 ? words[3] : NULL);
    } else {
        fail(script, "a record can't begin with \"%s\"", words[0]);
        skip_record(script);
    }
    return true;
}

static bool run_file(berth_engine *engine, const char *path) {
    static script script;
    char *words[MAX_WORDS], *line;
    bool skipped = false, goes_on = true;
    script = (struct script){.path = path, .text = read_file(path)};
    if (script.text == NULL) {
        fprintf(stderr, "berth-conformance: %s can't be read: %s\n", path, strerror(errno));
        return false;
    }
    script.next = script.text;
    script.session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    while (goes_on && (line = read_line(&script)) != NULL) {
        script.started = script.line;
        size_t count = *line == '#' ? 0 : split(line, words);
        if (count > 0)
            goes_on = run_record(&script, words, count, &skipped);
    }
    berth_session_close(script.session);
    printf("%s: %u passed, %u failed, %u skipped\n", path, script.passed, script.failed, script.skipped);
    for (size_t i = 0; i < script.label_count; i++)
        free(script.labels[i].name);
    free(script.text);
    return script.failed == 0 && script.passed > 0;
}

int slt_run(const char *url, const char *driver_file, int file_count, char **files) {
    berth_error error;
    berth_engine *engine = NULL;
    bool good = true;
    if (target_set(url, driver_file, &error) != BERTH_OK || berth_engine_open(url, NULL, &engine, &error) != BERTH_OK) {
        fprintf(stderr, "berth-conformance: %s\n", error.message);
        return EXIT_USAGE;
    }
    for (int i = 0; i < file_count; i++)
        good = run_file(engine, files[i]) && good;
    berth_engine_close(engine, NULL);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
