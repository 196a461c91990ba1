#include "core/engine.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/driver_call.h"
#include "core/error.h"
#include "core/fork.h"
#include "core/registry.h"

pthread_mutex_t engine_first_connect_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t first_connect_is_over = PTHREAD_COND_INITIALIZER;

/* The first connection's event ends before anybody gets a connection, also one that was opened meanwhile. */
typedef struct first_connect {
    pid_t process;       /* That the hook runs in, 0 for none; in a child its parent's thread does not run on. */
    pthread_t thread;    /* What the hook opens itself need not wait for it. */
    atomic_bool is_over; /* Without the lock: once true, it stays so. */
} first_connect;

struct berth_engine {
    atomic_uint holders;
    first_connect first_connect;
    atomic_uint_fast64_t slow_queries;
    bool one_connection; /* Another connection would see another database. */
    const berth_driver *driver;
    settings *settings;
    events events;
    pool *pool;
    char description[128];
};

void engine_start_child(void) {
    pthread_cond_init(&first_connect_is_over, NULL);
}

/* Waits while the hook runs elsewhere. Whether it is to be run here. */
static bool take_first_connect(first_connect *first) {
    const pid_t process = getpid();
    pthread_mutex_lock(&engine_first_connect_lock);
    while (first->process == process && !pthread_equal(first->thread, pthread_self()))
        pthread_cond_wait(&first_connect_is_over, &engine_first_connect_lock);
    bool is_mine = first->process != process && !atomic_load(&first->is_over);
    if (is_mine) {
        first->process = process;
        first->thread = pthread_self();
    }
    pthread_mutex_unlock(&engine_first_connect_lock);
    return is_mine;
}

static void note_first_connect(berth_engine *engine, uint64_t number, int64_t duration_ns) {
    first_connect *first = &engine->first_connect;
    if (atomic_load(&first->is_over) || !take_first_connect(first))
        return;
    events_emit(&engine->events, BERTH_EVENT_FIRST_CONNECT, number, duration_ns, NULL, NULL);
    pthread_mutex_lock(&engine_first_connect_lock);
    first->process = 0;
    atomic_store(&first->is_over, true);
    pthread_cond_broadcast(&first_connect_is_over);
    pthread_mutex_unlock(&engine_first_connect_lock);
}

static berth_status open_resource(void *context, uint64_t number, int64_t deadline_ns, void **resource,
                                  berth_error *error) {
    berth_engine *engine = context;
    connection *opened = NULL;
    int64_t started_ns = clock_now_ns();
    int64_t limit_ns = clock_deadline_ns(engine->settings->connect_timeout_ms);
    berth_status status = connection_open(engine->driver, engine->settings, &engine->events, number,
                                          limit_ns < deadline_ns ? limit_ns : deadline_ns, &opened, error);
    int64_t duration_ns = clock_now_ns() - started_ns;
    if (status != BERTH_OK)
        error_prefix(error, "connecting to %s: ", engine->settings->shown);
    events_emit(&engine->events, BERTH_EVENT_CONNECT, number, duration_ns, NULL, status == BERTH_OK ? NULL : error);
    if (status == BERTH_OK)
        note_first_connect(engine, number, duration_ns);
    *resource = opened;
    return status;
}

static berth_status check_resource(void *context, void *resource, int64_t deadline_ns, berth_error *error) {
    berth_engine *engine = context;
    connection *connection = resource;
    berth_status status = connection_check(connection, deadline_ns, error);
    if (status != BERTH_OK)
        events_emit(&engine->events, BERTH_EVENT_INVALIDATE, connection->number, 0, NULL, error);
    return status;
}

static bool reset_resource(void *context, void *resource) {
    berth_engine *engine = context;
    const connection *connection = resource;
    bool clean = connection_clean(resource);
    if (!clean)
        events_emit(&engine->events, BERTH_EVENT_INVALIDATE, connection->number, 0, NULL, NULL);
    return clean;
}

static void close_resource(void *context, void *resource, pool_cause cause) {
    static const char *const words[] = {"lifetime", "idle", "broken", "stale", "overflow", "shutdown", "forked"};
    (void)context;
    connection_close(resource, cause == POOL_FORKED ? BERTH_CLOSE_FORKED : 0, words[cause]);
}

static void report_use(void *context, pool_notice notice, uint64_t number, int64_t out_ns, const char *where) {
    const berth_engine *engine = context;
    events_emit_at(&engine->events, notice == POOL_LEAK ? BERTH_EVENT_LEAK : BERTH_EVENT_LATE_RETURN, number, out_ns,
                   NULL, where);
}

static berth_status make_pool(berth_engine *engine, berth_error *error) {
    const settings *settings = engine->settings;
    pool_config config = {
        .size = settings->pool_size,
        .overflow = settings->max_overflow,
        .timeout_ms = settings->pool_timeout_ms,
        .recycle_ms = settings->pool_recycle_ms,
        .check_idle_ms = settings->pool_pre_ping ? settings->ping_idle_ms : -1,
        .max_connecting = settings->max_connecting,
        .max_waiting = settings->max_waiting,
        .min_idle = settings->min_idle,
        .idle_timeout_ms = settings->idle_timeout_ms,
        .leak_after_ms = settings->leak_after_ms,
        .housekeeping = settings->housekeeping,
    };
    if (engine->one_connection) {
        config.size = 1;
        config.overflow = 0;
        config.recycle_ms = config.check_idle_ms = -1;
        config.idle_timeout_ms = 0;
    }
    const pool_callbacks callbacks = {engine,         open_resource,  check_resource,
                                      reset_resource, close_resource, report_use};
    return pool_new(&config, &callbacks, &engine->pool, error);
}

static void engine_free(berth_engine *engine) {
    pool_free(engine->pool);
    settings_free(engine->settings);
    free(engine);
}

berth_status berth_engine_open(const char *url, const berth_settings *settings, berth_engine **engine,
                               berth_error *error) {
    if (engine == NULL)
        return error_set(error, BERTH_MISUSE, "berth_engine_open: engine is NULL");
    *engine = NULL;
    berth_engine *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_no_memory(error, "an engine");
    atomic_init(&made->holders, 1);
    berth_status status = fork_watch() ? BERTH_OK : error_no_memory(error, "watching for forks");
    if (status == BERTH_OK)
        status = settings_resolve(url, settings, &made->settings, error);
    if (status == BERTH_OK)
        status = registry_find(made->settings->url->scheme, made->settings->url->driver, &made->driver, error);
    if (status == BERTH_OK)
        status = settings_bind_driver(made->settings, made->driver, error);
    if (status != BERTH_OK)
        goto cleanup;
    const berth_connect_info info = settings_connect_info(made->settings, NULL);
    made->one_connection = (driver_traits(made->driver, &info) & BERTH_TRAIT_ONE_CONNECTION) != 0;
    made->events = (events){made->settings->on_event, made->settings->event_context, made->settings->shown};
    snprintf(made->description, sizeof made->description, "%s %s", made->driver->name, made->driver->version);
    status = make_pool(made, error);
    if (status != BERTH_OK)
        goto cleanup;
    *engine = made;
    made = NULL;
    error_clear(error);
cleanup:
    if (made != NULL)
        engine_free(made);
    return status;
}

void engine_hold(berth_engine *engine) {
    atomic_fetch_add_explicit(&engine->holders, 1, memory_order_relaxed);
}

void engine_release(berth_engine *engine) {
    if (atomic_fetch_sub_explicit(&engine->holders, 1, memory_order_acq_rel) != 1)
        return;
    pool_close(engine->pool, 0, NULL);
    engine_free(engine);
}

berth_status berth_engine_close(berth_engine *engine, berth_error *error) {
    error_clear(error);
    if (engine == NULL)
        return BERTH_OK;
    if (pool_is_housekeeper(engine->pool))
        return error_set(error, BERTH_MISUSE,
                         "berth_engine_close: an event's hook can't close the engine it is called by");
    int64_t grace_ms = engine->settings->close_timeout_ms;
    berth_status status = pool_close(engine->pool, grace_ms > 0 ? clock_deadline_ns(grace_ms) : 0, error);
    engine_release(engine);
    return status;
}

void berth_engine_reset(berth_engine *engine) {
    if (engine != NULL && !engine->one_connection)
        pool_reset(engine->pool);
}

const char *berth_engine_url(const berth_engine *engine) {
    return engine->settings->shown;
}

const char *berth_engine_driver(const berth_engine *engine) {
    return engine->description;
}

const struct berth_driver *berth_engine_driver_table(const berth_engine *engine) {
    return engine->driver;
}

void berth_engine_stats(berth_engine *engine, berth_pool_stats *stats) {
    pool_stats(engine->pool, stats);
}

const berth_driver *engine_driver(const berth_engine *engine) {
    return engine->driver;
}

const settings *engine_settings(const berth_engine *engine) {
    return engine->settings;
}

const events *engine_events(const berth_engine *engine) {
    return &engine->events;
}

pool *engine_pool(const berth_engine *engine) {
    return engine->pool;
}

void engine_count_slow_query(berth_engine *engine) {
    atomic_fetch_add_explicit(&engine->slow_queries, 1, memory_order_relaxed);
}

uint64_t engine_slow_queries(const berth_engine *engine) {
    return atomic_load_explicit(&engine->slow_queries, memory_order_relaxed);
}
