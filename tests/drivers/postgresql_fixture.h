/* What the suites of the PostgreSQL driver share: its table, ways to the server that tests/support/servers has started,
 * a database for each suite, short ways to run statements. */
#ifndef TESTS_DRIVERS_POSTGRESQL_FIXTURE_H
#define TESTS_DRIVERS_POSTGRESQL_FIXTURE_H

#include <berth/driver.h>

#include "tests/drivers/fixture.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A sanitizer keeps memory that was freed for a while. */
#if defined(__has_feature)
#define FIXTURE_HAS(feature) __has_feature(feature)
#else
#define FIXTURE_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || FIXTURE_HAS(address_sanitizer) ||                 \
    FIXTURE_HAS(thread_sanitizer)
#define FIXTURE_MEMORY_IS_WATCHED 1
#else
#define FIXTURE_MEMORY_IS_WATCHED 0
#endif

extern char fixture_notice[256];
/* How often the driver gets memory until it gets none; -1: always. */
extern int fixture_allocations_left;

/* An environment variable that must be there. */
const char *fixture_variable(const char *name);
/* The server over its unix socket, in a database of this suite's own; options "name=value" up to a NULL, or NULL. */
berth_connect_info fixture_info(const char *const *options);
/* The same over TCP. `host` is borrowed. */
berth_connect_info fixture_tcp_info(const char *host, const char *const *options);
berth_connect_info fixture_pgbouncer_info(void);

berth_driver_connection *fixture_connect_to(const berth_connect_info *info);
berth_driver_connection *fixture_connect(void);

/* Runs one statement, which must fail with that status and SQLSTATE. The error is in a static place. */
const berth_error *fixture_fail(berth_driver_connection *connection, const char *sql, int32_t status,
                                const char *sqlstate);
/* All rows as text, "a|b;c|d", in a static buffer; NULL reads as "NULL". `params` may be NULL. */
const char *fixture_rows_with(berth_driver_connection *connection, const char *sql, const berth_value *params,
                              uint32_t count);
const char *fixture_rows(berth_driver_connection *connection, const char *sql);
/* The same, of a statement that is prepared: twice, since only the second time its types are known; alike. */
const char *fixture_prepared_rows(berth_driver_connection *connection, const char *sql, const berth_value *params,
                                  uint32_t count);
/* The type of the first column of the first row, prepared or not. */
uint32_t fixture_type(berth_driver_connection *connection, const char *sql, bool prepared);
berth_driver_statement *fixture_prepare(berth_driver_connection *connection, const char *sql);
/* Runs a prepared statement once, with NULLs, so that its types are known from then on. */
void fixture_describe(berth_driver_connection *connection, berth_driver_statement *statement, const char *sql,
                      uint32_t count);

void fixture_begin(berth_driver_connection *connection);
/* The same, with the first statement. */
void fixture_begin_deferred(berth_driver_connection *connection);
/* Runs a statement, which may be NULL, with values, and drops its rows; `flags` are BERTH_EXECUTE_ bits. */
int32_t fixture_run_with(berth_driver_connection *connection, berth_driver_statement *statement, const char *sql,
                         const berth_value *values, uint32_t count, uint32_t flags, berth_error *error);
/* Queues a statement. */
void fixture_defer(berth_driver_connection *connection, const char *sql);
int32_t fixture_sync(berth_driver_connection *connection, berth_error *error);
int32_t fixture_try_commit(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error);
void fixture_commit(berth_driver_connection *connection);
int32_t fixture_state(berth_driver_connection *connection);
/* The server's process of a connection; ends it from another one. */
void fixture_terminate(berth_driver_connection *connection);

#endif
