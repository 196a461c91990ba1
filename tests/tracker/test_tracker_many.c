/* More records than are read and written at once, on a SQLite file. */
#include "tests/tracker/support.h"

#include <berth.h>
#include <berth/driver.h>
#include <dlfcn.h>
#include <stdio.h>

/* ---- SQLite under another scheme, which counts what it is asked for. ---- */

static const berth_driver *real;
static berth_driver counted;
static int calls; /* Statements; one for many rows counts once. */

static int32_t count_execute(berth_driver_connection *connection, berth_execution *execution, int64_t deadline_ns,
                             berth_error *error) {
    calls++;
    return real->execute(connection, execution, deadline_ns, error);
}

static int32_t count_execute_many(berth_driver_connection *connection, berth_execution *execution, uint64_t row_count,
                                  int64_t deadline_ns, berth_error *error) {
    calls++;
    return real->execute_many(connection, execution, row_count, deadline_ns, error);
}

static const berth_driver *counted_entry(const berth_services *services) {
    static const char *const schemes[] = {"counted", NULL};
    char path[4096];
    berth_driver_entry entry;
    snprintf(path, sizeof path, "%s/berth_driver_sqlite.so", getenv("BERTH_DRIVER_PATH"));
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, BERTH_DRIVER_ENTRY) : NULL;
    memcpy(&entry, &symbol, sizeof entry);
    if (entry == NULL)
        return NULL;
    real = entry(services);
    counted = *real;
    counted.name = "counted";
    counted.schemes = schemes;
    counted.execute = count_execute;
    counted.execute_many = count_execute_many;
    return &counted;
}

/* ---- The tests. ---- */

static support begin_with_tables(const char *scheme) {
    support support = support_begin();
    snprintf(support.url, sizeof support.url, "%s:///%s/tracker.db", scheme, support.folder);
    CU_ASSERT_EQUAL(support_run(&support, "init", NULL), 0);
    ASSERT_TEXT(support.err, "");
    return support;
}

static int ingest(support *support, int first, int end, int changed, int changed_end) {
    char path[256];
    snprintf(path, sizeof path, "%s", support_write_trades(support, "trades.json", first, end, changed, changed_end));
    calls = 0;
    return support_run(support, "ingest", path, NULL);
}

static void test_new_updated_and_unchanged_are_counted(void) {
    support support = begin_with_tables("sqlite");
    CU_ASSERT_EQUAL(ingest(&support, 0, 1203, 0, 0), 0);
    ASSERT_CONTAINS(support.out, "1203 trades: 1203 new, 0 updated, 0 unchanged\n");
    CU_ASSERT_EQUAL(ingest(&support, 0, 1203, 0, 0), 0);
    ASSERT_CONTAINS(support.out, "1203 trades: 0 new, 0 updated, 1203 unchanged\n");
    CU_ASSERT_EQUAL(ingest(&support, 500, 2000, 900, 1000), 0);
    ASSERT_CONTAINS(support.out, "1500 trades: 797 new, 100 updated, 603 unchanged\n");
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM trades"), "2000");
    ASSERT_TEXT(support_value(&support, "SELECT SUM(exit_price) FROM trades"), "10200");
    ASSERT_TEXT(
        support_value(&support, "SELECT COUNT(*) FROM trades WHERE exit_price = 7 AND entry_tid BETWEEN 900 AND 999"),
        "100");
    support_end(&support);
}

static void test_the_database_is_asked_for_many_records_at_once(void) {
    berth_error error;
    CU_ASSERT_EQUAL_FATAL(berth_register_driver(counted_entry, &error), BERTH_OK);
    support support = begin_with_tables("counted");
    CU_ASSERT_EQUAL(ingest(&support, 0, 2000, 0, 0), 0);
    ASSERT_CONTAINS(support.out, "2000 trades: 2000 new, 0 updated, 0 unchanged\n");
    CU_ASSERT_TRUE(calls > 0 && calls < 50);
    CU_ASSERT_EQUAL(ingest(&support, 0, 2000, 0, 1000), 0);
    ASSERT_CONTAINS(support.out, "2000 trades: 0 new, 1000 updated, 1000 unchanged\n");
    CU_ASSERT_TRUE(calls > 0 && calls < 50);
    support_end(&support);
}

/* A record is told by its number however many went along with it, in the words of a single one; here behind a whole
 * piece and some that need no writing. */
static void test_the_record_that_is_refused_is_named(void) {
    support support = begin_with_tables("sqlite");
    CU_ASSERT_EQUAL(ingest(&support, 503, 520, 0, 0), 0);
    char *before = support_dump(&support);
    support_value(&support, "CREATE TRIGGER refuse BEFORE INSERT ON trades WHEN new.id = '777' BEGIN "
                            "SELECT RAISE(ABORT, 'not this one'); END");
    CU_ASSERT_EQUAL(ingest(&support, 3, 1203, 0, 0), 1);
    ASSERT_CONTAINS(support.err, "/trades.json: trades[774]: INSERT INTO \"trades\" (");
    ASSERT_CONTAINS(support.err, "not this one\ntracker: nothing was loaded from 1 of 1 files\n");
    ASSERT_TEXT(support.out, "");
    char *after = support_dump(&support);
    CU_ASSERT_STRING_EQUAL(before, after);
    free(before);
    free(after);
    support_end(&support);
}

/* What was stored can't be read as what it should be. */
static void test_the_record_that_cant_be_compared_is_named(void) {
    support support = begin_with_tables("sqlite");
    CU_ASSERT_EQUAL(ingest(&support, 0, 1203, 0, 0), 0);
    support_value(&support, "UPDATE trades SET exit_price = 'cheap' WHERE id = '777'");
    CU_ASSERT_EQUAL(ingest(&support, 3, 1203, 0, 0), 1);
    ASSERT_CONTAINS(support.err, "/trades.json: trades[774]: column ");
    ASSERT_CONTAINS(support.err, "(exit_price): the text \"cheap\" is not a number\n");
    support_end(&support);
}

static void test_two_at_once(void) {
    support support = begin_with_tables("sqlite");
    char first[256];
    snprintf(first, sizeof first, "%s", support_write_trades(&support, "first", 0, 2000, 0, 0));
    const char *second = support_write_trades(&support, "second", 1000, 3000, 0, 0);
    CU_ASSERT_EQUAL(support_ingest_both(&support, first, second), 0);
    ASSERT_TEXT(support_value(&support, "SELECT COUNT(*) FROM trades"), "3000");
    support_end(&support);
}

SUITE("tracker many", TEST(test_new_updated_and_unchanged_are_counted),
      TEST(test_the_database_is_asked_for_many_records_at_once), TEST(test_the_record_that_is_refused_is_named),
      TEST(test_the_record_that_cant_be_compared_is_named), TEST(test_two_at_once))
