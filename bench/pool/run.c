#include "bench/pool/run.h"
#include "bench/pool/child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#define WARM_UP_PART 4 /* Of a side's time in a cell. */

static const char *const berth[] = {BENCH_POOL_FOLDER "/pool-worker-berth", NULL};
static const char *const mutex[] = {BENCH_POOL_FOLDER "/pool-worker-mutex", NULL};
#ifdef BENCH_POOL_CLASS_PATH
static const char *const apr[] = {BENCH_POOL_FOLDER "/pool-worker-apr", NULL};
static const char *const soci[] = {BENCH_POOL_FOLDER "/pool-worker-soci", NULL};
static const char *const zdb_stub[] = {BENCH_POOL_FOLDER "/pool-worker-zdb-stub", NULL};
static const char *const zdb_sqlite[] = {BENCH_POOL_FOLDER "/pool-worker-zdb-sqlite", NULL};
static const char *const odbc[] = {BENCH_POOL_FOLDER "/pool-worker-odbc", NULL};
static const char *const go[] = {BENCH_POOL_FOLDER "/pool-worker-go", NULL};
static const char *const java[] = {BENCH_POOL_JAVA, "-cp", BENCH_POOL_CLASS_PATH, "Worker", NULL};
#endif

static const char *const *const commands[] = {
    berth, mutex,
#ifdef BENCH_POOL_CLASS_PATH
    apr,   soci,  zdb_stub, zdb_sqlite, odbc, go, java,
#endif
};

#define SIDES ((int)(sizeof commands / sizeof *commands))

static void run_side(contest *contest, child *children, int side, int cell, int round, const protocol_cell *work) {
    protocol_outcome outcome;
    child_run_cell(&children[side], &contest->sides[side], work, &outcome);
    contest->sides[side].checkouts += outcome.checkouts;
    contest->sides[side].opened = outcome.opened;
    contest_note(contest, side, cell, round, &outcome);
}

/* All sides one after the other, so that what else the machine does meets all of them alike. */
static void run_sides(contest *contest, child *children, int cell, int round, const protocol_cell *work) {
    int order[SIDES];
    for (int i = 0; i < SIDES; i++)
        order[i] = i;
    bench_shuffle(order, SIDES);
    for (int i = 0; i < SIDES; i++)
        run_side(contest, children, order[i], cell, round, work);
}

static void run_round(contest *contest, child *children, int round, double seconds) {
    for (int cell = 0; cell < contest->cell_count; cell++) {
        protocol_cell work = {
            .threads = contest->cells[cell].threads,
            .hold_us = contest->cells[cell].hold_us,
            .duration_us = (int64_t)(seconds * 1e6),
            .timed = true,
        };
        run_sides(contest, children, cell, round, &work);
        work.timed = false;
        if (work.hold_us == 0)
            run_sides(contest, children, cell, round, &work);
    }
}

void run_contest(contest *contest, double seconds) {
    child children[SIDES];
    /* Workers inherit it: else the kernel lets each sleep take up to 50 us longer. */
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    signal(SIGPIPE, SIG_IGN);
    contest->side_count = SIDES;
    for (int side = 0; side < SIDES; side++)
        child_start(&children[side], commands[side], &contest->sides[side]);
    fputs("warming up\n", stderr);
    run_round(contest, children, 0, seconds / WARM_UP_PART);
    for (int round = 0; round < contest->rounds; round++) {
        fprintf(stderr, "round %d of %d\n", round + 1, contest->rounds);
        run_round(contest, children, round, seconds);
    }
    for (int side = 0; side < SIDES; side++)
        child_stop(&children[side], &contest->sides[side]);
}
