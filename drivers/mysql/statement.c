#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>
#include <strings.h>

#include "client.h"

/* The first word of a statement, behind blanks, comments and parentheses. */
static const char *first_word(const char *sql) {
    for (;;) {
        sql += strspn(sql, " \t\r\n\f\v(");
        if (sql[0] == '#' || (sql[0] == '-' && sql[1] == '-')) {
            sql += strcspn(sql, "\n");
        } else if (sql[0] == '/' && sql[1] == '*' && sql[2] != '!') {
            const char *end = strstr(sql + 2, "*/");
            sql = end != NULL ? end + 2 : sql + strlen(sql);
        } else {
            return sql;
        }
    }
}

static bool begins_with(const char *sql, const char *const *words) {
    for (; *words != NULL; words++)
        if (strncasecmp(sql, *words, strlen(*words)) == 0)
            return true;
    return false;
}

bool mydb_statement_sets_autocommit(const char *sql) {
    static const char *const setters[] = {"SET", NULL};
    return begins_with(first_word(sql), setters) && strcasestr(sql, "autocommit") != NULL;
}

static void classify(berth_driver_statement *statement) {
    static const char *const writers[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", NULL};
    static const char *const rows_writers[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", NULL};
    static const char *const readers[] = {"SELECT", "SHOW", "VALUES", "TABLE", "DESCRIBE", "EXPLAIN", NULL};
    const char *word = first_word(statement->sql);
    statement->counts_rows = begins_with(word, writers);
    statement->is_write = begins_with(word, rows_writers) && strcasestr(word, "RETURNING") == NULL;
    statement->is_select = begins_with(word, readers);
    statement->sets_autocommit = mydb_statement_sets_autocommit(statement->sql);
}

static int32_t send_as_text(berth_driver_statement *statement) {
    statement->is_single = true;
    statement->next_row = mydb_text_next;
    return BERTH_OK;
}

static int32_t compile(berth_driver_connection *connection, berth_driver_statement *statement, berth_error *error) {
    statement->handle = mysql_stmt_init(connection->handle);
    if (statement->handle == NULL)
        return mydb_errors_no_memory(error);
    if (mysql_stmt_prepare(statement->handle, statement->sql, (unsigned long)statement->sql_length) == 0) {
        statement->param_count = (uint32_t)mysql_stmt_param_count(statement->handle);
        statement->is_direct = !connection->target.is_plain && mydb_direct_use(statement);
        statement->is_single = !connection->takes_arrays || !statement->is_write || statement->param_count == 0;
        statement->next_row = statement->is_direct ? mydb_direct_next : mydb_bound_next;
        return mydb_params_make(statement) ? BERTH_OK : mydb_errors_no_memory(error);
    }
    if (mysql_stmt_errno(statement->handle) != ER_UNSUPPORTED_PS)
        return mydb_errors_of_statement(connection, statement->handle, error);
    mysql_stmt_close(statement->handle);
    statement->handle = NULL;
    return send_as_text(statement);
}

static void forget(berth_driver_statement *statement) {
    if (statement->handle != NULL)
        mysql_stmt_close(statement->handle);
    statement->handle = NULL;
    mydb_services->release(statement->param_binds);
    mydb_services->release(statement->param_slots);
    statement->param_binds = NULL;
    statement->param_slots = NULL;
    statement->param_count = 0;
    mydb_rows_free(&statement->shape);
}

int32_t mydb_statement_renew(berth_driver_connection *connection, berth_driver_statement *statement,
                             berth_error *error) {
    forget(statement);
    int32_t status = compile(connection, statement, error);
    statement->is_stale = status != BERTH_OK;
    return status;
}

int32_t mydb_statement_make(berth_driver_connection *connection, const char *sql, uint64_t length, bool as_text,
                            berth_driver_statement **made, berth_error *error) {
    *made = NULL;
    berth_driver_statement *statement = mydb_services->allocate(sizeof *statement);
    if (statement == NULL)
        return mydb_errors_no_memory(error);
    memset(statement, 0, sizeof *statement);
    statement->next = connection->statements;
    if (statement->next != NULL)
        statement->next->previous = statement;
    connection->statements = statement;
    statement->sql = mydb_services->allocate(length + 1);
    int32_t status = BERTH_OK;
    if (statement->sql == NULL) {
        status = mydb_errors_no_memory(error);
    } else {
        memcpy(statement->sql, sql, length);
        statement->sql[length] = '\0';
        statement->sql_length = length;
        classify(statement);
        status = mydb_session_check_size(connection, "the statement", length, error);
    }
    if (status == BERTH_OK)
        status = as_text ? send_as_text(statement) : compile(connection, statement, error);
    if (status == BERTH_OK)
        *made = statement;
    else
        mydb_statement_unprepare(connection, statement);
    return status;
}

int32_t mydb_statement_prepare(berth_driver_connection *connection, const char *sql, uint64_t length,
                               int64_t deadline_ns, berth_driver_statement **statement, berth_error *error) {
    *statement = NULL;
    int32_t status = mydb_call_begin(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    status = mydb_statement_make(connection, sql, length, false, statement, error);
    mydb_call_end(connection);
    return status;
}

void mydb_statement_unprepare(berth_driver_connection *connection, berth_driver_statement *statement) {
    *(statement->previous != NULL ? &statement->previous->next : &connection->statements) = statement->next;
    if (statement->next != NULL)
        statement->next->previous = statement->previous;
    if (connection->open == statement)
        connection->open = NULL;
    if (connection->unkept == statement)
        connection->unkept = NULL;
    forget(statement);
    mydb_services->release(statement->sql);
    mydb_services->release(statement);
}
