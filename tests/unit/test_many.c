/* Many rows: berth_exec_many(), berth_bulk_*(), statement handles; on the fake driver and on SQLite. */
#include <berth.h>
#include <pthread.h>
#include <stdio.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

#define ROWS 3000

static berth_error error;
static berth_value values[ROWS][2];
static berth_params rows[ROWS];
static char names[ROWS][16];

static void make_rows(void) {
    for (int i = 0; i < ROWS; i++) {
        snprintf(names[i], sizeof names[i], "row %d", i);
        values[i][0] = berth_int64(i);
        values[i][1] = berth_text(names[i]);
        rows[i] = (berth_params){values[i], 2};
    }
}

static berth_engine *engine_with_a_table(void) {
    berth_engine *engine;
    CU_ASSERT_EQUAL_FATAL(berth_engine_open("sqlite://", NULL, &engine, &error), BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", NULL);
    CU_ASSERT_EQUAL_FATAL(berth_session_end(session, &error), BERTH_OK);
    make_rows();
    return engine;
}

static void assert_things(berth_engine *engine, int64_t count, int64_t sum) {
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *found = berth_query(session,
                                      "SELECT count(*), coalesce(sum(id), 0), "
                                      "coalesce(sum(name = 'row ' || id), 0) FROM things",
                                      NULL);
    CU_ASSERT_TRUE(berth_next(found));
    CU_ASSERT_EQUAL(berth_get_int64(found, 0), count);
    CU_ASSERT_EQUAL(berth_get_int64(found, 1), sum);
    CU_ASSERT_EQUAL(berth_get_int64(found, 2), count);
    berth_result_close(found);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
}

static void close_engine(berth_engine *engine) {
    CU_ASSERT_EQUAL(berth_engine_close(engine, &error), BERTH_OK);
}

/* ---- berth_exec_many(). ---- */

static void test_many_rows_are_inserted(void) {
    berth_engine *engine = engine_with_a_table();
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec_many(session, "INSERT INTO things (id, name) VALUES (?, ?)", rows, ROWS), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), ROWS);
    CU_ASSERT_EQUAL(berth_exec_many(session, "DELETE FROM things", NULL, 0), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 0);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    assert_things(engine, ROWS, (int64_t)ROWS * (ROWS - 1) / 2);
    close_engine(engine);
}

static void test_names_are_put_in_order(void) {
    berth_engine *engine = engine_with_a_table();
    berth_session *session = berth_session_open(engine, NULL);
    for (int i = 0; i < ROWS; i++) {
        values[i][0] = berth_text(names[i]);
        values[i][1] = berth_int64(i);
    }
    CU_ASSERT_EQUAL(
        berth_exec_many(session, "INSERT INTO things (name, id) SELECT :name, :id WHERE :name <> ''", rows, ROWS),
        BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    assert_things(engine, ROWS, (int64_t)ROWS * (ROWS - 1) / 2);
    close_engine(engine);
}

static void test_failure_says_the_row(void) {
    berth_engine *engine = engine_with_a_table();
    berth_session *session = berth_session_open(engine, NULL);
    values[2500][0] = berth_int64(7);
    CU_ASSERT_EQUAL(berth_exec_many(session, "INSERT INTO things (id, name) VALUES (?, ?)", rows, ROWS), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 2500);
    ASSERT_CONTAINS(error.message, "row 2501 of 3000: INSERT INTO things (id, name) VALUES (?, ?): ");
    assert_things(engine, 0, 0);
    close_engine(engine);
}

static void test_values_are_checked_before_any_is_sent(void) {
    berth_engine *engine = engine_with_a_table();
    berth_session *session = berth_session_open(engine, NULL);
    rows[2].count = 1;
    CU_ASSERT_EQUAL(berth_exec_many(session, "INSERT INTO things (id, name) VALUES (?, ?)", rows, 3), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    CU_ASSERT_EQUAL(error.index, 2);
    ASSERT_CONTAINS(error.message, "the statement takes 2 values, 1 given");
    close_engine(engine);
}

static void test_many_rows_need_a_transaction(void) {
    berth_engine *engine = engine_with_a_table();
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    CU_ASSERT_EQUAL(berth_exec_many(session, "INSERT INTO things VALUES (?, ?)", rows, 3), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_exec_many: many rows need a transaction: leave autocommit out");
    close_engine(engine);
}

static berth_engine *fake(const char *url) {
    fake_reset();
    make_rows();
    return fake_engine(url, NULL);
}

static void test_rows_that_lie_well_go_at_once(void) {
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec_many(session, "A ? ?", rows, ROWS), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), ROWS);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin many(A ? ?: 3000, last 2999) commit");
    close_engine(engine);
}

static void test_scattered_rows_go_in_batches(void) {
    static berth_params scattered[2 * ROWS];
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    for (int i = 0; i < 2 * ROWS; i++)
        scattered[i] = rows[(i * 7) % ROWS];
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec_many(session, "A ? ?", scattered, 2 * ROWS), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 2 * ROWS);
    fake_inject((fake_fault){.call = "many",
                             .status = BERTH_UNIQUE,
                             .message = "twice",
                             .after = 1,
                             .times = 1,
                             .has_index = true,
                             .index = 5});
    CU_ASSERT_EQUAL(berth_exec_many(session, "A ? ?", scattered, 2 * ROWS), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 5462 + 5);
    ASSERT_TEXT(error.message, "row 5468 of 6000: A ? ?: twice");
    close_engine(engine);
}

static void test_what_was_queued_is_flushed_first(void) {
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.pipeline = true));
    berth_exec(session, "FIRST", NULL);
    CU_ASSERT_EQUAL(berth_exec_many(session, "A ? ?", rows, 2), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin defer(FIRST) sync many(A ? ?: 2, last 1) commit");
    close_engine(engine);
}

/* ---- Loads. ---- */

static int64_t progress[16];
static int progress_count;

static void note_progress(int64_t done, void *context) {
    CU_ASSERT_PTR_EQUAL(context, &progress_count);
    progress[progress_count++] = done;
}

static void load_rows(berth_bulk_load *load, int from, int to) {
    for (int i = from; i < to; i++)
        CU_ASSERT_EQUAL(berth_bulk_row(load, &rows[i]), BERTH_OK);
}

static void test_load_goes_in_batches(void) {
    int64_t loaded = -1;
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    progress_count = 0;
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(
        session, "things", "id, name", BERTH_BULK_OPTIONS(.on_progress = note_progress, .context = &progress_count));
    load_rows(load, 0, ROWS);
    CU_ASSERT_EQUAL(berth_bulk_close(load, &loaded), BERTH_OK);
    CU_ASSERT_EQUAL(loaded, ROWS);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin bulk_begin(things: id to name) bulk_rows(1024, last 1023) "
                            "bulk_rows(1024, last 2047) bulk_rows(952, last 2999) bulk_end commit");
    CU_ASSERT_EQUAL(progress_count, 3);
    CU_ASSERT_EQUAL(progress[1], 2048);
    CU_ASSERT_EQUAL(progress[2], ROWS);
    close_engine(engine);
}

static void test_load_without_a_path_inserts(void) {
    int64_t loaded = -1;
    berth_engine *engine = fake("fake://?statement_cache_size=off");
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "thi\"ngs", "id, name", NULL);
    load_rows(load, 0, 2);
    CU_ASSERT_EQUAL(berth_bulk_close(load, &loaded), BERTH_OK);
    CU_ASSERT_EQUAL(loaded, 2);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fake_prepared_statements(), 0);
    ASSERT_TEXT(fake_log(), "connect begin execute(INSERT INTO \"thi\"\"ngs\" (\"id\", \"name\") VALUES (?, ?)) "
                            "execute(INSERT INTO \"thi\"\"ngs\" (\"id\", \"name\") VALUES (?, ?)) commit");
    close_engine(engine);
}

static void test_failed_row_is_named_and_the_load_ended(void) {
    int64_t loaded = -1;
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    fake_inject((fake_fault){.call = "bulk_rows",
                             .status = BERTH_CHECK,
                             .message = "no",
                             .after = 1,
                             .times = 1,
                             .has_index = true,
                             .index = 3});
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "things", "id, name", NULL);
    for (int i = 0; i < ROWS; i++)
        berth_bulk_row(load, &rows[i]);
    CU_ASSERT_EQUAL(berth_bulk_close(load, &loaded), BERTH_CHECK);
    CU_ASSERT_EQUAL(loaded, 0);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_CHECK);
    CU_ASSERT_EQUAL(error.index, 1027);
    ASSERT_TEXT(error.message, "loading into table \"things\": row 1028: no");
    ASSERT_TEXT(fake_log(), "connect begin bulk_begin(things: id to name) bulk_rows(1024, last 1023) "
                            "bulk_rows(1024, last 2047) bulk_abort rollback");
    close_engine(engine);
}

static void test_bad_value_is_named(void) {
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "things", "id, name", NULL);
    load_rows(load, 0, 2);
    CU_ASSERT_EQUAL(berth_bulk_row(load, berth_params(3, berth_decimal("abc"))), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_bulk_close(load, NULL), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_DATA);
    CU_ASSERT_EQUAL(error.index, 2);
    ASSERT_CONTAINS(error.message, "loading into table \"things\": row 3: column \"name\": ");
    ASSERT_TEXT(fake_log(), "connect begin bulk_begin(things: id to name) bulk_abort rollback");
    close_engine(engine);
}

static void test_session_waits_for_its_load(void) {
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "things", "id, name", NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_MISUSE);
    ASSERT_TEXT(berth_session_error(session)->message,
                "berth_exec while a load goes on: end it with berth_bulk_close()");
    berth_bulk_close(load, NULL);
    berth_session_close(session);
    session = berth_session_open(engine, NULL);
    load = berth_bulk_open(session, "things", "id, name", NULL);
    load_rows(load, 0, 1);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "the load into table \"things\" was not closed: nothing of it is kept");
    CU_ASSERT_EQUAL(berth_bulk_row(load, &rows[1]), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_bulk_close(load, NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_bulk_close(NULL, NULL), BERTH_MISUSE);
    close_engine(engine);
}

/* The session's memory serves another one by then. */
static void test_failed_load_outlives_its_session(void) {
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    berth_session *others[8];
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "things", "id, name", NULL);
    CU_ASSERT_EQUAL(berth_bulk_row(load, NULL), BERTH_MISUSE);
    fake_inject((fake_fault){.call = "bulk_rows", .status = BERTH_CHECK, .message = "no", .times = 1});
    berth_session *failing = berth_session_open(engine, NULL);
    berth_bulk_load *failed = berth_bulk_open(failing, "things", "id, name", NULL);
    for (int i = 0; i < ROWS; i++)
        berth_bulk_row(failed, &rows[i]);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(failing, &error), BERTH_CHECK);
    for (int i = 0; i < 8; i++)
        others[i] = berth_session_open(engine, NULL);
    for (int i = 0; i < 8; i++)
        berth_session_close(others[i]);
    for (int i = 0; i < 8; i++)
        others[i] = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_bulk_row(load, &rows[0]), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_bulk_row(failed, &rows[0]), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_bulk_close(load, NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_bulk_close(failed, NULL), BERTH_MISUSE);
    for (int i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(berth_session_end(others[i], &error), BERTH_OK);
    close_engine(engine);
}

static void test_savepoint_outlives_a_failed_load(void) {
    berth_engine *engine = engine_with_a_table();
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "INSERT INTO things VALUES (5, 'row 5')", NULL);
    berth_savepoint_begin(session);
    berth_bulk_load *load = berth_bulk_open(session, "things", "id, name", NULL);
    for (int i = 0; i < 10; i++)
        berth_bulk_row(load, &rows[i]);
    CU_ASSERT_EQUAL(berth_bulk_close(load, NULL), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(berth_savepoint_end(session, &error), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.index, 5);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    assert_things(engine, 1, 5);
    close_engine(engine);
}

static void test_large_values_are_loaded(void) {
    static char large[600000];
    int64_t loaded = 0;
    berth_engine *engine = engine_with_a_table();
    memset(large, 'x', sizeof large - 1);
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "things", "id, name", NULL);
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(berth_bulk_row(load, berth_params(2 * i, large)), BERTH_OK);
        CU_ASSERT_EQUAL(berth_bulk_row(load, berth_params(2 * i + 1, berth_text_n(large, 100000))), BERTH_OK);
    }
    CU_ASSERT_EQUAL(berth_bulk_close(load, &loaded), BERTH_OK);
    CU_ASSERT_EQUAL(loaded, 10);
    berth_result *found = berth_query(session, "SELECT sum(length(name)) FROM things", NULL);
    CU_ASSERT_TRUE(berth_next(found));
    CU_ASSERT_EQUAL(berth_get_int64(found, 0), 5 * (599999 + 100000));
    berth_result_close(found);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    close_engine(engine);
}

static void test_wrong_uses_of_a_load_are_refused(void) {
    berth_engine *engine = fake("fakepipe://?statement_cache_size=off");
    static const struct {
        const char *table, *columns, *message;
    } cases[] = {
        {NULL, "id", "berth_bulk_open: table is NULL"},
        {"t", NULL, "berth_bulk_open: columns is NULL"},
        {"t", "id, ", "berth_bulk_open: a name is missing in the list of columns \"id, \""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_session *session = berth_session_open(engine, NULL);
        berth_bulk_load *load = berth_bulk_open(session, cases[i].table, cases[i].columns, NULL);
        CU_ASSERT_EQUAL(berth_bulk_row(load, &rows[0]), BERTH_MISUSE);
        CU_ASSERT_EQUAL(berth_bulk_close(load, NULL), BERTH_MISUSE);
        CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
        ASSERT_TEXT(error.message, cases[i].message);
    }
    CU_ASSERT_EQUAL(berth_bulk_close(berth_bulk_open(NULL, "t", "id", NULL), NULL), BERTH_MISUSE);
    berth_session *session = berth_session_open(engine, NULL);
    berth_bulk_load *load = berth_bulk_open(session, "t", "id", NULL);
    CU_ASSERT_EQUAL(berth_bulk_row(load, &rows[0]), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_bulk_close(load, NULL), BERTH_MISUSE);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "loading into table \"t\": row 1 has 2 values for 1 columns");
    close_engine(engine);
}

/* ---- Statement handles. ---- */

static void test_handle_works_like_its_text(void) {
    berth_engine *engine = engine_with_a_table();
    berth_statement *insert = berth_statement_new("INSERT INTO things (id, name) VALUES (:id, 'row ' || :id)");
    berth_statement *select = berth_statement_new("SELECT name FROM things WHERE id = ?");
    berth_session *session = berth_session_open(engine, NULL);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(berth_statement_exec(session, insert, berth_params(i)), BERTH_OK);
    CU_ASSERT_EQUAL(berth_affected_rows(session), 1);
    berth_result *found = berth_statement_query(session, select, berth_params(2));
    CU_ASSERT_TRUE(berth_next(found));
    ASSERT_TEXT(berth_get_text(found, 0), "row 2");
    berth_result_close(found);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    assert_things(engine, 3, 3);
    berth_statement_free(insert);
    berth_statement_free(select);
    berth_statement_free(NULL);
    close_engine(engine);
}

static void test_handle_shares_what_the_text_prepared(void) {
    berth_engine *engine = fake("fake://");
    berth_statement *handle = berth_statement_new("A ?");
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A ?", berth_params(1));
    berth_exec(session, "B", NULL);
    berth_statement_exec(session, handle, berth_params(2));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin prepare(A ?) execute(A ?) prepare(B) execute(B) execute(A ?) commit");
    berth_statement_free(handle);
    close_engine(engine);
}

static void test_wrong_handles_are_told_when_they_run(void) {
    berth_engine *engine = engine_with_a_table();
    berth_statement *unended = berth_statement_new("SELECT 'a");
    CU_ASSERT_PTR_NULL(berth_statement_new(NULL));
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_statement_exec(session, unended, NULL), BERTH_SYNTAX);
    berth_session_rollback(session, NULL);
    CU_ASSERT_EQUAL(berth_statement_exec(session, NULL, NULL), BERTH_MISUSE);
    ASSERT_TEXT(berth_session_error(session)->message, "berth_statement_exec: the statement is NULL");
    berth_session_rollback(session, NULL);
    berth_result_close(berth_statement_query(session, NULL, NULL));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
    berth_statement_free(unended);
    close_engine(engine);
}

static berth_statement *shared;

static void *use_shared(void *argument) {
    berth_engine *engine;
    (void)argument;
    if (berth_engine_open("sqlite://", NULL, &engine, NULL) != BERTH_OK)
        return NULL;
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *found = berth_statement_query(session, shared, berth_params(41));
    bool is_right = berth_next(found) && berth_get_int64(found, 0) == 42;
    berth_result_close(found);
    is_right = berth_session_end(session, NULL) == BERTH_OK && is_right;
    berth_engine_close(engine, NULL);
    return is_right ? engine : NULL;
}

static void test_threads_share_a_handle(void) {
    pthread_t threads[8];
    shared = berth_statement_new("SELECT ? + 1");
    for (int i = 0; i < 8; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, use_shared, NULL), 0);
    for (int i = 0; i < 8; i++) {
        void *outcome;
        pthread_join(threads[i], &outcome);
        CU_ASSERT_PTR_NOT_NULL(outcome);
    }
    berth_statement_free(shared);
}

SUITE("many rows", TEST(test_many_rows_are_inserted), TEST(test_names_are_put_in_order),
      TEST(test_failure_says_the_row), TEST(test_values_are_checked_before_any_is_sent),
      TEST(test_many_rows_need_a_transaction), TEST(test_rows_that_lie_well_go_at_once),
      TEST(test_scattered_rows_go_in_batches), TEST(test_what_was_queued_is_flushed_first),
      TEST(test_load_goes_in_batches), TEST(test_load_without_a_path_inserts),
      TEST(test_failed_row_is_named_and_the_load_ended), TEST(test_bad_value_is_named),
      TEST(test_session_waits_for_its_load), TEST(test_failed_load_outlives_its_session),
      TEST(test_savepoint_outlives_a_failed_load), TEST(test_large_values_are_loaded),
      TEST(test_wrong_uses_of_a_load_are_refused), TEST(test_handle_works_like_its_text),
      TEST(test_handle_shares_what_the_text_prepared), TEST(test_wrong_handles_are_told_when_they_run),
      TEST(test_threads_share_a_handle))
