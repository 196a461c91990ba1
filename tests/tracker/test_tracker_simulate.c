#include "tests/tracker/support.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

static const char *const files[] = {"leaderboard.json", "trades.json", "conversations.json",
                                    "since-inception-values.json", "account-totals.json"};

#define FILE_COUNT (sizeof files / sizeof *files)

static void simulate(support *support, const char *folder, const char *seed) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", support->folder, folder);
    CU_ASSERT_EQUAL(support_run_with(support, NULL, "simulate", path, "--seed", seed, NULL), 0);
    ASSERT_TEXT(support->err, "");
}

static char *read_in(support *support, const char *folder, const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s/%s", support->folder, folder, name);
    return support_read(path);
}

static json_t *load_in(support *support, const char *folder, const char *name, const char *key) {
    char *text = read_in(support, folder, name);
    json_t *document = text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    CU_ASSERT_TRUE(json_is_true(json_object_get(document, "simulated")));
    json_t *list = json_incref(json_object_get(document, key));
    json_decref(document);
    CU_ASSERT_PTR_NOT_NULL_FATAL(list);
    return list;
}

static double number(const json_t *record, const char *name) {
    return json_number_value(json_object_get(record, name));
}

static const char *text(const json_t *record, const char *name) {
    return json_string_value(json_object_get(record, name));
}

static void test_the_same_seed_gives_the_same_bytes(void) {
    support support = support_begin();
    simulate(&support, "a", "1");
    simulate(&support, "b", "1");
    simulate(&support, "c", "2");
    for (size_t i = 0; i < FILE_COUNT; i++) {
        char *first = read_in(&support, "a", files[i]);
        char *second = read_in(&support, "b", files[i]);
        char *other = read_in(&support, "c", files[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(first);
        CU_ASSERT_STRING_EQUAL(first, second);
        CU_ASSERT_STRING_NOT_EQUAL(first, other);
        free(first);
        free(second);
        free(other);
    }
    support_end(&support);
}

/* The bytes are the same on every machine: this is what they were when the generator was written. */
static void test_the_first_season_is_the_known_one(void) {
    support support = support_begin();
    simulate(&support, "a", "1");
    char *found = read_in(&support, "a", "leaderboard.json");
    ASSERT_CONTAINS(found, "{\"id\":\"charlie\",\"equity\":15108.300662,\"return_pct\":51.08,\"num_trades\":18,");
    ASSERT_CONTAINS(support.out, "6 invented models, 250 trades, 168 chats.\nNothing in it is real.\n");
    free(found);
    support_end(&support);
}

static void test_equity_is_start_and_profits(void) {
    support support = support_begin();
    simulate(&support, "a", "3");
    json_t *totals = load_in(&support, "a", "account-totals.json", "accountTotals");
    size_t index;
    json_t *record;
    double worst = 0;
    json_array_foreach(totals, index, record) {
        double sum = 10000 + number(record, "realized_pnl") + number(record, "total_unrealized_pnl");
        worst = fmax(worst, fabs(sum - number(record, "dollar_equity")));
    }
    CU_ASSERT_EQUAL(json_array_size(totals), 337 * 7);
    CU_ASSERT_TRUE(worst < 1e-6);
    json_decref(totals);
    support_end(&support);
}

static void test_the_leaderboard_is_the_last_of_the_totals(void) {
    support support = support_begin();
    simulate(&support, "a", "4");
    json_t *totals = load_in(&support, "a", "account-totals.json", "accountTotals");
    json_t *leaderboard = load_in(&support, "a", "leaderboard.json", "leaderboard");
    size_t last = json_array_size(totals) - 7;
    for (size_t i = 0; i < 6; i++) {
        json_t *row = json_array_get(leaderboard, i);
        json_t *total = json_array_get(totals, last + i);
        ASSERT_TEXT(text(row, "id"), text(total, "model_id"));
        CU_ASSERT_EQUAL(number(row, "equity"), number(total, "dollar_equity"));
    }
    CU_ASSERT_EQUAL(json_array_size(leaderboard), 6);
    json_decref(totals);
    json_decref(leaderboard);
    support_end(&support);
}

/* What realises profit beyond the closed trades is the fee paid for what is still open. */
static void test_trades_make_the_realised_profit(void) {
    support support = support_begin();
    simulate(&support, "a", "5");
    json_t *trades = load_in(&support, "a", "trades.json", "trades");
    json_t *totals = load_in(&support, "a", "account-totals.json", "accountTotals");
    json_t *last = json_array_get(totals, json_array_size(totals) - 7);
    size_t index;
    const char *symbol;
    json_t *record;
    double sum = 0;
    json_array_foreach(trades, index, record) {
        if (strcmp(text(record, "model_id"), text(last, "model_id")) == 0)
            sum += number(record, "realized_net_pnl");
    }
    json_object_foreach(json_object_get(last, "positions"), symbol, record) {
        sum -= number(record, "commission");
    }
    CU_ASSERT_TRUE(fabs(sum - number(last, "realized_pnl")) < 1e-6);
    json_decref(trades);
    json_decref(totals);
    support_end(&support);
}

/* The traps of the real answers are there, so that the demo and the tests meet them. */
static void test_the_shapes_are_those_of_the_api(void) {
    support support = support_begin();
    simulate(&support, "a", "1");
    json_t *trades = load_in(&support, "a", "trades.json", "trades");
    json_t *chats = load_in(&support, "a", "conversations.json", "conversations");
    size_t index, integers = 0, reals = 0, negatives = 0, large = 0, texts = 0, objects = 0, backwards = 0;
    json_t *record;
    json_array_foreach(trades, index, record) {
        integers += json_is_integer(json_object_get(record, "quantity"));
        reals += json_is_real(json_object_get(record, "quantity"));
        negatives += number(record, "quantity") < 0;
        large += json_integer_value(json_object_get(record, "exit_tid")) > INT64_C(1) << 32;
        backwards += number(record, "exit_time") <= number(record, "entry_time");
    }
    json_array_foreach(chats, index, record) {
        texts += json_is_string(json_object_get(record, "cot_trace"));
        objects += json_is_object(json_object_get(record, "cot_trace"));
    }
    CU_ASSERT_TRUE(integers > 0 && reals > 0 && negatives > 0 && large > 0 && texts > 0 && objects > 0);
    CU_ASSERT_EQUAL(backwards, 0);
    json_decref(trades);
    json_decref(chats);
    support_end(&support);
}

static void test_a_folder_that_cant_be_made(void) {
    support support = support_begin();
    char expected[512];
    char path[256];
    snprintf(path, sizeof path, "%s/no/where", support.folder);
    snprintf(expected, sizeof expected, "tracker: %s: can't be made: No such file or directory\n", path);
    CU_ASSERT_EQUAL(support_run_with(&support, NULL, "simulate", path, NULL), 1);
    ASSERT_TEXT(support.err, expected);
    support_write(&support, "file", "x");
    snprintf(path, sizeof path, "%s", support.path);
    snprintf(expected, sizeof expected, "tracker: %s/trades.json: can't be written: Not a directory\n", path);
    CU_ASSERT_EQUAL(support_run_with(&support, NULL, "simulate", path, NULL), 1);
    ASSERT_TEXT(support.err, expected);
    support_end(&support);
}

SUITE("tracker simulate", TEST(test_the_same_seed_gives_the_same_bytes), TEST(test_the_first_season_is_the_known_one),
      TEST(test_equity_is_start_and_profits), TEST(test_the_leaderboard_is_the_last_of_the_totals),
      TEST(test_trades_make_the_realised_profit), TEST(test_the_shapes_are_those_of_the_api),
      TEST(test_a_folder_that_cant_be_made))
