/* The real answers of nof1.ai's API, season 1, as of 2025-10-28; they are no part of the repository. */
#include "tests/tracker/support.h"

#include <berth.h>
#include <jansson.h>
#include <stdio.h>

static void test_counts(void) {
    support support = support_begin();
    support_load_nof1(&support);
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM leaderboard_snapshots WHERE source = 'leaderboard'"),
                "6");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM trades"), "253");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM model_chats"), "100");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM season_entries"), "7");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM llm_models WHERE benchmark"), "1");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM model_chats WHERE cot_trace_kind = 'text'"), "61");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM model_chats WHERE cot_trace_kind = 'json'"), "39");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM trades WHERE quantity < 0"), "96");
    support_end(&support);
}

static void test_values_are_exact(void) {
    support support = support_begin();
    support_load_nof1(&support);
    ASSERT_TEXT(support_value(&support, "SELECT MAX(entry_tid) FROM trades"), "1122014183665846");
#define TRADE "FROM trades WHERE id = 'gpt-5_519e843b-581a-4fd4-bd40-64618e06155a'"
    ASSERT_TEXT(support_value(&support, "SELECT exit_tid " TRADE), "372512461843509");
    ASSERT_TEXT(support_value(&support, "SELECT exit_time " TRADE), "2025-10-27 22:49:41.192000+00:00");
    ASSERT_TEXT(support_value(&support, "SELECT total_commission " TRADE), "2.0335900000000002");
    ASSERT_TEXT(support_value(&support, "SELECT exit_price " TRADE), "1138.5");
#undef TRADE
    ASSERT_TEXT(support_value(&support, "SELECT inception_at FROM season_entries WHERE model_id = 'gpt-5'"),
                "2025-10-17 22:00:09.834185+00:00");
    ASSERT_TEXT(support_value(&support, "SELECT inception_id FROM season_entries WHERE model_id = 'gpt-5'"),
                "117506d4-d377-47b2-a90b-b86853f796d7");
    ASSERT_TEXT(support_value(&support, "SELECT taken_at FROM leaderboard_snapshots WHERE id = 'gpt-5_0'"),
                "2025-10-17 22:59:18.847073+00:00");
    ASSERT_TEXT(support_value(&support, "SELECT MAX(LENGTH(user_prompt)) FROM model_chats"), "11705");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM model_chats "
                                        "WHERE user_prompt LIKE '%OLDEST \xE2\x86\x92 NEWEST%'"),
                "100");
    support_end(&support);
}

static json_t *load_trades(void) {
    char path[512];
    snprintf(path, sizeof path, "%s/trades.json", support_nof1());
    json_t *document = json_load_file(path, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    return document;
}

/* The answer has each time as text too, without a fraction where there is none. */
static bool is_time(berth_result *rows, int column, const json_t *record, const char *name) {
    const char *human = json_string_value(json_object_get(record, name));
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%s%s+00:00", human, strchr(human, '.') != NULL ? "" : ".000000");
    return strcmp(berth_get_text(rows, column), wanted) == 0;
}

static bool is_same_trade(berth_session *session, const json_t *record) {
    berth_result *rows = berth_query(session,
                                     "SELECT entry_tid, exit_tid, quantity, realized_net_pnl, entry_time, exit_time "
                                     "FROM trades WHERE id = ?",
                                     berth_params(json_string_value(json_object_get(record, "id"))));
    bool same = berth_next(rows) &&
                berth_get_int64(rows, 0) == json_integer_value(json_object_get(record, "entry_tid")) &&
                berth_get_int64(rows, 1) == json_integer_value(json_object_get(record, "exit_tid")) &&
                berth_get_double(rows, 2) == json_number_value(json_object_get(record, "quantity")) &&
                berth_get_double(rows, 3) == json_number_value(json_object_get(record, "realized_net_pnl")) &&
                is_time(rows, 4, record, "entry_human_time") && is_time(rows, 5, record, "exit_human_time");
    berth_result_close(rows);
    return same;
}

static void test_every_trade_is_as_in_the_answer(void) {
    support support = support_begin();
    berth_engine *engine;
    berth_error error;
    size_t index, same = 0;
    json_t *record;
    support_load_nof1(&support);
    json_t *document = load_trades();
    CU_ASSERT_EQUAL_FATAL(berth_engine_open(support.url, NULL, &engine, &error), BERTH_OK);
    berth_session *session = berth_session_open(engine, NULL);
    json_array_foreach(json_object_get(document, "trades"), index, record) {
        same += is_same_trade(session, record);
    }
    CU_ASSERT_EQUAL(same, 253);
    CU_ASSERT_EQUAL(berth_session_end(session, &error), BERTH_OK);
    berth_engine_close(engine, NULL);
    json_decref(document);
    support_end(&support);
}

static void test_loading_twice_changes_nothing(void) {
    support support = support_begin();
    support_load_nof1(&support);
    char *before = support_dump(&support);
    support_load_nof1(&support);
    char *after = support_dump(&support);
    CU_ASSERT_TRUE(strlen(before) > 1000000);
    CU_ASSERT_STRING_EQUAL(before, after);
    free(before);
    free(after);
    support_end(&support);
}

static void test_the_leaderboard(void) {
    support support = support_begin();
    support_load_nof1(&support);
    CU_ASSERT_EQUAL(support_run(&support, "leaderboard", NULL), 0);
    ASSERT_TEXT(support.out, "season-1: leaderboard\n"
                             "\n"
                             "#  Model                Equity $  Return %  Trades  Realised $  Won %    Fees $\n"
                             "-  ------------------  ---------  --------  ------  ----------  -----  --------\n"
                             "1  qwen3-max           21,193.78   +111.94      29   +7,091.06   34.5  1,151.48\n"
                             "2  deepseek-chat-v3.1  10,900.67     +9.01      17  +10,049.01   41.2    306.11\n"
                             "3  grok-4               8,913.74    -10.86      20   -2,262.05   20.0    211.48\n"
                             "4  claude-sonnet-4-5    8,552.70    -14.47      21   +1,514.79   38.1    389.95\n"
                             "5  gemini-2.5-pro       3,750.94    -62.49     100   -1,379.79   27.0    445.03\n"
                             "6  gpt-5                3,656.88    -63.43      66   -6,507.69   19.7    362.93\n"
                             "-  buynhold_btc                -         -       0           -      -         -\n");
    CU_ASSERT_EQUAL(support_run(&support, "chart", support_path(&support, "c.png"), NULL), 0);
    support_end(&support);
}

static const CU_TestInfo tests[] = {TEST(test_counts),
                                    TEST(test_values_are_exact),
                                    TEST(test_every_trade_is_as_in_the_answer),
                                    TEST(test_loading_twice_changes_nothing),
                                    TEST(test_the_leaderboard),
                                    CU_TEST_INFO_NULL};

#define EXIT_SKIPPED 77 /* What CTest is told means "not run". */

int main(int argument_count, char **arguments) {
    if (support_nof1() == NULL) {
        puts("SKIPPED: the answers of nof1.ai are not there. Put them into ../shared/nof1 beside the repository, or "
             "name their folder in BERTH_NOF1_DIR.");
        return EXIT_SKIPPED;
    }
    printf("the answers of nof1.ai are in %s\n", support_nof1());
    return suite_run("tracker nof1", tests, argument_count, arguments);
}
