/* The suite itself: its tables are complete, and an outcome is what happened. */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/conformance/capabilities.h"
#include "tests/conformance/known.h"
#include "tests/conformance/outcome.h"
#include "tests/conformance/target.h"
#include "tests/support/suite.h"

#define LAST_NUMBER 153

/* ---- The tables. ---- */

static void test_every_capability_is_exercised(void) {
    for (const capability *each = capabilities; each->name != NULL; each++) {
        bool found = false;
        for (const check_group *group = check_groups; group->title != NULL; group++)
            for (const check *check = group->checks; check->name != NULL; check++)
                found = found || (check->capability & each->bit) != 0;
        ASSERT_TEXT(found ? "" : each->name, "");
    }
}

static void test_every_check_is_whole(void) {
    for (const check_group *group = check_groups; group->title != NULL; group++)
        for (const check *check = group->checks; check->name != NULL; check++) {
            bool whole = check->run != NULL && (check->capability == 0) == (check->undeclared == NULL);
            if (check != group->checks)
                whole = whole && (check->number == check[-1].number || check->number == check[-1].number + 1);
            ASSERT_TEXT(whole ? "" : check->name, "");
            for (const struct check *other = group->checks; other != check; other++)
                ASSERT_TEXT(strcmp(other->name, check->name) != 0 ? "" : check->name, "");
        }
}

static bool has_number(int number) {
    for (const check_group *group = check_groups; group->title != NULL; group++)
        for (const check *check = group->checks; check->name != NULL; check++)
            if (check->number == number)
                return true;
    return false;
}

static void test_no_number_is_left_out(void) {
    for (int number = 1; number <= LAST_NUMBER; number++)
        CU_ASSERT(has_number(number));
    CU_ASSERT_FALSE(has_number(LAST_NUMBER + 1));
}

/* ---- Outcomes. ---- */

static outcome run_check(void (*run)(void)) {
    static const check_group group = {'T', "Test", NULL};
    static const check check = {.number = 1, .name = "test"};
    outcome outcome;
    outcome_of(&group, &check, run, 2000, &outcome);
    return outcome;
}

static void expect_outcome(void (*run)(void), state expected, const char *details) {
    outcome outcome = run_check(run);
    ASSERT_TEXT(state_name(outcome.state), state_name(expected));
    ASSERT_CONTAINS(outcome.details, details);
    free(outcome.details);
    free(outcome.notes);
}

static void holds(void) {
    CHECK_INT(query_int64_alone("SELECT 7"), 7);
}

static void does_not_hold(void) {
    CHECK_INT(query_int64_alone("SELECT 7"), 8);
}

static void is_something_else(void) {
    not_applicable("it is %s", "something else");
}

static void lacks_something(void) {
    needs("a %s", "miracle");
}

static void crashes(void) {
    raise(SIGKILL);
}

static void ends_its_process(void) {
    exit(0);
}

static void waits_for_ever(void) {
    for (;;)
        pause();
}

static void leaves_a_session(void) {
    berth_exec(session_open(NULL), "SELECT 1", NULL);
}

static void fails_and_leaves_a_session(void) {
    berth_exec(session_open(NULL), "SELECT 1", NULL);
    REQUIRE(1 + 1 == 3);
}

static void test_outcomes(void) {
    expect_outcome(holds, STATE_PASS, "");
    expect_outcome(does_not_hold, STATE_FAIL, "query_int64_alone(\"SELECT 7\") is 7, not 8\n");
    expect_outcome(is_something_else, STATE_NOT_APPLICABLE, "it is something else\n");
    expect_outcome(lacks_something, STATE_ERROR, "needs a miracle\n");
    expect_outcome(crashes, STATE_ERROR, "it was ended by signal 9 (Killed)\n");
    expect_outcome(ends_its_process, STATE_ERROR, "its process ended with status 0 in the middle\n");
    expect_outcome(waits_for_ever, STATE_ERROR, "it did not end within 2 s\n");
    expect_outcome(leaves_a_session, STATE_FAIL, "the engine does not close cleanly: ");
    expect_outcome(fails_and_leaves_a_session, STATE_FAIL, "not so: 1 + 1 == 3\n");
}

/* ---- What checks are made of. ---- */

static void check_urls(void) {
    const char *url = "x://u:p@[::1]:5/d/e?a=b&c=d";
    CHECK_TEXT(url_with(url, URL_USER, "v"), "x://v:p@[::1]:5/d/e?a=b&c=d");
    CHECK_TEXT(url_with(url, URL_PASSWORD, NULL), "x://u@[::1]:5/d/e?a=b&c=d");
    CHECK_TEXT(url_with(url, URL_HOST, "h"), "x://u:p@h:5/d/e?a=b&c=d");
    CHECK_TEXT(url_with(url, URL_PORT, NULL), "x://u:p@[::1]/d/e?a=b&c=d");
    CHECK_TEXT(url_with(url, URL_DATABASE, "f"), "x://u:p@[::1]:5/f?a=b&c=d");
    CHECK_TEXT(url_with("x://h", URL_DATABASE, "d"), "x://h/d");
    CHECK_TEXT(url_with("x:///d", URL_HOST, "h"), "x://h/d");
    CHECK_TEXT(url_with_query(url, "a", "z"), "x://u:p@[::1]:5/d/e?a=z&c=d");
    CHECK_TEXT(url_with_query("x://h", "a", "z"), "x://h?a=z");
    CHECK_TEXT(url_part_of(url, URL_HOST), "[::1]");
    CHECK_TEXT(url_part_of("x:///d", URL_USER), "");
}

static void check_errors(void) {
    static const expected_error right = {.status = BERTH_SYNTAX, .codes = {[PRODUCT_SQLITE] = {"", {5, 1}}}};
    berth_session *session = session_open(NULL);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    berth_exec(session, "SELECT FROM WHERE", NULL);
    CHECK(EXPECT_SESSION_ERROR(session, &right));
    CHECK(EXPECT_USABLE(session));
    session_end_ok(session);
}

static void expect_wrong_error(const expected_error *wrong) {
    berth_session *session = session_open(NULL);
    berth_exec(session, "SELECT FROM WHERE", NULL);
    EXPECT_SESSION_ERROR(session, wrong);
    berth_session_close(session);
}

static void expects_another_status(void) {
    expect_wrong_error(&(expected_error){.status = BERTH_UNDEFINED});
}

static void expects_another_flag(void) {
    expect_wrong_error(&(expected_error){.status = BERTH_SYNTAX, .flags = BERTH_FLAG_RETRYABLE});
}

static void expects_another_code(void) {
    expect_wrong_error(&(expected_error){.status = BERTH_SYNTAX, .codes = {[PRODUCT_SQLITE] = {"", {2}}}});
}

static void expects_another_sqlstate(void) {
    expect_wrong_error(&(expected_error){.status = BERTH_SYNTAX, .codes = {[PRODUCT_SQLITE] = {"42601|42000", {1}}}});
}

static void test_helpers(void) {
    expect_outcome(check_urls, STATE_PASS, "");
    expect_outcome(check_errors, STATE_PASS, "");
    expect_outcome(expects_another_status, STATE_FAIL, "the error is SYNTAX, not UNDEFINED");
    expect_outcome(expects_another_flag, STATE_FAIL, "the flags of SYNTAX are 0, not 1");
    expect_outcome(expects_another_code, STATE_FAIL, "the native code is 1, not 2");
    expect_outcome(expects_another_sqlstate, STATE_FAIL, "the SQLSTATE is \"\", not \"42601|42000\"");
}

static void test_known_failures_are_read(void) {
    char path[] = "/tmp/berth_known_XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = "# what fails\n\n  commit_visible  because of the moon # and more\n";
    CU_ASSERT(write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    CU_ASSERT_TRUE(known_read(path));
    ASSERT_CONTAINS(known_failure("commit_visible"), "because of the moon");
    CU_ASSERT_PTR_NULL(known_failure("commit"));
    unlink(path);
}

int main(int argument_count, char **arguments) {
    static const CU_TestInfo tests[] = {TEST(test_every_capability_is_exercised),
                                        TEST(test_every_check_is_whole),
                                        TEST(test_no_number_is_left_out),
                                        TEST(test_outcomes),
                                        TEST(test_helpers),
                                        TEST(test_known_failures_are_read),
                                        CU_TEST_INFO_NULL};
    berth_error error;
    if (target_set("sqlite://", NULL, &error) != BERTH_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    return suite_run("conformance", tests, argument_count, arguments);
}
