/* That the storms can see a loss at all: the same, against a server that acknowledges commits before it writes them,
 * and so loses the last ones when it is killed. */
#include "tests/faults/storm.h"

#define TRIES 5

static void test_a_server_that_loses_commits_is_found_out(void) {
    static storm storm;
    uint64_t lost = 0;
    for (int i = 0; i < TRIES && lost == 0; i++) {
        storm_begin(&storm, "pool_size=5&max_overflow=10", 0);
        storm_restart(&storm, 0);
        storm_end(&storm);
        lost = storm.verdict.lost;
        storm_free(&storm);
    }
    CU_ASSERT(lost > 0);
}

SUITE("losses", TEST(test_a_server_that_loses_commits_is_found_out))
