#include "tests/support/settings_support.h"
#include "tests/support/suite.h"

#include <stddef.h>
#include <stdio.h>

static void test_defaults(void) {
    settings_clear_environment();
    settings *settings = settings_bound("sqlite:///a.db", NULL, &settings_file_driver);
    CU_ASSERT_EQUAL(settings->environment, SETTINGS_DEVELOPMENT);
    ASSERT_TEXT(settings->application_name, "");
    CU_ASSERT_EQUAL(settings->pool_size, 5);
    CU_ASSERT_EQUAL(settings->max_overflow, 10);
    CU_ASSERT_EQUAL(settings->pool_timeout_ms, 30000);
    CU_ASSERT_EQUAL(settings->pool_recycle_ms, 3600000);
    CU_ASSERT_TRUE(settings->pool_pre_ping);
    CU_ASSERT_EQUAL(settings->ping_idle_ms, 500);
    CU_ASSERT_EQUAL(settings->max_connecting, 2);
    CU_ASSERT_EQUAL(settings->max_waiting, 0);
    CU_ASSERT_EQUAL(settings->min_idle, 0);
    CU_ASSERT_EQUAL(settings->idle_timeout_ms, 0);
    CU_ASSERT_EQUAL(settings->leak_after_ms, 0);
    CU_ASSERT_EQUAL(settings->slow_query_ms, 0);
    CU_ASSERT_TRUE(settings->housekeeping);
    CU_ASSERT_FALSE(settings->full_reset);
    CU_ASSERT_EQUAL(settings->connect_timeout_ms, 10000);
    CU_ASSERT_EQUAL(settings->close_timeout_ms, 5000);
    CU_ASSERT_EQUAL(settings->statement_cache_size, 128);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_DEFAULT);
    CU_ASSERT_PTR_NULL(settings->tls_ca);
    CU_ASSERT_PTR_NULL(settings->tls_cert);
    CU_ASSERT_PTR_NULL(settings->tls_key);
    CU_ASSERT_PTR_NULL(settings->on_event);
    CU_ASSERT_EQUAL(settings->option_count, 0);
    ASSERT_TEXT(settings->shown, "sqlite:///a.db");
    settings_free(settings);
    settings_free(NULL);
}

static void hook(const struct berth_event *event, void *context) {
    (void)event;
    (void)context;
}

static void test_struct_sets_everything(void) {
    settings_clear_environment();
    int context = 0;
    const berth_settings *given =
        BERTH_SETTINGS(.url = "sqlite:///a.db", .environment = "production", .application_name = "tracker",
                       .pool_size = 10000, .max_overflow = BERTH_OFF, .pool_timeout_ms = 1,
                       .pool_recycle_ms = BERTH_OFF, .pool_pre_ping = BERTH_OFF, .ping_idle_ms = BERTH_OFF,
                       .reset = "full", .connect_timeout_ms = 86400000, .close_timeout_ms = BERTH_OFF,
                       .statement_cache_size = BERTH_OFF, .tls = "verify-full", .tls_ca = "ca", .tls_cert = "cert",
                       .tls_key = "key", .on_event = hook, .event_context = &context, .max_connecting = BERTH_OFF,
                       .max_waiting = 1000000, .min_idle = 10000, .idle_timeout_ms = 1, .leak_after_ms = 2,
                       .slow_query_ms = 86400000, .housekeeping = BERTH_OFF);
    settings *settings = settings_of(NULL, given);
    ASSERT_TEXT(settings->url->database, "a.db");
    CU_ASSERT_EQUAL(settings->environment, SETTINGS_PRODUCTION);
    ASSERT_TEXT(settings->application_name, "tracker");
    CU_ASSERT_EQUAL(settings->pool_size, 10000);
    CU_ASSERT_EQUAL(settings->max_overflow, 0);
    CU_ASSERT_EQUAL(settings->pool_timeout_ms, 1);
    CU_ASSERT_EQUAL(settings->pool_recycle_ms, -1);
    CU_ASSERT_FALSE(settings->pool_pre_ping);
    CU_ASSERT_EQUAL(settings->ping_idle_ms, 0);
    CU_ASSERT_TRUE(settings->full_reset);
    CU_ASSERT_EQUAL(settings->connect_timeout_ms, 86400000);
    CU_ASSERT_EQUAL(settings->close_timeout_ms, 0);
    CU_ASSERT_EQUAL(settings->statement_cache_size, 0);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_VERIFY_FULL);
    ASSERT_TEXT(settings->tls_ca, "ca");
    ASSERT_TEXT(settings->tls_cert, "cert");
    ASSERT_TEXT(settings->tls_key, "key");
    CU_ASSERT_TRUE(settings->on_event == hook);
    CU_ASSERT_PTR_EQUAL(settings->event_context, &context);
    CU_ASSERT_EQUAL(settings->max_connecting, 0);
    CU_ASSERT_EQUAL(settings->max_waiting, 1000000);
    CU_ASSERT_EQUAL(settings->min_idle, 10000);
    CU_ASSERT_EQUAL(settings->idle_timeout_ms, 1);
    CU_ASSERT_EQUAL(settings->leak_after_ms, 2);
    CU_ASSERT_EQUAL(settings->slow_query_ms, 86400000);
    CU_ASSERT_FALSE(settings->housekeeping);
    settings_free(settings);
}

static void test_text_sets_everything(void) {
    settings_clear_environment();
    settings *settings =
        settings_of("mysql://h/d?environment=test&application_name=a%20b&pool_size=7&max_overflow=off&"
                    "pool_timeout=1.5s&pool_recycle=off&pool_pre_ping=No&ping_idle_ms=0&reset=full&max_connecting=3&"
                    "connect_timeout=250ms&close_timeout=2min&statement_cache_size=0&tls=prefer&"
                    "max_waiting=4&min_idle=5&idle_timeout=6s&leak_after=7&slow_query=8ms&"
                    "housekeeping=off&tls_ca=/ca&tls_cert=c&tls_key=k",
                    NULL);
    CU_ASSERT_EQUAL(settings->environment, SETTINGS_TEST);
    ASSERT_TEXT(settings->application_name, "a b");
    CU_ASSERT_EQUAL(settings->pool_size, 7);
    CU_ASSERT_EQUAL(settings->max_overflow, 0);
    CU_ASSERT_EQUAL(settings->pool_timeout_ms, 1500);
    CU_ASSERT_EQUAL(settings->pool_recycle_ms, -1);
    CU_ASSERT_FALSE(settings->pool_pre_ping);
    CU_ASSERT_EQUAL(settings->ping_idle_ms, 0);
    CU_ASSERT_TRUE(settings->full_reset);
    CU_ASSERT_EQUAL(settings->max_connecting, 3);
    CU_ASSERT_EQUAL(settings->max_waiting, 4);
    CU_ASSERT_EQUAL(settings->min_idle, 5);
    CU_ASSERT_EQUAL(settings->idle_timeout_ms, 6000);
    CU_ASSERT_EQUAL(settings->leak_after_ms, 7000);
    CU_ASSERT_EQUAL(settings->slow_query_ms, 8);
    CU_ASSERT_FALSE(settings->housekeeping);
    CU_ASSERT_EQUAL(settings->connect_timeout_ms, 250);
    CU_ASSERT_EQUAL(settings->close_timeout_ms, 120000);
    CU_ASSERT_EQUAL(settings->statement_cache_size, 0);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_PREFER);
    ASSERT_TEXT(settings->tls_ca, "/ca");
    ASSERT_TEXT(settings->tls_cert, "c");
    ASSERT_TEXT(settings->tls_key, "k");
    settings_free(settings);
}

/* One setting more is given by each source, and every weaker one disagrees. */

static void test_precedence(void) {
    settings_clear_environment();
    settings_file file =
        settings_write_file("[berth]\npool_size = 11\nmax_overflow = 11\nstatement_cache_size = 11\nping_idle_ms = 11\n"
                            "busy_timeout = 11ms\ncache_size = 11\nvfs = file\n");
    setenv("BERTH_MAX_OVERFLOW", "22", 1);
    setenv("BERTH_STATEMENT_CACHE_SIZE", "22", 1);
    setenv("BERTH_PING_IDLE_MS", "22", 1);
    setenv("BERTH_CACHE_SIZE", "22", 1);
    setenv("BERTH_VFS", "environment", 1);
    settings *settings = settings_bound("sqlite:///a?statement_cache_size=33&ping_idle_ms=33&vfs=query",
                                        BERTH_SETTINGS(.file = file.path, .ping_idle_ms = 44), &settings_file_driver);
    CU_ASSERT_EQUAL(settings->connect_timeout_ms, 10000);
    CU_ASSERT_EQUAL(settings->pool_size, 11);
    CU_ASSERT_EQUAL(settings->max_overflow, 22);
    CU_ASSERT_EQUAL(settings->statement_cache_size, 33);
    CU_ASSERT_EQUAL(settings->ping_idle_ms, 44);
    ASSERT_TEXT(settings_option(settings, "busy_timeout"), "11");
    ASSERT_TEXT(settings_option(settings, "cache_size"), "22");
    ASSERT_TEXT(settings_option(settings, "vfs"), "query");
    CU_ASSERT_EQUAL(settings->option_count, 3);
    settings_free(settings);
    settings_remove_file(&file);
}

static void test_url_precedence(void) {
    settings_clear_environment();
    settings_file file = settings_write_file("[berth]\nurl = sqlite:///of_file\n");
    static const char *const expected[] = {"of_argument", "of_struct", "of_environment", "of_file"};
    for (int weaker = 0; weaker < 4; weaker++) {
        /* Sources that are overruled are not read: what stands there may be wrong. */
        setenv("DATABASE_URL", weaker < 2 ? "wrong" : weaker == 2 ? "sqlite:///of_environment" : "", 1);
        settings *settings = settings_of(weaker < 1 ? "sqlite:///of_argument" : NULL,
                                         BERTH_SETTINGS(.file = file.path, .url = weaker == 0   ? "wrong"
                                                                                  : weaker == 1 ? "sqlite:///of_struct"
                                                                                                : NULL));
        ASSERT_TEXT(settings->url->database, expected[weaker]);
        settings_free(settings);
    }
    settings_clear_environment();
    setenv("DATABASE_URL", "postgres://u:p@h/d?pool_size=9", 1);
    settings *settings = settings_of(NULL, NULL);
    ASSERT_TEXT(settings->url->scheme, "postgres");
    CU_ASSERT_EQUAL(settings->pool_size, 9);
    settings_free(settings);
    settings_remove_file(&file);
}

#define NO_SCHEME                                                                                                      \
    "the URL has no \"scheme://\" at its start; write for instance sqlite:///file.db or "                              \
    "postgresql://user@host/database"

static void test_bad_url_names_its_source(void) {
    settings_clear_environment();
    settings_assert_refused(NULL, NULL,
                            "no database is named: give a URL to berth_engine_open(), set the environment variable "
                            "DATABASE_URL, or put \"url = ...\" into a settings file");
    settings_assert_refused("x", NULL, NO_SCHEME);
    settings_assert_refused(NULL, BERTH_SETTINGS(.url = "x"), "the field url of berth_settings: " NO_SCHEME);
    setenv("DATABASE_URL", "x", 1);
    settings_assert_refused(NULL, NULL, "the environment variable DATABASE_URL: " NO_SCHEME);
    settings_clear_environment();
    settings_file file = settings_write_file("\n[berth]\nurl=x\n");
    char expected[512];
    snprintf(expected, sizeof expected, "\"url\" in line 3 of the file %s: " NO_SCHEME, file.path);
    settings_assert_refused(NULL, BERTH_SETTINGS(.file = file.path), expected);
    settings_remove_file(&file);
}

static void test_environment_that_is_empty_or_foreign_counts_as_unset(void) {
    settings_clear_environment();
    setenv("BERTH_POOL_SIZE", "", 1);
    setenv("BERTH_SETTINGS_FILE", "", 1);
    setenv("BERTH_PORT", "tcp://10.0.0.1:80", 1);
    setenv("BERTH_FOREIGN_KEYS", "", 1);
    settings *settings = settings_bound("sqlite://", NULL, &settings_file_driver);
    CU_ASSERT_EQUAL(settings->pool_size, 5);
    CU_ASSERT_EQUAL(settings->option_count, 0);
    settings_free(settings);
}

/* inih itself takes 200 bytes. */

#define DURATION ", such as 500ms, 30s, 10min or 1h (a bare number is in "

static void test_bad_values_name_source_and_range(void) {
    settings_clear_environment();
    static const struct {
        const char *query;
        const char *reason;
    } cases[] = {
        {"pool_size=0", "\"pool_size\" in the URL's query is \"0\", but must be a whole number from 1 to 10000"},
        {"pool_size=-1", "\"pool_size\" in the URL's query is \"-1\", but must be a whole number from 1 to 10000"},
        {"pool_size=10001",
         "\"pool_size\" in the URL's query is \"10001\", but must be a whole number from 1 to 10000"},
        {"pool_size=5x", "\"pool_size\" in the URL's query is \"5x\", but must be a whole number from 1 to 10000"},
        {"pool_size=", "\"pool_size\" in the URL's query is \"\", but must be a whole number from 1 to 10000"},
        {"pool_size=off", "\"pool_size\" in the URL's query is \"off\", but must be a whole number from 1 to 10000"},
        {"pool_size=99999999999999999999",
         "\"pool_size\" in the URL's query is \"99999999999999999999\", but must be a "
         "whole number from 1 to 10000"},
        {"max_overflow=x",
         "\"max_overflow\" in the URL's query is \"x\", but must be a whole number from 0 to 10000, or off"},
        {"max_connecting=0",
         "\"max_connecting\" in the URL's query is \"0\", but must be a whole number from 1 to 10000, or off"},
        {"min_idle=6", "min_idle is 6, but must be at most pool_size, which is 5"},
        {"pool_pre_ping=maybe", "\"pool_pre_ping\" in the URL's query is \"maybe\", but must be on or off"},
        {"pool_timeout=0",
         "\"pool_timeout\" in the URL's query is \"0\", but must be a duration from 1 ms to 24 h" DURATION "s)"},
        {"pool_timeout=1m",
         "\"pool_timeout\" in the URL's query is \"1m\", but must be a duration from 1 ms to 24 h" DURATION "s)"},
        {"pool_timeout=99999999999999999999h", "\"pool_timeout\" in the URL's query is \"99999999999999999999h\", but "
                                               "must be a duration from 1 ms to 24 h" DURATION "s)"},
        {"pool_timeout=2562047788014h", "\"pool_timeout\" in the URL's query is \"2562047788014h\", but must be a "
                                        "duration from 1 ms to 24 h" DURATION "s)"},
        {"pool_timeout=0.0001",
         "\"pool_timeout\" in the URL's query is \"0.0001\", but must be a duration from 1 ms to 24 h" DURATION "s)"},
        {"pool_timeout=1.s",
         "\"pool_timeout\" in the URL's query is \"1.s\", but must be a duration from 1 ms to 24 h" DURATION "s)"},
        {"pool_recycle=-1",
         "\"pool_recycle\" in the URL's query is \"-1\", but must be a duration from 1 ms to 8760 h" DURATION
         "s), or off"},
        {"ping_idle_ms=x",
         "\"ping_idle_ms\" in the URL's query is \"x\", but must be a duration from 0 ms to 24 h" DURATION
         "ms), or off"},
        {"environment=prod", "\"environment\" in the URL's query is \"prod\", but must be one of development, test, "
                             "production"},
        {"tls=on", "\"tls\" in the URL's query is \"on\", but must be one of disable, prefer, require, verify-ca, "
                   "verify-full"},
        {"reset=", "\"reset\" in the URL's query is \"\", but must be one of state, full"},
        {"tls_ca=", "\"tls_ca\" in the URL's query is \"\", but must be UTF-8 text of 1 to 4096 bytes"},
        {"pool_size=1%0A",
         "\"pool_size\" in the URL's query is \"1\\x0A\", but must be a whole number from 1 to 10000"},
        {"pool_size=5&pool_size=5", "\"pool_size\" in the URL's query sets pool_size a second time"},
        {"mode=ro&mode=ro", "\"mode\" in the URL's query sets mode a second time"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char url[128];
        snprintf(url, sizeof url, "sqlite:///a?%s", cases[i].query);
        settings_assert_refused(url, NULL, cases[i].reason);
    }
    setenv("BERTH_POOL_SIZE", "many", 1);
    settings_assert_refused(
        "sqlite://?pool_size=1", NULL,
        "the environment variable BERTH_POOL_SIZE is \"many\", but must be a whole number from 1 to 10000");
    settings_clear_environment();
}

static void test_bad_struct_is_refused(void) {
    settings_clear_environment();
    settings_assert_refused(
        "sqlite://", BERTH_SETTINGS(.pool_size = -5),
        "the field pool_size of berth_settings is \"-5\", but must be a whole number from 1 to 10000");
    settings_assert_refused(
        "sqlite://", BERTH_SETTINGS(.pool_size = BERTH_OFF),
        "the field pool_size of berth_settings is \"-1\", but must be a whole number from 1 to 10000");
    settings_assert_refused("sqlite://", BERTH_SETTINGS(.pool_pre_ping = 2),
                            "the field pool_pre_ping of berth_settings is \"2\", but must be on or off");
    settings_assert_refused(
        "sqlite://", BERTH_SETTINGS(.pool_timeout_ms = INT64_MAX),
        "the field pool_timeout_ms of berth_settings is \"9223372036854775807ms\", but must be a duration "
        "from 1 ms to 24 h" DURATION "s)");
    settings_assert_refused("sqlite://", BERTH_SETTINGS(.tls = "yes"),
                            "the field tls of berth_settings is \"yes\", but must be one of disable, prefer, require, "
                            "verify-ca, verify-full");
}

static void test_size_of_the_struct(void) {
    settings_clear_environment();
    struct {
        berth_settings settings;
        char newer[16];
    } given = {.settings = {.struct_size = sizeof given, .pool_size = 7, .tls = "prefer"}};
    settings *settings = settings_of("sqlite://", &given.settings);
    CU_ASSERT_EQUAL(settings->pool_size, 7);
    settings_free(settings);

    berth_error error;
    given.newer[15] = 1;
    CU_ASSERT_EQUAL(settings_resolve("sqlite://", &given.settings, &settings, &error), BERTH_MISUSE);
    char expected[128];
    snprintf(expected, sizeof expected,
             "berth_settings sets something that this version of Berth does not know, at byte %zu", sizeof given - 1);
    ASSERT_TEXT(error.message, expected);
    CU_ASSERT_PTR_NULL(settings);

    /* A program that was built when the struct ended before `tls`. */
    given.settings.struct_size = offsetof(berth_settings, tls);
    settings = settings_of("sqlite://", &given.settings);
    CU_ASSERT_EQUAL(settings->pool_size, 7);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_DEFAULT);
    settings_free(settings);

    given.settings.struct_size = 0;
    CU_ASSERT_EQUAL(settings_resolve("sqlite://", &given.settings, &settings, &error), BERTH_MISUSE);
    ASSERT_TEXT(error.message, "berth_settings has the struct_size 0; make it with BERTH_SETTINGS()");
    given.settings.struct_size = UINT32_MAX;
    CU_ASSERT_EQUAL(settings_resolve("sqlite://", &given.settings, &settings, &error), BERTH_MISUSE);
}

static void test_null_error_is_fine(void) {
    settings_clear_environment();
    settings *resolved = NULL;
    setenv("DATABASE_URL", "x", 1);
    CU_ASSERT_EQUAL(settings_resolve(NULL, NULL, &resolved, NULL), BERTH_CONFIG);
    CU_ASSERT_EQUAL(settings_resolve("mysql:///d?port=1", NULL, &resolved, NULL), BERTH_CONFIG);
    CU_ASSERT_EQUAL(settings_resolve("sqlite://?pool_size=0", NULL, &resolved, NULL), BERTH_CONFIG);
    CU_ASSERT_EQUAL(settings_resolve("sqlite://", BERTH_SETTINGS(.file = "/"), &resolved, NULL), BERTH_CONFIG);
    settings *unknown = settings_of("sqlite://?colour=red", NULL);
    CU_ASSERT_EQUAL(settings_bind_driver(unknown, &settings_file_driver, NULL), BERTH_CONFIG);
    settings_free(unknown);
    settings_clear_environment();
}

SUITE("settings", TEST(test_defaults), TEST(test_struct_sets_everything), TEST(test_text_sets_everything),
      TEST(test_precedence), TEST(test_url_precedence), TEST(test_bad_url_names_its_source),
      TEST(test_environment_that_is_empty_or_foreign_counts_as_unset), TEST(test_bad_values_name_source_and_range),
      TEST(test_bad_struct_is_refused), TEST(test_size_of_the_struct), TEST(test_null_error_is_fine))
