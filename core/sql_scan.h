/* Cuts a statement into tokens, by the lexical rules of a dialect; knows no grammar. */
#ifndef CORE_SQL_SCAN_H
#define CORE_SQL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum sql_token_kind {
    SQL_END,
    SQL_BLANK,           /* White space or a comment. */
    SQL_WORD,            /* A name, keyword or number. */
    SQL_SEPARATOR,       /* `(` or `;` */
    SQL_QUESTION,        /* `?` */
    SQL_DOUBLE_QUESTION, /* `??` */
    SQL_NAME,            /* `:name` */
    SQL_NUMBERED,        /* `?1` */
    SQL_DOLLAR_NUMBERED, /* `$1` */
    SQL_OTHER,           /* Operators, literals, quoted names. */
    SQL_UNENDED_QUOTE,
    SQL_UNENDED_DOLLAR_QUOTE,
    SQL_UNENDED_COMMENT,
} sql_token_kind;

typedef struct sql_token {
    sql_token_kind kind;
    size_t begin;
    size_t length;
} sql_token;

/* What is scanned, and how far. */
typedef struct sql_scanner {
    const char *sql;
    size_t length;
    size_t at;
    uint32_t lexical; /* BERTH_LEX_ bits. */
} sql_scanner;

/* The next token; SQL_END, and nothing else from then on, at the end. */
sql_token sql_scan(sql_scanner *scanner);

/* Whether a character may stand within a name, of which a placeholder beside it would become a part. */
bool sql_is_word_character(char character);

#endif
