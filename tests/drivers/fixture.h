/* What the suites of all drivers share: short ways to call a driver's slots. */
#ifndef TESTS_DRIVERS_FIXTURE_H
#define TESTS_DRIVERS_FIXTURE_H

#include <berth/driver.h>

#include "tests/support/suite.h"

/* The table of the driver under test, from its own fixture. Any thread. */
const berth_driver *fixture_driver(void);

void fixture_close(berth_driver_connection *connection);

/* Nanoseconds of CLOCK_MONOTONIC from now. */
int64_t fixture_deadline(int64_t milliseconds);

/* An execution as the core makes it. */
berth_execution fixture_execution(const char *sql, const berth_value *params, uint32_t count, uint32_t flags);

/* Runs one statement to its end. */
int32_t fixture_execute(berth_driver_connection *connection, const char *sql, const berth_value *params, uint32_t count,
                        berth_execution *execution, berth_error *error);
/* The same without values; must succeed. */
void fixture_run(berth_driver_connection *connection, const char *sql);

void fixture_rollback(berth_driver_connection *connection);

#endif
