#include "tests/support/settings_support.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <unistd.h>

/* `message` has "FILE" where the path stands. */
static void assert_file_refused(const char *bytes, size_t length, const char *message) {
    settings_file file = settings_write_bytes(bytes, length);
    char expected[512];
    const char *place = strstr(message, "FILE");
    CU_ASSERT_PTR_NOT_NULL_FATAL(place);
    snprintf(expected, sizeof expected, "%.*s%s%s", (int)(place - message), message, file.path, place + 4);
    settings_assert_refused("sqlite://", BERTH_SETTINGS(.file = file.path), expected);
    settings_remove_file(&file);
}

#define REFUSED_LINES(text, message) assert_file_refused(text, sizeof(text) - 1, message)

static void test_settings_file_of_the_environment(void) {
    settings_clear_environment();
    settings_file file =
        settings_write_file("[berth]\npool_size = 11\n[other]\npool_size = 12\nurl = sqlite:///of_file ; a comment\n");
    setenv("BERTH_SETTINGS_FILE", file.path, 1);
    settings *settings = settings_of("sqlite://", NULL);
    CU_ASSERT_EQUAL(settings->pool_size, 11);
    settings_free(settings);
    setenv("BERTH_SETTINGS_SECTION", "other", 1);
    settings = settings_of(NULL, NULL);
    CU_ASSERT_EQUAL(settings->pool_size, 12);
    ASSERT_TEXT(settings->url->database, "of_file");
    settings_free(settings);
    settings = settings_of("sqlite://", BERTH_SETTINGS(.section = "berth"));
    CU_ASSERT_EQUAL(settings->pool_size, 11);
    settings_free(settings);
    settings_remove_file(&file);
    settings_clear_environment();
}

static void test_file_with_an_empty_section_is_fine(void) {
    settings_clear_environment();
    settings_file file = settings_write_file("# nothing yet\n[berth]\n; pool_size = 11\n");
    settings *settings = settings_of("sqlite://", BERTH_SETTINGS(.file = file.path));
    CU_ASSERT_EQUAL(settings->pool_size, 5);
    settings_free(settings);
    settings_remove_file(&file);
}

static void test_long_lines_of_a_file_are_whole(void) {
    settings_clear_environment();
    for (size_t length = 150; length < 1000; length += length < 450 ? 1 : 97) {
        char path[1024];
        for (size_t i = 0; i < length; i++)
            path[i] = (char)(i % 7 == 3 ? ';' : 'a' + i % 26);
        path[length] = '\0';
        char text[4096];
        snprintf(text, sizeof text, "[berth]\nurl = sqlite:///%s  ; %s\r\n# %s\npool_size = 11\n", path, path, path);
        settings_file file = settings_write_file(text);
        settings *settings = settings_of(NULL, BERTH_SETTINGS(.file = file.path));
        ASSERT_TEXT(settings->url->database, path);
        CU_ASSERT_EQUAL(settings->pool_size, 11);
        settings_free(settings);
        settings_remove_file(&file);
    }
}

static void test_bad_files_are_refused(void) {
    settings_clear_environment();
    REFUSED_LINES("[berth]\n\npool_size\n", "line 3 of the file FILE is neither \"name = value\" nor \"[section]\"");
    REFUSED_LINES("[berth\n", "line 1 of the file FILE is neither \"name = value\" nor \"[section]\"");
    REFUSED_LINES("[brth]\npool_size = 1\n", "the settings file FILE has no section [berth]");
    REFUSED_LINES("", "the settings file FILE has no section [berth]");
    REFUSED_LINES("[berth]\npool_size = many\n",
                  "\"pool_size\" in line 2 of the file FILE is \"many\", but must be a whole number from 1 to 10000");
    REFUSED_LINES("[berth]\npool_size = 1\n[other]\n[berth]\npool_size = 2\n",
                  "\"pool_size\" in line 5 of the file FILE sets pool_size a second time");
    REFUSED_LINES("[berth]\nmode = ro\nmode = rw\n", "\"mode\" in line 3 of the file FILE sets mode a second time");
    REFUSED_LINES("[berth]\nurl = a\nurl = b\n", "\"url\" in line 3 of the file FILE sets url a second time");
    REFUSED_LINES("[berth]\npool_size = 1\n  max_overflow = 2\n",
                  "line 3 of the file FILE begins with a blank; a value stands in one line");
    REFUSED_LINES("[berth]\npool_size = 1\0\n", "line 2 of the file FILE has a NUL in it");
    REFUSED_LINES("[berth]\napplication_name = \xFF\n", "\"application_name\" in line 2 of the file FILE is \"\\xFF\", "
                                                        "but must be UTF-8 text of 0 to 63 bytes");
    static char endless[100000];
    memset(endless, 'a', sizeof endless);
    assert_file_refused(endless, sizeof endless, "line 1 of the file FILE is too long");
}

static void test_bad_line_behind_a_long_one_is_named(void) {
    settings_clear_environment();
    char text[1024];
    snprintf(text, sizeof text, "[berth]\nurl = sqlite:///%0700d\nwrong\n", 7);
    assert_file_refused(text, strlen(text), "line 3 of the file FILE is neither \"name = value\" nor \"[section]\"");
}

static void test_file_that_can_not_be_read_is_refused(void) {
    settings_clear_environment();
    char folder[] = "/tmp/berth-settings-XXXXXX";
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    char expected[256];
    snprintf(expected, sizeof expected, "the settings file %s can't be read: Is a directory", folder);
    settings_assert_refused("sqlite://", BERTH_SETTINGS(.file = folder), expected);
    rmdir(folder);
    snprintf(expected, sizeof expected, "the settings file %s can't be opened: No such file or directory", folder);
    settings_assert_refused("sqlite://", BERTH_SETTINGS(.file = folder), expected);
    settings_assert_refused(
        "sqlite://", BERTH_SETTINGS(.file = folder, .section = "a_section_with_a_name_that_is_longer_than_it_may_be"),
        "the section's name \"a_section_with_a_name_that_is_longer_than_it...\" has more than 49 bytes");
}

SUITE("settings file", TEST(test_settings_file_of_the_environment), TEST(test_file_with_an_empty_section_is_fine),
      TEST(test_long_lines_of_a_file_are_whole), TEST(test_bad_files_are_refused),
      TEST(test_bad_line_behind_a_long_one_is_named), TEST(test_file_that_can_not_be_read_is_refused))
