#include "bench/pool/worker.h"

#include <pthread.h>
#include <stdio.h>

/* What a programmer writes who needs a pool in twenty lines: a stack under a mutex, and a condition to wait for. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t returned = PTHREAD_COND_INITIALIZER;
static worker_owner *idle[64];
static int idle_count;
static int size;

static void describe(char *text, size_t bytes) {
    snprintf(text, bytes, "a stack, pthread_mutex_t, pthread_cond_t");
}

static void open_pool(int wanted) {
    size = wanted;
    while (idle_count < wanted) {
        idle[idle_count] = worker_owner_at(idle_count);
        idle_count++;
    }
}

static void checkout(worker_lease *lease) {
    pthread_mutex_lock(&lock);
    while (idle_count == 0)
        pthread_cond_wait(&returned, &lock);
    lease->owner = idle[--idle_count];
    pthread_mutex_unlock(&lock);
}

static void checkin(worker_lease *lease) {
    pthread_mutex_lock(&lock);
    idle[idle_count++] = lease->owner;
    pthread_cond_signal(&returned);
    pthread_mutex_unlock(&lock);
}

static void close_pool(void) {
    idle_count = 0;
}

static int opened(void) {
    return size;
}

const worker_side worker_this_side = {
    .name = "mutex and stack",
    .describe = describe,
    .open = open_pool,
    .checkout = checkout,
    .checkin = checkin,
    .close = close_pool,
    .opened = opened,
};
