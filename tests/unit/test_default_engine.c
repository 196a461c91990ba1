/* The default engine on a real database: SQLite through the driver's file. */
#include <berth.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/suite.h"

#define THREADS 8

static berth_error error;
static char folder[] = "/tmp/berth-default-XXXXXX";
static char path[64];

static const berth_table models = {
    .name = "models",
    .columns = BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_TEXT, .length = 64, .primary_key = true},
                             {.name = "equity", .type = BERTH_TYPE_DOUBLE, .not_null = true}),
};
static const berth_schema schema = {.tables = BERTH_TABLES(&models)};

/* A fresh database of its own for each test. */
static void begin(void) {
    static int number;
    char url[96];
    berth_reset_engine();
    snprintf(path, sizeof path, "%s/%d.db", folder, ++number);
    snprintf(url, sizeof url, "sqlite:///%s", path);
    setenv("DATABASE_URL", url, 1);
    unsetenv("BERTH_ENVIRONMENT");
}

static int64_t count_models(void) {
    berth_session *session = berth_get_session();
    berth_result *rows = berth_query(session, "SELECT count(*) FROM models", NULL);
    int64_t count = berth_next(rows) ? berth_get_int64(rows, 0) : -1;
    berth_result_close(rows);
    return berth_session_end(session, &error) == BERTH_OK ? count : -1;
}

static void test_create_db_engine(void) {
    begin();
    berth_engine *engine = berth_create_engine(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
    ASSERT_CONTAINS(berth_engine_url(engine), path);
    ASSERT_CONTAINS(berth_engine_driver(engine), "sqlite");
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
    setenv("DATABASE_URL", "nosuch://", 1);
    CU_ASSERT_PTR_EQUAL(berth_create_engine(&error), engine);
    berth_reset_engine();
    CU_ASSERT_PTR_NULL(berth_create_engine(&error));
    CU_ASSERT_EQUAL(error.status, BERTH_DRIVER);
    berth_session *session = berth_get_session();
    CU_ASSERT_EQUAL(berth_exec(session, "SELECT 1", NULL), BERTH_DRIVER);
    CU_ASSERT_EQUAL(berth_session_end(session, NULL), BERTH_DRIVER);
}

static void test_session_context_manager_commit(void) {
    begin();
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    berth_session *session = berth_get_session();
    berth_exec(session, "INSERT INTO models (id, equity) VALUES (?, ?)", berth_params("alpha", 10000.5));
    berth_exec(session, "UPDATE models SET equity = equity + ?", berth_params(1));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(count_models(), 1);
}

static void test_session_context_manager_rollback(void) {
    begin();
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    berth_session *session = berth_get_session();
    berth_exec(session, "INSERT INTO models (id, equity) VALUES (?, ?)", berth_params("alpha", 1));
    berth_exec(session, "INSERT INTO models (id, equity) VALUES (?, ?)", berth_params("alpha", 2));
    berth_exec(session, "INSERT INTO models (id, equity) VALUES (?, ?)", berth_params("bravo", 3));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    ASSERT_CONTAINS(error.message, "models.id");
    CU_ASSERT_EQUAL(count_models(), 0);
}

static void test_session_cleanup(void) {
    begin();
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    for (int i = 0; i < 100; i++) {
        berth_session *session = berth_session_maker_open(berth_get_session_maker());
        berth_exec(session, "INSERT INTO models (id, equity) VALUES (?, ?)", berth_params("alpha", i));
        if (i % 3 == 0)
            berth_session_fail(session, BERTH_CHECK, "not this one");
        if (i % 2 == 0)
            berth_session_end(session, &error);
        else
            berth_session_close(session);
        berth_session *cleaner = berth_get_session();
        berth_exec(cleaner, "DELETE FROM models", NULL);
        CU_ASSERT_EQUAL(berth_session_end(cleaner, &error), BERTH_OK);
    }
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(berth_create_engine(&error), &stats);
    CU_ASSERT_EQUAL(stats.in_use, 0);
    CU_ASSERT_EQUAL(stats.size, 1);
    CU_ASSERT_EQUAL(stats.opened, 1);
}

static void *ask(void *argument) {
    berth_error own;
    *(berth_engine **)argument = berth_create_engine(&own);
    return NULL;
}

static void test_engine_singleton(void) {
    pthread_t threads[THREADS];
    berth_engine *engines[THREADS] = {0};
    begin();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, ask, &engines[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_PTR_NOT_NULL(engines[0]);
    for (int i = 1; i < THREADS; i++)
        CU_ASSERT_PTR_EQUAL(engines[i], engines[0]);
    CU_ASSERT_PTR_EQUAL(berth_get_session_maker(), berth_get_session_maker());
}

static void test_reset_engine(void) {
    begin();
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    berth_session *out = berth_get_session();
    berth_exec(out, "INSERT INTO models (id, equity) VALUES (?, ?)", berth_params("alpha", 1));
    berth_session *untouched = berth_get_session();
    berth_reset_engine();
    CU_ASSERT_EQUAL(berth_exec(out, "UPDATE models SET equity = 2", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(out, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(untouched, "UPDATE models SET equity = 3", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(untouched, &error), BERTH_OK);
    CU_ASSERT_EQUAL(count_models(), 1);
    berth_reset_engine();
    begin();
    CU_ASSERT_EQUAL(count_models(), -1);
    CU_ASSERT_EQUAL(error.status, BERTH_UNDEFINED);
}

/* Another connection would be another database. */
static void test_reset_engine_keeps_a_memory_database_in_use(void) {
    begin();
    setenv("DATABASE_URL", "sqlite://", 1);
    berth_session_maker *maker = berth_session_maker_new(berth_create_engine(&error), NULL, &error);
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    berth_reset_engine();
    berth_session *session = berth_session_maker_open(maker);
    CU_ASSERT_EQUAL(berth_exec(session, "DELETE FROM models", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_session_maker_free(maker);
    CU_ASSERT_EQUAL(count_models(), -1);
}

static void test_init_db(void) {
    begin();
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_OK);
    CU_ASSERT_EQUAL(count_models(), 0);
    berth_reset_engine();
    setenv("BERTH_ENVIRONMENT", "production", 1);
    CU_ASSERT_EQUAL(berth_init_db(&schema, &error), BERTH_CONFIG);
    ASSERT_CONTAINS(error.message, "production");
    ASSERT_CONTAINS(error.message, "berth_schema_ddl()");
    unsetenv("BERTH_ENVIRONMENT");
}

static int remove_folder(void) {
    char command[96];
    berth_reset_engine();
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

int main(int argument_count, char **arguments) {
    static const CU_TestInfo tests[] = {TEST(test_create_db_engine),
                                        TEST(test_session_context_manager_commit),
                                        TEST(test_session_context_manager_rollback),
                                        TEST(test_session_cleanup),
                                        TEST(test_engine_singleton),
                                        TEST(test_reset_engine),
                                        TEST(test_reset_engine_keeps_a_memory_database_in_use),
                                        TEST(test_init_db),
                                        CU_TEST_INFO_NULL};
    if (mkdtemp(folder) == NULL)
        return EXIT_FAILURE;
    int status = suite_run("default_engine", tests, argument_count, arguments);
    return remove_folder() == 0 ? status : EXIT_FAILURE;
}
