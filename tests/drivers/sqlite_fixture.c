#include "tests/drivers/sqlite_fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/driver_check.h"

#define MOST_OPTIONS 8

const berth_driver *berth_sqlite_driver_v1(const berth_services *services);

char fixture_notice[256];
atomic_int fixture_allocations_left = -1;
atomic_int fixture_clock_reads;
static char folder[FIXTURE_PATH_BYTES];

static void keep_notice(void *context, const char *text) {
    (void)context;
    snprintf(fixture_notice, sizeof fixture_notice, "%s", text);
}

static void *allocate_or_fail(size_t bytes) {
    if (fixture_allocations_left == 0)
        return NULL;
    fixture_allocations_left -= fixture_allocations_left > 0;
    return malloc(bytes);
}

static int64_t read_clock(void) {
    fixture_clock_reads++;
    return driver_services.now_ns();
}

static berth_services services;
static const berth_driver *driver;

static void enter_driver(void) {
    services = driver_services;
    services.notice = keep_notice;
    services.allocate = allocate_or_fail;
    services.now_ns = read_clock;
    driver = berth_sqlite_driver_v1(&services);
}

const berth_driver *fixture_driver(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, enter_driver);
    return driver;
}

const char *fixture_folder(void) {
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "/tmp/berth-sqlite-XXXXXX");
        CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    }
    return folder;
}

const char *fixture_path(const char *name) {
    static char path[2 * FIXTURE_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", fixture_folder(), name);
    return path;
}

void fixture_remove(void) {
    DIR *listing = opendir(fixture_folder());
    CU_ASSERT_PTR_NOT_NULL_FATAL(listing);
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(fixture_path(entry->d_name));
    closedir(listing);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
    folder[0] = '\0';
}

int32_t fixture_try_connect(const char *database, int64_t deadline_ns, const char *const *options,
                            berth_driver_connection **connection, berth_error *error) {
    static char texts[MOST_OPTIONS][64];
    berth_option given[MOST_OPTIONS];
    berth_connect_info info = {.struct_size = sizeof info, .database = database, .application_name = ""};
    for (; options != NULL && options[info.option_count] != NULL; info.option_count++) {
        char *text = texts[info.option_count];
        snprintf(text, sizeof texts[0], "%s", options[info.option_count]);
        char *equals = strchr(text, '=');
        *equals = '\0';
        given[info.option_count] = (berth_option){.name = text, .value = equals + 1};
    }
    info.options = given;
    fixture_notice[0] = '\0';
    return fixture_driver()->connect(&info, deadline_ns, connection, error);
}

berth_driver_connection *fixture_connect(const char *database, const char *const *options) {
    berth_driver_connection *connection = NULL;
    berth_error error = {.status = BERTH_OK};
    int32_t status = fixture_try_connect(database, BERTH_NO_DEADLINE, options, &connection, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
    return connection;
}

void fixture_fail(berth_driver_connection *connection, const char *sql, int32_t status, int64_t native_code,
                  const char *message) {
    berth_execution execution;
    berth_error error;
    CU_ASSERT_EQUAL(fixture_execute(connection, sql, NULL, 0, &execution, &error), status);
    CU_ASSERT_EQUAL(error.status, status);
    CU_ASSERT_EQUAL(error.native_code, native_code);
    ASSERT_TEXT(error.message, message);
}

/* Executes without DISCARD; must succeed. */
static void open_rows(berth_driver_connection *connection, const char *sql, const char *value,
                      berth_execution *execution) {
    berth_error error = {.status = BERTH_OK};
    const berth_value param = berth_text(value);
    *execution = (berth_execution){.struct_size = sizeof *execution,
                                   .sql = sql,
                                   .sql_length = strlen(sql),
                                   .params = &param,
                                   .param_count = value != NULL};
    int32_t status = fixture_driver()->execute(connection, execution, BERTH_NO_DEADLINE, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_EQUAL_FATAL(status, BERTH_OK);
}

static const berth_value *next_row(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    const berth_value *row = NULL;
    CU_ASSERT_EQUAL_FATAL(fixture_driver()->fetch(connection, &row, BERTH_NO_DEADLINE, &error), BERTH_OK);
    return row;
}

int64_t fixture_number(berth_driver_connection *connection, const char *sql) {
    berth_execution execution;
    open_rows(connection, sql, NULL, &execution);
    const berth_value *row = next_row(connection);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_TRUE(row[0].type == BERTH_TYPE_INT64 || row[0].type == BERTH_TYPE_BOOL);
    int64_t number = row[0].as.integer;
    CU_ASSERT_PTR_NULL(next_row(connection));
    return number;
}

static size_t append(char *text, size_t size, size_t length, const char *format, ...) BERTH_PRINTF(4, 5);
static size_t append(char *text, size_t size, size_t length, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
    return length + (size_t)added < size ? length + (size_t)added : size - 1;
}

const char *fixture_rows(berth_driver_connection *connection, const char *sql) {
    return fixture_rows_of(connection, sql, NULL);
}

const char *fixture_rows_of(berth_driver_connection *connection, const char *sql, const char *value) {
    static char text[4096];
    char shown[1024];
    size_t length = 0;
    berth_execution execution;
    open_rows(connection, sql, value, &execution);
    text[0] = '\0';
    for (const berth_value *row = next_row(connection); row != NULL; row = next_row(connection)) {
        for (uint32_t i = 0; i < execution.column_count; i++) {
            berth_value_format(&row[i], shown, sizeof shown);
            length = append(text, sizeof text, length, "%s%s",
                            i > 0        ? "|"
                            : length > 0 ? ";"
                                         : "",
                            row[i].type == BERTH_TYPE_NULL ? "NULL" : shown);
        }
    }
    return text;
}

void fixture_begin(berth_driver_connection *connection, uint32_t read_only) {
    berth_error error = {.status = BERTH_OK};
    const berth_begin begin = {.struct_size = sizeof begin, .read_only = read_only};
    CU_ASSERT_EQUAL(fixture_driver()->begin(connection, &begin, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}

void fixture_commit(berth_driver_connection *connection) {
    berth_error error = {.status = BERTH_OK};
    CU_ASSERT_EQUAL(fixture_driver()->commit(connection, BERTH_NO_DEADLINE, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
}
