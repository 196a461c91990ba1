/* Loading rows, as arrays and as rows of placeholders. */
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

#define MANY 30000

static berth_driver_connection *connection;
static berth_driver_connection *other;
static berth_value values[3 * MANY];

/* Rows of (id, word, body), the ids from 1. */
static void number_rows(void) {
    for (size_t i = 0; i < MANY; i++) {
        values[3 * i] = berth_int64((int64_t)i + 1);
        values[3 * i + 1] = i % 3 == 0 ? berth_null() : berth_text("word");
        values[3 * i + 2] = berth_blob("\0\1", i % 3);
    }
}

static void make_table(void) {
    number_rows();
    fixture_run(connection, "CREATE OR REPLACE TABLE `lo``ads` (id BIGINT PRIMARY KEY, `wo``rd` VARCHAR(9),"
                            " body LONGBLOB, missing INT DEFAULT 7)");
}

static void bulk_begin(void) {
    static const char *const columns[] = {"id", "wo`rd", "body"};
    const berth_bulk bulk = {.struct_size = sizeof bulk, .column_count = 3, .table = "lo`ads", .columns = columns};
    berth_error error = {.status = BERTH_OK};
    CU_ASSERT_EQUAL_FATAL(fixture_driver()->bulk_begin(connection, &bulk, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

/* Hands over `row_count` rows, `at_once` in a call. */
static int32_t bulk_rows(size_t first, size_t row_count, size_t at_once, berth_error *error) {
    int32_t status = BERTH_OK;
    *error = (berth_error){.status = BERTH_OK};
    for (size_t end = first + row_count; status == BERTH_OK && first < end; first += at_once) {
        size_t count = end - first < at_once ? end - first : at_once;
        status = fixture_driver()->bulk_rows(connection, &values[3 * first], count, BERTH_NO_DEADLINE, error);
    }
    return status;
}

static int32_t bulk_end(int64_t *rows, berth_error *error) {
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->bulk_end(connection, rows, BERTH_NO_DEADLINE, error);
}

static int64_t count_rows(berth_driver_connection *observer) {
    return fixture_number(observer, "SELECT count(*) FROM `lo``ads`");
}

static void load(size_t at_once) {
    int64_t rows;
    berth_error error;
    bulk_begin();
    CU_ASSERT_EQUAL(bulk_rows(0, MANY, at_once, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(bulk_end(&rows, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL(rows, MANY);
}

static void all_rows_are_loaded_however_they_are_handed_over(void) {
    static const size_t at_once[] = {1, 7, 1000, 10000, 10923, MANY};
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++) {
        make_table();
        load(at_once[i]);
        CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_IDLE);
        ASSERT_TEXT(fixture_rows(other, "SELECT count(*), sum(id), count(`wo``rd`), sum(length(body)), sum(missing),"
                                        " max(hex(body)) FROM `lo``ads`"),
                    "30000|450015000|20000|30000|210000|0001");
    }
}

static void a_load_is_part_of_the_transaction(void) {
    make_table();
    fixture_begin(connection);
    fixture_run(connection, "INSERT INTO `lo``ads` (id) VALUES (-1)");
    load(MANY);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(count_rows(connection), MANY + 1);
    CU_ASSERT_EQUAL(count_rows(other), 0);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(count_rows(connection), 0);
    fixture_begin(connection);
    load(1);
    fixture_commit(connection);
    CU_ASSERT_EQUAL(count_rows(other), MANY);
}

/* What the transaction did before stays. */
static void nothing_stays_of_a_load_that_was_aborted(void) {
    berth_error error;
    for (int in_transaction = 0; in_transaction < 2; in_transaction++) {
        make_table();
        if (in_transaction)
            fixture_begin(connection);
        fixture_run(connection, "INSERT INTO `lo``ads` (id) VALUES (-1)");
        bulk_begin();
        CU_ASSERT_EQUAL(bulk_rows(0, MANY, 1000, &error), BERTH_OK);
        fixture_driver()->bulk_abort(connection);
        CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection),
                        in_transaction ? BERTH_TX_ACTIVE : BERTH_TX_IDLE);
        CU_ASSERT_EQUAL(count_rows(connection), 1);
        load(7000);
        if (in_transaction)
            fixture_commit(connection);
        CU_ASSERT_EQUAL(count_rows(other), MANY + 1);
    }
}

/* `index` is that of the row in the load, -1 where the server does not tell. Rows of other calls than the one that
 * failed have none; then the message tells them. */
static void expect_failure(size_t at_once, int32_t status, int64_t index, const char *column) {
    char place[64];
    int64_t rows;
    int64_t first = 0;
    berth_error error;
    int32_t found = BERTH_OK;
    bulk_begin();
    for (; found == BERTH_OK && first < MANY; first += (int64_t)at_once)
        found = bulk_rows((size_t)first, at_once < MANY - (size_t)first ? at_once : MANY - (size_t)first, MANY, &error);
    first -= (int64_t)at_once;
    bool is_at_the_end = found == BERTH_OK;
    if (is_at_the_end)
        found = bulk_end(&rows, &error);
    else
        fixture_driver()->bulk_abort(connection);
    CU_ASSERT_EQUAL(found, status);
    ASSERT_TEXT(error.column, column);
    snprintf(place, sizeof place, "row %lld of the load: ", (long long)index + 1);
    if (index < 0 || is_at_the_end || index >= first)
        CU_ASSERT_EQUAL(error.index, index < 0 || is_at_the_end ? index : index - first);
    if (index >= 0 && !is_at_the_end && index < first)
        ASSERT_CONTAINS(error.message, place);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(count_rows(connection), 0);
}

static bool is_plain;

static void what_failed_is_told(void) {
    static const size_t at_once[] = {1, 1000, MANY / 2, MANY};
    for (size_t i = 0; i < sizeof at_once / sizeof *at_once; i++) {
        make_table();
        values[3 * (MANY - 5) + 1] = berth_text("more than nine");
        expect_failure(at_once[i], BERTH_DATA, is_plain ? -1 : MANY - 5, "wo`rd");
        values[3 * 2100] = berth_int64(5);
        expect_failure(at_once[i], BERTH_UNIQUE, is_plain ? -1 : 2100, "");
        values[3 * 2001 + 1] = berth_date(INT32_MAX);
        expect_failure(at_once[i], BERTH_DATA, 2001, "wo`rd");
        values[3 * 3 + 2] = berth_double(1.0 / 0.0);
        expect_failure(at_once[i], BERTH_DATA, 3, "body");
    }
}

static void large_values_are_loaded_among_small_ones(void) {
    enum { SIZE = 3 << 20 };
    char *large = malloc(SIZE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(large);
    memset(large, 'y', SIZE);
    for (size_t at_once = 1; at_once <= MANY; at_once += MANY - 1) {
        make_table();
        for (size_t i = 0; i < MANY; i += 7000)
            values[3 * i + 2] = berth_blob(large, SIZE - i);
        values[3 * 9 + 2] = berth_blob(large, 200000);
        values[3 * 10 + 2] = berth_blob(large, 200000);
        load(at_once);
        CU_ASSERT_EQUAL(
            fixture_number(other, "SELECT count(*) FROM `lo``ads` WHERE length(body) > 1000 AND length(body) ="
                                  " if(id IN (10, 11), 200000, 3145729 - id) AND body = repeat('y', length(body))"),
            7);
    }
    free(large);
}

static void a_table_that_is_not_there_is_told_at_once(void) {
    static const char *const columns[] = {"id"};
    const berth_bulk bulk = {.struct_size = sizeof bulk, .column_count = 1, .table = "nowhere", .columns = columns};
    berth_error error = {.status = BERTH_OK};
    int64_t rows;
    CU_ASSERT_EQUAL(fixture_driver()->bulk_begin(connection, &bulk, BERTH_NO_DEADLINE, &error), BERTH_UNDEFINED);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(bulk_rows(0, 1, 1, &error), BERTH_MISUSE);
    CU_ASSERT_EQUAL(bulk_end(&rows, &error), BERTH_MISUSE);
    fixture_driver()->bulk_abort(connection);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 1"), 1);
}

/* Makes test_NAME() of NAME(): with arrays, then without. */
#define BOTH_WAYS(name)                                                                                                \
    static void test_##name(void) {                                                                                    \
        for (int plain = 0; plain < 2; plain++) {                                                                      \
            is_plain = plain != 0;                                                                                     \
            connection = is_plain ? fixture_connect_plain() : fixture_connect();                                       \
            other = fixture_connect();                                                                                 \
            name();                                                                                                    \
            fixture_close(other);                                                                                      \
            fixture_run(connection, "DROP TABLE IF EXISTS `lo``ads`");                                                 \
            fixture_close(connection);                                                                                 \
        }                                                                                                              \
    }

BOTH_WAYS(all_rows_are_loaded_however_they_are_handed_over)
BOTH_WAYS(a_load_is_part_of_the_transaction)
BOTH_WAYS(nothing_stays_of_a_load_that_was_aborted)
BOTH_WAYS(what_failed_is_told)
BOTH_WAYS(large_values_are_loaded_among_small_ones)
BOTH_WAYS(a_table_that_is_not_there_is_told_at_once)

/* In each state that a load may be in. */
static void test_the_connection_may_be_killed_at_each_point(void) {
    for (int point = 0; point < 8; point++) {
        bool in_transaction = point % 2 == 1;
        berth_error error = {.status = BERTH_OK};
        int64_t rows;
        other = fixture_connect();
        connection = fixture_connect();
        make_table();
        int64_t id = fixture_number(connection, "SELECT connection_id()");
        if (in_transaction)
            fixture_begin(connection);
        bulk_begin();
        if (point / 2 == 0)
            fixture_kill_id(id);
        int32_t status = bulk_rows(0, 20000, 20000, &error);
        CU_ASSERT_EQUAL(status, point / 2 == 0 ? BERTH_CONNECTION_LOST : BERTH_OK);
        if (point / 2 == 1)
            fixture_kill_id(id);
        if (point / 2 == 2)
            CU_ASSERT_EQUAL(bulk_rows(20000, 10, 1, &error), BERTH_OK);
        if (point / 2 == 2)
            fixture_kill_id(id);
        if (point / 2 == 3) {
            fixture_driver()->bulk_abort(connection);
        } else if (status == BERTH_OK) {
            status = bulk_end(&rows, &error);
            bool is_unknown = point == 2;
            bool is_over = point == 3;
            CU_ASSERT_EQUAL(status, is_unknown ? BERTH_OUTCOME_UNKNOWN : is_over ? BERTH_OK : BERTH_CONNECTION_LOST);
        } else {
            fixture_driver()->bulk_abort(connection);
        }
        fixture_close(connection);
        CU_ASSERT_EQUAL(count_rows(other), 0);
        fixture_run(other, "DROP TABLE `lo``ads`");
        fixture_close(other);
    }
}

SUITE("mysql_bulk", TEST(test_all_rows_are_loaded_however_they_are_handed_over),
      TEST(test_a_load_is_part_of_the_transaction), TEST(test_nothing_stays_of_a_load_that_was_aborted),
      TEST(test_what_failed_is_told), TEST(test_large_values_are_loaded_among_small_ones),
      TEST(test_a_table_that_is_not_there_is_told_at_once), TEST(test_the_connection_may_be_killed_at_each_point))
