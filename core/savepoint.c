/* A session within a session: nested, each with a name of its own. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"
#include "core/session.h"

#define NAME_BYTES 32

static berth_status push(berth_session *session, bool dead) {
    if (session->savepoint_depth == session->savepoint_capacity) {
        uint32_t capacity = session->savepoint_capacity * 2 + 4;
        savepoint *grown = realloc(session->savepoints, capacity * sizeof *grown);
        if (grown == NULL)
            return error_no_memory(&session->error, "a savepoint");
        session->savepoints = grown;
        session->savepoint_capacity = capacity;
    }
    session->savepoints[session->savepoint_depth++] = (savepoint){++session->last_savepoint, dead};
    return BERTH_OK;
}

static berth_status run(berth_session *session, driver_savepoint_step step, uint64_t number, int64_t deadline_ns,
                        berth_error *error) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "berth_%llu", (unsigned long long)number);
    return driver_savepoint(session->connection, step, name, deadline_ns, error);
}

berth_status berth_savepoint_begin(berth_session *session) {
    int64_t deadline_ns;
    if (session == NULL || session->life != SESSION_OPEN)
        return berth_session_status(session);
    if (session_usable(session, "berth_savepoint_begin") && session->options.autocommit)
        berth_session_fail(session, BERTH_MISUSE, "berth_savepoint_begin: an autocommit session has no transaction");
    if (session_usable(session, "") && (session_driver(session)->capabilities & BERTH_CAP_SAVEPOINTS) == 0)
        berth_session_fail(session, BERTH_NOT_SUPPORTED, "the driver %s has no savepoints",
                           session_driver(session)->name);
    if (push(session, session->error.status != BERTH_OK) != BERTH_OK || session->error.status != BERTH_OK)
        return berth_session_status(session);
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status == BERTH_OK)
        status = run(session, DRIVER_SAVEPOINT, session->last_savepoint, deadline_ns, &session->error);
    session->savepoints[session->savepoint_depth - 1].dead = status != BERTH_OK;
    return session_call_end(session, status);
}

/* Takes the innermost savepoint. Says what is wrong when there is none. */
static bool pop(berth_session *session, const char *function, savepoint *innermost, berth_error *error) {
    if (session == NULL || session->life == SESSION_CLOSED) {
        error_set(error, BERTH_MISUSE, "%s: the session %s", function,
                  session == NULL ? "is NULL" : "was closed already");
        return false;
    }
    if (session->life == SESSION_OPEN && session->savepoint_depth > 0) {
        *innermost = session->savepoints[--session->savepoint_depth];
        return true;
    }
    berth_session_fail(session, BERTH_MISUSE, "%s: no savepoint was begun", function);
    error_copy(error, &session->error);
    return false;
}

/* Keeps the savepoint's work. */
static berth_status keep(berth_session *session, const savepoint *innermost, berth_error *error) {
    int64_t deadline_ns;
    if (session->in_transaction) {
        berth_status status = session_call_begin(session, &deadline_ns);
        if (status == BERTH_OK)
            status = run(session, DRIVER_SAVEPOINT_RELEASE, innermost->number, deadline_ns, &session->error);
        session_call_end(session, status);
    }
    error_copy(error, &session->error);
    return (berth_status)session->error.status;
}

/* Drops the savepoint's work and forgets the failure. False when the transaction is gone with it. */
static bool drop(berth_session *session, const savepoint *innermost) {
    berth_error error;
    error_clear(&error);
    if (!session->in_transaction || session->connection->lost)
        return false;
    int64_t deadline_ns = clock_coarse_deadline_ns(CONNECTION_CLEANUP_MS);
    berth_status status = run(session, DRIVER_SAVEPOINT_ROLLBACK, innermost->number, deadline_ns, &error);
    if (status == BERTH_OK)
        status = run(session, DRIVER_SAVEPOINT_RELEASE, innermost->number, deadline_ns, &error);
    session_note_transaction(session);
    if (status != BERTH_OK || !session->in_transaction)
        return false;
    error_clear(&session->error);
    return true;
}

berth_status berth_savepoint_end(berth_session *session, berth_error *error) {
    savepoint innermost;
    if (!pop(session, "berth_savepoint_end", &innermost, error))
        return berth_session_status(session);
    session_finish_result(session);
    if (session->error.status == BERTH_OK)
        return keep(session, &innermost, error);
    berth_status status = (berth_status)session->error.status;
    error_copy(error, &session->error);
    if (!innermost.dead)
        drop(session, &innermost);
    return status;
}

berth_status berth_savepoint_rollback(berth_session *session, berth_error *error) {
    savepoint innermost;
    if (!pop(session, "berth_savepoint_rollback", &innermost, error))
        return berth_session_status(session);
    session_finish_result(session);
    if (!innermost.dead && !drop(session, &innermost))
        berth_session_fail(session, BERTH_CONNECTION_LOST,
                           "berth_savepoint_rollback: the whole transaction is gone, its work too");
    error_copy(error, &session->error);
    return (berth_status)session->error.status;
}
