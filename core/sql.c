#include "core/sql.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/sql_scan.h"
#include "core/utf8.h"

/* The names of `:name` placeholders, hashed, so that thousands of them take no longer than they should. */
typedef struct name {
    const char *text; /* Borrowed from the statement; NULL in a free slot. */
    size_t length;
    uint32_t index;
} name;

typedef struct name_table {
    name *slots;
    size_t capacity; /* A power of two, or 0. */
} name_table;

/* Where the search for the first words of a transaction's statement stands. */
typedef enum opening { OPENING_FIRST, OPENING_SECOND, OPENING_DONE } opening;

typedef struct rewriter {
    const berth_dialect *dialect;
    sql_scanner scanner;
    buffer out;
    size_t copied;        /* Up to where the statement is in `out`. */
    sql_token_kind style; /* SQL_QUESTION or SQL_NAME, whichever came first; SQL_END before. */
    name_table names;
    uint32_t order_capacity;
    opening opening;
    const char *second_word;
    bool has_content;
    sql_text *text;
    berth_error *error;
} rewriter;

static size_t line_of(const sql_scanner *scanner, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += scanner->sql[i] == '\n';
    return line;
}

/* Fails with "the `what` at byte 17 (line 2) ...". */
static berth_status refuse_token(rewriter *rewriter, berth_status status, sql_token token, const char *what) {
    char shown[UTF8_SHOWN_BYTES];
    return error_set(rewriter->error, status, "the %s at byte %zu (line %zu) %s",
                     utf8_show(rewriter->scanner.sql + token.begin, token.length, shown), token.begin + 1,
                     line_of(&rewriter->scanner, token.begin), what);
}

static berth_status refuse_unended(rewriter *rewriter, sql_token token) {
    static const char *const names[] = {
        [SQL_UNENDED_QUOTE] = "quote",
        [SQL_UNENDED_DOLLAR_QUOTE] = "dollar quote",
        [SQL_UNENDED_COMMENT] = "comment",
    };
    return error_set(rewriter->error, BERTH_SYNTAX, "the %s that begins at byte %zu (line %zu) has no end",
                     names[token.kind], token.begin + 1, line_of(&rewriter->scanner, token.begin));
}

static name *find_slot(const name_table *names, const char *text, size_t length) {
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    size_t at = hash & (names->capacity - 1);
    while (names->slots[at].text != NULL &&
           (names->slots[at].length != length || memcmp(names->slots[at].text, text, length) != 0))
        at = (at + 1) & (names->capacity - 1);
    return &names->slots[at];
}

/* Makes room for one more name than `count`, so that at least a quarter of the slots stays free. */
static bool reserve_name(name_table *names, size_t count) {
    if ((count + 1) * 4 <= names->capacity * 3)
        return true;
    name_table larger = {.capacity = names->capacity == 0 ? 16 : names->capacity * 2};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i].text != NULL)
            *find_slot(&larger, names->slots[i].text, names->slots[i].length) = names->slots[i];
    free(names->slots);
    *names = larger;
    return true;
}

/* The index of a placeholder's value: a new one, but for a name that was there before. */
static bool find_value(rewriter *rewriter, sql_token token, uint32_t *index) {
    *index = rewriter->text->value_count;
    if (token.kind == SQL_NAME) {
        const char *text = rewriter->scanner.sql + token.begin + 1;
        if (!reserve_name(&rewriter->names, rewriter->text->value_count))
            return false;
        name *slot = find_slot(&rewriter->names, text, token.length - 1);
        if (slot->text != NULL) {
            *index = slot->index;
            return true;
        }
        *slot = (name){.text = text, .length = token.length - 1, .index = *index};
    }
    rewriter->text->value_count++;
    return true;
}

static bool add_order(rewriter *rewriter, uint32_t index) {
    sql_text *text = rewriter->text;
    if (text->placeholder_count == rewriter->order_capacity) {
        uint32_t capacity = rewriter->order_capacity == 0 ? 16 : rewriter->order_capacity * 2;
        uint32_t *larger = realloc(text->order, capacity * sizeof *larger);
        if (larger == NULL)
            return false;
        text->order = larger;
        rewriter->order_capacity = capacity;
    }
    text->order[text->placeholder_count] = index;
    return true;
}

/* Copies what stands before a token; goes on behind it. */
static void copy_before(rewriter *rewriter, sql_token token) {
    buffer_add(&rewriter->out, rewriter->scanner.sql + rewriter->copied, token.begin - rewriter->copied);
    rewriter->copied = token.begin + token.length;
}

/* A blank where the next character would join what was written. */
static void write_gap(rewriter *rewriter) {
    const sql_scanner *scanner = &rewriter->scanner;
    if (rewriter->copied < scanner->length && sql_is_word_character(scanner->sql[rewriter->copied]))
        buffer_char(&rewriter->out, ' ');
}

/* Blanks keep a placeholder apart from what stands beside it: `AND$1` would be a name. */
static void write_placeholder(rewriter *rewriter, uint32_t index) {
    static const char marks[] = {
        [BERTH_PLACEHOLDER_QUESTION] = '?', [BERTH_PLACEHOLDER_DOLLAR] = '$', [BERTH_PLACEHOLDER_NUMBERED] = '?'};
    buffer *out = &rewriter->out;
    char before = out->length > 0 ? out->data[out->length - 1] : ' ';
    if (sql_is_word_character(before) || before == '?')
        buffer_char(out, ' ');
    buffer_char(out, marks[rewriter->dialect->placeholder]);
    if (rewriter->dialect->placeholder != BERTH_PLACEHOLDER_QUESTION)
        buffer_format(out, "%u", (unsigned)index + 1);
    write_gap(rewriter);
}

static berth_status rewrite_placeholder(rewriter *rewriter, sql_token token) {
    sql_text *text = rewriter->text;
    bool by_place = rewriter->dialect->placeholder == BERTH_PLACEHOLDER_QUESTION;
    uint32_t most = rewriter->dialect->max_params == 0 ? INT32_MAX : rewriter->dialect->max_params;
    uint32_t index = 0;
    if (rewriter->style != SQL_END && rewriter->style != token.kind)
        return refuse_token(rewriter, BERTH_MISUSE, token,
                            token.kind == SQL_NAME ? "comes after a ?: a statement has either ? or :name"
                                                   : "comes after a :name: a statement has either ? or :name");
    rewriter->style = token.kind;
    if (!find_value(rewriter, token, &index) || (by_place && token.kind == SQL_NAME && !add_order(rewriter, index)))
        return error_no_memory(rewriter->error, "a statement's placeholders");
    text->placeholder_count = by_place ? text->placeholder_count + 1 : text->value_count;
    if (text->placeholder_count > most)
        return error_set(rewriter->error, BERTH_TOO_LARGE,
                         "the statement has more than %u placeholders, the most that "
                         "the database takes",
                         (unsigned)most);
    copy_before(rewriter, token);
    write_placeholder(rewriter, index);
    return BERTH_OK;
}

static berth_status rewrite_double_question(rewriter *rewriter, sql_token token) {
    if (rewriter->dialect->placeholder != BERTH_PLACEHOLDER_DOLLAR)
        return refuse_token(rewriter, BERTH_MISUSE, token,
                            "is a question mark that is no placeholder, which the database can't tell from one");
    copy_before(rewriter, token);
    buffer_char(&rewriter->out, '?');
    write_gap(rewriter);
    return BERTH_OK;
}

/* Notes whether the statement begins like one that controls transactions. */
static void note_opening(rewriter *rewriter, sql_token token) {
    static const struct {
        const char *first;
        const char *second; /* NULL: the first word is enough. */
    } controls[] = {
        {"begin", NULL},        {"commit", NULL},           {"rollback", NULL}, {"end", NULL},
        {"abort", NULL},        {"savepoint", NULL},        {"release", NULL},  {"start", "transaction"},
        {"set", "transaction"}, {"prepare", "transaction"},
    };
    const char *word = rewriter->scanner.sql + token.begin;
    const opening before = rewriter->opening;
    if (before == OPENING_DONE || token.kind == SQL_BLANK || (before == OPENING_FIRST && token.kind == SQL_SEPARATOR))
        return;
    rewriter->opening = OPENING_DONE;
    if (token.kind != SQL_WORD)
        return;
    if (before == OPENING_SECOND)
        rewriter->text->transaction_control = utf8_is_word(word, token.length, rewriter->second_word);
    for (size_t i = 0; before == OPENING_FIRST && i < sizeof controls / sizeof *controls; i++) {
        if (!utf8_is_word(word, token.length, controls[i].first))
            continue;
        rewriter->second_word = controls[i].second;
        rewriter->text->transaction_control = controls[i].second == NULL;
        rewriter->opening = controls[i].second == NULL ? OPENING_DONE : OPENING_SECOND;
    }
}

static berth_status rewrite_token(rewriter *rewriter, sql_token token) {
    note_opening(rewriter, token);
    if (token.kind != SQL_BLANK && rewriter->scanner.sql[token.begin] != ';')
        rewriter->has_content = true;
    switch (token.kind) {
    case SQL_QUESTION:
    case SQL_NAME:
        return rewrite_placeholder(rewriter, token);
    case SQL_DOUBLE_QUESTION:
        return rewrite_double_question(rewriter, token);
    case SQL_NUMBERED:
        return refuse_token(rewriter, BERTH_MISUSE, token, "is not a placeholder here: write ? or :name");
    case SQL_DOLLAR_NUMBERED:
        if (rewriter->dialect->placeholder == BERTH_PLACEHOLDER_DOLLAR)
            return refuse_token(rewriter, BERTH_MISUSE, token, "is not a placeholder here: write ? or :name");
        return BERTH_OK;
    case SQL_UNENDED_QUOTE:
    case SQL_UNENDED_DOLLAR_QUOTE:
    case SQL_UNENDED_COMMENT:
        return refuse_unended(rewriter, token);
    default:
        return BERTH_OK;
    }
}

static berth_status rewrite_all(rewriter *rewriter) {
    const sql_scanner *scanner = &rewriter->scanner;
    const char *nul = scanner->length > 0 ? memchr(scanner->sql, '\0', scanner->length) : NULL;
    if (nul != NULL)
        return error_set(rewriter->error, BERTH_SYNTAX, "the statement has a NUL at byte %zu",
                         (size_t)(nul - scanner->sql) + 1);
    berth_status status = BERTH_OK;
    sql_token token = sql_scan(&rewriter->scanner);
    for (; token.kind != SQL_END && status == BERTH_OK; token = sql_scan(&rewriter->scanner))
        status = rewrite_token(rewriter, token);
    if (status != BERTH_OK)
        return status;
    if (!rewriter->has_content)
        return error_set(rewriter->error, BERTH_SYNTAX, "the statement is empty");
    copy_before(rewriter, token);
    return BERTH_OK;
}

berth_status sql_rewrite(const berth_dialect *dialect, const char *sql, size_t length, sql_text *rewritten,
                         berth_error *error) {
    rewriter rewriter = {
        .dialect = dialect,
        .scanner = {.sql = sql, .length = length, .lexical = dialect->lexical},
        .text = rewritten,
        .error = error,
    };
    *rewritten = (sql_text){0};
    error_clear(error);
    berth_status status = rewrite_all(&rewriter);
    if (status == BERTH_OK) {
        rewritten->length = rewriter.out.length;
        rewritten->text = buffer_take(&rewriter.out);
        if (rewritten->text == NULL)
            status = error_no_memory(error, "a statement");
    }
    if (rewritten->placeholder_count == rewritten->value_count) {
        free(rewritten->order);
        rewritten->order = NULL;
    }
    if (status != BERTH_OK)
        sql_text_free(rewritten);
    free(rewriter.names.slots);
    buffer_free(&rewriter.out);
    return status;
}

berth_status sql_text_copy(const sql_text *original, sql_text *copy, berth_error *error) {
    size_t order_bytes = original->placeholder_count * sizeof *original->order;
    *copy = *original;
    copy->text = malloc(original->length + 1);
    copy->order = original->order != NULL ? malloc(order_bytes) : NULL;
    if (copy->text == NULL || (original->order != NULL && copy->order == NULL)) {
        sql_text_free(copy);
        return error_no_memory(error, "a statement");
    }
    memcpy(copy->text, original->text, original->length + 1);
    if (copy->order != NULL)
        memcpy(copy->order, original->order, order_bytes);
    return BERTH_OK;
}

void sql_text_free(sql_text *rewritten) {
    free(rewritten->text);
    free(rewritten->order);
    *rewritten = (sql_text){0};
}
