/* A season from end to end, on a SQLite file. */
#include "tests/tracker/support.h"

#include <stdio.h>

#include "tracker/commands.h"

#define TRADE(id, price)                                                                                               \
    "{\"id\":\"" id "\",\"model_id\":\"m\",\"symbol\":\"BTC\",\"side\":\"long\",\"quantity\":1,\"entry_time\":1.5,"    \
    "\"exit_time\":2.25,\"entry_price\":1,\"exit_price\":" price ",\"entry_tid\":" id ",\"exit_tid\":1,"               \
    "\"total_commission_dollars\":0.5,\"realized_gross_pnl\":1,\"realized_net_pnl\":0.5}"

/* Loads a text as a file of that name. */
static int ingest(support *support, const char *name, const char *content) {
    char path[256];
    snprintf(path, sizeof path, "%s", support_write(support, name, content));
    return support_run(support, "ingest", path, NULL);
}

static int ingest_all(support *support, const char *folder) {
    char paths[5][512];
    static const char *const names[] = {"leaderboard", "trades", "conversations", "since-inception-values",
                                        "account-totals"};
    for (size_t i = 0; i < 5; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s.json", folder, names[i]);
    return support_run(support, "ingest", paths[0], paths[1], paths[2], paths[3], paths[4], NULL);
}

static support begin_with_tables(void) {
    support support = support_begin();
    CU_ASSERT_EQUAL(support_run(&support, "init", NULL), 0);
    ASSERT_TEXT(support.err, "");
    return support;
}

static support begin_with_season(char season[256]) {
    support support = begin_with_tables();
    snprintf(season, 256, "%s/season", support.folder);
    CU_ASSERT_EQUAL(support_run_with(&support, NULL, "simulate", season, NULL), 0);
    CU_ASSERT_EQUAL(ingest_all(&support, season), 0);
    ASSERT_TEXT(support.err, "");
    return support;
}

static void test_a_simulated_season_from_end_to_end(void) {
    char season[256];
    support support = begin_with_season(season);
    ASSERT_CONTAINS(support.out, "leaderboard.json: 6 leaderboard rows: 6 new, 0 updated, 0 unchanged (simulated)\n");
    ASSERT_CONTAINS(support.out, "trades.json: 250 trades: 250 new, 0 updated, 0 unchanged (simulated)\n");
    ASSERT_CONTAINS(support.out, "conversations.json: 168 chats: 168 new, 0 updated, 0 unchanged (simulated)\n");
    ASSERT_CONTAINS(support.out, "account-totals.json: 2359 account totals: 2359 new, ");
    CU_ASSERT_EQUAL(support_run(&support, "leaderboard", NULL), 0);
    ASSERT_TEXT(support.out, "season-1: leaderboard (simulated: invented models and numbers)\n"
                             "\n"
                             "#  Model          Equity $  Return %  Trades  Realised $  Won %    Fees $\n"
                             "-  ------------  ---------  --------  ------  ----------  -----  --------\n"
                             "1  charlie       15,108.30    +51.08      18   +5,108.30   66.7    646.07\n"
                             "2  alpha         11,494.75    +14.94      16   +1,128.92   56.2    220.11\n"
                             "3  foxtrot        9,931.52     -0.68      44      -68.48   54.5    812.67\n"
                             "4  delta          9,356.68     -6.43       9     -571.74   44.4     47.42\n"
                             "5  bravo          8,654.90    -13.45     141   -1,345.10   42.6  1,491.16\n"
                             "6  echo           8,446.04    -15.53      22   -1,431.48   54.5    273.02\n"
                             "-  buynhold_btc  11,503.69    +15.03       0           -      -         -\n");
    ASSERT_TEXT(support.err, "");
    support_end(&support);
}

static void test_loading_twice_changes_nothing(void) {
    char season[256];
    support support = begin_with_season(season);
    char *before = support_dump(&support);
    CU_ASSERT_EQUAL(ingest_all(&support, season), 0);
    ASSERT_CONTAINS(support.out, "trades.json: 250 trades: 0 new, 0 updated, 250 unchanged (simulated)\n");
    ASSERT_CONTAINS(support.out, "account-totals.json: 2359 account totals: 0 new, 0 updated, 2359 unchanged");
    char *after = support_dump(&support);
    CU_ASSERT_TRUE(strlen(before) > 1000000);
    CU_ASSERT_STRING_EQUAL(before, after);
    free(before);
    free(after);
    support_end(&support);
}

static void test_a_newer_answer_updates(void) {
    support support = begin_with_tables();
    CU_ASSERT_EQUAL(ingest(&support, "a", "{\"trades\":[" TRADE("1", "5") "," TRADE("2", "6") "],\"serverTime\":9}"),
                    0);
    CU_ASSERT_EQUAL(
        ingest(&support, "a",
               "{\"trades\":[" TRADE("1", "5") "," TRADE("2", "7.5") "," TRADE("3", "8") "],"
                                                                                         "\"serverTime\":10}"),
        0);
    ASSERT_CONTAINS(support.out, "3 trades: 1 new, 1 updated, 1 unchanged\n");
    ASSERT_TEXT(support_value(&support, "SELECT exit_price FROM trades WHERE id = '2'"), "7.5");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM trades"), "3");
    ASSERT_TEXT(support_value(&support, "SELECT seen_at FROM seasons"), "1970-01-01 00:00:00.010000+00:00");
    CU_ASSERT_EQUAL(ingest(&support, "a", "{\"trades\":[" TRADE("1", "5") "],\"serverTime\":9}"), 0);
    ASSERT_TEXT(support_value(&support, "SELECT seen_at FROM seasons"), "1970-01-01 00:00:00.010000+00:00");
    support_end(&support);
}

static void test_the_current_leaderboard_is_one_row_and_those_with_a_time_are_many(void) {
    support support = begin_with_tables();
    static const char *const answers[] = {"{\"leaderboard\":[{\"id\":\"m\",\"equity\":1,\"return_pct\":2}]}",
                                          "{\"leaderboard\":[{\"id\":\"m\",\"equity\":3,\"return_pct\":2}]}"};
    CU_ASSERT_EQUAL(ingest(&support, "a", answers[0]), 0);
    CU_ASSERT_EQUAL(ingest(&support, "a", answers[1]), 0);
    ASSERT_CONTAINS(support.out, "1 leaderboard rows: 0 new, 1 updated, 0 unchanged\n");
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(support_run(&support, "ingest", "--at", "2025-10-28T07:04:56.25Z", support.path, NULL), 0);
        CU_ASSERT_EQUAL(support_run(&support, "ingest", "--at=2025-10-28T08:04:56+01:00", support.path, NULL), 0);
    }
    ASSERT_CONTAINS(support.out, "1 leaderboard rows: 0 new, 0 updated, 1 unchanged\n");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM leaderboard_snapshots"), "3");
    ASSERT_TEXT(support_value(&support, "SELECT MAX(id) FROM leaderboard_snapshots"),
                "m@2025-10-28 07:04:56.250000+00:00");
    support_end(&support);
}

static void test_standard_input(void) {
    support support = begin_with_tables();
    CU_ASSERT_EQUAL(support_run_with(&support, "{\"trades\":[" TRADE("1", "5") "]}", "ingest", "-", "--url",
                                     support.url, "--season", "other", NULL),
                    0);
    ASSERT_TEXT(support.out, "standard input: 1 trades: 1 new, 0 updated, 0 unchanged\n");
    ASSERT_TEXT(support_value(&support, "SELECT season_id FROM trades"), "other");
    CU_ASSERT_EQUAL(support_run_with(&support, "{\"trades\":[", "ingest", "-", "--url", support.url, NULL), 1);
    ASSERT_TEXT(support.err, "tracker: standard input: no valid JSON at line 1, column 11: ']' expected near end of "
                             "file\ntracker: nothing was loaded from 1 of 1 files\n");
    support_end(&support);
}

static void test_a_bad_record_leaves_nothing_of_its_file(void) {
    support support = begin_with_tables();
    char *before = support_dump(&support);
    char good[256];
    CU_ASSERT_EQUAL(ingest(&support, "bad", "{\"trades\":[" TRADE("1", "5") "," TRADE("2", "\"six\"") "]}"), 1);
    ASSERT_CONTAINS(support.err, "/bad: trades[1].exit_price: expected a number, found the text \"six\"\n");
    char *after = support_dump(&support);
    CU_ASSERT_STRING_EQUAL(before, after);
    snprintf(good, sizeof good, "%s", support_write(&support, "good", "{\"trades\":[" TRADE("7", "5") "]}"));
    CU_ASSERT_EQUAL(support_run(&support, "ingest", support_path(&support, "bad"), good, NULL), 1);
    ASSERT_CONTAINS(support.out, "/good: 1 trades: 1 new, 0 updated, 0 unchanged\n");
    ASSERT_CONTAINS(support.err, "tracker: nothing was loaded from 1 of 2 files\n");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM trades"), "1");
    free(before);
    free(after);
    support_end(&support);
}

/* The second record breaks a rule that only the database knows: the first one goes too. */
static void test_what_the_database_refuses_leaves_nothing(void) {
    support support = begin_with_tables();
    char *before = support_dump(&support);
    CU_ASSERT_EQUAL(ingest(&support, "a",
                           "{\"conversations\":[{\"id\":\"1\",\"model_id\":\"m\",\"run_id\":\"r\",\"cycle_id\":1,"
                           "\"timestamp\":1,\"inserted_at\":1,\"user_prompt\":\"\"},"
                           "{\"id\":\"2\",\"model_id\":\"m\",\"run_id\":\"r\",\"cycle_id\":1,"
                           "\"timestamp\":1,\"inserted_at\":1,\"user_prompt\":\"\"}]}"),
                    1);
    ASSERT_CONTAINS(support.err, "/a: conversations[1]: ");
    ASSERT_CONTAINS(support.err, "UNIQUE constraint failed");
    char *after = support_dump(&support);
    CU_ASSERT_STRING_EQUAL(before, after);
    free(before);
    free(after);
    support_end(&support);
}

static void test_real_and_simulated_do_not_mix(void) {
    char season[256];
    support support = begin_with_season(season);
    CU_ASSERT_EQUAL(ingest(&support, "a", "{\"trades\":[" TRADE("1", "5") "]}"), 1);
    ASSERT_CONTAINS(support.err, "/a: the season \"season-1\" is simulated, these records are real; choose another "
                                 "one with --season\n");
    CU_ASSERT_EQUAL(support_run(&support, "ingest", "--season", "real", support.path, NULL), 0);
    CU_ASSERT_EQUAL(support_run(&support, "trades", NULL), 1);
    ASSERT_TEXT(support.err, "tracker: there are several seasons: real, season-1; choose one with --season\n");
    CU_ASSERT_EQUAL(support_run(&support, "trades", "--season", "reel", NULL), 1);
    ASSERT_TEXT(support.err, "tracker: there is no season \"reel\"; there is: real, season-1\n");
    CU_ASSERT_EQUAL(support_run(&support, "trades", "--season", "real", NULL), 0);
    ASSERT_CONTAINS(support.out, "real: trades\n");
    support_end(&support);
}

static void test_trades_and_chats_are_filtered(void) {
    char season[256];
    support support = begin_with_season(season);
    CU_ASSERT_EQUAL(support_run(&support, "trades", "--model", "charlie", "--symbol", "BTC", "--limit", "2", NULL), 0);
    ASSERT_CONTAINS(support.out, "2026-01-18 20:10:31  charlie  BTC     short      -0.5  105016.4169  103867.4831   "
                                 "47.00   +527.47\n");
    ASSERT_CONTAINS(support.out, "\n2 of ");
    CU_ASSERT_EQUAL(support_run(&support, "chats", "--model", "echo", "--limit", "1", NULL), 0);
    ASSERT_CONTAINS(support.out, "echo ");
    ASSERT_CONTAINS(support.out, "\n1 of 28\n");
    CU_ASSERT_EQUAL(support_run(&support, "chats", "--model", "echo", "--limit", "1", "--full", NULL), 0);
    ASSERT_CONTAINS(support.out, "\n-- thoughts\n{");
    ASSERT_CONTAINS(support.out, "OLDEST \xE2\x86\x92 NEWEST, at 10\xE2\x80\x91minute intervals\n");
    CU_ASSERT_EQUAL(support_run(&support, "trades", "--model", "nobody", NULL), 0);
    ASSERT_CONTAINS(support.out, "\n0 of 0\n");
    support_end(&support);
}

static void test_without_tables_the_advice_is_init(void) {
    support support = support_begin();
    CU_ASSERT_EQUAL(support_run(&support, "leaderboard", NULL), 1);
    ASSERT_CONTAINS(support.err, "no such table: seasons\n         make the tables first: tracker init\n");
    CU_ASSERT_EQUAL(support_run(&support, "init", NULL), 0);
    CU_ASSERT_EQUAL(support_run(&support, "init", NULL), 0);
    CU_ASSERT_EQUAL(support_run(&support, "leaderboard", NULL), 1);
    ASSERT_TEXT(support.err, "tracker: there is no season yet; load one: tracker ingest FILE...\n");
    support_end(&support);
}

static void test_init_prints_the_statements(void) {
    support support = support_begin();
    CU_ASSERT_EQUAL(support_run(&support, "init", "--sql", NULL), 0);
    ASSERT_CONTAINS(support.out, "CREATE TABLE IF NOT EXISTS \"trades\" (");
    CU_ASSERT_EQUAL(support_run(&support, "leaderboard", NULL), 1);
    support_end(&support);
}

static void test_charts(void) {
    char season[256];
    support support = begin_with_season(season);
    CU_ASSERT_EQUAL(support_run(&support, "chart", support_path(&support, "c.png"), NULL), 0);
    ASSERT_CONTAINS(support.out, "c.png: the chart of season-1 (simulated)\n");
    char *picture = support_read(support_path(&support, "c.png"));
    CU_ASSERT_TRUE(picture != NULL && memcmp(picture, "\x89PNG\r\n", 6) == 0);
    free(picture);
    CU_ASSERT_EQUAL(support_run(&support, "chart", support_path(&support, "c.SVG"), NULL), 0);
    picture = support_read(support_path(&support, "c.SVG"));
    ASSERT_CONTAINS(picture, "<svg");
    free(picture);
    CU_ASSERT_EQUAL(support_run(&support, "chart", "c.gif", NULL), 1);
    ASSERT_TEXT(support.err, "tracker: c.gif: expected a name that ends in .png or .svg\n");
    support_end(&support);
}

static void test_a_chart_that_cant_be_written(void) {
    static const char *const names[] = {"no/c.png", "no/c.svg"};
    char season[256];
    support support = begin_with_season(season);
    for (size_t i = 0; i < 2; i++) {
        char expected[512];
        snprintf(expected, sizeof expected, "tracker: %s: can't be written: error while writing to output stream\n",
                 support_path(&support, names[i]));
        CU_ASSERT_EQUAL(support_run(&support, "chart", support_path(&support, names[i]), NULL), 1);
        ASSERT_TEXT(support.err, expected);
    }
    support_end(&support);
}

/* A full disk behind the standard output is a failure, not half a table. */
static void test_output_that_cant_be_written(void) {
    char *arguments[] = {"tracker", "--help"};
    char *text = NULL;
    size_t size;
    const console console = {.in = stdin, .out = fopen("/dev/full", "w"), .err = open_memstream(&text, &size)};
    CU_ASSERT_EQUAL(commands_run(&console, 2, arguments), 1);
    fclose(console.out);
    fclose(console.err);
    ASSERT_TEXT(text, "tracker: can't write the output: No space left on device\n");
    free(text);
}

static void test_charts_of_little(void) {
    support support = begin_with_tables();
    CU_ASSERT_EQUAL(ingest(&support, "a", "{\"leaderboard\":[{\"id\":\"m\",\"equity\":-5,\"return_pct\":2}]}"), 0);
    CU_ASSERT_EQUAL(support_run(&support, "chart", support_path(&support, "c.png"), NULL), 1);
    ASSERT_TEXT(support.err, "tracker: there is nothing to draw: no trade, no account totals, no inception\n");
    CU_ASSERT_EQUAL(ingest(&support, "a", "{\"trades\":[" TRADE("1", "5") "]}"), 0);
    CU_ASSERT_EQUAL(support_run(&support, "chart", support_path(&support, "c.png"), NULL), 0);
    ASSERT_TEXT(support.err, "");
    support_end(&support);
}

static void test_command_lines_that_cant_be_understood(void) {
    static const struct {
        const char *arguments[4];
        const char *message;
    } cases[] = {
        {{"fly"}, "tracker: there is no command \"fly\"; see tracker --help\n"},
        {{"ingest"}, "tracker: ingest: expected FILE..., found nothing\n"},
        {{"leaderboard", "x"}, "tracker: leaderboard: \"x\" is too much\n"},
        {{"leaderboard", "--symbol", "x"}, "tracker: there is no option --symbol; see --help\n"},
        {{"trades", "-x"}, "tracker: there is no option -x; see --help\n"},
        {{"trades", "--limit", "0"}, "tracker: --limit: expected a number from 1, found \"0\"\n"},
        {{"trades", "--limit=1e3"}, "tracker: --limit: expected a number from 1, found \"1e3\"\n"},
        {{"trades", "--limit"}, "tracker: --limit: expected N, found nothing\n"},
        {{"chats", "--full=yes"}, "tracker: --full takes no value, found \"yes\"\n"},
        {{"trades", "--model="}, "tracker: --model: expected NAME, found nothing\n"},
    };
    support support = support_begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const *arguments = cases[i].arguments;
        CU_ASSERT_EQUAL(support_run_with(&support, NULL, arguments[0], arguments[1], arguments[2], arguments[3], NULL),
                        2);
        ASSERT_TEXT(support.err, cases[i].message);
    }
    support_end(&support);
}

static void test_values_that_make_no_sense(void) {
    support support = support_begin();
    CU_ASSERT_EQUAL(support_run(&support, "ingest", "--at", "noon", "x", NULL), 1);
    ASSERT_TEXT(support.err, "tracker: --at: expected a time such as 2025-10-28T07:04:56Z, found \"noon\"\n");
    CU_ASSERT_EQUAL(support_run(&support, "ingest", "--season",
                                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x", NULL),
                    1);
    ASSERT_TEXT(support.err, "tracker: --season: expected at most 64 characters, found 65\n");
    CU_ASSERT_EQUAL(support_run(&support, "ingest", support_path(&support, "none.json"), NULL), 1);
    ASSERT_CONTAINS(support.err, "/none.json: can't be opened: No such file or directory\n");
    support_end(&support);
}

static void test_help(void) {
    static const char *const commands[] = {"init", "ingest", "leaderboard", "trades", "chats", "chart", "simulate"};
    support support = support_begin();
    CU_ASSERT_EQUAL(support_run_with(&support, NULL, "--help", NULL), 0);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char usage[64];
        CU_ASSERT_EQUAL(support_run_with(&support, NULL, "--help", NULL), 0);
        ASSERT_CONTAINS(support.out, commands[i]);
        CU_ASSERT_EQUAL(support_run_with(&support, NULL, commands[i], "--help", NULL), 0);
        snprintf(usage, sizeof usage, "Usage: tracker %s [OPTION...]", commands[i]);
        ASSERT_CONTAINS(support.out, usage);
        ASSERT_CONTAINS(support.out, "--help");
    }
    CU_ASSERT_EQUAL(support_run_with(&support, NULL, "--version", NULL), 0);
    ASSERT_CONTAINS(support.out, "tracker 0.");
    CU_ASSERT_EQUAL(support_run_with(&support, NULL, NULL), 2);
    support_end(&support);
}

SUITE("tracker season", TEST(test_a_simulated_season_from_end_to_end), TEST(test_loading_twice_changes_nothing),
      TEST(test_a_newer_answer_updates), TEST(test_the_current_leaderboard_is_one_row_and_those_with_a_time_are_many),
      TEST(test_standard_input), TEST(test_a_bad_record_leaves_nothing_of_its_file),
      TEST(test_what_the_database_refuses_leaves_nothing), TEST(test_real_and_simulated_do_not_mix),
      TEST(test_trades_and_chats_are_filtered), TEST(test_without_tables_the_advice_is_init),
      TEST(test_init_prints_the_statements), TEST(test_charts), TEST(test_a_chart_that_cant_be_written),
      TEST(test_output_that_cant_be_written), TEST(test_charts_of_little),
      TEST(test_command_lines_that_cant_be_understood), TEST(test_values_that_make_no_sense), TEST(test_help))
