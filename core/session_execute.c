/* Running statements in a session. */
#include "core/session.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"

/* What was deferred, for the name of what fails later. Without memory for a name there is none. */
static void note_queued(berth_session *session, const char *sql) {
    if (session->queued_count == session->queued_capacity) {
        uint32_t capacity = session->queued_capacity > 0 ? 2 * session->queued_capacity : 16;
        session_queued *grown = realloc(session->queued, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        session->queued = grown;
        session->queued_capacity = capacity;
    }
    statement_show(session_driver(session)->dialect, sql, session->queued[session->queued_count++].shown);
}

void session_forget_queued(berth_session *session) {
    session->queued_count = 0;
}

bool session_name_queued(const berth_session *session, berth_error *error) {
    if (error->index < 0 || error->index >= session->queued_count)
        return false;
    error_prefix(error, "statement %lld of the pipeline, %s: ", (long long)error->index + 1,
                 session->queued[error->index].shown);
    return true;
}

berth_status session_flush(berth_session *session) {
    if (session->queued_count == 0 || !session_usable(session, "flushing a pipeline"))
        return berth_session_status(session);
    int64_t deadline_ns = session_call_deadline(session);
    session_activity_begin(session);
    berth_status status = driver_sync(session->connection, deadline_ns, &session->error);
    if (status != BERTH_OK)
        session_name_queued(session, &session->error);
    session_forget_queued(session);
    return session_call_end(session, status);
}

/* One statement and what came of it. */
typedef struct run {
    const char *sql;
    const berth_params *params;
    berth_execution *execution;
} run;

static berth_status run_once(berth_session *session, void *context, int64_t deadline_ns) {
    const run *run = context;
    return statement_execute(session->connection, run->sql, run->params, run->execution, deadline_ns, &session->error);
}

static void report_if_slow(const berth_session *session, const char *sql, int64_t took_ns) {
    char shown[STATEMENT_SHOWN_BYTES];
    if (session->connection == NULL || took_ns < engine_settings(session->engine)->slow_query_ms * CLOCK_NS_PER_MS)
        return;
    statement_show(session_driver(session)->dialect, sql, shown);
    engine_count_slow_query(session->engine);
    events_emit_at(session->connection->events, BERTH_EVENT_SLOW_QUERY, session->connection->number, took_ns, shown,
                   session->ticket.where);
}

berth_status session_execute(berth_session *session, const char *sql, const berth_params *params,
                             berth_execution *execution, int64_t deadline_ns) {
    bool is_timed = engine_settings(session->engine)->slow_query_ms > 0;
    int64_t began_ns = is_timed ? clock_now_ns() : 0;
    run run = {sql, params, execution};
    berth_status status = session_step(session, run_once, &run, deadline_ns);
    bool is_deferred = (execution->flags & BERTH_EXECUTE_DEFER) != 0;
    if (status == BERTH_OK && is_deferred)
        note_queued(session, sql);
    else if (status != BERTH_OK && !session_name_queued(session, &session->error) && session->connection != NULL)
        statement_name_error(session_driver(session)->dialect, sql, &session->error);
    if (!is_deferred || status != BERTH_OK)
        session_forget_queued(session);
    if (is_timed)
        report_if_slow(session, sql, clock_now_ns() - began_ns);
    return status;
}

berth_status berth_exec(berth_session *session, const char *sql, const berth_params *params) {
    int64_t deadline_ns;
    if (!session_usable(session, "berth_exec"))
        return berth_session_status(session);
    if (sql == NULL)
        return berth_session_fail(session, BERTH_MISUSE, "berth_exec: sql is NULL");
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status != BERTH_OK)
        return session_call_end(session, status);
    berth_execution execution = {
        .struct_size = sizeof execution,
        .flags = BERTH_EXECUTE_DISCARD | (session_pipelines(session) ? BERTH_EXECUTE_DEFER : 0),
        .affected_rows = -1,
    };
    status = session_execute(session, sql, params, &execution, deadline_ns);
    bool is_known = status == BERTH_OK && (execution.flags & BERTH_EXECUTE_DEFER) == 0;
    session->affected_rows = is_known ? execution.affected_rows : -1;
    session->last_insert_id = is_known ? execution.last_insert_id : 0;
    return session_call_end(session, status);
}
