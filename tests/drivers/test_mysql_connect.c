/* Connecting: hosts, sockets, TLS, what the session is like afterwards and after a reset. */
#include <stdio.h>

#include "tests/drivers/mysql_fixture.h"

static void refuse(const berth_connect_info *info, int32_t status, int64_t native_code) {
    berth_driver_connection *connection = NULL;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_try_connect(info, BERTH_NO_DEADLINE, &connection, &error), status);
    CU_ASSERT_EQUAL(error.native_code, native_code);
    CU_ASSERT_PTR_NULL(connection);
}

static berth_driver_connection *connect_by(const berth_connect_info *info) {
    berth_driver_connection *connection = NULL;
    berth_error error;
    fixture_try_connect(info, BERTH_NO_DEADLINE, &connection, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(connection);
    return connection;
}

static bool is_encrypted(berth_driver_connection *connection) {
    return fixture_number(connection, "SELECT variable_value <> '' FROM information_schema.session_status"
                                      " WHERE variable_name = 'SSL_CIPHER'") != 0;
}

static void test_failures_to_connect_are_told_apart(void) {
    berth_connect_info info = fixture_info();
    info.password = "wrong";
    refuse(&info, BERTH_AUTH, 1045);
    info = fixture_info();
    info.database = "nowhere";
    refuse(&info, BERTH_DATABASE_NOT_FOUND, 1049);
    const berth_host no_socket = {.name = "/nowhere/socket"};
    info = fixture_info();
    info.hosts = &no_socket;
    refuse(&info, BERTH_CONNECT, 2002);
    const berth_host no_port = {.name = "127.0.0.1", .port = 1};
    info.hosts = &no_port;
    refuse(&info, BERTH_CONNECT, 2002);
    const berth_host no_name = {.name = "nowhere.invalid"};
    info.hosts = &no_name;
    refuse(&info, BERTH_CONNECT, 2005);
}

static void test_hosts_are_tried_in_order(void) {
    berth_connect_info info = fixture_info();
    const berth_host hosts[] = {{.name = "/nowhere/socket"}, {.name = "127.0.0.1", .port = 1}, info.hosts[0]};
    info.hosts = hosts;
    info.host_count = 3;
    berth_driver_connection *connection = connect_by(&info);
    CU_ASSERT_EQUAL(fixture_number(connection, "SELECT 1"), 1);
    fixture_close(connection);
}

static void test_the_socket_option_wins_over_the_host(void) {
    berth_connect_info info = fixture_info();
    const berth_option option = {"socket", info.hosts[0].name};
    const berth_host host = {.name = "nowhere.invalid"};
    info.hosts = &host;
    info.options = &option;
    info.option_count = 1;
    fixture_close(connect_by(&info));
}

static void test_without_tls_nothing_is_encrypted(void) {
    berth_connect_info info = fixture_tcp_info();
    info.tls = BERTH_TLS_DISABLE;
    berth_driver_connection *connection = connect_by(&info);
    CU_ASSERT_FALSE(is_encrypted(connection));
    fixture_close(connection);
}

static void test_every_level_of_tls_encrypts(void) {
    for (uint32_t tls = BERTH_TLS_PREFER; tls <= BERTH_TLS_VERIFY_FULL; tls++) {
        berth_connect_info info = fixture_tcp_info();
        info.tls = tls;
        info.tls_ca = fixture_file("BERTH_TEST_TLS_CA");
        berth_driver_connection *connection = connect_by(&info);
        CU_ASSERT_TRUE(is_encrypted(connection));
        fixture_close(connection);
    }
}

static void test_an_unknown_authority_is_refused(void) {
    berth_connect_info info = fixture_tcp_info();
    info.tls_ca = fixture_file("BERTH_TEST_TLS_OTHER_CA");
    info.tls = BERTH_TLS_VERIFY_CA;
    refuse(&info, BERTH_CONNECT, 2026);
    info.tls = BERTH_TLS_VERIFY_FULL;
    refuse(&info, BERTH_CONNECT, 2026);
}

#define SETTINGS "SELECT @@time_zone, @@sql_mode, @@character_set_client, @@character_set_results, @@autocommit"
#define EXPECTED                                                                                                       \
    "+00:00|STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION|"       \
    "utf8mb4|utf8mb4|1"

static void test_a_session_is_strict_and_in_utc(void) {
    berth_driver_connection *connection = fixture_connect();
    ASSERT_TEXT(fixture_rows(connection, SETTINGS), EXPECTED);
    fixture_close(connection);
}

static void test_reset_restores_the_session(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_error error = {.status = BERTH_OK};
    fixture_run(connection, "SET time_zone = '+02:00', sql_mode = '', character_set_results = latin1, @kept = 1");
    fixture_run(connection, "CREATE TEMPORARY TABLE temporary_one (id INT)");
    CU_ASSERT_EQUAL(fixture_driver()->reset(connection, fixture_deadline(5000), &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    ASSERT_TEXT(fixture_rows(connection, SETTINGS), EXPECTED);
    ASSERT_TEXT(fixture_rows(connection, "SELECT @kept"), "NULL");
    fixture_fail(connection, "SELECT * FROM temporary_one", BERTH_UNDEFINED, 1146);
    fixture_close(connection);
}

static void test_the_server_is_named(void) {
    berth_driver_connection *connection = fixture_connect();
    berth_server_info info = {.struct_size = sizeof info};
    berth_error error;
    CU_ASSERT_EQUAL(fixture_driver()->server_info(connection, &info, &error), BERTH_OK);
    ASSERT_TEXT(info.product, "MariaDB");
    CU_ASSERT_TRUE(info.version >= 100000);
    ASSERT_CONTAINS(info.text, "MariaDB");
    fixture_close(connection);
}

static void test_local_files_are_never_sent(void) {
    berth_driver_connection *connection = fixture_connect();
    fixture_run(connection, "CREATE TEMPORARY TABLE loaded (line TEXT)");
    fixture_fail(connection, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE loaded", BERTH_NOT_SUPPORTED, 4166);
    fixture_close(connection);
}

SUITE("mysql_connect", TEST(test_failures_to_connect_are_told_apart), TEST(test_hosts_are_tried_in_order),
      TEST(test_the_socket_option_wins_over_the_host), TEST(test_without_tls_nothing_is_encrypted),
      TEST(test_every_level_of_tls_encrypts), TEST(test_an_unknown_authority_is_refused),
      TEST(test_a_session_is_strict_and_in_utc), TEST(test_reset_restores_the_session), TEST(test_the_server_is_named),
      TEST(test_local_files_are_never_sent))
