#include "bench/pool/owners.h"
#include "bench/pool/protocol.h"
#include "bench/pool/waits.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)

/* All threads start when the last one is there, and end when the time is over. */
typedef struct task {
    atomic_bool over;
    bool open;
    int arrived;
    protocol_cell cell;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} task;

typedef struct member {
    _Alignas(OWNERS_CACHE_LINE_BYTES) task *task;
    pthread_t thread;
    uint64_t number; /* From 1. */
    int64_t checkouts;
    int64_t held_ns; /* Of all checkouts together. */
    waits waits;
} member;

static void sleep_until(int64_t ns) {
    struct timespec until = {.tv_sec = ns / BENCH_NS_PER_S, .tv_nsec = ns % BENCH_NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

/* Below the limit the thread is busy, as one that works on rows would be; above, it sleeps as if it waited for a
 * server. Returns when it ended. */
static int64_t hold(int64_t from_ns, int64_t duration_ns) {
    int64_t now_ns = from_ns;
    if (duration_ns > PROTOCOL_BUSY_UP_TO_US * NS_PER_US) {
        sleep_until(from_ns + duration_ns);
        return bench_now_ns();
    }
    while (now_ns < from_ns + duration_ns)
        now_ns = bench_now_ns();
    return now_ns;
}

static bool is_over(task *task) {
    return atomic_load_explicit(&task->over, memory_order_relaxed);
}

/* Nothing but the pool: no clock, and the cheap check of the owners. */
static void count_cycles(member *member) {
    worker_lease lease = {0};
    int64_t checkouts = 0;
    while (!is_over(member->task)) {
        worker_this_side.checkout(&lease);
        owners_take_cheaply(lease.owner, member->number);
        checkouts++;
        owners_give_cheaply(lease.owner, member->number);
        worker_this_side.checkin(&lease);
    }
    member->checkouts = checkouts;
}

/* All the time in which the thread has no connection is a wait: the return of the last one too, since a pool that wakes
 * the next thread there can have this one wait for it. Who waits when the time is over gets its connection soon, since
 * nobody holds one any more: the wait counts, the checkout doesn't. */
static void time_cycles(member *member) {
    worker_lease lease = {0};
    int64_t duration_ns = member->task->cell.hold_us * NS_PER_US;
    int64_t without_since_ns = bench_now_ns();
    while (!is_over(member->task)) {
        worker_this_side.checkout(&lease);
        int64_t taken_ns = bench_now_ns();
        owners_take(lease.owner, member->number);
        waits_add(&member->waits, taken_ns - without_since_ns);
        without_since_ns = taken_ns;
        if (!is_over(member->task)) {
            without_since_ns = hold(taken_ns, duration_ns);
            member->held_ns += without_since_ns - taken_ns;
            member->checkouts++;
        }
        owners_give(lease.owner, member->number);
        worker_this_side.checkin(&lease);
    }
}

static void *run_member(void *argument) {
    member *member = argument;
    task *task = member->task;
    pthread_mutex_lock(&task->lock);
    task->arrived++;
    pthread_cond_broadcast(&task->changed);
    while (!task->open)
        pthread_cond_wait(&task->changed, &task->lock);
    pthread_mutex_unlock(&task->lock);
    if (task->cell.timed)
        time_cycles(member);
    else
        count_cycles(member);
    return NULL;
}

/* Lets the members run for the cell's time, and returns how long that was. */
static int64_t run_clock(task *task) {
    pthread_mutex_lock(&task->lock);
    while (task->arrived < task->cell.threads)
        pthread_cond_wait(&task->changed, &task->lock);
    task->open = true;
    pthread_mutex_unlock(&task->lock);
    int64_t began_ns = bench_now_ns();
    pthread_cond_broadcast(&task->changed);
    sleep_until(began_ns + task->cell.duration_us * NS_PER_US);
    atomic_store(&task->over, true);
    return bench_now_ns() - began_ns;
}

static void add_up(const member *members, protocol_outcome *outcome) {
    static waits all;
    int64_t held_ns = 0;
    memset(&all, 0, sizeof all);
    outcome->fewest = INT64_MAX;
    for (int i = 0; i < outcome->cell.threads; i++) {
        int64_t checkouts = members[i].checkouts;
        outcome->checkouts += checkouts;
        outcome->most = checkouts > outcome->most ? checkouts : outcome->most;
        outcome->fewest = checkouts < outcome->fewest ? checkouts : outcome->fewest;
        held_ns += members[i].held_ns;
        waits_merge(&all, &members[i].waits);
    }
    outcome->held_ns = outcome->checkouts > 0 ? held_ns / outcome->checkouts : 0;
    outcome->p50_ns = waits_quantile(&all, 0.5);
    outcome->p99_ns = waits_quantile(&all, 0.99);
    outcome->max_ns = all.most_ns;
}

static void run_cell(const protocol_cell *cell, protocol_outcome *outcome) {
    task task = {.cell = *cell, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    size_t bytes = (size_t)cell->threads * sizeof(member);
    member *members = aligned_alloc(OWNERS_CACHE_LINE_BYTES, bytes);
    if (members == NULL)
        bench_die("out of memory");
    memset(members, 0, bytes);
    for (int i = 0; i < cell->threads; i++) {
        members[i].task = &task;
        members[i].number = (uint64_t)i + 1;
        if (pthread_create(&members[i].thread, NULL, run_member, &members[i]) != 0)
            bench_die("thread %d can't be started", i + 1);
    }
    *outcome = (protocol_outcome){.cell = *cell, .elapsed_ns = run_clock(&task)};
    for (int i = 0; i < cell->threads; i++)
        pthread_join(members[i].thread, NULL);
    add_up(members, outcome);
    outcome->opened = worker_this_side.opened();
    free(members);
}

int main(void) {
    char line[PROTOCOL_LINE_BYTES];
    owners_set_limit(PROTOCOL_CONNECTIONS);
    worker_this_side.open(PROTOCOL_CONNECTIONS);
    worker_this_side.describe(line, sizeof line);
    printf("%s\t%s\n", worker_this_side.name, line);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        protocol_cell cell;
        protocol_outcome outcome;
        if (!protocol_read_cell(line, &cell))
            bench_die("%s: not understood: %s", worker_this_side.name, line);
        run_cell(&cell, &outcome);
        protocol_write_outcome(line, worker_this_side.name, &outcome);
        fputs(line, stdout);
        fflush(stdout);
    }
    worker_this_side.close();
    return 0;
}
