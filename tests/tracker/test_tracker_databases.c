/* The tracker prints the same and keeps the same on every database: PostgreSQL and MariaDB against SQLite. The servers
 * are those of tests/support/servers. */
#include "tests/tracker/support.h"

#include <berth.h>
#include <glob.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "tracker/models.h"

#define MOST_ROWS 10000

typedef struct server {
    const char *name;
    const char *variable; /* With the URL of a database that nobody else uses. */
} server;

static const server servers[] = {
    {.name = "PostgreSQL", .variable = "BERTH_TEST_POSTGRESQL_TRACKER_URL"},
    {.name = "MariaDB", .variable = "BERTH_TEST_MARIADB_TRACKER_URL"},
};

#define SERVER_COUNT (sizeof servers / sizeof *servers)

typedef struct command {
    const char *name;
    const char *option; /* May be NULL. */
} command;

static const command commands[] = {{"leaderboard", NULL}, {"trades", NULL}, {"chats", NULL}, {"chats", "--full"}};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

/* What a database holds after loading: what the commands print, and all rows. */
typedef struct content {
    char *printed[COMMAND_COUNT];
    char *rows;
} content;

/* JSON is the same value with other blanks and another order of members. */
static void print_json(FILE *stream, const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    char *normal = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
    CU_ASSERT_PTR_NOT_NULL(normal);
    fputs(normal != NULL ? normal : "no JSON", stream);
    free(normal);
    json_decref(value);
}

/* To the last bit, in the type that the table was declared with. */
static void print_value(FILE *stream, berth_result *rows, int column, berth_type type) {
    fputc('|', stream);
    if (berth_is_null(rows, column)) {
        fputs("NULL", stream);
        return;
    }
    switch (type) {
    case BERTH_TYPE_BOOL:
        fputs(berth_get_bool(rows, column) ? "true" : "false", stream);
        break;
    case BERTH_TYPE_INT64:
        fprintf(stream, "%" PRId64, berth_get_int64(rows, column));
        break;
    case BERTH_TYPE_DOUBLE:
        fprintf(stream, "%a", berth_get_double(rows, column));
        break;
    case BERTH_TYPE_TIMESTAMPTZ:
        fprintf(stream, "%" PRId64 "us", berth_get_timestamp(rows, column));
        break;
    case BERTH_TYPE_UUID:
        for (int i = 0; i < 16; i++)
            fprintf(stream, "%02x", berth_get_uuid(rows, column)[i]);
        break;
    case BERTH_TYPE_JSON:
        print_json(stream, berth_get_json(rows, column));
        break;
    default:
        fprintf(stream, "%zu:%s", berth_get_length(rows, column), berth_get_text(rows, column));
    }
}

static char *row_text(berth_result *rows, const berth_table *table) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fputs(table->name, stream);
    for (int i = 0; table->columns[i].name != NULL; i++)
        print_value(stream, rows, i, table->columns[i].type);
    fputc('\n', stream);
    fclose(stream);
    return text;
}

static int compare_rows(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Databases order texts in different ways, so the rows are put in order here. */
static void print_table(FILE *stream, berth_session *session, const berth_table *table) {
    static char *texts[MOST_ROWS];
    size_t count = 0;
    char sql[1024];
    size_t length = (size_t)snprintf(sql, sizeof sql, "SELECT");
    for (const berth_table_column *column = table->columns; column->name != NULL; column++)
        length += (size_t)snprintf(sql + length, sizeof sql - length, "%s %s", column == table->columns ? "" : ",",
                                   column->name);
    snprintf(sql + length, sizeof sql - length, " FROM %s", table->name);
    berth_result *rows = berth_query(session, sql, NULL);
    while (count < MOST_ROWS && berth_next(rows))
        texts[count++] = row_text(rows, table);
    berth_result_close(rows);
    CU_ASSERT_TRUE(count > 0 && count < MOST_ROWS);
    qsort(texts, count, sizeof *texts, compare_rows);
    for (size_t i = 0; i < count; i++) {
        fputs(texts[i], stream);
        free(texts[i]);
    }
}

static berth_engine *open_engine(const char *url) {
    berth_engine *engine;
    berth_error error;
    if (berth_engine_open(url, NULL, &engine, &error) != BERTH_OK)
        CU_FAIL_FATAL("no engine");
    return engine;
}

static void end_session(berth_session *session, berth_engine *engine) {
    berth_error error;
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    berth_engine_close(engine, NULL);
}

static char *read_rows(const char *url) {
    char *text = NULL;
    size_t size;
    berth_engine *engine = open_engine(url);
    berth_session *session = berth_session_open(engine, NULL);
    FILE *stream = open_memstream(&text, &size);
    for (const berth_table *const *table = models_schema.tables; *table != NULL; table++)
        print_table(stream, session, *table);
    fclose(stream);
    end_session(session, engine);
    return text;
}

/* From the last table to the first, which the others refer to. */
static void drop_tables(const char *url) {
    berth_engine *engine = open_engine(url);
    berth_session *session = berth_session_open(engine, NULL);
    size_t count = 0;
    while (models_schema.tables[count] != NULL)
        count++;
    while (count-- > 0) {
        char sql[128];
        snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s", models_schema.tables[count]->name);
        berth_exec(session, sql, NULL);
    }
    end_session(session, engine);
}

static content read_content(support *support) {
    content content = {.rows = read_rows(support->url)};
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        CU_ASSERT_EQUAL(support_run(support, commands[i].name, commands[i].option, NULL), 0);
        ASSERT_TEXT(support->err, "");
        content.printed[i] = support->out;
        support->out = NULL;
    }
    return content;
}

static void free_content(content *content) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        free(content->printed[i]);
    free(content->rows);
}

/* Shows the first place where they differ, not megabytes. */
static void assert_same(const char *server, const char *what, const char *found, const char *expected) {
    size_t at = 0;
    CU_ASSERT_STRING_EQUAL(found, expected);
    while (found[at] != '\0' && found[at] == expected[at])
        at++;
    size_t from = at < 60 ? 0 : at - 60;
    if (found[at] != expected[at])
        fprintf(stderr, "\n%s, %s, byte %zu: found    \"%.120s\"\n  SQLite has \"%.120s\"\n", server, what, at,
                found + from, expected + from);
}

static void load_simulated(support *support) {
    char season[128];
    glob_t files;
    snprintf(season, sizeof season, "%s/season", support->folder);
    CU_ASSERT_EQUAL(support_run_with(support, "", "simulate", season, NULL), 0);
    CU_ASSERT_EQUAL(support_run(support, "init", NULL), 0);
    strcat(season, "/*.json");
    CU_ASSERT_EQUAL_FATAL(glob(season, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        CU_ASSERT_EQUAL(support_run(support, "ingest", files.gl_pathv[i], NULL), 0);
        ASSERT_TEXT(support->err, "");
    }
    globfree(&files);
}

/* Loads twice: the second time must change nothing on a server either. */
static void compare_server(const server *server, void (*load)(support *support), const content *expected) {
    support support = support_begin();
    snprintf(support.url, sizeof support.url, "%s", getenv(server->variable));
    drop_tables(support.url);
    for (int round = 0; round < 2; round++) {
        load(&support);
        content found = read_content(&support);
        for (size_t i = 0; i < COMMAND_COUNT; i++)
            assert_same(server->name, commands[i].name, found.printed[i], expected->printed[i]);
        assert_same(server->name, "rows", found.rows, expected->rows);
        free_content(&found);
    }
    drop_tables(support.url);
    support_end(&support);
}

static void compare_servers(void (*load)(support *support), size_t least_bytes, const char *const *parts) {
    support support = support_begin();
    load(&support);
    content expected = read_content(&support);
    CU_ASSERT_TRUE(strlen(expected.rows) > least_bytes);
    for (; *parts != NULL; parts++)
        CU_ASSERT_PTR_NOT_NULL(strstr(expected.rows, *parts));
    for (size_t i = 0; i < SERVER_COUNT; i++)
        if (getenv(servers[i].variable) != NULL)
            compare_server(&servers[i], load, &expected);
    free_content(&expected);
    support_end(&support);
}

static void test_a_simulated_season_is_the_same_everywhere(void) {
    static const char *const parts[] = {"trades|", "model_chats|", "leaderboard_snapshots|", NULL};
    compare_servers(load_simulated, 100000, parts);
}

/* A 64-bit id, an instant with microseconds and the longest text, in a record of 28 kB, are among the rows that are
 * compared. */
static void test_the_real_season_is_the_same_everywhere(void) {
    static const char *const parts[] = {"|1122014183665846|", "|1760738409834185us|", "|11853:", NULL};
    compare_servers(support_load_nof1, 1000000, parts);
}

/* ---- Many records at once. ---- */

static void with_each_server(void (*check)(support *support)) {
    for (size_t i = 0; i < SERVER_COUNT; i++) {
        if (getenv(servers[i].variable) == NULL)
            continue;
        support support = support_begin();
        snprintf(support.url, sizeof support.url, "%s", getenv(servers[i].variable));
        drop_tables(support.url);
        CU_ASSERT_EQUAL(support_run(&support, "init", NULL), 0);
        check(&support);
        drop_tables(support.url);
        support_end(&support);
    }
}

static int ingest_trades(support *support, int first, int end, int changed, int changed_end) {
    char path[256];
    snprintf(path, sizeof path, "%s", support_write_trades(support, "trades.json", first, end, changed, changed_end));
    return support_run(support, "ingest", path, NULL);
}

static void count_records(support *support) {
    CU_ASSERT_EQUAL(ingest_trades(support, 0, 1203, 0, 0), 0);
    ASSERT_CONTAINS(support->out, "1203 trades: 1203 new, 0 updated, 0 unchanged\n");
    CU_ASSERT_EQUAL(ingest_trades(support, 500, 2000, 900, 1000), 0);
    ASSERT_CONTAINS(support->out, "1500 trades: 797 new, 100 updated, 603 unchanged\n");
    ASSERT_TEXT(support_value(support, "SELECT COUNT(*) FROM trades"), "2000");
    ASSERT_TEXT(support_value(support, "SELECT COUNT(*) FROM trades WHERE exit_price = 7"), "100");
}

static void test_new_updated_and_unchanged_are_counted(void) {
    with_each_server(count_records);
}

/* MariaDB does not tell which of many rows it refuses. Before it are a whole piece and some that need no writing. */
static void refuse_a_record(support *support) {
    CU_ASSERT_EQUAL(ingest_trades(support, 503, 520, 0, 0), 0);
    support_value(support, "ALTER TABLE trades ADD CONSTRAINT cheap CHECK (exit_price < 7)");
    CU_ASSERT_EQUAL(ingest_trades(support, 3, 1203, 777, 778), 1);
    ASSERT_CONTAINS(support->err, "/trades.json: trades[774]: INSERT INTO ");
    ASSERT_CONTAINS(support->err, "cheap");
    ASSERT_TEXT(support_value(support, "SELECT COUNT(*) FROM trades"), "17");
}

static void test_the_record_that_is_refused_is_named(void) {
    with_each_server(refuse_a_record);
}

static void load_both(support *support) {
    char first[256];
    snprintf(first, sizeof first, "%s", support_write_trades(support, "first", 0, 2000, 0, 0));
    const char *second = support_write_trades(support, "second", 1000, 3000, 0, 0);
    CU_ASSERT_EQUAL(support_ingest_both(support, first, second), 0);
    ASSERT_TEXT(support_value(support, "SELECT COUNT(*) FROM trades"), "3000");
}

static void test_two_at_once(void) {
    with_each_server(load_both);
}

#define TESTS_OF_MANY                                                                                                  \
    TEST(test_new_updated_and_unchanged_are_counted), TEST(test_the_record_that_is_refused_is_named),                  \
        TEST(test_two_at_once)

static const CU_TestInfo tests[] = {TEST(test_a_simulated_season_is_the_same_everywhere), TESTS_OF_MANY,
                                    TEST(test_the_real_season_is_the_same_everywhere), CU_TEST_INFO_NULL};
static const CU_TestInfo tests_without_answers[] = {TEST(test_a_simulated_season_is_the_same_everywhere), TESTS_OF_MANY,
                                                    CU_TEST_INFO_NULL};

#define EXIT_SKIPPED 77 /* What CTest is told means "not run". */

int main(int argument_count, char **arguments) {
    size_t there = 0;
    for (size_t i = 0; i < SERVER_COUNT; i++) {
        there += getenv(servers[i].variable) != NULL;
        if (getenv(servers[i].variable) == NULL)
            printf("SKIPPED for %s: there is no %s\n", servers[i].name, servers[i].variable);
    }
    if (there == 0)
        return EXIT_SKIPPED;
    if (support_nof1() == NULL)
        puts("SKIPPED for the real season: the answers of nof1.ai are not there; name their folder in BERTH_NOF1_DIR");
    return suite_run("tracker databases", support_nof1() != NULL ? tests : tests_without_answers, argument_count,
                     arguments);
}
