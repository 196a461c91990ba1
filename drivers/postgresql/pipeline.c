/* What is sent without waiting for the answer to what was sent before. libpq's pipeline mode is on from the first such
 * statement to the end of the answers, and the steps here go along with libpq's own queue. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "postgresql.h"

#define ROOM 8 /* Steps that one call adds at most. */
/* libpq sends when it holds that much, but does not wait when that can't be, and tries again with each statement. */
#define MOST_UNSENT_BYTES 8192

static postgresql_step *first_step(postgresql_pipeline *pipeline) {
    return &pipeline->steps[pipeline->first];
}

static postgresql_step *step_at(postgresql_pipeline *pipeline, uint32_t place) {
    return &pipeline->steps[(pipeline->first + place) & (pipeline->capacity - 1)];
}

static bool reserve(postgresql_pipeline *pipeline) {
    if (pipeline->capacity - pipeline->count >= ROOM)
        return true;
    uint32_t capacity = pipeline->capacity == 0 ? 4 * ROOM : 2 * pipeline->capacity;
    postgresql_step *grown = postgresql_services->allocate(capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    for (uint32_t i = 0; i < pipeline->count; i++)
        grown[i] = *step_at(pipeline, i);
    postgresql_services->release(pipeline->steps);
    pipeline->steps = grown;
    pipeline->capacity = capacity;
    pipeline->first = 0;
    return true;
}

/* libpq takes this for the statement that is next only, before any of its answer was read. */
static void select_rows_mode(berth_driver_connection *connection) {
    const postgresql_pipeline *pipeline = &connection->pipeline;
    const postgresql_step *step = &pipeline->steps[pipeline->first];
    if (pipeline->count > 0 && step->kind == STEP_STATEMENT)
        postgresql_rows_select_mode(connection->handle, step->rows);
}

static void pop(berth_driver_connection *connection) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    pipeline->first = (pipeline->first + 1) & (pipeline->capacity - 1);
    pipeline->count--;
    pipeline->is_answered = false;
    select_rows_mode(connection);
}

int32_t postgresql_pipeline_add(berth_driver_connection *connection, int sent, const postgresql_step *step,
                                berth_error *error) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    if (sent != 1)
        return postgresql_fail_send(connection, error);
    *step_at(pipeline, pipeline->count++) = *step;
    pipeline->needs_sync = step->kind != STEP_SYNC;
    if (pipeline->begin_waits && step->kind == STEP_STATEMENT)
        pipeline->is_implicit = true;
    if (pipeline->count == 1)
        select_rows_mode(connection);
    return BERTH_OK;
}

static int32_t enter(berth_driver_connection *connection, berth_error *error) {
    if (!reserve(&connection->pipeline))
        return postgresql_fail_memory("a pipeline", error);
    return PQenterPipelineMode(connection->handle) == 1 ? BERTH_OK : postgresql_fail_send(connection, error);
}

static int32_t send_waiting_begin(berth_driver_connection *connection, berth_error *error) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    if (!pipeline->begin_waits)
        return BERTH_OK;
    int32_t status = postgresql_own_send(connection, STEP_BEGIN, pipeline->waiting_begin, NULL, error);
    if (status == BERTH_OK)
        pipeline->begin_waits = pipeline->is_implicit = false;
    return status;
}

int32_t postgresql_pipeline_open(berth_driver_connection *connection, berth_error *error) {
    int32_t status = enter(connection, error);
    return status == BERTH_OK ? send_waiting_begin(connection, error) : status;
}

int32_t postgresql_pipeline_open_implicit(berth_driver_connection *connection, berth_error *error) {
    bool says_more = connection->pipeline.waiting_begin != OWN_BEGIN;
    return says_more ? postgresql_pipeline_open(connection, error) : enter(connection, error);
}

/* What the server did not do. */
static void undo(berth_driver_connection *connection, const postgresql_step *step) {
    if (step->kind == STEP_PREPARE_OWN)
        connection->pipeline.prepared_own &= ~(UINT32_C(1) << step->own);
    if (step->kind == STEP_PREPARE || step->kind == STEP_DESCRIBE)
        postgresql_statement_undo(step);
}

/* The server says no. */
static int32_t refuse(berth_driver_connection *connection, const postgresql_step *step, const PGresult *result,
                      berth_error *error) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    int32_t status = postgresql_fail(connection, result, error);
    error->index = step->index;
    undo(connection, step);
    if (PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL && pipeline->refused.kind == STEP_NONE)
        pipeline->refused = *step;
    if (step->kind == STEP_STATEMENT && postgresql_statement_is_stale(step->statement, result))
        return postgresql_make_retryable(error);
    if (step->kind == STEP_PREPARE_OWN || step->kind == STEP_OWN || step->kind == STEP_BEGIN ||
        step->kind == STEP_COMMIT)
        return postgresql_own_judge(connection, step, error);
    return status;
}

/* The tag of a statement that has ended. libpq puts it on the last rows where those are no full chunk, and not on the
 * result behind them. A statement that has no count makes the sum unknown. */
static void note_tag(berth_driver_connection *connection, const postgresql_step *step, PGresult *result) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    if (step->kind < STEP_STATEMENT || PQcmdStatus(result)[0] == '\0')
        return;
    postgresql_note_end(connection, result);
    if (step->kind != STEP_STATEMENT)
        return;
    bool is_known = pipeline->affected_rows >= 0 && connection->affected_rows >= 0;
    pipeline->affected_rows = is_known ? pipeline->affected_rows + connection->affected_rows : -1;
}

/* What one result says of the first step. Takes the result over. */
static int32_t digest(berth_driver_connection *connection, PGresult *result, berth_error *error) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    const postgresql_step step = *first_step(pipeline);
    int32_t status = BERTH_OK;
    pipeline->is_answered = true;
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        pop(connection);
        break;
    case PGRES_PIPELINE_ABORTED:
        undo(connection, &step);
        break;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        if (step.kind == STEP_DESCRIBE) {
            postgresql_statement_describe(connection, &step, result);
            return BERTH_OK;
        }
        note_tag(connection, &step, result);
        break;
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE:
        status = refuse(connection, &step, result, error);
        break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH: /* Never sent here, and there would be no way out. */
        connection->is_broken = true;
        status = postgresql_services->fail(error, BERTH_INTERNAL, "the server begins to copy without being asked");
        break;
    default:
        note_tag(connection, &step, result);
    }
    PQclear(result);
    return status;
}

/* The next result of the first step, or its end. */
static int32_t take(berth_driver_connection *connection, berth_error *error) {
    const postgresql_pipeline *pipeline = &connection->pipeline;
    const postgresql_step *step = first_step(&connection->pipeline);
    PGresult *result;
    int32_t status = postgresql_receive(connection, &result, error);
    if (status != BERTH_OK)
        return status;
    if (result != NULL)
        return digest(connection, result, error);
    if (!pipeline->is_answered || !postgresql_is_usable(connection))
        return postgresql_fail_lost(connection, error);
    if (step->kind != STEP_SYNC) /* A refusal at the sync comes before its own answer. */
        pop(connection);
    return BERTH_OK;
}

static int32_t take_ready(berth_driver_connection *connection, uint32_t kept, berth_error *error) {
    int32_t status = BERTH_OK;
    while (status == BERTH_OK && connection->pipeline.count > kept && !PQisBusy(connection->handle))
        status = take(connection, error);
    return status;
}

/* The connection has ended: finds out why. */
static int32_t take_farewell(berth_driver_connection *connection, berth_error *error) {
    int32_t status = BERTH_OK;
    while (status == BERTH_OK && connection->pipeline.count > 0)
        status = take(connection, error);
    return status == BERTH_OK ? postgresql_fail_lost(connection, error) : status;
}

/* Sends what libpq holds back, and takes answers meanwhile, for a server that can't get rid of them reads nothing. The
 * last `kept` steps' answers are left. */
static int32_t push(berth_driver_connection *connection, uint32_t kept, berth_error *error) {
    PGconn *handle = connection->handle;
    int waiting;
    while ((waiting = PQflush(handle)) == 1) {
        int32_t status = take_ready(connection, kept, error);
        if (status == BERTH_OK)
            status = postgresql_await(connection, POLLIN | POLLOUT, error);
        if (status != BERTH_OK)
            return status;
        if (PQconsumeInput(handle) != 1)
            return take_farewell(connection, error);
    }
    connection->pipeline.unsent_bytes = 0;
    connection->has_sent = true;
    return waiting == 0 ? BERTH_OK : take_farewell(connection, error);
}

static int32_t add_sync(berth_driver_connection *connection, berth_error *error) {
    static const postgresql_step step = {.kind = STEP_SYNC, .index = -1};
    return postgresql_pipeline_add(connection, PQpipelineSync(connection->handle), &step, error);
}

/* What must not be committed yet is put into a transaction of its own, which takes in what came before. */
static int32_t sync(berth_driver_connection *connection, berth_error *error) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    if (!pipeline->needs_sync)
        return BERTH_OK;
    if (!reserve(pipeline))
        return postgresql_fail_memory("a pipeline", error);
    int32_t status = pipeline->is_implicit ? send_waiting_begin(connection, error) : BERTH_OK;
    return status == BERTH_OK ? add_sync(connection, error) : status;
}

int32_t postgresql_pipeline_add_commit(berth_driver_connection *connection, berth_error *error) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    if (!pipeline->is_implicit) {
        int32_t status = postgresql_pipeline_open(connection, error);
        return status == BERTH_OK ? postgresql_own_send(connection, STEP_COMMIT, OWN_COMMIT, NULL, error) : status;
    }
    if (!reserve(pipeline))
        return postgresql_fail_memory("a pipeline", error);
    int32_t status = add_sync(connection, error);
    if (status == BERTH_OK)
        pipeline->begin_waits = pipeline->is_implicit = false;
    return status;
}

/* Passes over what is behind a failure. The end of the answer that failed must be read before anything is added: libpq
 * would drop it. */
static void pass_over(berth_driver_connection *connection) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    berth_error later;
    if (pipeline->is_answered && PQpipelineStatus(connection->handle) == PQ_PIPELINE_ABORTED)
        take(connection, &later);
    if (pipeline->needs_sync && postgresql_is_usable(connection) && sync(connection, &later) != BERTH_OK)
        connection->is_broken = true;
    while (pipeline->count > 0 && postgresql_is_usable(connection))
        take(connection, &later);
    for (uint32_t i = 0; i < pipeline->count; i++)
        undo(connection, step_at(pipeline, i));
    pipeline->count = 0;
}

int32_t postgresql_pipeline_leave(berth_driver_connection *connection, int32_t status, berth_error *error) {
    pass_over(connection);
    connection->pipeline.deferred_count = 0;
    connection->pipeline.unsent_bytes = 0;
    if (postgresql_is_usable(connection) && PQexitPipelineMode(connection->handle) != 1) {
        connection->is_broken = true;
        if (status == BERTH_OK)
            status = postgresql_fail_lost(connection, error);
    }
    return postgresql_settle(connection, status, error);
}

/* Waits for all answers but those of the last `kept` steps. */
static int32_t wait_for(berth_driver_connection *connection, uint32_t kept, berth_error *error) {
    int32_t status = push(connection, kept, error);
    while (status == BERTH_OK && connection->pipeline.count > kept)
        status = take(connection, error);
    return status;
}

int32_t postgresql_pipeline_receive(berth_driver_connection *connection, PGresult **first, berth_error *error) {
    *first = NULL;
    int32_t status = sync(connection, error);
    if (status == BERTH_OK)
        status = wait_for(connection, 2, error);
    if (status == BERTH_OK)
        status = postgresql_receive(connection, first, error);
    if (status == BERTH_OK && *first == NULL)
        status = postgresql_fail_lost(connection, error);
    if (status != BERTH_OK)
        return postgresql_pipeline_leave(connection, status, error);
    connection->pipeline.is_answered = true;
    return BERTH_OK;
}

int32_t postgresql_pipeline_end(berth_driver_connection *connection, PGresult *result, berth_error *error) {
    int32_t status = result != NULL ? digest(connection, result, error) : BERTH_OK;
    if (status == BERTH_OK)
        status = sync(connection, error);
    if (status == BERTH_OK)
        status = wait_for(connection, 0, error);
    return postgresql_pipeline_leave(connection, status, error);
}

int32_t postgresql_pipeline_finish(berth_driver_connection *connection, berth_error *error) {
    if (PQpipelineStatus(connection->handle) == PQ_PIPELINE_OFF)
        return BERTH_OK;
    return postgresql_pipeline_end(connection, NULL, error);
}

int32_t postgresql_pipeline_settle(berth_driver_connection *connection, berth_error *error) {
    int32_t status = connection->pipeline.begin_waits ? postgresql_pipeline_open(connection, error) : BERTH_OK;
    if (status != BERTH_OK)
        return postgresql_pipeline_leave(connection, status, error);
    return postgresql_pipeline_finish(connection, error);
}

int32_t postgresql_pipeline_catch_up(berth_driver_connection *connection, berth_error *error) {
    int32_t status = BERTH_OK;
    if (PQsendFlushRequest(connection->handle) != 1)
        status = postgresql_fail_send(connection, error);
    if (status == BERTH_OK)
        status = wait_for(connection, 0, error);
    return status == BERTH_OK ? BERTH_OK : postgresql_pipeline_leave(connection, status, error);
}

int32_t postgresql_pipeline_relieve(berth_driver_connection *connection, berth_error *error) {
    if (connection->pipeline.unsent_bytes < MOST_UNSENT_BYTES)
        return BERTH_OK;
    int32_t status = push(connection, 0, error);
    if (status == BERTH_OK)
        status = take_ready(connection, 0, error);
    return status == BERTH_OK ? BERTH_OK : postgresql_pipeline_leave(connection, status, error);
}

int32_t postgresql_pipeline_look(berth_driver_connection *connection, berth_error *error) {
    int32_t status = BERTH_OK;
    while (status == BERTH_OK && !postgresql_is_silent(connection->handle))
        status = PQconsumeInput(connection->handle) == 1 ? take_ready(connection, 0, error)
                                                         : take_farewell(connection, error);
    return status == BERTH_OK ? BERTH_OK : postgresql_pipeline_leave(connection, status, error);
}

int32_t postgresql_pipeline_give_up(berth_driver_connection *connection, int32_t status, int64_t index,
                                    berth_error *error) {
    berth_error earlier;
    if (PQpipelineStatus(connection->handle) != PQ_PIPELINE_OFF) /* Else it was a step that failed, with its own. */
        error->index = index;
    int32_t before = postgresql_is_usable(connection) ? postgresql_pipeline_finish(connection, &earlier) : BERTH_OK;
    if (before == BERTH_OK)
        return postgresql_settle(connection, status, error);
    *error = earlier;
    return before;
}

void postgresql_pipeline_forget(berth_driver_connection *connection, const berth_driver_statement *statement) {
    postgresql_pipeline *pipeline = &connection->pipeline;
    for (uint32_t i = 0; i < pipeline->count; i++)
        if (step_at(pipeline, i)->statement == statement)
            step_at(pipeline, i)->statement = NULL;
}
