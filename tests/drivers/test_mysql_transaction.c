/* Transactions: when they begin, with which settings, what ends them, and that what is in none commits by itself. */
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

static berth_driver_connection *connection;
static berth_driver_connection *other;

static void make_table(void) {
    fixture_run(connection, "CREATE OR REPLACE TABLE kept (id INT PRIMARY KEY)");
}

static int64_t seen_by_other(void) {
    return fixture_number(other, "SELECT count(*) FROM kept");
}

static void expect_state(int32_t state) {
    CU_ASSERT_EQUAL(fixture_driver()->transaction_state(connection), state);
}

/* A statement in no transaction, as an autocommit session has it. */
static void insert_alone(const char *sql) {
    int64_t before = seen_by_other();
    fixture_run(connection, sql);
    expect_state(BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(seen_by_other(), before + 1);
}

/* One in a transaction, which is rolled back. */
static void insert_for_nothing(const char *sql) {
    int64_t before = seen_by_other();
    fixture_begin(connection);
    fixture_run(connection, sql);
    expect_state(BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(seen_by_other(), before);
    fixture_rollback(connection);
    expect_state(BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT count(*) FROM kept"), before);
}

/* A frozen server answers nothing. */
static void beginning_asks_nothing_of_the_server(void) {
    fixture_freeze();
    fixture_begin(connection);
    expect_state(BERTH_TX_ACTIVE);
    fixture_commit(connection);
    fixture_begin(connection);
    fixture_rollback(connection);
    expect_state(BERTH_TX_IDLE);
    fixture_thaw();
}

static void a_transaction_begins_with_its_first_statement(void) {
    make_table();
    fixture_begin(connection);
    fixture_run(connection, "DO 1");
    expect_state(BERTH_TX_ACTIVE);
    fixture_run(connection, "INSERT INTO kept VALUES (1)");
    CU_ASSERT_EQUAL(seen_by_other(), 0);
    fixture_commit(connection);
    expect_state(BERTH_TX_IDLE);
    CU_ASSERT_EQUAL(seen_by_other(), 1);
    insert_for_nothing("INSERT INTO kept VALUES (2)");
}

static void what_is_in_no_transaction_commits_by_itself(void) {
    make_table();
    insert_alone("INSERT INTO kept VALUES (1)");
    insert_alone("INSERT INTO kept VALUES (2)");
    insert_for_nothing("INSERT INTO kept VALUES (3)");
    insert_alone("INSERT INTO kept VALUES (4)");
    fixture_fail(connection, "INSERT INTO kept VALUES (4)", BERTH_UNIQUE, 1062);
    expect_state(BERTH_TX_IDLE);
    insert_for_nothing("INSERT INTO kept VALUES (5)");
}

static void expect_settings(const char *settings) {
    ASSERT_TEXT(fixture_rows(connection, "SELECT @@tx_isolation, @@tx_read_only"), settings);
}

static void settings_do_not_outlast_their_transaction(void) {
    static const struct {
        uint32_t isolation;
        uint32_t read_only;
        const char *settings;
    } cases[] = {
        {BERTH_ISOLATION_DEFAULT, 0, "REPEATABLE-READ|0"}, {BERTH_SERIALIZABLE, 0, "SERIALIZABLE|0"},
        {BERTH_ISOLATION_DEFAULT, 1, "REPEATABLE-READ|1"}, {BERTH_READ_COMMITTED, 1, "READ-COMMITTED|1"},
        {BERTH_ISOLATION_DEFAULT, 0, "REPEATABLE-READ|0"}, {BERTH_REPEATABLE_READ, 0, "REPEATABLE-READ|0"},
        {BERTH_SERIALIZABLE, 1, "SERIALIZABLE|1"},
    };
    make_table();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_begin_as(connection, cases[i].isolation, cases[i].read_only);
        expect_settings(cases[i].settings);
        if (cases[i].read_only)
            fixture_fail(connection, "INSERT INTO kept VALUES (1)", BERTH_READ_ONLY, 1792);
        else
            fixture_run(connection, "INSERT INTO kept VALUES (1)");
        expect_state(BERTH_TX_ACTIVE);
        fixture_rollback(connection);
    }
    expect_settings("REPEATABLE-READ|0");
    insert_alone("INSERT INTO kept VALUES (1)");
}

static int64_t count_settings_sent(void) {
    return fixture_number(connection, "SELECT CAST(variable_value AS INT) FROM information_schema.session_status"
                                      " WHERE variable_name = 'COM_SET_OPTION'");
}

static void settings_are_sent_when_they_change(void) {
    static const struct {
        uint32_t isolation;
        uint32_t read_only;
        int64_t sent;
    } cases[] = {
        {0, 0, 0}, {0, 0, 0}, {BERTH_SERIALIZABLE, 0, 1}, {BERTH_SERIALIZABLE, 0, 0}, {0, 1, 1}, {0, 1, 0}, {0, 0, 1},
    };
    make_table();
    fixture_begin(connection);
    int64_t before = count_settings_sent();
    fixture_commit(connection);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_begin_as(connection, cases[i].isolation, cases[i].read_only);
        fixture_number(connection, "SELECT count(*) FROM kept");
        int64_t now = count_settings_sent();
        CU_ASSERT_EQUAL(now - before, cases[i].sent);
        before = now;
        fixture_commit(connection);
    }
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(count_settings_sent() - before, 1);
        fixture_fail(connection, "SELEC 1", BERTH_SYNTAX, 1064);
    }
}

/* Of the same connection, whoever has it next. */
static void settings_made_by_sql_do_not_outlast_their_transaction(void) {
    static const char *const changes[] = {
        "SET SESSION tx_isolation = 'READ-UNCOMMITTED', tx_read_only = 1",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED, READ ONLY",
        "CALL change_settings()",
    };
    make_table();
    fixture_run(connection, "CREATE OR REPLACE PROCEDURE change_settings()"
                            " SET SESSION tx_isolation = 'READ-UNCOMMITTED', tx_read_only = 1");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        fixture_begin_as(connection, BERTH_SERIALIZABLE, 0);
        fixture_run(connection, changes[i]);
        fixture_rollback(connection);
        fixture_begin_as(connection, BERTH_SERIALIZABLE, 0);
        expect_settings("SERIALIZABLE|0");
        fixture_commit(connection);
        fixture_run(connection, changes[i]);
        expect_settings("READ-UNCOMMITTED|1");
        fixture_begin(connection);
        expect_settings("REPEATABLE-READ|0");
        fixture_run(connection, "INSERT INTO kept VALUES (1)");
        fixture_rollback(connection);
        expect_settings("REPEATABLE-READ|0");
    }
    fixture_run(connection, "DROP PROCEDURE change_settings");
}

static void autocommit_can_not_be_set_within_a_transaction(void) {
    static const char *const statements[] = {"SET autocommit = 1", "/* */ set @@session.AUTOCOMMIT = 0"};
    make_table();
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        fixture_begin(connection);
        fixture_run(connection, "INSERT INTO kept VALUES (1)");
        ASSERT_TEXT(fixture_fail(connection, statements[i], BERTH_MISUSE, 0)->message,
                    "autocommit can't be set within a transaction, which the server would commit");
        expect_state(BERTH_TX_ACTIVE);
        fixture_rollback(connection);
        CU_ASSERT_EQUAL(seen_by_other(), 0);
    }
}

/* Where a procedure does it, nobody sees that before. What follows would commit by itself. */
static void a_transaction_whose_autocommit_was_turned_on_takes_only_a_rollback(void) {
    static const char message[] = "the transaction is gone: SQL turned the server's autocommit on, which committed it";
    static const char *const procedures[] = {"SET autocommit = 1", "BEGIN SET autocommit = 1; SELECT 1; END"};
    char sql[128];
    make_table();
    for (size_t i = 0; i < sizeof procedures / sizeof *procedures; i++) {
        snprintf(sql, sizeof sql, "CREATE OR REPLACE PROCEDURE turn_on() %s", procedures[i]);
        fixture_run(connection, sql);
        fixture_begin(connection);
        ASSERT_TEXT(fixture_fail(connection, "CALL turn_on()", BERTH_MISUSE, 0)->message, message);
        expect_state(BERTH_TX_FAILED);
        ASSERT_TEXT(fixture_fail(connection, "INSERT INTO kept VALUES (1)", BERTH_MISUSE, 0)->message, message);
        fixture_rollback(connection);
        expect_state(BERTH_TX_IDLE);
        insert_for_nothing("INSERT INTO kept VALUES (1)");
    }
    fixture_run(connection, "DROP PROCEDURE turn_on");
}

static void sql_that_turns_autocommit_off_is_found_out(void) {
    make_table();
    fixture_run(connection, "SET autocommit = 0");
    expect_state(BERTH_TX_UNKNOWN);
    fixture_rollback(connection);
    expect_state(BERTH_TX_IDLE);
    insert_alone("INSERT INTO kept VALUES (1)");
    fixture_run(connection, "SET autocommit = 0");
    insert_alone("INSERT INTO kept VALUES (2)");
}

static void an_error_before_the_first_table_leaves_the_transaction_open(void) {
    make_table();
    fixture_begin(connection);
    fixture_fail(connection, "SELEC 1", BERTH_SYNTAX, 1064);
    expect_state(BERTH_TX_ACTIVE);
    fixture_run(connection, "INSERT INTO kept VALUES (1)");
    fixture_fail(connection, "INSERT INTO kept VALUES (1)", BERTH_UNIQUE, 1062);
    expect_state(BERTH_TX_ACTIVE);
    CU_ASSERT_EQUAL(seen_by_other(), 0);
    fixture_commit(connection);
    CU_ASSERT_EQUAL(seen_by_other(), 1);
}

static void a_savepoint_before_the_first_table_undoes_all(void) {
    make_table();
    fixture_begin(connection);
    fixture_run(connection, "SAVEPOINT start");
    fixture_run(connection, "INSERT INTO kept VALUES (1)");
    fixture_run(connection, "ROLLBACK TO SAVEPOINT start");
    expect_state(BERTH_TX_ACTIVE);
    fixture_run(connection, "INSERT INTO kept VALUES (2)");
    fixture_commit(connection);
    ASSERT_TEXT(fixture_rows(other, "SELECT id FROM kept"), "2");
}

static void a_procedure_that_commits_ends_the_transaction(void) {
    make_table();
    fixture_run(connection, "CREATE OR REPLACE PROCEDURE commits() COMMIT");
    fixture_begin(connection);
    fixture_run(connection, "INSERT INTO kept VALUES (1)");
    fixture_run(connection, "CALL commits()");
    expect_state(BERTH_TX_IDLE);
    insert_for_nothing("INSERT INTO kept VALUES (2)");
    fixture_run(connection, "DROP PROCEDURE commits");
}

static void resetting_and_pinging_change_nothing_of_it(void) {
    berth_error error = {.status = BERTH_OK};
    make_table();
    for (uint32_t i = 0; i < 4; i++) {
        fixture_begin_as(connection, i % 2 == 0 ? BERTH_SERIALIZABLE : BERTH_ISOLATION_DEFAULT, i % 2);
        CU_ASSERT_EQUAL(fixture_driver()->ping(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
        expect_state(BERTH_TX_ACTIVE);
        fixture_rollback(connection);
        if (i >= 2)
            insert_alone(i == 2 ? "INSERT INTO kept VALUES (1)" : "INSERT INTO kept VALUES (2)");
        CU_ASSERT_EQUAL(fixture_driver()->reset(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
        expect_state(BERTH_TX_IDLE);
        fixture_begin(connection);
        expect_settings("REPEATABLE-READ|0");
        fixture_commit(connection);
        insert_for_nothing("INSERT INTO kept VALUES (3)");
        CU_ASSERT_EQUAL(fixture_driver()->ping(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    }
}

static void beginning_twice_is_refused(void) {
    berth_error error;
    fixture_begin(connection);
    CU_ASSERT_EQUAL(fixture_try_begin(connection, 0, 0, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "a transaction was begun while another one is open");
    fixture_rollback(connection);
}

/* Makes test_NAME() of NAME(), which uses two connections. */
#define IN_TWO_CONNECTIONS(name)                                                                                       \
    static void test_##name(void) {                                                                                    \
        connection = fixture_connect();                                                                                \
        other = fixture_connect();                                                                                     \
        name();                                                                                                        \
        fixture_close(other);                                                                                          \
        fixture_run(connection, "DROP TABLE IF EXISTS kept");                                                          \
        fixture_close(connection);                                                                                     \
    }

IN_TWO_CONNECTIONS(beginning_asks_nothing_of_the_server)
IN_TWO_CONNECTIONS(a_transaction_begins_with_its_first_statement)
IN_TWO_CONNECTIONS(what_is_in_no_transaction_commits_by_itself)
IN_TWO_CONNECTIONS(settings_do_not_outlast_their_transaction)
IN_TWO_CONNECTIONS(settings_are_sent_when_they_change)
IN_TWO_CONNECTIONS(settings_made_by_sql_do_not_outlast_their_transaction)
IN_TWO_CONNECTIONS(autocommit_can_not_be_set_within_a_transaction)
IN_TWO_CONNECTIONS(a_transaction_whose_autocommit_was_turned_on_takes_only_a_rollback)
IN_TWO_CONNECTIONS(sql_that_turns_autocommit_off_is_found_out)
IN_TWO_CONNECTIONS(an_error_before_the_first_table_leaves_the_transaction_open)
IN_TWO_CONNECTIONS(a_savepoint_before_the_first_table_undoes_all)
IN_TWO_CONNECTIONS(a_procedure_that_commits_ends_the_transaction)
IN_TWO_CONNECTIONS(resetting_and_pinging_change_nothing_of_it)
IN_TWO_CONNECTIONS(beginning_twice_is_refused)

static void test_a_connection_killed_before_the_first_statement_is_lost(void) {
    berth_error error;
    for (uint32_t isolation = 0; isolation <= BERTH_SERIALIZABLE; isolation += BERTH_SERIALIZABLE) {
        berth_driver_connection *killed = fixture_connect();
        fixture_begin(killed);
        int64_t id = fixture_number(killed, "SELECT connection_id()");
        fixture_commit(killed);
        fixture_kill_id(id);
        bool sends_nothing = isolation == BERTH_ISOLATION_DEFAULT;
        int32_t status = fixture_try_begin(killed, isolation, 0, &error);
        CU_ASSERT_EQUAL(status, sends_nothing ? BERTH_OK : BERTH_CONNECTION_LOST);
        CU_ASSERT_EQUAL(error.flags, sends_nothing ? 0 : BERTH_FLAG_CONNECTION_LOST);
        fixture_close(killed);
    }
}

static void test_the_connection_may_be_killed_at_each_point(void) {
    berth_execution execution;
    berth_error error;
    for (int point = 0; point < 3; point++) {
        berth_driver_connection *killed = fixture_connect();
        int64_t id = fixture_number(killed, "SELECT connection_id()");
        fixture_run(killed, "CREATE OR REPLACE TABLE kept (id INT PRIMARY KEY)");
        fixture_begin(killed);
        if (point == 0)
            fixture_kill_id(id);
        int32_t status = fixture_execute(killed, "INSERT INTO kept VALUES (1)", NULL, 0, &execution, &error);
        CU_ASSERT_EQUAL(status, point == 0 ? BERTH_CONNECTION_LOST : BERTH_OK);
        if (point == 1)
            fixture_kill_id(id);
        status = fixture_try_commit(killed, &error);
        CU_ASSERT_EQUAL(status, point == 0 ? BERTH_CONNECTION_LOST : point == 1 ? BERTH_OUTCOME_UNKNOWN : BERTH_OK);
        CU_ASSERT_EQUAL((error.flags & BERTH_FLAG_NOT_SENT) != 0, point == 0);
        fixture_close(killed);
        killed = fixture_connect();
        CU_ASSERT_EQUAL(fixture_number(killed, "SELECT count(*) FROM kept"), point == 2);
        fixture_run(killed, "DROP TABLE kept");
        fixture_close(killed);
    }
}

SUITE("mysql_transaction", TEST(test_beginning_asks_nothing_of_the_server),
      TEST(test_a_transaction_begins_with_its_first_statement), TEST(test_what_is_in_no_transaction_commits_by_itself),
      TEST(test_settings_do_not_outlast_their_transaction), TEST(test_settings_are_sent_when_they_change),
      TEST(test_settings_made_by_sql_do_not_outlast_their_transaction),
      TEST(test_autocommit_can_not_be_set_within_a_transaction),
      TEST(test_a_transaction_whose_autocommit_was_turned_on_takes_only_a_rollback),
      TEST(test_sql_that_turns_autocommit_off_is_found_out),
      TEST(test_an_error_before_the_first_table_leaves_the_transaction_open),
      TEST(test_a_savepoint_before_the_first_table_undoes_all),
      TEST(test_a_procedure_that_commits_ends_the_transaction), TEST(test_resetting_and_pinging_change_nothing_of_it),
      TEST(test_beginning_twice_is_refused), TEST(test_a_connection_killed_before_the_first_statement_is_lost),
      TEST(test_the_connection_may_be_killed_at_each_point))
