#include "core/loader.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static berth_driver table;
static berth_error error;

/* The error of a search in these folders. */
static const char *refusal(const char *folders, const char *scheme, const char *name) {
    setenv("BERTH_DRIVER_PATH", folders, 1);
    CU_ASSERT_EQUAL(loader_open(scheme, name, &table, &error), BERTH_DRIVER);
    CU_ASSERT_EQUAL(error.status, BERTH_DRIVER);
    return error.message;
}

/* What is expected of a file in the folder of modules. */
static void assert_refused(const char *scheme, const char *why) {
    char expected[BERTH_MESSAGE_BYTES];
    snprintf(expected, sizeof expected,
             "no driver for the scheme %s: %s/berth_driver_%s.so: %s; there is no berth_driver_%s.so in %s", scheme,
             MODULES, scheme, why, scheme, BERTH_DRIVER_DIR);
    ASSERT_TEXT(refusal(MODULES, scheme, NULL), expected);
}

static void test_fitting_file_is_loaded(void) {
    setenv("BERTH_DRIVER_PATH", MODULES, 1);
    CU_ASSERT_EQUAL_FATAL(loader_open("good", NULL, &table, &error), BERTH_OK);
    ASSERT_TEXT(table.name, "good");
    CU_ASSERT_PTR_NOT_NULL(table.connect);
    CU_ASSERT_PTR_NOT_NULL(table.is_alive);
}

static void test_link_serves_another_scheme(void) {
    setenv("BERTH_DRIVER_PATH", MODULES, 1);
    CU_ASSERT_EQUAL_FATAL(loader_open("alias", NULL, &table, &error), BERTH_OK);
    ASSERT_TEXT(table.name, "good");
}

static void test_name_picks_the_file(void) {
    setenv("BERTH_DRIVER_PATH", MODULES, 1);
    CU_ASSERT_EQUAL_FATAL(loader_open("good", "other", &table, &error), BERTH_OK);
    ASSERT_TEXT(table.name, "other");
}

static void test_unknown_scheme_names_the_folders(void) {
    char expected[BERTH_MESSAGE_BYTES];
    snprintf(expected, sizeof expected,
             "no driver for the scheme nobody: there is no berth_driver_nobody.so in /nowhere, %s, %s", MODULES,
             BERTH_DRIVER_DIR);
    ASSERT_TEXT(refusal("/nowhere:" MODULES, "nobody", NULL), expected);
}

static void test_unknown_name_names_the_folders(void) {
    char expected[BERTH_MESSAGE_BYTES];
    snprintf(expected, sizeof expected,
             "no driver nobody for the scheme good: there is no berth_driver_nobody.so in %s", BERTH_DRIVER_DIR);
    ASSERT_TEXT(refusal("", "good", "nobody"), expected);
}

static void test_without_a_path_the_built_in_folder_is_searched(void) {
    unsetenv("BERTH_DRIVER_PATH");
    CU_ASSERT_EQUAL(loader_open("nobody", NULL, &table, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message,
                "no driver for the scheme nobody: there is no berth_driver_nobody.so in " BERTH_DRIVER_DIR);
}

static void test_wrong_files_are_refused_by_reason(void) {
    assert_refused("future", "it is built for driver ABI 2; this library speaks 1");
    assert_refused("noentry", "it has no function berth_driver_v1, so it is no driver");
    assert_refused("nulltable", "the entry point returned no table");
    assert_refused("noexecute", "the driver noexecute has no execute slot");
    assert_refused("other", "the driver other serves good, elsewhere, not other");
    assert_refused("unresolved", "undefined symbol: function_that_nobody_has");
}

static void test_driver_of_another_name_is_refused(void) {
    ASSERT_CONTAINS(refusal(MODULES, "good", "alias"),
                    "no driver alias for the scheme good: " MODULES
                    "/berth_driver_alias.so: it is the driver good, not alias; there is no ");
}

/* A folder of its own with one file. */
static void make_file(char *folder, char *path, size_t size, const char *name, const char *text) {
    strcpy(folder, "/tmp/berth_loader_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, size, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

static void test_text_file_is_refused_and_the_search_goes_on(void) {
    char folder[64], path[128], folders[512], expected[BERTH_MESSAGE_BYTES];
    make_file(folder, path, sizeof path, "berth_driver_future.so",
              "this is text, and longer than an ELF header is\n"
              "this is text, and longer than an ELF header is\n");
    snprintf(folders, sizeof folders, "%s:%s", folder, MODULES);
    snprintf(expected, sizeof expected,
             "no driver for the scheme future: %s: invalid ELF header; %s/berth_driver_future.so: it is built for "
             "driver ABI 2; this library speaks 1; there is no berth_driver_future.so in %s",
             path, MODULES, BERTH_DRIVER_DIR);
    ASSERT_TEXT(refusal(folders, "future", NULL), expected);
    unlink(path);
    rmdir(folder);
}

static void test_later_folder_is_used_when_an_earlier_file_is_refused(void) {
    char folder[64], path[128], folders[512];
    make_file(folder, path, sizeof path, "berth_driver_good.so", "");
    snprintf(folders, sizeof folders, "%s:%s", folder, MODULES);
    setenv("BERTH_DRIVER_PATH", folders, 1);
    CU_ASSERT_EQUAL(loader_open("good", NULL, &table, &error), BERTH_OK);
    snprintf(folders, sizeof folders, "%s: file too short; there is no", path);
    ASSERT_CONTAINS(refusal(folder, "good", NULL), folders);
    unlink(path);
    rmdir(folder);
}

static void test_folder_in_place_of_a_file_is_refused(void) {
    char folder[] = "/tmp/berth_loader_XXXXXX", path[128], expected[256];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/berth_driver_good.so", folder);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    snprintf(expected, sizeof expected, "%s: cannot read file data: Is a directory; there is no", path);
    ASSERT_CONTAINS(refusal(folder, "good", NULL), expected);
    rmdir(path);
    rmdir(folder);
}

static void test_relative_folder_is_refused(void) {
    static const char expected[] =
        "BERTH_DRIVER_PATH has the folder \"drivers\"; a folder must be absolute, beginning with /";
    ASSERT_TEXT(refusal("drivers", "good", NULL), expected);
    ASSERT_TEXT(refusal(MODULES ":drivers", "good", NULL), expected);
}

static void test_empty_folders_are_skipped(void) {
    setenv("BERTH_DRIVER_PATH", "::" MODULES "::", 1);
    CU_ASSERT_EQUAL(loader_open("good", NULL, &table, &error), BERTH_OK);
}

static void test_long_list_is_cut(void) {
    char folders[4096];
    size_t length = 0;
    while (length + 64 < sizeof folders)
        length += (size_t)snprintf(folders + length, sizeof folders - length, "/nowhere/at/all/%zu:", length);
    snprintf(folders + length, sizeof folders - length, "%s", MODULES);
    const char *message = refusal(folders, "noexecute", NULL);
    ASSERT_CONTAINS(message, "no driver for the scheme noexecute: " MODULES
                             "/berth_driver_noexecute.so: the driver noexecute has no execute slot; there is no "
                             "berth_driver_noexecute.so in /nowhere/at/all/0, /nowhere");
    CU_ASSERT_EQUAL(strlen(message), BERTH_MESSAGE_BYTES - 1);
    ASSERT_TEXT(message + BERTH_MESSAGE_BYTES - 4, "...");
}

SUITE("loader", TEST(test_fitting_file_is_loaded), TEST(test_link_serves_another_scheme),
      TEST(test_name_picks_the_file), TEST(test_unknown_scheme_names_the_folders),
      TEST(test_unknown_name_names_the_folders), TEST(test_without_a_path_the_built_in_folder_is_searched),
      TEST(test_wrong_files_are_refused_by_reason), TEST(test_driver_of_another_name_is_refused),
      TEST(test_text_file_is_refused_and_the_search_goes_on),
      TEST(test_later_folder_is_used_when_an_earlier_file_is_refused), TEST(test_folder_in_place_of_a_file_is_refused),
      TEST(test_relative_folder_is_refused), TEST(test_empty_folders_are_skipped), TEST(test_long_list_is_cut))
