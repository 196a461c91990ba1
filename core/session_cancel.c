/* Ending a call from another thread.
 *
 * At the end of a call the session's thread writes `activity`, then looks at `cancelling`; the cancelling thread writes
 * `cancelling`, then looks at `activity` (all sequentially consistent). So either the canceller sees that the call is
 * over, or the session's thread waits until the canceller has left the driver: a cancel never hits a later call, and
 * never a connection that another session has got. */
#include "core/session.h"

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"

#define TRIES 6          /* A cancel that comes just before the driver starts is lost to it: look again. */
#define FIRST_PAUSE_MS 5 /* Doubles with each try. */

void session_activity_begin(berth_session *session) {
    atomic_store_explicit(&session->cancelled, false, memory_order_relaxed);
    atomic_store_explicit(&session->ticket.interrupted, false, memory_order_relaxed);
    atomic_store_explicit(&session->activity, SESSION_RUNNING, memory_order_release);
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

/* One try, with the lock held on entry and return, not in between. A driver that can't cancel leaves what it runs
 * alone; a wait for a connection, or the reading of rows, ends all the same. */
static berth_status try_cancel(berth_session *session, berth_error *error) {
    const berth_driver *driver = session_driver(session);
    bool can_cancel = (driver->capabilities & BERTH_CAP_CANCEL) != 0;
    connection *connection = atomic_load(&session->connection);
    berth_status status = BERTH_OK;
    if (!can_cancel && connection != NULL && atomic_load(&session->activity) == SESSION_RUNNING)
        return error_set(error, BERTH_NOT_SUPPORTED, "the driver %s can't cancel a statement", driver->name);
    atomic_store(&session->cancelled, true);
    pthread_mutex_unlock(&session->cancel_lock);
    pool_interrupt(engine_pool(session->engine), &session->ticket);
    connection = atomic_load(&session->connection);
    if (connection != NULL && can_cancel)
        status = driver_cancel(connection, clock_coarse_deadline_ns(CONNECTION_CLEANUP_MS), error);
    pthread_mutex_lock(&session->cancel_lock);
    return status;
}

berth_status berth_session_cancel(berth_session *session, berth_error *error) {
    berth_error own;
    berth_status status = BERTH_OK;
    if (error == NULL)
        error = &own;
    error_clear(error);
    if (session == NULL || session->life != SESSION_OPEN)
        return BERTH_OK;
    pthread_mutex_lock(&session->cancel_lock);
    while (atomic_load(&session->cancelling))
        pthread_cond_wait(&session->cancel_done, &session->cancel_lock);
    atomic_store(&session->cancelling, true);
    int64_t pause_ms = FIRST_PAUSE_MS;
    for (int i = 0; i < TRIES && status == BERTH_OK && atomic_load(&session->activity) != SESSION_RESTING; i++) {
        status = try_cancel(session, error);
        if (status != BERTH_OK || atomic_load(&session->activity) != SESSION_RUNNING)
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
