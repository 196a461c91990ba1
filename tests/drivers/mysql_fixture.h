/* What the suites of the MySQL driver share: its table, the MariaDB server that tests/support/servers has started,
 * short ways to run statements. */
#ifndef TESTS_DRIVERS_MYSQL_FIXTURE_H
#define TESTS_DRIVERS_MYSQL_FIXTURE_H

#include <berth/driver.h>

#include "tests/drivers/fixture.h"

/* A file or another text that tests/support/servers names, by its variable. Borrowed. */
const char *fixture_file(const char *name);
/* The server does not answer any more, and answers again. */
void fixture_freeze(void);
void fixture_thaw(void);

/* What connects to the server over its socket, and over TCP; may be changed before it is used. */
berth_connect_info fixture_info(void);
berth_connect_info fixture_tcp_info(void);
int32_t fixture_try_connect(const berth_connect_info *info, int64_t deadline_ns, berth_driver_connection **connection,
                            berth_error *error);
/* Connects, which must succeed. */
berth_driver_connection *fixture_connect(void);
/* The same without what MySQL's own library and servers do not have. */
berth_driver_connection *fixture_connect_plain(void);

/* Runs one statement, which must fail. Checks status and native code; returns the error, in a static buffer. */
const berth_error *fixture_fail(berth_driver_connection *connection, const char *sql, int32_t status,
                                int64_t native_code);
/* Runs without DISCARD; must succeed. */
void fixture_open(berth_driver_connection *connection, const char *sql, const berth_value *params, uint32_t count,
                  berth_execution *execution);
/* The next row, which must not fail; NULL at the end. */
const berth_value *fixture_next(berth_driver_connection *connection);
/* All rows as text, "a|b;c|d", in a static buffer. NULL reads as "NULL", a blob as hexadecimal. */
const char *fixture_rows(berth_driver_connection *connection, const char *sql);
/* The first column of the first row as a number. */
int64_t fixture_number(berth_driver_connection *connection, const char *sql);

/* Makes test_NAME() of NAME(), which uses `connection`: one with all there is, then a plain one. */
#define IN_A_CONNECTION(name)                                                                                          \
    static void test_##name(void) {                                                                                    \
        connection = fixture_connect();                                                                                \
        name();                                                                                                        \
        fixture_close(connection);                                                                                     \
        connection = fixture_connect_plain();                                                                          \
        name();                                                                                                        \
        fixture_close(connection);                                                                                     \
    }

int32_t fixture_try_begin(berth_driver_connection *connection, uint32_t isolation, uint32_t read_only,
                          berth_error *error);
/* Begins, with a level of enum berth_isolation, which must succeed; the second with the defaults. */
void fixture_begin_as(berth_driver_connection *connection, uint32_t isolation, uint32_t read_only);
void fixture_begin(berth_driver_connection *connection);
int32_t fixture_try_commit(berth_driver_connection *connection, berth_error *error);
/* Commits, which must succeed. */
void fixture_commit(berth_driver_connection *connection);

/* Ends a connection from another one, by its number at the server, and waits until the server has done it. */
void fixture_kill(berth_driver_connection *connection);
void fixture_kill_id(int64_t id);

#endif
