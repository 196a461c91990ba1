/* Running statements in a session. */
#include "core/session.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"

static bool has_room_for_name(berth_session *session) {
    if (session->named_count < session->named_capacity)
        return true;
    uint32_t capacity = session->named_capacity > 0 ? 2 * session->named_capacity : 16;
    session_queued *grown = realloc(session->queued, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    session->queued = grown;
    session->named_capacity = capacity;
    return true;
}

/* What was deferred, for the name of what fails later. Once there was no memory for a name, none follows: they are
 * found by their place. */
static void note_queued(berth_session *session, const char *sql) {
    if (session->named_count == session->queued_count && has_room_for_name(session))
        statement_keep_start(sql, session->queued[session->named_count++].start);
    session->queued_count++;
}

void session_forget_queued(berth_session *session) {
    session->queued_count = session->named_count = 0;
}

bool session_name_queued(const berth_session *session, berth_error *error) {
    if (error->index < 0 || error->index >= session->queued_count)
        return false;
    char shown[STATEMENT_SHOWN_BYTES] = "";
    bool is_named = error->index < session->named_count;
    if (is_named)
        statement_show(session_driver(session)->dialect, session->queued[error->index].start, shown);
    error_prefix(error, "statement %lld of the pipeline%s%s: ", (long long)error->index + 1, is_named ? ", " : "",
                 shown);
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
    const statement_key *key;
    const berth_params *params;
    size_t count; /* Of rows in `params`; 0: it is one execution, not many. */
    berth_execution *execution;
} run;

static berth_status run_once(berth_session *session, void *context, int64_t deadline_ns) {
    const run *run = context;
    connection *connection = session->connection;
    if (run->count == 0)
        return statement_execute(connection, run->key, run->params, run->execution, deadline_ns, &session->error);
    return statement_execute_many(connection, run->key, run->params, run->count, run->execution, deadline_ns,
                                  &session->error);
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

static berth_status run_and_report(berth_session *session, run *run, int64_t deadline_ns) {
    const char *sql = run->key->sql;
    bool is_timed = engine_settings(session->engine)->slow_query_ms > 0;
    int64_t began_ns = is_timed ? clock_now_ns() : 0;
    berth_status status = session_step(session, run_once, run, deadline_ns);
    bool is_deferred = (run->execution->flags & BERTH_EXECUTE_DEFER) != 0;
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

berth_status session_execute(berth_session *session, const statement_key *key, const berth_params *params,
                             berth_execution *execution, int64_t deadline_ns) {
    run run = {.key = key, .params = params, .execution = execution};
    return run_and_report(session, &run, deadline_ns);
}

static void note_outcome(berth_session *session, berth_status status, const berth_execution *execution) {
    bool is_known = status == BERTH_OK && (execution->flags & BERTH_EXECUTE_DEFER) == 0;
    session->affected_rows = is_known ? execution->affected_rows : -1;
    session->last_insert_id = is_known ? execution->last_insert_id : 0;
}

static berth_status exec(berth_session *session, const statement_key *key, const berth_params *params) {
    int64_t deadline_ns;
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status != BERTH_OK)
        return session_call_end(session, status);
    berth_execution execution = {
        .struct_size = sizeof execution,
        .flags = BERTH_EXECUTE_DISCARD | (session_pipelines(session) ? BERTH_EXECUTE_DEFER : 0),
        .affected_rows = -1,
    };
    status = session_execute(session, key, params, &execution, deadline_ns);
    note_outcome(session, status, &execution);
    return session_call_end(session, status);
}

berth_status berth_exec(berth_session *session, const char *sql, const berth_params *params) {
    if (!session_usable(session, "berth_exec"))
        return berth_session_status(session);
    if (sql == NULL)
        return berth_session_fail(session, BERTH_MISUSE, "berth_exec: sql is NULL");
    const statement_key key = statement_key_of(sql);
    return exec(session, &key, params);
}

berth_status berth_statement_exec(berth_session *session, const berth_statement *statement,
                                  const berth_params *params) {
    if (!session_usable(session, "berth_statement_exec"))
        return berth_session_status(session);
    if (statement == NULL)
        return berth_session_fail(session, BERTH_MISUSE, "berth_statement_exec: the statement is NULL");
    const statement_key key = statement_handle_key(statement);
    return exec(session, &key, params);
}

/* What was deferred before it is none of its business. */
berth_status session_execute_many(berth_session *session, const statement_key *key, const berth_params *rows,
                                  size_t count) {
    int64_t deadline_ns;
    if (session_flush(session) != BERTH_OK)
        return (berth_status)session->error.status;
    berth_status status = session_call_begin(session, &deadline_ns);
    if (status != BERTH_OK)
        return session_call_end(session, status);
    berth_execution execution = {.struct_size = sizeof execution, .flags = BERTH_EXECUTE_DISCARD, .affected_rows = -1};
    run run = {.key = key, .params = rows, .count = count, .execution = &execution};
    status = run_and_report(session, &run, deadline_ns);
    execution.last_insert_id = 0;
    note_outcome(session, status, &execution);
    return session_call_end(session, status);
}

void session_name_row(berth_session *session, size_t count) {
    if (session->error.index >= 0)
        error_prefix(&session->error, "row %lld of %zu: ", (long long)session->error.index + 1, count);
}

berth_status berth_exec_many(berth_session *session, const char *sql, const berth_params *rows, size_t count) {
    if (!session_usable(session, "berth_exec_many"))
        return berth_session_status(session);
    if (sql == NULL || (rows == NULL && count > 0))
        return berth_session_fail(session, BERTH_MISUSE, "berth_exec_many: %s is NULL", sql == NULL ? "sql" : "rows");
    if (session->options.autocommit)
        return berth_session_fail(session, BERTH_MISUSE,
                                  "berth_exec_many: many rows need a transaction: leave autocommit out");
    session->affected_rows = 0;
    if (count == 0)
        return BERTH_OK;
    const statement_key key = statement_key_of(sql);
    berth_status status = session_execute_many(session, &key, rows, count);
    if (status != BERTH_OK)
        session_name_row(session, count);
    return status;
}
