/* Load, URL, connect, authentication. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capabilities.h"
#include "conformance.h"

/* ---- The driver. ---- */

/* Of the driver's table: what the core needs is there. The ABI's major is in the entry's name, and tables only grow, so
 * a newer driver is taken as far as it is known. */
static void load_vtable_abi(void) {
    const berth_driver *driver = target_driver();
    CHECK(driver->struct_size >= offsetof(berth_driver, finish));
    CHECK_INT(driver->struct_size % sizeof(void *), 0);
    CHECK(driver->name != NULL && driver->name[0] != '\0');
    CHECK(driver->version != NULL && driver->version[0] != '\0');
    CHECK(driver->schemes != NULL && driver->schemes[0] != NULL);
    CHECK(driver->dialect != NULL);
    CHECK(driver->connect != NULL);
    CHECK(driver->close != NULL);
    CHECK(driver->execute != NULL);
    CHECK(driver->fetch != NULL);
    check_note("%s, ABI 1.%u", driver->version, (unsigned)driver->abi_minor);
}

/* What is declared is known before the first connection, and no connection changes it. */
static void caps_static_vs_dynamic(void) {
    berth_driver before = *target_driver();
    berth_dialect dialect = *before.dialect;
    uint64_t known = 0;
    for (const capability *each = capabilities; each->name != NULL; each++)
        known |= each->bit;
    CHECK_INT(before.capabilities & ~known, 0);
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
    CHECK(memcmp(&before, target_driver(), sizeof before) == 0);
    CHECK(memcmp(&dialect, target_driver()->dialect, sizeof dialect) == 0);
}

/* ---- URLs that work. ---- */

static berth_session *connect_to(const char *url) {
    return session_open_on(engine_make(url, NULL), BERTH_SESSION_OPTIONS(.autocommit = true));
}

/* The URL without its query. */
static void url_minimal(void) {
    const char *url = target_url();
    berth_session *session = connect_to(text_format("%.*s", (int)strcspn(url, "?"), url));
    if (strchr(url, '?') != NULL && berth_exec(session, "SELECT 1", NULL) != BERTH_OK) {
        check_note("without its query the URL does not connect: %s", berth_session_error(session)->message);
        berth_session_close(session);
        not_applicable("this URL needs its query");
    }
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
}

static void check_part(berth_session *session, url_part part, const char *sql) {
    const char *given = url_part_of(target_url(), part);
    if (given[0] != '\0' && strchr(given, '%') == NULL)
        CHECK_TEXT(query_text(session, sql, NULL), given);
}

/* User, database, and a setting of the query reach the server. */
static void url_full(void) {
    if (target_is(PRODUCT_SQLITE)) {
        berth_session *session = connect_to(url_with_query(target_url(), "synchronous", "normal"));
        CHECK_INT(query_int64(session, "PRAGMA synchronous", NULL), 1);
        session_end_ok(session);
        session = connect_to(url_with_query(target_url(), "foreign_keys", "off"));
        CHECK_INT(query_int64(session, "PRAGMA foreign_keys", NULL), 0);
        session_end_ok(session);
        return;
    }
    berth_session *session = connect_to(url_with_query(target_url(), "application_name", "berth%20checks"));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    if (target_is(PRODUCT_POSTGRESQL)) {
        check_part(session, URL_USER, "SELECT current_user");
        check_part(session, URL_DATABASE, "SELECT current_database()");
        CHECK_TEXT(query_text(session, "SELECT current_setting('application_name')", NULL), "berth checks");
    } else if (target_is_mysql_like()) {
        check_part(session, URL_USER, "SELECT substring_index(user(), '@', 1)");
        check_part(session, URL_DATABASE, "SELECT database()");
    }
    session_end_ok(session);
}

/* ---- Percent signs. ---- */

#define ODD_NAME "berth@/%:check"
#define ODD_NAME_ENCODED "berth%40%2F%25%3Acheck"

static void exec_as_administrator(berth_session *session, const char *sql) {
    if (berth_exec(session, sql, NULL) == BERTH_PERMISSION)
        needs("a user who may create users and databases: %s", berth_session_error(session)->message);
    CHECK_STATUS(berth_session_status(session), BERTH_OK);
}

/* Makes what must be there to be found by odd names; fails the check where that is not allowed. */
static void make_odd_names(void) {
    static const char *const postgresql[] = {
        "CREATE ROLE \"" ODD_NAME "\" LOGIN PASSWORD '" ODD_NAME "'",
        "CREATE DATABASE \"" ODD_NAME "\" OWNER \"" ODD_NAME "\"",
        NULL,
    };
    static const char *const mysql[] = {
        "CREATE DATABASE `berth@%:check`",
        "CREATE USER `berth@/%:check`@`%` IDENTIFIED BY '" ODD_NAME "'",
        "CREATE USER `berth@/%:check`@localhost IDENTIFIED BY '" ODD_NAME "'",
        "GRANT ALL ON `berth@%:check`.* TO `berth@/%:check`@`%`",
        "GRANT ALL ON `berth@%:check`.* TO `berth@/%:check`@localhost",
        NULL,
    };
    bool is_postgresql = target_is(PRODUCT_POSTGRESQL);
    sql_at_end(is_postgresql ? "DROP ROLE IF EXISTS \"" ODD_NAME "\"" : "DROP USER IF EXISTS `berth@/%:check`@`%`");
    if (!is_postgresql)
        sql_at_end("DROP USER IF EXISTS `berth@/%:check`@localhost");
    sql_at_end(is_postgresql ? "DROP DATABASE IF EXISTS \"" ODD_NAME "\"" : "DROP DATABASE IF EXISTS `berth@%:check`");
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    for (const char *const *sql = is_postgresql ? postgresql : mysql; *sql != NULL; sql++)
        exec_as_administrator(session, *sql);
    session_end_ok(session);
}

static void check_odd_server_names(void) {
    make_odd_names();
    bool is_postgresql = target_is(PRODUCT_POSTGRESQL);
    const char *url = url_with(target_url(), URL_USER, ODD_NAME_ENCODED);
    url = url_with(url, URL_PASSWORD, ODD_NAME_ENCODED);
    url = url_with(url, URL_DATABASE, is_postgresql ? ODD_NAME_ENCODED : "berth%40%25%3Acheck");
    berth_session *session = connect_to(url);
    CHECK_TEXT(
        query_text(session, is_postgresql ? "SELECT current_user" : "SELECT substring_index(user(), '@', 2)", NULL),
        is_postgresql ? ODD_NAME : "berth@/%:check");
    CHECK_TEXT(query_text(session, is_postgresql ? "SELECT current_database()" : "SELECT database()", NULL),
               is_postgresql ? ODD_NAME : "berth@%:check");
    session_end_ok(session);
}

/* A folder of this check; removed by hand. */
static const char *make_folder(void) {
    char *folder = (char *)text_format("/tmp/berth_check_XXXXXX");
    REQUIRE(mkdtemp(folder) != NULL);
    return folder;
}

static void check_odd_file_name(void) {
    const char *folder = make_folder();
    const char *file = text_format("%s/a@b%%c d.db", folder);
    berth_engine *engine = engine_make(text_format("sqlite:///%s/a%%40b%%25c%%20d.db", folder), NULL);
    berth_session *session = session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    exec_ok(session, "CREATE TABLE t (id INTEGER)", NULL);
    session_end_ok(session);
    engine_end(engine);
    CHECK_INT(access(file, F_OK), 0);
    unlink(file);
    CHECK_INT(rmdir(folder), 0);
}

static void url_percent_decode(void) {
    engine_refused(url_with(target_url(), URL_DATABASE, "a%00b"), "NUL (%00) is not allowed");
    engine_refused(url_with(target_url(), URL_DATABASE, "a%zzb"), "%");
    if (target_has(BERTH_CAP_AUTH)) {
        engine_refused(url_with(target_url(), URL_USER, "a%00b"), "NUL (%00) is not allowed");
        engine_refused(url_with(target_url(), URL_PASSWORD, "a%00b"), "NUL (%00) is not allowed");
    }
    if (target_is(PRODUCT_SQLITE))
        check_odd_file_name();
    else if (target_is_mysql_like() || (target_is(PRODUCT_POSTGRESQL) && !target_is_pooled()))
        check_odd_server_names();
    else
        check_note("no names with odd characters were made on the server");
}

/* ---- Where the server is. ---- */

/* The session's first call must fail so; nothing was opened. */
static void expect_no_connection(const char *url, const expected_error *expected) {
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine *engine = engine_make(url, NULL);
    berth_session *session = session_open_on(engine, NULL);
    berth_exec(session, "SELECT 1", NULL);
    EXPECT_SESSION_ERROR(session, expected);
    berth_session_close(session);
    berth_engine_stats(engine, &stats);
    CHECK_INT(stats.opened, 0);
    CHECK_INT(stats.connect_failed, 1);
    CHECK_INT(stats.size, 0);
}

static const expected_error not_reached = {
    .status = BERTH_CONNECT,
    .codes = {[PRODUCT_POSTGRESQL] = {"", {0}},
              [PRODUCT_MARIADB] = {NULL, {2002, 2003}},
              [PRODUCT_MYSQL] = {NULL, {2002, 2003}}},
};

/* The host as a folder or file, percent-encoded. */
static const char *encode_path(const char *path) {
    const char *made = "";
    for (; *path != '\0'; path++)
        made = *path == '/' ? text_format("%s%%2F", made) : text_format("%s%c", made, *path);
    return made;
}

static void check_unix_socket(void) {
    const char *path;
    if (target_is_mysql_like())
        path = query_text_alone("SELECT @@socket");
    else
        path = query_text_alone("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)");
    if (access(path, F_OK) != 0) {
        check_note("the server's socket %s is not on this machine", path);
        return;
    }
    const char *url = url_with(target_url(), URL_HOST, encode_path(path));
    if (target_is(PRODUCT_POSTGRESQL))
        url = url_with(url, URL_PORT, query_text_alone("SELECT current_setting('port')"));
    else
        url = url_with(url, URL_PORT, NULL);
    berth_session *session = connect_to(url_with_query(url, "tls", "prefer"));
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
}

static void url_ipv6_and_unix_socket(void) {
    const char *closed = url_with(url_with(target_url(), URL_HOST, "[::1]"), URL_PORT, "1");
    expect_no_connection(closed, &not_reached);
    if (target_is(PRODUCT_OTHER) || target_is_pooled())
        check_note("where the server's socket is was not asked");
    else
        check_unix_socket();
}

/* Without a network a host in the URL is refused, not left out. */
static void no_network(void) {
    engine_refused(url_with(url_with(target_url(), URL_HOST, "host"), URL_DATABASE, "name"), "no hosts");
}

static void connect_refused(void) {
    expect_no_connection(url_with(url_with(target_url(), URL_HOST, "127.0.0.1"), URL_PORT, "1"), &not_reached);
}

static void connect_no_socket(void) {
    const char *url = url_with(target_url(), URL_HOST, "%2Ftmp%2Fberth_check_no_such_folder%2Fno_socket");
    expect_no_connection(target_is_mysql_like() ? url_with(url, URL_PORT, NULL) : url, &not_reached);
}

static void connect_dns(void) {
    static const expected_error unknown_host = {
        .status = BERTH_CONNECT,
        .codes =
            {[PRODUCT_POSTGRESQL] = {"", {0}}, [PRODUCT_MARIADB] = {NULL, {2005}}, [PRODUCT_MYSQL] = {NULL, {2005}}},
    };
    const char *url = url_with(target_url(), URL_HOST, "berth-check.invalid");
    expect_no_connection(url_with(url, URL_PORT, "5999"), &unknown_host);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* A server that takes connections and says nothing. Returns its descriptor. */
static int listen_in_silence(unsigned *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(listener >= 0);
    REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(listen(listener, 4) == 0);
    REQUIRE(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    *port = ntohs(address.sin_port);
    return listener;
}

static void connect_timeout_honoured(void) {
    static const expected_error too_late = {.status = BERTH_TIMEOUT};
    unsigned port;
    int listener = listen_in_silence(&port);
    const char *url = url_with(target_url(), URL_HOST, "127.0.0.1");
    url = url_with(url, URL_PORT, text_format("%u", port));
    int64_t started_ms = now_ms();
    expect_no_connection(url_with_query(url, "connect_timeout", "1s"), &too_late);
    int64_t took_ms = now_ms() - started_ms;
    CHECK(took_ms >= 1000 && took_ms <= 2000);
    close(listener);
}

/* ---- URLs that do not work. ---- */

static void url_bad(void) {
    berth_engine *engine;
    berth_error error;
    CHECK_STATUS(berth_engine_open("berthnosuch://host/name", NULL, &engine, &error), BERTH_DRIVER);
    CHECK_CONTAINS(error.message, "no driver for the scheme berthnosuch");
    engine_refused("Berth!://host", "scheme");
    engine_refused("nothing", "scheme");
    engine_refused(url_with(url_with(target_url(), URL_HOST, "host"), URL_PORT, "99999"), "1 to 65535");
    engine_refused(url_with(url_with(target_url(), URL_HOST, "host"), URL_PORT, "x"), "1 to 65535");
    engine_refused(url_with_query(target_url(), "berth_no_such_setting", "1"), "berth_no_such_setting");
    engine_refused(url_with_query(target_url(), "pool_size", "x"), "pool_size");
    CHECK_INT(events_seen(BERTH_EVENT_CONNECT), 0);
}

static void connect_auth_bad_password(void) {
    static const expected_error refused = {
        .status = BERTH_AUTH,
        .codes = {[PRODUCT_POSTGRESQL] = {"28P01|08P01", {0}},
                  [PRODUCT_MARIADB] = {"28000", {1045}},
                  [PRODUCT_MYSQL] = {"28000", {1045}}},
    };
    if (url_part_of(target_url(), URL_PASSWORD)[0] == '\0')
        needs("a user with a password in the URL");
    expect_no_connection(url_with(target_url(), URL_PASSWORD, "berth-not-the-password"), &refused);
    const char *nobody = url_with(target_url(), URL_USER, "berth_no_such_user");
    expect_no_connection(url_with(nobody, URL_PASSWORD, "x"), &refused);
}

/* Without users a user in the URL is refused, not left out. */
static void no_users(void) {
    engine_refused(url_with(url_with(target_url(), URL_USER, "user"), URL_PASSWORD, "secret"), "user");
}

static void connect_unknown_database(void) {
    static const expected_error unknown = {
        .status = BERTH_DATABASE_NOT_FOUND,
        .codes = {[PRODUCT_SQLITE] = {"", {14}},
                  [PRODUCT_POSTGRESQL] = {"3D000|08P01", {0}},
                  [PRODUCT_MARIADB] = {"42000", {1049}},
                  [PRODUCT_MYSQL] = {"42000", {1049}}},
    };
    if (!target_is(PRODUCT_SQLITE)) {
        expect_no_connection(url_with(target_url(), URL_DATABASE, "berth_no_such_database"), &unknown);
        return;
    }
    expect_no_connection("sqlite:////tmp/berth_check_no_such_folder/a.db", &unknown);
    const char *folder = make_folder();
    expect_no_connection(text_format("sqlite:///%s", folder), &unknown);
    expect_no_connection(text_format("sqlite:///%s/missing.db?mode=rw", folder), &unknown);
    CHECK_INT(rmdir(folder), 0);
}

/* A user who may have one connection. */
static const char *make_limited_user(void) {
    const char *user = text_format("berth_check_%ld", (long)getpid());
    bool is_postgresql = target_is(PRODUCT_POSTGRESQL);
    sql_at_end(text_format(is_postgresql ? "DROP ROLE IF EXISTS %s" : "DROP USER IF EXISTS %s@'%%'", user));
    if (!is_postgresql)
        sql_at_end(text_format("DROP USER IF EXISTS %s@localhost", user));
    berth_session *session = session_open(BERTH_SESSION_OPTIONS(.autocommit = true));
    const char *format = is_postgresql ? "CREATE ROLE %s LOGIN CONNECTION LIMIT 1 PASSWORD 'limited'"
                                       : "CREATE USER %s@'%%' IDENTIFIED BY 'limited' WITH MAX_USER_CONNECTIONS 1";
    exec_as_administrator(session, text_format(format, user));
    if (!is_postgresql) {
        exec_as_administrator(
            session, text_format("CREATE USER %s@localhost IDENTIFIED BY 'limited' WITH MAX_USER_CONNECTIONS 1", user));
        exec_as_administrator(session, text_format("GRANT ALL ON *.* TO %s@'%%'", user));
        exec_as_administrator(session, text_format("GRANT ALL ON *.* TO %s@localhost", user));
    }
    session_end_ok(session);
    return user;
}

static void connect_too_many(void) {
    static const expected_error full = {
        .status = BERTH_TOO_MANY_CONNECTIONS,
        .flags = BERTH_FLAG_RETRYABLE,
        .codes = {[PRODUCT_POSTGRESQL] = {"53300", {0}},
                  [PRODUCT_MARIADB] = {NULL, {1226, 1203, 1040}},
                  [PRODUCT_MYSQL] = {NULL, {1226, 1203, 1040}}},
    };
    if (target_is(PRODUCT_OTHER))
        needs("the SQL that limits a user's connections on %s", target_driver()->name);
    if (target_is_pooled())
        not_applicable("behind a pooler the server's connections are not the program's");
    const char *url = url_with(url_with(target_url(), URL_USER, make_limited_user()), URL_PASSWORD, "limited");
    berth_engine *engine = engine_make(url, NULL);
    berth_session *first = session_open_on(engine, NULL);
    CHECK_INT(query_int64(first, "SELECT 1", NULL), 1);
    /* An engine that has connected before would try again until its time is over. */
    berth_session *second = session_open_on(engine_make(url, NULL), BERTH_SESSION_OPTIONS(.timeout_ms = 30 * 1000));
    berth_exec(second, "SELECT 1", NULL);
    EXPECT_SESSION_ERROR(second, &full);
    CHECK_INT(query_int64(first, "SELECT 2", NULL), 2);
    session_end_ok(first);
    engine_end(engine);
    /* A server may take a moment to notice that the connection is gone. */
    do {
        session_recover(second);
        berth_exec(second, "SELECT 1", NULL);
    } while (berth_session_status(second) == BERTH_TOO_MANY_CONNECTIONS);
    CHECK_INT(query_int64(second, "SELECT 3", NULL), 3);
    session_end_ok(second);
}

/* A file of something else is found out when connecting, not at the first statement. */
static void not_a_database(void) {
    static const expected_error damaged = {.status = BERTH_CORRUPT, .codes = {[PRODUCT_SQLITE] = {"", {26}}}};
    if (!target_is(PRODUCT_SQLITE))
        not_applicable("only a file can be something else than a database");
    const char *folder = make_folder();
    const char *path = text_format("%s/text.db", folder);
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL);
    for (int i = 0; i < 200; i++)
        fputs("This is a text and no database.\n", file);
    fclose(file);
    expect_no_connection(text_format("sqlite:///%s", path), &damaged);
    unlink(path);
    CHECK_INT(rmdir(folder), 0);
}

const check checks_a[] = {
    {1, "load_vtable_abi", 0, load_vtable_abi, NULL},
    {2, "caps_static_vs_dynamic", 0, caps_static_vs_dynamic, NULL},
    {3, "url_minimal", 0, url_minimal, NULL},
    {3, "url_full", 0, url_full, NULL},
    {4, "url_percent_decode", 0, url_percent_decode, NULL},
    {5, "url_ipv6_and_unix_socket", BERTH_CAP_NETWORK, url_ipv6_and_unix_socket, no_network},
    {6, "url_bad", 0, url_bad, NULL},
    {7, "connect_auth_bad_password", BERTH_CAP_AUTH, connect_auth_bad_password, no_users},
    {8, "connect_unknown_database", 0, connect_unknown_database, NULL},
    {9, "connect_refused", BERTH_CAP_NETWORK, connect_refused, no_network},
    {9, "no_socket", BERTH_CAP_NETWORK, connect_no_socket, no_network},
    {9, "dns", BERTH_CAP_NETWORK, connect_dns, no_network},
    {10, "connect_timeout_honoured", BERTH_CAP_NETWORK, connect_timeout_honoured, no_network},
    {11, "connect_too_many", BERTH_CAP_NETWORK | BERTH_CAP_AUTH, connect_too_many, no_network},
    {12, "not_a_database", 0, not_a_database, NULL},
    {0},
};
