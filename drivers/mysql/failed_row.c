/* Which row of an array has failed. MariaDB counts the rows of an INSERT and keeps the number with the error; but what
 * a trigger or a function inserts counts too. So it is asked for where neither can have run: for plain placeholders
 * into a table that is no view, in a session without triggers so far. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client.h"

#define MOST_NAME_BYTES 256

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t\r\n");
}

/* Behind the word; NULL where there is another one. */
static const char *skip_word(const char *at, const char *word) {
    size_t length = strlen(word);
    at = skip_blanks(at);
    bool is_it = strncasecmp(at, word, length) == 0 && !isalnum((unsigned char)at[length]) && at[length] != '_';
    return is_it ? at + length : NULL;
}

/* Behind a quoted name, where a doubled quote is one of the name's. */
static const char *skip_quoted(const char *at, char name[MOST_NAME_BYTES]) {
    size_t length = 0;
    for (at++; *at != '\0' && length < MOST_NAME_BYTES - 1; at++) {
        if (at[0] == '`' && at[1] != '`') {
            name[length] = '\0';
            return at + 1;
        }
        at += at[0] == '`';
        name[length++] = *at;
    }
    return NULL;
}

static const char *skip_plain(const char *at, char name[MOST_NAME_BYTES]) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
    size_t length = strspn(at, plain);
    if (length == 0 || length >= MOST_NAME_BYTES)
        return NULL;
    memcpy(name, at, length);
    name[length] = '\0';
    return at + length;
}

/* Behind a name, which is put into `name` without quotes; NULL for anything else, as one with its schema. */
static const char *skip_name(const char *at, char name[MOST_NAME_BYTES]) {
    at = skip_blanks(at);
    at = *at == '`' ? skip_quoted(at, name) : skip_plain(at, name);
    if (at != NULL)
        at = skip_blanks(at);
    return at != NULL && *at != '.' ? at : NULL;
}

/* Behind a list of names, if there is one. */
static const char *skip_columns(const char *at) {
    char name[MOST_NAME_BYTES];
    at = skip_blanks(at);
    if (*at != '(')
        return at;
    do {
        at = skip_name(at + 1, name);
    } while (at != NULL && *at == ',');
    return at != NULL && *at == ')' ? at + 1 : NULL;
}

/* Whether the rest is one list of as many placeholders. */
static bool is_one_row(const char *at, uint32_t count) {
    at = skip_blanks(at);
    if (*at != '(')
        return false;
    for (uint32_t i = 0; i < count; i++) {
        at = skip_blanks(at + 1);
        if (*at != '?')
            return false;
        at = skip_blanks(at + 1);
        if (*at != (i + 1 < count ? ',' : ')'))
            return false;
    }
    at = skip_blanks(at + 1);
    return *skip_blanks(at + (*at == ';')) == '\0';
}

static bool is_plain_insert(const berth_driver_statement *statement, char table[MOST_NAME_BYTES]) {
    const char *at = skip_word(statement->sql, "INSERT");
    if (at == NULL)
        at = skip_word(statement->sql, "REPLACE");
    if (at != NULL)
        at = skip_word(at, "INTO");
    if (at != NULL)
        at = skip_name(at, table);
    if (at != NULL)
        at = skip_columns(at);
    if (at != NULL)
        at = skip_word(at, "VALUES");
    return at != NULL && is_one_row(at, statement->param_count);
}

static int64_t number_of(const char *text) {
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

/* The answer has the error's code, its message, its row, and whether nothing else can have counted. */
static int64_t judge_answer(MYSQL *handle, unsigned code, const char *message) {
    MYSQL_RES *rows = mysql_store_result(handle);
    MYSQL_ROW row = rows != NULL ? mysql_fetch_row(rows) : NULL;
    int64_t index = -1;
    if (row != NULL && number_of(row[0]) == code && row[1] != NULL && strcmp(row[1], message) == 0 &&
        number_of(row[3]) == 1)
        index = number_of(row[2]) - 1;
    if (rows != NULL)
        mysql_free_result(rows);
    return index;
}

int64_t mydb_failed_row(berth_driver_connection *connection, const berth_driver_statement *statement) {
    char table[MOST_NAME_BYTES];
    char quoted[2 * MOST_NAME_BYTES + 1];
    char sql[2 * MOST_NAME_BYTES + 512];
    char message[MYSQL_ERRMSG_SIZE];
    unsigned code = mysql_stmt_errno(statement->handle);
    if (!is_plain_insert(statement, table))
        return -1;
    snprintf(message, sizeof message, "%s", mysql_stmt_error(statement->handle));
    mysql_real_escape_string(connection->handle, quoted, table, (unsigned long)strlen(table));
    snprintf(sql, sizeof sql,
             "SELECT @berth_code, @berth_message, @berth_row, (SELECT variable_value FROM"
             " information_schema.session_status WHERE variable_name = 'EXECUTED_TRIGGERS') = 0"
             " AND (SELECT count(*) FROM information_schema.tables WHERE table_schema = database()"
             " AND table_name = '%s' AND table_type = 'BASE TABLE') = 1",
             quoted);
    if (mysql_query(connection->handle, "GET DIAGNOSTICS CONDITION 1 @berth_code = MYSQL_ERRNO,"
                                        " @berth_message = MESSAGE_TEXT, @berth_row = ROW_NUMBER") != 0 ||
        mysql_query(connection->handle, sql) != 0)
        return -1;
    return judge_answer(connection->handle, code, message);
}
