#include "core/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"
#include "core/sized.h"

/* Opening. */

berth_status session_take_options(const berth_session_options *given, berth_session_options *taken,
                                  berth_error *error) {
    memset(taken, 0, sizeof *taken);
    taken->struct_size = sizeof *taken;
    if (given == NULL)
        return BERTH_OK;
    berth_status status =
        sized_copy(given, taken, sizeof *taken, "berth_session_options", "BERTH_SESSION_OPTIONS", error);
    taken->struct_size = sizeof *taken;
    if (status != BERTH_OK)
        return status;
    if ((int)taken->isolation < BERTH_ISOLATION_DEFAULT || taken->isolation > BERTH_SERIALIZABLE)
        return error_set(error, BERTH_MISUSE, "berth_session_options: isolation is %d; it is one of berth_isolation",
                         (int)taken->isolation);
    if (taken->timeout_ms < 0 || taken->statement_timeout_ms < 0)
        return error_set(error, BERTH_MISUSE, "berth_session_options: a timeout is negative; 0 means no limit");
    if (taken->autocommit && (taken->read_only || taken->isolation != BERTH_ISOLATION_DEFAULT || taken->pipeline))
        return error_set(
            error, BERTH_MISUSE,
            "berth_session_options: read_only, isolation and pipeline need a transaction: leave autocommit out");
    return BERTH_OK;
}

/* The weakest level the server has that is at least as strong; BERTH_ISOLATION_DEFAULT for the default. */
static berth_status find_isolation(const berth_driver *driver, berth_isolation asked, uint32_t *level,
                                   berth_error *error) {
    *level = asked;
    if (asked == BERTH_ISOLATION_DEFAULT)
        return BERTH_OK;
    while (*level <= BERTH_SERIALIZABLE && (driver->dialect->isolation_levels & (1u << *level)) == 0)
        ++*level;
    if (*level <= BERTH_SERIALIZABLE)
        return BERTH_OK;
    return error_set(error, BERTH_NOT_SUPPORTED, "the driver %s has no isolation level as strong as the one asked for",
                     driver->name);
}

static berth_status check_capabilities(berth_session *session, berth_error *error) {
    const berth_driver *driver = engine_driver(session->engine);
    if (!session->options.autocommit && (driver->capabilities & BERTH_CAP_TRANSACTIONS) == 0)
        return error_set(error, BERTH_NOT_SUPPORTED,
                         "the driver %s has no transactions: open the session with .autocommit = true", driver->name);
    if (session->options.read_only && (driver->capabilities & BERTH_CAP_READ_ONLY) == 0)
        return error_set(error, BERTH_NOT_SUPPORTED, "the driver %s can't enforce read-only transactions",
                         driver->name);
    return find_isolation(driver, session->options.isolation, &session->isolation, error);
}

berth_session *session_open_held(berth_engine *engine, const berth_session_options *options) {
    berth_session *session = session_allocate();
    if (session == NULL) {
        engine_release(engine);
        return session_unmade();
    }
    session->life = SESSION_OPEN;
    session->engine = engine;
    session->affected_rows = -1;
    session->last_insert_id = 0;
    session->stillborn = session_take_options(options, &session->options, &session->error) != BERTH_OK;
    if (session->stillborn)
        return session;
    session->deadline_ns = clock_deadline_ns(session->options.timeout_ms);
    session->stillborn = check_capabilities(session, &session->error) != BERTH_OK;
    return session;
}

berth_session *session_open_failed(berth_engine *engine, const berth_error *error) {
    berth_session *session = session_allocate();
    if (session == NULL)
        return session_unmade();
    session->life = SESSION_OPEN;
    session->stillborn = true;
    session->engine = engine;
    session->options = (berth_session_options){0};
    session->error = *error;
    return session;
}

berth_session *berth_session_open(berth_engine *engine, const berth_session_options *options) {
    if (engine == NULL) {
        berth_error error;
        error_set(&error, BERTH_MISUSE, "berth_session_open: engine is NULL");
        return session_open_failed(NULL, &error);
    }
    engine_hold(engine);
    return session_open_held(engine, options);
}

/* The state that the caller sees. */

const berth_driver *session_driver(const berth_session *session) {
    return session->engine != NULL ? engine_driver(session->engine) : NULL;
}

berth_status berth_session_status(const berth_session *session) {
    if (session == NULL || session->life == SESSION_CLOSED)
        return BERTH_MISUSE;
    return (berth_status)session->error.status;
}

const berth_error *berth_session_error(const berth_session *session) {
    static const berth_error closed = {
        .struct_size = sizeof closed,
        .status = BERTH_MISUSE,
        .index = -1,
        .message = "this session is NULL or was closed already",
    };
    return session == NULL || session->life == SESSION_CLOSED ? &closed : &session->error;
}

int64_t berth_affected_rows(const berth_session *session) {
    return berth_session_status(session) == BERTH_OK ? session->affected_rows : -1;
}

int64_t berth_last_insert_id(const berth_session *session) {
    return berth_session_status(session) == BERTH_OK ? session->last_insert_id : 0;
}

int64_t berth_session_set_statement_timeout(berth_session *session, int64_t timeout_ms) {
    if (!session_usable(session, "berth_session_set_statement_timeout"))
        return 0;
    int64_t before_ms = session->options.statement_timeout_ms;
    if (timeout_ms < 0)
        berth_session_fail(session, BERTH_MISUSE, "the statement timeout is negative; 0 means no limit");
    else
        session->options.statement_timeout_ms = timeout_ms;
    return before_ms;
}

berth_status berth_session_fail(berth_session *session, berth_status status, const char *format, ...) {
    if (berth_session_status(session) != BERTH_OK)
        return berth_session_status(session);
    va_list arguments;
    va_start(arguments, format);
    error_set_list(&session->error, status != BERTH_OK ? status : BERTH_MISUSE, format, arguments);
    va_end(arguments);
    session->error.flags = error_flags_of(status);
    return (berth_status)session->error.status;
}

bool session_usable(berth_session *session, const char *what) {
    if (berth_session_status(session) != BERTH_OK)
        return false;
    if (session->open_result == NULL && session->open_load == NULL)
        return true;
    if (session->open_load != NULL) {
        berth_session_fail(session, BERTH_MISUSE, "%s while a load goes on: end it with berth_bulk_close()", what);
        return false;
    }
    berth_session_fail(session, BERTH_MISUSE,
                       "%s while a result is open: read its rows to the end or close it with berth_result_close()",
                       what);
    return false;
}

/* Calls. */

int64_t session_call_deadline(const berth_session *session) {
    int64_t deadline_ns = clock_deadline_ns(session->options.statement_timeout_ms);
    return deadline_ns < session->deadline_ns ? deadline_ns : session->deadline_ns;
}

bool session_is_inherited(berth_session *session) {
    if (session->slot == NULL || !pool_slot_is_inherited(session->slot))
        return false;
    session->connection->lost = true;
    berth_session_fail(session, BERTH_CONNECTION_LOST,
                       "the session belongs to the process that this one was forked from");
    return true;
}

berth_status session_call_begin(berth_session *session, int64_t *deadline_ns) {
    *deadline_ns = session_call_deadline(session);
    session_activity_begin(session);
    if (session_is_inherited(session))
        return BERTH_CONNECTION_LOST;
    if (clock_passed(*deadline_ns))
        return error_set(&session->error, BERTH_TIMEOUT, "the session's %lld ms are over",
                         (long long)session->options.timeout_ms);
    if (session->results != NULL)
        session_forget_columns(session);
    if (session->slot == NULL && session_take_connection(session, *deadline_ns) != BERTH_OK)
        return (berth_status)session->error.status;
    session->connection->has_executed = false;
    if (atomic_load(&session->cancelled))
        return error_set(&session->error, BERTH_CANCELLED, "the call was cancelled before it began");
    if (session->in_transaction || session->options.autocommit)
        return BERTH_OK;
    return session_begin_transaction(session, *deadline_ns);
}

/* Outside a transaction a statement that was sent, and whose connection is gone, may have been executed; within one,
 * nothing lasts, and the transaction may be run again. */
static void judge_failure(berth_session *session) {
    berth_error *error = &session->error;
    const connection *connection = session->connection;
    if (session->options.autocommit && connection != NULL && connection->has_executed &&
        (error->flags & BERTH_FLAG_CONNECTION_LOST) != 0) {
        error_prefix(error, "the statement may have been executed: ");
        error->status = BERTH_OUTCOME_UNKNOWN;
        error->flags = (error->flags | BERTH_FLAG_OUTCOME_UNKNOWN) & ~BERTH_FLAG_RETRYABLE;
    } else if (error->status == BERTH_CONNECTION_LOST) {
        error->flags |= BERTH_FLAG_RETRYABLE;
    }
}

void session_note_transaction(berth_session *session) {
    const connection *connection = session->connection;
    if (session->in_transaction && (connection->lost || driver_transaction_state(connection) == BERTH_TX_IDLE))
        session->in_transaction = false;
}

/* A transaction that SQL began behind the session's back (MySQL's SET autocommit = 0) would be rolled back in silence
 * when the connection goes back. */
static berth_status refuse_open_transaction(berth_session *session) {
    connection *connection = session->connection;
    int32_t state = connection->lost ? BERTH_TX_IDLE : driver_transaction_state(connection);
    if (state == BERTH_TX_IDLE)
        return BERTH_OK;
    if (driver_rollback(connection, clock_deadline_ns(CONNECTION_CLEANUP_MS), &session->error) != BERTH_OK)
        connection->lost = true;
    return error_set(&session->error, BERTH_MISUSE,
                     "the statement left a transaction open in an autocommit session, as SQL does that turns the "
                     "server's autocommit off; it was rolled back");
}

berth_status session_call_end(berth_session *session, berth_status status) {
    session_activity_end(session);
    if (session->connection != NULL)
        session_note_transaction(session);
    if (status == BERTH_OK && session->options.autocommit && session->connection != NULL)
        status = refuse_open_transaction(session);
    if (status != BERTH_OK)
        judge_failure(session);
    return (berth_status)session->error.status;
}

/* Ending. */

/* A connection that can't roll back is not used again, which ends its transaction too. */
static void end_transaction(berth_session *session) {
    berth_error error;
    error_clear(&error);
    if (driver_rollback(session->connection, clock_coarse_deadline_ns(CONNECTION_CLEANUP_MS), &error) != BERTH_OK)
        session->connection->lost = true;
}

static void roll_back(berth_session *session) {
    session_finish_result(session);
    session_leave_load(session);
    if (session->in_transaction && !session_is_inherited(session) && !session->connection->lost)
        end_transaction(session);
    session->in_transaction = false;
    session->savepoint_depth = session->dead_savepoints = 0;
    session_forget_queued(session);
}

/* Commits what is open. A failed commit is rolled back, unless the connection is gone. */
static berth_status commit(berth_session *session) {
    if (session_is_inherited(session))
        return BERTH_CONNECTION_LOST;
    if (session->savepoint_depth > 0)
        return berth_session_fail(session, BERTH_MISUSE, "%u savepoint%s not ended: nothing is committed",
                                  (unsigned)session->savepoint_depth,
                                  session->savepoint_depth == 1 ? " was" : "s were");
    if (!session->in_transaction)
        return BERTH_OK;
    int64_t deadline_ns = session_call_deadline(session);
    if (clock_passed(deadline_ns))
        return berth_session_fail(session, BERTH_TIMEOUT, "the session's %lld ms are over: nothing is committed",
                                  (long long)session->options.timeout_ms);
    session_activity_begin(session);
    berth_status status = driver_commit(session->connection, deadline_ns, &session->error);
    session->in_transaction = status != BERTH_OK;
    if (status != BERTH_OK && !session_name_queued(session, &session->error))
        error_prefix(&session->error, "COMMIT: ");
    session_forget_queued(session);
    return session_call_end(session, status);
}

berth_status session_check_open(const berth_session *session, const char *function, berth_error *error) {
    if (session != NULL && session->life == SESSION_OPEN)
        return BERTH_OK;
    if (session != NULL && session->life == SESSION_UNMADE) {
        error_copy(error, &session->error);
        return BERTH_NO_MEMORY;
    }
    return error_set(error, BERTH_MISUSE, "%s: the session %s", function,
                     session == NULL ? "is NULL" : "was closed already");
}

/* Rolls back what is left, gives everything back. */
static void release(berth_session *session) {
    roll_back(session);
    session_leave_results(session);
    session_leave_loads(session);
    session_give_connection_back(session);
    if (session->engine != NULL)
        engine_release(session->engine);
    session->life = SESSION_CLOSED;
    if (!session->held)
        session_recycle(session);
}

berth_status berth_session_end(berth_session *session, berth_error *error) {
    berth_status status = session_check_open(session, "berth_session_end", error);
    if (status != BERTH_OK)
        return status;
    session_finish_result(session);
    session_leave_load(session);
    if (session->error.status == BERTH_OK)
        commit(session);
    status = (berth_status)session->error.status;
    error_copy(error, &session->error);
    release(session);
    return status;
}

void berth_session_close(berth_session *session) {
    if (session != NULL && session->life == SESSION_OPEN)
        release(session);
}

berth_status berth_session_commit(berth_session *session, berth_error *error) {
    berth_status status = session_check_open(session, "berth_session_commit", error);
    if (status != BERTH_OK)
        return status;
    if (session_usable(session, "berth_session_commit") && commit(session) != BERTH_OK)
        roll_back(session);
    error_copy(error, &session->error);
    return (berth_status)session->error.status;
}

berth_status berth_session_rollback(berth_session *session, berth_error *error) {
    berth_status status = session_check_open(session, "berth_session_rollback", error);
    if (status != BERTH_OK)
        return status;
    roll_back(session);
    if (session->connection != NULL && session->connection->lost)
        session_give_connection_back(session);
    if (!session->stillborn)
        error_clear(&session->error);
    error_copy(error, &session->error);
    return (berth_status)session->error.status;
}

berth_session *berth_session_at(berth_session *session, const char *where) {
    if (session != NULL && session->life == SESSION_OPEN)
        session->ticket.where = where;
    return session;
}

berth_session *berth_session_enter(berth_engine *engine, const berth_session_options *options) {
    berth_session *session = berth_session_open(engine, options);
    if (session->life == SESSION_OPEN)
        session->held = true;
    return session;
}

void berth_session_leave(berth_session **session) {
    if (*session == NULL || !(*session)->held)
        return;
    berth_session_close(*session);
    session_recycle(*session);
    *session = NULL;
}
