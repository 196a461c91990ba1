/* What the suites of the SQLite driver share: its table, a folder for files, short ways to run statements. */
#ifndef TESTS_DRIVERS_SQLITE_FIXTURE_H
#define TESTS_DRIVERS_SQLITE_FIXTURE_H

#include <berth/driver.h>
#include <stdatomic.h>

#include "tests/drivers/fixture.h"

#define FIXTURE_PATH_BYTES 256

extern char fixture_notice[256];            /* The last notice, or "". */
extern atomic_int fixture_allocations_left; /* How many of the driver's own succeed; negative: all. */
extern atomic_int fixture_clock_reads;      /* How often the driver has asked for the time. */

/* A new folder, and a path in it, in a static buffer; fixture_remove() removes it with everything in it. */
const char *fixture_folder(void);
const char *fixture_path(const char *name);
void fixture_remove(void);

/* Connects with options "name=value", up to a NULL. */
int32_t fixture_try_connect(const char *database, int64_t deadline_ns, const char *const *options,
                            berth_driver_connection **connection, berth_error *error);
/* The same, which must succeed. */
berth_driver_connection *fixture_connect(const char *database, const char *const *options);

/* Runs one statement, which must fail. Checks status, native code and message. */
void fixture_fail(berth_driver_connection *connection, const char *sql, int32_t status, int64_t native_code,
                  const char *message);
/* The first column of the first row as a number; it must be an integer or a bool. */
int64_t fixture_number(berth_driver_connection *connection, const char *sql);
/* All rows as text, "a|b;c|d", in a static buffer. NULL reads as "NULL", a blob as hexadecimal. */
const char *fixture_rows(berth_driver_connection *connection, const char *sql);
/* The same with one value. */
const char *fixture_rows_of(berth_driver_connection *connection, const char *sql, const char *value);

void fixture_begin(berth_driver_connection *connection, uint32_t read_only);
void fixture_commit(berth_driver_connection *connection);

#endif
