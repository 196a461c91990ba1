#include "tests/support/pool_storm.h"

#include <sched.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "tests/support/suite.h"

static void use(pool_storm *storm, pool_slot *slot) {
    pool_fake_thing *thing = pool_slot_resource(slot);
    if (atomic_fetch_add(&thing->owners, 1) != 0)
        storm->shared++;
    sched_yield();
    atomic_fetch_sub(&thing->owners, 1);
}

static void *rage(void *argument) {
    pool_storm *storm = argument;
    pool *pool = storm->fake->pool;
    for (uint32_t i = 1; i <= storm->rounds && !storm->over; i++) {
        pool_slot *slot = NULL;
        int64_t deadline_ns = storm->patience_ns > 0 ? clock_now_ns() + storm->patience_ns : BERTH_NO_DEADLINE;
        berth_status status = pool_checkout(pool, deadline_ns, NULL, &slot, NULL);
        if (status == BERTH_OK) {
            use(storm, slot);
            storm->succeeded++;
            bool broken = storm->broken_one_in > 0 && i % storm->broken_one_in == 0;
            if (pool_checkin(pool, slot, broken, NULL) != BERTH_OK)
                storm->strange++;
        } else if (status != storm->allowed[0] && status != storm->allowed[1]) {
            storm->strange++;
        }
        if (status == BERTH_POOL_CLOSED)
            break;
    }
    return NULL;
}

void pool_storm_start(pool_storm *storm, pool_fake *fake) {
    storm->fake = fake;
    for (int i = 0; i < STORM_THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&storm->threads[i], NULL, rage, storm), 0);
}

void pool_storm_end(pool_storm *storm) {
    for (int i = 0; i < STORM_THREADS; i++)
        pthread_join(storm->threads[i], NULL);
    CU_ASSERT_EQUAL(storm->strange, 0);
    CU_ASSERT_EQUAL(storm->shared, 0);
}

void pool_storm_assert_whole(pool_fake *fake, uint32_t limit) {
    pool_slot *slots[16] = {0};
    berth_pool_stats stats = pool_fake_stats(fake);
    CU_ASSERT_EQUAL(stats.in_use + stats.connecting + stats.waiting, 0);
    CU_ASSERT_EQUAL(stats.idle, stats.size);
    pool_fake_take_all(fake, slots, limit);
    pool_fake_give_all(fake, slots, limit);
}
