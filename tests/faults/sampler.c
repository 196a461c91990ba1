#include "tests/faults/sampler.h"

#include <time.h>

#include "tests/faults/server.h"

static void raise_to(uint32_t *most, uint32_t count) {
    if (count > *most)
        *most = count;
}

static void take_sample(sampler *sampler, raw_connection **connection) {
    server_sessions sessions;
    berth_pool_stats stats = {.struct_size = sizeof stats};
    berth_engine_stats(sampler->engine, &stats);
    raise_to(&sampler->most_in_pool, stats.size + stats.connecting);
    if (*connection == NULL)
        *connection = raw_open();
    if (*connection == NULL)
        return;
    if (server_list(*connection, &sessions)) {
        sampler->samples++;
        raise_to(&sampler->most_listed, sessions.count);
        raise_to(&sampler->most_open, server_count_open(&sessions));
    } else {
        raw_close(*connection);
        *connection = NULL;
    }
}

static void *work(void *argument) {
    /* Often enough to see what lasts, seldom enough to leave the server to the others. */
    const struct timespec pause = {.tv_nsec = 5 * NS_PER_MS};
    sampler *self = argument;
    raw_connection *connection = NULL;
    while (!atomic_load(&self->stop)) {
        take_sample(self, &connection);
        nanosleep(&pause, NULL);
    }
    raw_close(connection);
    return NULL;
}

void sampler_start(sampler *sampler, berth_engine *engine) {
    sampler->engine = engine;
    sampler->samples = sampler->most_listed = sampler->most_open = sampler->most_in_pool = 0;
    atomic_init(&sampler->stop, false);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&sampler->thread, NULL, work, sampler), 0);
}

void sampler_stop(sampler *sampler) {
    atomic_store(&sampler->stop, true);
    CU_ASSERT_EQUAL(pthread_join(sampler->thread, NULL), 0);
}
