/* The server hangs, or is away for longer. */
#include <stdio.h>

#include "tests/faults/storm.h"

#define SESSION_MS 3000 /* No session of a server that is well takes that long, however busy the machine is. */
/* A driver asks the server to stop a statement whose time is over, and gives it two seconds to answer. */
#define LATE_MS (SESSION_MS + 2000 + 1000 * SERVER_PATIENCE)

/* No session ran out of time early, none hung. */
static void assert_durations(const storm *storm) {
    int64_t longest_ns = 0;
    uint64_t early = 0;
    for (uint32_t worker = 0; worker < storm->ledger.workers; worker++) {
        for (uint32_t round = 0; round < storm->ledger.rounds; round++) {
            const ledger_entry *entry = ledger_at(&storm->ledger, worker, round);
            int64_t taken_ns = entry->ended_ns - entry->began_ns;
            bool is_timeout = entry->status == BERTH_TIMEOUT || entry->status == BERTH_POOL_TIMEOUT;
            longest_ns = taken_ns > longest_ns ? taken_ns : longest_ns;
            early += is_timeout && taken_ns < SESSION_MS * NS_PER_MS;
        }
    }
    printf("    the longest session, with a limit of %d ms, took %.0f ms\n", SESSION_MS, (double)longest_ns / 1e6);
    CU_ASSERT_EQUAL(early, 0);
    CU_ASSERT(longest_ns <= LATE_MS * NS_PER_MS);
}

static void test_a_frozen_server_holds_up_nobody_for_longer_than_allowed(void) {
    static storm storm;
    const uint64_t may_fail =
        STORM_MAY(BERTH_TIMEOUT) | STORM_MAY(BERTH_POOL_TIMEOUT) | STORM_MAY(BERTH_OUTCOME_UNKNOWN);
    storm_begin(&storm, "pool_size=5&max_overflow=10", SESSION_MS);
    storm_fault_begin(&storm, "frozen", may_fail);
    server_do("freeze");
    CU_ASSERT_TRUE(workers_await_failures(&storm.workers));
    server_do("thaw");
    storm_fault_end(&storm);
    storm_end(&storm);
    storm_assert(&storm);
    assert_durations(&storm);
    storm_free(&storm);
}

static void test_a_long_outage_is_over_when_the_server_is_back(void) {
    static storm storm;
    storm_begin(&storm, "pool_size=15&max_overflow=0", 0);
    storm_restart(&storm, 3000);
    storm_end(&storm);
    storm_assert(&storm);
    storm_assert_patience(&storm);
    storm_assert_limit(&storm);
    storm_free(&storm);
}

SUITE("outages of the server", TEST(test_a_frozen_server_holds_up_nobody_for_longer_than_allowed),
      TEST(test_a_long_outage_is_over_when_the_server_is_back))
