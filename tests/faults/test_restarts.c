/* The server is killed and started again, twice, under load. */
#include "tests/faults/storm.h"

static void test_two_restarts_lose_nothing(void) {
    static storm storm;
    storm_begin(&storm, "pool_size=5&max_overflow=10", 0);
    storm_restart(&storm, 0);
    storm_restart(&storm, 0);
    storm_end(&storm);
    storm_assert(&storm);
    storm_assert_patience(&storm);
    storm_assert_limit(&storm);
    storm_free(&storm);
}

SUITE("restarts of the server", TEST(test_two_restarts_lose_nothing))
