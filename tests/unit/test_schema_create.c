#include <berth.h>
#include <berth/driver.h>

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/suite.h"

static const berth_table models = {
    .name = "models",
    .columns = BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_TEXT, .length = 64, .primary_key = true},
                             {.name = "display name", .type = BERTH_TYPE_TEXT, .not_null = true, .default_sql = "'?'"},
                             {.name = "equity", .type = BERTH_TYPE_DOUBLE}),
};

static const berth_table trades = {
    .name = "trades",
    .columns = BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_INT64, .identity = true, .primary_key = true},
                             {.name = "model_id",
                              .type = BERTH_TYPE_TEXT,
                              .length = 64,
                              .not_null = true,
                              .references = "models(id)",
                              .on_delete = "CASCADE"},
                             {.name = "quantity", .type = BERTH_TYPE_DOUBLE, .check = "quantity <> 0"}),
    .uniques = BERTH_UNIQUES("model_id, quantity"),
    .indexes = BERTH_INDEXES({.columns = "quantity"}),
};

static const berth_schema schema = {.tables = BERTH_TABLES(&trades, &models)};

/* Its second table can't be created: the check speaks of a column that is not there. */
static const berth_table broken = {
    .name = "zoo",
    .columns = BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_INT64, .primary_key = true}),
    .checks = BERTH_CHECKS("no_such_column > 0"),
};
static const berth_schema half = {.tables = BERTH_TABLES(&models, &broken)};

/* ---- The real driver, and ones that can do less. ---- */

static const berth_driver *load_sqlite(const berth_services *services) {
    char path[4096];
    const char *folder = getenv("BERTH_DRIVER_PATH");
    snprintf(path, sizeof path, "%s/berth_driver_sqlite.so", folder != NULL ? folder : "");
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    berth_driver_entry entry;
    void *symbol = library != NULL ? dlsym(library, BERTH_DRIVER_ENTRY) : NULL;
    memcpy(&entry, &symbol, sizeof entry);
    return entry != NULL ? entry(services) : NULL;
}

/* SQLite under another scheme, without some capabilities and without an upsert statement. It takes $1 too, so that a
 * question mark may be an operator. */
#define LESSER_DRIVER(scheme, lost)                                                                                    \
    static const berth_driver *scheme##_entry(const berth_services *services) {                                        \
        static const char *const schemes[] = {#scheme, NULL};                                                          \
        static berth_dialect dialect;                                                                                  \
        static berth_driver driver;                                                                                    \
        const berth_driver *real = load_sqlite(services);                                                              \
        if (real == NULL)                                                                                              \
            return NULL;                                                                                               \
        driver = *real;                                                                                                \
        dialect = *real->dialect;                                                                                      \
        dialect.upsert = BERTH_UPSERT_NONE;                                                                            \
        dialect.placeholder = BERTH_PLACEHOLDER_DOLLAR;                                                                \
        driver.name = #scheme;                                                                                         \
        driver.schemes = schemes;                                                                                      \
        driver.dialect = &dialect;                                                                                     \
        driver.capabilities &= ~((lost) | BERTH_CAP_UPSERT);                                                           \
        return &driver;                                                                                                \
    }

LESSER_DRIVER(plain, BERTH_CAP_TRANSACTIONAL_DDL)
LESSER_DRIVER(blind, BERTH_CAP_AFFECTED_ROWS)

/* ---- A folder for each test's database. ---- */

static char folder[64];
static char url[128];

static berth_engine *open_engine(const char *scheme) {
    berth_error error;
    berth_engine *engine = NULL;
    strcpy(folder, "/tmp/berth-schema-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(url, sizeof url, "%s:///%s/test.db", scheme, folder);
    CU_ASSERT_EQUAL(berth_register_driver(plain_entry, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_register_driver(blind_entry, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_engine_open(url, NULL, &engine, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    return engine;
}

static void remove_folder(void) {
    static const char *const files[] = {"test.db", "test.db-wal", "test.db-shm"};
    char path[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static void close_engine(berth_engine *engine) {
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    remove_folder();
}

/* The one value that a query finds, as text. */
static const char *ask(berth_engine *engine, const char *sql) {
    static char answer[4096];
    berth_error error;
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.read_only = true));
    berth_result *rows = berth_query(session, sql, NULL);
    strcpy(answer, "no row");
    if (berth_next(rows))
        snprintf(answer, sizeof answer, "%s", berth_get_text(rows, 0));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    return answer;
}

#define OBJECTS                                                                                                        \
    "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY name)"

/* ---- Creating. ---- */

static void test_init_db(void) {
    berth_error error;
    berth_engine *engine = open_engine("sqlite");
    setenv("DATABASE_URL", url, 1);
    berth_reset_engine();
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    ASSERT_TEXT(ask(engine, OBJECTS), "models trades trades_quantity_idx");
    berth_session *session = berth_get_session();
    berth_exec(session, "INSERT INTO models (id) VALUES ('gpt-5')", NULL);
    berth_exec(session, "INSERT INTO trades (model_id, quantity) VALUES ('gpt-5', 0.5)", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(berth_init_db(&schema, NULL), BERTH_OK);
    ASSERT_TEXT(ask(engine, "SELECT m.\"display name\" || t.id FROM models m JOIN trades t ON t.model_id = m.id"),
                "?1");
    berth_reset_engine();
    unsetenv("DATABASE_URL");
    close_engine(engine);
}

static void test_constraints_hold(void) {
    static const struct {
        const char *sql;
        berth_status status;
    } cases[] = {
        {"INSERT INTO models (id) VALUES (NULL)", BERTH_NOT_NULL},
        {"INSERT INTO models (id) VALUES ('a')", BERTH_UNIQUE},
        {"INSERT INTO trades (model_id, quantity) VALUES ('b', 1)", BERTH_FOREIGN_KEY},
        {"INSERT INTO trades (model_id, quantity) VALUES ('a', 0)", BERTH_CHECK},
        {"INSERT INTO trades (model_id, quantity) VALUES ('a', 1), ('a', 1)", BERTH_UNIQUE},
        {"DELETE FROM models", BERTH_OK},
    };
    berth_error error;
    berth_engine *engine = open_engine("sqlite");
    CU_ASSERT_EQUAL(berth_schema_create(engine, &schema, &error), BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "INSERT INTO models (id) VALUES ('a')", NULL);
    berth_exec(session, "INSERT INTO trades (model_id, quantity) VALUES ('a', 7)", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_savepoint_begin(session);
        berth_exec(session, cases[i].sql, NULL);
        CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), cases[i].status);
    }
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(ask(engine, "SELECT count(*) FROM trades"), "0");
    close_engine(engine);
}

static void test_production_is_refused(void) {
    berth_error error;
    berth_engine *engine = open_engine("sqlite");
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_engine_open(url, BERTH_SETTINGS(.environment = "production"), &engine, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_schema_create(engine, &schema, &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message,
                "tables are created at run time only in development and tests, and the settings say "
                "environment=production: let a migration apply the statements that berth_schema_ddl() writes, or set "
                "environment=development");
    char *ddl = NULL;
    CU_ASSERT_EQUAL(berth_schema_ddl(engine, &schema, &ddl, &error), BERTH_OK);
    CU_ASSERT_PTR_NOT_NULL(ddl);
    berth_free(ddl);
    close_engine(engine);
}

static void test_half_a_schema_is_rolled_back(void) {
    berth_error error;
    berth_engine *engine = open_engine("sqlite");
    CU_ASSERT_NOT_EQUAL(berth_schema_create(engine, &half, &error), BERTH_OK);
    ASSERT_CONTAINS(error.message, "creating the table \"zoo\": ");
    ASSERT_CONTAINS(error.message, "no_such_column");
    ASSERT_TEXT(ask(engine, "SELECT count(*) FROM sqlite_master"), "0");
    close_engine(engine);
}

static void test_without_transactional_ddl_each_statement_stands(void) {
    berth_error error;
    berth_engine *engine = open_engine("plain");
    CU_ASSERT_NOT_EQUAL(berth_schema_create(engine, &half, &error), BERTH_OK);
    ASSERT_CONTAINS(error.message, "creating the table \"zoo\": ");
    ASSERT_TEXT(ask(engine, OBJECTS), "models");
    close_engine(engine);
}

static void test_nothing_given_is_misuse(void) {
    berth_error error;
    char *ddl = NULL;
    berth_engine *engine = open_engine("sqlite");
    CU_ASSERT_EQUAL(berth_schema_create(NULL, &schema, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_schema_create() was given no engine");
    CU_ASSERT_EQUAL(berth_schema_create(engine, NULL, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_schema_create() was given no schema");
    CU_ASSERT_EQUAL(berth_schema_ddl(NULL, &schema, &ddl, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_schema_ddl() was given no engine");
    CU_ASSERT_EQUAL(berth_schema_ddl(engine, &schema, NULL, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_schema_ddl() was given no place for the text");
    berth_free(NULL);
    close_engine(engine);
}

/* ---- Writing. ---- */

static void test_ddl_does_what_create_does(void) {
    berth_error error;
    char *ddl = NULL;
    berth_engine *engine = open_engine("sqlite");
    CU_ASSERT_EQUAL_FATAL(berth_schema_ddl(engine, &schema, &ddl, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(access(strstr(url, "/tmp"), F_OK), -1);
    berth_session *session = berth_session_open(engine, NULL);
    char *rest = ddl;
    for (char *end = strstr(rest, ";\n"); end != NULL; end = strstr(rest, ";\n")) {
        *end = '\0';
        berth_exec(session, rest, NULL);
        rest = end + 2;
    }
    ASSERT_TEXT(rest, "");
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    ASSERT_TEXT(ask(engine, OBJECTS), "models trades trades_quantity_idx");
    berth_free(ddl);
    close_engine(engine);
}

static void test_question_marks_in_ddl(void) {
    const berth_table doubled = {.name = "a",
                                 .columns = BERTH_COLUMNS({.name = "x", .type = BERTH_TYPE_TEXT, .check = "x ?? 'y'"})};
    const berth_table single = {.name = "a",
                                .columns = BERTH_COLUMNS({.name = "x", .type = BERTH_TYPE_TEXT, .check = "x > ?"})};
    const berth_schema fine = {.tables = BERTH_TABLES(&doubled)};
    const berth_schema refused = {.tables = BERTH_TABLES(&single)};
    berth_error error;
    char *ddl = NULL;
    berth_engine *engine = open_engine("plain");
    CU_ASSERT_EQUAL(berth_schema_ddl(engine, &fine, &ddl, &error), BERTH_OK);
    ASSERT_CONTAINS(ddl, "CHECK (x ? 'y')");
    berth_free(ddl);
    CU_ASSERT_EQUAL(berth_schema_ddl(engine, &refused, &ddl, &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "table \"a\": a default or check has a placeholder; a question mark is written ??");
    CU_ASSERT_PTR_NULL(ddl);
    close_engine(engine);
}

/* ---- Insert or update. ---- */

#define MODELS                                                                                                         \
    "SELECT group_concat(line, '; ') FROM (SELECT id || ' ' || \"display name\" || ' ' || coalesce(equity, '-') AS "   \
    "line FROM models ORDER BY id)"

static void assert_upserts(const char *scheme) {
    berth_error error;
    berth_engine *engine = open_engine(scheme);
    CU_ASSERT_EQUAL(berth_schema_create(engine, &schema, &error), BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    berth_upsert(session, &models, "equity, id, display name", berth_params(1.5, "a", "A"));
    berth_upsert(session, &models, "id, display name", berth_params("b", "B"));
    berth_upsert(session, &models, "display name, id", berth_params("new", "a"));
    berth_upsert(session, &models, "id", berth_params("c"));
    berth_upsert(session, &models, "id", berth_params("b"));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    ASSERT_TEXT(ask(engine, MODELS), "a new 1.5; b B -; c ? -");
    close_engine(engine);
}

static void test_upsert_with_a_statement_for_it(void) {
    assert_upserts("sqlite");
}

static void test_upsert_in_two_statements(void) {
    assert_upserts("plain");
}

static void assert_upsert_fails(berth_engine *engine, const berth_table *table, const char *columns,
                                berth_status status, const char *message) {
    berth_error error;
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_upsert(session, table, columns, berth_params("a", "b")), status);
    CU_ASSERT_EQUAL(berth_upsert(session, &models, "id", berth_params("later")), status);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), status);
    ASSERT_TEXT(error.message, message);
}

static void test_upsert_fails_the_session(void) {
    berth_engine *engine = open_engine("sqlite");
    assert_upsert_fails(engine, NULL, "id", BERTH_MISUSE, "berth_upsert() was given no table");
    assert_upsert_fails(engine, &models, NULL, BERTH_MISUSE, "berth_upsert() was given no columns");
    assert_upsert_fails(engine, &models, "id", BERTH_MISUSE, "upsert into table \"models\": 1 columns, but 2 values");
    assert_upsert_fails(engine, &models, "id, name", BERTH_MISUSE,
                        "upsert into table \"models\": there is no column \"name\"");
    close_engine(engine);
    engine = open_engine("blind");
    assert_upsert_fails(engine, &models, "id, display name", BERTH_NOT_SUPPORTED,
                        "upsert into table \"models\": the driver blind has no such statement and does not count "
                        "updated rows");
    close_engine(engine);
}

/* ---- Many of them. ---- */

#define MODEL(id, name)                                                                                                \
    { .values = (const berth_value[]){berth_text(id), berth_text(name)}, .count = 2 }

static void assert_many_upserts(const char *scheme) {
    const berth_params rows[] = {MODEL("a", "A"), MODEL("b", "new"), MODEL("c", "C"), MODEL("a", "last")};
    berth_error error;
    berth_engine *engine = open_engine(scheme);
    CU_ASSERT_EQUAL(berth_schema_create(engine, &schema, &error), BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    berth_upsert(session, &models, "id, display name, equity", berth_params("b", "B", 1.5));
    CU_ASSERT_EQUAL(berth_upsert_many(session, &models, "id, display name", rows, 4), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 4);
    CU_ASSERT_EQUAL(berth_upsert_many(session, &models, "id, display name", NULL, 0), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 0);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    ASSERT_TEXT(ask(engine, MODELS), "a last -; b new 1.5; c C -");
    close_engine(engine);
}

static void test_many_upserts_with_a_statement_for_it(void) {
    assert_many_upserts("sqlite");
}

static void test_many_upserts_in_two_statements(void) {
    assert_many_upserts("plain");
}

/* The row that can't be stored is the second of three. */
static void assert_row_is_named(const char *scheme) {
    const berth_value values[] = {berth_text("a"), berth_text("A"), berth_text("b"),
                                  berth_null(),    berth_text("c"), berth_text("C")};
    const berth_params rows[] = {{values, 2}, {values + 2, 2}, {values + 4, 2}};
    berth_error error;
    berth_engine *engine = open_engine(scheme);
    CU_ASSERT_EQUAL(berth_schema_create(engine, &schema, &error), BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_upsert_many(session, &models, "id, display name", rows, 3), BERTH_NOT_NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_NOT_NULL);
    CU_ASSERT_EQUAL(error.index, 1);
    CU_ASSERT_EQUAL(strncmp(error.message, "row 2 of 3: ", 12), 0);
    ASSERT_TEXT(ask(engine, "SELECT count(*) FROM models"), "0");
    close_engine(engine);
}

static void test_the_row_that_cant_be_upserted_is_named(void) {
    assert_row_is_named("sqlite");
    assert_row_is_named("plain");
}

static void assert_many_upserts_fail(berth_engine *engine, const berth_session_options *options,
                                     const berth_table *table, const char *columns, const berth_params *rows,
                                     const char *message) {
    berth_error error;
    berth_session *session = berth_session_open(engine, options);
    CU_ASSERT_EQUAL(berth_upsert_many(session, table, columns, rows, 2), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, message);
}

static void test_many_upserts_fail_the_session(void) {
    const berth_params rows[] = {MODEL("a", "A"), MODEL("b", "B")};
    const berth_params uneven[] = {MODEL("a", "A"), {.values = rows[0].values, .count = 1}};
    berth_engine *engine = open_engine("plain");
    assert_many_upserts_fail(engine, NULL, NULL, "id", rows, "berth_upsert_many() was given no table");
    assert_many_upserts_fail(engine, NULL, &models, NULL, rows, "berth_upsert_many() was given no columns");
    assert_many_upserts_fail(engine, NULL, &models, "id", NULL, "berth_upsert_many() was given no values");
    assert_many_upserts_fail(engine, NULL, &models, "id", rows,
                             "upsert into table \"models\": 1 columns, but 2 values");
    assert_many_upserts_fail(engine, NULL, &models, "id, display name", uneven,
                             "row 2 of 2: upsert into table \"models\": 2 columns, but 1 values");
    assert_many_upserts_fail(engine, BERTH_SESSION_OPTIONS(.autocommit = true), &models, "id, display name", rows,
                             "berth_upsert_many: many rows need a transaction: leave autocommit out");
    CU_ASSERT_EQUAL(berth_upsert_many(NULL, &models, "id", rows, 2), BERTH_MISUSE);
    close_engine(engine);
}

SUITE("schema_create", TEST(test_init_db), TEST(test_constraints_hold), TEST(test_production_is_refused),
      TEST(test_half_a_schema_is_rolled_back), TEST(test_without_transactional_ddl_each_statement_stands),
      TEST(test_nothing_given_is_misuse), TEST(test_ddl_does_what_create_does), TEST(test_question_marks_in_ddl),
      TEST(test_upsert_with_a_statement_for_it), TEST(test_upsert_in_two_statements),
      TEST(test_upsert_fails_the_session), TEST(test_many_upserts_with_a_statement_for_it),
      TEST(test_many_upserts_in_two_statements), TEST(test_the_row_that_cant_be_upserted_is_named),
      TEST(test_many_upserts_fail_the_session))
