/* Columns of a real database, through the driver's file. */
#include <berth.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "tests/support/arrow_reader.h"
#include "tests/support/suite.h"

static berth_error error;
static berth_engine *engine;
static struct ArrowArrayStream stream;
static arrow_reader reader;

static berth_session *open_session(const berth_session_options *options) {
    CU_ASSERT_EQUAL_FATAL(berth_engine_open("sqlite://", NULL, &engine, &error), BERTH_OK);
    return berth_session_open(engine, options);
}

static berth_result *open_stream(berth_session *session, const char *sql) {
    berth_result *rows = berth_query(session, sql, NULL);
    CU_ASSERT_EQUAL_FATAL(berth_result_arrow(rows, &stream), BERTH_OK);
    return rows;
}

static berth_status finish(berth_session *session, berth_result *rows) {
    arrow_reader_close(&reader);
    berth_result_close(rows);
    berth_status status = berth_session_end(session, &error);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    return status;
}

static void test_every_type_comes_back(void) {
    static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255};
    static const struct {
        const char *format, *first;
    } expected[] = {
        {"b", "1"},
        {"l", "-9223372036854775808"},
        {"g", "0.10000000000000001"},
        {"u", "caf\xC3\xA9"},
        {"z", "0001"},
        {"u", "1.10"},
        {"d:10,2", "-12.50"},
        {"tdD", "-1"},
        {"ttu", "1"},
        {"tsu:", "-1"},
        {"tsu:UTC", "1761634991230005"},
        {"w:16", "0102030405060708090a0b0c0d0e0fff"},
        {"u", "{\"a\":1}"},
    };
    berth_session *session = open_session(NULL);
    berth_exec(session,
               "CREATE TABLE t (b BOOLEAN, i BIGINT, d DOUBLE, s TEXT, x BLOB, n DECIMAL_TEXT, m DECIMAL_TEXT(10, 2), "
               "da DATE, ti TIME, ts TIMESTAMP, tz TIMESTAMPTZ, u UUID, j JSON_TEXT)",
               NULL);
    berth_exec(session, "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               berth_params(true, INT64_MIN, 0.1, "caf\xC3\xA9", berth_blob("\0\1", 2), berth_decimal("1.10"),
                            berth_decimal("-12.5"), berth_date(-1), berth_time(1), berth_timestamp(-1),
                            berth_timestamptz(1761634991230005), berth_uuid(uuid), berth_json("{\"a\":1}")));
    berth_exec(session, "INSERT INTO t DEFAULT VALUES", NULL);
    berth_result *rows = open_stream(session, "SELECT * FROM t");
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_TRUE_FATAL(arrow_reader_next(&reader));
    for (int i = 0; i < 13; i++) {
        ASSERT_TEXT(arrow_reader_format(&reader, i), expected[i].format);
        ASSERT_TEXT(arrow_reader_text(&reader, i, 0), expected[i].first);
        ASSERT_TEXT(arrow_reader_text(&reader, i, 1), "NULL");
    }
    CU_ASSERT_EQUAL(reader.rows, 2);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_OK);
}

#define MANY "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
#define MANY_ROWS 70000

/* The stream and the getters, over connections of their own, say the same. */
static void test_columns_are_what_getters_say(void) {
    char sql[256];
    int wrong = 0;
    berth_session *session = open_session(NULL);
    berth_exec(session, "CREATE TABLE t (i BIGINT, d DOUBLE, s VARCHAR(20), at TIMESTAMP)", NULL);
    snprintf(sql, sizeof sql,
             "INSERT INTO t " MANY "SELECT i, nullif(i, i / 3 * 3) / 8.0, nullif('row ' || i, 'row ' || i / 4 * 4), "
             "datetime(i * 1000, 'unixepoch') FROM n",
             MANY_ROWS);
    berth_exec(session, sql, NULL);
    berth_result *rows = open_stream(session, "SELECT * FROM t ORDER BY rowid");
    struct ArrowArray batches[2];
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(stream.get_next(&stream, &batches[i]), 0);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    berth_result *again = berth_query(session, "SELECT * FROM t ORDER BY rowid", NULL);
    for (int i = 0; i < 2; i++) {
        reader.batch = batches[i];
        CU_ASSERT_PTR_NULL(arrow_reader_check_batch(&reader, &reader.batch));
        for (int64_t at = 0; at < reader.batch.length; at++) {
            wrong += !berth_next(again);
            for (int column = 0; column < 4; column++)
                wrong += berth_is_null(again, column) != arrow_reader_is_null(&reader, column, at);
            wrong += berth_get_int64(again, 0) != arrow_reader_integer(&reader, 0, at);
            if (!berth_is_null(again, 1))
                wrong += berth_get_double(again, 1) != arrow_reader_double(&reader, 1, at);
            if (!berth_is_null(again, 2))
                wrong += strcmp(berth_get_text(again, 2), arrow_reader_text(&reader, 2, at)) != 0;
            wrong += berth_get_timestamp(again, 3) != arrow_reader_integer(&reader, 3, at);
        }
        reader.batch.release(&reader.batch);
    }
    CU_ASSERT_FALSE(berth_next(again));
    CU_ASSERT_EQUAL(wrong, 0);
    berth_result_close(again);
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_OK);
}

static void test_text_in_a_column_of_integers(void) {
    char sql[256];
    berth_session *session = open_session(NULL);
    berth_exec(session, "CREATE TABLE t (id BIGINT)", NULL);
    snprintf(sql, sizeof sql, "INSERT INTO t " MANY "SELECT i FROM n", 70000);
    berth_exec(session, sql, NULL);
    berth_exec(session, "INSERT INTO t VALUES ('abc'), (70002)", NULL);
    berth_result *rows = open_stream(session, "SELECT * FROM t ORDER BY rowid");
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    ASSERT_TEXT(stream.get_last_error(&stream), "column 0 (id), row 70000: the text \"abc\" is not an integer");
    CU_ASSERT_EQUAL(berth_session_error(session)->index, 70000);
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_DATA);
}

static void test_expressions_have_the_types_of_their_values(void) {
    static const char *const formats[] = {"l", "g", "u", "z", "g", "u", "u", "l"};
    static const char *const texts[][8] = {
        {"3", "0.5", "ab", "00ff", "NULL", "NULL", "1", "NULL"},
        {"3", "0.5", "ab", "00ff", "1", "NULL", "x", "7"},
        {"3", "0.5", "ab", "00ff", "0.25", "NULL", "NULL", "NULL"},
    };
    berth_session *session = open_session(NULL);
    berth_result *rows = open_stream(session, "SELECT 1 + 2, 0.5, 'a' || 'b', x'00ff', column1, NULL, column2, column3 "
                                              "FROM (VALUES (NULL, 1, NULL), (1, 'x', 7), (0.25, NULL, NULL))");
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_TRUE_FATAL(arrow_reader_next(&reader));
    for (int i = 0; i < 8; i++) {
        ASSERT_TEXT(arrow_reader_format(&reader, i), formats[i]);
        for (int row = 0; row < 3; row++)
            ASSERT_TEXT(arrow_reader_text(&reader, i, row), texts[row][i]);
    }
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_OK);
}

/* An expression without rows has no type to show; its column is text. */
static void test_expression_without_rows(void) {
    berth_session *session = open_session(NULL);
    berth_result *rows = open_stream(session, "SELECT 1 + 2 AS three WHERE 1 = 0");
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    ASSERT_TEXT(arrow_reader_name(&reader, 0), "three");
    ASSERT_TEXT(arrow_reader_format(&reader, 0), "u");
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, 0);
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_OK);
}

static void test_text_that_is_no_utf8(void) {
    berth_session *session = open_session(NULL);
    berth_result *rows = open_stream(session, "SELECT CAST(x'61ff' AS TEXT) AS it");
    CU_ASSERT_FALSE(arrow_reader_open(&reader, &stream));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    ASSERT_TEXT(stream.get_last_error(&stream), "column 0 (it), row 0: the text \"a\\xFF\" is not UTF-8");
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_DATA);
}

/* Ten rows, and then none until somebody stops it. */
#define ENDLESS "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 11 OR i < 0"

static void test_deadline_ends_a_batch(void) {
    berth_session *session = open_session(BERTH_SESSION_OPTIONS(.statement_timeout_ms = 30));
    berth_result *rows = open_stream(session, ENDLESS);
    CU_ASSERT_FALSE(arrow_reader_open(&reader, &stream));
    CU_ASSERT_EQUAL(reader.code, ETIMEDOUT);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_TIMEOUT);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, ETIMEDOUT);
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_TIMEOUT);
}

static void *read_endless(void *unused) {
    (void)unused;
    struct ArrowArray batch;
    return (void *)(intptr_t)stream.get_next(&stream, &batch);
}

static void test_cancel_from_another_thread(void) {
    pthread_t thread;
    void *code;
    berth_session *session = open_session(NULL);
    berth_result *rows = open_stream(session, ENDLESS);
    pthread_create(&thread, NULL, read_endless, NULL);
    while (pthread_tryjoin_np(thread, &code) != 0) {
        CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    CU_ASSERT_EQUAL((intptr_t)code, ECANCELED);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_CANCELLED);
    stream.release(&stream);
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "CREATE TABLE t (id BIGINT)", NULL), BERTH_OK);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

static void test_returning_is_done_when_the_stream_is_released(void) {
    berth_session *session = open_session(NULL);
    berth_exec(session, "CREATE TABLE t (id BIGINT)", NULL);
    berth_result *rows = open_stream(session, "INSERT INTO t VALUES (1), (2), (3) RETURNING id");
    stream.release(&stream);
    berth_result_close(rows);
    rows = open_stream(session, "SELECT id FROM t");
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.rows, 3);
    CU_ASSERT_EQUAL(finish(session, rows), BERTH_OK);
}

SUITE("arrow on SQLite", TEST(test_every_type_comes_back), TEST(test_columns_are_what_getters_say),
      TEST(test_text_in_a_column_of_integers), TEST(test_expressions_have_the_types_of_their_values),
      TEST(test_expression_without_rows), TEST(test_text_that_is_no_utf8), TEST(test_deadline_ends_a_batch),
      TEST(test_cancel_from_another_thread), TEST(test_returning_is_done_when_the_stream_is_released))
