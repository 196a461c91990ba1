/* berth load on SQLite: what files may be like, and what is said about those that may not. */
#include <stdio.h>

#include "tests/tools/support.h"

#define TRADES "CREATE TABLE trades (id BIGINT PRIMARY KEY, symbol TEXT, quantity DOUBLE)"
#define ALL "SELECT id, symbol, quantity FROM trades ORDER BY id"

static support begin_with(const char *sql) {
    support support = support_begin(NULL);
    support_execute(&support, sql);
    return support;
}

/* The file is loaded into trades; the table then has these rows. */
static void expect_rows(const char *content, const char *rows) {
    support support = begin_with(TRADES);
    CU_ASSERT_EQUAL(support_load(&support, "trades", content), 0);
    ASSERT_TEXT(support.err, "");
    ASSERT_TEXT(support_rows(&support, ALL), rows);
    support_end(&support);
}

/* Nothing is loaded, and this is said. */
static void expect_failure(const char *content, const char *message) {
    support support = begin_with(TRADES);
    support_execute(&support, "INSERT INTO trades VALUES (1000, 'ETH', 1.5)");
    CU_ASSERT_EQUAL(support_load(&support, "trades", content), 1);
    ASSERT_TEXT(support.out, "");
    ASSERT_TEXT(support.err, message);
    ASSERT_TEXT(support_rows(&support, ALL), "1000|ETH|1.5\n");
    support_end(&support);
}

static void test_rows_are_loaded_and_counted(void) {
    support support = begin_with(TRADES);
    CU_ASSERT_EQUAL(support_load(&support, "trades", "id,symbol,quantity\n1,BTC,0.5\n2,ETH,-3\n"), 0);
    ASSERT_TEXT(support.out, "2 rows loaded into trades\n");
    ASSERT_TEXT(support.err, "");
    ASSERT_TEXT(support_rows(&support, ALL), "1|BTC|0.5\n2|ETH|-3\n");
    support_end(&support);
}

static void test_every_type_is_read(void) {
    support support = begin_with("CREATE TABLE kinds (flag BOOLEAN, whole BIGINT, real DOUBLE, words TEXT, bytes BLOB, "
                                 "exact DECIMAL_TEXT, day DATE, hour TIME, moment TIMESTAMP, instant TIMESTAMPTZ, "
                                 "name UUID, json JSON_TEXT, loose)");
    const char *content = "flag,whole,real,words,bytes,exact,day,hour,moment,instant,name,json,loose\r\n"
                          "true,-9223372036854775808,1e300,Grüße,00fFa1,-12.50,2025-10-28,07:04:56.25,"
                          "2025-10-28T07:04:56,2025-10-28T09:04:56+02:00,123e4567-e89b-42d3-a456-426614174000,"
                          "\"{\"\"a\"\": 1}\",any\r\n";
    CU_ASSERT_EQUAL(support_load(&support, "kinds", content), 0);
    ASSERT_TEXT(support.err, "");
    ASSERT_TEXT(support_rows(&support, "SELECT * FROM kinds"),
                "true|-9223372036854775808|1e+300|Grüße|00ffa1|-12.50|2025-10-28|07:04:56.250000|"
                "2025-10-28 07:04:56.000000|2025-10-28 07:04:56.000000+00:00|123e4567-e89b-42d3-a456-426614174000|"
                "{\"a\": 1}|any\n");
    support_end(&support);
}

static void test_what_is_empty_is_null_and_in_quotes_a_text(void) {
    expect_rows("id,symbol,quantity\n1,,\n2,\"\",3\n", "1|NULL|NULL\n2||3\n");
}

static void test_quotes_commas_and_lines_stand_in_quotes(void) {
    expect_rows("id,symbol\n1,\"a \"\"b\"\", c\"\n\"2\",\"two\r\nlines\"\n",
                "1|a \"b\", c|NULL\n2|two\r\nlines|NULL\n");
}

static void test_spaces_belong_to_a_field(void) {
    expect_rows("id,symbol\n1, BTC \n", "1| BTC |NULL\n");
}

static void test_the_last_line_needs_no_end(void) {
    expect_rows("id,symbol\r\n1,BTC\r\n2,ETH", "1|BTC|NULL\n2|ETH|NULL\n");
}

static void test_a_byte_order_mark_is_passed_over(void) {
    expect_rows("\xef\xbb\xbfid,symbol\n1,BTC\n", "1|BTC|NULL\n");
}

static void test_columns_come_in_any_order_and_others_get_their_defaults(void) {
    support support = begin_with("CREATE TABLE trades (id BIGINT, symbol TEXT DEFAULT 'BTC', quantity DOUBLE)");
    CU_ASSERT_EQUAL(support_load(&support, "trades", "quantity,id\n0.5,1\n"), 0);
    ASSERT_TEXT(support_rows(&support, ALL), "1|BTC|0.5\n");
    support_end(&support);
}

static void test_an_empty_line_is_a_row_of_one_empty_field(void) {
    support support = begin_with("CREATE TABLE one (name TEXT)");
    CU_ASSERT_EQUAL(support_load(&support, "one", "name\r\na\r\n\r\nb\r\n"), 0);
    ASSERT_TEXT(support_rows(&support, "SELECT name FROM one ORDER BY rowid"), "a\nNULL\nb\n");
    support_end(&support);
}

static void test_a_header_alone_loads_nothing(void) {
    support support = begin_with(TRADES);
    CU_ASSERT_EQUAL(support_load(&support, "trades", "id,symbol\n"), 0);
    ASSERT_TEXT(support.out, "0 rows loaded into trades\n");
    support_end(&support);
}

static void test_names_are_quoted(void) {
    support support = begin_with("CREATE TABLE \"a \"\"b\"\"?\" (\"the \"\"id\"\"\" BIGINT, \"select\" TEXT)");
    CU_ASSERT_EQUAL(support_load(&support, "a \"b\"?", "\"the \"\"id\"\"\",select\n1,x\n"), 0);
    ASSERT_TEXT(support.err, "");
    ASSERT_TEXT(support_rows(&support, "SELECT * FROM \"a \"\"b\"\"?\""), "1|x\n");
    support_end(&support);
}

static void test_the_standard_input_is_read(void) {
    support support = begin_with(TRADES);
    support_write(&support, "id\n7\n", 5);
    CU_ASSERT_EQUAL(support_run(&support, "load \"$url\" trades - <\"$file\""), 0);
    ASSERT_TEXT(support_rows(&support, ALL), "7|NULL|NULL\n");
    support_write(&support, "id\nx\n", 5);
    CU_ASSERT_EQUAL(support_run(&support, "load \"$url\" trades - <\"$file\""), 1);
    ASSERT_CONTAINS(support.err, "berth: standard input: line 2, column 1 (\"id\"): ");
    support_end(&support);
}

static void test_many_rows_and_a_large_field_are_loaded(void) {
    static char content[1200000];
    size_t used = (size_t)snprintf(content, sizeof content, "id,symbol\n");
    for (int i = 1; i <= 5000; i++)
        used += (size_t)snprintf(content + used, sizeof content - used, "%d,\"%d\nBTC\"\n", i, i);
    used += (size_t)snprintf(content + used, sizeof content - used, "5001,");
    memset(content + used, 'x', 1000000);
    support support = begin_with(TRADES);
    support_write(&support, content, used + 1000000);
    CU_ASSERT_EQUAL(support_run(&support, "load \"$url\" trades \"$file\""), 0);
    ASSERT_TEXT(support.out, "5001 rows loaded into trades\n");
    ASSERT_TEXT(support_rows(&support, "SELECT count(*), sum(id), sum(length(symbol)) FROM trades"),
                "5001|12507501|1038893\n");
    support_end(&support);
}

static void test_a_bad_number_is_told_with_its_place(void) {
    expect_failure("id,symbol,quantity\n1,BTC,0.5\n2,ETH,1.5x\n",
                   "berth: rows.csv: line 3, column 3 (\"quantity\"): expected a number such as 0.5, found \"1.5x\"\n");
}

static void test_lines_within_fields_count(void) {
    expect_failure("id,symbol\r\n1,\"a\r\nb\"\r\n\"x\ny\",ETH\r\n",
                   "berth: rows.csv: line 4, column 1 (\"id\"): expected an integer of 64 bits such as -42, found \"x "
                   "y\"\n");
}

static void test_a_quoted_empty_field_is_no_number(void) {
    expect_failure("id\n\"\"\n", "berth: rows.csv: line 2, column 1 (\"id\"): expected an integer of 64 bits such as "
                                 "-42, found \"\"\n");
}

static void test_a_long_field_is_shown_in_part(void) {
    support support = begin_with(TRADES);
    char content[256];
    snprintf(content, sizeof content, "id\nx%s%s%s\n", "äääääääääääääää", "äääääääääääääää", "äääääääääääääää");
    CU_ASSERT_EQUAL(support_load(&support, "trades", content), 1);
    ASSERT_CONTAINS(support.err, "found \"xäääääääääääääääääääääääääääää\"\n");
    support_end(&support);
}

static void test_a_bad_blob_is_shown_as_it_was(void) {
    support support = begin_with("CREATE TABLE blobs (bytes BLOB)");
    CU_ASSERT_EQUAL(support_load(&support, "blobs", "bytes\n00f\n"), 1);
    ASSERT_TEXT(support.err,
                "berth: rows.csv: line 2, column 1 (\"bytes\"): expected bytes in hexadecimal such as 00ff, "
                "found \"00f\"\n");
    CU_ASSERT_EQUAL(support_load(&support, "blobs", "bytes\n616g\n"), 1);
    ASSERT_CONTAINS(support.err, "found \"616g\"\n");
    support_end(&support);
}

static void test_text_that_is_not_utf8_is_refused(void) {
    support support = begin_with(TRADES);
    CU_ASSERT_EQUAL(support_load(&support, "trades", "symbol\nGr\xfc\n"), 1);
    ASSERT_CONTAINS(support.err, "berth: rows.csv: line 2, column 1 (\"symbol\"): expected text in UTF-8, found ");
    support_end(&support);
}

static void test_a_name_that_is_no_column_is_told(void) {
    expect_failure("id,price\n1,2\n",
                   "berth: rows.csv: line 1, column 2: \"price\" is not one of the table's columns; those of table "
                   "\"trades\" are id, symbol, quantity\n");
    expect_failure("id,id\n1,2\n", "berth: rows.csv: line 1, column 2: \"id\" is named twice; those of table "
                                   "\"trades\" are id, symbol, quantity\n");
    expect_failure("\nid\n",
                   "berth: rows.csv: line 1, column 1: \"\" is not one of the table's columns; those of table "
                   "\"trades\" are id, symbol, quantity\n");
}

static void test_many_columns_are_listed_in_part(void) {
    char sql[2048];
    size_t used = (size_t)snprintf(sql, sizeof sql, "CREATE TABLE wide (column_0 TEXT");
    for (int i = 1; i < 90; i++)
        used += (size_t)snprintf(sql + used, sizeof sql - used, ", column_%d TEXT", i);
    snprintf(sql + used, sizeof sql - used, ")");
    support support = begin_with(sql);
    CU_ASSERT_EQUAL(support_load(&support, "wide", "x\n1\n"), 1);
    ASSERT_CONTAINS(support.err, "are column_0, column_1, ");
    ASSERT_CONTAINS(support.err, ", column_26, ...\n");
    support_end(&support);
}

static void test_a_name_that_no_list_can_hold_is_refused(void) {
    support support = begin_with("CREATE TABLE odd (\"a,b\" TEXT, \" c\" TEXT, \"\" TEXT)");
    CU_ASSERT_EQUAL(support_load(&support, "odd", "\"a,b\"\n1\n"), 1);
    ASSERT_TEXT(support.err,
                "berth: rows.csv: line 1, column 1: \"a,b\" is a name that can't be loaded, for it is empty "
                "or has a comma or a space at an end; those of table \"odd\" are a,b,  c, \n");
    CU_ASSERT_EQUAL(support_load(&support, "odd", " c\n1\n"), 1);
    CU_ASSERT_EQUAL(support_load(&support, "odd", "\"\"\n1\n"), 1);
    support_end(&support);
}

static void test_a_carriage_return_alone_is_told(void) {
    static const char wrong[] = "a carriage return without a line feed; lines end with both or with a line feed alone, "
                                "and a field with one in it is put in quotes\n";
    char message[256];
    snprintf(message, sizeof message, "berth: rows.csv: line 2: %s", wrong);
    expect_failure("id,symbol\n1,B\rTC\n2,ETH\n", message);
    expect_failure("id,symbol\r\n1,BTC\r\r\n2,ETH\r\n", message);
}

static void test_an_unknown_table_is_told(void) {
    support support = begin_with(TRADES);
    CU_ASSERT_EQUAL(support_load(&support, "nosuch", "id\n1\n"), 1);
    ASSERT_CONTAINS(support.err, "berth: rows.csv: ");
    ASSERT_CONTAINS(support.err, "no such table: nosuch");
    support_end(&support);
}

static void test_a_ragged_line_is_told(void) {
    expect_failure("id,symbol,quantity\n1,BTC,0.5\n2,ETH\n",
                   "berth: rows.csv: line 3: expected 3 fields as in the header, found 2\n");
    expect_failure("id,symbol\n1,BTC,0.5\n", "berth: rows.csv: line 2: expected 2 fields as in the header, found 3\n");
    expect_failure("id,symbol\n1,BTC\n\n", "berth: rows.csv: line 3: expected 2 fields as in the header, found 1\n");
}

static void test_an_empty_file_is_told(void) {
    expect_failure("", "berth: rows.csv: the file is empty; its first line has the names of the columns, with commas "
                       "between\n");
}

static void test_quotes_in_the_wrong_place_are_told(void) {
    expect_failure("id,symbol\n1,a \"b\"\n",
                   "berth: rows.csv: line 2, column 2: a quote stands where none can; a field with quotes in it is put "
                   "in quotes, and each of its own is doubled\n");
    expect_failure("id,symbol\n1,\"a\" b\n",
                   "berth: rows.csv: line 2, column 2: a quote stands where none can; a field with quotes in it is put "
                   "in quotes, and each of its own is doubled\n");
    expect_failure("id,symbol\n1,BTC\n2,\"a\n3,b\n",
                   "berth: rows.csv: line 3, column 2: its quote is never closed; a field with quotes in it is put in "
                   "quotes, and each of its own is doubled\n");
}

static void test_what_the_database_refuses_is_told_with_its_line(void) {
    support support = begin_with("CREATE TABLE few (id BIGINT CHECK (id < 3))");
    CU_ASSERT_EQUAL(support_load(&support, "few", "id\n1\n2\n3\n"), 1);
    ASSERT_CONTAINS(support.err, "berth: rows.csv: line 4: loading into table \"few\": row 3: ");
    ASSERT_TEXT(support_rows(&support, "SELECT * FROM few"), "");
    support_end(&support);
}

static void test_a_file_that_is_not_there_or_can_not_be_read_is_told(void) {
    support support = begin_with(TRADES);
    CU_ASSERT_EQUAL(support_run(&support, "load \"$url\" trades \"$file\""), 1);
    ASSERT_TEXT(support.err, "berth: rows.csv: can't be opened: No such file or directory\n");
    CU_ASSERT_EQUAL(support_run(&support, "load \"$url\" trades /tmp"), 1);
    ASSERT_TEXT(support.err, "berth: /tmp: can't be read: Is a directory\n");
    support_end(&support);
}

static void test_wrong_usage_ends_with_2(void) {
    support support = support_begin(NULL);
    CU_ASSERT_EQUAL(support_run(&support, ""), 2);
    ASSERT_CONTAINS(support.err, "Usage: berth COMMAND");
    CU_ASSERT_EQUAL(support_run(&support, "unload"), 2);
    ASSERT_TEXT(support.err, "berth: there is no command \"unload\"; see berth --help\n");
    CU_ASSERT_EQUAL(support_run(&support, "load sqlite:// trades"), 2);
    ASSERT_TEXT(support.err, "berth: load: expected 3 operands, found 2: berth load URL TABLE FILE.csv\n");
    CU_ASSERT_EQUAL(support_run(&support, "--help"), 0);
    ASSERT_CONTAINS(support.out, "berth load URL TABLE FILE.csv");
    CU_ASSERT_EQUAL(support_run(&support, "--version"), 0);
    ASSERT_TEXT(support.out, "berth " BERTH_VERSION "\n");
    support_end(&support);
}

static void test_a_bad_url_is_told(void) {
    support support = support_begin(NULL);
    support_write(&support, "id\n", 3);
    CU_ASSERT_EQUAL(support_run(&support, "load nosuch:// trades \"$file\""), 1);
    ASSERT_CONTAINS(support.err, "berth: no driver for the scheme nosuch");
    support_end(&support);
}

SUITE("berth load", TEST(test_rows_are_loaded_and_counted), TEST(test_every_type_is_read),
      TEST(test_what_is_empty_is_null_and_in_quotes_a_text), TEST(test_quotes_commas_and_lines_stand_in_quotes),
      TEST(test_spaces_belong_to_a_field), TEST(test_the_last_line_needs_no_end),
      TEST(test_a_byte_order_mark_is_passed_over), TEST(test_columns_come_in_any_order_and_others_get_their_defaults),
      TEST(test_an_empty_line_is_a_row_of_one_empty_field), TEST(test_a_header_alone_loads_nothing),
      TEST(test_names_are_quoted), TEST(test_the_standard_input_is_read),
      TEST(test_many_rows_and_a_large_field_are_loaded), TEST(test_a_bad_number_is_told_with_its_place),
      TEST(test_lines_within_fields_count), TEST(test_a_quoted_empty_field_is_no_number),
      TEST(test_a_long_field_is_shown_in_part), TEST(test_a_bad_blob_is_shown_as_it_was),
      TEST(test_text_that_is_not_utf8_is_refused), TEST(test_a_name_that_is_no_column_is_told),
      TEST(test_many_columns_are_listed_in_part), TEST(test_a_carriage_return_alone_is_told),
      TEST(test_a_name_that_no_list_can_hold_is_refused), TEST(test_an_unknown_table_is_told),
      TEST(test_a_ragged_line_is_told), TEST(test_an_empty_file_is_told), TEST(test_quotes_in_the_wrong_place_are_told),
      TEST(test_what_the_database_refuses_is_told_with_its_line),
      TEST(test_a_file_that_is_not_there_or_can_not_be_read_is_told), TEST(test_wrong_usage_ends_with_2),
      TEST(test_a_bad_url_is_told))
