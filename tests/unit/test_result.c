#include <berth.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;
static berth_engine *engine;

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

static void test_rows_come_in_order(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 3", NULL);
    CU_ASSERT_EQUAL(berth_column_count(rows), 2);
    ASSERT_TEXT(berth_column_at(rows, 1)->name, "name");
    CU_ASSERT_PTR_NULL(berth_column_at(rows, 2));
    CU_ASSERT_PTR_NULL(berth_column_at(rows, -1));
    CU_ASSERT_EQUAL(berth_column(rows, "name"), 1);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(berth_next(rows));
        CU_ASSERT_EQUAL(berth_get_int64(rows, 0), i);
        CU_ASSERT_EQUAL(strncmp(berth_get_text(rows, 1), "row ", 4), 0);
        CU_ASSERT_EQUAL(berth_get_length(rows, 1), 5);
        CU_ASSERT_EQUAL(strtol(berth_get_text(rows, 0), NULL, 10), i);
    }
    CU_ASSERT_FALSE(berth_next(rows));
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_no_rows_still_has_columns(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 0", NULL);
    CU_ASSERT_EQUAL(berth_column_count(rows), 2);
    CU_ASSERT_FALSE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_column_count(rows), 2);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_closing_early_frees_the_session(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 3", NULL);
    berth_next(rows);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
    ASSERT_CONTAINS(fake_log(), "execute(ROWS 3) finish prepare(A) execute(A) commit");
}

static void test_second_statement_while_reading_is_misuse(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 3", NULL);
    berth_next(rows);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_MISUSE);
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_exec while a result is open: read its rows to the end or close it with "
                               "berth_result_close()");
}

static void test_read_to_the_end_needs_no_close_before_the_next(void) {
    berth_session *session = open_session();
    berth_result *first = berth_query(session, "ROWS 1", NULL);
    while (berth_next(first))
        ;
    berth_result *second = berth_query(session, "ROWS 1", NULL);
    CU_ASSERT_PTR_NOT_EQUAL(first, second);
    berth_result_close(first);
    CU_ASSERT_TRUE(berth_next(second));
    berth_result_close(second);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_end_closes_an_open_result_and_its_handle_stays_valid(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 3", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
    ASSERT_CONTAINS(fake_log(), "execute(ROWS 3) finish commit");
    CU_ASSERT_FALSE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_column_count(rows), 0);
    CU_ASSERT_EQUAL(berth_get_int64(rows, 0), 0);
    ASSERT_TEXT(berth_get_text(rows, 0), "");
    berth_result_close(rows);
    berth_result_close(NULL);
}

static void test_failure_in_mid_stream_is_no_end_of_rows(void) {
    berth_session *session = open_session();
    fake_inject((fake_fault){.call = ".fetch", .status = BERTH_DATA, .message = "division", .after = 2, .times = 1});
    berth_result *rows = berth_query(session, "ROWS 4", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_FALSE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_session_status(session), BERTH_DATA);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_DATA);
    ASSERT_TEXT(error.message, "division");
}

static void test_bad_columns(void) {
    static const struct {
        int column;
        const char *message;
    } cases[] = {
        {2, "there is no column 2: the result has columns 0 to 1"},
        {-1, "there is no column -1: the result has columns 0 to 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_session *session = open_session();
        berth_result *rows = berth_query(session, "ROWS 1", NULL);
        berth_next(rows);
        ASSERT_TEXT(berth_get_text(rows, cases[i].column), "");
        CU_ASSERT_EQUAL(berth_get_double(rows, cases[i].column), 0.0);
        berth_result_close(rows);
        CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
        ASSERT_TEXT(error.message, cases[i].message);
    }
}

static void test_reading_without_a_row(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 1", NULL);
    CU_ASSERT_EQUAL(berth_get_int64(rows, 0), 0);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "column 0 was read without a row: call berth_next() first");
}

static void test_unknown_column_name(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 1", NULL);
    CU_ASSERT_EQUAL(berth_column(rows, "nome"), -1);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "the result has no column named \"nome\"");
}

static void test_wrong_type_names_the_column(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 1", NULL);
    berth_next(rows);
    CU_ASSERT_EQUAL(berth_get_int64(rows, 1), 0);
    CU_ASSERT_FALSE(berth_next(rows));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_DATA);
    ASSERT_TEXT(error.message, "column 1 (name): the text \"row 0\" is not an integer");
}

/* Columns belong to a statement, which the next one may free. */
static void test_columns_end_with_the_next_statement(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 1", NULL);
    while (berth_next(rows))
        ;
    CU_ASSERT_EQUAL(berth_column_count(rows), 2);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_column_count(rows), 0);
    CU_ASSERT_PTR_NULL(berth_column_at(rows, 0));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_value_is_a_view(void) {
    berth_session *session = open_session();
    berth_result *rows = berth_query(session, "ROWS 1", NULL);
    berth_next(rows);
    CU_ASSERT_EQUAL(berth_get_value(rows, 0).type, BERTH_TYPE_INT64);
    CU_ASSERT_PTR_EQUAL(berth_get_value(rows, 1).as.data, berth_get_text(rows, 1));
    CU_ASSERT_PTR_EQUAL(berth_get_blob(rows, 1), berth_get_text(rows, 1));
    CU_ASSERT_FALSE(berth_is_null(rows, 0));
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

static void test_minimal_driver_reads_the_rest_on_close(void) {
    fake_reset();
    engine = fake_engine("fakemin://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_result *rows = berth_query(session, "ROWS 5", NULL);
    berth_next(rows);
    berth_result_close(rows);
    rows = berth_query(session, "ROWS 1", NULL);
    CU_ASSERT_TRUE(berth_next(rows));
    CU_ASSERT_EQUAL(berth_get_int64(rows, 0), 0);
    berth_result_close(rows);
    CU_ASSERT_EQUAL(end(session), BERTH_OK);
}

SUITE("result", TEST(test_rows_come_in_order), TEST(test_no_rows_still_has_columns),
      TEST(test_closing_early_frees_the_session), TEST(test_second_statement_while_reading_is_misuse),
      TEST(test_read_to_the_end_needs_no_close_before_the_next),
      TEST(test_end_closes_an_open_result_and_its_handle_stays_valid),
      TEST(test_failure_in_mid_stream_is_no_end_of_rows), TEST(test_bad_columns), TEST(test_reading_without_a_row),
      TEST(test_unknown_column_name), TEST(test_wrong_type_names_the_column),
      TEST(test_columns_end_with_the_next_statement), TEST(test_value_is_a_view),
      TEST(test_minimal_driver_reads_the_rest_on_close))
