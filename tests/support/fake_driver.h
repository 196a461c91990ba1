/* A driver without a database, for tests of the core alone: it keeps a log of its calls and fails where it is told to.
 *
 * Statements it knows: "ROWS n" has n rows of (id int64, name text); "AFFECT n" affects n rows and made key 100 + n;
 * "DDL" ends the transaction by itself, as MySQL does; "HANG" blocks until it is cancelled or its deadline comes;
 * anything else succeeds. Schemes: fake:// has every slot, fakemin:// the four required ones; fakepipe:// defers what
 * may be deferred, which the log shows as "defer(SQL)", and leaves nothing behind of a lost transaction.
 */
#ifndef TESTS_SUPPORT_FAKE_DRIVER_H
#define TESTS_SUPPORT_FAKE_DRIVER_H

#include <berth.h>
#include <berth/driver.h>
#include <stdbool.h>

/* A failure to inject: the call of this name (see the log) fails `times` times, after `after` good ones. */
typedef struct fake_fault {
    const char *call;
    int32_t status;
    uint32_t flags;
    int64_t native_code;
    const char *sqlstate;
    const char *message;
    bool has_index; /* Else it is -1. */
    int64_t index;
    int after;
    int times;
} fake_fault;

/* Registers the schemes, empties the log, forgets faults and counts. */
void fake_reset(void);

/* At most 8 at once; copied. */
void fake_inject(fake_fault fault);

/* The calls since fake_reset() or fake_clear_log(), with blanks between: "connect begin execute(ROWS 2) commit".
 * Borrowed; valid until the next call of a fake_ function. */
const char *fake_log(void);
void fake_clear_log(void);

/* Connections that are open now. */
int fake_open_connections(void);

/* Statements prepared and not unprepared. */
int fake_prepared_statements(void);

/* Waits until a statement hangs in the driver; false after ten seconds. */
bool fake_wait_until_hanging(void);

/* What is_alive() answers from now on. */
void fake_set_alive(bool alive);

/* An engine on fake://, with these settings; fails the test and returns NULL when that does not work. */
berth_engine *fake_engine(const char *url, const berth_settings *settings);

#endif
