/* The smallest complete driver: a database without tables. `SELECT ?, 7, ?` gives one row of what was bound and what
 * stands there; everything else is a syntax error. Copy it, and put your database's client library behind the slots. */
#include <berth/driver.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_COLUMNS 8

/* What one connection needs. Yours has the client library's handle here. */
struct berth_driver_connection {
    berth_value row[MAX_COLUMNS];
    berth_column_info columns[MAX_COLUMNS];
    char *bytes;   /* What the texts and blobs of `row` point into; NULL between results. */
    int row_waits; /* The result is open and its row was not fetched. */
};

/* From the entry point. The same for the whole process, so a static is fine; nothing else here is. */
static const berth_services *core;

static int32_t connect_template(const berth_connect_info *info, int64_t deadline_ns,
                                berth_driver_connection **connection, berth_error *error) {
    (void)deadline_ns; /* Nothing here can block. What can must end soon after its deadline, with BERTH_TIMEOUT. */
    if (info->host_count > 0 || info->database[0] != '\0')
        return core->fail(error, BERTH_DATABASE_NOT_FOUND, "there is one database only, template://");
    *connection = core->allocate(sizeof **connection);
    if (*connection == NULL)
        return core->fail(error, BERTH_NO_MEMORY, "out of memory for a connection");
    memset(*connection, 0, sizeof **connection);
    return BERTH_OK;
}

static void drop_result(berth_driver_connection *connection) {
    core->release(connection->bytes);
    connection->bytes = NULL;
    connection->row_waits = 0;
}

static void close_template(berth_driver_connection *connection, uint32_t flags) {
    (void)flags; /* With BERTH_CLOSE_FORKED a real driver frees its handle without a word to the server. */
    drop_result(connection);
    core->release(connection);
}

static const char *skip_space(const char *sql) {
    return sql + strspn(sql, " \t\r\n");
}

/* One item of the list: `?` or an integer. Goes behind it, or returns NULL. */
static const char *read_item(const char *sql, const berth_execution *execution, uint32_t *used, berth_value *value) {
    char *end;
    if (*sql == '?') {
        *value = execution->params[(*used)++]; /* The core has seen to it that there are as many as placeholders. */
        return sql + 1;
    }
    errno = 0;
    *value = (berth_value){.type = BERTH_TYPE_INT64};
    value->as.integer = strtoll(sql, &end, 10);
    return end == sql || errno != 0 ? NULL : end;
}

/* Fills the row, whose texts still belong to the caller, and counts its columns; 0 for what can't be understood. */
static uint32_t read_select(berth_driver_connection *connection, const berth_execution *execution) {
    uint32_t count = 0, used = 0;
    const char *sql = skip_space(execution->sql);
    if (strncasecmp(sql, "SELECT ", 7) != 0)
        return 0;
    for (sql += 7; count < MAX_COLUMNS; sql++) {
        sql = read_item(skip_space(sql), execution, &used, &connection->row[count++]);
        if (sql == NULL)
            return 0;
        sql = skip_space(sql);
        if (*sql != ',')
            return *sql == '\0' ? count : 0;
    }
    return 0;
}

static int has_bytes(const berth_value *value) {
    return value->type == BERTH_TYPE_TEXT || value->type == BERTH_TYPE_BLOB || value->type == BERTH_TYPE_DECIMAL ||
           value->type == BERTH_TYPE_JSON;
}

/* Parameters are the caller's again when execute() returns, and rows are read later: so they are copied. */
static int copy_bytes(berth_driver_connection *connection, uint32_t count) {
    size_t size = 1;
    for (uint32_t i = 0; i < count; i++)
        size += has_bytes(&connection->row[i]) ? connection->row[i].length + 1 : 0;
    char *to = connection->bytes = core->allocate(size);
    for (uint32_t i = 0; to != NULL && i < count; i++) {
        berth_value *value = &connection->row[i];
        if (!has_bytes(value))
            continue;
        if (value->length > 0)
            memcpy(to, value->as.data, value->length);
        to[value->length] = '\0'; /* Text in a row has a NUL behind it. */
        value->as.data = to;
        to += value->length + 1;
    }
    return to != NULL;
}

static int32_t execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                       berth_error *error) {
    static const char *const names[MAX_COLUMNS] = {"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"};
    (void)deadline_ns;
    drop_result(connection);
    uint32_t count = read_select(connection, execution);
    if (count == 0)
        return core->fail(error, BERTH_SYNTAX, "only SELECT with up to %d parameters and integers is understood",
                          MAX_COLUMNS);
    if (!copy_bytes(connection, count))
        return core->fail(error, BERTH_NO_MEMORY, "out of memory for a row");
    for (uint32_t i = 0; i < count; i++)
        connection->columns[i] = (berth_column_info){.name = names[i], .type = connection->row[i].type};
    execution->column_count = count;
    execution->columns = connection->columns;
    connection->row_waits = (execution->flags & BERTH_EXECUTE_DISCARD) == 0;
    return BERTH_OK;
}

static int32_t fetch(berth_driver_connection *connection, const berth_value **row, int64_t deadline_ns,
                     berth_error *error) {
    (void)deadline_ns;
    (void)error;
    *row = connection->row_waits ? connection->row : NULL;
    connection->row_waits = 0;
    return BERTH_OK;
}

static const char *const schemes[] = {"template", NULL};

static const berth_dialect dialect = {
    .struct_size = sizeof(berth_dialect),
    .placeholder = BERTH_PLACEHOLDER_QUESTION,
    .types = {[BERTH_TYPE_INT64] = "INTEGER", [BERTH_TYPE_DOUBLE] = "REAL", [BERTH_TYPE_TEXT] = "TEXT"},
};

static const berth_driver driver = {
    .struct_size = sizeof(berth_driver),
    .abi_minor = BERTH_ABI_MINOR,
    .name = "template",
    .version = "1.0",
    .schemes = schemes,
    /* Only what is true. There are no transactions, so it takes sessions with .autocommit only. */
    .capabilities = BERTH_CAP_BLOB | BERTH_CAP_UINT64 | BERTH_CAP_FLOAT_NAN | BERTH_CAP_FLOAT_INF | BERTH_CAP_TEXT_NUL,
    .dialect = &dialect,
    .connect = connect_template,
    .close = close_template,
    .execute = execute,
    .fetch = fetch,
};

BERTH_DRIVER_EXPORT(template) {
    /* Check services->abi_minor here before you use a service that is newer than ABI minor 0. */
    core = services;
    return &driver;
}
