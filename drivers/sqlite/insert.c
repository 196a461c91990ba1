/* Which statements can be written as one INSERT of many rows, and how. Only what is recognised for certain is: a plain
 * INSERT of nothing but placeholders. The texts are those of statements that SQLite has compiled. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sqlite.h"

static const char *skip_space(const char *sql) {
    return sql + strspn(sql, " \t\n\f\r");
}

static bool is_name_byte(char byte) {
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' ||
           byte == '$' || (byte & 0x80) != 0;
}

/* The following ones each return where it goes on, NULL when it is something else, or was given. */

static const char *skip_word(const char *sql, const char *word) {
    size_t length = strlen(word);
    if (sql == NULL || strncasecmp(sql, word, length) != 0 || is_name_byte(sql[length]))
        return NULL;
    return skip_space(sql + length);
}

static const char *skip_byte(const char *sql, char byte) {
    return sql != NULL && *sql == byte ? skip_space(sql + 1) : NULL;
}

/* The end of a name, plain or in double quotes. */
static const char *find_name_end(const char *sql) {
    if (sql == NULL)
        return NULL;
    const char *end = sql;
    if (*sql != '"') {
        while (is_name_byte(*end))
            end++;
        return end > sql ? end : NULL;
    }
    do {
        end = strchr(end + 1, '"');
        if (end == NULL)
            return NULL;
        end++;
    } while (*end == '"');
    return end;
}

static const char *skip_columns(const char *sql) {
    if (sql == NULL || *sql != '(')
        return sql;
    do {
        sql = find_name_end(skip_space(sql + 1));
        if (sql == NULL)
            return NULL;
        sql = skip_space(sql);
    } while (*sql == ',');
    return skip_byte(sql, ')');
}

/* `?` or `?NUMBER` with the number that it has anyway. */
static const char *skip_placeholder(const char *sql, uint32_t number) {
    sql = skip_byte(sql, '?');
    if (sql == NULL || *sql < '0' || *sql > '9')
        return sql;
    char *end;
    return strtoul(sql, &end, 10) == number ? skip_space(end) : NULL;
}

static const char *skip_placeholders(const char *sql, uint32_t *count) {
    *count = 0;
    do {
        if (sql != NULL)
            sql = skip_placeholder(skip_space(sql + 1), ++*count);
    } while (sql != NULL && *sql == ',');
    return skip_byte(sql, ')');
}

bool sqlite_insert_recognise(const char *sql, sqlite_insert *insert) {
    const char *at = skip_word(skip_word(skip_space(sql), "INSERT"), "INTO");
    const char *end = find_name_end(at);
    if (end == NULL)
        return false;
    insert->table = at;
    insert->table_length = (size_t)(end - at);
    const char *values = skip_word(skip_columns(skip_space(end)), "VALUES");
    if (values == NULL || *values != '(')
        return false;
    insert->target_length = (size_t)(values - at);
    end = skip_placeholders(values, &insert->value_count);
    return end != NULL && end[strspn(end, "; \t\n\f\r")] == '\0';
}

void sqlite_insert_name_table(const sqlite_insert *insert, char *name) {
    bool is_quoted = insert->table[0] == '"';
    const char *end = insert->table + insert->table_length - is_quoted;
    for (const char *at = insert->table + is_quoted; at < end; at++) {
        *name++ = *at;
        at += is_quoted && *at == '"';
    }
    *name = '\0';
}

char *sqlite_insert_write(const sqlite_insert *insert, uint32_t row_count) {
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendf(text, "INSERT OR FAIL INTO %.*s", (int)insert->target_length, insert->table);
    for (uint32_t row = 0; row < row_count; row++) {
        sqlite3_str_appendall(text, row == 0 ? "(?" : ",(?");
        for (uint32_t i = 1; i < insert->value_count; i++)
            sqlite3_str_append(text, ",?", 2);
        sqlite3_str_appendchar(text, 1, ')');
    }
    return sqlite3_str_finish(text);
}
