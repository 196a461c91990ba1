#include "core/sql.h"
#include "tests/support/suite.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const berth_dialect postgresql = {
    .placeholder = BERTH_PLACEHOLDER_DOLLAR,
    .lexical = BERTH_LEX_ESCAPE_STRINGS | BERTH_LEX_DOLLAR_QUOTES | BERTH_LEX_NESTED_COMMENTS,
    .max_params = 65535,
};
static const berth_dialect mysql = {
    .placeholder = BERTH_PLACEHOLDER_QUESTION,
    .lexical = BERTH_LEX_BACKSLASH_ESCAPES | BERTH_LEX_HASH_COMMENTS | BERTH_LEX_BACKTICKS | BERTH_LEX_DASH_NEEDS_SPACE,
    .max_params = 65535,
};
static const berth_dialect sqlite = {
    .placeholder = BERTH_PLACEHOLDER_NUMBERED,
    .lexical = BERTH_LEX_BACKTICKS | BERTH_LEX_BRACKETS,
    .max_params = 32766,
};

typedef struct rewrite_case {
    const char *sql;
    const char *rewritten;
    uint32_t placeholders;
} rewrite_case;

static void assert_rewritten(const berth_dialect *dialect, const rewrite_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sql_text text;
        berth_error error;
        CU_ASSERT_EQUAL(sql_rewrite(dialect, cases[i].sql, strlen(cases[i].sql), &text, &error), BERTH_OK);
        ASSERT_TEXT(error.message, "");
        ASSERT_TEXT(text.text, cases[i].rewritten);
        CU_ASSERT_EQUAL(text.placeholder_count, cases[i].placeholders);
        if (text.text != NULL)
            CU_ASSERT_EQUAL(text.length, strlen(text.text));
        sql_text_free(&text);
    }
}

static void assert_refused(const berth_dialect *dialect, const char *sql, berth_status status, const char *message) {
    sql_text text;
    berth_error error;
    memset(&text, 0x55, sizeof text);
    CU_ASSERT_EQUAL(sql_rewrite(dialect, sql, strlen(sql), &text, &error), status);
    ASSERT_TEXT(error.message, message);
    CU_ASSERT_PTR_NULL(text.text);
    CU_ASSERT_PTR_NULL(text.order);
}

/* What is common to all dialects; the placeholder at the end shows that the scanner has not lost its way. */
static void test_literals_names_and_comments_are_left_alone(void) {
    static const rewrite_case cases[] = {
        {"'?' ?", "'?' $1", 1},
        {"'it''s ?' ?", "'it''s ?' $1", 1},
        {"'' ? ''", "'' $1 ''", 1},
        {"'\n:a' ?", "'\n:a' $1", 1},
        {"\"a?\"\"?\" ?", "\"a?\"\"?\" $1", 1},
        {"-- it's ?\n?", "-- it's ?\n$1", 1},
        {"? -- ?", "$1 -- ?", 1},
        {"/* ' ? */ ?", "/* ' ? */ $1", 1},
        {"/**/?/***/", "/**/$1/***/", 1},
        {"a - ? / ? * ?", "a - $1 / $2 * $3", 3},
        {"x::int, ?::text", "x::int, $1::text", 1},
        {"x := ?", "x := $1", 1},
        {"12:30 : x ?", "12:30 : x $1", 1},
        {"'na\xC3\xAFve ?' ?", "'na\xC3\xAFve ?' $1", 1},
        {"SELECT 1;", "SELECT 1;", 0},
        {"x:::a", "x::$1", 1},
    };
    assert_rewritten(&postgresql, cases, COUNT(cases));
}

static void test_postgresql_rules(void) {
    static const rewrite_case cases[] = {
        {"'a\\' ?", "'a\\' $1", 1},
        {"E'it\\'s ?' ?", "E'it\\'s ?' $1", 1},
        {"e'\\\\' ?", "e'\\\\' $1", 1},
        {"E'a'\n 'it\\'s ?' ?", "E'a'\n 'it\\'s ?' $1", 1},
        {"E'a' -- 'c\n 'it\\'s ?' ?", "E'a' -- 'c\n 'it\\'s ?' $1", 1},
        {"E'a' '\\' ?", "E'a' '\\' $1", 1},
        {"E'a'\n, '\\' ?", "E'a'\n, '\\' $1", 1},
        {"name'\\' ?", "name'\\' $1", 1},
        {"1E'\\' ?", "1E'\\' $1", 1},
        {"$$ ? ' $$ ?", "$$ ? ' $$ $1", 1},
        {"$a$ ? $$ $b$ $a$ ?", "$a$ ? $$ $b$ $a$ $1", 1},
        {"$a$ $aa$a$ ?", "$a$ $aa$a$ $1", 1},
        {"$_1$?$_1$?", "$_1$?$_1$ $1", 1},
        {"a$b$ ?", "a$b$ $1", 1},
        {"3$b$ ? $b$ ?", "3$b$ ? $b$ $1", 1},
        {"j ??3", "j ? 3", 0},
        {"$ ?", "$ $1", 1},
        {"$a ?", "$a $1", 1},
        {"/* /* ? */ ? */ ?", "/* /* ? */ ? */ $1", 1},
        {"a[1:2] ?", "a[1:2] $1", 1},
        {"a[?:2]", "a[$1:2]", 1},
        {"`?`", "`$1`", 1},
        {"5--1 ?\n?", "5--1 ?\n$1", 1},
        {"? # ?", "$1 # $2", 2},
        {"j ?? 'a' AND j ??| ? AND j ??& ? AND j @?? '$.a'", "j ? 'a' AND j ?| $1 AND j ?& $2 AND j @? '$.a'", 2},
        {"?????", "?? $1", 1},
        {"a$1 ?", "a$1 $1", 1},
    };
    assert_rewritten(&postgresql, cases, COUNT(cases));
}

static void test_mysql_rules(void) {
    static const rewrite_case cases[] = {
        {"'it\\'s ?' ?", "'it\\'s ?' ?", 1},
        {"\"it\\\"s ?\" ?", "\"it\\\"s ?\" ?", 1},
        {"`a\\` ?", "`a\\` ?", 1},
        {"`a``?` ?", "`a``?` ?", 1},
        {"# it's ?\n?", "# it's ?\n?", 1},
        {"5--? -- ?\n?", "5--? -- ?\n?", 2},
        {"? --", "? --", 1},
        {"? --\t?", "? --\t?", 1},
        {"/* /* ? */ ?", "/* /* ? */ ?", 1},
        {"@x := :a", "@x := ?", 1},
        {"[?]", "[?]", 1},
        {"E'\\'' ?", "E'\\'' ?", 1},
        {"SELECT $1, ?", "SELECT $1, ?", 1},
        {":a:b", "? ?", 2},
    };
    assert_rewritten(&mysql, cases, COUNT(cases));
}

static void test_sqlite_rules(void) {
    static const rewrite_case cases[] = {
        {"[a?] ?", "[a?] ?1", 1},     {"`?` ?", "`?` ?1", 1},          {"'\\' ?", "'\\' ?1", 1},
        {"?, ?, ?", "?1, ?2, ?3", 3}, {":a, :b, :a", "?1, ?2, ?1", 2},
    };
    assert_rewritten(&sqlite, cases, COUNT(cases));
}

static void test_placeholders_stay_apart_from_words(void) {
    static const rewrite_case cases[] = {
        {"a=? AND?", "a=$1 AND $2", 2},
        {"?AS x", "$1 AS x", 1},
        {"?$a$?$a$", "$1 $a$?$a$", 1},
        {"(?,?)", "($1,$2)", 2},
        {"'a'?'b'", "'a'$1'b'", 1},
        {"LIMIT:n", "LIMIT $1", 1},
        {":na\xC3\xAFve", "$1 \xC3\xAFve", 1},
    };
    assert_rewritten(&postgresql, cases, COUNT(cases));
}

static void test_names_are_values_in_order_of_appearance(void) {
    static const char sql[] = "SELECT :from, :to_2, :from, :To_2, :_x, :from";
    static const uint32_t order[] = {0, 1, 0, 2, 3, 0};
    sql_text text;
    CU_ASSERT_EQUAL(sql_rewrite(&mysql, sql, strlen(sql), &text, NULL), BERTH_OK);
    ASSERT_TEXT(text.text, "SELECT ?, ?, ?, ?, ?, ?");
    CU_ASSERT_EQUAL(text.value_count, 4);
    CU_ASSERT_EQUAL_FATAL(text.placeholder_count, 6);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text.order);
    CU_ASSERT_EQUAL(memcmp(text.order, order, sizeof order), 0);
    sql_text_free(&text);
    CU_ASSERT_EQUAL(sql_rewrite(&postgresql, sql, strlen(sql), &text, NULL), BERTH_OK);
    ASSERT_TEXT(text.text, "SELECT $1, $2, $1, $3, $4, $1");
    CU_ASSERT_EQUAL(text.value_count, 4);
    CU_ASSERT_EQUAL(text.placeholder_count, 4);
    CU_ASSERT_PTR_NULL(text.order);
    sql_text_free(&text);
    CU_ASSERT_EQUAL(sql_rewrite(&mysql, "SELECT :a, :b", 13, &text, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(text.value_count, 2);
    CU_ASSERT_PTR_NULL(text.order);
    sql_text_free(&text);
    sql_text_free(&text);
}

static void test_what_is_no_placeholder_is_refused(void) {
    assert_refused(&postgresql, "SELECT $1", BERTH_MISUSE,
                   "the $1 at byte 8 (line 1) is not a placeholder here: write ? or :name");
    assert_refused(&postgresql, "LIMIT 3$1", BERTH_MISUSE,
                   "the $1 at byte 8 (line 1) is not a placeholder here: write ? or :name");
    assert_refused(&sqlite, "SELECT\n ?12", BERTH_MISUSE,
                   "the ?12 at byte 9 (line 2) is not a placeholder here: write ? or :name");
    assert_refused(&mysql, "SELECT a ?? b", BERTH_MISUSE,
                   "the ?? at byte 10 (line 1) is a question mark that is no placeholder, which the database can't "
                   "tell from one");
    assert_refused(&sqlite, "??", BERTH_MISUSE,
                   "the ?? at byte 1 (line 1) is a question mark that is no placeholder, which the database can't "
                   "tell from one");
}

static void test_both_kinds_in_one_statement_are_refused(void) {
    assert_refused(&postgresql, "SELECT ?, :id", BERTH_MISUSE,
                   "the :id at byte 11 (line 1) comes after a ?: a statement has either ? or :name");
    assert_refused(&mysql, "SELECT :id,\n?", BERTH_MISUSE,
                   "the ? at byte 13 (line 2) comes after a :name: a statement has either ? or :name");
}

static void test_what_has_no_end_is_refused(void) {
    assert_refused(&postgresql, "SELECT\n 'it''s", BERTH_SYNTAX, "the quote that begins at byte 9 (line 2) has no end");
    assert_refused(&postgresql, "SELECT \"a", BERTH_SYNTAX, "the quote that begins at byte 8 (line 1) has no end");
    assert_refused(&postgresql, "SELECT E'\\'", BERTH_SYNTAX, "the quote that begins at byte 9 (line 1) has no end");
    assert_refused(&postgresql, "SELECT E'a'\n'b\\'", BERTH_SYNTAX,
                   "the quote that begins at byte 9 (line 1) has no end");
    assert_refused(&mysql, "SELECT 'a\\", BERTH_SYNTAX, "the quote that begins at byte 8 (line 1) has no end");
    assert_refused(&mysql, "`a", BERTH_SYNTAX, "the quote that begins at byte 1 (line 1) has no end");
    assert_refused(&sqlite, "SELECT [a", BERTH_SYNTAX, "the quote that begins at byte 8 (line 1) has no end");
    assert_refused(&postgresql, "SELECT $a$ $b$ $", BERTH_SYNTAX,
                   "the dollar quote that begins at byte 8 (line 1) has no end");
    assert_refused(&postgresql, "SELECT /* /* */", BERTH_SYNTAX,
                   "the comment that begins at byte 8 (line 1) has no end");
    assert_refused(&sqlite, "/*/", BERTH_SYNTAX, "the comment that begins at byte 1 (line 1) has no end");
}

static void test_empty_statement_is_refused(void) {
    static const char *const empty[] = {"", " \n\t", "-- only a comment", "/* so is this */ ;", ";;"};
    for (size_t i = 0; i < COUNT(empty); i++)
        assert_refused(&postgresql, empty[i], BERTH_SYNTAX, "the statement is empty");
}

static void test_nul_is_refused(void) {
    sql_text text;
    berth_error error;
    CU_ASSERT_EQUAL(sql_rewrite(&sqlite, "SELECT\0 1", 9, &text, &error), BERTH_SYNTAX);
    ASSERT_TEXT(error.message, "the statement has a NUL at byte 7");
    CU_ASSERT_EQUAL(sql_rewrite(&sqlite, NULL, 0, &text, &error), BERTH_SYNTAX);
    ASSERT_TEXT(error.message, "the statement is empty");
}

static void test_length_ends_the_statement(void) {
    sql_text text;
    CU_ASSERT_EQUAL(sql_rewrite(&mysql, "SELECT ?, 'a", 8, &text, NULL), BERTH_OK);
    ASSERT_TEXT(text.text, "SELECT ?");
    sql_text_free(&text);
}

static void test_more_placeholders_than_the_database_takes(void) {
    static const char message[] = "the statement has more than 2 placeholders, the most that the database takes";
    berth_dialect dialect = mysql;
    dialect.max_params = 2;
    assert_rewritten(&dialect, (const rewrite_case[]){{"?, ?", "?, ?", 2}}, 1);
    assert_refused(&dialect, "?, ?, ?", BERTH_TOO_LARGE, message);
    assert_refused(&dialect, ":a, :a, :a", BERTH_TOO_LARGE, message);
    dialect = postgresql;
    dialect.max_params = 2;
    assert_rewritten(&dialect, (const rewrite_case[]){{":a, :a, :a", "$1, $1, $1", 1}}, 1);
    assert_refused(&dialect, ":a, :b, :c", BERTH_TOO_LARGE, message);
}

static void test_transaction_control_is_noticed(void) {
    static const char *const control[] = {
        "BEGIN",
        "begin immediate",
        "COMMIT;",
        "End Transaction",
        "ROLLBACK TO a",
        "abort",
        "SAVEPOINT a",
        "release a",
        "START TRANSACTION",
        "START/**/TRANSACTION",
        "SET -- all\n transaction read only",
        "PREPARE TRANSACTION 'a'",
        " /* now */ -- so\n ((COMMIT",
        "; COMMIT",
    };
    static const char *const other[] = {
        "SELECT 1",
        "SELECT commit",
        "CASE WHEN a THEN b END",
        "BEGINNING",
        "\"BEGIN\"",
        "SET a = 1",
        "SET a transaction",
        "START SLAVE",
        "START, TRANSACTION",
        "PREPARE a AS SELECT 1",
        "START",
        "'a' COMMIT",
        "? BEGIN",
    };
    for (size_t i = 0; i < COUNT(control) + COUNT(other); i++) {
        bool expected = i < COUNT(control);
        const char *sql = expected ? control[i] : other[i - COUNT(control)];
        sql_text text;
        CU_ASSERT_EQUAL(sql_rewrite(&postgresql, sql, strlen(sql), &text, NULL), BERTH_OK);
        if (text.transaction_control != expected)
            fprintf(stderr, "\n%s\n", sql);
        CU_ASSERT_EQUAL(text.transaction_control, expected);
        sql_text_free(&text);
    }
}

/* Large enough that a scan which looks back again and again would not end within the suite's time. */
static void test_megabytes_are_scanned(void) {
    static const struct {
        const char *piece;
        berth_status status;
    } cases[] = {
        {"''' ", BERTH_OK},      {"$a$,", BERTH_OK},     {"$a,", BERTH_OK},      {":a,", BERTH_OK},
        {"E'a'\n", BERTH_OK},    {"E'a'--\n", BERTH_OK}, {"/**/", BERTH_SYNTAX}, {"-- a\n", BERTH_SYNTAX},
        {"/*", BERTH_SYNTAX},    {"((((", BERTH_OK},     {"a$", BERTH_OK},       {"\"", BERTH_OK},
        {"?,", BERTH_TOO_LARGE},
    };
    const size_t pieces = 1 << 18;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t piece = strlen(cases[i].piece);
        char *sql = malloc(pieces * piece);
        CU_ASSERT_PTR_NOT_NULL_FATAL(sql);
        for (size_t at = 0; at < pieces; at++)
            memcpy(sql + at * piece, cases[i].piece, piece);
        sql_text text;
        berth_error error;
        CU_ASSERT_EQUAL(sql_rewrite(&postgresql, sql, pieces * piece, &text, &error), cases[i].status);
        CU_ASSERT_EQUAL((berth_status)error.status, cases[i].status);
        sql_text_free(&text);
        free(sql);
    }
}

static void test_many_names_are_found_again(void) {
    enum { NAMES = 60000 };
    char *sql = malloc((size_t)NAMES * 2 * 10);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sql);
    size_t length = 0;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < NAMES; i++)
            length += (size_t)sprintf(sql + length, ":n%d,", i);
    berth_dialect dialect = mysql;
    dialect.max_params = 0;
    sql_text text;
    CU_ASSERT_EQUAL_FATAL(sql_rewrite(&dialect, sql, length, &text, NULL), BERTH_OK);
    CU_ASSERT_EQUAL(text.value_count, NAMES);
    CU_ASSERT_EQUAL_FATAL(text.placeholder_count, 2 * NAMES);
    for (uint32_t i = 0; i < 2 * NAMES; i++)
        if (text.order[i] != i % NAMES)
            CU_FAIL_FATAL("a name got another one's value");
    sql_text_free(&text);
    free(sql);
}

SUITE("sql", TEST(test_literals_names_and_comments_are_left_alone), TEST(test_postgresql_rules), TEST(test_mysql_rules),
      TEST(test_sqlite_rules), TEST(test_placeholders_stay_apart_from_words),
      TEST(test_names_are_values_in_order_of_appearance), TEST(test_what_is_no_placeholder_is_refused),
      TEST(test_both_kinds_in_one_statement_are_refused), TEST(test_what_has_no_end_is_refused),
      TEST(test_empty_statement_is_refused), TEST(test_nul_is_refused), TEST(test_length_ends_the_statement),
      TEST(test_more_placeholders_than_the_database_takes), TEST(test_transaction_control_is_noticed),
      TEST(test_megabytes_are_scanned), TEST(test_many_names_are_found_again))
