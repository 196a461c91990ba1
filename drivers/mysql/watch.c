/* One thread for all connections. It wakes at the first deadline that is over, has the server kill the statement, and
 * cuts the connection when there is still no answer: that is how a call to a frozen server ends. */
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

#define KILL_PATIENCE_NS NS_PER_S
#define CUT_AFTER_NS (750 * NS_PER_MS) /* Behind the deadline. */
#define LOOK_AGAIN_NS (250 * NS_PER_MS)

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool has_condition;
    pid_t process; /* Whose thread it is: a forked child has none. */
    berth_driver_connection *connections;
    _Atomic int64_t next_ns; /* When the thread wakes by itself. */
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER, .next_ns = 0};

static void *kill_call(void *argument) {
    berth_driver_connection *connection = argument;
    bool was_sent = mydb_call_kill(connection, KILL_PATIENCE_NS);
    mydb_call_release(connection, was_sent);
    mysql_thread_end();
    return NULL;
}

/* Signals are for the program's threads. */
static bool start_thread(void *(*function)(void *), void *argument) {
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_started = pthread_create(&thread, NULL, function, argument) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (is_started)
        pthread_detach(thread);
    return is_started;
}

static void cut(berth_driver_connection *connection) {
    pthread_mutex_lock(&connection->lock);
    shutdown(connection->socket, SHUT_RDWR);
    connection->is_shut = true;
    pthread_cond_broadcast(&connection->changed);
    pthread_mutex_unlock(&connection->lock);
}

/* A call whose deadline is over. Returns when to look again. */
static int64_t look_at_late(berth_driver_connection *connection, int64_t deadline_ns, int64_t now_ns) {
    if (mydb_call_claim(connection, CALL_STOP_DEADLINE)) {
        connection->seen_fetches = 0;
        if (!start_thread(kill_call, connection))
            mydb_call_release(connection, false);
    }
    if (now_ns < deadline_ns + CUT_AFTER_NS)
        return deadline_ns + CUT_AFTER_NS;
    unsigned fetches = atomic_load(&connection->fetches);
    bool is_waiting = (fetches & 1) != 0 && atomic_load(&connection->phase) == CALL_KILLING;
    if (is_waiting && fetches == connection->seen_fetches && !connection->is_shut)
        cut(connection);
    connection->seen_fetches = is_waiting ? fetches : 0;
    return now_ns + LOOK_AGAIN_NS;
}

/* Returns when to look again. */
static int64_t look_at_all(void) {
    int64_t now_ns = mydb_services->now_ns();
    int64_t next_ns = INT64_MAX;
    for (berth_driver_connection *connection = watch.connections; connection != NULL;
         connection = connection->watch_next) {
        int64_t deadline_ns = atomic_load(&connection->deadline_ns);
        if (deadline_ns == BERTH_NO_DEADLINE || atomic_load(&connection->phase) == CALL_RESTING)
            continue;
        int64_t at_ns = now_ns < deadline_ns ? deadline_ns : look_at_late(connection, deadline_ns, now_ns);
        next_ns = at_ns < next_ns ? at_ns : next_ns;
    }
    return next_ns;
}

static void sleep_until(int64_t next_ns) {
    if (next_ns == INT64_MAX) {
        pthread_cond_wait(&watch.wake, &watch.lock);
        return;
    }
    const struct timespec until = {.tv_sec = next_ns / NS_PER_S, .tv_nsec = next_ns % NS_PER_S};
    pthread_cond_timedwait(&watch.wake, &watch.lock, &until);
}

/* A call writes its deadline, then reads next_ns; this writes next_ns, then reads the deadlines once more. So one of
 * the two sees the other. */
static void *watch_all(void *argument) {
    (void)argument;
    pthread_mutex_lock(&watch.lock);
    for (;;) {
        int64_t next_ns = look_at_all();
        atomic_store(&watch.next_ns, next_ns);
        if (look_at_all() >= next_ns)
            sleep_until(next_ns);
    }
    return NULL;
}

void mydb_watch_expect(int64_t deadline_ns) {
    if (deadline_ns >= atomic_load(&watch.next_ns))
        return;
    pthread_mutex_lock(&watch.lock);
    pthread_cond_signal(&watch.wake);
    pthread_mutex_unlock(&watch.lock);
}

/* In a forked child the thread is missing, and the lock may be held by nobody. */
static bool start_watch(void) {
    pthread_condattr_t attributes;
    if (watch.has_condition && watch.process == getpid())
        return true;
    watch.connections = NULL;
    atomic_store(&watch.next_ns, 0);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watch.wake, &attributes);
    pthread_condattr_destroy(&attributes);
    watch.has_condition = true;
    watch.process = getpid();
    if (start_thread(watch_all, NULL))
        return true;
    watch.process = 0;
    return false;
}

static void renew_lock_in_child(void) {
    pthread_mutex_init(&watch.lock, NULL);
}

static void note_forks(void) {
    pthread_atfork(NULL, NULL, renew_lock_in_child);
}

int32_t mydb_watch_join(berth_driver_connection *connection, berth_error *error) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, note_forks);
    pthread_mutex_lock(&watch.lock);
    bool is_watching = start_watch();
    if (is_watching) {
        connection->watch_next = watch.connections;
        if (watch.connections != NULL)
            watch.connections->watch_previous = connection;
        watch.connections = connection;
    }
    connection->is_watched = is_watching;
    pthread_mutex_unlock(&watch.lock);
    if (!is_watching)
        return mydb_services->fail(error, BERTH_RESOURCE, "the thread that looks after deadlines could not be made");
    return BERTH_OK;
}

void mydb_watch_leave(berth_driver_connection *connection) {
    if (connection->is_watched && watch.process == getpid()) {
        pthread_mutex_lock(&watch.lock);
        *(connection->watch_previous != NULL ? &connection->watch_previous->watch_next : &watch.connections) =
            connection->watch_next;
        if (connection->watch_next != NULL)
            connection->watch_next->watch_previous = connection->watch_previous;
        pthread_mutex_unlock(&watch.lock);
    }
    pthread_mutex_lock(&connection->lock);
    while (connection->killer_runs)
        pthread_cond_wait(&connection->changed, &connection->lock);
    pthread_mutex_unlock(&connection->lock);
}
