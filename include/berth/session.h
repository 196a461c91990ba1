/**
 * @file session.h
 * A session: one unit of work on one connection.
 *
 * A session remembers its first failure, as an exception would: later calls do nothing, and its end rolls back and
 * reports. So a program runs straight on and checks once:
 *
 *     berth_session *session = berth_session_open(engine, NULL);
 *     berth_exec(session, "INSERT INTO trades (symbol, quantity) VALUES (?, ?)", berth_params("BTC", 0.12));
 *     berth_exec(session, "UPDATE models SET trades = trades + 1 WHERE id = ?", berth_params(model_id));
 *     if (berth_session_end(session, &error) != BERTH_OK)
 *         return report(&error);
 *
 * A session takes a connection and begins a transaction with its first statement, not before. It and what it made serve
 * one thread at a time; only berth_session_cancel() may be called from another one.
 */
#ifndef BERTH_SESSION_H
#define BERTH_SESSION_H

#include <berth/engine.h>
#include <berth/error.h>
#include <berth/isolation.h>
#include <berth/params.h>
#include <berth/result.h>
#include <berth/statement.h>

BERTH_BEGIN_DECLS

/** One unit of work. */
typedef struct berth_session berth_session;

/** How a session is to be. A zero field means the default. Made by BERTH_SESSION_OPTIONS(); copied when used. */
typedef struct berth_session_options {
    uint32_t struct_size;         /**< sizeof(berth_session_options), so that the struct can grow. */
    berth_isolation isolation;    /**< Of its transactions. */
    bool read_only;               /**< Writes are refused by the database. */
    bool autocommit;              /**< Each statement commits by itself; no transaction, no savepoints. */
    int64_t timeout_ms;           /**< For the whole session from its opening, waiting included; 0: no limit. */
    int64_t statement_timeout_ms; /**< For each call; 0: no limit. */
    uint32_t max_attempts;        /**< berth_transact(): how often to run at most. Default 5. */
    /** berth_exec() queues, where the driver can: a failure shows at the next berth_query() or at the end, with the
     * statement that caused it, and berth_affected_rows() is -1. Elsewhere it makes no difference. */
    bool pipeline;
} berth_session_options;

#ifndef __cplusplus
/** `const berth_session_options *`: `BERTH_SESSION_OPTIONS(.read_only = true)`. Lives in its block. C only. */
#define BERTH_SESSION_OPTIONS(...)                                                                                     \
    (&(const berth_session_options){.struct_size = sizeof(berth_session_options), __VA_ARGS__})
#endif

/**
 * Opens a session. Takes no connection yet.
 *
 * @param options Copied; NULL for the defaults.
 * @return never NULL: where it can't be made (no memory, bad options) it is a session that has failed already. The
 *         caller's, to be given to exactly one of berth_session_end() and berth_session_close().
 */
BERTH_API berth_session *berth_session_open(berth_engine *engine, const berth_session_options *options);

/**
 * Ends a session: commits when all went well, else rolls back. Gives the connection back and frees the session in every
 * case. A session that ran no statement has nothing to commit and is a success.
 *
 * @param error Gets the session's first failure, or that of the commit; may be NULL.
 * @return BERTH_OK when everything is committed; BERTH_OUTCOME_UNKNOWN when the connection was lost on the commit; else
 *         the failure, and then nothing is committed. BERTH_MISUSE for NULL or a session that was closed already
 *         (recognised until its memory serves another session).
 */
BERTH_API berth_status berth_session_end(berth_session *session, berth_error *error);

/** Ends a session by rolling back. NULL does nothing. */
BERTH_API void berth_session_close(berth_session *session);

/**
 * Commits and goes on: the next statement begins a new transaction. On a failed session it commits nothing and reports
 * the failure; the session stays failed until berth_session_rollback().
 */
BERTH_API berth_status berth_session_commit(berth_session *session, berth_error *error);

/** Rolls back and goes on: a failure is forgotten, the next statement begins a new transaction. */
BERTH_API berth_status berth_session_rollback(berth_session *session, berth_error *error);

/**
 * Makes the session fail, as raising an exception would: the end rolls back and reports this, unless it had failed
 * before.
 *
 * @param status Why; BERTH_OK is taken as BERTH_MISUSE.
 * @param format As for printf(): what the caller of the session will read.
 * @return the session's status, which is the first failure's.
 */
BERTH_API berth_status berth_session_fail(berth_session *session, berth_status status, const char *format, ...)
    BERTH_PRINTF(3, 4);

/** BERTH_OK, or the session's first failure. */
BERTH_API berth_status berth_session_status(const berth_session *session);

/** The session's first failure, with status BERTH_OK when there is none. Borrowed until the session's next call. */
BERTH_API const berth_error *berth_session_error(const berth_session *session);

/**
 * Ends the call that the session is in, or the result that it is reading, which then fails with BERTH_CANCELLED; when
 * it is in none, nothing happens. The only function that may be called from another thread; the session must not be
 * ended meanwhile.
 *
 * @return BERTH_OK, also when there was nothing to cancel; BERTH_NOT_SUPPORTED where the driver can't.
 */
BERTH_API berth_status berth_session_cancel(berth_session *session, berth_error *error);

/** Sets `statement_timeout_ms` for the calls that follow. @return what it was. */
BERTH_API int64_t berth_session_set_statement_timeout(berth_session *session, int64_t timeout_ms);

/**
 * Runs a statement; rows that it returns are dropped.
 *
 * @param sql    One statement with `?` or `:name` placeholders. `??` is a question mark that is none, for databases
 * that have operators with one (PostgreSQL).
 * @param params From berth_params(), or NULL for none.
 * @return the session's status: BERTH_OK, or its first failure, be it of this call or of an earlier one.
 */
BERTH_API berth_status berth_exec(berth_session *session, const char *sql, const berth_params *params);

/**
 * Runs a statement once for each of many rows of values, by the fastest way that the driver has for it; rows that it
 * returns are dropped. It does what a loop over berth_exec() does.
 *
 * @param rows  `count` rows of values. Fastest when they lie one behind the other in one array.
 * @return the session's status. On failure the error's `index` is the row, from 0, where that is known. BERTH_MISUSE in
 * an autocommit session. berth_affected_rows() is the sum.
 */
BERTH_API berth_status berth_exec_many(berth_session *session, const char *sql, const berth_params *rows, size_t count);

/**
 * Runs a statement whose rows are read with berth_next(). A session has one result open at a time: until all its rows
 * are read or it is closed, another statement is BERTH_MISUSE.
 *
 * @return never NULL; on a failure a result without rows. The caller's, for berth_result_close().
 */
BERTH_API berth_result *berth_query(berth_session *session, const char *sql, const berth_params *params);

/** Rows that the last berth_exec() inserted, updated or deleted; -1 where that is not known, as after a DDL. */
BERTH_API int64_t berth_affected_rows(const berth_session *session);

/** The key that the last berth_exec() of an INSERT made; 0 where there is none or the driver has no such thing. */
BERTH_API int64_t berth_last_insert_id(const berth_session *session);

/**
 * Begins a savepoint: a session within the session. They nest; names are made by Berth.
 *
 * @return the session's status. BERTH_MISUSE in an autocommit session.
 */
BERTH_API berth_status berth_savepoint_begin(berth_session *session);

/**
 * Ends the innermost savepoint: keeps its work when all went well since its begin; else rolls back to it, hands the
 * failure over and leaves the session usable. Where the connection or the whole transaction is gone, the session stays
 * failed.
 */
BERTH_API berth_status berth_savepoint_end(berth_session *session, berth_error *error);

/** Ends the innermost savepoint by rolling back to it, whether or not something failed; the failure is forgotten. */
BERTH_API berth_status berth_savepoint_rollback(berth_session *session, berth_error *error);

/** What berth_transact() runs. @return BERTH_OK to commit, anything else to roll back. */
typedef berth_status (*berth_transaction)(berth_session *session, void *argument);

/**
 * Runs a function in a transaction: commits when it returns BERTH_OK, else rolls back. On a retryable failure
 * (serialization, deadlock, lock timeout, a connection lost before the commit) it runs the whole function again, with
 * growing, jittered pauses, up to `max_attempts` times within `timeout_ms`; never when the outcome is unknown. The
 * function must have no effect outside the database that it can't repeat.
 */
BERTH_API berth_status berth_transact(berth_engine *engine, const berth_session_options *options,
                                      berth_transaction function, void *argument, berth_error *error);

/** Opens sessions of one engine with the same options. Any thread may use one. */
typedef struct berth_session_maker berth_session_maker;

/** @param options Copied; NULL for the defaults. @return the caller's, to free; NULL without memory or with bad
 * options. */
BERTH_API berth_session_maker *berth_session_maker_new(berth_engine *engine, const berth_session_options *options,
                                                       berth_error *error);
/** As berth_session_open(). */
BERTH_API berth_session *berth_session_maker_open(berth_session_maker *maker);
/** Frees it; its sessions live on. NULL does nothing. */
BERTH_API void berth_session_maker_free(berth_session_maker *maker);

/** A session of the default engine; never NULL, see berth_session_open(). Any thread. */
BERTH_API berth_session *berth_get_session(void);

/** The session maker of the default engine, whichever that is when it is used. Borrowed, lives forever, never NULL. */
BERTH_API berth_session_maker *berth_get_session_maker(void);

/** As berth_session_open(), for BERTH_SCOPED(): the memory stays until berth_session_leave(). */
BERTH_API berth_session *berth_session_enter(berth_engine *engine, const berth_session_options *options);
/** Closes a session of berth_session_enter() unless it was ended, and frees it. */
BERTH_API void berth_session_leave(berth_session **session);

/**
 * Notes where in the program a session was opened, for reports of sessions that keep their connection for long (see
 * `leak_after`) and of slow statements. The macros below do it by themselves.
 *
 * @param where "file:line", borrowed for as long as the session lives.
 * @return `session`.
 */
BERTH_API berth_session *berth_session_at(berth_session *session, const char *where);

/** As berth_transact(), whose sessions are opened at `where`. */
BERTH_API berth_status berth_transact_at(berth_engine *engine, const berth_session_options *options,
                                         berth_transaction function, void *argument, const char *where,
                                         berth_error *error);

#if !defined(BERTH_WITHOUT_PLACES)
/** @cond The functions of the same names, which note where they are called. */
#define BERTH_TEXT_OF(x) #x
#define BERTH_PLACE(file, line) file ":" BERTH_TEXT_OF(line)
#define BERTH_HERE BERTH_PLACE(__FILE__, __LINE__)
#define berth_session_open(engine, options) berth_session_at(berth_session_open(engine, options), BERTH_HERE)
#define berth_session_enter(engine, options) berth_session_at(berth_session_enter(engine, options), BERTH_HERE)
#define berth_session_maker_open(maker) berth_session_at(berth_session_maker_open(maker), BERTH_HERE)
#define berth_get_session() berth_session_at(berth_get_session(), BERTH_HERE)
#define berth_transact(engine, options, function, argument, error)                                                     \
    berth_transact_at(engine, options, function, argument, BERTH_HERE, error)
/** @endcond */
#endif

#if defined(__GNUC__)
/**
 * Declares `berth_session *name`, opened, which rolls back by itself when its block is left early:
 *
 *     BERTH_SCOPED(session, engine, NULL);
 *     if (berth_exec(session, "DELETE FROM trades", NULL) != BERTH_OK)
 *         return 1;
 *     return berth_session_end(session, &error);
 *
 * Only with compilers that have the cleanup attribute (GCC, Clang).
 */
#define BERTH_SCOPED(name, engine, options)                                                                            \
    __attribute__((cleanup(berth_session_leave))) berth_session *name = berth_session_enter(engine, options)
#endif

BERTH_END_DECLS

#endif
