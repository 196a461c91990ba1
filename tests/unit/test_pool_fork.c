/* The pool in a forked child. */
#include <sys/wait.h>
#include <unistd.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "core/pool_state.h"
#include "tests/support/pool_storm.h"
#include "tests/support/suite.h"

static pool_fake fake;

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
    pool_storm_assert_whole(&fake, 3);
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
    pool_storm_assert_whole(&fake, 2);
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
    pool_storm storm = {.rounds = UINT32_MAX, .broken_one_in = 5};
    pool_fake_begin(&fake, 2, 1, NULL);
    pool_storm_start(&storm, &fake);
    for (int i = 0; i < 50; i++)
        CU_ASSERT_EQUAL(run_child(take_and_give, NULL), 0);
    storm.over = true;
    pool_storm_end(&storm);
    pool_storm_assert_whole(&fake, 3);
    pool_fake_end(&fake);
}

SUITE("pool, fork", TEST(test_forked_child_starts_empty), TEST(test_child_may_close_or_fork_at_once),
      TEST(test_fork_under_traffic_finds_the_pool_in_order))
