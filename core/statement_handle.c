/* What a program has parsed once. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/statement.h"

/* The text in one dialect. Once it is in the list, it stays as it is. */
typedef struct parsed {
    struct parsed *next;
    const berth_dialect *dialect;
    sql_text text;
} parsed;

struct berth_statement {
    size_t length;
    uint64_t hash;
    parsed *_Atomic *first; /* Grows while the handle is const to those who use it. */
    char sql[];
};

berth_statement *berth_statement_new(const char *sql) {
    size_t length = sql != NULL ? strlen(sql) : 0;
    berth_statement *made = sql != NULL ? malloc(sizeof *made + length + 1) : NULL;
    if (made == NULL || (made->first = calloc(1, sizeof *made->first)) == NULL) {
        free(made);
        return NULL;
    }
    made->length = length;
    made->hash = statement_hash(sql, length);
    memcpy(made->sql, sql, length + 1);
    return made;
}

static void parsed_free(parsed *entry) {
    sql_text_free(&entry->text);
    free(entry);
}

void berth_statement_free(berth_statement *statement) {
    if (statement == NULL)
        return;
    parsed *entry = atomic_load(statement->first);
    while (entry != NULL) {
        parsed *next = entry->next;
        parsed_free(entry);
        entry = next;
    }
    free((void *)statement->first);
    free(statement);
}

statement_key statement_handle_key(const berth_statement *handle) {
    return (statement_key){.sql = handle->sql, .length = handle->length, .hash = handle->hash, .handle = handle};
}

static const parsed *find(const berth_statement *handle, const berth_dialect *dialect) {
    const parsed *entry = atomic_load(handle->first);
    while (entry != NULL && entry->dialect != dialect)
        entry = entry->next;
    return entry;
}

/* Of two threads that parse at the same time, both put in what they found: it is the same. */
static berth_status parse(const berth_statement *handle, const berth_dialect *dialect, const parsed **found,
                          berth_error *error) {
    parsed *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_no_memory(error, "a statement");
    made->dialect = dialect;
    berth_status status = sql_rewrite(dialect, handle->sql, handle->length, &made->text, error);
    if (status != BERTH_OK) {
        parsed_free(made);
        return status;
    }
    made->next = atomic_load(handle->first);
    while (!atomic_compare_exchange_weak(handle->first, &made->next, made))
        ;
    *found = made;
    return BERTH_OK;
}

berth_status statement_handle_text(const berth_statement *handle, const berth_dialect *dialect, sql_text *copy,
                                   berth_error *error) {
    const parsed *found = find(handle, dialect);
    berth_status status = found != NULL ? BERTH_OK : parse(handle, dialect, &found, error);
    return status == BERTH_OK ? sql_text_copy(&found->text, copy, error) : status;
}
