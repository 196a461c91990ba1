/* An engine from the inside. It lives as long as anybody holds it: the program, the default engine, each session. */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include <berth/driver.h>
#include <berth/engine.h>
#include <pthread.h>

#include "core/connection.h"
#include "core/events.h"
#include "core/pool.h"
#include "core/settings.h"

void engine_hold(berth_engine *engine);
void engine_release(berth_engine *engine);

const berth_driver *engine_driver(const berth_engine *engine);
const settings *engine_settings(const berth_engine *engine);
const events *engine_events(const berth_engine *engine);
pool *engine_pool(const berth_engine *engine);
void engine_count_slow_query(berth_engine *engine);
uint64_t engine_slow_queries(const berth_engine *engine);

/* For fork.c: a lock of all engines, and what a child does while it holds it. */
extern pthread_mutex_t engine_first_connect_lock;
void engine_start_child(void);

/* default_engine.c: its lock, for fork.c. */
extern pthread_mutex_t default_engine_lock;

/* The default engine, held for the caller; NULL with an error. */
berth_engine *engine_hold_default(berth_error *error);

#endif
