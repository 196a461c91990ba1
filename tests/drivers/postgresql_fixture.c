#include "tests/drivers/postgresql_fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/driver_check.h"

#define MOST_OPTIONS 8

const berth_driver *berth_postgresql_driver_v1(const berth_services *services);

char fixture_notice[256];

static void keep_notice(void *context, const char *text) {
    (void)context;
    snprintf(fixture_notice, sizeof fixture_notice, "%s", text);
}

int fixture_allocations_left = -1;

static bool may_allocate(void) {
    return fixture_allocations_left < 0 || fixture_allocations_left-- > 0;
}

static void *allocate(size_t bytes) {
    return may_allocate() ? malloc(bytes) : NULL;
}

static void *reallocate(void *memory, size_t bytes) {
    return may_allocate() ? realloc(memory, bytes) : NULL;
}

const berth_driver *fixture_driver(void) {
    static berth_services services;
    static const berth_driver *driver;
    if (driver == NULL) {
        services = driver_services;
        services.notice = keep_notice;
        services.allocate = allocate;
        services.reallocate = reallocate;
        driver = berth_postgresql_driver_v1(&services);
    }
    return driver;
}

const char *fixture_variable(const char *name) {
    const char *value = getenv(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    return value;
}

static void add_options(berth_connect_info *info, const char *const *options) {
    static char texts[MOST_OPTIONS][64];
    static berth_option given[MOST_OPTIONS];
    for (; options != NULL && options[info->option_count] != NULL; info->option_count++) {
        char *text = texts[info->option_count];
        snprintf(text, sizeof texts[0], "%s", options[info->option_count]);
        char *equals = strchr(text, '=');
        *equals = '\0';
        given[info->option_count] = (berth_option){.name = text, .value = equals + 1};
    }
    info->options = given;
}

static uint32_t port_of(const char *variable) {
    return (uint32_t)strtoul(fixture_variable(variable), NULL, 10);
}

static berth_connect_info make_info(berth_host *host, const char *database, const char *const *options) {
    berth_connect_info info = {
        .struct_size = sizeof info,
        .host_count = 1,
        .hosts = host,
        .user = fixture_variable("BERTH_TEST_USER"),
        .password = fixture_variable("BERTH_TEST_PASSWORD"),
        .database = database,
        .application_name = "",
    };
    add_options(&info, options);
    return info;
}

/* Made by the first that asks. */
static const char *own_database(void) {
    static char name[32];
    static berth_host host;
    char sql[64];
    if (name[0] != '\0')
        return name;
    snprintf(name, sizeof name, "berth_driver_%d", (int)getpid());
    host = (berth_host){fixture_variable("BERTH_TEST_POSTGRESQL_FOLDER"), port_of("BERTH_TEST_POSTGRESQL_PORT"), 0};
    const berth_connect_info info = make_info(&host, "berth_admin", NULL);
    berth_driver_connection *connection = fixture_connect_to(&info);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", name);
    fixture_run(connection, sql);
    fixture_close(connection);
    return name;
}

berth_connect_info fixture_info(const char *const *options) {
    static berth_host host;
    const char *database = own_database();
    host = (berth_host){fixture_variable("BERTH_TEST_POSTGRESQL_FOLDER"), port_of("BERTH_TEST_POSTGRESQL_PORT"), 0};
    return make_info(&host, database, options);
}

berth_connect_info fixture_tcp_info(const char *name, const char *const *options) {
    static berth_host host;
    const char *database = own_database();
    host = (berth_host){name, port_of("BERTH_TEST_POSTGRESQL_PORT"), 0};
    return make_info(&host, database, options);
}

berth_connect_info fixture_pgbouncer_info(void) {
    static berth_host host;
    const char *database = own_database();
    host = (berth_host){"127.0.0.1", port_of("BERTH_TEST_PGBOUNCER_PORT"), 0};
    return make_info(&host, database, OPTIONS("prepared=off"));
}

berth_driver_connection *fixture_connect_to(const berth_connect_info *info) {
    berth_driver_connection *connection = NULL;
    berth_error error = {.status = BERTH_OK};
    int32_t status = fixture_driver()->connect(info, fixture_deadline(10000), &connection, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
    return connection;
}

berth_driver_connection *fixture_connect(void) {
    const berth_connect_info info = fixture_info(NULL);
    return fixture_connect_to(&info);
}

const berth_error *fixture_fail(berth_driver_connection *connection, const char *sql, int32_t status,
                                const char *sqlstate) {
    static berth_error error;
    berth_execution execution;
    CU_ASSERT_EQUAL(fixture_execute(connection, sql, NULL, 0, &execution, &error), status);
    CU_ASSERT_EQUAL(error.status, status);
    ASSERT_TEXT(error.sqlstate, sqlstate);
    return &error;
}

berth_driver_statement *fixture_prepare(berth_driver_connection *connection, const char *sql) {
    berth_driver_statement *statement = NULL;
    berth_error error = {.status = BERTH_OK};
    int32_t status = fixture_driver()->prepare(connection, sql, strlen(sql), BERTH_NO_DEADLINE, &statement, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
    return statement;
}

static const berth_value *next_row(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    const berth_value *row = NULL;
    CU_ASSERT_EQUAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    return row;
}

static size_t append(char *text, size_t size, size_t length, const char *format, ...) BERTH_PRINTF(4, 5);
static size_t append(char *text, size_t size, size_t length, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
    return length + (size_t)added < size ? length + (size_t)added : size - 1;
}

/* Executes without DISCARD, and writes the rows down. */
static const char *read_rows(berth_driver_connection *connection, berth_driver_statement *statement, const char *sql,
                             const berth_value *params, uint32_t count) {
    static char text[4096];
    char value[1024];
    size_t length = 0;
    berth_error error = {.status = BERTH_OK};
    berth_execution execution = {.struct_size = sizeof execution,
                                 .statement = statement,
                                 .sql = sql,
                                 .sql_length = strlen(sql),
                                 .params = params,
                                 .param_count = count};
    text[0] = '\0';
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    if (error.status != BERTH_OK)
        return text;
    for (const berth_value *row = next_row(connection); row != NULL; row = next_row(connection)) {
        for (uint32_t i = 0; i < execution.column_count; i++) {
            berth_value_format(&row[i], value, sizeof value);
            length = append(text, sizeof text, length, "%s%s",
                            i > 0        ? "|"
                            : length > 0 ? ";"
                                         : "",
                            row[i].type == BERTH_TYPE_NULL ? "NULL" : value);
        }
    }
    return text;
}

const char *fixture_rows_with(berth_driver_connection *connection, const char *sql, const berth_value *params,
                              uint32_t count) {
    return read_rows(connection, NULL, sql, params, count);
}

const char *fixture_rows(berth_driver_connection *connection, const char *sql) {
    return read_rows(connection, NULL, sql, NULL, 0);
}

void fixture_describe(berth_driver_connection *connection, berth_driver_statement *statement, const char *sql,
                      uint32_t count) {
    static const berth_value nulls[8];
    berth_error error = {.status = BERTH_OK};
    berth_execution execution = fixture_execution(sql, nulls, count, BERTH_EXECUTE_DISCARD);
    execution.statement = statement;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

const char *fixture_prepared_rows(berth_driver_connection *connection, const char *sql, const berth_value *params,
                                  uint32_t count) {
    char first[4096];
    berth_driver_statement *statement = fixture_prepare(connection, sql);
    snprintf(first, sizeof first, "%s", read_rows(connection, statement, sql, params, count));
    const char *text = read_rows(connection, statement, sql, params, count);
    ASSERT_TEXT(first, text);
    fixture_driver()->unprepare(connection, statement);
    return text;
}

uint32_t fixture_type(berth_driver_connection *connection, const char *sql, bool prepared) {
    berth_driver_statement *statement = prepared ? fixture_prepare(connection, sql) : NULL;
    berth_error error = {.status = BERTH_OK};
    berth_execution execution = fixture_execution(sql, NULL, 0, 0);
    if (prepared)
        fixture_describe(connection, statement, sql, 0);
    execution.statement = statement;
    CU_ASSERT_EQUAL(fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, &error), BERTH_OK);
    const berth_value *row = next_row(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    uint32_t type = row[0].type;
    CU_ASSERT_PTR_NULL(next_row(connection));
    if (statement != NULL)
        fixture_driver()->unprepare(connection, statement);
    return type;
}

void fixture_begin(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    const berth_begin begin = {.struct_size = sizeof begin};
    CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

void fixture_begin_deferred(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    const berth_begin begin = {.struct_size = sizeof begin, .flags = BERTH_EXECUTE_DEFER};
    CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

int32_t fixture_run_with(berth_driver_connection *connection, berth_driver_statement *statement, const char *sql,
                         const berth_value *values, uint32_t count, uint32_t flags, berth_error *error) {
    berth_execution execution = fixture_execution(sql, values, count, flags | BERTH_EXECUTE_DISCARD);
    execution.statement = statement;
    *error = (berth_error){.status = BERTH_OK, .index = -1};
    return fixture_driver()->execute(connection, &execution, BERTH_NO_DEADLINE, error);
}

void fixture_defer(berth_driver_connection *connection, const char *sql) {
    berth_error error;
    CU_ASSERT_EQUAL(fixture_run_with(connection, NULL, sql, NULL, 0, BERTH_EXECUTE_DEFER, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

int32_t fixture_sync(berth_driver_connection *connection, berth_error *error) {
    *error = (berth_error){.status = BERTH_OK, .index = -1};
    return fixture_driver()->sync(connection, BERTH_NO_DEADLINE, error);
}

int32_t fixture_try_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    *error = (berth_error){.status = BERTH_OK, .index = -1};
    return fixture_driver()->commit(connection, deadline_ns, error);
}

void fixture_commit(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    CU_ASSERT_EQUAL(fixture_driver()->commit(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

int32_t fixture_state(berth_driver_connection *connection) {
    return fixture_driver()->transaction_state(connection);
}

void fixture_terminate(berth_driver_connection *connection) {
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%s, 5000)",
             fixture_rows(connection, "SELECT pg_backend_pid()"));
    berth_driver_connection *other = fixture_connect();
    ASSERT_TEXT(fixture_rows(other, sql), "true");
    fixture_close(other);
}
