#include <berth.h>
#include <stdio.h>

#include "core/statement.h"
#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

static berth_error error;

static void test_statement_is_prepared_once_per_connection(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    for (int i = 0; i < 3; i++)
        berth_exec(session, "A ?", berth_params(i));
    berth_session_end(session, NULL);
    session = berth_session_open(engine, NULL);
    berth_exec(session, "A ?", berth_params(4));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin prepare(A ?) execute(A ?) execute(A ?) execute(A ?) commit begin "
                            "execute(A ?) commit");
    CU_ASSERT_EQUAL(fake_prepared_statements(), 1);
    berth_engine_close(engine, NULL);
    CU_ASSERT_EQUAL(fake_prepared_statements(), 0);
}

static void test_cache_is_bounded_and_keeps_what_is_used(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", BERTH_SETTINGS(.statement_cache_size = 4));
    berth_session *session = berth_session_open(engine, NULL);
    char sql[16];
    for (int i = 0; i < 100; i++) {
        snprintf(sql, sizeof sql, "S %d", i);
        berth_exec(session, sql, NULL);
        berth_exec(session, "HOT", NULL);
        CU_ASSERT_TRUE(fake_prepared_statements() <= 4);
    }
    CU_ASSERT_EQUAL(fake_prepared_statements(), 4);
    CU_ASSERT_PTR_NOT_NULL(strstr(fake_log(), "prepare(HOT)"));
    CU_ASSERT_PTR_NULL(strstr(strstr(fake_log(), "prepare(HOT)") + 1, "prepare(HOT)"));
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
    CU_ASSERT_EQUAL(fake_prepared_statements(), 0);
}

static void test_cache_can_be_off(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://?statement_cache_size=off", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    berth_exec(session, "A", NULL);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_TEXT(fake_log(), "connect begin execute(A) execute(A) commit");
    berth_engine_close(engine, NULL);
}

static void test_statement_that_can_not_be_prepared_is_not_kept(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", NULL);
    berth_session *session = berth_session_open(engine, NULL);
    fake_inject((fake_fault){.call = "prepare", .status = BERTH_SYNTAX, .message = "near A", .times = 1});
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_SYNTAX);
    CU_ASSERT_EQUAL(berth_session_rollback(session, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_exec(session, "A", NULL), BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, NULL), BERTH_OK);
    berth_engine_close(engine, NULL);
}

static void test_number_of_values_is_checked_before_the_driver(void) {
    static const struct {
        const char *sql;
        int count;
        const char *message;
    } cases[] = {
        {"A ?", 0, "A ?: the statement takes 1 value, 0 given"},
        {"A ? ?", 1, "A ? ?: the statement takes 2 values, 1 given"},
        {"A", 1, "A: the statement takes 0 values, 1 given"},
        {"A :x :y :x", 1, "A :x :y :x: the statement takes 2 values, 1 given"},
    };
    fake_reset();
    berth_engine *engine = fake_engine("fake://", BERTH_SETTINGS(.statement_cache_size = BERTH_OFF));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_clear_log();
        berth_session *session = berth_session_open(engine, NULL);
        const berth_params *params = cases[i].count == 1 ? berth_params(1) : NULL;
        CU_ASSERT_EQUAL(berth_exec(session, cases[i].sql, params), BERTH_MISUSE);
        CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_MISUSE);
        ASSERT_TEXT(error.message, cases[i].message);
        CU_ASSERT_PTR_NULL(strstr(fake_log(), "execute"));
    }
    berth_engine_close(engine, NULL);
}

static void test_bad_value_is_named(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", BERTH_SETTINGS(.statement_cache_size = BERTH_OFF));
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A ? ?", berth_params(1, berth_decimal("1.x"))), BERTH_DATA);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_DATA);
    ASSERT_TEXT(error.message, "A ? ?: value 2 of 2: the decimal of 3 bytes is not a number such as -12.50");
    ASSERT_TEXT(fake_log(), "connect begin rollback");
    berth_engine_close(engine, NULL);
}

static void test_names_used_twice_take_one_value(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://", BERTH_SETTINGS(.statement_cache_size = BERTH_OFF));
    berth_session *session = berth_session_open(engine, NULL);
    CU_ASSERT_EQUAL(berth_exec(session, "A :x :y :x", berth_params(1, 2)), BERTH_OK);
    berth_value many[20];
    for (int i = 0; i < 20; i++)
        many[i] = berth_int64(i);
    CU_ASSERT_EQUAL(berth_exec(session, "A :a :b :c :d :e :f :g :h :i :j :k :l :m :n :o :p :q :r :s :t :a",
                               &(berth_params){many, 20}),
                    BERTH_OK);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    ASSERT_CONTAINS(fake_log(), "execute(A ? ? ?)");
    berth_engine_close(engine, NULL);
}

static void test_error_shows_the_statement_without_its_literals(void) {
    static const berth_dialect standard = {.quote_open = 0};
    static const berth_dialect backticks = {.quote_open = '`'};
    static const struct {
        const berth_dialect *dialect;
        const char *sql;
        const char *shown;
    } cases[] = {
        {&standard, "  SELECT 1", "SELECT ...: no"},
        {&standard, "ALTER USER x PASSWORD 'secret'", "ALTER USER x PASSWORD ...: no"},
        {&standard, "SELECT \"name\" FROM t", "SELECT \"name\" FROM t: no"},
        {&standard, "UPDATE t1 SET a_2 = ? WHERE b", "UPDATE t1 SET a_2 = ? WHERE b: no"},
        {&standard, "UPDATE t SET pin=4711", "UPDATE t SET pin=...: no"},
        {&standard, "SELECT $$secret$$", "SELECT ...: no"},
        {&backticks, "ALTER USER x PASSWORD \"secret\"", "ALTER USER x PASSWORD ...: no"},
        {&standard,
         "SELECT a23456789 b23456789 c23456789 d23456789 e23456789 f23456789 g23456789 h23456789 i23456789 "
         "j23456789 k23456789 l23456789",
         "SELECT a23456789 b23456789 c23456789 d23456789 e23456789 f23456789 g23456789 h23456789 i23456789 j23456789 "
         "k23456789 l23...: no"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        berth_error shown = {.status = BERTH_DATA, .message = "no"};
        statement_name_error(cases[i].dialect, cases[i].sql, &shown);
        ASSERT_TEXT(shown.message, cases[i].shown);
    }
}

SUITE("statement", TEST(test_statement_is_prepared_once_per_connection),
      TEST(test_cache_is_bounded_and_keeps_what_is_used), TEST(test_cache_can_be_off),
      TEST(test_statement_that_can_not_be_prepared_is_not_kept),
      TEST(test_number_of_values_is_checked_before_the_driver), TEST(test_bad_value_is_named),
      TEST(test_names_used_twice_take_one_value), TEST(test_error_shows_the_statement_without_its_literals))
