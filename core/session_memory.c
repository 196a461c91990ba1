/* The memory of sessions. It is never given back while the program runs: a session that is used after its end is found
 * out, for as long as its memory serves no other session, which is why the oldest is taken first. */
#include "core/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/error.h"

#define KEPT_BACK 4 /* Ended sessions that are not used again yet. */

pthread_mutex_t session_memory_lock = PTHREAD_MUTEX_INITIALIZER;
static berth_session *first_free;
static berth_session **last_free = &first_free;
static unsigned free_count;

static berth_session unmade = {
    .life = SESSION_UNMADE,
    .error = {.struct_size = sizeof(berth_error),
              .status = BERTH_NO_MEMORY,
              .index = -1,
              .message = "out of memory for a session"},
};

berth_session *session_unmade(void) {
    return &unmade;
}

static berth_session *take_free(void) {
    pthread_mutex_lock(&session_memory_lock);
    berth_session *session = free_count > KEPT_BACK ? first_free : NULL;
    if (session != NULL) {
        first_free = session->next_free;
        if (first_free == NULL)
            last_free = &first_free;
        free_count--;
    }
    pthread_mutex_unlock(&session_memory_lock);
    return session;
}

static berth_session *make(void) {
    berth_session *session = calloc(1, sizeof *session);
    if (session == NULL || pthread_mutex_init(&session->cancel_lock, NULL) != 0)
        goto failed;
    if (clock_condition_init(&session->cancel_done))
        return session;
    pthread_mutex_destroy(&session->cancel_lock);
failed:
    free(session);
    return NULL;
}

berth_session *session_allocate(void) {
    berth_session *session = take_free();
    if (session == NULL && (session = make()) == NULL)
        return NULL;
    error_clear(&session->error);
    return session;
}

/* Clears all but the lock, the condition and the spare result, which its next life takes over. */
void session_recycle(berth_session *session) {
    session->savepoint_depth = session->dead_savepoints = 0;
    session->held = session->in_transaction = false;
    session->engine = NULL;
    session->slot = NULL;
    session->connection = NULL;
    session->next_free = NULL;
    atomic_store_explicit(&session->cancelled, false, memory_order_relaxed);
    session->ticket.where = NULL;
    session->ticket.waiter = NULL;
    atomic_store_explicit(&session->ticket.interrupted, false, memory_order_relaxed);
    pthread_mutex_lock(&session_memory_lock);
    *last_free = session;
    last_free = &session->next_free;
    free_count++;
    pthread_mutex_unlock(&session_memory_lock);
}
