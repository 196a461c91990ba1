#include "core/registry.h"
#include "tests/support/minimal_driver.h"
#include "tests/support/suite.h"

#include <berth/engine.h>
#include <pthread.h>
#include <stdio.h>

static berth_error error;
static const berth_driver *found;

/* A static driver: one entry point each. */
#define STATIC_DRIVER(name, ...)                                                                                       \
    static const berth_driver *name##_entry(const berth_services *services) {                                          \
        static const char *const schemes[] = {__VA_ARGS__, NULL};                                                      \
        static const berth_dialect dialect = {MINIMAL_DIALECT};                                                        \
        static const berth_driver driver = {MINIMAL_DRIVER(#name, &dialect), .schemes = schemes};                      \
        (void)services;                                                                                                \
        return &driver;                                                                                                \
    }

STATIC_DRIVER(first, "first", "primary")
STATIC_DRIVER(rival, "rival", "primary")
STATIC_DRIVER(goodness, "goodness", "alias")

static const berth_driver *null_entry(const berth_services *services) {
    (void)services;
    return NULL;
}

#define THREADS 16

static pthread_barrier_t start;

static void *find_good(void *got) {
    pthread_barrier_wait(&start);
    registry_find("good", NULL, got, NULL);
    return NULL;
}

/* Runs first, so that nothing is loaded yet. */
static void test_many_threads_load_a_file_once(void) {
    const berth_driver *got[THREADS] = {NULL};
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, find_good, &got[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    CU_ASSERT_PTR_NOT_NULL_FATAL(got[0]);
    for (int i = 1; i < THREADS; i++)
        CU_ASSERT_PTR_EQUAL(got[i], got[0]);
    CU_ASSERT_EQUAL(got[0]->traits(NULL), 1);
}

static void test_loaded_driver_stays_without_its_folder(void) {
    const berth_driver *before;
    CU_ASSERT_EQUAL_FATAL(registry_find("good", NULL, &before, &error), BERTH_OK);
    setenv("BERTH_DRIVER_PATH", "/nowhere", 1);
    CU_ASSERT_EQUAL(registry_find("good", NULL, &found, &error), BERTH_OK);
    CU_ASSERT_PTR_EQUAL(found, before);
    setenv("BERTH_DRIVER_PATH", MODULES, 1);
}

static void test_name_picks_another_driver_of_the_scheme(void) {
    CU_ASSERT_EQUAL(registry_find("good", "other", &found, &error), BERTH_OK);
    ASSERT_TEXT(found->name, "other");
    CU_ASSERT_EQUAL(registry_find("elsewhere", "other", &found, &error), BERTH_OK);
    ASSERT_TEXT(found->name, "other");
    CU_ASSERT_EQUAL(registry_find("good", NULL, &found, &error), BERTH_OK);
    ASSERT_TEXT(found->name, "good");
    CU_ASSERT_EQUAL(registry_find("good", "good", &found, &error), BERTH_OK);
    ASSERT_TEXT(found->name, "good");
}

static void test_loaded_driver_is_refused_for_a_scheme_it_does_not_serve(void) {
    CU_ASSERT_EQUAL(registry_find("elsewhere", "good", &found, &error), BERTH_DRIVER);
    CU_ASSERT_PTR_NULL(found);
    ASSERT_TEXT(error.message, "the driver good serves good, alias, not elsewhere");
}

static void test_text_that_could_be_a_path_is_refused(void) {
    static const char rule[] =
        " can't name a driver; it must be lower-case letters and digits, a letter first, 63 at most";
    static const char *const wrong[] = {"",      "../good", "/tmp/good", "good.so",    "Good",
                                        "1good", "go-od",   "go od",     "go\xC3\xB6", "."};
    char expected[BERTH_MESSAGE_BYTES];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(expected, sizeof expected, "\"%s\"%s", wrong[i], rule);
        CU_ASSERT_EQUAL(registry_find(wrong[i], NULL, &found, &error), BERTH_DRIVER);
        ASSERT_TEXT(error.message, expected);
        CU_ASSERT_PTR_NULL(found);
        CU_ASSERT_EQUAL(registry_find("good", wrong[i], &found, &error), BERTH_DRIVER);
        ASSERT_TEXT(error.message, expected);
    }
}

static void test_no_scheme_is_refused(void) {
    CU_ASSERT_EQUAL(registry_find(NULL, NULL, &found, &error), BERTH_DRIVER);
    ASSERT_CONTAINS(error.message, "\"\" can't name a driver");
    CU_ASSERT_PTR_NULL(found);
}

static void *register_first(void *status) {
    pthread_barrier_wait(&start);
    *(berth_status *)status = berth_register_driver(first_entry, NULL);
    return NULL;
}

static void test_many_threads_may_register_the_same_driver(void) {
    berth_status status[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, register_first, &status[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_EQUAL(status[i], BERTH_OK);
    }
    pthread_barrier_destroy(&start);
}

static void test_scheme_of_64_letters_is_refused(void) {
    char scheme[65] = {0};
    memset(scheme, 'a', sizeof scheme - 1);
    CU_ASSERT_EQUAL(registry_find(scheme, NULL, &found, &error), BERTH_DRIVER);
    ASSERT_CONTAINS(error.message, "aaa\" can't name a driver");
    scheme[63] = '\0';
    CU_ASSERT_EQUAL(registry_find(scheme, NULL, &found, &error), BERTH_DRIVER);
    ASSERT_CONTAINS(error.message, "there is no berth_driver_aaa");
}

static void test_registered_driver_is_found_by_each_scheme_and_name(void) {
    CU_ASSERT_EQUAL(berth_register_driver(first_entry, &error), BERTH_OK);
    CU_ASSERT_EQUAL(error.status, BERTH_OK);
    CU_ASSERT_EQUAL(registry_find("first", NULL, &found, &error), BERTH_OK);
    ASSERT_TEXT(found->name, "first");
    CU_ASSERT_PTR_NOT_NULL(found->is_alive);
    CU_ASSERT_EQUAL(registry_find("primary", "first", &found, &error), BERTH_OK);
    ASSERT_TEXT(found->name, "first");
    CU_ASSERT_EQUAL(registry_find("good", "first", &found, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "the driver first serves first, primary, not good");
}

static void test_same_entry_may_be_registered_again(void) {
    const berth_driver *before;
    registry_find("first", NULL, &before, NULL);
    CU_ASSERT_EQUAL(berth_register_driver(first_entry, &error), BERTH_OK);
    registry_find("first", NULL, &found, NULL);
    CU_ASSERT_PTR_EQUAL(found, before);
}

static void test_second_driver_of_a_scheme_is_refused(void) {
    CU_ASSERT_EQUAL(berth_register_driver(rival_entry, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "the driver rival can't be registered: its scheme primary is that of the driver first, "
                               "which is registered already");
    CU_ASSERT_EQUAL(registry_find("rival", NULL, &found, NULL), BERTH_DRIVER);
    CU_ASSERT_EQUAL(berth_register_driver(goodness_entry, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "the driver goodness can't be registered: its scheme alias is that of the driver good, "
                               "which was loaded from a file");
}

static void test_unfit_driver_is_not_registered(void) {
    CU_ASSERT_EQUAL(berth_register_driver(null_entry, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "the entry point returned no table");
    CU_ASSERT_EQUAL(berth_register_driver(NULL, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_register_driver() was given no entry point");
    CU_ASSERT_EQUAL(berth_register_driver(NULL, NULL), BERTH_MISUSE);
}

/* Runs behind the registrations. */
static void test_unknown_scheme_lists_folders_and_registered_schemes(void) {
    CU_ASSERT_EQUAL(registry_find("nobody", NULL, &found, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "no driver for the scheme nobody: there is no berth_driver_nobody.so in " MODULES
                               ", " BERTH_DRIVER_DIR "; registered schemes: first, primary");
}

static const CU_TestInfo tests[] = {
    TEST(test_many_threads_load_a_file_once),
    TEST(test_loaded_driver_stays_without_its_folder),
    TEST(test_name_picks_another_driver_of_the_scheme),
    TEST(test_loaded_driver_is_refused_for_a_scheme_it_does_not_serve),
    TEST(test_text_that_could_be_a_path_is_refused),
    TEST(test_no_scheme_is_refused),
    TEST(test_scheme_of_64_letters_is_refused),
    TEST(test_many_threads_may_register_the_same_driver),
    TEST(test_registered_driver_is_found_by_each_scheme_and_name),
    TEST(test_same_entry_may_be_registered_again),
    TEST(test_second_driver_of_a_scheme_is_refused),
    TEST(test_unfit_driver_is_not_registered),
    TEST(test_unknown_scheme_lists_folders_and_registered_schemes),
    CU_TEST_INFO_NULL,
};

int main(int argument_count, char **arguments) {
    setenv("BERTH_DRIVER_PATH", MODULES, 1);
    return suite_run("registry", tests, argument_count, arguments);
}
