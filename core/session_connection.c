/* Which connection a session works on.
 *
 * Of a database where a lost transaction leaves nothing behind, a connection is not checked before it is used: when it
 * turns out to be dead before anything was answered, the session moves to another one and says the same again. All else
 * is checked: the socket is looked at, and what was idle for long has been pinged by the pool. */
#include "core/session.h"

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"

#define MOST_MOVES 3 /* Within a call. A statement that brings down its server is not to do so again and again. */

bool session_pipelines(const berth_session *session) {
    return session->options.pipeline && (session_driver(session)->capabilities & BERTH_CAP_PIPELINE) != 0;
}

static bool can_move(const berth_session *session) {
    return (session_driver(session)->capabilities & BERTH_CAP_LOST_TX_LEAVES_NOTHING) != 0 &&
           !session->options.autocommit && !session_pipelines(session);
}

/* A look at the socket, which costs no round trip. */
static bool seems_alive(const berth_session *session, connection *taken) {
    return session->ticket.needs_no_check || session->ticket.was_proved ||
           !engine_settings(session->engine)->pool_pre_ping || driver_is_alive(taken);
}

berth_status session_take_connection(berth_session *session, int64_t deadline_ns) {
    session->ticket.needs_no_check = can_move(session);
    for (;;) {
        berth_status status =
            pool_checkout(engine_pool(session->engine), deadline_ns, &session->ticket, &session->slot, &session->error);
        if (status != BERTH_OK)
            return status;
        connection *taken = pool_slot_resource(session->slot);
        atomic_store(&session->connection, taken);
        events_emit(taken->events, BERTH_EVENT_CHECKOUT, taken->number, 0, NULL, NULL);
        if (seems_alive(session, taken))
            return BERTH_OK;
        taken->lost = true;
        pool_condemn(engine_pool(session->engine), session->slot);
        session_give_connection_back(session);
    }
}

void session_give_connection_back(berth_session *session) {
    connection *taken = session->connection;
    if (taken == NULL)
        return;
    session_forget_columns(session);
    events_emit(taken->events, BERTH_EVENT_CHECKIN, taken->number, 0, NULL, NULL);
    if (taken->lost)
        events_emit(taken->events, BERTH_EVENT_INVALIDATE, taken->number, 0, NULL, &session->error);
    atomic_store_explicit(&session->connection, NULL, memory_order_relaxed);
    pool_slot_note_use(session->slot, clock_coarse_ns());
    pool_checkin(engine_pool(session->engine), session->slot, taken->lost, NULL);
    session->slot = NULL;
}

static berth_status begin(berth_session *session, int64_t deadline_ns) {
    bool rides_along = (session_driver(session)->capabilities & BERTH_CAP_PIPELINE) != 0;
    const berth_begin how = {
        .struct_size = sizeof how,
        .isolation = session->isolation,
        .read_only = session->options.read_only,
        .flags = rides_along ? BERTH_EXECUTE_DEFER : 0,
    };
    session->has_answer = false;
    berth_status status = driver_begin(session->connection, &how, deadline_ns, &session->error);
    session->in_transaction = status == BERTH_OK;
    return status;
}

/* Whether nothing was answered in this transaction before its connection was found dead. */
static bool may_move(const berth_session *session) {
    return session->error.status == BERTH_CONNECTION_LOST && session->connection != NULL && session->connection->lost &&
           !session->has_answer && can_move(session) && !atomic_load(&session->cancelled);
}

static berth_status move(berth_session *session, int64_t deadline_ns) {
    events_emit(session->connection->events, BERTH_EVENT_REPLAY, session->connection->number, 0, NULL, &session->error);
    pool_condemn(engine_pool(session->engine), session->slot);
    session_give_connection_back(session);
    session->in_transaction = false;
    error_clear(&session->error);
    berth_status status = session_take_connection(session, deadline_ns);
    return status == BERTH_OK ? begin(session, deadline_ns) : status;
}

static berth_status nothing_more(berth_session *session, void *context, int64_t deadline_ns) {
    (void)session;
    (void)context;
    (void)deadline_ns;
    return BERTH_OK;
}

/* What came of an action, after moving as often as may be. */
static berth_status move_on(berth_session *session, berth_status status, session_action action, void *context,
                            int64_t deadline_ns) {
    for (int moves = 0; status != BERTH_OK && moves < MOST_MOVES && may_move(session); moves++) {
        status = move(session, deadline_ns);
        if (status == BERTH_OK)
            status = action(session, context, deadline_ns);
    }
    return status;
}

berth_status session_begin_transaction(berth_session *session, int64_t deadline_ns) {
    return move_on(session, begin(session, deadline_ns), nothing_more, NULL, deadline_ns);
}

berth_status session_step(berth_session *session, session_action action, void *context, int64_t deadline_ns) {
    berth_status status = move_on(session, action(session, context, deadline_ns), action, context, deadline_ns);
    session->has_answer = session->has_answer || status == BERTH_OK;
    return status;
}
