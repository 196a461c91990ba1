/* The scanner on any text in every dialect: nothing crashes, and what it wrote has the placeholders that it tells of.
 */
#include "core/sql.h"
#include "core/sql_scan.h"

#include <stdlib.h>
#include <string.h>

static const berth_dialect dialects[] = {
    {.placeholder = BERTH_PLACEHOLDER_DOLLAR,
     .lexical = BERTH_LEX_ESCAPE_STRINGS | BERTH_LEX_DOLLAR_QUOTES | BERTH_LEX_NESTED_COMMENTS,
     .max_params = 65535},
    {.placeholder = BERTH_PLACEHOLDER_QUESTION,
     .lexical =
         BERTH_LEX_BACKSLASH_ESCAPES | BERTH_LEX_HASH_COMMENTS | BERTH_LEX_BACKTICKS | BERTH_LEX_DASH_NEEDS_SPACE,
     .max_params = 65535},
    {.placeholder = BERTH_PLACEHOLDER_NUMBERED, .lexical = BERTH_LEX_BACKTICKS | BERTH_LEX_BRACKETS},
    {.placeholder = BERTH_PLACEHOLDER_QUESTION, .lexical = 255, .max_params = 3},
    {.placeholder = BERTH_PLACEHOLDER_DOLLAR, .lexical = 0},
};

static uint32_t count_tokens(const char *sql, size_t length, uint32_t lexical, sql_token_kind kind) {
    sql_scanner scanner = {.sql = sql, .length = length, .lexical = lexical};
    uint32_t count = 0;
    size_t end = 0;
    for (sql_token token = sql_scan(&scanner); token.kind != SQL_END; token = sql_scan(&scanner)) {
        if (token.begin < end || token.begin + token.length > length)
            abort();
        end = token.begin + token.length;
        count += token.kind == kind;
    }
    return count;
}

static void check(const berth_dialect *dialect, const char *sql, size_t length, const sql_text *text) {
    static const sql_token_kind written[] = {[BERTH_PLACEHOLDER_QUESTION] = SQL_QUESTION,
                                             [BERTH_PLACEHOLDER_DOLLAR] = SQL_DOLLAR_NUMBERED,
                                             [BERTH_PLACEHOLDER_NUMBERED] = SQL_NUMBERED};
    uint32_t before = count_tokens(sql, length, dialect->lexical, SQL_QUESTION) +
                      count_tokens(sql, length, dialect->lexical, SQL_NAME);
    uint32_t after = count_tokens(text->text, text->length, dialect->lexical, written[dialect->placeholder]);
    if (before != after || text->text[text->length] != '\0' || strlen(text->text) != text->length)
        abort();
    if (dialect->placeholder == BERTH_PLACEHOLDER_QUESTION ? after != text->placeholder_count
                                                           : text->placeholder_count != text->value_count)
        abort();
    for (uint32_t i = 0; text->order != NULL && i < text->placeholder_count; i++)
        if (text->order[i] >= text->value_count)
            abort();
}

/* A text in the dialect's own `?` is what comes of it again. */
static void check_again(const berth_dialect *dialect, const sql_text *text) {
    sql_text again;
    if (sql_rewrite(dialect, text->text, text->length, &again, NULL) != BERTH_OK || again.length != text->length ||
        memcmp(again.text, text->text, text->length) != 0 || again.placeholder_count != text->placeholder_count ||
        again.transaction_control != text->transaction_control)
        abort();
    sql_text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        sql_text text;
        berth_error error;
        berth_status status = sql_rewrite(&dialects[i], (const char *)data, size, &text, &error);
        if (status != (berth_status)error.status || (status == BERTH_OK) != (error.message[0] == '\0'))
            abort();
        if (status != BERTH_OK)
            continue;
        check(&dialects[i], (const char *)data, size, &text);
        if (dialects[i].placeholder == BERTH_PLACEHOLDER_QUESTION)
            check_again(&dialects[i], &text);
        sql_text_free(&text);
    }
    return 0;
}
