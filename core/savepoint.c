/* A session within a session. Savepoints nest, so the depth makes a name that is unique among those that are open. One
 * that is begun in a failed session only counts: it is always inside those that the database knows. */
#include <stdio.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"
#include "core/session.h"

#define NAME_BYTES 32

static berth_status run(berth_session *session, driver_savepoint_step step, uint32_t depth, int64_t deadline_ns,
                        berth_error *error) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "berth_%u", (unsigned)depth);
    return driver_savepoint(session->connection, step, name, deadline_ns, error);
}

/* Whether the session may have savepoints; it has failed when it may not. */
static bool may_begin(berth_session *session) {
    if (!session_usable(session, "berth_savepoint_begin"))
        return false;
    const berth_driver *driver = session_driver(session);
    if (session->options.autocommit)
        berth_session_fail(session, BERTH_MISUSE, "berth_savepoint_begin: an autocommit session has no transaction");
    else if ((driver->capabilities & BERTH_CAP_SAVEPOINTS) == 0)
        berth_session_fail(session, BERTH_NOT_SUPPORTED, "the driver %s has no savepoints", driver->name);
    return session->error.status == BERTH_OK;
}

static berth_status set(berth_session *session, void *context, int64_t deadline_ns) {
    (void)context;
    return run(session, DRIVER_SAVEPOINT, session->savepoint_depth + 1, deadline_ns, &session->error);
}

/* What was deferred before it is none of its business. */
static berth_status begin(berth_session *session) {
    int64_t deadline_ns;
    if (session_flush(session) != BERTH_OK)
        return (berth_status)session->error.status;
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status == BERTH_OK)
        status = session_step(session, set, NULL, deadline_ns);
    return session_call_end(session, status);
}

berth_status berth_savepoint_begin(berth_session *session) {
    berth_status status = session_check_open(session, "berth_savepoint_begin", NULL);
    if (status != BERTH_OK)
        return status;
    if (may_begin(session) && begin(session) == BERTH_OK)
        session->savepoint_depth++;
    else
        session->dead_savepoints++;
    return (berth_status)session->error.status;
}

/* Keeps the savepoint's work. */
static void keep(berth_session *session, uint32_t depth) {
    int64_t deadline_ns;
    if (!session->in_transaction)
        return;
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status == BERTH_OK)
        status = run(session, DRIVER_SAVEPOINT_RELEASE, depth, deadline_ns, &session->error);
    session_call_end(session, status);
}

/* Drops the savepoint's work and forgets the session's failure; when that can't be done, the session fails. */
static void drop(berth_session *session, uint32_t depth) {
    berth_error error;
    error_clear(&error);
    berth_status status = BERTH_CONNECTION_LOST;
    if (session->in_transaction && !session_is_inherited(session) && !session->connection->lost) {
        int64_t deadline_ns = clock_coarse_deadline_ns(CONNECTION_CLEANUP_MS);
        status = run(session, DRIVER_SAVEPOINT_ROLLBACK, depth, deadline_ns, &error);
        if (status == BERTH_OK)
            status = run(session, DRIVER_SAVEPOINT_RELEASE, depth, deadline_ns, &error);
        session_note_transaction(session);
    }
    if (status == BERTH_OK && session->in_transaction)
        error_clear(&session->error);
    else
        berth_session_fail(session, status != BERTH_OK ? status : BERTH_INTERNAL,
                           "the savepoint can't be rolled back to%s%s: the whole transaction is gone, its work too",
                           error.message[0] != '\0' ? ": " : "", error.message);
}

/* Ends the innermost savepoint; `discard` drops its work even when all went well. Hands over what failed inside. */
static berth_status end(berth_session *session, const char *function, bool discard, berth_error *error) {
    berth_status status = session_check_open(session, function, error);
    if (status != BERTH_OK)
        return status;
    session_finish_result(session);
    session_leave_load(session);
    session_flush(session);
    error_copy(error, &session->error);
    status = (berth_status)session->error.status;
    if (session->dead_savepoints > 0) {
        session->dead_savepoints--;
        return status;
    }
    if (session->savepoint_depth == 0) {
        status = berth_session_fail(session, BERTH_MISUSE, "%s: no savepoint was begun", function);
        error_copy(error, &session->error);
        return status;
    }
    uint32_t depth = session->savepoint_depth--;
    if (discard || status != BERTH_OK) {
        drop(session, depth);
    } else {
        keep(session, depth);
        status = (berth_status)session->error.status;
        error_copy(error, &session->error);
    }
    return status;
}

berth_status berth_savepoint_end(berth_session *session, berth_error *error) {
    return end(session, "berth_savepoint_end", false, error);
}

berth_status berth_savepoint_rollback(berth_session *session, berth_error *error) {
    berth_status status = end(session, "berth_savepoint_rollback", true, error);
    if (session == NULL || session->life != SESSION_OPEN)
        return status;
    error_copy(error, &session->error);
    return (berth_status)session->error.status;
}
