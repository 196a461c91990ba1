/* Ending a call from another thread.
 *
 * The session's thread writes `activity`, then looks at `cancelling`; the cancelling thread writes `cancelling`, then
 * looks at `activity` (all sequentially consistent). So either the canceller sees that the call is over, or the
 * session's thread waits until the canceller has left the driver: a cancel never hits a later call, and never a
 * connection that another session has got. */
#include "core/session.h"

#include "core/clock.h"
#include "core/error.h"

#define TRIES 6          /* A cancel that comes just before the driver starts is lost to it: look again. */
#define FIRST_PAUSE_MS 5 /* Doubles with each try. */

void session_activity_begin(berth_session *session) {
    atomic_store_explicit(&session->cancelled, false, memory_order_relaxed);
    session->ticket.interrupted = false;
    atomic_store(&session->activity, SESSION_RUNNING);
}

void session_activity_end(berth_session *session) {
    atomic_store(&session->activity, SESSION_RESTING);
    if (!atomic_load(&session->cancelling))
        return;
    pthread_mutex_lock(&session->cancel_lock);
    pthread_cond_broadcast(&session->cancel_done);
    while (atomic_load(&session->cancelling))
        pthread_cond_wait(&session->cancel_done, &session->cancel_lock);
    pthread_mutex_unlock(&session->cancel_lock);
}

/* One try, with the lock held on entry and return, not in between. */
static berth_status try_cancel(berth_session *session, berth_error *error) {
    berth_status status = BERTH_OK;
    pthread_mutex_unlock(&session->cancel_lock);
    pool_interrupt(engine_pool(session->engine), &session->ticket);
    connection *connection = atomic_load(&session->connection);
    if (connection != NULL)
        status = (berth_status)connection->driver->cancel(connection->handle,
                                                          clock_coarse_deadline_ns(CONNECTION_CLEANUP_MS), error);
    pthread_mutex_lock(&session->cancel_lock);
    return status;
}

berth_status berth_session_cancel(berth_session *session, berth_error *error) {
    berth_status status = BERTH_OK;
    error_clear(error);
    if (session == NULL || session->life == SESSION_UNMADE)
        return BERTH_OK;
    pthread_mutex_lock(&session->cancel_lock);
    while (atomic_load(&session->cancelling))
        pthread_cond_wait(&session->cancel_done, &session->cancel_lock);
    atomic_store(&session->cancelling, true);
    int64_t pause_ms = FIRST_PAUSE_MS;
    for (int i = 0; i < TRIES && status == BERTH_OK && atomic_load(&session->activity) != SESSION_RESTING; i++) {
        atomic_store(&session->cancelled, true);
        status = try_cancel(session, error);
        if (atomic_load(&session->activity) != SESSION_RUNNING)
            break;
        struct timespec until = clock_timespec(clock_deadline_ns(pause_ms));
        pthread_cond_timedwait(&session->cancel_done, &session->cancel_lock, &until);
        pause_ms *= 2;
    }
    atomic_store(&session->cancelling, false);
    pthread_cond_broadcast(&session->cancel_done);
    pthread_mutex_unlock(&session->cancel_lock);
    return status;
}
