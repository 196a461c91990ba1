/* Preparing, and what is known of a statement before it runs. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "sqlite.h"

#define NOTED_BYTES 40 /* The longest word of a second statement that is shown; never its literals. */

/* The first byte that is neither white space, nor in a comment, nor a semicolon. */
static const char *skip_blank(const char *sql, const char *end) {
    while (sql < end) {
        if (*sql == ';' || *sql == ' ' || (*sql >= '\t' && *sql <= '\r')) {
            sql++;
        } else if (end - sql >= 2 && memcmp(sql, "--", 2) == 0) {
            const char *line_end = memchr(sql, '\n', (size_t)(end - sql));
            sql = line_end != NULL ? line_end : end;
        } else if (end - sql >= 2 && memcmp(sql, "/*", 2) == 0) {
            const char *comment_end = memmem(sql + 2, (size_t)(end - sql) - 2, "*/", 2);
            sql = comment_end != NULL ? comment_end + 2 : end;
        } else {
            break;
        }
    }
    return sql;
}

static bool begins_with(const char *sql, const char *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - sql) >= length && strncasecmp(sql, word, length) == 0;
}

/* SQLite counts the rows of statements that begin so; of the other ones its counts are those of an earlier statement.
 * `sql` is known to write. */
static void find_kind(berth_driver_statement *statement, const char *sql, const char *end) {
    const char *word = skip_blank(sql, end);
    statement->inserts =
        begins_with(word, end, "INSERT") || begins_with(word, end, "REPLACE") || begins_with(word, end, "WITH");
    statement->counts_rows = statement->inserts || begins_with(word, end, "UPDATE") || begins_with(word, end, "DELETE");
    statement->reads_last_id = statement->inserts && strcasestr(sql, "last_insert_rowid") != NULL;
}

static int32_t describe_columns(berth_driver_statement *statement, berth_error *error) {
    size_t count = (size_t)sqlite3_column_count(statement->handle);
    size_t bytes = sizeof(berth_value) + sizeof(berth_column_info);
    berth_value *row = NULL;
    if (count > 0 && (row = sqlite_services->allocate(count * bytes)) == NULL)
        return sqlite_services->fail(error, BERTH_NO_MEMORY, "out of memory for %zu columns", count);
    if (row != NULL)
        memset(row, 0, count * bytes);
    sqlite_services->release(statement->row);
    statement->row = row;
    statement->columns = row != NULL ? (berth_column_info *)(row + count) : NULL;
    statement->column_count = (uint32_t)count;
    statement->converts = false;
    for (size_t i = 0; i < count; i++) {
        const char *name = sqlite3_column_name(statement->handle, (int)i);
        const char *declared_type = sqlite3_column_decltype(statement->handle, (int)i);
        uint32_t type = sqlite_type_of(declared_type);
        statement->columns[i] =
            (berth_column_info){.name = name != NULL ? name : "", .type = type, .declared_type = declared_type};
        statement->converts |= sqlite_type_converts(type);
    }
    return BERTH_OK;
}

int32_t sqlite_statement_refresh(berth_driver_statement *statement, berth_error *error) {
    int count = sqlite3_stmt_status(statement->handle, SQLITE_STMTSTATUS_REPREPARE, 0);
    if (count == statement->reprepare_count)
        return BERTH_OK;
    int32_t status = describe_columns(statement, error);
    if (status == BERTH_OK)
        statement->reprepare_count = count;
    return status;
}

static int32_t describe(berth_driver_statement *statement, const char *sql, const char *end, berth_error *error) {
    statement->param_count = (uint32_t)sqlite3_bind_parameter_count(statement->handle);
    statement->is_reader = sqlite3_stmt_readonly(statement->handle) != 0;
    if (!statement->is_reader && !sqlite3_stmt_isexplain(statement->handle))
        find_kind(statement, sql, end);
    return describe_columns(statement, error);
}

/* Compiles, and refuses what is no statement or more than one. */
static int32_t compile(berth_driver_connection *connection, const char *sql, uint64_t length, unsigned flags,
                       sqlite3_stmt **handle, berth_error *error) {
    const char *tail = NULL;
    if (length >= INT_MAX)
        return sqlite_services->fail(error, BERTH_TOO_LARGE, "the statement has %llu bytes, SQLite takes up to %d",
                                     (unsigned long long)length, INT_MAX - 1);
    int code = sqlite3_prepare_v3(connection->database, sql, (int)length + 1, flags, handle, &tail);
    if (code != SQLITE_OK)
        return sqlite_fail(connection, code, sql, error);
    if (*handle == NULL)
        return sqlite_services->fail(error, BERTH_SYNTAX, "the statement is empty");
    tail = skip_blank(tail, sql + length);
    if (tail == sql + length)
        return BERTH_OK;
    size_t word = strcspn(tail, " \t\r\n;('\"");
    return sqlite_services->fail(error, BERTH_SYNTAX, "one statement at a time: behind the first one stands \"%.*s\"",
                                 word < NOTED_BYTES ? (int)word : 0, tail);
}

void sqlite_statement_free(berth_driver_statement *statement) {
    sqlite_batch_free(statement->batch);
    sqlite3_finalize(statement->handle);
    sqlite_services->release(statement->row);
    sqlite_services->release(statement->formatted);
    sqlite_services->release(statement);
}

int32_t sqlite_statement_make(berth_driver_connection *connection, const char *sql, uint64_t length, unsigned flags,
                              berth_driver_statement **made, berth_error *error) {
    berth_driver_statement *statement = sqlite_services->allocate(sizeof *statement);
    *made = NULL;
    if (statement == NULL)
        return sqlite_services->fail(error, BERTH_NO_MEMORY, "out of memory for a statement");
    memset(statement, 0, sizeof *statement);
    int32_t status = compile(connection, sql, length, flags, &statement->handle, error);
    if (status == BERTH_OK)
        status = describe(statement, sql, sql + length, error);
    if (status == BERTH_OK)
        *made = statement;
    else
        sqlite_statement_free(statement);
    return status;
}

int32_t sqlite_prepare(berth_driver_connection *connection, const char *sql, uint64_t length, int64_t deadline_ns,
                       berth_driver_statement **statement, berth_error *error) {
    berth_driver_statement *made = NULL;
    int32_t status = sqlite_call_begin(connection, deadline_ns, error);
    if (status == BERTH_OK)
        status = sqlite_statement_make(connection, sql, length, SQLITE_PREPARE_PERSISTENT, &made, error);
    *statement = made;
    if (made == NULL)
        return status;
    made->next = connection->statements;
    if (made->next != NULL)
        made->next->previous = made;
    connection->statements = made;
    return BERTH_OK;
}

void sqlite_unprepare(berth_driver_connection *connection, berth_driver_statement *statement) {
    *(statement->previous != NULL ? &statement->previous->next : &connection->statements) = statement->next;
    if (statement->next != NULL)
        statement->next->previous = statement->previous;
    if (connection->open == statement)
        connection->open = NULL;
    sqlite_statement_free(statement);
}
