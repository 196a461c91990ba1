/* The error contract on MariaDB: status, code, SQLSTATE, flags, names, and what is left of the transaction. */
#include <pthread.h>
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

static berth_driver_connection *connection;

static void make_tables(void) {
    fixture_run(connection, "DROP TABLE IF EXISTS child, parent");
    fixture_run(connection,
                "CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(5) NOT NULL, amount TINYINT,"
                " CONSTRAINT code_is_unique UNIQUE (code), CONSTRAINT amount_is_positive CHECK (amount > 0))");
    fixture_run(connection, "CREATE TABLE child (id INT PRIMARY KEY, parent_id INT,"
                            " CONSTRAINT child_has_parent FOREIGN KEY (parent_id) REFERENCES parent (id))");
    fixture_run(connection, "INSERT INTO parent VALUES (1, 'a', 1)");
    fixture_run(connection, "INSERT INTO child VALUES (1, 1)");
}

static void constraints_are_named(void) {
    static const struct {
        const char *sql;
        int32_t status;
        int64_t code;
        const char *sqlstate;
        const char *constraint;
        const char *column;
    } cases[] = {
        {"INSERT INTO parent VALUES (1, 'b', 1)", BERTH_UNIQUE, 1062, "23000", "PRIMARY", ""},
        {"INSERT INTO parent VALUES (2, 'a', 1)", BERTH_UNIQUE, 1062, "23000", "code_is_unique", ""},
        {"INSERT INTO child VALUES (2, 9)", BERTH_FOREIGN_KEY, 1452, "23000", "child_has_parent", ""},
        {"DELETE FROM parent", BERTH_FOREIGN_KEY, 1451, "23000", "child_has_parent", ""},
        {"INSERT INTO parent VALUES (2, NULL, 1)", BERTH_NOT_NULL, 1048, "23000", "", "code"},
        {"INSERT INTO parent (id) VALUES (2)", BERTH_NOT_NULL, 1364, "HY000", "", "code"},
        {"INSERT INTO parent VALUES (2, 'b', 0)", BERTH_CHECK, 4025, "23000", "amount_is_positive", ""},
        {"INSERT INTO parent VALUES (2, 'b', 300)", BERTH_DATA, 1264, "22003", "", "amount"},
        {"INSERT INTO parent VALUES (2, 'b', 'x')", BERTH_DATA, 1366, "22007", "", "amount"},
        {"INSERT INTO parent VALUES (2, 'bbbbbb', 1)", BERTH_DATA, 1406, "22001", "", "code"},
    };
    make_tables();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const berth_error *error = fixture_fail(connection, cases[i].sql, cases[i].status, cases[i].code);
        ASSERT_TEXT(error->sqlstate, cases[i].sqlstate);
        ASSERT_TEXT(error->constraint, cases[i].constraint);
        ASSERT_TEXT(error->column, cases[i].column);
        CU_ASSERT_EQUAL(error->flags, 0);
    }
    ASSERT_TEXT(fixture_rows(connection, "SELECT id, code FROM parent"), "1|a");
}

static void what_is_wrong_with_a_statement_is_told(void) {
    static const struct {
        const char *sql;
        int32_t status;
        int64_t code;
    } cases[] = {
        {"SELEC 1", BERTH_SYNTAX, 1064},
        {"", BERTH_SYNTAX, 1065},
        {"SELECT 1; SELECT 2", BERTH_SYNTAX, 1064},
        {"SELECT * FROM nowhere", BERTH_UNDEFINED, 1146},
        {"SELECT nothing FROM parent", BERTH_UNDEFINED, 1054},
        {"SELECT no_function(1)", BERTH_UNDEFINED, 1305},
        {"DROP TABLE nowhere", BERTH_UNDEFINED, 1051},
        {"ROLLBACK TO SAVEPOINT nowhere", BERTH_UNDEFINED, 1305},
        {"SELECT id FROM parent, child", BERTH_SYNTAX, 1052},
        {"CREATE TABLE parent (id INT)", BERTH_DUPLICATE_OBJECT, 1050},
        {"CREATE INDEX code_is_unique ON parent (code)", BERTH_DUPLICATE_OBJECT, 1061},
        {"SELECT (SELECT 1 UNION SELECT 2)", BERTH_DATA, 1242},
        {"SELECT 9223372036854775807 + 1", BERTH_DATA, 1690},
        {"INSERT INTO child VALUES (5 / 0, 1)", BERTH_DATA, 1365},
    };
    make_tables();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(fixture_fail(connection, cases[i].sql, cases[i].status, cases[i].code)->flags, 0);
}

static void a_read_only_transaction_refuses_to_write(void) {
    berth_error error = {.status = BERTH_OK};
    const berth_begin begin = {.struct_size = sizeof begin, .isolation = 4, .read_only = 1};
    make_tables();
    CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(fixture_fail(connection, "DELETE FROM child", BERTH_READ_ONLY, 1792)->sqlstate, "25006");
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
}

static void a_lock_that_is_not_granted_leaves_the_transaction_open(void) {
    berth_driver_connection *other = fixture_connect();
    make_tables();
    fixture_begin(other);
    fixture_run(other, "UPDATE parent SET amount = 2");
    fixture_begin(connection);
    const berth_error *error =
        fixture_fail(connection, "SELECT * FROM parent FOR UPDATE NOWAIT", BERTH_LOCK_TIMEOUT, 1205);
    CU_ASSERT_EQUAL(error->flags, BERTH_FLAG_RETRYABLE);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    fixture_rollback(connection);
    fixture_close(other);
}

static void *update_second(void *argument) {
    berth_execution execution;
    static berth_error error;
    fixture_execute(argument, "UPDATE parent SET amount = 3 WHERE id = 1", NULL, 0, &execution, &error);
    return &error;
}

/* What comes next would begin another transaction, or commit by itself, and the program would not know. */
static void expect_gone(berth_driver_connection *victim) {
    static const char message[] =
        "the transaction is gone: the server ended it with error 1213, and nothing but a rollback is taken";
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(victim), BERTH_TX_FAILED);
    CU_ASSERT_EQUAL(fixture_execute(victim, "DELETE FROM parent", NULL, 0, &execution, &error), BERTH_DEADLOCK);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_RETRYABLE);
    ASSERT_TEXT(error.message, message);
    CU_ASSERT_EQUAL(fixture_try_commit(victim, &error), BERTH_DEADLOCK);
    ASSERT_TEXT(error.message, message);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(victim), BERTH_TX_FAILED);
    fixture_rollback(victim);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(victim), BERTH_TX_IDLE);
    fixture_begin(victim);
    CU_ASSERT_EQUAL(fixture_number(victim, "SELECT count(*) FROM parent"), 2);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(victim), BERTH_TX_ACTIVE);
    fixture_commit(victim);
}

/* Two transactions that each hold what the other one wants: one of them is over. */
static void the_victim_of_a_deadlock_takes_only_a_rollback(void) {
    berth_driver_connection *other = fixture_connect();
    berth_execution execution;
    berth_error mine;
    pthread_t thread;
    make_tables();
    fixture_run(connection, "INSERT INTO parent VALUES (2, 'b', 1)");
    fixture_begin(connection);
    fixture_begin(other);
    fixture_run(connection, "UPDATE parent SET amount = 2 WHERE id = 1");
    fixture_run(other, "UPDATE parent SET amount = 3 WHERE id = 2");
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, update_second, other), 0);
    int32_t status =
        fixture_execute(connection, "UPDATE parent SET amount = 2 WHERE id = 2", NULL, 0, &execution, &mine);
    void *result;
    if (status == BERTH_OK)
        fixture_rollback(connection);
    pthread_join(thread, &result);
    const berth_error *victims = status == BERTH_OK ? result : &mine;
    berth_driver_connection *victim = status == BERTH_OK ? other : connection;
    CU_ASSERT_EQUAL(victims->status, BERTH_DEADLOCK);
    CU_ASSERT_EQUAL(victims->native_code, 1213);
    CU_ASSERT_EQUAL(victims->flags, BERTH_FLAG_RETRYABLE);
    expect_gone(victim);
    fixture_close(other);
}

static void ddl_ends_the_transaction_and_the_state_shows_it(void) {
    make_tables();
    fixture_begin(connection);
    fixture_run(connection, "INSERT INTO child VALUES (5, 1)");
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_ACTIVE);
    fixture_run(connection, "ALTER TABLE child ADD note TEXT");
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_IDLE);
    fixture_begin(connection);
    fixture_run(connection, "INSERT INTO child VALUES (6, 1, '')");
    fixture_fail(connection, "CREATE TABLE parent (id INT)", BERTH_DUPLICATE_OBJECT, 1050);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_FAILED);
    fixture_rollback(connection);
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), BERTH_TX_IDLE);
}

static void an_error_amid_the_rows_is_seen(void) {
    berth_execution execution;
    berth_error error = {.status = BERTH_OK};
    const berth_value *row;
    int32_t status;
    int count = 0;
    fixture_open(connection, "SELECT IF(seq < 500, seq, (SELECT 1 UNION SELECT seq)) FROM seq_1_to_1000", NULL, 0,
                 &execution);
    while ((status = fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error)) == BERTH_OK && row != NULL)
        count++;
    CU_ASSERT_EQUAL(status, BERTH_DATA);
    CU_ASSERT_EQUAL(error.native_code, 1242);
    CU_ASSERT_EQUAL(count, 499);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 1"), 1);
    fixture_fail(connection, "SELECT IF(seq < 500, seq, (SELECT 1 UNION SELECT seq)) FROM seq_1_to_1000", BERTH_DATA,
                 1242);
}

/* The server would hang up. */
static void what_is_too_large_is_not_sent(void) {
    int64_t size = fixture_number(connection, "SELECT @@max_allowed_packet");
    char *sql = malloc((size_t)size + 1);
    char message[128];
    berth_execution execution;
    berth_error error;
    CU_ASSERT_PTR_NOT_NULL_FATAL(sql);
    memset(sql, ' ', (size_t)size);
    memcpy(sql, "SELECT 1", 8);
    sql[size] = '\0';
    CU_ASSERT_EQUAL(fixture_execute(connection, sql, NULL, 0, &execution, &error), BERTH_TOO_LARGE);
    snprintf(message, sizeof message, "the statement has %lld bytes; the server's max_allowed_packet is %lld",
             (long long)size, (long long)size);
    ASSERT_TEXT(error.message, message);
    const berth_value value = berth_text_n(sql, (size_t)size);
    CU_ASSERT_EQUAL(fixture_execute(connection, "SELECT ?", &value, 1, &execution, &error), BERTH_TOO_LARGE);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 1"), 1);
    free(sql);
}

static void codes_come_before_sqlstates(void) {
    static const struct {
        int64_t code;
        const char *sqlstate;
        int32_t status;
        uint32_t flags;
    } cases[] = {
        {1040, "08004", BERTH_TOO_MANY_CONNECTIONS, BERTH_FLAG_RETRYABLE},
        {1213, "40001", BERTH_DEADLOCK, BERTH_FLAG_RETRYABLE},
        {1020, "HY000", BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
        {1927, "70100", BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST},
        {1969, "70100", BERTH_TIMEOUT, 0},
        {3024, "HY000", BERTH_TIMEOUT, 0},
        {3819, "HY000", BERTH_CHECK, 0},
        {4031, "HY000", BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST},
        {65000, "22999", BERTH_DATA, 0},
        {65000, "40001", BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
        {65000, "HY000", BERTH_INTERNAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t flags = 0;
        CU_ASSERT_EQUAL(fixture_driver()->classify(cases[i].code, cases[i].sqlstate, &flags), cases[i].status);
        CU_ASSERT_EQUAL(flags, cases[i].flags);
    }
}

IN_A_CONNECTION(constraints_are_named)
IN_A_CONNECTION(what_is_wrong_with_a_statement_is_told)
IN_A_CONNECTION(a_read_only_transaction_refuses_to_write)
IN_A_CONNECTION(a_lock_that_is_not_granted_leaves_the_transaction_open)
IN_A_CONNECTION(the_victim_of_a_deadlock_takes_only_a_rollback)
IN_A_CONNECTION(ddl_ends_the_transaction_and_the_state_shows_it)
IN_A_CONNECTION(an_error_amid_the_rows_is_seen)
IN_A_CONNECTION(what_is_too_large_is_not_sent)
IN_A_CONNECTION(codes_come_before_sqlstates)

SUITE("mysql_errors", TEST(test_constraints_are_named), TEST(test_what_is_wrong_with_a_statement_is_told),
      TEST(test_a_read_only_transaction_refuses_to_write),
      TEST(test_a_lock_that_is_not_granted_leaves_the_transaction_open),
      TEST(test_the_victim_of_a_deadlock_takes_only_a_rollback),
      TEST(test_ddl_ends_the_transaction_and_the_state_shows_it), TEST(test_an_error_amid_the_rows_is_seen),
      TEST(test_what_is_too_large_is_not_sent), TEST(test_codes_come_before_sqlstates))
