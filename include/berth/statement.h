/**
 * @file statement.h
 * Statements that a program writes once and runs often.
 *
 *     static berth_statement *insert; // made once
 *     insert = berth_statement_new("INSERT INTO trades (symbol, quantity) VALUES (?, ?)");
 *     berth_statement_exec(session, insert, berth_params("BTC", 0.12));
 *
 * berth_exec() with the same text does the same: each connection keeps what it has prepared either way. A handle spares
 * looking at the text again.
 */
#ifndef BERTH_STATEMENT_H
#define BERTH_STATEMENT_H

#include <berth/params.h>
#include <berth/result.h>

BERTH_BEGIN_DECLS

/** A statement's text, parsed once for each kind of database. Any thread, any session of any engine. */
typedef struct berth_statement berth_statement;

struct berth_session;

/**
 * Makes a handle.
 *
 * @param sql Copied; as for berth_exec(). What is wrong with it is told when it is run.
 * @return the caller's, to free; NULL for a NULL text and without memory, which is told when it is run too.
 */
BERTH_API berth_statement *berth_statement_new(const char *sql);

/** Frees a handle that no call uses any more. NULL does nothing. */
BERTH_API void berth_statement_free(berth_statement *statement);

/** As berth_exec(). */
BERTH_API berth_status berth_statement_exec(struct berth_session *session, const berth_statement *statement,
                                            const berth_params *params);

/** As berth_query(). */
BERTH_API berth_result *berth_statement_query(struct berth_session *session, const berth_statement *statement,
                                              const berth_params *params);

BERTH_END_DECLS

#endif
