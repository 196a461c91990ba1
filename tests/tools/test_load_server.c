/* berth load on a server: test_load_server URL. */
#include <stdio.h>

#include "tests/tools/support.h"

static const char *server_url;

static void test_a_file_is_loaded(void) {
    support support = support_begin(server_url);
    support_execute(&support, "DROP TABLE IF EXISTS tool_trades");
    support_execute(&support, "CREATE TABLE tool_trades (id INTEGER PRIMARY KEY, symbol VARCHAR(40), quantity DOUBLE "
                              "PRECISION, price DECIMAL(10, 2), day DATE, moment TIMESTAMP NULL, good BOOLEAN)");
    CU_ASSERT_EQUAL(support_load(&support, "tool_trades",
                                 "id,symbol,quantity,price,day,moment,good\r\n"
                                 "1,\"Grüße, \"\"x\"\"\",0.5,-12.50,2025-10-28,2025-10-28 07:04:56,true\r\n"
                                 "2,\"\",,,,,\r\n"),
                    0);
    ASSERT_TEXT(support.err, "");
    ASSERT_TEXT(support.out, "2 rows loaded into tool_trades\n");
    ASSERT_TEXT(support_rows(&support, "SELECT id, symbol, quantity, price, day FROM tool_trades ORDER BY id"),
                "1|Grüße, \"x\"|0.5|-12.50|2025-10-28\n2||NULL|NULL|NULL\n");
    ASSERT_TEXT(
        support_rows(&support, "SELECT COUNT(*) FROM tool_trades WHERE good AND moment = '2025-10-28 07:04:56'"),
        "1\n");
    support_execute(&support, "DROP TABLE tool_trades");
    support_end(&support);
}

static void test_a_key_that_is_there_leaves_nothing(void) {
    support support = support_begin(server_url);
    support_execute(&support, "DROP TABLE IF EXISTS tool_keys");
    support_execute(&support, "CREATE TABLE tool_keys (id INTEGER PRIMARY KEY)");
    CU_ASSERT_EQUAL(support_load(&support, "tool_keys", "id\n1\n2\n1\n"), 1);
    ASSERT_CONTAINS(support.err, "berth: rows.csv: line 4: loading into table \"tool_keys\": row 3: ");
    ASSERT_TEXT(support_rows(&support, "SELECT * FROM tool_keys"), "");
    support_execute(&support, "DROP TABLE tool_keys");
    support_end(&support);
}

int main(int argument_count, char **arguments) {
    static const CU_TestInfo tests[] = {TEST(test_a_file_is_loaded), TEST(test_a_key_that_is_there_leaves_nothing),
                                        CU_TEST_INFO_NULL};
    if (argument_count != 2)
        return EXIT_FAILURE;
    server_url = arguments[1];
    return suite_run("berth load on a server", tests, 1, arguments);
}
