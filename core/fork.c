#include "core/fork.h"

#include <pthread.h>
#include <stddef.h>

#include "core/engine.h"
#include "core/registry.h"
#include "core/session.h"

/* In the order in which they are taken where one is taken under another. */
static pthread_mutex_t *const locks[] = {
    &registry_loading_lock, &registry_known_lock,       &default_engine_lock,
    &session_memory_lock,   &engine_first_connect_lock,
};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool watching;

static void lock_all(void) {
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++)
        pthread_mutex_lock(locks[i]);
}

static void unlock_all(void) {
    for (size_t i = sizeof locks / sizeof *locks; i-- > 0;)
        pthread_mutex_unlock(locks[i]);
}

static void start_child(void) {
    engine_start_child();
    unlock_all();
}

static void watch(void) {
    watching = pthread_atfork(lock_all, unlock_all, start_child) == 0;
}

bool fork_watch(void) {
    pthread_once(&once, watch);
    return watching;
}
