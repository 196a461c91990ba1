#include "bench/mutex_pool.h"
#include "bench/pool/waits.h"
#include "bench/scale/scale.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_THREADS 128
#define POOLED 15 /* As many as Berth's pool has by default. */
#define PATH_BYTES 4096
#define RUN_NS (BENCH_NS_PER_S * 3 / 10)
#define QUICK_NS (BENCH_NS_PER_S / 50)
#define LINES 4

/* Who waits for a lock of SQLite waits for as long as it takes. */
#define SQLITE_OPTIONS "?synchronous=normal&busy_timeout=60s"
#define SQLITE_WAITING "PRAGMA busy_timeout=60000"

/* How many threads get at connections. */
typedef enum sharing { ENGINE, ONE_EACH, POOL } sharing;

typedef struct line_kind {
    sharing sharing;
    const char *options; /* Of Berth's URL. */
} line_kind;

/* As the part's lines are named. */
static const line_kind kinds[LINES] = {
    {ENGINE, ""},
    {ONE_EACH, ""},
    {POOL, ""},
    {ENGINE, "pool_size=15&max_overflow=0"},
};

/* What the threads of one line work with. */
typedef struct team {
    const clients_api *api;
    sharing sharing;
    int connection_count;
    clients_connection *connections[MOST_THREADS];
    mutex_pool pool;
} team;

/* One run of one team. */
typedef struct run {
    team *team;
    pthread_barrier_t barrier;
    int64_t deadline_ns;
    _Atomic int64_t next; /* Of the rows. */
} run;

typedef struct member {
    run *run;
    int index;
    pthread_t thread;
    int64_t finished; /* Sessions, in time. */
    waits sessions;   /* What all of them took. */
} member;

typedef struct outcome {
    double a_second;
    double p99_ns;
} outcome;

/* ---- A thread. ---- */

static clients_connection *take(team *team, int index) {
    if (team->sharing == POOL)
        return mutex_pool_take(&team->pool);
    return team->connections[team->sharing == ONE_EACH ? index : 0];
}

static void give(team *team, clients_connection *connection) {
    if (team->sharing == POOL)
        mutex_pool_give(&team->pool, connection);
}

static void *work(void *argument) {
    member *member = argument;
    run *run = member->run;
    const clients_function session = run->team->api->works[CLIENTS_SESSION];
    pthread_barrier_wait(&run->barrier);
    pthread_barrier_wait(&run->barrier);
    for (int64_t start_ns = bench_now_ns(); start_ns < run->deadline_ns;) {
        clients_connection *connection = take(run->team, member->index);
        session(connection, atomic_fetch_add(&run->next, 1), 1, 0);
        give(run->team, connection);
        int64_t end_ns = bench_now_ns();
        waits_add(&member->sessions, end_ns - start_ns);
        member->finished += end_ns <= run->deadline_ns;
        start_ns = end_ns;
    }
    return NULL;
}

/* ---- A run. ---- */

static void collect(const member *members, int threads, int64_t took_ns, outcome *outcome) {
    static waits all;
    int64_t finished = 0;
    all = (waits){0};
    for (int i = 0; i < threads; i++) {
        finished += members[i].finished;
        waits_merge(&all, &members[i].sessions);
    }
    outcome->a_second = (double)finished / ((double)took_ns / (double)BENCH_NS_PER_S);
    outcome->p99_ns = (double)waits_quantile(&all, 0.99);
}

/* All begin when the last one is there. What they inserted is verified, and removed. */
static outcome run_team(team *team, int threads, int64_t run_ns, const clients_witness *witness) {
    run run = {.team = team};
    outcome outcome;
    member *members = calloc((size_t)threads, sizeof *members);
    if (members == NULL || pthread_barrier_init(&run.barrier, NULL, (unsigned)threads + 1) != 0)
        bench_die("out of memory");
    for (int i = 0; i < threads; i++) {
        members[i].run = &run;
        members[i].index = i;
        int code = pthread_create(&members[i].thread, NULL, work, &members[i]);
        if (code != 0)
            bench_die("no thread %d of %d: %s", i + 1, threads, strerror(code));
    }
    pthread_barrier_wait(&run.barrier);
    run.deadline_ns = bench_now_ns() + run_ns;
    pthread_barrier_wait(&run.barrier);
    for (int i = 0; i < threads; i++)
        pthread_join(members[i].thread, NULL);
    pthread_barrier_destroy(&run.barrier);
    collect(members, threads, run_ns, &outcome);
    free(members);
    clients_witness_verify(witness, team->api->name, 0, run.next);
    clients_witness_empty(witness);
    return outcome;
}

/* ---- Teams. ---- */

static void open_team(team *team, const line_kind *kind, clients_target target, const char *path, int threads) {
    char options[256] = "";
    bool is_ours = kind->sharing == ENGINE;
    *team = (struct team){.pool = MUTEX_POOL_NEW, .sharing = kind->sharing};
    team->api = is_ours ? &clients_berth : clients_api_at(target, CLIENTS_BEST);
    team->connection_count = is_ours ? 1 : kind->sharing == POOL ? POOLED : threads;
    if (is_ours && path != NULL)
        snprintf(options, sizeof options, "%s%s%s", SQLITE_OPTIONS, kind->options[0] != '\0' ? "&" : "", kind->options);
    else if (is_ours && kind->options[0] != '\0')
        snprintf(options, sizeof options, "?%s", kind->options);
    for (int i = 0; i < team->connection_count; i++) {
        team->connections[i] = team->api->open(target, path, options);
        if (!is_ours && path != NULL)
            team->api->ask(team->connections[i], SQLITE_WAITING);
        if (kind->sharing == POOL)
            mutex_pool_give(&team->pool, team->connections[i]);
    }
}

static void close_team(team *team) {
    for (int i = 0; i < team->connection_count; i++)
        team->api->close(team->connections[i]);
}

/* ---- All teams. ---- */

static void note(outcome outcomes[LINES][BENCH_MAX_ROUNDS], int rounds, scale_figures *figures) {
    double values[BENCH_MAX_ROUNDS];
    for (int line = 0; line < LINES; line++) {
        for (int i = 0; i < rounds; i++)
            values[i] = outcomes[line][i].a_second;
        figures->values[0][line] = bench_median(values, rounds);
        for (int i = 0; i < rounds; i++)
            values[i] = outcomes[line][i].p99_ns;
        figures->values[1][line] = bench_median(values, rounds);
    }
    int rival = figures->values[0][1] > figures->values[0][2] ? 1 : 2;
    for (int i = 0; i < rounds; i++)
        values[i] = outcomes[0][i].a_second / outcomes[rival][i].a_second;
    figures->ratio = bench_median(values, rounds);
}

static void run_rounds(const scale_request *request, team teams[LINES], int threads, const clients_witness *witness,
                       scale_figures *figures) {
    static outcome outcomes[LINES][BENCH_MAX_ROUNDS];
    int order[LINES];
    int64_t run_ns = request->quick ? QUICK_NS : RUN_NS;
    for (int line = 0; line < LINES; line++) {
        run_team(&teams[line], threads, run_ns, witness);
        order[line] = line;
    }
    for (int round = 0; round < request->rounds; round++) {
        bench_shuffle(order, LINES);
        for (int i = 0; i < LINES; i++)
            outcomes[order[i]][round] = run_team(&teams[order[i]], threads, run_ns, witness);
    }
    note(outcomes, request->rounds, figures);
}

void scale_threads(const scale_request *request, clients_target target, int64_t threads, scale_figures *figures) {
    static team teams[LINES];
    char path[PATH_BYTES];
    clients_witness witness = {.api = &clients_berth, .target = target};
    const char *file = target == CLIENTS_SQLITE_FILE ? path : NULL;
    snprintf(path, sizeof path, "%s/threads-%d.db", request->folder, (int)threads);
    if (file != NULL)
        clients_sqlite_copy_setup(target, file, SQLITE_OPTIONS);
    witness.connection = clients_berth.open(target, file, file != NULL ? SQLITE_OPTIONS : "");
    clients_witness_create(&witness, 0, false);
    clients_row_at(0); /* Makes what threads then only read. */
    for (int line = 0; line < LINES; line++)
        open_team(&teams[line], &kinds[line], target, file, (int)threads);
    run_rounds(request, teams, (int)threads, &witness, figures);
    for (int line = 0; line < LINES; line++)
        close_team(&teams[line]);
    clients_witness_drop(&witness);
    clients_berth.close(witness.connection);
}
