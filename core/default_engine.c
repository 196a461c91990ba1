#include "core/engine.h"

#include <pthread.h>
#include <stddef.h>

#include "core/error.h"

/* Holds the one engine; the mutex is only held to make or look at it, never while it is used. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static berth_engine *the_engine;

/* With the lock held: opening an engine connects to nothing, so nobody waits for a server here. */
static berth_engine *make_or_get(berth_error *error) {
    error_clear(error);
    if (the_engine == NULL)
        berth_engine_open(NULL, NULL, &the_engine, error);
    return the_engine;
}

berth_engine *berth_create_engine(berth_error *error) {
    pthread_mutex_lock(&lock);
    berth_engine *engine = make_or_get(error);
    pthread_mutex_unlock(&lock);
    return engine;
}

berth_engine *engine_hold_default(berth_error *error) {
    pthread_mutex_lock(&lock);
    berth_engine *engine = make_or_get(error);
    if (engine != NULL)
        engine_hold(engine);
    pthread_mutex_unlock(&lock);
    return engine;
}

void berth_reset_engine(void) {
    pthread_mutex_lock(&lock);
    berth_engine *engine = the_engine;
    the_engine = NULL;
    pthread_mutex_unlock(&lock);
    if (engine == NULL)
        return;
    /* Sessions hold the engine themselves: one that has no connection yet must still get one. */
    pool_reset(engine_pool(engine));
    engine_release(engine);
}
