#include <berth/session.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/drivers/sqlite_fixture.h"

#define NOBODY 65534

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

static void expect_failure(const char *database, const char *const *options, int32_t status, int64_t native_code,
                           const char *format) {
    berth_driver_connection *connection = (void *)1;
    berth_error error;
    char message[BERTH_MESSAGE_BYTES];
    CU_ASSERT_EQUAL(fixture_try_connect(database, BERTH_NO_DEADLINE, options, &connection, &error), status);
    CU_ASSERT_PTR_NULL(connection);
    CU_ASSERT_EQUAL(error.status, status);
    CU_ASSERT_EQUAL(error.native_code, native_code);
    snprintf(message, sizeof message, "%s: \"%s\"", format, database);
    ASSERT_TEXT(error.message, message);
}

static void test_table_is_honest(void) {
    const berth_driver *driver = fixture_driver();
    ASSERT_TEXT(driver->name, "sqlite");
    ASSERT_TEXT(driver->schemes[0], "sqlite");
    CU_ASSERT_PTR_NULL(driver->schemes[1]);
    CU_ASSERT_EQUAL(driver->dialect->isolation_levels, 1U << BERTH_SERIALIZABLE);
    CU_ASSERT_EQUAL(driver->capabilities & (BERTH_CAP_CANCEL_KEEPS_TX | BERTH_CAP_FLOAT_NAN | BERTH_CAP_ENFORCES_TYPES |
                                            BERTH_CAP_NETWORK | BERTH_CAP_COLUMN_TYPES | BERTH_CAP_FULL_RESET),
                    0);
}

static void test_memory_is_one_connection(void) {
    const berth_connect_info unnamed = {.struct_size = sizeof unnamed, .database = ""};
    const berth_connect_info memory = {.struct_size = sizeof memory, .database = ":memory:"};
    const berth_connect_info file = {.struct_size = sizeof file, .database = "a.db"};
    CU_ASSERT_EQUAL(fixture_driver()->traits(&unnamed), BERTH_TRAIT_ONE_CONNECTION);
    CU_ASSERT_EQUAL(fixture_driver()->traits(&memory), BERTH_TRAIT_ONE_CONNECTION);
    CU_ASSERT_EQUAL(fixture_driver()->traits(&file), 0);
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_run(connection, "CREATE TABLE t (a)");
    ASSERT_TEXT(fixture_rows(connection, "SELECT file FROM pragma_database_list"), "");
    fixture_close(connection);
}

static void test_defaults_of_a_file(void) {
    berth_driver_connection *connection = fixture_connect(fixture_path("a.db"), NULL);
    ASSERT_TEXT(fixture_notice, "");
    ASSERT_TEXT(fixture_rows(connection, "PRAGMA journal_mode"), "wal");
    CU_ASSERT_EQUAL(fixture_number(connection, "PRAGMA synchronous"), 2);
    CU_ASSERT_EQUAL(fixture_number(connection, "PRAGMA foreign_keys"), 1);
    fixture_close(connection);
    fixture_remove();
}

static void test_options_are_applied(void) {
    berth_driver_connection *connection =
        fixture_connect(fixture_path("a.db"), OPTIONS("journal_mode=truncate", "synchronous=normal", "cache_size=-512",
                                                      "foreign_keys=off", "busy_timeout=0"));
    ASSERT_TEXT(fixture_rows(connection, "PRAGMA journal_mode"), "truncate");
    CU_ASSERT_EQUAL(fixture_number(connection, "PRAGMA synchronous"), 1);
    CU_ASSERT_EQUAL(fixture_number(connection, "PRAGMA cache_size"), -512);
    CU_ASSERT_EQUAL(fixture_number(connection, "PRAGMA foreign_keys"), 0);
    fixture_close(connection);
    fixture_remove();
}

static void test_path_is_never_a_uri(void) {
    char before[FIXTURE_PATH_BYTES];
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(before, sizeof before));
    CU_ASSERT_EQUAL_FATAL(chdir(fixture_folder()), 0);
    berth_driver_connection *connection = fixture_connect("file:a.db?mode=memory", NULL);
    fixture_run(connection, "CREATE TABLE t (a)");
    CU_ASSERT_EQUAL(access("file:a.db?mode=memory", F_OK), 0);
    fixture_close(connection);
    CU_ASSERT_EQUAL_FATAL(chdir(before), 0);
    fixture_remove();
}

static void test_directory_is_no_database(void) {
    const char *reason = "this is a folder, wanted is the path of a database file";
    expect_failure(fixture_folder(), NULL, BERTH_DATABASE_NOT_FOUND, 14, reason);
    expect_failure(fixture_folder(), OPTIONS("mode=rw"), BERTH_DATABASE_NOT_FOUND, 14, reason);
    berth_driver_connection *connection;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_try_connect(fixture_folder(), BERTH_NO_DEADLINE, OPTIONS("mode=ro"), &connection, &error),
                    BERTH_DATABASE_NOT_FOUND);
    ASSERT_CONTAINS(error.message, reason);
    fixture_remove();
}

static void test_missing_parent_is_named(void) {
    expect_failure(fixture_path("none/a.db"), NULL, BERTH_DATABASE_NOT_FOUND, 14,
                   "there is no folder for the database file");
    fixture_remove();
}

static void test_missing_file_is_created_only_by_rwc(void) {
    const char *reason = "there is no such database file, and only mode=rwc creates one";
    expect_failure(fixture_path("a.db"), OPTIONS("mode=ro"), BERTH_DATABASE_NOT_FOUND, 14, reason);
    expect_failure(fixture_path("a.db"), OPTIONS("mode=rw"), BERTH_DATABASE_NOT_FOUND, 14, reason);
    fixture_close(fixture_connect(fixture_path("a.db"), OPTIONS("mode=rwc")));
    fixture_close(fixture_connect(fixture_path("a.db"), OPTIONS("mode=rw")));
    fixture_remove();
}

static void test_text_file_is_no_database(void) {
    write_file(fixture_path("a.db"), "Dear database,\nhow are you? You are certainly not well, I can tell that much.\n"
                                     "A hundred bytes are needed before anybody looks at a header at all.\n");
    expect_failure(fixture_path("a.db"), NULL, BERTH_CORRUPT, 26, "this is no SQLite database, or an encrypted one");
    fixture_remove();
}

static void test_damaged_file_is_found_at_connect(void) {
    berth_driver_connection *connection = fixture_connect(fixture_path("a.db"), OPTIONS("journal_mode=delete"));
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_run(connection, "PRAGMA writable_schema=on");
    fixture_run(connection, "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a'");
    fixture_close(connection);
    int file = open(fixture_path("a.db"), O_WRONLY);
    CU_ASSERT_EQUAL(pwrite(file, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8, 100), 8);
    close(file);
    expect_failure(fixture_path("a.db"), NULL, BERTH_CORRUPT, 11, "the database file is damaged");
    fixture_remove();
}

static void test_mode_ro_refuses_writes(void) {
    berth_driver_connection *connection = fixture_connect(fixture_path("a.db"), OPTIONS("journal_mode=delete"));
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_close(connection);
    connection = fixture_connect(fixture_path("a.db"), OPTIONS("mode=ro"));
    ASSERT_TEXT(fixture_notice, "");
    fixture_fail(connection, "INSERT INTO t VALUES (1)", BERTH_READ_ONLY, 8, "attempt to write a readonly database");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM t"), "0");
    fixture_close(connection);
    fixture_remove();
}

/* Root may write everywhere, so these tests become somebody else for a while. */
static void become(uid_t user) {
    if (getuid() == 0)
        CU_ASSERT_EQUAL_FATAL(seteuid(user), 0);
}

static void test_read_only_file_can_be_read(void) {
    berth_driver_connection *connection = fixture_connect(fixture_path("a.db"), OPTIONS("journal_mode=delete"));
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_close(connection);
    chmod(fixture_path("a.db"), 0444);
    chmod(fixture_folder(), 0555);
    become(NOBODY);
    connection = fixture_connect(fixture_path("a.db"), NULL);
    fixture_fail(connection, "INSERT INTO t VALUES (1)", BERTH_READ_ONLY, 8, "attempt to write a readonly database");
    fixture_close(connection);
    expect_failure(fixture_path("b.db"), NULL, BERTH_PERMISSION, 14,
                   "the folder does not let the database file be created");
    become(0);
    chmod(fixture_folder(), 0755);
    fixture_remove();
}

static void test_unreadable_file_is_a_matter_of_permission(void) {
    write_file(fixture_path("a.db"), "");
    chmod(fixture_path("a.db"), 0);
    chmod(fixture_folder(), 0755);
    become(NOBODY);
    expect_failure(fixture_path("a.db"), NULL, BERTH_PERMISSION, 14, "no right to open the database file");
    become(0);
    fixture_remove();
}

static void test_locked_database_ends_connect_at_the_deadline(void) {
    berth_driver_connection *holder = fixture_connect(fixture_path("a.db"), OPTIONS("journal_mode=delete"));
    berth_driver_connection *connection;
    berth_error error;
    fixture_run(holder, "BEGIN EXCLUSIVE");
    CU_ASSERT_EQUAL(fixture_try_connect(fixture_path("a.db"), fixture_deadline(20), NULL, &connection, &error),
                    BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    ASSERT_TEXT(error.message, "the deadline passed while another connection held the lock");
    CU_ASSERT_EQUAL(
        fixture_try_connect(fixture_path("a.db"), BERTH_NO_DEADLINE, OPTIONS("busy_timeout=10"), &connection, &error),
        BERTH_LOCK_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    ASSERT_TEXT(error.message, "another connection held the lock for longer than busy_timeout (10 ms)");
    fixture_close(holder);
    fixture_remove();
}

static void test_journal_mode_that_cannot_be_had_is_a_notice(void) {
    berth_driver_connection *reader = fixture_connect(fixture_path("a.db"), OPTIONS("journal_mode=delete"));
    fixture_run(reader, "CREATE TABLE t (a)");
    fixture_begin(reader, 1);
    CU_ASSERT_EQUAL(fixture_number(reader, "SELECT count(*) FROM t"), 0);
    berth_driver_connection *connection = fixture_connect(fixture_path("a.db"), OPTIONS("busy_timeout=0"));
    ASSERT_TEXT(fixture_notice, "journal_mode=wal can't be had: database is locked");
    ASSERT_TEXT(fixture_rows(connection, "PRAGMA journal_mode"), "delete");
    fixture_close(connection);
    fixture_close(reader);
    fixture_remove();
}

static void *open_new_database(void *argument) {
    berth_driver_connection *connection = NULL;
    berth_error error;
    const berth_connect_info info = {.struct_size = sizeof info, .database = argument};
    if (fixture_driver()->connect(&info, BERTH_NO_DEADLINE, &connection, &error) != BERTH_OK)
        return "could not connect";
    fixture_driver()->close(connection, 0);
    return NULL;
}

static void test_many_may_open_a_new_database_at_once(void) {
    pthread_t threads[8];
    char path[FIXTURE_PATH_BYTES];
    snprintf(path, sizeof path, "%s", fixture_path("a.db"));
    for (size_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, open_new_database, path), 0);
    for (size_t i = 0; i < 8; i++) {
        void *failure = NULL;
        pthread_join(threads[i], &failure);
        CU_ASSERT_PTR_NULL(failure);
    }
    berth_driver_connection *connection = fixture_connect(path, NULL);
    ASSERT_TEXT(fixture_rows(connection, "PRAGMA journal_mode"), "wal");
    fixture_close(connection);
    fixture_remove();
}

static void test_quoted_text_is_no_name_gone_wrong(void) {
    berth_driver_connection *connection = fixture_connect("", NULL);
    fixture_fail(connection, "SELECT \"typo\"", BERTH_UNDEFINED, 1, "no such column: typo");
    fixture_close(connection);
}

static void test_forked_child_leaves_the_connection_alone(void) {
    berth_driver_connection *connection = fixture_connect(fixture_path("a.db"), NULL);
    fixture_run(connection, "CREATE TABLE t (a)");
    fixture_begin(connection, 0);
    fixture_run(connection, "INSERT INTO t VALUES (1)");
    pid_t child = fork();
    if (child == 0) {
        fixture_driver()->close(connection, BERTH_CLOSE_FORKED);
        _exit(0);
    }
    int result = 1;
    CU_ASSERT_EQUAL(waitpid(child, &result, 0), child);
    CU_ASSERT_EQUAL(result, 0);
    fixture_run(connection, "INSERT INTO t VALUES (2)");
    fixture_commit(connection);
    fixture_close(connection);
    connection = fixture_connect(fixture_path("a.db"), NULL);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM t"), 2);
    fixture_close(connection);
    fixture_remove();
}

static void test_server_info_is_sqlite(void) {
    berth_driver_connection *connection = fixture_connect("", NULL);
    berth_server_info info = {.struct_size = sizeof info};
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->server_info(connection, &info, &error), BERTH_OK);
    ASSERT_TEXT(info.product, "SQLite");
    ASSERT_TEXT(fixture_rows(connection, "SELECT sqlite_version()"), info.text);
    char version[32];
    snprintf(version, sizeof version, "%u.%u.%u", info.version / 10000, info.version / 100 % 100, info.version % 100);
    ASSERT_TEXT(info.text, version);
    fixture_close(connection);
}

SUITE("SQLite: connecting", TEST(test_table_is_honest), TEST(test_memory_is_one_connection),
      TEST(test_defaults_of_a_file), TEST(test_options_are_applied), TEST(test_path_is_never_a_uri),
      TEST(test_directory_is_no_database), TEST(test_missing_parent_is_named),
      TEST(test_missing_file_is_created_only_by_rwc), TEST(test_text_file_is_no_database),
      TEST(test_damaged_file_is_found_at_connect), TEST(test_mode_ro_refuses_writes),
      TEST(test_read_only_file_can_be_read), TEST(test_unreadable_file_is_a_matter_of_permission),
      TEST(test_locked_database_ends_connect_at_the_deadline), TEST(test_journal_mode_that_cannot_be_had_is_a_notice),
      TEST(test_many_may_open_a_new_database_at_once), TEST(test_quoted_text_is_no_name_gone_wrong),
      TEST(test_forked_child_leaves_the_connection_alone), TEST(test_server_info_is_sqlite))
