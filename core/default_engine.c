#include "core/engine.h"

#include <pthread.h>
#include <stddef.h>

#include "core/error.h"

/* The lock is held to look at the engine or to set it, never while one is made or used. */
pthread_mutex_t default_engine_lock = PTHREAD_MUTEX_INITIALIZER;
static berth_engine *the_engine;

/* The engine there is, held for the caller; NULL when there is none. */
static berth_engine *hold_current(void) {
    pthread_mutex_lock(&default_engine_lock);
    berth_engine *engine = the_engine;
    if (engine != NULL)
        engine_hold(engine);
    pthread_mutex_unlock(&default_engine_lock);
    return engine;
}

/* Makes `fresh` the engine, unless another thread was faster. */
static void offer(berth_engine *fresh) {
    pthread_mutex_lock(&default_engine_lock);
    if (the_engine == NULL) {
        the_engine = fresh;
        fresh = NULL;
    }
    pthread_mutex_unlock(&default_engine_lock);
    if (fresh != NULL)
        engine_release(fresh);
}

berth_engine *engine_hold_default(berth_error *error) {
    berth_engine *engine;
    error_clear(error);
    while ((engine = hold_current()) == NULL) {
        berth_engine *fresh;
        if (berth_engine_open(NULL, NULL, &fresh, error) != BERTH_OK)
            return NULL;
        offer(fresh);
    }
    return engine;
}

berth_engine *berth_create_engine(berth_error *error) {
    berth_engine *engine = engine_hold_default(error);
    if (engine != NULL)
        engine_release(engine); /* The default engine itself holds it. */
    return engine;
}

void berth_reset_engine(void) {
    pthread_mutex_lock(&default_engine_lock);
    berth_engine *engine = the_engine;
    the_engine = NULL;
    pthread_mutex_unlock(&default_engine_lock);
    if (engine == NULL)
        return;
    /* Sessions hold the engine themselves: one that has no connection yet must still get one. */
    berth_engine_reset(engine);
    engine_release(engine);
}
