/* Statements: prepared and not, counts, keys, rows, what is left after each. */
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

static berth_driver_connection *connection;

static berth_execution execute(const char *sql, const berth_value *params, uint32_t count) {
    berth_execution execution;
    berth_error error;
    fixture_execute(connection, sql, params, count, &execution, &error);
    ASSERT_TEXT(error.message, "");
    return execution;
}

static void make_table(void) {
    fixture_run(connection,
                "CREATE OR REPLACE TEMPORARY TABLE numbered (id INT PRIMARY KEY AUTO_INCREMENT, name TEXT)");
}

static void changed_rows_are_counted(void) {
    make_table();
    CU_ASSERT_EQUAL(execute("INSERT INTO numbered (name) VALUES ('a'), ('b'), ('c')", NULL, 0).affected_rows, 3);
    CU_ASSERT_EQUAL(execute("UPDATE numbered SET name = 'a' WHERE id = 1", NULL, 0).affected_rows, 1);
    CU_ASSERT_EQUAL(execute("UPDATE numbered SET name = 'z' WHERE id > 9", NULL, 0).affected_rows, 0);
    CU_ASSERT_EQUAL(execute("/* why */ (SELECT 1)", NULL, 0).affected_rows, -1);
    CU_ASSERT_EQUAL(execute("DELETE FROM numbered", NULL, 0).affected_rows, 3);
    CU_ASSERT_EQUAL(execute("CREATE TEMPORARY TABLE another (id INT)", NULL, 0).affected_rows, -1);
}

static void the_key_of_an_insert_is_told(void) {
    make_table();
    CU_ASSERT_EQUAL(execute("INSERT INTO numbered (name) VALUES ('a')", NULL, 0).last_insert_id, 1);
    CU_ASSERT_EQUAL(execute("INSERT INTO numbered (name) VALUES ('b'), ('c')", NULL, 0).last_insert_id, 2);
    CU_ASSERT_EQUAL(execute("UPDATE numbered SET name = 'x'", NULL, 0).last_insert_id, 0);
    CU_ASSERT_EQUAL(execute("SELECT 1", NULL, 0).last_insert_id, 0);
}

static void rows_can_be_returned_by_writes(void) {
    make_table();
    ASSERT_TEXT(fixture_rows(connection, "INSERT INTO numbered (name) VALUES ('a'), ('b') RETURNING id, name"),
                "1|a;2|b");
    CU_ASSERT_EQUAL(execute("DELETE FROM numbered WHERE id > 1 RETURNING id", NULL, 0).affected_rows, 1);
    ASSERT_TEXT(fixture_rows(connection, "DELETE FROM numbered RETURNING id"), "1");
}

static berth_driver_statement *prepare(const char *sql) {
    berth_driver_statement *statement = NULL;
    berth_error error = {.status = BERTH_OK};
    fixture_driver()->prepare(connection, sql, strlen(sql), BERTH_NO_DEADLINE, &statement, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(statement);
    return statement;
}

static int32_t run_prepared(berth_driver_statement *statement, const char *sql, const berth_value *params,
                            uint32_t count, berth_execution *execution, berth_error *error) {
    *execution = (berth_execution){
        .struct_size = sizeof *execution,
        .statement = statement,
        .sql = sql,
        .sql_length = strlen(sql),
        .params = params,
        .param_count = count,
        .affected_rows = -1,
    };
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->execute(connection, execution, BERTH_NO_DEADLINE, error);
}

static void a_prepared_statement_takes_other_types_each_time(void) {
    static const char sql[] = "SELECT ?, 7";
    const berth_value values[] = {berth_int64(1), berth_text("word"), berth_null(), berth_double(0.5),
                                  berth_blob("x", 1)};
    berth_driver_statement *statement = prepare(sql);
    berth_execution execution;
    berth_error error;
    for (int i = 0; i < 100; i++) {
        const berth_value *value = &values[i % 5];
        CU_ASSERT_EQUAL_FATAL(run_prepared(statement, sql, value, 1, &execution, &error), BERTH_OK);
        const berth_value *row = fixture_next(connection);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        CU_ASSERT_EQUAL(row[0].type, value->type);
        CU_ASSERT_EQUAL(row[0].length, value->length);
        CU_ASSERT_EQUAL(row[1].as.integer, 7);
        CU_ASSERT_PTR_NULL(fixture_next(connection));
    }
    fixture_driver()->unprepare(connection, statement);
}

static void a_prepared_statement_sees_a_changed_table(void) {
    static const char sql[] = "SELECT * FROM changing";
    berth_execution execution;
    berth_error error;
    fixture_run(connection, "CREATE OR REPLACE TABLE changing (id INT)");
    fixture_run(connection, "INSERT INTO changing VALUES (1)");
    berth_driver_statement *statement = prepare(sql);
    CU_ASSERT_EQUAL(run_prepared(statement, sql, NULL, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 1);
    CU_ASSERT_EQUAL(fixture_next(connection)->type, BERTH_TYPE_INT64);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    fixture_run(connection, "ALTER TABLE changing ADD word VARCHAR(9) DEFAULT 'new'");
    CU_ASSERT_EQUAL(run_prepared(statement, sql, NULL, 0, &execution, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(execution.column_count, 2);
    ASSERT_TEXT(fixture_next(connection)[1].as.data, "new");
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    fixture_run(connection, "ALTER TABLE changing MODIFY id VARCHAR(20)");
    CU_ASSERT_EQUAL(run_prepared(statement, sql, NULL, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(fixture_next(connection)->type, BERTH_TYPE_TEXT);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    fixture_driver()->unprepare(connection, statement);
    fixture_run(connection, "DROP TABLE changing");
}

/* Repeating what may have been done is the program's business. */
static void a_changed_table_within_a_transaction_is_a_failure(void) {
    static const char sql[] = "SELECT * FROM changing";
    berth_execution execution;
    berth_error error;
    berth_driver_connection *other = fixture_connect();
    fixture_run(connection, "CREATE OR REPLACE TABLE changing (id INT)");
    berth_driver_statement *statement = prepare(sql);
    fixture_run(other, "ALTER TABLE changing ADD word VARCHAR(9)");
    fixture_begin(connection);
    CU_ASSERT_EQUAL(run_prepared(statement, sql, NULL, 0, &execution, &error), BERTH_SERIALIZATION);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(run_prepared(statement, sql, NULL, 0, &execution, &error), BERTH_OK);
    CU_ASSERT_EQUAL(execution.column_count, 2);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    fixture_driver()->unprepare(connection, statement);
    fixture_run(connection, "DROP TABLE changing");
    fixture_close(other);
}

/* EXECUTE is one of the few statements that MariaDB does not prepare. */
static void what_can_not_be_prepared_is_sent_as_text(void) {
    const berth_value value = berth_int64(1);
    berth_execution execution;
    berth_error error;
    fixture_run(connection, "PREPARE answer FROM 'SELECT 42 AS answer'");
    CU_ASSERT_EQUAL(fixture_number(connection, "EXECUTE answer"), 42);
    fixture_run(connection, "EXECUTE answer");
    berth_driver_statement *statement = prepare("EXECUTE answer");
    CU_ASSERT_EQUAL(run_prepared(statement, "EXECUTE answer", &value, 1, &execution, &error), BERTH_NOT_SUPPORTED);
    ASSERT_TEXT(error.message, "the server can't prepare this statement, so it takes no values; 1 given");
    CU_ASSERT_EQUAL(run_prepared(statement, "EXECUTE answer", NULL, 0, &execution, &error), BERTH_OK);
    ASSERT_TEXT(execution.columns[0].name, "answer");
    CU_ASSERT_EQUAL(fixture_next(connection)->as.integer, 42);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    fixture_driver()->unprepare(connection, statement);
    fixture_fail(connection, "EXECUTE nothing", BERTH_UNDEFINED, 1243);
}

static void rows_that_come_as_text_have_their_types(void) {
    fixture_run(connection, "CREATE OR REPLACE TEMPORARY TABLE spelled (a BIGINT UNSIGNED, b DOUBLE, c DATETIME(6),"
                            " d BLOB, e VARCHAR(9), f DECIMAL(5,2), g BOOLEAN, h TEXT)");
    fixture_run(connection, "INSERT INTO spelled VALUES (18446744073709551615, 0.5, '2025-10-28 07:04:56.25', x'ff',"
                            " 'word', 1.5, 1, NULL)");
    fixture_run(connection, "PREPARE spell FROM 'SELECT * FROM spelled'");
    ASSERT_TEXT(fixture_rows(connection, "EXECUTE spell"),
                "18446744073709551615|0.5|2025-10-28 07:04:56.250000|ff|word|1.50|true|NULL");
}

static void a_wrong_count_of_values_is_refused(void) {
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT ?", NULL, 0, &execution, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "the statement takes 1 values, 0 given");
}

static void rows_may_be_left_unread(void) {
    berth_execution execution;
    berth_error error = {.status = BERTH_OK};
    fixture_open(connection, "SELECT seq FROM seq_1_to_100000", NULL, 0, &execution);
    CU_ASSERT_EQUAL(fixture_next(connection)->as.integer, 1);
    CU_ASSERT_EQUAL(fixture_driver()->finish(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 3"), 3);
}

static void a_procedures_further_results_are_dropped(void) {
    fixture_run(connection, "CREATE OR REPLACE PROCEDURE two_results() BEGIN SELECT 1; SELECT 2; END");
    ASSERT_TEXT(fixture_rows(connection, "CALL two_results()"), "1");
    fixture_run(connection, "CALL two_results()");
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 4"), 4);
    fixture_run(connection, "DROP PROCEDURE two_results");
}

static void isolation_levels_are_those_asked_for(void) {
    static const char *const names[] = {"READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};
    fixture_run(connection, "CREATE OR REPLACE TABLE isolated (id INT)");
    for (uint32_t level = 1; level <= 4; level++) {
        const berth_begin begin = {.struct_size = sizeof begin, .isolation = level};
        berth_error error = {.status = BERTH_OK};
        CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
        fixture_run(connection, "INSERT INTO isolated VALUES (1)");
        /* The view is made anew when nobody has read it for 0.1 s. */
        fixture_run(connection, "DO SLEEP(0.15)");
        ASSERT_TEXT(fixture_rows(connection, "SELECT trx_isolation_level FROM information_schema.innodb_trx"
                                             " WHERE trx_mysql_thread_id = connection_id()"),
                    names[level - 1]);
        fixture_rollback(connection);
    }
    fixture_run(connection, "DROP TABLE isolated");
}

static void metadata_describes_a_table(void) {
    const berth_dialect *dialect = fixture_driver()->dialect;
    const berth_value name = berth_text("described");
    berth_execution execution;
    fixture_run(connection, "CREATE OR REPLACE TABLE described (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
                            " word VARCHAR(9) DEFAULT 'x', UNIQUE KEY words (word))");
    CU_ASSERT_TRUE(strstr(fixture_rows(connection, dialect->tables_query), "described") != NULL);
    fixture_open(connection, dialect->columns_query, &name, 1, &execution);
    const berth_value *row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    ASSERT_TEXT(row[0].as.data, "id");
    CU_ASSERT_EQUAL(row[2].as.integer, 0);
    CU_ASSERT_EQUAL(row[4].as.integer, 1);
    row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    ASSERT_TEXT(row[1].as.data, "varchar(9)");
    CU_ASSERT_EQUAL(row[2].as.integer, 1);
    CU_ASSERT_EQUAL(row[4].as.integer, 0);
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    fixture_open(connection, dialect->keys_query, &name, 1, &execution);
    row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    ASSERT_TEXT(row[0].as.data, "PRIMARY");
    row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    ASSERT_TEXT(row[0].as.data, "UNIQUE");
    ASSERT_TEXT(row[1].as.data, "words");
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    fixture_run(connection, "DROP TABLE described");
}

IN_A_CONNECTION(changed_rows_are_counted)
IN_A_CONNECTION(the_key_of_an_insert_is_told)
IN_A_CONNECTION(rows_can_be_returned_by_writes)
IN_A_CONNECTION(a_prepared_statement_takes_other_types_each_time)
IN_A_CONNECTION(a_prepared_statement_sees_a_changed_table)
IN_A_CONNECTION(a_changed_table_within_a_transaction_is_a_failure)
IN_A_CONNECTION(what_can_not_be_prepared_is_sent_as_text)
IN_A_CONNECTION(rows_that_come_as_text_have_their_types)
IN_A_CONNECTION(a_wrong_count_of_values_is_refused)
IN_A_CONNECTION(rows_may_be_left_unread)
IN_A_CONNECTION(a_procedures_further_results_are_dropped)
IN_A_CONNECTION(isolation_levels_are_those_asked_for)
IN_A_CONNECTION(metadata_describes_a_table)

SUITE("mysql_execute", TEST(test_changed_rows_are_counted), TEST(test_the_key_of_an_insert_is_told),
      TEST(test_rows_can_be_returned_by_writes), TEST(test_a_prepared_statement_takes_other_types_each_time),
      TEST(test_a_prepared_statement_sees_a_changed_table),
      TEST(test_a_changed_table_within_a_transaction_is_a_failure), TEST(test_what_can_not_be_prepared_is_sent_as_text),
      TEST(test_rows_that_come_as_text_have_their_types), TEST(test_a_wrong_count_of_values_is_refused),
      TEST(test_rows_may_be_left_unread), TEST(test_a_procedures_further_results_are_dropped),
      TEST(test_isolation_levels_are_those_asked_for), TEST(test_metadata_describes_a_table))
