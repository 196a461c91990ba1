/* Sessions on a real database, through the driver's file: what a program meets. */
#include <berth.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/suite.h"

#define THREADS 8
#define ROUNDS 25

static berth_error error;
static char folder[] = "/tmp/berth-sqlite-XXXXXX";

/* The URL of a file in the test's folder. Static; the next call overwrites it. */
static const char *url_of(const char *name, const char *query) {
    static char url[160];
    snprintf(url, sizeof url, "sqlite:///%s/%s%s", folder, name, query);
    return url;
}

static berth_engine *open_engine(const char *name, const char *query) {
    berth_engine *engine;
    if (berth_engine_open(url_of(name, query), NULL, &engine, &error) != BERTH_OK)
        CU_FAIL_FATAL("the engine can't be opened");
    return engine;
}

static berth_status run(berth_engine *engine, const char *sql) {
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, sql, NULL);
    return berth_session_end(session, &error);
}

static int64_t read_int64(berth_engine *engine, const char *sql) {
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, sql, NULL);
    int64_t number = berth_next(rows) ? berth_get_int64(rows, 0) : -1;
    berth_result_close(rows);
    return berth_session_end(session, &error) == BERTH_OK ? number : -1;
}

static void write_file(const char *name, const char *text) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        CU_FAIL_FATAL("the file can't be written");
}

/* Opens, runs a statement, and compares status and message; "%s" in the message is the folder. */
static void assert_refused(const char *name, const char *query, berth_status status, const char *message) {
    char expected[1024];
    char found[BERTH_MESSAGE_BYTES + 1] = "";
    berth_engine *engine = open_engine(name, query);
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE made (id BIGINT)"), status);
    snprintf(expected, sizeof expected, message, folder, folder);
    snprintf(found, sizeof found, "%s", error.message);
    ASSERT_TEXT(found, expected);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

static void test_database_that_is_none(void) {
    char path[160];
    snprintf(path, sizeof path, "%s/directory", folder);
    mkdir(path, 0700);
    write_file("text.db", "This is a text, long enough to be no database at all, and so it is refused at connect.\n"
                          "This is a text, long enough to be no database at all, and so it is refused at connect.\n");
    assert_refused("directory", "", BERTH_DATABASE_NOT_FOUND,
                   "connecting to sqlite:///%s/directory: this is a folder, wanted is the path of a database file: "
                   "\"%s/directory\"");
    assert_refused(
        "text.db", "", BERTH_CORRUPT,
        "connecting to sqlite:///%s/text.db: this is no SQLite database, or an encrypted one: \"%s/text.db\"");
    assert_refused("missing/a.db", "", BERTH_DATABASE_NOT_FOUND,
                   "connecting to sqlite:///%s/missing/a.db: there is no folder for the database file: "
                   "\"%s/missing/a.db\"");
    assert_refused("missing.db", "?mode=rw", BERTH_DATABASE_NOT_FOUND,
                   "connecting to sqlite:///%s/missing.db?mode=rw: there is no such database file, and only mode=rwc "
                   "creates one: \"%s/missing.db\"");
}

static void test_read_only_database(void) {
    berth_engine *engine = open_engine("readonly.db", "");
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE t (id BIGINT)"), BERTH_OK);
    berth_engine_close(engine, NULL);
    engine = open_engine("readonly.db", "?mode=ro");
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT count(*) FROM t"), 0);
    CU_ASSERT_EQUAL(run(engine, "INSERT INTO t VALUES (1)"), BERTH_READ_ONLY);
    CU_ASSERT_EQUAL(error.native_code, 8);
    ASSERT_TEXT(error.message, "INSERT INTO t VALUES (...: attempt to write a readonly database");
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT count(*) FROM t"), 0);
    berth_engine_close(engine, NULL);
}

static void test_read_only_session(void) {
    berth_engine *engine = open_engine("session.db", "");
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE t (id BIGINT)"), BERTH_OK);
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.read_only = true));
    CU_ASSERT_EQUAL(berth_exec(session, "INSERT INTO t VALUES (1)", NULL), BERTH_READ_ONLY);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_READ_ONLY);
    CU_ASSERT_EQUAL(run(engine, "INSERT INTO t VALUES (1)"), BERTH_OK);
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT count(*) FROM t"), 1);
    berth_engine_close(engine, NULL);
}

/* The transaction that SQLite itself ended must not colour what the connection does later. */
static void test_rolled_back_by_sqlite(void) {
    berth_engine *engine = open_engine("rolled.db", "?pool_size=1&max_overflow=off");
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE t (id BIGINT PRIMARY KEY)"), BERTH_OK);
    CU_ASSERT_EQUAL(run(engine, "INSERT INTO t VALUES (1)"), BERTH_OK);
    CU_ASSERT_EQUAL(run(engine, "INSERT OR ROLLBACK INTO t VALUES (1)"), BERTH_UNIQUE);
    ASSERT_TEXT(error.message,
                "INSERT OR ROLLBACK INTO t VALUES (...: UNIQUE constraint failed: t.id; SQLite has rolled "
                "the transaction back");
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    CU_ASSERT_EQUAL(berth_exec(session, "INSERT INTO t VALUES (1)", NULL), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    ASSERT_TEXT(error.message, "INSERT INTO t VALUES (...: UNIQUE constraint failed: t.id");
    berth_engine_close(engine, NULL);
}

static void test_full_disk(void) {
    berth_engine *engine = open_engine("full.db", "?pool_size=1&max_overflow=off");
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE t (bytes BLOB)"), BERTH_OK);
    CU_ASSERT_EQUAL(read_int64(engine, "PRAGMA max_page_count = 10"), 10);
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "INSERT INTO t VALUES (1)", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "INSERT INTO t VALUES (zeroblob(200000))", NULL), BERTH_RESOURCE);
    CU_ASSERT_EQUAL(berth_exec(session, "INSERT INTO t VALUES (2)", NULL), BERTH_RESOURCE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_RESOURCE);
    CU_ASSERT_EQUAL(error.native_code, 13);
    ASSERT_TEXT(error.message, "INSERT INTO t VALUES (zeroblob(...: database or disk is full; SQLite has rolled the "
                               "transaction back");
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT count(*) FROM t"), 0);
    berth_engine_close(engine, NULL);
}

static void test_every_type_comes_back(void) {
    static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255};
    berth_engine *engine = open_engine("types.db", "");
    CU_ASSERT_EQUAL(run(engine,
                        "CREATE TABLE t (b BOOLEAN, i BIGINT, d DOUBLE, s TEXT, x BLOB, n DECIMAL_TEXT, da DATE, "
                        "ti TIME, ts TIMESTAMP, tz TIMESTAMPTZ, u UUID, j JSON_TEXT, empty TEXT)"),
                    BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               berth_params(true, INT64_MIN, 0.1, "caf\xC3\xA9", berth_blob("\0\1", 2), berth_decimal("1.10"),
                            berth_date(-1), berth_time(1), berth_timestamp(-1), berth_timestamptz(1761634991230005),
                            berth_uuid(uuid), berth_json("{\"a\":1}"), berth_null()));
    berth_result *rows = berth_query(session, "SELECT * FROM t", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_TRUE(berth_get_bool(rows, 0));
    CU_ASSERT_EQUAL(berth_get_int64(rows, 1), INT64_MIN);
    CU_ASSERT_EQUAL(berth_get_double(rows, 2), 0.1);
    ASSERT_TEXT(berth_get_text(rows, 3), "caf\xC3\xA9");
    CU_ASSERT_EQUAL(berth_get_length(rows, 4), 2);
    CU_ASSERT_EQUAL(memcmp(berth_get_blob(rows, 4), "\0\1", 2), 0);
    ASSERT_TEXT(berth_get_decimal(rows, 5), "1.10");
    CU_ASSERT_EQUAL(berth_get_date(rows, 6), -1);
    CU_ASSERT_EQUAL(berth_get_time(rows, 7), 1);
    CU_ASSERT_EQUAL(berth_get_timestamp(rows, 8), -1);
    CU_ASSERT_EQUAL(berth_get_timestamp(rows, 9), 1761634991230005);
    ASSERT_TEXT(berth_get_text(rows, 9), "2025-10-28 07:03:11.230005+00:00");
    CU_ASSERT_EQUAL(memcmp(berth_get_uuid(rows, 10), uuid, 16), 0);
    ASSERT_TEXT(berth_get_json(rows, 11), "{\"a\":1}");
    CU_ASSERT_TRUE(berth_is_null(rows, 12));
    CU_ASSERT_EQUAL(berth_get_length(rows, 12), 0);
    CU_ASSERT_EQUAL(berth_get_value(rows, 9).type, BERTH_TYPE_TIMESTAMPTZ);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    berth_engine_close(engine, NULL);
}

static void test_null_read_without_asking(void) {
    berth_engine *engine = open_engine("null.db", "");
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, "SELECT NULL AS empty", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_get_int64(rows, 0), 0);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "column 0 (empty): the value is NULL");
    berth_engine_close(engine, NULL);
}

static void test_savepoint_saves_the_rest(void) {
    berth_engine *engine = open_engine("savepoint.db", "");
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE t (id BIGINT PRIMARY KEY)"), BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "INSERT INTO t VALUES (1)", NULL);
    berth_savepoint_begin(session);
    berth_exec(session, "INSERT INTO t VALUES (2)", NULL);
    berth_exec(session, "INSERT INTO t VALUES (1)", NULL);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_UNIQUE);
    berth_exec(session, "INSERT INTO t VALUES (3)", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT sum(id) FROM t"), 4);
    berth_engine_close(engine, NULL);
}

static berth_status count_up(berth_session *session, void *argument) {
    (void)argument;
    berth_result *rows = berth_query(session, "SELECT n FROM counter", NULL);
    int64_t number = berth_next(rows) ? berth_get_int64(rows, 0) : 0;
    berth_result_close(rows);
    return berth_exec(session, "UPDATE counter SET n = ?", berth_params(number + 1));
}

static void *count_up_often(void *engine) {
    berth_error own;
    long failures = 0;
    for (int i = 0; i < ROUNDS; i++)
        failures += berth_transact(engine, NULL, count_up, NULL, &own) != BERTH_OK;
    return (void *)failures;
}

/* Reads, then writes what it read plus one, from many threads: none may be lost. */
static void assert_no_update_is_lost(berth_engine *engine) {
    pthread_t threads[THREADS];
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE counter (n BIGINT)"), BERTH_OK);
    CU_ASSERT_EQUAL(run(engine, "INSERT INTO counter VALUES (0)"), BERTH_OK);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_up_often, engine);
    for (int i = 0; i < THREADS; i++) {
        void *failures;
        pthread_join(threads[i], &failures);
        CU_ASSERT_PTR_NULL(failures);
    }
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT n FROM counter"), THREADS * ROUNDS);
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

static void test_no_update_is_lost_in_a_file(void) {
    assert_no_update_is_lost(open_engine("counter.db", "?busy_timeout=60s&synchronous=off"));
}

static void test_memory_is_one_database_for_all_threads(void) {
    berth_engine *engine;
    CU_ASSERT_EQUAL_FATAL(berth_engine_open("sqlite://", NULL, &engine, &error), BERTH_OK);
    assert_no_update_is_lost(engine);
}

static void test_lock_that_is_not_granted_is_retryable(void) {
    berth_engine *engine = open_engine("busy.db", "?busy_timeout=20ms");
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE t (id BIGINT)"), BERTH_OK);
    berth_session *holder = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(holder, "INSERT INTO t VALUES (1)", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(run(engine, "INSERT INTO t VALUES (2)"), BERTH_LOCK_TIMEOUT);
    CU_ASSERT_TRUE(berth_error_is_retryable(&error));
    CU_ASSERT_EQUAL(berth_session_end(holder, &error), BERTH_OK);
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT sum(id) FROM t"), 1);
    berth_engine_close(engine, NULL);
}

/* Runs until somebody stops it. */
#define ENDLESS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

static void *run_endless(void *session) {
    berth_exec(session, ENDLESS, NULL);
    return NULL;
}

static void test_cancel_from_another_thread(void) {
    berth_engine *engine = open_engine("cancel.db", "");
    berth_session *session = berth_session_open(engine, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, run_endless, session);
    berth_pool_stats stats = {.struct_size = sizeof stats};
    for (int i = 0; i < 10000 && stats.in_use == 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        berth_engine_stats(engine, &stats);
    }
    while (berth_session_cancel(session, &error) == BERTH_OK && pthread_tryjoin_np(thread, NULL) != 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_CANCELLED);
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "CREATE TABLE t (id BIGINT)", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_deadline_ends_a_statement(void) {
    berth_engine *engine = open_engine("deadline.db", "");
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.statement_timeout_ms = 30));
    CU_ASSERT_EQUAL(berth_exec(session, ENDLESS, NULL), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "CREATE TABLE t (id BIGINT)", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_second_statement_in_one_text_is_refused(void) {
    berth_engine *engine = open_engine("two.db", "");
    CU_ASSERT_EQUAL(run(engine, "CREATE TABLE t (id BIGINT)"), BERTH_OK);
    CU_ASSERT_EQUAL(run(engine, "INSERT INTO t VALUES (1); DROP TABLE t"), BERTH_SYNTAX);
    CU_ASSERT_EQUAL(run(engine, "INSERT INTO t VALUES (1); -- done"), BERTH_OK);
    CU_ASSERT_EQUAL(read_int64(engine, "SELECT count(*) FROM t"), 1);
    berth_engine_close(engine, NULL);
}

static void test_affected_rows_and_new_keys(void) {
    berth_engine *engine = open_engine("affected.db", "");
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "CREATE TABLE t (id INTEGER PRIMARY KEY, n BIGINT)", NULL);
    CU_ASSERT_EQUAL(berth_affected_rows(session), -1);
    berth_exec(session, "INSERT INTO t (n) VALUES (1), (2), (3)", NULL);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 3);
    CU_ASSERT_EQUAL(berth_last_insert_id(session), 3);
    berth_exec(session, "UPDATE t SET n = n", NULL);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 3);
    CU_ASSERT_EQUAL(berth_last_insert_id(session), 0);
    berth_exec(session, "DELETE FROM t WHERE id = 9", NULL);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 0);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
}

int main(int argument_count, char **arguments) {
    static const CU_TestInfo tests[] = {TEST(test_database_that_is_none),
                                        TEST(test_read_only_database),
                                        TEST(test_read_only_session),
                                        TEST(test_rolled_back_by_sqlite),
                                        TEST(test_full_disk),
                                        TEST(test_every_type_comes_back),
                                        TEST(test_null_read_without_asking),
                                        TEST(test_savepoint_saves_the_rest),
                                        TEST(test_no_update_is_lost_in_a_file),
                                        TEST(test_memory_is_one_database_for_all_threads),
                                        TEST(test_lock_that_is_not_granted_is_retryable),
                                        TEST(test_cancel_from_another_thread),
                                        TEST(test_deadline_ends_a_statement),
                                        TEST(test_second_statement_in_one_text_is_refused),
                                        TEST(test_affected_rows_and_new_keys),
                                        CU_TEST_INFO_NULL};
    char command[96];
    if (mkdtemp(folder) == NULL)
        return EXIT_FAILURE;
    int status = suite_run("sessions on SQLite", tests, argument_count, arguments);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) == 0 ? status : EXIT_FAILURE;
}
