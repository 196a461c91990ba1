#include "core/sql_scan.h"

#include <berth/driver.h>
#include <string.h>

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

static bool is_letter(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
}

static bool is_space(char character) {
    return character == ' ' || (character >= '\t' && character <= '\r');
}

bool sql_is_word_character(char character) {
    return is_letter(character) || is_digit(character) || character == '$' || (unsigned char)character >= 0x80;
}

/* The character at a place, NUL behind the end. */
static char peek(const sql_scanner *scanner, size_t at) {
    return at < scanner->length ? scanner->sql[at] : '\0';
}

static bool has(const sql_scanner *scanner, uint32_t bits) {
    return (scanner->lexical & bits) != 0;
}

/* What begins with a digit has no `$` in it: the one in 3$a$ opens a dollar quote. */
static size_t end_of_word(const sql_scanner *scanner, size_t at) {
    bool dollars = !is_digit(scanner->sql[at]);
    while (sql_is_word_character(peek(scanner, at)) && (dollars || scanner->sql[at] != '$'))
        at++;
    return at;
}

static size_t end_of_line(const sql_scanner *scanner, size_t at) {
    const char *end = memchr(scanner->sql + at, '\n', scanner->length - at);
    return end == NULL ? scanner->length : (size_t)(end - scanner->sql);
}

/* The functions named end_of_ return the place behind what begins at `at`, 0 when it has no end. */
static size_t end_of_comment(const sql_scanner *scanner, size_t at) {
    size_t depth = 1;
    for (at += 2; at + 1 < scanner->length; at++) {
        if (scanner->sql[at] == '*' && scanner->sql[at + 1] == '/') {
            at++;
            if (--depth == 0)
                return at + 1;
        } else if (scanner->sql[at] == '/' && scanner->sql[at + 1] == '*' && has(scanner, BERTH_LEX_NESTED_COMMENTS)) {
            at++;
            depth++;
        }
    }
    return 0;
}

static size_t end_of_quote(const sql_scanner *scanner, size_t at, char close, bool backslashes) {
    for (at++; at < scanner->length; at++) {
        if (scanner->sql[at] == '\\' && backslashes)
            at++;
        else if (scanner->sql[at] == close && peek(scanner, at + 1) == close)
            at++;
        else if (scanner->sql[at] == close)
            return at + 1;
    }
    return 0;
}

/* Where a literal goes on after a line break ('a'<newline>'b' is 'ab'), 0 when it doesn't. */
static size_t find_continuation(const sql_scanner *scanner, size_t at) {
    bool new_line = false;
    for (;; at++) {
        char character = peek(scanner, at);
        if (character == '\'')
            return new_line ? at : 0;
        if (character == '-' && peek(scanner, at + 1) == '-')
            at = end_of_line(scanner, at);
        else if (!is_space(character))
            return 0;
        new_line = new_line || peek(scanner, at) == '\n' || peek(scanner, at) == '\r';
    }
}

/* Each part of a continued E'' literal has backslash escapes. */
static size_t end_of_escape_string(const sql_scanner *scanner, size_t at) {
    size_t end = 0;
    for (size_t next = at; next != 0; next = find_continuation(scanner, end)) {
        end = end_of_quote(scanner, next, '\'', true);
        if (end == 0)
            return 0;
    }
    return end;
}

static sql_token make_token(sql_token_kind kind, size_t begin, size_t end) {
    return (sql_token){.kind = kind, .begin = begin, .length = end - begin};
}

/* A token that may have no end. */
static sql_token make_enclosed(sql_token_kind kind, sql_token_kind unended, size_t begin, size_t end) {
    return end == 0 ? make_token(unended, begin, begin) : make_token(kind, begin, end);
}

static sql_token scan_quote(const sql_scanner *scanner, size_t at, char close) {
    bool backslashes = close != ']' && close != '`' && has(scanner, BERTH_LEX_BACKSLASH_ESCAPES);
    return make_enclosed(SQL_OTHER, SQL_UNENDED_QUOTE, at, end_of_quote(scanner, at, close, backslashes));
}

static sql_token scan_word(const sql_scanner *scanner, size_t at) {
    size_t end = end_of_word(scanner, at);
    bool is_e = end - at == 1 && (scanner->sql[at] == 'e' || scanner->sql[at] == 'E');
    if (is_e && peek(scanner, end) == '\'' && has(scanner, BERTH_LEX_ESCAPE_STRINGS))
        return make_enclosed(SQL_OTHER, SQL_UNENDED_QUOTE, end, end_of_escape_string(scanner, end));
    return make_token(SQL_WORD, at, end);
}

static sql_token scan_dollar(const sql_scanner *scanner, size_t at) {
    size_t end = at + 1;
    while (is_digit(peek(scanner, end)))
        end++;
    if (end > at + 1)
        return make_token(SQL_DOLLAR_NUMBERED, at, end);
    while (sql_is_word_character(peek(scanner, end)) && peek(scanner, end) != '$')
        end++;
    if (peek(scanner, end) != '$' || !has(scanner, BERTH_LEX_DOLLAR_QUOTES))
        return make_token(SQL_OTHER, at, at + 1);
    size_t tag = end + 1 - at;
    const char *close = memmem(scanner->sql + at + tag, scanner->length - at - tag, scanner->sql + at, tag);
    end = close == NULL ? 0 : (size_t)(close - scanner->sql) + tag;
    return make_enclosed(SQL_OTHER, SQL_UNENDED_DOLLAR_QUOTE, at, end);
}

static sql_token scan_question(const sql_scanner *scanner, size_t at) {
    size_t end = at + 1;
    if (peek(scanner, end) == '?')
        return make_token(SQL_DOUBLE_QUESTION, at, end + 1);
    while (is_digit(peek(scanner, end)))
        end++;
    return make_token(end == at + 1 ? SQL_QUESTION : SQL_NUMBERED, at, end);
}

static sql_token scan_colon(const sql_scanner *scanner, size_t at) {
    size_t end = at + 1;
    if (peek(scanner, end) == ':' || peek(scanner, end) == '=')
        return make_token(SQL_OTHER, at, end + 1);
    if (!is_letter(peek(scanner, end)))
        return make_token(SQL_OTHER, at, end);
    while (is_letter(peek(scanner, end)) || is_digit(peek(scanner, end)))
        end++;
    return make_token(SQL_NAME, at, end);
}

static bool is_line_comment(const sql_scanner *scanner, size_t at) {
    if (scanner->sql[at] == '#')
        return has(scanner, BERTH_LEX_HASH_COMMENTS);
    if (scanner->sql[at] != '-' || peek(scanner, at + 1) != '-')
        return false;
    /* White space or another control character, and the end of the text too. */
    return !has(scanner, BERTH_LEX_DASH_NEEDS_SPACE) || (unsigned char)peek(scanner, at + 2) <= ' ';
}

static sql_token scan_blank(const sql_scanner *scanner, size_t at) {
    size_t end = at;
    while (is_space(peek(scanner, end)))
        end++;
    return make_token(SQL_BLANK, at, end);
}

static sql_token scan_at(const sql_scanner *scanner, size_t at) {
    char character = scanner->sql[at];
    if (is_space(character))
        return scan_blank(scanner, at);
    if (character == '$')
        return scan_dollar(scanner, at);
    if (sql_is_word_character(character))
        return scan_word(scanner, at);
    if (character == '\'' || character == '"' || (character == '`' && has(scanner, BERTH_LEX_BACKTICKS)))
        return scan_quote(scanner, at, character);
    if (character == '[' && has(scanner, BERTH_LEX_BRACKETS))
        return scan_quote(scanner, at, ']');
    if (character == '?')
        return scan_question(scanner, at);
    if (character == ':')
        return scan_colon(scanner, at);
    if (is_line_comment(scanner, at))
        return make_token(SQL_BLANK, at, end_of_line(scanner, at));
    if (character == '/' && peek(scanner, at + 1) == '*')
        return make_enclosed(SQL_BLANK, SQL_UNENDED_COMMENT, at, end_of_comment(scanner, at));
    return make_token(character == '(' || character == ';' ? SQL_SEPARATOR : SQL_OTHER, at, at + 1);
}

sql_token sql_scan(sql_scanner *scanner) {
    if (scanner->at >= scanner->length)
        return make_token(SQL_END, scanner->length, scanner->length);
    sql_token token = scan_at(scanner, scanner->at);
    scanner->at = token.length == 0 ? scanner->length : token.begin + token.length;
    return token;
}
