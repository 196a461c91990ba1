#include "core/error.h"
#include "tests/support/suite.h"

#include <stdio.h>

static void test_set_fills_everything(void) {
    berth_error error;
    memset(&error, 0x55, sizeof error);
    CU_ASSERT_EQUAL(error_set(&error, BERTH_UNIQUE, "key %d", 7), BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.struct_size, sizeof error);
    CU_ASSERT_EQUAL(error.status, BERTH_UNIQUE);
    CU_ASSERT_EQUAL(error.flags, 0);
    CU_ASSERT_EQUAL(error.native_code, 0);
    CU_ASSERT_EQUAL(error.index, -1);
    ASSERT_TEXT(error.sqlstate, "");
    ASSERT_TEXT(error.constraint, "");
    ASSERT_TEXT(error.column, "");
    ASSERT_TEXT(error.message, "key 7");
    error_clear(&error);
    CU_ASSERT_EQUAL(error.status, BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

static void test_null_error_is_fine(void) {
    error_clear(NULL);
    CU_ASSERT_EQUAL(error_set(NULL, BERTH_DATA, "x"), BERTH_DATA);
    CU_ASSERT_EQUAL(error_prefix(NULL, "x"), BERTH_INTERNAL);
    CU_ASSERT_FALSE(berth_error_is_retryable(NULL));
}

static void test_prefix_keeps_the_cause(void) {
    berth_error error;
    error_set(&error, BERTH_DRIVER, "no such file");
    error.native_code = 2;
    CU_ASSERT_EQUAL(error_prefix(&error, "loading %s: ", "x.so"), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "loading x.so: no such file");
    CU_ASSERT_EQUAL(error.native_code, 2);
}

static void test_long_message_is_cut_at_a_character(void) {
    char text[3 * BERTH_MESSAGE_BYTES];
    berth_error error;
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xE2\x86\x92", 4);
        error_set(&error, BERTH_DATA, "%s", text);
        size_t length = strlen(error.message);
        CU_ASSERT_TRUE(length < BERTH_MESSAGE_BYTES);
        ASSERT_TEXT(error.message + length - 3, "...");
        CU_ASSERT_EQUAL((length - 3 - shift) % 3, 0);
    }
}

static void test_sqlstate_classes(void) {
    static const struct {
        const char *sqlstate;
        berth_status status;
        uint32_t flags;
    } cases[] = {
        {"23505", BERTH_UNIQUE, 0},
        {"23000", BERTH_INTERNAL, 0},
        {"40001", BERTH_SERIALIZATION, BERTH_FLAG_RETRYABLE},
        {"08006", BERTH_CONNECTION_LOST, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_RETRYABLE},
        {"08007", BERTH_OUTCOME_UNKNOWN, BERTH_FLAG_CONNECTION_LOST | BERTH_FLAG_OUTCOME_UNKNOWN},
        {"42601", BERTH_SYNTAX, 0},
        {"42S02", BERTH_UNDEFINED, 0},
        {"22012", BERTH_DATA, 0},
        {"", BERTH_INTERNAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t flags = 0;
        CU_ASSERT_EQUAL(error_of_sqlstate(cases[i].sqlstate, &flags), cases[i].status);
        CU_ASSERT_EQUAL(flags, cases[i].flags);
    }
}

static void test_every_status_has_a_name(void) {
    ASSERT_TEXT(berth_status_name(BERTH_OK), "OK");
    ASSERT_TEXT(berth_status_name(BERTH_OUTCOME_UNKNOWN), "OUTCOME_UNKNOWN");
    ASSERT_TEXT(berth_status_name(BERTH_INTERNAL), "INTERNAL");
    ASSERT_TEXT(berth_status_name((berth_status)6), "UNKNOWN");
}

SUITE("error", TEST(test_set_fills_everything), TEST(test_null_error_is_fine), TEST(test_prefix_keeps_the_cause),
      TEST(test_long_message_is_cut_at_a_character), TEST(test_sqlstate_classes), TEST(test_every_status_has_a_name))
