#include "bench/pool/worker.h"
#include "core/pool.h"

#include <berth.h>
#include <berth/driver.h>
#include <stdatomic.h>
#include <stdio.h>

/* The pool alone, set up as an engine does by default. */
static pool *connections;
static atomic_int opened_count;

static void check(berth_status status, const berth_error *error) {
    if (status != BERTH_OK)
        bench_die("Berth: %s", error->message);
}

static berth_status open_resource(void *context, uint64_t number, int64_t deadline_ns, void **resource,
                                  berth_error *error) {
    (void)context;
    (void)number;
    (void)deadline_ns;
    (void)error;
    *resource = worker_owner_at(atomic_fetch_add(&opened_count, 1));
    return BERTH_OK;
}

static berth_status check_resource(void *context, void *resource, int64_t deadline_ns, berth_error *error) {
    (void)context;
    (void)resource;
    (void)deadline_ns;
    (void)error;
    return BERTH_OK;
}

static bool reset_resource(void *context, void *resource) {
    (void)context;
    (void)resource;
    return true;
}

static void close_resource(void *context, void *resource, pool_cause cause) {
    (void)context;
    (void)resource;
    (void)cause;
}

static void describe(char *text, size_t bytes) {
    snprintf(text, bytes, "%s, core/pool.h, callbacks that do nothing", berth_version());
}

static void open_pool(int size) {
    static const pool_callbacks callbacks = {
        .open = open_resource,
        .check = check_resource,
        .reset = reset_resource,
        .close = close_resource,
    };
    pool_config config = {
        .size = (uint32_t)size,
        .max_connecting = 2,
        .timeout_ms = 30000,
        .recycle_ms = 3600000,
        .check_idle_ms = 500,
        .housekeeping = true,
    };
    berth_error error;
    check(pool_new(&config, &callbacks, &connections, &error), &error);
}

static void checkout(worker_lease *lease) {
    pool_slot *slot = NULL;
    berth_error error;
    check(pool_checkout(connections, BERTH_NO_DEADLINE, NULL, &slot, &error), &error);
    lease->connection = slot;
    lease->owner = pool_slot_resource(slot);
}

static void checkin(worker_lease *lease) {
    berth_error error;
    check(pool_checkin(connections, lease->connection, false, &error), &error);
}

static void close_pool(void) {
    berth_error error;
    check(pool_close(connections, BERTH_NO_DEADLINE, &error), &error);
    pool_free(connections);
}

static int opened(void) {
    return atomic_load(&opened_count);
}

const worker_side worker_this_side = {
    .name = "Berth",
    .describe = describe,
    .open = open_pool,
    .checkout = checkout,
    .checkin = checkin,
    .close = close_pool,
    .opened = opened,
};
