#include "bench/pool/owners.h"

#define TABLE_SIZE 64 /* A power of two, far above the size of a pool. */

static worker_owner owners[TABLE_SIZE];
static atomic_int known;
static int limit;

void owners_set_limit(int size) {
    limit = size;
}

_Noreturn void owners_refuse(uint64_t found, uint64_t expected) {
    bench_die("%s: a connection has two owners: held by thread %llu, expected %llu (0: nobody)", worker_this_side.name,
              (unsigned long long)found, (unsigned long long)expected);
}

worker_owner *worker_owner_at(int index) {
    if (index < 0 || index >= limit)
        bench_die("%s: connection %d of %d", worker_this_side.name, index + 1, limit);
    return &owners[index];
}

worker_owner *worker_owner_of(const void *address) {
    uintptr_t wanted = (uintptr_t)address;
    size_t place = (size_t)((wanted * UINT64_C(0x9E3779B97F4A7C15)) >> 58);
    for (;; place = (place + 1) % TABLE_SIZE) {
        uintptr_t found = atomic_load_explicit(&owners[place].address, memory_order_relaxed);
        if (found == wanted)
            return &owners[place];
        if (found == 0 && atomic_compare_exchange_strong(&owners[place].address, &found, wanted)) {
            if (atomic_fetch_add(&known, 1) >= limit)
                bench_die("%s: more than %d connections", worker_this_side.name, limit);
            return &owners[place];
        }
        if (found == wanted)
            return &owners[place];
    }
}
