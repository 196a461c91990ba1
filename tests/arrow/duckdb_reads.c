/* Another program's reader: DuckDB imports the stream of a table with every type, and each value that it then has is
 * compared with what the getters say. duckdb_reads LIBDUCKDB [URL [ROWS]] */
#include <berth.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is used of DuckDB's C API (https://duckdb.org/docs/api/c/api). */
typedef struct duckdb_result {
    uint64_t deprecated_counts[3];
    void *deprecated_columns;
    char *deprecated_message;
    void *internal_data;
} duckdb_result;

static int (*duckdb_open)(const char *path, void **database);
static int (*duckdb_connect)(void *database, void **connection);
static void (*duckdb_disconnect)(void **connection);
static void (*duckdb_close)(void **database);
static int (*duckdb_query)(void *connection, const char *sql, duckdb_result *result);
static const char *(*duckdb_result_error)(duckdb_result *result);
static uint64_t (*duckdb_row_count)(duckdb_result *result);
static char *(*duckdb_value_varchar)(duckdb_result *result, uint64_t column, uint64_t row);
static void (*duckdb_free)(void *memory);
static void (*duckdb_destroy_result)(duckdb_result *result);
static int (*duckdb_arrow_scan)(void *connection, const char *name, struct ArrowArrayStream *stream);
static const char *(*duckdb_library_version)(void);

static const struct {
    const char *name;
    void *address;
} functions[] = {
    {"duckdb_open", &duckdb_open},
    {"duckdb_connect", &duckdb_connect},
    {"duckdb_disconnect", &duckdb_disconnect},
    {"duckdb_close", &duckdb_close},
    {"duckdb_query", &duckdb_query},
    {"duckdb_result_error", &duckdb_result_error},
    {"duckdb_row_count", &duckdb_row_count},
    {"duckdb_value_varchar", &duckdb_value_varchar},
    {"duckdb_free", &duckdb_free},
    {"duckdb_destroy_result", &duckdb_destroy_result},
    {"duckdb_arrow_scan", &duckdb_arrow_scan},
    {"duckdb_library_version", &duckdb_library_version},
};

static const berth_table table = {
    .name = "arrow_values",
    .columns = BERTH_COLUMNS(
        {.name = "id", .type = BERTH_TYPE_INT64, .primary_key = true}, {.name = "b", .type = BERTH_TYPE_BOOL},
        {.name = "i", .type = BERTH_TYPE_INT64}, {.name = "d", .type = BERTH_TYPE_DOUBLE},
        {.name = "s", .type = BERTH_TYPE_TEXT, .length = 40}, {.name = "x", .type = BERTH_TYPE_BLOB},
        {.name = "n", .type = BERTH_TYPE_DECIMAL, .precision = 18, .scale = 4}, {.name = "da", .type = BERTH_TYPE_DATE},
        {.name = "ti", .type = BERTH_TYPE_TIME}, {.name = "ts", .type = BERTH_TYPE_TIMESTAMP},
        {.name = "tz", .type = BERTH_TYPE_TIMESTAMPTZ}, {.name = "u", .type = BERTH_TYPE_UUID},
        {.name = "j", .type = BERTH_TYPE_JSON}),
};
static const berth_schema schema = {.tables = BERTH_TABLES(&table)};

/* DuckDB's text of each column; the last one is an expression, whose type SQLite does not tell. */
static const char *const duckdb_texts[] = {
    "CAST(id AS VARCHAR)",
    "CAST(b AS VARCHAR)",
    "CAST(i AS VARCHAR)",
    "CAST(CAST(d * 8 AS BIGINT) AS VARCHAR)",
    "s",
    "lower(hex(x))",
    "CAST(n AS VARCHAR)",
    "CAST(da AS VARCHAR)",
    "CAST(ti AS VARCHAR)",
    "CAST(epoch_us(ts) AS VARCHAR)",
    "CAST(epoch_us(tz) AS VARCHAR)",
    "CAST(u AS VARCHAR)",
    "CAST(j AS VARCHAR)",
    "CAST(e AS VARCHAR)",
};

#define COLUMNS ((int)(sizeof duckdb_texts / sizeof *duckdb_texts))
#define SELECT "SELECT id, b, i, d, s, x, n, da, ti, ts, tz, u, j, id + 1 AS e FROM arrow_values ORDER BY id"

static berth_error error;
static void *duckdb;

_Noreturn static void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static void check(berth_status status) {
    if (status != BERTH_OK)
        die("Berth: %s", error.message);
}

static void load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        die("%s", dlerror());
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(library, functions[i].name);
        if (found == NULL)
            die("%s", dlerror());
        memcpy(functions[i].address, &found, sizeof found);
    }
    printf("DuckDB %s\n", duckdb_library_version());
}

/* ---- The table. ---- */

static berth_value or_null(int64_t row, int column, berth_value value) {
    return (row * 7 + column) % 5 == 0 ? berth_null() : value;
}

/* Fractions end in no zero, since DuckDB leaves those out of its texts. */
static void insert_row(berth_session *session, int64_t row) {
    char text[64], decimal[32], json[64];
    uint8_t uuid[16] = {0};
    int64_t moment = row * INT64_C(1000000007) * 10 + 1;
    snprintf(text, sizeof text, "caf\xC3\xA9 %" PRId64, row);
    snprintf(decimal, sizeof decimal, "%s%" PRId64 ".%04d", row % 2 == 1 ? "-" : "", row * 1000003, (int)(row % 10000));
    snprintf(json, sizeof json, "{\"row\": %" PRId64 "}", row);
    memcpy(uuid, &row, sizeof row);
    berth_exec(
        session, "INSERT INTO arrow_values VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        berth_params(row, or_null(row, 1, berth_bool(row % 3 == 0)), or_null(row, 2, berth_int64(-row * row)),
                     or_null(row, 3, berth_double((double)row / 8)), or_null(row, 4, berth_text(text)),
                     or_null(row, 5, berth_blob(text, (size_t)(row % 9))), or_null(row, 6, berth_decimal(decimal)),
                     or_null(row, 7, berth_date((int32_t)(row % 40000))),
                     or_null(row, 8, berth_time(moment % INT64_C(86400000000))),
                     or_null(row, 9, berth_timestamp(moment % INT64_C(1700000000000000))),
                     or_null(row, 10, berth_timestamptz(INT64_C(1700000000000000) + moment % INT64_C(1000000000000))),
                     or_null(row, 11, berth_uuid(uuid)), or_null(row, 12, berth_json(json))));
}

static void make_table(berth_engine *engine, int64_t rows) {
    check(berth_schema_create(engine, &schema, &error));
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "DELETE FROM arrow_values", NULL);
    for (int64_t row = 0; row < rows; row++)
        insert_row(session, row);
    check(berth_session_end(session, &error));
}

/* ---- Comparing. ---- */

static void run(const char *sql) {
    duckdb_result result;
    if (duckdb_query(duckdb, sql, &result) != 0)
        die("DuckDB: %s", duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

/* The text of a value as the expressions above have it. */
static const char *getter_text(berth_result *rows, int column) {
    static char text[512];
    berth_value value = berth_get_value(rows, column);
    if (column == 3)
        snprintf(text, sizeof text, "%lld", (long long)(berth_get_double(rows, column) * 8));
    else if (column == 9 || column == 10)
        snprintf(text, sizeof text, "%" PRId64, berth_get_timestamp(rows, column));
    else
        berth_value_format(&value, text, sizeof text);
    return text;
}

static void compare_row(berth_result *rows, duckdb_result *found, uint64_t row) {
    for (int i = 0; i < COLUMNS; i++) {
        char *text = duckdb_value_varchar(found, (uint64_t)i, row);
        if (berth_is_null(rows, i) != (text == NULL))
            die("row %" PRIu64 ", column %d: only one is NULL", row, i);
        if (text != NULL && strcmp(text, getter_text(rows, i)) != 0)
            die("row %" PRIu64 ", column %d: DuckDB has %s, the getter says %s", row, i, text, getter_text(rows, i));
        duckdb_free(text);
    }
}

static void show_types(void) {
    duckdb_result types;
    if (duckdb_query(duckdb, "SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE copy)",
                     &types) != 0)
        die("DuckDB: %s", duckdb_result_error(&types));
    char *text = duckdb_value_varchar(&types, 0, 0);
    printf("%s\n", text);
    duckdb_free(text);
    duckdb_destroy_result(&types);
}

static void compare(berth_engine *engine, int64_t row_count) {
    char sql[1024] = "SELECT ";
    duckdb_result found;
    struct ArrowArrayStream stream;
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, SELECT, NULL);
    if (berth_result_arrow(rows, &stream) != BERTH_OK || duckdb_arrow_scan(duckdb, "rows_of_berth", &stream) != 0)
        die("no stream: %s", berth_session_error(session)->message);
    run("CREATE TABLE copy AS SELECT * FROM rows_of_berth");
    stream.release(&stream);
    berth_result_close(rows);
    show_types();
    for (int i = 0; i < COLUMNS; i++)
        strcat(strcat(sql, i > 0 ? ", " : ""), duckdb_texts[i]);
    strcat(sql, " FROM copy ORDER BY id");
    if (duckdb_query(duckdb, sql, &found) != 0)
        die("DuckDB: %s", duckdb_result_error(&found));
    if ((int64_t)duckdb_row_count(&found) != row_count)
        die("DuckDB has %" PRIu64 " rows, not %" PRId64, duckdb_row_count(&found), row_count);
    rows = berth_query(session, SELECT, NULL);
    for (uint64_t row = 0; berth_next(rows); row++)
        compare_row(rows, &found, row);
    berth_result_close(rows);
    duckdb_destroy_result(&found);
    check(berth_session_end(session, &error));
    printf("%" PRId64 " rows of %d columns are the same\n", row_count, COLUMNS);
}

/* A failure amid the rows is DuckDB's, with the message, and the session's. */
static void check_failure(berth_engine *engine) {
    duckdb_result result;
    struct ArrowArrayStream stream;
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session,
                                     "SELECT id, CASE WHEN id < 66000 THEN id ELSE 'x' END AS it FROM "
                                     "arrow_values ORDER BY id",
                                     NULL);
    if (berth_result_arrow(rows, &stream) != BERTH_OK || duckdb_arrow_scan(duckdb, "failing", &stream) != 0)
        die("no stream: %s", berth_session_error(session)->message);
    if (duckdb_query(duckdb, "SELECT count(it) FROM failing", &result) == 0)
        die("DuckDB has seen no failure");
    if (strstr(duckdb_result_error(&result), "column 1 (it), row 66000: the text \"x\" is not an integer") == NULL)
        die("DuckDB says: %s", duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    stream.release(&stream);
    berth_result_close(rows);
    if (berth_session_end(session, &error) != BERTH_DATA)
        die("the session has not failed");
    printf("a failure amid the rows reaches DuckDB\n");
}

static void check_early_end(berth_engine *engine) {
    struct ArrowArrayStream stream;
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, SELECT, NULL);
    if (berth_result_arrow(rows, &stream) != BERTH_OK || duckdb_arrow_scan(duckdb, "first", &stream) != 0)
        die("no stream: %s", berth_session_error(session)->message);
    run("CREATE TABLE few AS SELECT * FROM first LIMIT 5");
    stream.release(&stream);
    berth_exec(session, "DELETE FROM arrow_values", NULL);
    berth_result_close(rows);
    check(berth_session_end(session, &error));
    printf("a stream that DuckDB leaves early frees the session\n");
}

int main(int argument_count, char **arguments) {
    berth_engine *engine;
    void *database = NULL;
    if (argument_count < 2)
        die("usage: duckdb_reads LIBDUCKDB [URL [ROWS]]");
    const char *url = argument_count > 2 ? arguments[2] : "sqlite://";
    int64_t rows = argument_count > 3 ? strtoll(arguments[3], NULL, 10) : 140000;
    load(arguments[1]);
    check(berth_engine_open(url, NULL, &engine, &error));
    if (duckdb_open(NULL, &database) != 0 || duckdb_connect(database, &duckdb) != 0)
        die("DuckDB can't be opened");
    make_table(engine, rows);
    compare(engine, rows);
    if (strncmp(url, "sqlite:", strlen("sqlite:")) == 0 && rows > 66000)
        check_failure(engine);
    check_early_end(engine);
    duckdb_disconnect(&duckdb);
    duckdb_close(&database);
    check(berth_engine_close(engine, &error));
    return EXIT_SUCCESS;
}
