/* Many threads against a pool whose resources do all that resources can do, for a while, with choices that a seed
 * decides: the same seed and the same thread make the same choices again, though not at the same moments. */
#ifndef TESTS_STRESS_STRESS_H
#define TESTS_STRESS_STRESS_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/pool_state.h"

#define STRESS_THREADS 64
#define STRESS_PATIENCE_NS (20 * INT64_C(1000000000)) /* Nothing takes that long. */

/* ---- stream.c: choices. ---- */

typedef struct stream {
    uint64_t state;
} stream;

/* What one thread decides on; a thread has one for what it does and one for what its resources do, since nobody knows
 * how often the pool asks them. */
stream stream_of(uint64_t seed, const char *configuration, uint32_t thread);
uint64_t stream_next(stream *stream);
/* From 0 to below `bound`. */
uint32_t stream_below(stream *stream, uint32_t bound);
bool stream_one_in(stream *stream, uint32_t count);

/* ---- The world. ---- */

typedef struct configuration {
    const char *name;
    pool_config pool;
    bool is_patient; /* Checkouts without a deadline of their own, and no cancels: each has to be served. */
} configuration;

/* How connecting goes just now. */
typedef enum mood {
    MOOD_GOOD,
    MOOD_SLOW,
    MOOD_FAILING,
    MOOD_OVERLOADED,
    MOOD_HANGING,
    MOOD_DYING, /* Connecting works, but what is open turns out dead. */
    MOODS,
} mood;

struct arena;
struct user;

typedef struct world {
    uint64_t seed;
    double seconds; /* Of the whole run; for the command to repeat it. */
    const configuration *configuration;
    struct user *users;
    atomic_uint mood;
    atomic_bool is_over;
    pthread_mutex_t lock;
    struct arena *current; /* Lock. */
    uint32_t arenas;       /* Lock. */
    atomic_uint_fast64_t rounds;
    atomic_uint living; /* Users. */
} world;

/* Says what was violated, and how to repeat it, and ends the program. */
_Noreturn void world_fail(const world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- resource.c ---- */

/* Never freed before its arena, so that a use after its close can be told. */
typedef struct thing {
    struct arena *arena;
    struct thing *next;
    uint64_t number;
    uint32_t resets;     /* That had begun when its opening began. */
    atomic_uint owner;   /* A user's number plus one. */
    atomic_bool is_busy; /* In a callback. */
    atomic_bool is_closed;
} thing;

extern const pool_callbacks resource_callbacks;

/* What the calling thread's resources decide on. */
void resource_use_stream(stream *stream);

/* ---- arena.c: a pool from its making to its end. ---- */

typedef struct arena {
    world *world;
    pool *pool;
    uint32_t number;
    atomic_uint holders;
    pthread_mutex_t resetting; /* Resets come one after another, so that they can be counted. */
    atomic_uint resets_begun, resets_done;
    atomic_bool is_closing, is_closed;
    atomic_bool has_connected;
    atomic_uint exist, connecting;
    thing *_Atomic things;
    /* Tallies, to be compared with what the pool counts. */
    atomic_uint_fast64_t opened, failed, closed[POOL_FORKED + 1], notices[POOL_LATE_RETURN + 1];
    atomic_uint_fast64_t taken, late, full;
} arena;

/* Counts a checkout that failed. Whether it was its time that was over, and not a resource that could not be opened. */
bool arena_count_failure(arena *arena, berth_status status, const berth_error *error);
/* The pool of now, held for the caller. */
arena *arena_hold(world *world);
/* The last holder of a closed one checks that nothing was lost, and frees it. */
void arena_release(arena *arena);
/* Puts a new one in the place of the one of now, if there is one, and closes that. `replace` false: puts none. */
void arena_change(world *world, bool replace, int64_t grace_ns);

/* ---- user.c ---- */

typedef struct user {
    world *world;
    uint32_t number;
    pthread_t thread;
    stream choices, behaviour;
    char where[24];
    atomic_int_fast64_t answer_by_ns; /* When its checkout has to be over; INT64_MAX: it is in none. */
    pthread_mutex_t lock;
    arena *in; /* Lock: where a checkout with the ticket is going on. */
    pool_ticket ticket;
} user;

void users_start(world *world);
void users_join(world *world);

/* ---- inspect.c ---- */

/* Looks at the pool's insides, and at whether everybody gets an answer. */
void inspect_arena(arena *arena);
void inspect_users(const world *world);
/* Takes all that the limit allows, and gives it back, when nobody else uses the pool. */
void inspect_wholeness(arena *arena);

#endif
