#include "tests/support/suite.h"

#include <CUnit/Basic.h>
#include <stdio.h>

static int is_wanted(const char *name, int count, char **wanted) {
    for (int i = 0; i < count; i++)
        if (strcmp(name, wanted[i]) == 0)
            return 1;
    return count == 0;
}

int suite_run(const char *name, const CU_TestInfo *tests, int argument_count, char **arguments) {
    unsigned added = 0;
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    for (const CU_TestInfo *test = tests; suite != NULL && test->pName != NULL; test++)
        if (is_wanted(test->pName, argument_count - 1, arguments + 1))
            added += CU_add_test(suite, test->pName, test->pTestFunc) != NULL;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int passed = added > 0 && CU_get_number_of_tests_run() == added && CU_get_number_of_failures() == 0;
    CU_cleanup_registry();
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

void suite_assert_text(const char *found, const char *expected, const char *file, unsigned line) {
    int same = found != NULL && strcmp(found, expected) == 0;
    if (!same)
        fprintf(stderr, "\n%s:%u: found    \"%s\"\n%*s expected \"%s\"\n", file, line, found ? found : "(null)", 8, "",
                expected);
    CU_assertImplementation(same, line, "texts are equal", file, "", CU_FALSE);
}

void suite_assert_contains(const char *found, const char *part, const char *file, unsigned line) {
    int there = found != NULL && strstr(found, part) != NULL;
    if (!there)
        fprintf(stderr, "\n%s:%u: found \"%s\"\n%*s without \"%s\"\n", file, line, found ? found : "(null)", 8, "",
                part);
    CU_assertImplementation(there, line, "text contains the part", file, "", CU_FALSE);
}
