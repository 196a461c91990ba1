#include "tests/faults/storm.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 10000 /* Of a thread; a storm ends long before. */
#define ROUNDS_BETWEEN 10
#define MESSAGES_SHOWN 5

static void make_table(raw_connection *admin) {
    raw_run(admin, "DROP TABLE IF EXISTS fault_rows");
    raw_run(admin, LEDGER_CREATE);
}

void storm_begin(storm *storm, const char *pool, int64_t timeout_ms) {
    char query[128];
    storm->fault_count = 0;
    storm->admin = server_connect();
    make_table(storm->admin);
    snprintf(query, sizeof query, "%s&pool_timeout=10", pool);
    storm->engine = server_engine(server_user(), query);
    CU_ASSERT_FATAL(ledger_open(&storm->ledger, WORKERS_MAX, ROUNDS));
    sampler_start(&storm->sampler, storm->engine);
    workers_start(&storm->workers, storm->engine, &storm->ledger, timeout_ms);
    CU_ASSERT_TRUE(workers_await_successes(&storm->workers, ROUNDS_BETWEEN));
}

storm_fault *storm_fault_begin(storm *storm, const char *name, uint64_t may_fail) {
    CU_ASSERT_FATAL(storm->fault_count < STORM_FAULTS_MAX);
    storm_fault *fault = &storm->faults[storm->fault_count++];
    *fault = (storm_fault){.name = name, .may_fail = may_fail, .began_ns = now_ns()};
    return fault;
}

static bool is_later(void *context) {
    const int64_t *moment_ns = context;
    return now_ns() > *moment_ns;
}

void storm_fault_end(storm *storm) {
    storm_fault *fault = &storm->faults[storm->fault_count - 1];
    fault->accepted_ns = server_await_life();
    int64_t recovered_ns = fault->accepted_ns + STORM_RECOVERY_MS * NS_PER_MS;
    CU_ASSERT_TRUE(wait_until(is_later, &recovered_ns, 2 * STORM_RECOVERY_MS));
    CU_ASSERT_TRUE(workers_await_successes(&storm->workers, ROUNDS_BETWEEN));
}

void storm_restart(storm *storm, int64_t down_ms) {
    const uint64_t may_fail = STORM_MAY(BERTH_CONNECT) | STORM_MAY(BERTH_CONNECTION_LOST) |
                              STORM_MAY(BERTH_OUTCOME_UNKNOWN) | STORM_MAY(BERTH_POOL_TIMEOUT);
    const struct timespec down = {.tv_sec = down_ms / 1000, .tv_nsec = down_ms % 1000 * NS_PER_MS};
    storm_fault_begin(storm, down_ms > 0 ? "long outage" : "restart", may_fail);
    if (down_ms > 0) {
        server_do("kill");
        nanosleep(&down, NULL);
    }
    pid_t restart = server_begin("restart");
    server_await_death(storm->admin);
    raw_close(storm->admin);
    storm_fault_end(storm);
    server_end(restart);
    storm->admin = server_connect();
}

/* How long the first and the last of the threads took to end a session after the server accepted connections. */
static void find_recovery(const storm *storm, const storm_fault *fault, int64_t *first_ns, int64_t *last_ns) {
    *first_ns = INT64_MAX;
    *last_ns = 0;
    for (uint32_t i = 0; i < storm->ledger.workers; i++) {
        int64_t success_ns = ledger_first_success(&storm->ledger, i, fault->accepted_ns);
        int64_t taken_ns = success_ns == INT64_MAX ? INT64_MAX : success_ns - fault->accepted_ns;
        *first_ns = taken_ns < *first_ns ? taken_ns : *first_ns;
        *last_ns = taken_ns > *last_ns ? taken_ns : *last_ns;
    }
}

static void show(const storm *storm) {
    const ledger_verdict *verdict = &storm->verdict;
    printf(
        "\n    %llu sessions acknowledged, %llu failed, %llu unknown (%llu of them committed); lost %llu, failed but "
        "there %llu, twice %llu, half %llu, strange rows %llu\n",
        (unsigned long long)verdict->acknowledged, (unsigned long long)verdict->failed,
        (unsigned long long)verdict->unknown, (unsigned long long)verdict->unknown_committed,
        (unsigned long long)verdict->lost, (unsigned long long)verdict->present, (unsigned long long)verdict->twice,
        (unsigned long long)verdict->half, (unsigned long long)verdict->strange);
    for (uint32_t i = 0; i < storm->fault_count; i++) {
        const storm_fault *fault = &storm->faults[i];
        int64_t first_ns, last_ns;
        find_recovery(storm, fault, &first_ns, &last_ns);
        printf("    %s: the server accepted connections after %.0f ms, the first session ended well %.1f ms later, the "
               "last of %u threads' %.1f ms later\n",
               fault->name, (double)(fault->accepted_ns - fault->began_ns) / 1e6, (double)first_ns / 1e6,
               (unsigned)storm->ledger.workers, (double)last_ns / 1e6);
    }
    printf(
        "    connections at most: %u by the pool, %u by the server, %u with those whose client was gone; %u samples\n",
        (unsigned)storm->sampler.most_in_pool, (unsigned)storm->sampler.most_open, (unsigned)storm->sampler.most_listed,
        (unsigned)storm->sampler.samples);
}

void storm_end(storm *storm) {
    berth_error error;
    workers_stop(&storm->workers);
    sampler_stop(&storm->sampler);
    CU_ASSERT_EQUAL(berth_engine_close(storm->engine, &error), BERTH_OK);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_TRUE(raw_query(storm->admin, LEDGER_SELECT, ledger_see_row, &storm->ledger));
    storm->verdict = ledger_judge(&storm->ledger);
    show(storm);
}

void storm_free(storm *storm) {
    raw_close(storm->admin);
    ledger_close(&storm->ledger);
}

/* Whether a failure is one of those that a fault allows. */
static bool is_excused(const storm *storm, const ledger_entry *entry) {
    for (uint32_t i = 0; i < storm->fault_count; i++) {
        const storm_fault *fault = &storm->faults[i];
        if (entry->ended_ns >= fault->began_ns && entry->ended_ns <= fault->accepted_ns + STORM_RECOVERY_MS * NS_PER_MS)
            return (fault->may_fail & STORM_MAY(entry->status)) != 0;
    }
    return false;
}

static uint64_t count_inexcusable(const storm *storm) {
    uint64_t count = 0;
    for (uint32_t worker = 0; worker < storm->ledger.workers; worker++) {
        for (uint32_t round = 0; round < storm->ledger.rounds; round++) {
            const ledger_entry *entry = ledger_at(&storm->ledger, worker, round);
            if (entry->message == NULL || is_excused(storm, entry))
                continue;
            if (count++ < MESSAGES_SHOWN)
                fprintf(stderr, "    not to be excused, %.0f ms after the first fault began: %s: %s\n",
                        (double)(entry->ended_ns - storm->faults[0].began_ns) / 1e6,
                        berth_status_name((berth_status)entry->status), entry->message);
        }
    }
    return count;
}

void storm_assert(storm *storm) {
    int64_t first_ns, last_ns;
    CU_ASSERT(storm->verdict.acknowledged > 0);
    CU_ASSERT_EQUAL(storm->verdict.lost, 0);
    CU_ASSERT_EQUAL(storm->verdict.present, 0);
    CU_ASSERT_EQUAL(storm->verdict.twice, 0);
    CU_ASSERT_EQUAL(storm->verdict.half, 0);
    CU_ASSERT_EQUAL(storm->verdict.strange, 0);
    CU_ASSERT_EQUAL(count_inexcusable(storm), 0);
    for (uint32_t i = 0; i < storm->fault_count; i++) {
        find_recovery(storm, &storm->faults[i], &first_ns, &last_ns);
        CU_ASSERT(first_ns <= STORM_RECOVERY_MS * NS_PER_MS);
    }
    CU_ASSERT(storm->sampler.most_in_pool <= STORM_LIMIT);
}

void storm_assert_patience(const storm *storm) {
    CU_ASSERT(storm->verdict.failed + storm->verdict.unknown <= (uint64_t)STORM_LIMIT * storm->fault_count);
}

void storm_assert_limit(const storm *storm) {
    CU_ASSERT(storm->sampler.samples > 0);
    CU_ASSERT(storm->sampler.most_open > 0);
    CU_ASSERT(storm->sampler.most_open <= STORM_LIMIT);
}
