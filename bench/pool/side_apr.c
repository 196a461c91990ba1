#include "bench/pool/worker.h"

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_reslist.h>
#include <apu_version.h>
#include <stdatomic.h>
#include <stdio.h>

static apr_pool_t *memory;
static apr_reslist_t *connections;
static atomic_int opened_count;

static void check(apr_status_t status) {
    char text[128];
    if (status != APR_SUCCESS)
        bench_die("apr_reslist: %s", apr_strerror(status, text, sizeof text));
}

static apr_status_t open_resource(void **resource, void *parameters, apr_pool_t *pool) {
    (void)parameters;
    (void)pool;
    *resource = worker_owner_at(atomic_fetch_add(&opened_count, 1));
    return APR_SUCCESS;
}

static apr_status_t close_resource(void *resource, void *parameters, apr_pool_t *pool) {
    (void)resource;
    (void)parameters;
    (void)pool;
    return APR_SUCCESS;
}

static void describe(char *text, size_t bytes) {
    snprintf(text, bytes, "apr-util %s, resources that do nothing", apu_version_string());
}

static void open_pool(int size) {
    check(apr_initialize());
    check(apr_pool_create(&memory, NULL));
    check(apr_reslist_create(&connections, size, size, size, 0, open_resource, close_resource, NULL, memory));
}

static void checkout(worker_lease *lease) {
    check(apr_reslist_acquire(connections, &lease->connection));
    lease->owner = lease->connection;
}

static void checkin(worker_lease *lease) {
    check(apr_reslist_release(connections, lease->connection));
}

static void close_pool(void) {
    check(apr_reslist_destroy(connections));
    apr_terminate();
}

static int opened(void) {
    return atomic_load(&opened_count);
}

const worker_side worker_this_side = {
    .name = "apr_reslist",
    .describe = describe,
    .open = open_pool,
    .checkout = checkout,
    .checkin = checkin,
    .close = close_pool,
    .opened = opened,
};
