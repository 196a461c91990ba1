/* A CUnit program in three lines:
 *
 *     static void test_something(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *     SUITE("arithmetic", TEST(test_something))
 */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <stdlib.h>
#include <string.h>

/* Runs the suite; arguments pick single tests by name. Returns the exit status: 0 only when all passed. */
int suite_run(const char *name, const CU_TestInfo *tests, int argument_count, char **arguments);

/* clang-format off */
#define TEST(function) {#function, function}
#define SUITE(name, ...)                                                       \
    int main(int argument_count, char **arguments) {                           \
        static const CU_TestInfo tests[] = {__VA_ARGS__, CU_TEST_INFO_NULL};   \
        return suite_run(name, tests, argument_count, arguments);              \
    }
/* clang-format on */

/* Compares texts and shows both when they differ. */
#define ASSERT_TEXT(found, expected) suite_assert_text((found), (expected), __FILE__, __LINE__)
void suite_assert_text(const char *found, const char *expected, const char *file, unsigned line);

/* Whether the text contains the part; shows both when it doesn't. */
#define ASSERT_CONTAINS(found, part) suite_assert_contains((found), (part), __FILE__, __LINE__)
void suite_assert_contains(const char *found, const char *part, const char *file, unsigned line);

#endif
