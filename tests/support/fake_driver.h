/* A driver without a database, for tests of the core alone: it keeps a log of its calls and fails where it is told to.
 *
 * Statements it knows: "ROWS n" has n rows of (id int64, name text); "AFFECT n" affects n rows and made key 100 + n;
 * "TABLE" has those of fake_set_table(); "DDL" ends the transaction by itself, as MySQL does; "HANG" blocks until it is
 * cancelled or its deadline comes; anything else succeeds. Schemes: fake:// has every slot, fakemin:// the four
 * required ones; fakepipe:// defers what may be deferred, which the log shows as "defer(SQL)", and leaves nothing
 * behind of a lost transaction.
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

#define FAKE_COLUMNS 24

/* Rows of any kind: `fill` makes row `row`, from 0, whose texts must stay until the next one. */
typedef struct fake_table {
    const berth_column_info *columns;
    uint32_t column_count; /* At most FAKE_COLUMNS. */
    int64_t row_count;
    void (*fill)(int64_t row, berth_value *values);
} fake_table;

/* What the statement "TABLE" returns from now on; borrowed. */
void fake_set_table(const fake_table *table);

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
