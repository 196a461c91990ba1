/* Cancelling. PQcancel() has no deadline of its own: with a server that is frozen it waits for ever. So it runs in a
 * thread, which is left alone when it takes too long. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "postgresql.h"

#define NS_PER_S INT64_C(1000000000)
#define LONGEST_NS (5 * NS_PER_S)

struct postgresql_canceller {
    PGcancel *handle;
    atomic_int holders;
};

/* One attempt, held by the thread and by the one that waits for it. */
typedef struct attempt {
    postgresql_canceller *canceller;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int holders;
    bool is_done;
    bool is_sent;
    char message[256];
} attempt;

postgresql_canceller *postgresql_canceller_new(PGconn *handle) {
    postgresql_canceller *canceller = postgresql_services->allocate(sizeof *canceller);
    if (canceller == NULL)
        return NULL;
    atomic_init(&canceller->holders, 1);
    canceller->handle = PQgetCancel(handle);
    if (canceller->handle != NULL)
        return canceller;
    postgresql_services->release(canceller);
    return NULL;
}

void postgresql_canceller_release(postgresql_canceller *canceller) {
    if (canceller == NULL || atomic_fetch_sub(&canceller->holders, 1) != 1)
        return;
    PQfreeCancel(canceller->handle);
    postgresql_services->release(canceller);
}

static attempt *attempt_new(postgresql_canceller *canceller) {
    pthread_condattr_t monotonic;
    attempt *made = postgresql_services->allocate(sizeof *made);
    if (made == NULL)
        return NULL;
    atomic_fetch_add(&canceller->holders, 1);
    *made = (attempt){.canceller = canceller, .holders = 2};
    pthread_mutex_init(&made->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&made->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return made;
}

/* With the lock held. */
static void attempt_leave(attempt *attempt) {
    bool is_last = --attempt->holders == 0;
    pthread_mutex_unlock(&attempt->lock);
    if (!is_last)
        return;
    pthread_cond_destroy(&attempt->changed);
    pthread_mutex_destroy(&attempt->lock);
    postgresql_canceller_release(attempt->canceller);
    postgresql_services->release(attempt);
}

static void *send_cancel(void *argument) {
    attempt *attempt = argument;
    char message[256] = "";
    bool is_sent = PQcancel(attempt->canceller->handle, message, sizeof message) == 1;
    pthread_mutex_lock(&attempt->lock);
    attempt->is_sent = is_sent;
    attempt->is_done = true;
    postgresql_one_line(message, attempt->message, sizeof attempt->message);
    pthread_cond_signal(&attempt->changed);
    attempt_leave(attempt);
    return NULL;
}

/* Signals of the program are for its own threads. */
static bool start(attempt *attempt) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread, &attributes, send_cancel, attempt);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code == 0;
}

int32_t postgresql_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    int64_t latest_ns = postgresql_services->now_ns() + LONGEST_NS;
    if (deadline_ns < latest_ns)
        latest_ns = deadline_ns;
    const struct timespec until = {.tv_sec = latest_ns / NS_PER_S, .tv_nsec = latest_ns % NS_PER_S};
    int32_t status = BERTH_OK;
    attempt *attempt = attempt_new(connection->canceller);
    if (attempt == NULL)
        return postgresql_fail_memory("a cancel", error);
    bool is_started = start(attempt);
    pthread_mutex_lock(&attempt->lock);
    if (!is_started) {
        attempt->holders--;
        status = postgresql_services->fail(error, BERTH_RESOURCE, "no thread can be started to send a cancel");
    }
    while (is_started && !attempt->is_done)
        if (pthread_cond_timedwait(&attempt->changed, &attempt->lock, &until) != 0)
            break;
    if (is_started && !attempt->is_done)
        status = postgresql_services->fail(error, BERTH_TIMEOUT, "the server did not take the cancel in time");
    else if (is_started && !attempt->is_sent)
        status = postgresql_services->fail(error, BERTH_CONNECT, "the cancel can't be sent: %s", attempt->message);
    attempt_leave(attempt);
    return status;
}
