#include "tests/drivers/mysql_fixture.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "core/driver_check.h"

#define TEXT_BYTES 8192
#define SKIPPED 77

const berth_driver *berth_mysql_driver_v1(const berth_services *services);

static void ignore_notice(void *context, const char *text) {
    (void)context;
    (void)text;
}

const berth_driver *fixture_driver(void) {
    static berth_services services;
    if (services.struct_size == 0) {
        services = driver_services;
        services.notice = ignore_notice;
    }
    return berth_mysql_driver_v1(&services);
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set: skipped; tests/support/servers run starts a server\n", name);
        exit(SKIPPED);
    }
    return value;
}

const char *fixture_file(const char *name) {
    return variable(name);
}

static void signal_server(int number) {
    CU_ASSERT_EQUAL_FATAL(kill((pid_t)atoi(variable("BERTH_TEST_MARIADB_PID")), number), 0);
}

static bool is_stopped(const char *folder, const char *thread) {
    char path[512];
    char state = 0;
    snprintf(path, sizeof path, "%s/%s/stat", folder, thread);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return true;
    CU_ASSERT_EQUAL(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
    fclose(file);
    return state == 'T';
}

/* The signal is delivered to one thread after the other. */
void fixture_freeze(void) {
    char folder[64];
    bool all_stopped = false;
    snprintf(folder, sizeof folder, "/proc/%d/task", atoi(variable("BERTH_TEST_MARIADB_PID")));
    signal_server(SIGSTOP);
    while (!all_stopped) {
        DIR *threads = opendir(folder);
        CU_ASSERT_PTR_NOT_NULL_FATAL(threads);
        all_stopped = true;
        for (struct dirent *entry = readdir(threads); entry != NULL; entry = readdir(threads))
            all_stopped = all_stopped && (entry->d_name[0] == '.' || is_stopped(folder, entry->d_name));
        closedir(threads);
    }
}

void fixture_thaw(void) {
    signal_server(SIGCONT);
}

berth_connect_info fixture_info(void) {
    static berth_host host;
    host = (berth_host){.name = variable("BERTH_TEST_MARIADB_SOCKET")};
    return (berth_connect_info){
        .struct_size = sizeof(berth_connect_info),
        .host_count = 1,
        .hosts = &host,
        .user = variable("BERTH_TEST_USER"),
        .password = variable("BERTH_TEST_PASSWORD"),
        .database = "berth_socket",
        .application_name = "",
    };
}

berth_connect_info fixture_tcp_info(void) {
    static berth_host host;
    berth_connect_info info = fixture_info();
    host = (berth_host){.name = "127.0.0.1", .port = (uint32_t)atoi(variable("BERTH_TEST_MARIADB_PORT"))};
    info.hosts = &host;
    return info;
}

int32_t fixture_try_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                            berth_error *error) {
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->connect(info, deadline_ns, connection, error);
}

static berth_driver_connection *connect_to(const berth_connect_info *info) {
    berth_driver_connection *connection = NULL;
    berth_error error;
    int32_t status = fixture_try_connect(info, BERTH_NO_DEADLINE, &connection, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
    return connection;
}

berth_driver_connection *fixture_connect(void) {
    const berth_connect_info info = fixture_info();
    return connect_to(&info);
}

berth_driver_connection *fixture_connect_plain(void) {
    static const berth_option plain = {.name = "mariadb", .value = "off"};
    berth_connect_info info = fixture_info();
    info.options = &plain;
    info.option_count = 1;
    return connect_to(&info);
}

const berth_error *fixture_fail(berth_driver_connection *connection, const char *sql, int32_t status,
                                int64_t native_code) {
    static berth_error error;
    berth_execution execution;
    CU_ASSERT_EQUAL(fixture_execute(connection, sql, NULL, 0, &execution, &error), status);
    CU_ASSERT_EQUAL(error.status, status);
    CU_ASSERT_EQUAL(error.native_code, native_code);
    if (error.status != status || error.native_code != native_code)
        fprintf(stderr, "%s: %s %lld %s\n", sql, berth_status_name((berth_status)error.status),
                (long long)error.native_code, error.message);
    return &error;
}

void fixture_open(berth_driver_connection *connection, const char *sql, const berth_value *params, uint32_t count,
                  berth_execution *execution) {
    berth_error error = {.status = BERTH_OK};
    *execution = fixture_execution(sql, params, count, 0);
    int32_t status = fixture_driver()->execute(connection, execution, BERTH_NO_DEADLINE, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
}

const berth_value *fixture_next(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    const berth_value *row = NULL;
    CU_ASSERT_EQUAL_FATAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    return row;
}

const char *fixture_rows(berth_driver_connection *connection, const char *sql) {
    static char text[TEXT_BYTES];
    char value[1024];
    size_t length = 0;
    berth_execution execution;
    fixture_open(connection, sql, NULL, 0, &execution);
    text[0] = '\0';
    for (const berth_value *row = fixture_next(connection); row != NULL; row = fixture_next(connection)) {
        for (uint32_t i = 0; i < execution.column_count; i++) {
            berth_value_format(&row[i], value, sizeof value);
            const char *before = i > 0 ? "|" : length > 0 ? ";" : "";
            int added = snprintf(text + length, sizeof text - length, "%s%s", before,
                                 row[i].type == BERTH_TYPE_NULL ? "NULL" : value);
            length += (size_t)added;
            CU_ASSERT_FATAL(length < sizeof text);
        }
    }
    return text;
}

int64_t fixture_number(berth_driver_connection *connection, const char *sql) {
    berth_execution execution;
    fixture_open(connection, sql, NULL, 0, &execution);
    const berth_value *row = fixture_next(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_TRUE(row[0].type == BERTH_TYPE_INT64 || row[0].type == BERTH_TYPE_BOOL);
    int64_t number = row[0].as.integer;
    CU_ASSERT_PTR_NULL(fixture_next(connection));
    return number;
}

int32_t fixture_try_begin(berth_driver_connection *connection, uint32_t isolation, uint32_t read_only,
                          berth_error *error) {
    const berth_begin begin = {.struct_size = sizeof begin, .isolation = isolation, .read_only = read_only};
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, error);
}

void fixture_begin_as(berth_driver_connection *connection, uint32_t isolation, uint32_t read_only) {
    berth_error error;
    CU_ASSERT_EQUAL(fixture_try_begin(connection, isolation, read_only, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

void fixture_begin(berth_driver_connection *connection) {
    fixture_begin_as(connection, BERTH_ISOLATION_DEFAULT, 0);
}

int32_t fixture_try_commit(berth_driver_connection *connection, berth_error *error) {
    *error = (berth_error){.status = BERTH_OK};
    return fixture_driver()->commit(connection, BERTH_NO_DEADLINE, error);
}

void fixture_commit(berth_driver_connection *connection) {
    berth_error error;
    CU_ASSERT_EQUAL(fixture_try_commit(connection, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

void fixture_kill(berth_driver_connection *connection) {
    fixture_kill_id(fixture_number(connection, "SELECT connection_id()"));
}

void fixture_kill_id(int64_t id) {
    char sql[128];
    berth_driver_connection *killer = fixture_connect();
    snprintf(sql, sizeof sql, "KILL %lld", (long long)id);
    fixture_run(killer, sql);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM information_schema.processlist WHERE id = %lld", (long long)id);
    while (fixture_number(killer, sql) != 0)
        continue;
    fixture_close(killer);
}
