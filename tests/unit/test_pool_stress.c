/* The pool under many threads, and in a forked child. */
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_fake.h"
#include "tests/support/suite.h"

#define THREADS 8

static pool_fake fake;

/* What the threads of a storm do, and what they found. */
typedef struct storm {
    uint32_t rounds;
    int64_t patience_ns;     /* Of one checkout; 0: no limit. */
    uint32_t broken_one_in;  /* Returned as broken; 0: none. */
    berth_status allowed[2]; /* What may come beside BERTH_OK. */
    atomic_uint strange;     /* Anything else. */
    atomic_uint shared;      /* Two owners at once. */
    atomic_uint succeeded;
    atomic_bool over;
} storm;

static void use(storm *storm, pool_slot *slot) {
    pool_fake_thing *thing = pool_slot_resource(slot);
    if (atomic_fetch_add(&thing->owners, 1) != 0)
        storm->shared++;
    sched_yield();
    atomic_fetch_sub(&thing->owners, 1);
}

static void *rage(void *argument) {
    storm *storm = argument;
    for (uint32_t i = 1; i <= storm->rounds && !storm->over; i++) {
        pool_slot *slot = NULL;
        int64_t deadline_ns = storm->patience_ns > 0 ? clock_now_ns() + storm->patience_ns : BERTH_NO_DEADLINE;
        berth_status status = pool_checkout(fake.pool, deadline_ns, NULL, &slot, NULL);
        if (status == BERTH_OK) {
            use(storm, slot);
            storm->succeeded++;
            bool broken = storm->broken_one_in > 0 && i % storm->broken_one_in == 0;
            if (pool_checkin(fake.pool, slot, broken, NULL) != BERTH_OK)
                storm->strange++;
        } else if (status != storm->allowed[0] && status != storm->allowed[1]) {
            storm->strange++;
        }
    }
    return NULL;
}

static void storm_start(storm *storm, pthread_t threads[THREADS]) {
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, rage, storm), 0);
}

static void storm_end(storm *storm, pthread_t threads[THREADS]) {
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(storm->strange, 0);
    CU_ASSERT_EQUAL(storm->shared, 0);
}

/* Nothing is out, and all of the limit can be taken. */
static void assert_whole(uint32_t limit) {
    pool_slot *slots[16] = {0};
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.in_use + stats.connecting + stats.waiting, 0);
    CU_ASSERT_EQUAL(stats.idle, stats.size);
    for (uint32_t i = 0; i < limit; i++)
        slots[i] = pool_fake_take(&fake);
    for (uint32_t i = 0; i < limit; i++)
        pool_fake_give(&fake, slots[i]);
}

static void check_always(pool_config *config) {
    config->check_idle_ms = 0;
}

static void test_never_more_than_the_limit_nor_two_owners(void) {
    pthread_t threads[THREADS];
    storm storm = {.rounds = 2000, .broken_one_in = 7};
    pool_fake_begin(&fake, 2, 1, NULL);
    storm_start(&storm, threads);
    storm_end(&storm, threads);
    CU_ASSERT_EQUAL(storm.succeeded, THREADS * 2000);
    CU_ASSERT_TRUE(fake.most_exist <= 3);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.checkouts, THREADS * 2000);
    CU_ASSERT_EQUAL(stats.closed_broken, THREADS * (2000 / 7));
    CU_ASSERT_EQUAL(stats.opened, stats.size + stats.closed_broken + stats.closed_overflow);
    assert_whole(3);
    pool_fake_end(&fake);
}

static void test_storm_of_failing_connects_and_checks(void) {
    pthread_t threads[THREADS];
    storm storm = {.rounds = 1000, .broken_one_in = 3, .allowed = {BERTH_CONNECT}};
    pool_fake_begin(&fake, 3, 1, check_always);
    storm_start(&storm, threads);
    for (int i = 0; i < 200; i++) {
        pool_fake_fail(&fake, &fake.open, 3);
        pool_fake_fail(&fake, &fake.check, 2);
        sched_yield();
    }
    storm_end(&storm, threads);
    CU_ASSERT_TRUE(fake.most_exist <= 4);
    pool_fake_fail(&fake, &fake.open, 0);
    pool_fake_fail(&fake, &fake.check, 0);
    assert_whole(4);
    pool_fake_end(&fake);
}

/* Deadlines that end about when something comes back: whatever a waiter did not take must still be there. */
static void test_storm_of_timeouts_loses_nothing(void) {
    pthread_t threads[THREADS];
    storm storm = {.rounds = 3000, .patience_ns = 5000, .allowed = {BERTH_POOL_TIMEOUT}};
    pool_fake_begin(&fake, 1, 0, NULL);
    storm_start(&storm, threads);
    storm_end(&storm, threads);
    CU_ASSERT_EQUAL(storm.succeeded + pool_fake_stats(&fake).timed_out, THREADS * 3000);
    CU_ASSERT_EQUAL(pool_fake_stats(&fake).checkouts, storm.succeeded);
    assert_whole(1);
    pool_fake_end(&fake);
}

static void test_storm_of_resets(void) {
    pthread_t threads[THREADS];
    storm storm = {.rounds = 1000};
    pool_fake_begin(&fake, 2, 1, NULL);
    storm_start(&storm, threads);
    for (int i = 0; i < 200; i++) {
        pool_reset(fake.pool);
        sched_yield();
    }
    storm_end(&storm, threads);
    CU_ASSERT_EQUAL(storm.succeeded, THREADS * 1000);
    CU_ASSERT_TRUE(fake.most_exist <= 3);
    assert_whole(3);
    pool_fake_end(&fake);
}

static void test_close_under_traffic(void) {
    for (int i = 0; i < 100; i++) {
        pthread_t threads[THREADS];
        storm storm = {.rounds = UINT32_MAX, .allowed = {BERTH_POOL_CLOSED}};
        berth_error error;
        pool_fake_begin(&fake, 2, 1, i % 2 == 0 ? check_always : NULL);
        storm_start(&storm, threads);
        while (storm.succeeded < 20)
            sched_yield();
        CU_ASSERT_EQUAL(pool_close(fake.pool, BERTH_NO_DEADLINE, &error), BERTH_OK);
        CU_ASSERT_EQUAL(fake.exist, 0);
        CU_ASSERT_EQUAL(fake.pool->sleeping, 0);
        storm.over = true;
        storm_end(&storm, threads);
        berth_pool_stats stats = pool_fake_stats(&fake);
        CU_ASSERT_EQUAL(stats.size + stats.connecting, 0);
        CU_ASSERT_EQUAL(stats.opened, stats.closed_shutdown + stats.closed_overflow);
        pool_fake_end(&fake);
    }
}

/* Two threads that return the same thing. */
typedef struct doubled {
    pthread_barrier_t both;
    pool_slot *slot;
    atomic_uint accepted;
} doubled;

static void *give_back(void *argument) {
    doubled *doubled = argument;
    pthread_barrier_wait(&doubled->both);
    if (pool_checkin(fake.pool, doubled->slot, false, NULL) == BERTH_OK)
        doubled->accepted++;
    return NULL;
}

static void test_of_two_returns_at_once_one_is_refused(void) {
    pool_fake_begin(&fake, 2, 0, NULL);
    for (int i = 0; i < 100; i++) {
        doubled doubled = {.slot = pool_fake_take(&fake)};
        pthread_t other;
        pthread_barrier_init(&doubled.both, NULL, 2);
        CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, give_back, &doubled), 0);
        give_back(&doubled);
        pthread_join(other, NULL);
        pthread_barrier_destroy(&doubled.both);
        CU_ASSERT_EQUAL(doubled.accepted, 1);
        CU_ASSERT_EQUAL(pool_fake_stats(&fake).idle, 1);
    }
    pool_fake_end(&fake);
}

/* Runs `child` in a forked process and says its number: the first thing there that was wrong, or 0. */
static int run_child(int (*child)(pool_slot *inherited), pool_slot *inherited) {
    int status = -1;
    pid_t process = fork();
    if (process == 0)
        _exit(child(inherited));
    CU_ASSERT_FATAL(process > 0);
    CU_ASSERT_EQUAL(waitpid(process, &status, 0), process);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int use_everything(pool_slot *inherited) {
    pool_slot *slots[3] = {0};
    pool_fake_reinit(&fake);
    uint32_t opened = fake.open.calls;
    berth_pool_stats stats = pool_fake_stats(&fake);
    if (stats.size != 0 || stats.idle != 0 || stats.in_use != 0 || stats.opened != 0 || stats.limit != 3)
        return 1;
    for (int i = 0; i < 3; i++)
        if (pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slots[i], NULL) != BERTH_OK)
            return 2;
    if (fake.closed_by[POOL_FORKED] != 2 || fake.open.calls != opened + 3)
        return 3;
    if (pool_checkin(fake.pool, inherited, false, NULL) != BERTH_OK || fake.closed_by[POOL_FORKED] != 3)
        return 4;
    if (fake.reset.calls != 2 || pool_checkin(fake.pool, inherited, false, NULL) != BERTH_MISUSE)
        return 5;
    for (int i = 0; i < 3; i++)
        if (pool_checkin(fake.pool, slots[i], false, NULL) != BERTH_OK)
            return 6;
    if (pool_close(fake.pool, 0, NULL) != BERTH_OK)
        return 7;
    pool_free(fake.pool);
    return fake.exist == 0 ? 0 : 8;
}

static void test_forked_child_starts_empty(void) {
    pool_fake_begin(&fake, 3, 0, NULL);
    pool_slot *slots[3] = {pool_fake_take(&fake), pool_fake_take(&fake), pool_fake_take(&fake)};
    pool_fake_give(&fake, slots[0]);
    pool_fake_give(&fake, slots[1]);
    CU_ASSERT_EQUAL(run_child(use_everything, slots[2]), 0);
    berth_pool_stats stats = pool_fake_stats(&fake);
    CU_ASSERT_EQUAL(stats.idle, 2);
    CU_ASSERT_EQUAL(stats.in_use, 1);
    pool_fake_give(&fake, slots[2]);
    assert_whole(3);
    CU_ASSERT_EQUAL(fake.open.calls, 3);
    CU_ASSERT_EQUAL(fake.closed_by[POOL_FORKED], 0);
    pool_fake_end(&fake);
}

static int only_close(pool_slot *inherited) {
    if (pool_checkin(fake.pool, inherited, false, NULL) != BERTH_OK || fake.closed_by[POOL_FORKED] != 1)
        return 1;
    if (pool_close(fake.pool, 0, NULL) != BERTH_OK || fake.closed_by[POOL_FORKED] != 2)
        return 2;
    pool_free(fake.pool);
    return fake.exist == 0 && fake.closed_by[POOL_SHUTDOWN] == 0 ? 0 : 3;
}

static int fork_again(pool_slot *inherited) {
    int status = -1;
    pid_t process = fork();
    if (process == 0)
        _exit(only_close(inherited));
    if (waitpid(process, &status, 0) != process || !WIFEXITED(status))
        return 9;
    return WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : only_close(inherited);
}

static void test_child_may_close_or_fork_at_once(void) {
    pool_fake_begin(&fake, 2, 0, NULL);
    pool_slot *one = pool_fake_take(&fake), *two = pool_fake_take(&fake);
    pool_fake_give(&fake, one);
    CU_ASSERT_EQUAL(run_child(only_close, two), 0);
    CU_ASSERT_EQUAL(run_child(fork_again, two), 0);
    pool_fake_give(&fake, two);
    assert_whole(2);
    pool_fake_end(&fake);
}

static int take_and_give(pool_slot *inherited) {
    pool_slot *slot = inherited;
    pool_fake_reinit(&fake);
    for (int i = 0; i < 3; i++)
        if (pool_checkout(fake.pool, BERTH_NO_DEADLINE, NULL, &slot, NULL) != BERTH_OK ||
            pool_checkin(fake.pool, slot, false, NULL) != BERTH_OK)
            return 1;
    return pool_fake_stats(&fake).opened == 1 ? 0 : 2;
}

static void test_fork_under_traffic_finds_the_pool_in_order(void) {
    pthread_t threads[THREADS];
    storm storm = {.rounds = UINT32_MAX, .broken_one_in = 5};
    pool_fake_begin(&fake, 2, 1, NULL);
    storm_start(&storm, threads);
    for (int i = 0; i < 50; i++)
        CU_ASSERT_EQUAL(run_child(take_and_give, NULL), 0);
    storm.over = true;
    storm_end(&storm, threads);
    assert_whole(3);
    pool_fake_end(&fake);
}

SUITE("pool, stress", TEST(test_never_more_than_the_limit_nor_two_owners),
      TEST(test_storm_of_failing_connects_and_checks), TEST(test_storm_of_timeouts_loses_nothing),
      TEST(test_storm_of_resets), TEST(test_close_under_traffic), TEST(test_of_two_returns_at_once_one_is_refused),
      TEST(test_forked_child_starts_empty), TEST(test_child_may_close_or_fork_at_once),
      TEST(test_fork_under_traffic_finds_the_pool_in_order))
