/* The per-connection statement cache; prepare, bind, execute. */
#ifndef CORE_STATEMENT_H
#define CORE_STATEMENT_H

#include <berth/driver.h>
#include <berth/params.h>
#include <berth/statement.h>

#include "core/sql.h"

struct connection;
struct statement;

/* Statements by their text, the least recently used one leaving first. */
typedef struct statement_cache {
    struct statement **buckets;
    size_t bucket_count; /* A power of two; 0 where nothing is cached. */
    struct statement *newest;
    struct statement *oldest;
    uint32_t count;
    uint32_t limit;
} statement_cache;

berth_status statement_cache_open(statement_cache *cache, uint32_t limit, berth_error *error);

/* Forgets every statement. `connection` is NULL when it is gone, and nothing can be said to the server. */
void statement_cache_clear(statement_cache *cache, struct connection *connection);
void statement_cache_close(statement_cache *cache, struct connection *connection);

/* What a statement is found by: its text, or what a program has parsed before. */
typedef struct statement_key {
    const char *sql;
    size_t length; /* Of a mere text, this and the hash are found out when needed. */
    uint64_t hash;
    const berth_statement *handle; /* NULL for a mere text. */
} statement_key;

statement_key statement_key_of(const char *sql);
uint64_t statement_hash(const char *text, size_t length);

/* Runs a statement: finds or makes it, checks and orders the values, executes. `execution` needs its flags set; what
 * came of it is in it afterwards. */
berth_status statement_execute(struct connection *connection, const statement_key *key, const berth_params *params,
                               berth_execution *execution, int64_t deadline_ns, berth_error *error);

/* The same for many rows of values, whose affected rows are added up. On failure `error->index` is the row, from 0,
 * where that is known. */
berth_status statement_execute_many(struct connection *connection, const statement_key *key, const berth_params *rows,
                                    size_t count, berth_execution *execution, int64_t deadline_ns, berth_error *error);

/* ---- statement_handle.c ---- */

statement_key statement_handle_key(const berth_statement *handle);
/* A copy of what the text is in that dialect, which is found out once. */
berth_status statement_handle_text(const berth_statement *handle, const berth_dialect *dialect, sql_text *copy,
                                   berth_error *error);

#define STATEMENT_SHOWN_BYTES 128

/* Writes the begin of a statement's text, up to its first literal, which may be secret. */
void statement_show(const berth_dialect *dialect, const char *sql, char shown[STATEMENT_SHOWN_BYTES]);

/* Keeps as much of a statement's text as statement_show() needs, which takes what is kept for the whole. */
void statement_keep_start(const char *sql, char start[STATEMENT_SHOWN_BYTES]);

/* Puts the begin of a statement's text before an error's message, up to its first literal, which may be secret. */
void statement_name_error(const berth_dialect *dialect, const char *sql, berth_error *error);

#endif
