#include <berth/session.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tests/drivers/sqlite_fixture.h"

#define ENDLESS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

static berth_driver_connection *first;
static berth_driver_connection *second;

static void open_two(const char *const *options) {
    first = fixture_connect(fixture_path("a.db"), options);
    second = fixture_connect(fixture_path("a.db"), options);
    fixture_run(first, "CREATE TABLE t (a)");
}

static void close_two(void) {
    fixture_close(first);
    fixture_close(second);
    fixture_remove();
}

static int32_t state(berth_driver_connection *connection) {
    return fixture_driver()->transaction_state(connection);
}

static void test_commit_is_seen_and_rollback_is_not(void) {
    open_two(NULL);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_IDLE);
    fixture_begin(first, 0);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_ACTIVE);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 0);
    fixture_commit(first);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 1);
    fixture_begin(first, 0);
    fixture_run(first, "INSERT INTO t VALUES (2)");
    fixture_rollback(first);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 1);
    close_two();
}

static void test_rollback_without_a_transaction_is_fine(void) {
    open_two(NULL);
    fixture_rollback(first);
    fixture_rollback(first);
    close_two();
}

static void test_close_rolls_back(void) {
    open_two(NULL);
    fixture_begin(first, 0);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    fixture_close(first);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 0);
    first = fixture_connect(fixture_path("a.db"), NULL);
    close_two();
}

static void test_misplaced_begin_and_commit_are_misuse(void) {
    berth_error error;
    const berth_begin begin = {.struct_size = sizeof begin};
    open_two(NULL);
    CU_ASSERT_EQUAL(fixture_driver()->commit(first, BERTH_NO_DEADLINE, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "cannot commit - no transaction is active");
    fixture_begin(first, 0);
    CU_ASSERT_EQUAL(fixture_driver()->begin(first, &begin, BERTH_NO_DEADLINE, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "cannot start a transaction within a transaction");
    close_two();
}

static void test_only_serializable_exists(void) {
    berth_error error;
    berth_begin begin = {.struct_size = sizeof begin, .isolation = BERTH_READ_COMMITTED};
    open_two(NULL);
    CU_ASSERT_EQUAL(fixture_driver()->begin(first, &begin, BERTH_NO_DEADLINE, &error), BERTH_NOT_SUPPORTED);
    ASSERT_TEXT(error.message, "isolation level 2 was asked for, SQLite has only 4 (serializable)");
    begin.isolation = BERTH_SERIALIZABLE;
    CU_ASSERT_EQUAL(fixture_driver()->begin(first, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
    close_two();
}

static void test_read_only_refuses_every_write(void) {
    static const char *const writes[] = {
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "DELETE FROM t",
        "INSERT INTO t VALUES (1) RETURNING a",
        "CREATE TABLE u (a)",
        "DROP TABLE t",
        "CREATE TEMP TABLE u (a)",
        "PRAGMA user_version = 7",
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    };
    open_two(NULL);
    fixture_begin(first, 1);
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        fixture_fail(first, writes[i], BERTH_READ_ONLY, 8, "the statement writes, and the transaction is read-only");
    CU_ASSERT_EQUAL(fixture_number(first, "SELECT count(*) FROM t"), 0);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_ACTIVE);
    fixture_commit(first);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    fixture_begin(first, 1);
    fixture_rollback(first);
    fixture_run(first, "INSERT INTO t VALUES (2)");
    close_two();
}

static void test_reader_keeps_its_view_and_lets_others_write(void) {
    open_two(NULL);
    fixture_begin(first, 1);
    CU_ASSERT_EQUAL(fixture_number(first, "SELECT count(*) FROM t"), 0);
    fixture_run(second, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_number(first, "SELECT count(*) FROM t"), 0);
    fixture_commit(first);
    CU_ASSERT_EQUAL(fixture_number(first, "SELECT count(*) FROM t"), 1);
    close_two();
}

static void test_second_writer_waits_until_busy_timeout(void) {
    berth_error error;
    const berth_begin begin = {.struct_size = sizeof begin};
    open_two(OPTIONS("busy_timeout=10"));
    fixture_begin(first, 0);
    CU_ASSERT_EQUAL(fixture_driver()->begin(second, &begin, BERTH_NO_DEADLINE, &error), BERTH_LOCK_TIMEOUT);
    CU_ASSERT_EQUAL(error.native_code, 5);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    ASSERT_TEXT(error.message, "another connection held the lock for longer than busy_timeout (10 ms)");
    CU_ASSERT_EQUAL(state(second), BERTH_TX_IDLE);
    fixture_commit(first);
    fixture_begin(second, 0);
    close_two();
}

static void test_deadline_ends_a_wait_for_a_lock(void) {
    berth_error error;
    const berth_begin begin = {.struct_size = sizeof begin};
    open_two(OPTIONS("busy_timeout=3600000"));
    fixture_begin(first, 0);
    CU_ASSERT_EQUAL(fixture_driver()->begin(second, &begin, fixture_deadline(20), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.native_code, 5);
    CU_ASSERT_EQUAL(error.flags, 0);
    ASSERT_TEXT(error.message, "the deadline passed while another connection held the lock");
    close_two();
}

static void test_deadline_ends_a_statement_and_keeps_the_connection(void) {
    berth_error error;
    berth_execution execution = {.struct_size = sizeof execution, .sql = ENDLESS, .sql_length = strlen(ENDLESS)};
    open_two(NULL);
    fixture_begin(first, 0);
    CU_ASSERT_EQUAL(fixture_driver()->execute(first, &execution, fixture_deadline(20), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.native_code, 9);
    CU_ASSERT_EQUAL(error.flags, 0);
    ASSERT_TEXT(error.message, "the deadline passed while the statement ran");
    CU_ASSERT_EQUAL(state(first), BERTH_TX_ACTIVE);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    fixture_commit(first);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 1);
    close_two();
}

static void test_deadline_ends_a_fetch(void) {
    berth_error error;
    const char *sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i = 1";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql, .sql_length = strlen(sql)};
    const berth_value *row = NULL;
    open_two(NULL);
    CU_ASSERT_EQUAL(fixture_driver()->execute(first, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_driver()->fetch(first, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_PTR_NOT_NULL(row);
    CU_ASSERT_EQUAL(fixture_driver()->fetch(first, &row, fixture_deadline(20), &error), BERTH_TIMEOUT);
    CU_ASSERT_PTR_NULL(row);
    close_two();
}

static void test_nothing_begins_after_the_deadline(void) {
    berth_error error;
    const char *sql = "INSERT INTO t VALUES (1)";
    berth_execution execution = {.struct_size = sizeof execution, .sql = sql, .sql_length = strlen(sql)};
    open_two(NULL);
    fixture_begin(first, 0);
    CU_ASSERT_EQUAL(fixture_driver()->execute(first, &execution, fixture_deadline(-1), &error), BERTH_TIMEOUT);
    ASSERT_TEXT(error.message, "the deadline was over before the statement began");
    CU_ASSERT_EQUAL(fixture_driver()->commit(first, fixture_deadline(-1), &error), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(fixture_driver()->rollback(first, fixture_deadline(-1), &error), BERTH_OK);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_IDLE);
    close_two();
}

static atomic_bool is_over;
static char awaited[FIXTURE_PATH_BYTES]; /* A file that must be there before anything is cancelled; or "". */

/* As the core does: again and again until the call is over. */
static void *cancel_until_over(void *connection) {
    berth_error error;
    while (awaited[0] != '\0' && access(awaited, F_OK) != 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    while (!atomic_load(&is_over)) {
        fixture_driver()->cancel(connection, BERTH_NO_DEADLINE, &error);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return NULL;
}

static void test_cancel_ends_a_statement(void) {
    pthread_t canceller;
    open_two(NULL);
    fixture_begin(first, 0);
    atomic_store(&is_over, false);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&canceller, NULL, cancel_until_over, first), 0);
    fixture_fail(first, ENDLESS, BERTH_CANCELLED, 9, "the statement was cancelled");
    atomic_store(&is_over, true);
    pthread_join(canceller, NULL);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    fixture_commit(first);
    close_two();
}

static void test_cancel_of_a_write_rolls_back_and_says_so(void) {
    pthread_t canceller;
    open_two(OPTIONS("journal_mode=delete"));
    fixture_begin(first, 0);
    snprintf(awaited, sizeof awaited, "%s", fixture_path("a.db-journal")); /* Made by the first change of a page. */
    CU_ASSERT_NOT_EQUAL(access(awaited, F_OK), 0);
    atomic_store(&is_over, false);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&canceller, NULL, cancel_until_over, first), 0);
    fixture_fail(first,
                 "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000000)"
                 " SELECT i FROM n",
                 BERTH_CANCELLED, 9, "the statement was cancelled; SQLite has rolled the transaction back");
    atomic_store(&is_over, true);
    pthread_join(canceller, NULL);
    awaited[0] = '\0';
    CU_ASSERT_EQUAL(state(first), BERTH_TX_IDLE);
    fixture_rollback(first);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 0);
    close_two();
}

static void test_cancel_ends_a_wait_for_a_lock(void) {
    pthread_t canceller;
    open_two(OPTIONS("busy_timeout=3600000"));
    fixture_begin(first, 0);
    atomic_store(&is_over, false);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&canceller, NULL, cancel_until_over, second), 0);
    berth_error error;
    const berth_begin begin = {.struct_size = sizeof begin};
    CU_ASSERT_EQUAL(fixture_driver()->begin(second, &begin, BERTH_NO_DEADLINE, &error), BERTH_CANCELLED);
    ASSERT_TEXT(error.message, "the statement was cancelled");
    CU_ASSERT_EQUAL(error.flags, 0);
    atomic_store(&is_over, true);
    pthread_join(canceller, NULL);
    close_two();
}

static void test_cancel_without_a_call_does_nothing(void) {
    berth_error error;
    open_two(NULL);
    CU_ASSERT_EQUAL(fixture_driver()->cancel(first, BERTH_NO_DEADLINE, &error), BERTH_OK);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    close_two();
}

static void test_late_writer_is_told_to_start_again(void) {
    open_two(OPTIONS("busy_timeout=3600000"));
    fixture_run(first, "BEGIN");
    CU_ASSERT_EQUAL(fixture_number(first, "SELECT count(*) FROM t"), 0);
    fixture_run(second, "INSERT INTO t VALUES (1)");
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(first, "INSERT INTO t VALUES (2)", NULL, 0, &execution, &error),
                    BERTH_SERIALIZATION);
    CU_ASSERT_EQUAL(error.native_code, 517);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    ASSERT_TEXT(error.message, "database is locked");
    CU_ASSERT_EQUAL(state(first), BERTH_TX_ACTIVE);
    close_two();
}

static void test_busy_commit_keeps_the_transaction_open(void) {
    berth_error error;
    open_two(OPTIONS("journal_mode=delete", "busy_timeout=0"));
    fixture_begin(second, 1);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 0);
    fixture_begin(first, 0);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    CU_ASSERT_EQUAL(fixture_driver()->commit(first, BERTH_NO_DEADLINE, &error), BERTH_LOCK_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    CU_ASSERT_EQUAL(state(first), BERTH_TX_ACTIVE);
    fixture_commit(second);
    fixture_commit(first);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 1);
    close_two();
}

static void test_deferred_foreign_key_fails_the_commit(void) {
    berth_error error;
    open_two(NULL);
    fixture_run(first, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
    fixture_run(first, "CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
    fixture_begin(first, 0);
    fixture_run(first, "INSERT INTO c VALUES (1)");
    CU_ASSERT_EQUAL(fixture_driver()->commit(first, BERTH_NO_DEADLINE, &error), BERTH_FOREIGN_KEY);
    CU_ASSERT_EQUAL(error.native_code, 787);
    ASSERT_TEXT(error.message, "FOREIGN KEY constraint failed");
    CU_ASSERT_EQUAL(state(first), BERTH_TX_ACTIVE);
    fixture_rollback(first);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM c"), 0);
    close_two();
}

static void test_full_disk_rolls_back_and_says_so(void) {
    open_two(NULL);
    fixture_number(first, "PRAGMA max_page_count = 8");
    fixture_begin(first, 0);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    fixture_fail(first, "INSERT INTO t VALUES (zeroblob(100000))", BERTH_RESOURCE, 13,
                 "database or disk is full; SQLite has rolled the transaction back");
    CU_ASSERT_EQUAL(state(first), BERTH_TX_IDLE);
    fixture_rollback(first);
    CU_ASSERT_EQUAL(fixture_number(second, "SELECT count(*) FROM t"), 0);
    close_two();
}

static void test_savepoints_by_sql(void) {
    open_two(NULL);
    fixture_begin(first, 0);
    fixture_run(first, "INSERT INTO t VALUES (1)");
    fixture_run(first, "SAVEPOINT a1");
    fixture_run(first, "INSERT INTO t VALUES (2)");
    fixture_run(first, "ROLLBACK TO SAVEPOINT a1");
    fixture_run(first, "RELEASE SAVEPOINT a1");
    fixture_fail(first, "RELEASE SAVEPOINT a1", BERTH_UNDEFINED, 1, "no such savepoint: a1");
    fixture_commit(first);
    ASSERT_TEXT(fixture_rows(second, "SELECT a FROM t"), "1");
    close_two();
}

static void test_ddl_rolls_back(void) {
    open_two(NULL);
    fixture_begin(first, 0);
    fixture_run(first, "CREATE TABLE u (a)");
    fixture_rollback(first);
    fixture_fail(second, "SELECT * FROM u", BERTH_UNDEFINED, 1, "no such table: u");
    close_two();
}

#ifdef NDEBUG
#define GUARD_TESTS
#else
#define GUARD_TESTS , TEST(test_second_thread_in_a_connection_is_refused)

static void *begin_on_second(void *unused) {
    (void)unused;
    fixture_begin(second, 0);
    return NULL;
}

/* Waiting for a lock, and nowhere else, the driver asks for the time without a deadline. */
static void test_second_thread_in_a_connection_is_refused(void) {
    pthread_t thread;
    berth_execution execution;
    berth_error error;
    const berth_value *row = NULL;
    open_two(OPTIONS("busy_timeout=3600000"));
    fixture_begin(first, 0);
    int reads = atomic_load(&fixture_clock_reads);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, begin_on_second, NULL), 0);
    while (atomic_load(&fixture_clock_reads) == reads)
        sched_yield();
    CU_ASSERT_EQUAL(fixture_execute(second, "SELECT 1", NULL, 0, &execution, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "another thread is in a call on this connection: one at a time may use it");
    CU_ASSERT_EQUAL(fixture_driver()->fetch(second, &row, BERTH_NO_DEADLINE, &error), BERTH_MISUSE);
    CU_ASSERT_EQUAL(fixture_driver()->rollback(second, BERTH_NO_DEADLINE, &error), BERTH_MISUSE);
    fixture_commit(first);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(state(second), BERTH_TX_ACTIVE);
    fixture_run(second, "INSERT INTO t VALUES (1)");
    fixture_commit(second);
    close_two();
}
#endif

SUITE("SQLite: transactions", TEST(test_commit_is_seen_and_rollback_is_not),
      TEST(test_rollback_without_a_transaction_is_fine), TEST(test_close_rolls_back),
      TEST(test_misplaced_begin_and_commit_are_misuse), TEST(test_only_serializable_exists),
      TEST(test_read_only_refuses_every_write), TEST(test_reader_keeps_its_view_and_lets_others_write),
      TEST(test_second_writer_waits_until_busy_timeout), TEST(test_deadline_ends_a_wait_for_a_lock),
      TEST(test_deadline_ends_a_statement_and_keeps_the_connection), TEST(test_deadline_ends_a_fetch),
      TEST(test_nothing_begins_after_the_deadline), TEST(test_cancel_ends_a_statement),
      TEST(test_cancel_of_a_write_rolls_back_and_says_so), TEST(test_cancel_ends_a_wait_for_a_lock),
      TEST(test_cancel_without_a_call_does_nothing), TEST(test_late_writer_is_told_to_start_again),
      TEST(test_busy_commit_keeps_the_transaction_open), TEST(test_deferred_foreign_key_fails_the_commit),
      TEST(test_full_disk_rolls_back_and_says_so), TEST(test_savepoints_by_sql), TEST(test_ddl_rolls_back) GUARD_TESTS)
