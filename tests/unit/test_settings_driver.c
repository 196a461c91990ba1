#include "tests/support/settings_support.h"
#include "tests/support/suite.h"

#include <stdio.h>

#define DURATION ", such as 500ms, 30s, 10min or 1h (a bare number is in "

static void test_hosts_of_the_query(void) {
    settings_clear_environment();
    settings *settings =
        settings_bound("serverdb:///d?host=/run/db&port=5433&pool_size=2", NULL, &settings_server_driver);
    berth_connect_info info = settings_connect_info(settings, &info);
    CU_ASSERT_EQUAL(info.struct_size, sizeof info);
    CU_ASSERT_PTR_EQUAL(info.context, &info);
    CU_ASSERT_EQUAL_FATAL(info.host_count, 1);
    ASSERT_TEXT(info.hosts[0].name, "/run/db");
    CU_ASSERT_EQUAL(info.hosts[0].port, 5433);
    CU_ASSERT_EQUAL(settings->pool_size, 2);
    ASSERT_TEXT(settings->shown, "serverdb://%2Frun%2Fdb:5433/d?pool_size=2");
    settings_free(settings);
    settings_assert_refused("serverdb:///d?host=a&host=b", NULL, "\"host\" in the URL's query sets host a second time");
    settings_assert_refused("serverdb:///d?port=1", NULL,
                            "\"host\" or \"port\" in the URL's query: a port needs a host");
}

static void test_connect_info(void) {
    settings_clear_environment();
    settings *settings =
        settings_bound("serverdb://u:hunter2@a:1,b/d?application_name=x&tls=require&tls_ca=/ca&keepalives_ms=9", NULL,
                       &settings_server_driver);
    const berth_connect_info info = settings_connect_info(settings, NULL);
    CU_ASSERT_EQUAL(info.host_count, 2);
    ASSERT_TEXT(info.hosts[1].name, "b");
    ASSERT_TEXT(info.user, "u");
    ASSERT_TEXT(info.password, "hunter2");
    ASSERT_TEXT(info.database, "d");
    ASSERT_TEXT(info.application_name, "x");
    CU_ASSERT_EQUAL(info.tls, BERTH_TLS_REQUIRE);
    ASSERT_TEXT(info.tls_ca, "/ca");
    CU_ASSERT_PTR_NULL(info.tls_cert);
    CU_ASSERT_PTR_NULL(info.tls_key);
    CU_ASSERT_EQUAL_FATAL(info.option_count, 1);
    ASSERT_TEXT(info.options[0].name, "keepalives_ms");
    ASSERT_TEXT(info.options[0].value, "9");
    ASSERT_TEXT(settings->shown, "serverdb://u:***@a:1,b/d?application_name=x&tls=require&tls_ca=/ca&keepalives_ms=9");
    settings_free(settings);
}

static void test_driver_options_are_checked_and_normalised(void) {
    settings_clear_environment();
    settings *settings =
        settings_bound("filedb:///a?mode=rwc&busy_timeout=1.25&foreign_keys=NO&cache_size=-0020&vfs=unix&"
                       "key=swordfish",
                       NULL, &settings_file_driver);
    ASSERT_TEXT(settings_option(settings, "mode"), "rwc");
    ASSERT_TEXT(settings_option(settings, "busy_timeout"), "1250");
    ASSERT_TEXT(settings_option(settings, "foreign_keys"), "off");
    ASSERT_TEXT(settings_option(settings, "cache_size"), "-20");
    ASSERT_TEXT(settings_option(settings, "vfs"), "unix");
    ASSERT_TEXT(settings_option(settings, "key"), "swordfish");
    ASSERT_TEXT(settings->shown, "filedb:///a?mode=rwc&busy_timeout=1.25&foreign_keys=NO&cache_size=-0020&vfs=unix&"
                                 "key=***");
    settings_free(settings);
    settings_assert_not_bound("filedb:///a?mode=r", NULL, &settings_file_driver,
                              "\"mode\" in the URL's query is \"r\", but must be one of ro, rw, rwc");
    settings_assert_not_bound(
        "filedb:///a?busy_timeout=2h", NULL, &settings_file_driver,
        "\"busy_timeout\" in the URL's query is \"2h\", but must be a duration from 0 ms to 1 min" DURATION "s)");
    setenv("BERTH_FOREIGN_KEYS", "maybe", 1);
    settings_assert_not_bound("filedb:///a?foreign_keys=on", NULL, &settings_file_driver,
                              "the environment variable BERTH_FOREIGN_KEYS is \"maybe\", but must be on or off");
    settings_clear_environment();
    setenv("BERTH_KEY", "sword\xFF", 1);
    settings_assert_not_bound("filedb:///a", NULL, &settings_file_driver,
                              "the environment variable BERTH_KEY must be UTF-8 text of 0 to 65535 bytes");
    settings_clear_environment();
}

#define KNOWN                                                                                                          \
    "the settings are environment, application_name, pool_size, max_overflow, pool_timeout, pool_recycle, "            \
    "pool_pre_ping, ping_idle_ms, max_connecting, max_waiting, min_idle, idle_timeout, leak_after, slow_query, "       \
    "housekeeping, reset, connect_timeout, close_timeout, statement_cache_size, tls, tls_ca, "                         \
    "tls_cert, "                                                                                                       \
    "tls_key"

#define FILE_OPTIONS "; the driver's are mode, busy_timeout, foreign_keys, cache_size, vfs, key"

static void test_unknown_settings_are_refused(void) {
    settings_clear_environment();
    settings_assert_not_bound(
        "filedb:///a?pool_sise=5", NULL, &settings_file_driver,
        "\"pool_sise\" in the URL's query is not known to Berth or the driver filedb; did you mean "
        "pool_size?; " KNOWN FILE_OPTIONS);
    settings_assert_not_bound(
        "filedb:///a?bussy_timeot=5", NULL, &settings_file_driver,
        "\"bussy_timeot\" in the URL's query is not known to Berth or the driver filedb; did you mean "
        "busy_timeout?; " KNOWN FILE_OPTIONS);
    settings_assert_not_bound(
        "filedb:///a?colour=red", NULL, &settings_file_driver,
        "\"colour\" in the URL's query is not known to Berth or the driver filedb; " KNOWN FILE_OPTIONS);
    settings_assert_not_bound("bare://h/a?Pool_Size%0A=5", NULL, &settings_bare_driver,
                              "\"Pool_Size\\x0A\" in the URL's query is not known to Berth or the driver bare; " KNOWN);
    settings_file file = settings_write_file("[berth]\ncolour = red\n");
    char expected[1024];
    snprintf(expected, sizeof expected,
             "\"colour\" in line 2 of the file %s is not known to Berth or the driver bare; " KNOWN, file.path);
    settings_assert_not_bound("bare://h/a", BERTH_SETTINGS(.file = file.path), &settings_bare_driver, expected);
    settings_remove_file(&file);
}

static void test_aliases_set_what_they_stand_for(void) {
    settings_clear_environment();
    settings *settings =
        settings_bound("serverdb://h/d?sslmode=verify-ca&sslrootcert=/ca", NULL, &settings_server_driver);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_VERIFY_CA);
    ASSERT_TEXT(settings->tls_ca, "/ca");
    CU_ASSERT_EQUAL(settings->option_count, 0);
    settings_free(settings);
    settings =
        settings_bound("serverdb://h/d?sslmode=verify-ca", BERTH_SETTINGS(.tls = "disable"), &settings_server_driver);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_DISABLE);
    settings_free(settings);
    setenv("BERTH_SSLMODE", "require", 1);
    settings = settings_bound("serverdb://h/d", NULL, &settings_server_driver);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_REQUIRE);
    settings_free(settings);
    settings = settings_bound("serverdb://h/d?tls=prefer", NULL, &settings_server_driver);
    CU_ASSERT_EQUAL(settings->tls, BERTH_TLS_PREFER);
    settings_free(settings);
    settings_clear_environment();
    settings_assert_not_bound("serverdb://h/d?tls=prefer&sslmode=prefer", NULL, &settings_server_driver,
                              "\"sslmode\" in the URL's query sets tls a second time");
    settings_assert_not_bound(
        "serverdb://h/d?sslmode=allow", NULL, &settings_server_driver,
        "\"sslmode\" in the URL's query is \"allow\", but must be one of disable, prefer, require, "
        "verify-ca, verify-full");
}

static void test_alias_of_no_setting_is_the_drivers_fault(void) {
    static const berth_driver_option options[] = {{.name = "encrypt", .alias_of = "tsl"}, {.name = NULL}};
    static const berth_driver wrong_driver = {.name = "wrong", .options = options};
    settings_clear_environment();
    berth_error error;
    settings *settings = settings_of("wrong:///d?encrypt=on", NULL);
    CU_ASSERT_EQUAL(settings_bind_driver(settings, &wrong_driver, &error), BERTH_DRIVER);
    ASSERT_TEXT(error.message, "the driver wrong: its option encrypt stands for tsl, which is no setting");
    settings_free(settings);
}

static void test_what_a_driver_lacks_is_refused(void) {
    settings_clear_environment();
    settings_free(settings_bound("filedb:///a?tls=prefer", NULL, &settings_file_driver));
    settings_free(settings_bound("serverdb://h/a?tls=verify-full&reset=full", NULL, &settings_server_driver));
    settings_assert_not_bound(
        "sqlite://relative.db", NULL, &settings_file_driver,
        "the URL has \"relative.db\" in the place of a host, but sqlite has no hosts: three slashes stand "
        "before a relative path (sqlite:///dir/file), four before an absolute one (sqlite:////dir/file)");
    settings_assert_not_bound("sqlite://u:hunter2@/a", NULL, &settings_file_driver,
                              "the URL has a user, but sqlite knows no users; it is written sqlite:///path/to/file");
    settings_assert_not_bound("bare://h/a?tls=require", NULL, &settings_bare_driver,
                              "tls asks for encryption, which the driver bare can't give; it takes disable or prefer");
    settings_assert_not_bound("bare://h/a?tls_key=k", NULL, &settings_bare_driver,
                              "tls_ca, tls_cert or tls_key is set, but the driver bare knows no encryption");
    settings_assert_not_bound("bare://h/a?reset=full", NULL, &settings_bare_driver,
                              "reset is \"full\", but the driver bare can only do \"state\"");
}

SUITE("settings and driver", TEST(test_hosts_of_the_query), TEST(test_connect_info),
      TEST(test_driver_options_are_checked_and_normalised), TEST(test_unknown_settings_are_refused),
      TEST(test_aliases_set_what_they_stand_for), TEST(test_alias_of_no_setting_is_the_drivers_fault),
      TEST(test_what_a_driver_lacks_is_refused))
