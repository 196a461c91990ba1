/* The stream: batches, ends, failures, who may read and who releases what. */
#include "core/arrow.h"

#include <berth.h>
#include <errno.h>
#include <pthread.h>

#include "tests/support/arrow_reader.h"
#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;
static berth_engine *engine;
static struct ArrowArrayStream stream;
static arrow_reader reader;

static berth_session *open_session(void) {
    fake_reset();
    engine = fake_engine("fake://", NULL);
    return berth_session_open(engine, NULL);
}

static berth_status end(berth_session *session) {
    berth_status status = berth_session_end(session, &error);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
    return status;
}

/* A stream with batches of three rows, so that a few rows show what many do. */
static berth_result *open_small(berth_session *session, const char *sql) {
    static const arrow_limits limits = {3, 64};
    berth_result *rows = berth_query(session, sql, NULL);
    CU_ASSERT_EQUAL_FATAL(arrow_stream_open(rows, &limits, &stream), BERTH_OK);
    return rows;
}

static void assert_row(int64_t row, int64_t number) {
    char expected[32];
    snprintf(expected, sizeof expected, "row %lld", (long long)number);
    if (arrow_reader_integer(&reader, 0, row) != number)
        CU_FAIL("the integer is not that of the row");
    if (strcmp(arrow_reader_text(&reader, 1, row), expected) != 0)
        ASSERT_TEXT(arrow_reader_text(&reader, 1, row), expected);
}

/* Reads `count` rows and compares each; `batches` of them are full. */
static void assert_rows_come_back(int64_t count) {
    char sql[32];
    berth_session *session = open_session();
    snprintf(sql, sizeof sql, "ROWS %lld", (long long)count);
    berth_result *rows = berth_query(session, sql, NULL);
    CU_ASSERT_EQUAL_FATAL(berth_result_arrow(rows, &stream), BERTH_OK);
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    while (arrow_reader_next(&reader)) {
        int64_t before = reader.rows - reader.batch.length;
        CU_ASSERT_TRUE(reader.batch.length == 65536 || reader.rows == count);
        for (int64_t i = 0; i < reader.batch.length; i++)
            assert_row(i, before + i);
    }
    CU_ASSERT_EQUAL(reader.code, 0);
    CU_ASSERT_EQUAL(reader.rows, count);
    CU_ASSERT_EQUAL(reader.batches, (count + 65535) / 65536);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, 0);
    CU_ASSERT_PTR_NULL(stream.get_last_error(&stream));
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_every_number_of_rows_comes_back(void) {
    static const int64_t counts[] = {0, 1, 7, 8, 9, 1023, 1024, 1025, 65535, 65536, 65537, 200000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_rows_come_back(counts[i]);
}

static void test_schema_names_types(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 0");
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    CU_ASSERT_EQUAL(reader.schema.n_children, 2);
    ASSERT_TEXT(arrow_reader_name(&reader, 0), "id");
    ASSERT_TEXT(arrow_reader_format(&reader, 0), "l");
    ASSERT_TEXT(arrow_reader_name(&reader, 1), "name");
    ASSERT_TEXT(arrow_reader_format(&reader, 1), "u");
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_read_to_the_end_frees_the_session(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 4");
    arrow_reader_open(&reader, &stream);
    while (arrow_reader_next(&reader))
        ;
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, 0);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, 0);
    arrow_reader_close(&reader);
    berth_result_close(rows);
}

static void test_releasing_early_frees_the_session(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 9");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_OK);
    stream.release(&stream);
    CU_ASSERT_PTR_NULL(stream.release);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    assert_row(2, 2);
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
    ASSERT_CONTAINS(fake_log(), "execute(ROWS 9) finish prepare(A) execute(A) commit");
}

static void test_statement_while_reading_is_misuse(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 9");
    arrow_reader_open(&reader, &stream);
    arrow_reader_next(&reader);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_MISUSE);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    ASSERT_CONTAINS(stream.get_last_error(&stream), "berth_exec while a result is open");
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
}

static void test_rows_are_read_by_the_stream_alone(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 9");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_FALSE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_MISUSE);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
    ASSERT_TEXT(error.message,
                "berth_next: the rows are read by the stream that berth_result_arrow() made of the result");
}

static void test_getters_have_no_row(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 9");
    arrow_reader_open(&reader, &stream);
    arrow_reader_next(&reader);
    CU_ASSERT_EQUAL(berth_column(rows, "name"), 1);
    ASSERT_TEXT(berth_column_at(rows, 0)->name, "id");
    ASSERT_TEXT(berth_get_text(rows, 1), "");
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
    ASSERT_TEXT(error.message,
                "column 1 was read, but the rows are read by the stream that berth_result_arrow() made of the result");
}

static void test_result_serves_its_next_query_by_rows_again(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 9");
    stream.release(&stream);
    berth_result_close(rows);
    rows = berth_query(session, "ROWS 1", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_get_int64(rows, 0), 0);
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

typedef enum refusal {
    AFTER_A_ROW,
    AFTER_THE_END,
    WITHOUT_ROWS,
    TWICE,
    WITHOUT_A_STREAM,
} refusal;

static berth_status try_to_stream(berth_session *session, refusal refusal) {
    berth_result *rows = berth_query(session, refusal == WITHOUT_ROWS ? "AFFECT 1" : "ROWS 1", NULL);
    if (refusal == AFTER_A_ROW || refusal == AFTER_THE_END)
        berth_next(rows);
    if (refusal == AFTER_THE_END)
        berth_next(rows);
    struct ArrowArrayStream first = {0};
    if (refusal == TWICE)
        CU_ASSERT_EQUAL(berth_result_arrow(rows, &first), BERTH_OK);
    memset(&stream, 0xA5, sizeof stream);
    berth_status status = berth_result_arrow(rows, refusal == WITHOUT_A_STREAM ? NULL : &stream);
    if (refusal != WITHOUT_A_STREAM)
        CU_ASSERT_PTR_NULL(stream.release);
    if (first.release != NULL)
        first.release(&first);
    berth_result_close(rows);
    return status;
}

static void test_what_can_not_be_streamed(void) {
    static const char *const messages[] = {
        [AFTER_A_ROW] = "berth_result_arrow: rows were read already: call it before berth_next(), for a statement that "
                        "returns rows",
        [AFTER_THE_END] = "berth_result_arrow: there are no rows to read: call it before berth_next(), for a statement "
                          "that returns rows",
        [WITHOUT_ROWS] = "berth_result_arrow: there are no rows to read: call it before berth_next(), for a statement "
                         "that returns rows",
        [TWICE] = "berth_result_arrow: the rows are read by another stream",
        [WITHOUT_A_STREAM] = "berth_result_arrow: stream is NULL",
    };
    for (refusal refusal = AFTER_A_ROW; refusal <= WITHOUT_A_STREAM; refusal++) {
        berth_session *session = open_session();
        CU_ASSERT_EQUAL(try_to_stream(session, refusal), BERTH_MISUSE);
        CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
        ASSERT_TEXT(error.message, messages[refusal]);
    }
}

static void test_failed_query_gives_no_stream(void) {
    berth_session *session = open_session();
    fake_inject((fake_fault){.call = "execute", .status = BERTH_UNDEFINED, .message = "no such table", .times = 1});
    berth_result *rows = berth_query(session, "ROWS 3", NULL);
    CU_ASSERT_EQUAL(berth_result_arrow(rows, &stream), BERTH_UNDEFINED);
    CU_ASSERT_PTR_NULL(stream.release);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_UNDEFINED);
    CU_ASSERT_EQUAL(berth_result_arrow(NULL, &stream), BERTH_MISUSE);
    CU_ASSERT_PTR_NULL(stream.release);
    rows = berth_query(NULL, "ROWS 3", NULL);
    CU_ASSERT_EQUAL(berth_result_arrow(rows, &stream), BERTH_MISUSE);
    berth_result_close(rows);
}

/* A failure of the driver's after some rows: the session's too, and the same for each later call. */
static void assert_fetch_fails_after(int rows_before, int64_t batches, fake_fault fault, int code) {
    berth_session *session = open_session();
    fault.call = ".fetch";
    fault.after = rows_before;
    fault.times = 1;
    fake_inject(fault);
    berth_result *rows = open_small(session, "ROWS 20");
    CU_ASSERT_TRUE_FATAL(arrow_reader_open(&reader, &stream));
    while (arrow_reader_next(&reader))
        ;
    CU_ASSERT_EQUAL(reader.batches, batches);
    CU_ASSERT_EQUAL(reader.code, code);
    ASSERT_CONTAINS(stream.get_last_error(&stream), fault.message);
    CU_ASSERT_EQUAL((int32_t)berth_session_status(session), fault.status);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, code);
    CU_ASSERT_EQUAL((int32_t)end(session), fault.status);
    ASSERT_TEXT(error.message, stream.get_last_error(&stream));
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, code);
    arrow_reader_close(&reader);
    berth_result_close(rows);
}

static void test_failures_amid_the_rows(void) {
    static const struct {
        int32_t status;
        uint32_t flags;
        int code;
    } cases[] = {
        {BERTH_DATA, 0, EINVAL},       {BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST, ECONNRESET},
        {BERTH_TIMEOUT, 0, ETIMEDOUT}, {BERTH_CANCELLED, 0, ECANCELED},
        {BERTH_NO_MEMORY, 0, ENOMEM},  {BERTH_SERIALIZATION, 0, EIO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_fault fault = {.status = cases[i].status, .flags = cases[i].flags, .message = "injected failure"};
        assert_fetch_fails_after(0, 0, fault, cases[i].code);
        assert_fetch_fails_after(2, 0, fault, cases[i].code);
        assert_fetch_fails_after(3, 1, fault, cases[i].code);
        assert_fetch_fails_after(4, 1, fault, cases[i].code);
    }
}

static void test_lost_connection_outside_a_transaction_is_an_unknown_outcome(void) {
    fake_reset();
    engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    fake_inject((fake_fault){.call = ".fetch",
                             .status = BERTH_CONNECTION_LOST,
                             .flags = BERTH_FLAG_CONNECTION_LOST,
                             .message = "gone",
                             .times = 1});
    berth_result *rows = open_small(session, "ROWS 20");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EIO);
    ASSERT_TEXT(stream.get_last_error(&stream), "the statement may have been executed: gone");
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OUTCOME_UNKNOWN);
}

static void test_failure_of_the_session_ends_the_stream(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 20");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    berth_session_fail(session, BERTH_CHECK, "enough");
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EIO);
    ASSERT_TEXT(stream.get_last_error(&stream), "enough");
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_CHECK);
}

static void test_cancel_between_batches(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 20");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(berth_session_cancel(session, &error), BERTH_OK);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, ECANCELED);
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_CANCELLED);
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_CANCELLED);
}

/* Ends that are not those of the rows must not look like them. */
static void assert_cut(void (*cut)(berth_session *, berth_result *), bool ends_session) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 20");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    cut(session, rows);
    CU_ASSERT_FALSE(arrow_reader_next(&reader));
    CU_ASSERT_EQUAL(reader.code, EINVAL);
    ASSERT_TEXT(stream.get_last_error(&stream), "the reading was ended before the last row: the result was closed, or "
                                                "the session ended or rolled back");
    arrow_reader_close(&reader);
    if (!ends_session)
        berth_session_close(session);
    berth_engine_close(engine, NULL);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
}

static void close_result(berth_session *session, berth_result *rows) {
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
}

static void roll_back(berth_session *session, berth_result *rows) {
    CU_ASSERT_EQUAL(berth_session_rollback(session, &error), BERTH_OK);
    berth_result_close(rows);
}

static void end_session(berth_session *session, berth_result *rows) {
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_result_close(rows);
}

static void close_session_only(berth_session *session, berth_result *rows) {
    berth_session_close(session);
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
}

static void test_reading_that_is_cut_is_a_failure(void) {
    assert_cut(close_result, false);
    assert_cut(roll_back, false);
    assert_cut(end_session, true);
    assert_cut(close_session_only, true);
}

/* Releases in all orders: bit i of `done` is part i. */
typedef struct parts {
    berth_session *session;
    berth_result *rows;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    struct ArrowArray column; /* Moved out of the batch. */
} parts;

#define PARTS 6

static void release_part(parts *parts, int part) {
    switch (part) {
    case 0:
        berth_session_end(parts->session, &error);
        break;
    case 1:
        berth_result_close(parts->rows);
        break;
    case 2:
        stream.release(&stream);
        break;
    case 3:
        parts->schema.release(&parts->schema);
        CU_ASSERT_PTR_NULL(parts->schema.release);
        break;
    case 4:
        parts->batch.release(&parts->batch);
        CU_ASSERT_PTR_NULL(parts->batch.release);
        break;
    default:
        CU_ASSERT_EQUAL(((const int64_t *)parts->column.buffers[1])[2], 2);
        parts->column.release(&parts->column);
        CU_ASSERT_PTR_NULL(parts->column.release);
    }
}

static void release_in_order(const int order[PARTS], const char *sql) {
    parts parts = {.session = open_session()};
    parts.rows = open_small(parts.session, sql);
    CU_ASSERT_EQUAL(stream.get_schema(&stream, &parts.schema), 0);
    CU_ASSERT_EQUAL(stream.get_next(&stream, &parts.batch), 0);
    parts.column = *parts.batch.children[0];
    parts.batch.children[0]->release = NULL;
    for (int i = 0; i < PARTS; i++)
        release_part(&parts, order[i]);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(fake_open_connections(), 0);
}

static void release_in_all_orders(int order[PARTS], int placed, unsigned used, const char *sql) {
    if (placed == PARTS)
        release_in_order(order, sql);
    for (int part = 0; part < PARTS && placed < PARTS; part++) {
        if ((used & 1U << part) != 0)
            continue;
        order[placed] = part;
        release_in_all_orders(order, placed + 1, used | 1U << part, sql);
    }
}

static void test_releases_in_all_orders(void) {
    int order[PARTS];
    release_in_all_orders(order, 0, 0, "ROWS 9");
    release_in_all_orders(order, 0, 0, "ROWS 3");
}

static void test_schema_child_may_be_moved(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 1");
    struct ArrowSchema schema;
    CU_ASSERT_EQUAL(stream.get_schema(&stream, &schema), 0);
    struct ArrowSchema child = *schema.children[1];
    schema.children[1]->release = NULL;
    schema.release(&schema);
    ASSERT_TEXT(child.name, "name");
    ASSERT_TEXT(child.format, "u");
    child.release(&child);
    stream.release(&stream);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_stream_may_be_moved(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 4");
    struct ArrowArrayStream moved = stream;
    memset(&stream, 0, sizeof stream);
    arrow_reader_open(&reader, &moved);
    while (arrow_reader_next(&reader))
        ;
    CU_ASSERT_EQUAL(reader.rows, 4);
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void *release_batch(void *batch) {
    ((struct ArrowArray *)batch)->release(batch);
    return NULL;
}

static void test_batches_are_released_by_other_threads(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 6");
    struct ArrowArray batches[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(stream.get_next(&stream, &batches[i]), 0);
    pthread_create(&threads[0], NULL, release_batch, &batches[0]);
    stream.release(&stream);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
    pthread_create(&threads[1], NULL, release_batch, &batches[1]);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_PTR_NULL(batches[i].release);
    }
}

/* While another thread releases a batch, the next one is made, perhaps of its buffers, and never of those of a batch
 * that is still read. */
static void test_buffers_come_back_from_another_thread(void) {
    berth_session *session = open_session();
    berth_result *rows = open_small(session, "ROWS 600");
    struct ArrowArray batches[3] = {{0}};
    pthread_t thread;
    int64_t expected = 0;
    int wrong = 0;
    for (int i = 0; i == 0 || batches[(i - 1) % 3].release != NULL; i++) {
        struct ArrowArray *before = &batches[(i + 2) % 3];
        bool has_two = batches[(i + 1) % 3].release != NULL;
        if (has_two)
            pthread_create(&thread, NULL, release_batch, &batches[(i + 1) % 3]);
        CU_ASSERT_EQUAL(stream.get_next(&stream, &batches[i % 3]), 0);
        for (int64_t row = 0; i > 0 && row < before->length; row++)
            wrong += ((const int64_t *)before->children[0]->buffers[1])[row] != expected++;
        if (has_two)
            pthread_join(thread, NULL);
    }
    for (int i = 0; i < 3; i++)
        if (batches[i].release != NULL)
            batches[i].release(&batches[i]);
    CU_ASSERT_EQUAL(expected, 600);
    CU_ASSERT_EQUAL(wrong, 0);
    stream.release(&stream);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_minimal_driver(void) {
    fake_reset();
    engine = fake_engine("fakemin://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = open_small(session, "ROWS 9");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    arrow_reader_close(&reader);
    berth_result_close(rows);
    rows = open_small(session, "ROWS 1");
    arrow_reader_open(&reader, &stream);
    CU_ASSERT_TRUE(arrow_reader_next(&reader));
    assert_row(0, 0);
    arrow_reader_close(&reader);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

SUITE("arrow", TEST(test_every_number_of_rows_comes_back), TEST(test_schema_names_types),
      TEST(test_read_to_the_end_frees_the_session), TEST(test_releasing_early_frees_the_session),
      TEST(test_statement_while_reading_is_misuse), TEST(test_rows_are_read_by_the_stream_alone),
      TEST(test_getters_have_no_row), TEST(test_result_serves_its_next_query_by_rows_again),
      TEST(test_what_can_not_be_streamed), TEST(test_failed_query_gives_no_stream), TEST(test_failures_amid_the_rows),
      TEST(test_lost_connection_outside_a_transaction_is_an_unknown_outcome),
      TEST(test_failure_of_the_session_ends_the_stream), TEST(test_cancel_between_batches),
      TEST(test_reading_that_is_cut_is_a_failure), TEST(test_releases_in_all_orders),
      TEST(test_schema_child_may_be_moved), TEST(test_stream_may_be_moved),
      TEST(test_batches_are_released_by_other_threads), TEST(test_buffers_come_back_from_another_thread),
      TEST(test_minimal_driver))
