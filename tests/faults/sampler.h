/* A thread with a raw connection of its own that counts the connections of an engine, as the server lists them and as
 * the pool says, over and over; while the server is away it tries to get back. */
#ifndef TESTS_FAULTS_SAMPLER_H
#define TESTS_FAULTS_SAMPLER_H

#include <pthread.h>
#include <stdatomic.h>

#include <berth.h>

typedef struct sampler {
    berth_engine *engine;
    atomic_bool stop;
    pthread_t thread;
    /* To be read after sampler_stop(). */
    uint32_t samples;
    uint32_t most_listed; /* With those whose client is gone already. */
    uint32_t most_open;
    uint32_t most_in_pool; /* Open and being opened. */
} sampler;

void sampler_start(sampler *sampler, berth_engine *engine);
void sampler_stop(sampler *sampler);

#endif
