/* One statement for many rows. */
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

#define MANY 5000

static berth_driver_connection *connection;

static int32_t run_many(const char *sql, const berth_value *values, uint32_t columns, uint64_t rows,
                        berth_execution *execution, berth_error *error) {
    *execution = fixture_execution(sql, values, columns, BERTH_EXECUTE_DISCARD);
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->execute_many(connection, execution, rows, BERTH_NO_DEADLINE, error);
}

static int64_t many(const char *sql, const berth_value *values, uint32_t columns, uint64_t rows) {
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(run_many(sql, values, columns, rows, &execution, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    return execution.affected_rows;
}

static const berth_error *fail_many(const char *sql, const berth_value *values, uint32_t columns, uint64_t rows,
                                    int32_t status, int64_t index) {
    static berth_error error;
    berth_execution execution;
    CU_ASSERT_EQUAL(run_many(sql, values, columns, rows, &execution, &error), status);
    CU_ASSERT_EQUAL(error.index, index);
    if (error.index != index || error.status != status)
        fprintf(stderr, "%s: index %lld, %s\n", sql, (long long)error.index, error.message);
    return &error;
}

static void make_table(void) {
    fixture_run(connection,
                "CREATE OR REPLACE TABLE records (id BIGINT PRIMARY KEY, word VARCHAR(9), real_number DOUBLE,"
                " stamp TIMESTAMP(6) NULL, moment DATETIME(6), body LONGBLOB)");
}

/* Rows of (id, word), the ids from 1. */
static void number_rows(berth_value *values, size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        values[2 * i] = berth_int64((int64_t)i + 1);
        values[2 * i + 1] = i % 3 == 0 ? berth_null() : berth_text("word");
    }
}

static void all_rows_are_inserted(void) {
    static berth_value values[2 * MANY];
    make_table();
    number_rows(values, MANY);
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, word) VALUES (?, ?)", values, 2, MANY), MANY);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), count(word), sum(id), min(word) FROM records"),
                "5000|3333|12502500|word");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM records WHERE (word IS NULL) = (id % 3 = 1)"),
                    MANY);
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, word) VALUES (?, ?)", values, 2, 0), 0);
}

static void values_of_all_types_are_taken(void) {
    static const uint8_t bytes[16] = {0x0f};
    const berth_value values[] = {
        berth_int64(1), berth_text("a"),      berth_double(0.5),
        berth_null(),   berth_timestamp(0),   berth_blob("\0x", 2),
        berth_int64(2), berth_null(),         berth_null(),
        berth_null(),   berth_null(),         berth_null(),
        berth_int64(3), berth_int64(7),       berth_int64(-2),
        berth_null(),   berth_timestamp(-1),  berth_text(""),
        berth_int64(4), berth_decimal("1.5"), berth_double(1e300),
        berth_null(),   berth_date(1),        berth_uuid(bytes),
        berth_int64(5), berth_bool(true),     berth_uint64(UINT64_MAX),
        berth_null(),   berth_timestamp(1),   berth_json("[1]"),
    };
    make_table();
    CU_ASSERT_EQUAL(many("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", values, 6, 5), 5);
    ASSERT_TEXT(fixture_rows(connection, "SELECT id, word, real_number, moment, body FROM records ORDER BY id"),
                "1|a|0.5|1970-01-01 00:00:00.000000|0078;2|NULL|NULL|NULL|NULL;3|7|-2|1969-12-31 23:59:59.999999|;"
                "4|1.5|1e+300|1970-01-02 00:00:00.000000|"
                "30663030303030302d303030302d303030302d303030302d303030303030303030303030;"
                "5|1|1.8446744073709552e+19|1970-01-01 00:00:00.000001|5b315d");
}

/* Where the kind of value changes, another request begins. */
static void values_of_a_column_may_be_of_different_types(void) {
    berth_value values[2 * 100];
    make_table();
    for (int i = 0; i < 100; i++) {
        values[2 * i] = i % 2 == 0 ? berth_int64(i) : berth_double(i);
        values[2 * i + 1] = i % 3 == 0 ? berth_int64(i) : berth_text("x");
    }
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, word) VALUES (?, ?)", values, 2, 100), 100);
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*), sum(id), sum(word = 'x') FROM records"), "100|4950|66");
}

static void large_values_are_taken_among_small_ones(void) {
    enum { SIZE = 1 << 20 };
    char *large = malloc(SIZE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(large);
    memset(large, 'y', SIZE);
    berth_value values[2 * 40];
    make_table();
    for (int i = 0; i < 40; i++) {
        values[2 * i] = berth_int64(i);
        values[2 * i + 1] = i % 8 == 3 ? berth_blob(large, SIZE) : berth_blob(large, (size_t)i * 1000);
    }
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, body) VALUES (?, ?)", values, 2, 40), 40);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*)"
                                               " FROM records WHERE length(body) = if(id % 8 = 3, 1048576, id * 1000)"
                                               " AND body = repeat('y', length(body))"),
                    40);
    free(large);
}

static void all_kinds_of_writes_count_their_rows(void) {
    static berth_value values[2 * 100];
    make_table();
    number_rows(values, 100);
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, word) SELECT ?, ?", values, 2, 100), 100);
    CU_ASSERT_EQUAL(many("UPDATE records SET real_number = 1 WHERE id >= ? AND word = ?", values, 2, 3), 66 + 65);
    CU_ASSERT_EQUAL(many("REPLACE INTO records (id, word) VALUES (?, ?)", values, 2, 100), 66 * 2 + 34);
    CU_ASSERT_EQUAL(many("INSERT IGNORE INTO records (id, word) VALUES (?, ?)", values, 2, 100), 0);
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, word) VALUES (?, ?) RETURNING id", &values[198], 2, 0), 0);
    CU_ASSERT_EQUAL(many("DELETE FROM records WHERE id = ? OR word = ?", values, 2, 2), 1 + 66);
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, word) VALUES (? + 1000, ?) RETURNING id", values, 2, 5), 5);
    CU_ASSERT_EQUAL(many("DO ? + ?", values, 2, 5), -1);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM records"), 38);
}

/* Of each row in a request and of each request; the second of two failures does not count. */
static void the_row_that_failed_is_told(void) {
    static const size_t places[] = {0, 1, 77, 4000, MANY - 1};
    static berth_value values[2 * MANY];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        make_table();
        number_rows(values, MANY);
        values[2 * places[i] + 1] = berth_text("more than nine");
        values[2 * MANY - 1] = berth_text("more than nine, too");
        fixture_begin(connection);
        ASSERT_TEXT(
            fail_many("INSERT INTO records (id, word) VALUES (?, ?)", values, 2, MANY, BERTH_DATA, (int64_t)places[i])
                ->column,
            "word");
        CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
        fixture_rollback(connection);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM records"), 0);
        values[2 * places[i]] = berth_double(0.0 / 0.0);
        fixture_begin(connection);
        fail_many("INSERT INTO records (id, word) VALUES (?, ?)", values, 2, MANY, BERTH_DATA, (int64_t)places[i]);
        CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM records"), (int64_t)places[i]);
        fixture_rollback(connection);
    }
}

static void rows_that_break_constraints_are_told(void) {
    static berth_value values[2 * 100];
    fixture_run(connection, "DROP TABLE IF EXISTS kids, parents");
    fixture_run(connection, "CREATE TABLE parents (id BIGINT PRIMARY KEY)");
    fixture_run(connection, "INSERT INTO parents SELECT seq FROM seq_1_to_50");
    fixture_run(connection, "CREATE TABLE kids (id BIGINT UNIQUE, word VARCHAR(9), FOREIGN KEY (id) REFERENCES parents"
                            " (id), CHECK (word <> 'bad'))");
    number_rows(values, 100);
    fail_many("INSERT INTO kids VALUES (?, ?)", values, 2, 100, BERTH_FOREIGN_KEY, 50);
    values[2 * 31 + 1] = berth_text("bad");
    fixture_run(connection, "DELETE FROM kids");
    fail_many("insert into `kids`\n (`id`, word)\tvalues (?,?) ;", values, 2, 100, BERTH_CHECK, 31);
    fixture_run(connection, "DELETE FROM kids");
    values[2 * 20] = berth_int64(7);
    fail_many("REPLACE INTO kids VALUES (?, ?)", values, 2, 100, BERTH_CHECK, 31);
    fixture_run(connection, "DELETE FROM kids");
    fail_many("INSERT INTO kids VALUES (?, ?)", values, 2, 100, BERTH_UNIQUE, 20);
    fixture_run(connection, "DROP TABLE kids, parents");
}

IN_A_CONNECTION(all_rows_are_inserted)
IN_A_CONNECTION(values_of_all_types_are_taken)
IN_A_CONNECTION(values_of_a_column_may_be_of_different_types)
IN_A_CONNECTION(large_values_are_taken_among_small_ones)
IN_A_CONNECTION(all_kinds_of_writes_count_their_rows)
IN_A_CONNECTION(the_row_that_failed_is_told)
IN_A_CONNECTION(rows_that_break_constraints_are_told)

/* What else inserts while the rows do, counts with them; and an UPDATE counts others. */
static void test_a_row_that_is_not_certain_is_not_told(void) {
    static berth_value values[2 * 10];
    connection = fixture_connect();
    make_table();
    fixture_run(connection, "CREATE OR REPLACE TABLE log (id BIGINT, word VARCHAR(9) UNIQUE)");
    fixture_run(connection, "CREATE TRIGGER copy AFTER INSERT ON records FOR EACH ROW"
                            " INSERT INTO log VALUES (new.id, NULL), (new.id, concat('x', new.real_number))");
    number_rows(values, 10);
    for (int i = 0; i < 10; i++)
        values[2 * i + 1] = berth_int64(i == 7 ? 3 : i);
    fail_many("INSERT INTO records (id, real_number) VALUES (?, ?)", values, 2, 10, BERTH_UNIQUE, -1);
    fixture_run(connection, "DROP TRIGGER copy");
    fixture_close(connection);
    connection = fixture_connect();
    values[2 * 7] = berth_int64(3);
    fail_many("INSERT INTO records (id, word) VALUES (?, ?), (100, NULL)", values, 2, 10, BERTH_UNIQUE, -1);
    fail_many("INSERT INTO berth_socket.records (id, word) VALUES (?, ?)", values, 2, 10, BERTH_UNIQUE, -1);
    fail_many("INSERT INTO records (id, word) VALUES (?, ?)", values, 2, 10, BERTH_UNIQUE, 7);
    fail_many("UPDATE records SET id = ?, word = 'more than nine' WHERE id <> ?", values, 2, 10, BERTH_OK, -1);
    fixture_run(connection, "INSERT INTO records (id) VALUES (3), (8)");
    fail_many("UPDATE records SET word = 'more than nine' WHERE id = ? AND id <> ?", values, 2, 10, BERTH_DATA, -1);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 1"), 1);
    fixture_run(connection, "DROP TABLE log");
    fixture_close(connection);
}

/* Among other statements. */
static void test_a_prepared_statement_takes_one_row_and_many_in_turn(void) {
    static const char sql[] = "INSERT INTO records (id, word) VALUES (?, ?)";
    static berth_value values[2 * 1000];
    berth_driver_statement *statement = NULL;
    berth_error error = {.status = BERTH_OK};
    connection = fixture_connect();
    make_table();
    number_rows(values, 1000);
    CU_ASSERT_EQUAL(fixture_driver()->prepare(connection, sql, strlen(sql), BERTH_NO_DEADLINE, &statement, &error),
                    BERTH_OK);
    for (size_t i = 0; i < 10; i++) {
        berth_execution execution = fixture_execution(sql, &values[200 * i], 2, BERTH_EXECUTE_DISCARD);
        execution.statement = statement;
        CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_EQUAL(execution.affected_rows, 1);
        execution.params = &values[200 * i + 2];
        CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, 99, BERTH_NO_DEADLINE, &error),
                        BERTH_OK);
        CU_ASSERT_EQUAL(execution.affected_rows, 99);
    }
    fixture_driver()->unprepare(connection, statement);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM records"), 1000);
    fixture_close(connection);
}

static void test_a_killed_connection_is_lost_and_nothing_stays(void) {
    static berth_value values[2 * 100];
    connection = fixture_connect();
    make_table();
    number_rows(values, 100);
    int64_t id = fixture_number(connection, "SELECT connection_id()");
    fixture_begin(connection);
    CU_ASSERT_EQUAL(many("INSERT INTO records (id, word) VALUES (?, ?)", values, 2, 100), 100);
    fixture_kill_id(id);
    CU_ASSERT_EQUAL(
        fail_many("INSERT INTO records (id, word) VALUES (? + 1000, ?)", values, 2, 100, BERTH_CONNECTION_LOST, -1)
            ->flags,
        BERTH_FLAG_CONNECTION_LOST);
    fixture_close(connection);
    connection = fixture_connect();
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM records"), 0);
    fixture_close(connection);
}

static void test_a_deadline_ends_many_rows(void) {
    static berth_value values[2 * MANY];
    berth_error error = {.status = BERTH_OK};
    connection = fixture_connect();
    make_table();
    number_rows(values, MANY);
    berth_execution execution =
        fixture_execution("INSERT INTO records (id, real_number) VALUES (?, SLEEP(0.01) + (? IS NULL))", values, 2,
                          BERTH_EXECUTE_DISCARD);
    fixture_begin(connection);
    CU_ASSERT_EQUAL(fixture_driver()->execute_many(connection, &execution, MANY, fixture_deadline(100), &error),
                    BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
    fixture_run(connection, "DROP TABLE records");
    fixture_close(connection);
}

SUITE("mysql_many", TEST(test_all_rows_are_inserted), TEST(test_values_of_all_types_are_taken),
      TEST(test_values_of_a_column_may_be_of_different_types), TEST(test_large_values_are_taken_among_small_ones),
      TEST(test_all_kinds_of_writes_count_their_rows), TEST(test_the_row_that_failed_is_told),
      TEST(test_rows_that_break_constraints_are_told), TEST(test_a_row_that_is_not_certain_is_not_told),
      TEST(test_a_prepared_statement_takes_one_row_and_many_in_turn),
      TEST(test_a_killed_connection_is_lost_and_nothing_stays), TEST(test_a_deadline_ends_many_rows))
