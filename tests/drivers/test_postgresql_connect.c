#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/drivers/postgresql_fixture.h"

static void expect_failure(const berth_connect_info *info, int32_t status, const char *sqlstate, const char *part) {
    berth_driver_connection *connection = (void *)1;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->connect(info, fixture_deadline(10000), &connection, &error), status);
    CU_ASSERT_PTR_NULL(connection);
    CU_ASSERT_EQUAL(error.status, status);
    ASSERT_TEXT(error.sqlstate, sqlstate);
    ASSERT_CONTAINS(error.message, part);
    CU_ASSERT_PTR_NULL(strstr(error.message, "LOCATION"));
    CU_ASSERT_PTR_NULL(strstr(error.message, fixture_variable("BERTH_TEST_PASSWORD")));
}

static void test_session_is_utc_and_utf8(void) {
    berth_driver_connection *connection = fixture_connect();
    ASSERT_TEXT(fixture_rows(connection, "SHOW TimeZone"), "UTC");
    ASSERT_TEXT(fixture_rows(connection, "SHOW client_encoding"), "UTF8");
    ASSERT_TEXT(fixture_rows(connection, "SHOW standard_conforming_strings"), "on");
    ASSERT_TEXT(fixture_rows(connection, "SHOW DateStyle"), "ISO, MDY");
    fixture_close(connection);
}

static void test_application_name_and_options_arrive(void) {
    berth_connect_info info = fixture_info(OPTIONS("options=-c work_mem=1234kB"));
    info.application_name = "ship's log";
    berth_driver_connection *connection = fixture_connect_to(&info);
    ASSERT_TEXT(fixture_rows(connection, "SHOW application_name"), "ship's log");
    ASSERT_TEXT(fixture_rows(connection, "SHOW work_mem"), "1234kB");
    fixture_close(connection);
}

static void test_texts_with_spaces_and_quotes_are_no_keywords(void) {
    berth_connect_info info = fixture_info(NULL);
    info.database = "no' host=elsewhere";
    expect_failure(&info, BERTH_DATABASE_NOT_FOUND, "3D000", "database \"no' host=elsewhere\" does not exist");
}

static void test_refusals_have_a_status_and_a_state(void) {
    berth_connect_info info = fixture_info(NULL);
    info.password = "wrong";
    expect_failure(&info, BERTH_AUTH, "28P01", "password authentication failed for user \"berth\"");
    info.password = NULL;
    expect_failure(&info, BERTH_AUTH, "", "no password supplied");
    info = fixture_info(NULL);
    info.user = "nobody_of_that_name";
    expect_failure(&info, BERTH_AUTH, "28P01", "nobody_of_that_name");
}

static void test_unreachable_servers_are_named(void) {
    berth_host hosts[] = {{"/nonexistent", 5432, 0}, {"127.0.0.1", 1, 0}};
    berth_connect_info info = fixture_info(NULL);
    info.hosts = hosts;
    expect_failure(&info, BERTH_CONNECT, "", "No such file or directory");
    info.host_count = 2;
    expect_failure(&info, BERTH_CONNECT, "", "127.0.0.1: connection to server at \"127.0.0.1\", port 1 failed");
}

/* A server that takes the connection and never says a word. */
static int open_silent_server(uint32_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(listener, (struct sockaddr *)&address, length), 0);
    CU_ASSERT_EQUAL_FATAL(listen(listener, 8), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

static void test_silent_server_ends_connect_at_the_deadline(void) {
    berth_host host = {.name = "127.0.0.1"};
    int listener = open_silent_server(&host.port);
    berth_connect_info info = fixture_info(NULL);
    berth_driver_connection *connection;
    berth_error error;
    info.hosts = &host;
    CU_ASSERT_EQUAL(fixture_driver()->connect(&info, fixture_deadline(100), &connection, &error), BERTH_TIMEOUT);
    ASSERT_TEXT(error.message, "the server did not answer in time");
    close(listener);
}

static void test_next_server_is_tried_while_time_is_left(void) {
    berth_connect_info info = fixture_info(NULL);
    berth_host hosts[3] = {{.name = "127.0.0.1"}, {"127.0.0.1", 1, 0}, info.hosts[0]};
    int listener = open_silent_server(&hosts[0].port);
    info.hosts = hosts;
    info.host_count = 3;
    berth_driver_connection *connection = NULL;
    berth_error error;
    CU_ASSERT_EQUAL_FATAL(fixture_driver()->connect(&info, fixture_deadline(3000), &connection, &error), BERTH_OK);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
    close(listener);
}

static void test_target_session_attrs_chooses(void) {
    berth_connect_info info = fixture_info(OPTIONS("target_session_attrs=standby"));
    berth_host hosts[2] = {info.hosts[0], info.hosts[0]};
    expect_failure(&info, BERTH_CONNECT, "", "server is not in hot standby mode");
    info = fixture_info(OPTIONS("target_session_attrs=prefer-standby"));
    info.hosts = hosts;
    info.host_count = 2;
    fixture_close(fixture_connect_to(&info));
    info = fixture_info(OPTIONS("target_session_attrs=read-write"));
    fixture_close(fixture_connect_to(&info));
}

static void test_socket_may_be_given_as_a_file(void) {
    char path[256];
    berth_connect_info info = fixture_info(NULL);
    snprintf(path, sizeof path, "%s/.s.PGSQL.%s", fixture_variable("BERTH_TEST_POSTGRESQL_FOLDER"),
             fixture_variable("BERTH_TEST_POSTGRESQL_PORT"));
    const berth_host host = {path, 0, 0};
    info.hosts = &host;
    fixture_close(fixture_connect_to(&info));
}

static const char tls_query[] = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

static void test_tls_means_what_it_says(void) {
    berth_connect_info info = fixture_tcp_info("localhost", NULL);
    info.tls = BERTH_TLS_VERIFY_FULL;
    info.tls_ca = fixture_variable("BERTH_TEST_TLS_CA");
    berth_driver_connection *connection = fixture_connect_to(&info);
    ASSERT_TEXT(fixture_rows(connection, tls_query), "true");
    fixture_close(connection);
    info.tls = BERTH_TLS_DISABLE;
    connection = fixture_connect_to(&info);
    ASSERT_TEXT(fixture_rows(connection, tls_query), "false");
    fixture_close(connection);
    info.tls_ca = fixture_variable("BERTH_TEST_TLS_OTHER_CA");
    info.tls = BERTH_TLS_VERIFY_CA;
    expect_failure(&info, BERTH_CONNECT, "", "certificate verify failed");
    info.tls = BERTH_TLS_DEFAULT;
    expect_failure(&info, BERTH_CONNECT, "", "certificate verify failed");
}

static void test_tls_is_never_left_out_in_silence(void) {
    berth_connect_info info = fixture_info(NULL);
    info.tls = BERTH_TLS_REQUIRE;
    expect_failure(&info, BERTH_CONFIG, "", "a unix socket never has");
}

/* More than libpq takes at once from TLS. */
static void test_large_values_come_whole_through_tls(void) {
    berth_connect_info info = fixture_tcp_info("127.0.0.1", NULL);
    info.tls = BERTH_TLS_REQUIRE;
    berth_driver_connection *connection = fixture_connect_to(&info);
    fixture_run(connection, "SELECT repeat('x', n * 1000) FROM generate_series(1, 200) AS n");
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
}

static void test_dismissed_connection_is_seen_dead(void) {
    berth_driver_connection *connection = fixture_connect();
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 1);
    fixture_terminate(connection);
    CU_ASSERT_EQUAL(fixture_driver()->is_alive(connection), 0);
    fixture_close(connection);
}

static void test_ping_answers_in_a_failed_transaction(void) {
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect();
    fixture_begin(connection);
    fixture_fail(connection, "SELECT 1 / 0", BERTH_DATA, "22012");
    CU_ASSERT_EQUAL(fixture_driver()->ping(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    fixture_rollback(connection);
    fixture_terminate(connection);
    CU_ASSERT_EQUAL(fixture_driver()->ping(connection, BERTH_NO_DEADLINE, &error), BERTH_CONNECTION_LOST);
    CU_ASSERT_EQUAL(error.flags, BERTH_FLAG_CONNECTION_LOST);
    ASSERT_TEXT(error.sqlstate, "57P01");
    fixture_close(connection);
}

static void test_reset_restores_everything(void) {
    berth_error error = {.status = BERTH_OK};
    berth_driver_connection *connection = fixture_connect();
    berth_driver_statement *statement = fixture_prepare(connection, "SELECT 1");
    fixture_run(connection, "SET TimeZone = 'Asia/Tokyo'");
    fixture_run(connection, "SET work_mem = '1MB'");
    fixture_begin(connection);
    fixture_run(connection, "CREATE TEMP TABLE t (a int)");
    CU_ASSERT_EQUAL(fixture_driver()->reset(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(fixture_rows(connection, "SHOW TimeZone"), "UTC");
    ASSERT_TEXT(fixture_rows(connection, "SHOW work_mem"), "4MB");
    ASSERT_TEXT(fixture_rows(connection, "SELECT count(*) FROM pg_prepared_statements"), "0");
    berth_execution execution = {.struct_size = sizeof execution, .statement = statement, .sql = "SELECT 1"};
    execution.flags = BERTH_EXECUTE_DISCARD;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    fixture_close(connection);
}

static void test_forked_child_says_no_word(void) {
    berth_driver_connection *connection = fixture_connect();
    pid_t child = fork();
    if (child == 0) {
        fixture_driver()->close(connection, BERTH_CLOSE_FORKED);
        _exit(0);
    }
    int result = 1;
    CU_ASSERT_EQUAL(waitpid(child, &result, 0), child);
    CU_ASSERT_EQUAL(result, 0);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
}

static void test_forked_child_says_no_word_by_tls(void) {
    berth_connect_info info = fixture_tcp_info("127.0.0.1", NULL);
    info.tls = BERTH_TLS_REQUIRE;
    berth_driver_connection *connection = fixture_connect_to(&info);
    pid_t child = fork();
    if (child == 0) {
        fixture_driver()->close(connection, BERTH_CLOSE_FORKED);
        _exit(0);
    }
    int result = 1;
    CU_ASSERT_EQUAL(waitpid(child, &result, 0), child);
    CU_ASSERT_EQUAL(result, 0);
    ASSERT_TEXT(fixture_rows(connection, "SELECT 1"), "1");
    fixture_close(connection);
}

static void test_notices_are_handed_on(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "DROP TABLE IF EXISTS no_such_table");
    ASSERT_TEXT(fixture_notice, "NOTICE:  table \"no_such_table\" does not exist, skipping");
    fixture_close(connection);
}

static void test_server_info_is_postgresql(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_server_info info = {.struct_size = sizeof info};
    berth_error error;
    char version[16];
    CU_ASSERT_EQUAL(fixture_driver()->server_info(connection, &info, &error), BERTH_OK);
    ASSERT_TEXT(info.product, "PostgreSQL");
    ASSERT_TEXT(fixture_rows(connection, "SHOW server_version"), info.text);
    snprintf(version, sizeof version, "%u.%u", info.version / 10000, info.version / 100 % 100);
    CU_ASSERT_EQUAL(strncmp(info.text, version, strlen(version)), 0);
    fixture_close(connection);
}

SUITE("PostgreSQL: connecting", TEST(test_session_is_utc_and_utf8), TEST(test_application_name_and_options_arrive),
      TEST(test_texts_with_spaces_and_quotes_are_no_keywords), TEST(test_refusals_have_a_status_and_a_state),
      TEST(test_unreachable_servers_are_named), TEST(test_silent_server_ends_connect_at_the_deadline),
      TEST(test_next_server_is_tried_while_time_is_left), TEST(test_target_session_attrs_chooses),
      TEST(test_socket_may_be_given_as_a_file), TEST(test_tls_means_what_it_says),
      TEST(test_tls_is_never_left_out_in_silence), TEST(test_large_values_come_whole_through_tls),
      TEST(test_dismissed_connection_is_seen_dead), TEST(test_ping_answers_in_a_failed_transaction),
      TEST(test_reset_restores_everything), TEST(test_forked_child_says_no_word),
      TEST(test_forked_child_says_no_word_by_tls), TEST(test_notices_are_handed_on),
      TEST(test_server_info_is_postgresql))
