#include "bench/clients/harness.h"

#include <string.h>

double clients_median_ns(const clients_samples *samples, int side) {
    double values[BENCH_MAX_ROUNDS];
    memcpy(values, samples->ns[side], sizeof values);
    return bench_median(values, samples->rounds);
}

double clients_median_ratio(const clients_samples *samples, int side, int other) {
    double values[BENCH_MAX_ROUNDS];
    for (int i = 0; i < samples->rounds; i++)
        values[i] = samples->ns[side][i] / samples->ns[other][i];
    return bench_median(values, samples->rounds);
}

clients_column clients_better_of_best(const clients_samples *samples) {
    double stored_ns = clients_median_ns(samples, CLIENTS_BEST_STORED);
    return stored_ns < clients_median_ns(samples, CLIENTS_BEST) ? CLIENTS_BEST_STORED : CLIENTS_BEST;
}
