/* The scanner: placeholders, literals, comments and quoted names of a dialect. */
#ifndef CORE_SQL_H
#define CORE_SQL_H

#include <berth/driver.h>
#include <stdbool.h>
#include <stddef.h>

/* A statement in a dialect's own placeholders. */
typedef struct sql_text {
    char *text; /* NUL-terminated. */
    size_t length;
    uint32_t value_count;       /* Values that the caller must give. */
    uint32_t placeholder_count; /* Placeholders in `text`. */
    uint32_t *order;            /* Per placeholder the index of its value; NULL when that is 0, 1, 2, ... */
    bool transaction_control;   /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT and so on: not for berth_exec(). */
} sql_text;

/* Rewrites `?` and `:name`; leaves literals, comments, quoted names, dollar quotes, `::` and `:=` alone. A `??` becomes
 * the operator `?` where the dialect's placeholders are `$n`. What would make a placeholder part of a name beside it is
 * kept apart by a blank. Fails with BERTH_MISUSE for `?` and `:name` in one statement, for `?1`, for `$1` where that is
 * the dialect's own, for `??` where the database would take it for placeholders; BERTH_SYNTAX for an empty statement, a
 * NUL, or a quote or comment without end (the message says where it began); BERTH_TOO_LARGE for more than the dialect's
 * placeholders; BERTH_NO_MEMORY. Takes time in proportion to the length. */
berth_status sql_rewrite(const berth_dialect *dialect, const char *sql, size_t length, sql_text *rewritten,
                         berth_error *error);

/* BERTH_NO_MEMORY, and then nothing is to be freed. */
berth_status sql_text_copy(const sql_text *original, sql_text *copy, berth_error *error);

void sql_text_free(sql_text *rewritten);

#endif
