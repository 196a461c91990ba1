#include "core/url.h"
#include "tests/support/suite.h"

#include <stdio.h>

static url *parse(const char *text) {
    berth_error error;
    url *parsed = NULL;
    CU_ASSERT_EQUAL(url_parse(text, &parsed, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(parsed);
    return parsed;
}

static void assert_refused(const char *text, const char *message) {
    berth_error error;
    url *parsed = (url *)&error;
    CU_ASSERT_EQUAL(url_parse(text, &parsed, &error), BERTH_CONFIG);
    CU_ASSERT_EQUAL(error.status, BERTH_CONFIG);
    CU_ASSERT_PTR_NULL(parsed);
    ASSERT_TEXT(error.message, message);
}

static void assert_formats(const char *text, const char *expected) {
    url *parsed = parse(text);
    char *formatted = url_format(parsed, false, NULL);
    ASSERT_TEXT(formatted, expected);
    free(formatted);
    url_free(parsed);
}

static void test_every_part_is_found(void) {
    url *url = parse("PostgreSQL+LibPQ://us%65r:p%40ss%3A%2F@db1.example:5432,[::1]:6543,%2Fvar%2Frun/a%2Fb%20c?"
                     "pool_size=5&a%26b=c%3Dd=e+f&empty=");
    ASSERT_TEXT(url->scheme, "postgresql");
    ASSERT_TEXT(url->driver, "libpq");
    ASSERT_TEXT(url->user, "user");
    ASSERT_TEXT(url->password, "p@ss:/");
    CU_ASSERT_EQUAL_FATAL(url->host_count, 3);
    ASSERT_TEXT(url->hosts[0].name, "db1.example");
    CU_ASSERT_EQUAL(url->hosts[0].port, 5432);
    ASSERT_TEXT(url->hosts[1].name, "::1");
    CU_ASSERT_EQUAL(url->hosts[1].port, 6543);
    ASSERT_TEXT(url->hosts[2].name, "/var/run");
    CU_ASSERT_EQUAL(url->hosts[2].port, 0);
    ASSERT_TEXT(url->database, "a/b c");
    CU_ASSERT_EQUAL_FATAL(url->query_count, 3);
    ASSERT_TEXT(url->query[0].name, "pool_size");
    ASSERT_TEXT(url->query[0].value, "5");
    ASSERT_TEXT(url->query[1].name, "a&b");
    ASSERT_TEXT(url->query[1].value, "c=d=e+f");
    ASSERT_TEXT(url->query[2].name, "empty");
    ASSERT_TEXT(url->query[2].value, "");
    url_free(url);
}

static void test_absent_and_empty_parts_differ(void) {
    static const struct {
        const char *text;
        const char *user;
        const char *password;
    } cases[] = {
        {"mysql://host/db", NULL, NULL}, {"mysql://@host/db", "", NULL},  {"mysql://u@host/db", "u", NULL},
        {"mysql://u:@host/db", "u", ""}, {"mysql://:p@host/db", "", "p"}, {"mysql://u:p@/db", "u", "p"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        url *url = parse(cases[i].text);
        CU_ASSERT_EQUAL(url->user == NULL, cases[i].user == NULL);
        CU_ASSERT_EQUAL(url->password == NULL, cases[i].password == NULL);
        if (cases[i].user != NULL)
            ASSERT_TEXT(url->user, cases[i].user);
        if (cases[i].password != NULL)
            ASSERT_TEXT(url->password, cases[i].password);
        ASSERT_TEXT(url->database, "db");
        CU_ASSERT_PTR_NULL(url->driver);
        url_free(url);
    }
}

static void test_three_and_four_slashes(void) {
    static const struct {
        const char *text;
        const char *database;
    } cases[] = {
        {"sqlite://", ""},
        {"sqlite:///", ""},
        {"sqlite:///:memory:", ":memory:"},
        {"sqlite:///relative.db", "relative.db"},
        {"sqlite:///dir/a@b.db", "dir/a@b.db"},
        {"sqlite:////abs/olute.db", "/abs/olute.db"},
        {"sqlite:////abs?mode=ro", "/abs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        url *url = parse(cases[i].text);
        ASSERT_TEXT(url->database, cases[i].database);
        CU_ASSERT_EQUAL(url->host_count, 0);
        url_free(url);
    }
}

static void test_hosts(void) {
    url *url = parse("postgresql://[2001:db8::1],[fe80::1%25eth0]:1,10.0.0.1:,d%C3%BCs.example:65535");
    CU_ASSERT_EQUAL_FATAL(url->host_count, 4);
    ASSERT_TEXT(url->hosts[0].name, "2001:db8::1");
    ASSERT_TEXT(url->hosts[1].name, "fe80::1%eth0");
    ASSERT_TEXT(url->hosts[2].name, "10.0.0.1");
    CU_ASSERT_EQUAL(url->hosts[2].port, 0);
    ASSERT_TEXT(url->hosts[3].name, "d\xC3\xBCs.example");
    CU_ASSERT_EQUAL(url->hosts[3].port, 65535);
    url_free(url);
}

static void test_format_reads_back(void) {
    assert_formats("sqlite://", "sqlite://");
    assert_formats("sqlite:///", "sqlite://");
    assert_formats("sqlite:////abs/%61", "sqlite:////abs/a");
    assert_formats("SQLITE+Plain:///a%3Fb%23?x=/y&z=%26", "sqlite+plain:///a%3Fb%23?x=/y&z=%26");
    assert_formats("postgresql://u%3A:p%40@[::1]:5,%2Frun%2Fp:6,h/d%40?",
                   "postgresql://u%3A:p%40@[::1]:5,%2Frun%2Fp:6,h/d%40");
    assert_formats("postgresql://@/d?a=b&&c=ü&", "postgresql://@/d?a=b&c=%C3%BC");
}

static void test_password_is_redacted(void) {
    static const char *const secrets[] = {"ssl_password", NULL};
    url *url = parse("mysql://u:hunter2@h/d?ssl_password=swordfish&a=b");
    char *shown = url_format(url, true, secrets);
    ASSERT_TEXT(shown, "mysql://u:***@h/d?ssl_password=***&a=b");
    free(shown);
    shown = url_format(url, true, NULL);
    ASSERT_TEXT(shown, "mysql://u:***@h/d?ssl_password=swordfish&a=b");
    free(shown);
    shown = url_format(url, false, secrets);
    ASSERT_TEXT(shown, "mysql://u:hunter2@h/d?ssl_password=swordfish&a=b");
    free(shown);
    url_free(url);
    url = parse("mysql://u:@h/d");
    shown = url_format(url, true, NULL);
    ASSERT_TEXT(shown, "mysql://u:***@h/d");
    free(shown);
    url_free(url);
}

#define PERCENT "\"%\" must be followed by two hexadecimal digits; \"%\" itself is written %25"
#define PORT "it must be a number from 1 to 65535; a \":\" in a user or password is written %3A"
#define NAME "it must be a letter with letters and digits behind it, such as postgresql"
#define STRAY "; in a user or password \"/\" is written %2F, \"?\" %3F and \"@\" %40, and elsewhere \"@\" too"

static void test_bad_text_is_refused(void) {
    assert_refused("", "the URL is empty; write for instance sqlite:///file.db or postgresql://user@host/database");
    assert_refused("sqlite:///a b", "the URL has a blank at byte 12; it is written %20");
    assert_refused("sqlite:///a\n", "the URL has a control character at byte 12; it is written %0A");
    assert_refused("sqlite:///a\x7F", "the URL has a control character at byte 12; it is written %7F");
    assert_refused("sqlite:///a#b", "the URL has a \"#\" at byte 12; a fragment means nothing here, and a \"#\" is "
                                    "written %23");
    assert_refused("sqlite:///a%zz", "the URL's database, at byte 12: " PERCENT);
    assert_refused("sqlite:///a%4", "the URL's database, at byte 12: " PERCENT);
    assert_refused("sqlite:///a%", "the URL's database, at byte 12: " PERCENT);
    assert_refused("sqlite:///a%00b", "the URL's database, at byte 12: a NUL (%00) is not allowed");
    assert_refused("sqlite:///%FF", "the URL's database, at byte 11: the text must be UTF-8");
    assert_refused("sqlite:///\xC0\x80", "the URL's database, at byte 11: the text must be UTF-8");
    assert_refused("sqlite:///a?b=%ED%A0%80", "the URL's query, at byte 15: the text must be UTF-8");
    assert_refused("sqlite:///a?b=%00", "the URL's query, at byte 15: a NUL (%00) is not allowed");
    assert_refused("sqlite:///a?%zz=1", "the URL's query, at byte 13: " PERCENT);
    assert_refused("sqlite:///a?mode", "the URL's query, at byte 13: each of its parts must be name=value");
    assert_refused("sqlite:///a?b=c&=d", "the URL's query, at byte 17: each of its parts must be name=value");
}

static void test_bad_scheme_is_refused(void) {
    static const char no_scheme[] =
        "the URL has no \"scheme://\" at its start; write for instance sqlite:///file.db or "
        "postgresql://user@host/database";
    assert_refused("tracker.db", no_scheme);
    assert_refused("sqlite:/tracker.db", no_scheme);
    assert_refused("://x", "the URL's scheme, at byte 1: it is empty; it must be a name such as postgresql");
    assert_refused("../evil://x", "the URL's scheme, at byte 1: " NAME);
    assert_refused("a/b://x", "the URL's scheme, at byte 2: " NAME);
    assert_refused("1a://x", "the URL's scheme, at byte 1: " NAME);
    assert_refused("a+://x",
                   "the URL's driver name behind the \"+\", at byte 3: it is empty; it must be a name such as "
                   "postgresql");
    assert_refused("a+b.c://x", "the URL's driver name behind the \"+\", at byte 4: " NAME);
    assert_refused("a+b+c://x", "the URL's driver name behind the \"+\", at byte 4: " NAME);
}

static void test_bad_hosts_and_ports_are_refused(void) {
    assert_refused("mysql://h:99999999999/d", "the URL's port, at byte 11: " PORT);
    assert_refused("mysql://h:65536/d", "the URL's port, at byte 11: " PORT);
    assert_refused("mysql://h:0/d", "the URL's port, at byte 11: " PORT);
    assert_refused("mysql://h:-1/d", "the URL's port, at byte 11: " PORT);
    assert_refused("mysql://h:1:2/d", "the URL's port, at byte 11: " PORT);
    assert_refused("mysql://h,i:x/d", "the URL's port, at byte 13: " PORT);
    assert_refused("mysql://:3306/d", "the URL's host, at byte 9: the host is empty; write for instance localhost");
    assert_refused("mysql://a,,b/d", "the URL's host, at byte 11: the host is empty; write for instance localhost");
    assert_refused("mysql://a,/d", "the URL's host, at byte 11: the host is empty; write for instance localhost");
    assert_refused("mysql://[::1/d", "the URL's host, at byte 9: \"[\" has no \"]\"");
    assert_refused("mysql://[::1]x/d", "the URL's host, at byte 14: behind \"]\" only a \":\" and a port may stand");
    assert_refused("mysql://[1.2.3.4]/d", "the URL's host, at byte 9: in brackets must stand an IPv6 address");
    assert_refused("mysql://[::1%25]/d", "the URL's host, at byte 9: in brackets must stand an IPv6 address");
    assert_refused("mysql://a%3Ab/d",
                   "the URL's host, at byte 9: a host with \":\" must be an IPv6 address, in brackets in a URL");
    assert_refused("mysql://a%2Fb/d", "the URL's host, at byte 9: a host must be a name, an address, or the absolute "
                                      "path of a unix socket");
    assert_refused("mysql://a%0Ab/d", "the URL's host, at byte 9: a host must be a name, an address, or the absolute "
                                      "path of a unix socket");
}

/* Whatever character of it is left unescaped, the password is in no error text. */
static void test_unescaped_password_is_never_shown(void) {
    assert_refused("mysql://u:hun@ter@h/d", "the URL has a \"@\" too many at byte 18" STRAY);
    assert_refused("mysql://u:hun/ter@h/d", "the URL has a \"@\" too many at byte 18" STRAY);
    assert_refused("mysql://u:123?ter@h/d", "the URL has a \"@\" too many at byte 18" STRAY);
    assert_refused("mysql://u:hun:ter/d", "the URL's port, at byte 11: " PORT);
    assert_refused("mysql://u:hunter2", "the URL's port, at byte 11: " PORT);
    static const char *const raw[] = {"mysql://u:hunter%zz@h", "mysql://u:hunter%00@h",  "mysql://u:hunter%FF@h",
                                      "mysql:u:hunter@h",      "mysql://u:hunter#@h",    "u:hunter@h/d?x=://",
                                      "mysql://u:hunter @h",   "mysql://u:[hunter@h]:1", "mysql://u:hunter@h:x"};
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        berth_error error;
        url *parsed = NULL;
        CU_ASSERT_EQUAL(url_parse(raw[i], &parsed, &error), BERTH_CONFIG);
        CU_ASSERT_PTR_NULL(strstr(error.message, "hunter"));
    }
}

static void test_size_is_bounded(void) {
    size_t size = 1024 * 1024;
    char *text = malloc(size + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'a', size);
    text[size] = '\0';
    memcpy(text, "sqlite:///", 10);
    assert_refused(text, "the URL is longer than 65536 bytes");
    text[65537] = '\0';
    assert_refused(text, "the URL is longer than 65536 bytes");
    text[65536] = '\0';
    url *url = parse(text);
    CU_ASSERT_EQUAL(strlen(url->database), 65526);
    url_free(url);
    for (size_t i = 0; i < 256; i++)
        memcpy(text + 10 + 4 * i, "&a=b", 4);
    memcpy(text + 10, "?a=b", 4);
    text[10 + 4 * 256] = '\0';
    url = parse(text);
    CU_ASSERT_EQUAL(url->query_count, 256);
    url_free(url);
    memcpy(text + 10 + 4 * 256, "&a=b", 5);
    assert_refused(text, "the URL's query has more than 256 parts");
    memcpy(text, "sqlite://h", 10);
    for (size_t i = 0; i < 256; i++)
        memcpy(text + 10 + 2 * i, ",h", 3);
    assert_refused(text, "the URL's list of hosts has more than 256 parts");
    free(text);
}

static void test_hosts_are_replaced(void) {
    berth_error error;
    url *url = parse("postgresql://old:1/db");
    CU_ASSERT_EQUAL(url_set_hosts(url, "/run/pg,[::1],::2,b", "5,6,7,8", &error), BERTH_OK);
    char *text = url_format(url, false, NULL);
    ASSERT_TEXT(text, "postgresql://%2Frun%2Fpg:5,[::1]:6,[::2]:7,b:8/db");
    free(text);
    CU_ASSERT_EQUAL(url_set_hosts(url, NULL, "9", &error), BERTH_OK);
    CU_ASSERT_EQUAL(url->hosts[0].port, 9);
    CU_ASSERT_EQUAL(url->hosts[3].port, 9);
    CU_ASSERT_EQUAL(url_set_hosts(url, "a,b", "1,2,3", &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "3 ports are given for 2 hosts; one for all or one for each must be");
    CU_ASSERT_EQUAL(url_set_hosts(url, "a", "99999999999", &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "a port must be a number from 1 to 65535");
    CU_ASSERT_EQUAL(url_set_hosts(url, "a:5432", NULL, &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "a host with \":\" must be an IPv6 address, in brackets in a URL");
    CU_ASSERT_EQUAL(url_set_hosts(url, "a,", NULL, &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "the host is empty; write for instance localhost");
    url_free(url);
    url = parse("postgresql:///db");
    CU_ASSERT_EQUAL(url_set_hosts(url, NULL, "1", &error), BERTH_CONFIG);
    ASSERT_TEXT(error.message, "a port needs a host");
    url_free(url);
}

static void test_null_is_fine(void) {
    url_free(NULL);
    url *parsed = (url *)"";
    CU_ASSERT_EQUAL(url_parse("?", &parsed, NULL), BERTH_CONFIG);
    CU_ASSERT_PTR_NULL(parsed);
}

SUITE("url", TEST(test_every_part_is_found), TEST(test_absent_and_empty_parts_differ),
      TEST(test_three_and_four_slashes), TEST(test_hosts), TEST(test_format_reads_back),
      TEST(test_password_is_redacted), TEST(test_bad_text_is_refused), TEST(test_bad_scheme_is_refused),
      TEST(test_bad_hosts_and_ports_are_refused), TEST(test_unescaped_password_is_never_shown),
      TEST(test_size_is_bounded), TEST(test_hosts_are_replaced), TEST(test_null_is_fine))
