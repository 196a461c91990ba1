/* Deadlines and cancelling. The client libraries can't end a call early, so the server is told to, with KILL QUERY over
 * another connection, as cancel() does it: by watch.c when the deadline is over. */
#include <stdio.h>

#include "client.h"

bool mydb_call_has_passed(int64_t deadline_ns) {
    return deadline_ns != BERTH_NO_DEADLINE && mydb_services->now_ns() >= deadline_ns;
}

/* A KILL that came too late may hit the next statement instead: let it be one that does nothing. */
static void absorb_kill(berth_driver_connection *connection) {
    connection->kill_is_due = false;
    mysql_query(connection->handle, "DO 0");
}

static void start(berth_driver_connection *connection, int64_t deadline_ns) {
    atomic_store_explicit(&connection->stopped_by, CALL_STOP_NONE, memory_order_relaxed);
    atomic_store_explicit(&connection->deadline_ns, deadline_ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&connection->fetches, 1, memory_order_relaxed);
    atomic_store(&connection->phase, CALL_RUNNING);
    if (deadline_ns != BERTH_NO_DEADLINE)
        mydb_watch_expect(deadline_ns);
}

int32_t mydb_call_begin_queued(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    if (connection->is_lost) {
        mydb_services->fail(error, BERTH_CONNECTION_LOST, "the connection was lost before");
        if (error != NULL)
            error->flags |= BERTH_FLAG_CONNECTION_LOST;
        return BERTH_CONNECTION_LOST;
    }
    if (mydb_call_has_passed(deadline_ns))
        return mydb_services->fail(error, BERTH_TIMEOUT, "the deadline was over before the call began");
    start(connection, deadline_ns);
    return BERTH_OK;
}

int32_t mydb_call_begin(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int32_t status = mydb_call_begin_queued(connection, deadline_ns, error);
    if (status != BERTH_OK)
        return status;
    if (mydb_pipeline_is_pending(connection))
        status = mydb_pipeline_settle(connection, error);
    if (connection->kill_is_due && !connection->is_lost)
        absorb_kill(connection);
    if (status != BERTH_OK)
        mydb_call_end(connection);
    return status;
}

int32_t mydb_call_begin_anyway(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int64_t least_ns = mydb_services->now_ns() + NS_PER_S;
    if (deadline_ns < least_ns)
        deadline_ns = least_ns;
    berth_error deferred;
    int32_t status = mydb_call_begin(connection, deadline_ns, &deferred);
    if (status == BERTH_OK)
        return BERTH_OK;
    if (!connection->is_lost)
        return mydb_call_begin(connection, deadline_ns, error);
    *error = deferred;
    return status;
}

int32_t mydb_call_check(berth_driver_connection *connection, berth_error *error) {
    int why = atomic_load_explicit(&connection->stopped_by, memory_order_relaxed);
    if (why == CALL_STOP_NONE)
        return BERTH_OK;
    return mydb_services->fail(error, why == CALL_STOP_DEADLINE ? BERTH_TIMEOUT : BERTH_CANCELLED, "%s",
                               why == CALL_STOP_DEADLINE ? "the deadline passed" : "the call was cancelled");
}

void mydb_call_extend(berth_driver_connection *connection, int64_t deadline_ns) {
    if (atomic_load_explicit(&connection->deadline_ns, memory_order_relaxed) == deadline_ns)
        return;
    atomic_store(&connection->deadline_ns, deadline_ns);
    mydb_watch_expect(deadline_ns);
}

void mydb_call_end(berth_driver_connection *connection) {
    if (connection->state_is_stale && !connection->is_lost && connection->pipeline.queued == 0)
        mydb_transaction_refresh(connection);
    atomic_store_explicit(&connection->deadline_ns, BERTH_NO_DEADLINE, memory_order_relaxed);
    if ((atomic_load_explicit(&connection->fetches, memory_order_relaxed) & 1) != 0)
        atomic_fetch_add_explicit(&connection->fetches, 1, memory_order_relaxed);
    if (atomic_exchange(&connection->phase, CALL_RESTING) != CALL_KILLING)
        return;
    pthread_mutex_lock(&connection->lock);
    while (connection->killer_runs && !connection->is_shut)
        pthread_cond_wait(&connection->changed, &connection->lock);
    connection->kill_is_due = connection->kill_was_sent;
    connection->kill_was_sent = false;
    pthread_mutex_unlock(&connection->lock);
}

bool mydb_call_claim(berth_driver_connection *connection, call_stop why) {
    int running = CALL_RUNNING;
    pthread_mutex_lock(&connection->lock);
    bool is_claimed = atomic_compare_exchange_strong(&connection->phase, &running, CALL_KILLING);
    if (is_claimed) {
        connection->killer_runs = true;
        atomic_store(&connection->stopped_by, why);
    }
    pthread_mutex_unlock(&connection->lock);
    return is_claimed;
}

void mydb_call_release(berth_driver_connection *connection, bool kill_was_sent) {
    pthread_mutex_lock(&connection->lock);
    connection->killer_runs = false;
    connection->kill_was_sent = kill_was_sent;
    pthread_cond_broadcast(&connection->changed);
    pthread_mutex_unlock(&connection->lock);
}

bool mydb_call_kill(berth_driver_connection *connection, int64_t patience_ns) {
    char sql[48];
    client_target target = connection->target;
    target.database = NULL;
    MYSQL *handle = mydb_target_connect(&target, patience_ns);
    if (handle == NULL)
        return false;
    int length = snprintf(sql, sizeof sql, "KILL QUERY %lu", connection->thread_id);
    bool was_sent = mysql_errno(handle) == 0 && mydb_target_is_secure(&target, handle) &&
                    mysql_real_query(handle, sql, (unsigned long)length) == 0;
    mysql_close(handle);
    return was_sent;
}

int32_t mydb_call_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    if (!mydb_call_claim(connection, CALL_STOP_CANCEL))
        return BERTH_OK;
    int64_t patience_ns = deadline_ns != BERTH_NO_DEADLINE ? deadline_ns - mydb_services->now_ns() : BERTH_NO_DEADLINE;
    bool was_sent = mydb_call_kill(connection, patience_ns);
    int killing = CALL_KILLING;
    if (!was_sent)
        atomic_compare_exchange_strong(&connection->phase, &killing, CALL_RUNNING);
    mydb_call_release(connection, was_sent);
    if (!was_sent)
        return mydb_services->fail(error, BERTH_CONNECT,
                                   "the connection that would have cancelled the statement could not be made");
    return BERTH_OK;
}
