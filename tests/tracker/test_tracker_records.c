#include "tests/support/suite.h"

#include <stdio.h>

#include "tracker/json_text.h"
#include "tracker/records.h"
#include "tracker/text.h"

static const records_options season = {.season = "s"};

static berth_status read_text(const char *text, size_t length, const records_options *options, batch **batch,
                              berth_error *error) {
    FILE *stream = fmemopen((char *)text, length, "r");
    berth_status status = records_read(stream, options, batch, error);
    fclose(stream);
    return status;
}

static batch *read_good(const char *text, const records_options *options) {
    berth_error error = {0};
    batch *batch;
    berth_status status = read_text(text, strlen(text), options, &batch, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
    return batch;
}

static const berth_value *value_of(const batch *batch, size_t record, const char *column) {
    return &records_row(batch, record)[fields_index(batch->kind, column)];
}

#define TRADE_START                                                                                                    \
    "{\"id\":\"t1\",\"model_id\":\"m\",\"symbol\":\"BTC\",\"entry_time\":1761567188.476,"                              \
    "\"exit_time\":1761605381.192,\"entry_price\":1172.4,\"exit_price\":1138,\"entry_tid\":94208922751243,"            \
    "\"exit_tid\":1112742444795338,\"total_commission_dollars\":2.0335900000000002,\"realized_gross_pnl\":-74.58,"     \
    "\"realized_net_pnl\":-76.61359"
#define GOOD_TRADE TRADE_START ",\"side\":\"short\",\"quantity\":-2}"

static void test_values_are_kept_exactly(void) {
    batch *batch = read_good("{\"trades\":[" TRADE_START ",\"side\":\"short\",\"quantity\":-2,\"entry_crossed\":true,"
                             "\"exit_liquidation\":null,\"exit_plan\":{},\"new\":[1,0.1],\"leverage\":7}],"
                             "\"serverTime\":1761635075913}",
                             &season);
    CU_ASSERT_EQUAL(batch->count, 1);
    CU_ASSERT_EQUAL(batch->server_time, INT64_C(1761635075913000));
    CU_ASSERT_FALSE(batch->simulated);
    CU_ASSERT_EQUAL(value_of(batch, 0, "exit_tid")->as.integer, INT64_C(1112742444795338));
    CU_ASSERT_EQUAL(value_of(batch, 0, "entry_time")->type, BERTH_TYPE_TIMESTAMPTZ);
    CU_ASSERT_EQUAL(value_of(batch, 0, "entry_time")->as.integer, INT64_C(1761567188476000));
    CU_ASSERT_EQUAL(value_of(batch, 0, "quantity")->type, BERTH_TYPE_DOUBLE);
    CU_ASSERT_EQUAL(value_of(batch, 0, "quantity")->as.real, -2.0);
    CU_ASSERT_EQUAL(value_of(batch, 0, "total_commission")->as.real, 2.0335900000000002);
    CU_ASSERT_EQUAL(value_of(batch, 0, "entry_crossed")->as.integer, 1);
    CU_ASSERT_EQUAL(value_of(batch, 0, "exit_crossed")->type, BERTH_TYPE_NULL);
    CU_ASSERT_EQUAL(value_of(batch, 0, "exit_liquidation")->type, BERTH_TYPE_NULL);
    ASSERT_TEXT(value_of(batch, 0, "exit_plan")->as.data, "{}");
    ASSERT_TEXT(value_of(batch, 0, "season_id")->as.data, "s");
    ASSERT_TEXT(value_of(batch, 0, "extra")->as.data, "{\"new\":[1,0.10000000000000001]}");
    records_free(batch);
}

static void test_nothing_extra_is_null(void) {
    batch *batch = read_good("{\"trades\":[" GOOD_TRADE "]}", &season);
    CU_ASSERT_EQUAL(value_of(batch, 0, "extra")->type, BERTH_TYPE_NULL);
    records_free(batch);
}

#define CHAT(trace)                                                                                                    \
    "{\"conversations\":[{\"id\":\"c\",\"model_id\":\"m\",\"run_id\":\"r\",\"cycle_id\":1,\"timestamp\":1,"            \
    "\"inserted_at\":1.5,\"user_prompt\":\"a\xE2\x86\x92\"" trace "}]}"

static void test_thoughts_are_text_or_json(void) {
    static const struct {
        const char *document;
        const char *kind;
        const char *text;
    } cases[] = {{CHAT(",\"cot_trace\":\"{}\""), "text", "{}"},
                 {CHAT(",\"cot_trace\":{\"BTC\":{\"q\":1}}"), "json", "{\"BTC\":{\"q\":1}}"},
                 {CHAT(",\"cot_trace\":\"\""), "text", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        batch *batch = read_good(cases[i].document, &season);
        ASSERT_TEXT(value_of(batch, 0, "cot_trace_kind")->as.data, cases[i].kind);
        ASSERT_TEXT(value_of(batch, 0, "cot_trace")->as.data, cases[i].text);
        ASSERT_TEXT(value_of(batch, 0, "user_prompt")->as.data, "a\xE2\x86\x92");
        records_free(batch);
    }
    batch *batch = read_good(CHAT(""), &season);
    CU_ASSERT_EQUAL(value_of(batch, 0, "cot_trace")->type, BERTH_TYPE_NULL);
    CU_ASSERT_EQUAL(value_of(batch, 0, "cot_trace_kind")->type, BERTH_TYPE_NULL);
    records_free(batch);
}

static void test_a_leaderboard_takes_its_time_from_the_user(void) {
    static const char document[] = "{\"leaderboard\":[{\"id\":\"m\",\"equity\":1,\"return_pct\":2}]}";
    batch *batch = read_good(document, &season);
    CU_ASSERT_EQUAL(value_of(batch, 0, "taken_at")->type, BERTH_TYPE_NULL);
    ASSERT_TEXT(value_of(batch, 0, "id")->as.data, "m");
    records_free(batch);
    records_options options = {.season = "s", .has_time = true, .time_us = INT64_C(1761635096250000)};
    batch = read_good(document, &options);
    CU_ASSERT_EQUAL(value_of(batch, 0, "taken_at")->as.integer, options.time_us);
    ASSERT_TEXT(value_of(batch, 0, "id")->as.data, "m@2025-10-28 07:04:56.250000+00:00");
    ASSERT_TEXT(value_of(batch, 0, "model_id")->as.data, "m");
    records_free(batch);
}

static void test_account_totals_and_inceptions(void) {
    batch *batch = read_good("{\"simulated\":true,\"accountTotals\":[{\"id\":\"m_0\",\"model_id\":\"m\","
                             "\"timestamp\":1760741958.847073,\"dollar_equity\":10304.975418,\"positions\":{}}]}",
                             &season);
    CU_ASSERT_TRUE(batch->simulated);
    CU_ASSERT_EQUAL(value_of(batch, 0, "taken_at")->as.integer, INT64_C(1760741958847073));
    ASSERT_TEXT(value_of(batch, 0, "source")->as.data, "account");
    CU_ASSERT_EQUAL(value_of(batch, 0, "sharpe")->type, BERTH_TYPE_NULL);
    records_free(batch);
    batch = read_good("{\"sinceInceptionValues\":[{\"id\":\"117506d4-d377-47b2-a90b-b86853f796d7\",\"model_id\":\"m\","
                      "\"nav_since_inception\":10000,\"inception_date\":1760738409.834185}]}",
                      &season);
    CU_ASSERT_EQUAL(value_of(batch, 0, "inception_id")->as.uuid[0], 0x11);
    CU_ASSERT_EQUAL(value_of(batch, 0, "inception_id")->as.uuid[15], 0xd7);
    CU_ASSERT_EQUAL(value_of(batch, 0, "inception_at")->as.integer, INT64_C(1760738409834185));
    records_free(batch);
}

/* Every microsecond of some seconds of the season, in six digits and through a double, comes out as it went in. */
static void test_microseconds_are_exact(void) {
    static const int64_t seconds[] = {0, 1760738409, 1761635041, 4294967295};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        int64_t wrong = 0;
        for (int64_t fraction = 0; fraction < 1000000; fraction++) {
            char text[32];
            int64_t found;
            snprintf(text, sizeof text, "%lld.%06lld", (long long)seconds[i], (long long)fraction);
            wrong += !records_microseconds(strtod(text, NULL), &found) || found != seconds[i] * 1000000 + fraction;
        }
        CU_ASSERT_EQUAL(wrong, 0);
    }
    int64_t ignored;
    CU_ASSERT_FALSE(records_microseconds(-1, &ignored));
    CU_ASSERT_FALSE(records_microseconds(4294967296.0, &ignored));
}

static const struct {
    const char *document;
    const char *message;
} bad[] = {
    {" ", "no valid JSON at line 1, column 1: '[' or '{' expected near end of file"},
    {"{\"trades\":[" GOOD_TRADE, "no valid JSON at line 1, column 333: ']' expected near end of file"},
    {"{\"trades\":[\"\xFF\"]}", "no valid JSON at line 1, column 12: unable to decode byte 0xff near '\"'"},
    {"{\"trades\":[]} x", "no valid JSON at line 1, column 15: end of file expected near 'x'"},
    {"{\"trades\":[],\"trades\":[]}", "no valid JSON at line 1, column 21: duplicate object key near '\"trades\"'"},
    {"{\"trades\":[92233720368547758080]}",
     "no valid JSON at line 1, column 31: too big integer near '92233720368547758080'"},
    {"{\"trades\":[1e999]}", "no valid JSON at line 1, column 16: real number overflow near '1e999'"},
    {"[1]", "expected an object with one of \"leaderboard\", \"trades\", \"conversations\", \"sinceInceptionValues\", "
            "\"accountTotals\", found a list"},
    {"{}", "expected an object with one of \"leaderboard\", \"trades\", \"conversations\", \"sinceInceptionValues\", "
           "\"accountTotals\", found an empty object"},
    {"{\"analytics\":[]}",
     "expected an object with one of \"leaderboard\", \"trades\", \"conversations\", \"sinceInceptionValues\", "
     "\"accountTotals\", found an object with \"analytics\""},
    {"{\"trades\":[],\"leaderboard\":[]}", "expected one kind of records, found \"leaderboard\" and \"trades\""},
    {"{\"trades\":{}}", "trades: expected a list, found an object"},
    {"{\"trades\":[],\"serverTime\":\"now\"}",
     "serverTime: expected a time as milliseconds since 1970, before 2106, found the text \"now\""},
    {"{\"trades\":[],\"simulated\":1}", "simulated: expected true or false, found the number 1"},
    {"{\"trades\":[" GOOD_TRADE ",7]}", "trades[1]: expected an object, found the number 7"},
    {"{\"trades\":[" TRADE_START ",\"side\":\"long\",\"quantity\":\"2.2\"}]}",
     "trades[0].quantity: expected a number, found the text \"2.2\""},
    {"{\"trades\":[" TRADE_START ",\"side\":\"long\"}]}", "trades[0].quantity: expected a number, found nothing"},
    {"{\"trades\":[" TRADE_START ",\"side\":\"long\",\"quantity\":null}]}",
     "trades[0].quantity: expected a number, found null"},
    {"{\"trades\":[" TRADE_START ",\"side\":\"long\",\"quantity\":9007199254740993}]}",
     "trades[0].quantity: expected an integer up to 2^53, or one with a decimal point, found the number "
     "9007199254740993"},
    {"{\"trades\":[" TRADE_START ",\"side\":\"long\",\"quantity\":1,\"entry_oid\":1.5}]}",
     "trades[0].entry_oid: expected an integer, found the number 1.5"},
    {"{\"trades\":[" TRADE_START ",\"side\":\"long\",\"quantity\":1,\"entry_crossed\":0}]}",
     "trades[0].entry_crossed: expected true or false, found the number 0"},
    {"{\"trades\":[" TRADE_START ",\"side\":\"neither\xE2\x86\x92\",\"quantity\":1}]}",
     "trades[0].side: expected \"long\" or \"short\", found the text \"neither\xE2\x86\x92\""},
    {"{\"trades\":[" GOOD_TRADE "," GOOD_TRADE "]}", "trades[1].id: \"t1\" is there twice, first in trades[0]"},
    {"{\"leaderboard\":[{\"id\":\"\",\"equity\":1}]}",
     "leaderboard[0].id: expected a text that is not empty, found the text \"\""},
    {"{\"leaderboard\":[{\"id\":7,\"equity\":1}]}",
     "leaderboard[0].id: expected a text that is not empty, found the number 7"},
    {"{\"leaderboard\":[{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"equity\":1}]}",
     "leaderboard[0].id: expected at most 64 characters, found the text "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"..."},
    {"{\"accountTotals\":[{\"id\":\"a\",\"model_id\":\"m\",\"timestamp\":1761635041689,\"dollar_equity\":1}]}",
     "accountTotals[0].timestamp: expected a time as seconds since 1970, before 2106, found the number 1761635041689"},
    {"{\"accountTotals\":[{\"id\":\"a\",\"model_id\":\"m\",\"timestamp\":\"2025\",\"dollar_equity\":1}]}",
     "accountTotals[0].timestamp: expected a time as seconds since 1970, found the text \"2025\""},
    {"{\"sinceInceptionValues\":[{\"model_id\":\"m\",\"id\":\"not one\"}]}",
     "sinceInceptionValues[0].id: expected a UUID, found the text \"not one\""},
    {CHAT(",\"skill\":[]"), "conversations[0].skill: expected a text, found a list"},
};

static void test_bad_documents_say_where_and_what(void) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        berth_error error;
        batch *batch = NULL;
        berth_status status = read_text(bad[i].document, strlen(bad[i].document), &season, &batch, &error);
        CU_ASSERT_EQUAL(status, BERTH_DATA);
        CU_ASSERT_PTR_NULL(batch);
        ASSERT_TEXT(error.message, bad[i].message);
    }
}

static void test_a_stream_that_cant_be_read(void) {
    berth_error error;
    batch *batch;
    FILE *stream = fopen("/", "r");
    CU_ASSERT_EQUAL(records_read(stream, &season, &batch, &error), BERTH_RESOURCE);
    CU_ASSERT_PTR_NULL(batch);
    ASSERT_TEXT(error.message, "can't be read: Is a directory");
    fclose(stream);
}

/* The longest texts are shown by their beginning, cut between characters. */
static void test_long_text_in_a_message_is_cut(void) {
    char buffer[128];
    json_t *text = json_string("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xE2\x86\x92");
    ASSERT_TEXT(json_text_describe(text, buffer, sizeof buffer),
                "the text \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"...");
    json_decref(text);
    ASSERT_TEXT(json_text_describe(NULL, buffer, sizeof buffer), "nothing");
}

SUITE("tracker records", TEST(test_values_are_kept_exactly), TEST(test_nothing_extra_is_null),
      TEST(test_thoughts_are_text_or_json), TEST(test_a_leaderboard_takes_its_time_from_the_user),
      TEST(test_account_totals_and_inceptions), TEST(test_microseconds_are_exact),
      TEST(test_bad_documents_say_where_and_what), TEST(test_a_stream_that_cant_be_read),
      TEST(test_long_text_in_a_message_is_cut))
