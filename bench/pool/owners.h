/* That a connection has one owner at a time. Two ways to check it: the exact one, by an atomic exchange, and a cheaper
 * one for loops of some nanoseconds, which an overlap passes only when all of one thread's steps come to lie between
 * two neighbouring steps of the other's. */
#ifndef BENCH_POOL_OWNERS_H
#define BENCH_POOL_OWNERS_H

#include "bench/pool/worker.h"

#include <stdatomic.h>
#include <stdint.h>

#define OWNERS_CACHE_LINE_BYTES 64
#define OWNERS_NOBODY 0

struct worker_owner {
    _Alignas(OWNERS_CACHE_LINE_BYTES) _Atomic uint64_t holder;
    _Atomic uintptr_t address; /* Of the connection, where it is found by that. */
};

/* Before anything else. */
void owners_set_limit(int size);

/* Ends the program: the connection of `owner` went to two. */
_Noreturn void owners_refuse(uint64_t found, uint64_t expected);

static inline void owners_take(worker_owner *owner, uint64_t thread) {
    uint64_t found = atomic_exchange_explicit(&owner->holder, thread, memory_order_relaxed);
    if (found != OWNERS_NOBODY)
        owners_refuse(found, OWNERS_NOBODY);
}

static inline void owners_give(worker_owner *owner, uint64_t thread) {
    uint64_t found = atomic_exchange_explicit(&owner->holder, OWNERS_NOBODY, memory_order_relaxed);
    if (found != thread)
        owners_refuse(found, thread);
}

static inline void owners_take_cheaply(worker_owner *owner, uint64_t thread) {
    uint64_t found = atomic_load_explicit(&owner->holder, memory_order_relaxed);
    if (found != OWNERS_NOBODY)
        owners_refuse(found, OWNERS_NOBODY);
    atomic_store_explicit(&owner->holder, thread, memory_order_relaxed);
}

static inline void owners_give_cheaply(worker_owner *owner, uint64_t thread) {
    uint64_t found = atomic_load_explicit(&owner->holder, memory_order_relaxed);
    if (found != thread)
        owners_refuse(found, thread);
    atomic_store_explicit(&owner->holder, OWNERS_NOBODY, memory_order_relaxed);
}

#endif
