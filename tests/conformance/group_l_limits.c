/* What is left behind, and what happens when descriptors or memory run out. */
#include "group_l.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "memory.h"

#define FILE_ROUNDS 10000
#define SERVER_ROUNDS 500
#define GROWTH_BYTES (INT64_C(4) << 20)
#define MAX_ALLOCATIONS 20000

static int64_t count_entries(const char *folder) {
    int64_t count = 0;
    DIR *directory = opendir(folder);
    REQUIRE(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static int64_t count_descriptors(void) {
    return count_entries("/proc/self/fd");
}

static int64_t resident_bytes(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    REQUIRE(file != NULL);
    int found = fscanf(file, "%*d %ld", &pages);
    fclose(file);
    REQUIRE(found == 1);
    return pages * sysconf(_SC_PAGESIZE);
}

/* An engine, a connection, statements that push each other out of the cache, and all closed again. */
static berth_status open_and_close(berth_error *error) {
    berth_engine *engine;
    berth_status status = berth_engine_open(
        target_url(), BERTH_SETTINGS(.statement_cache_size = 1, .close_timeout_ms = 5000), &engine, error);
    if (status != BERTH_OK)
        return status;
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    for (int i = 0; i < 2; i++) {
        berth_result *rows = berth_query(session, i == 0 ? "SELECT 1" : "SELECT 2", NULL);
        if (berth_next(rows) && berth_get_int64(rows, 0) != i + 1)
            berth_session_fail(session, BERTH_INTERNAL, "a wrong value was read");
        while (berth_next(rows))
            continue;
        berth_result_close(rows);
    }
    status = berth_session_end(session, error);
    berth_engine_close(engine, NULL);
    return status;
}

/* ---- What is left behind. ---- */

void open_close_many(void) {
    berth_error error;
    /* A sanitizer keeps back what was freed, and finds leaks itself. */
    bool is_measured = memory_can_fail();
    int rounds = target_has(BERTH_CAP_NETWORK) || !is_measured ? SERVER_ROUNDS : FILE_ROUNDS;
    int64_t descriptors = 0, bytes = 0;
    for (int i = 0; i < rounds; i++) {
        if (!CHECK_STATUS(open_and_close(&error), BERTH_OK)) {
            FAIL("round %d: %s", i, error.message);
            return;
        }
        if (i != rounds / 10)
            continue;
        descriptors = count_descriptors();
        bytes = resident_bytes();
    }
    CHECK_INT(count_descriptors(), descriptors);
    int64_t grown = resident_bytes() - bytes;
    CHECK(grown < GROWTH_BYTES || !is_measured);
    check_note("%d connections opened and closed, %lld KiB grown", rounds, (long long)(grown / 1024));
}

/* A driver may keep what serves all its connections, such as one thread; nothing may come with each connection. */
void dlclose_leaves_nothing(void) {
    berth_error error;
    CHECK_STATUS(open_and_close(&error), BERTH_OK);
    int64_t threads = count_entries("/proc/self/task");
    int64_t descriptors = count_descriptors();
    for (int i = 0; i < 5; i++)
        CHECK_STATUS(open_and_close(&error), BERTH_OK);
    CHECK_INT(count_entries("/proc/self/task"), threads);
    CHECK_INT(count_descriptors(), descriptors);
    not_applicable("a driver is never unloaded: docs/decisions/0009");
}

/* ---- Memory. ---- */

/* Every allocation fails once, the first to the last: each time that is told as what it is, unless it did no harm. What
 * a client library allocates for itself counts where the database is in this process; those of servers make thousands
 * for one password, and some crash without, which no driver can mend. */
void oom_injection(void) {
    bool in_process = !target_has(BERTH_CAP_NETWORK);
    berth_error error;
    unsigned harmless = 0;
    uint64_t number = 1;
    if (!memory_can_fail())
        not_applicable("this program was built with a sanitizer, whose allocator does not fail on demand");
    CHECK_STATUS(open_and_close(&error), BERTH_OK);
    for (; number <= MAX_ALLOCATIONS && !check_has_failed(); number++) {
        memory_fail_at(number, in_process);
        berth_status status = open_and_close(&error);
        if (!memory_fail_end())
            break;
        harmless += status == BERTH_OK;
        if (status != BERTH_OK && status != BERTH_NO_MEMORY)
            FAIL("without the %lluth allocation: %s: %s", (unsigned long long)number, berth_status_name(status),
                 error.message);
    }
    CHECK(number <= MAX_ALLOCATIONS);
    CHECK(number > 10);
    CHECK_STATUS(open_and_close(&error), BERTH_OK);
    check_note("%llu allocations failed one by one, %u without harm", (unsigned long long)(number - 1), harmless);
}

/* ---- Descriptors. ---- */

/* No descriptor is left for a connection; with the limit raised again the same engine connects. */
void fd_exhaustion(void) {
    static const expected_error refused = {.status = BERTH_CONNECT};
    static const expected_error not_opened = {.status = BERTH_DATABASE_NOT_FOUND,
                                              .codes = {[PRODUCT_SQLITE] = {"", {14}}}};
    struct rlimit limit, low;
    if (!target_takes_two_sessions() || (target_is(PRODUCT_OTHER) && !target_has(BERTH_CAP_NETWORK)))
        not_applicable("a connection of this database needs no descriptor, as far as is known");
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
    berth_engine *engine = engine_make(target_url(), NULL);
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    low = limit;
    low.rlim_cur = 3;
    berth_session *session = session_open_on(engine, BERTH_SESSION_OPTIONS(.autocommit = true));
    REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
    berth_exec(session, "SELECT 1", NULL);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    EXPECT_SESSION_ERROR(session, target_is(PRODUCT_SQLITE) ? &not_opened : &refused);
    session_recover(session);
    CHECK_INT(query_int64(session, "SELECT 1", NULL), 1);
    session_end_ok(session);
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
}
