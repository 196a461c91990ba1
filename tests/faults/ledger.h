/* What each session was told about its work, to be compared with what is in the table afterwards. A session is one
 * round of a worker and writes LEDGER_PARTS rows, so that half a transaction is noticed as well. */
#ifndef TESTS_FAULTS_LEDGER_H
#define TESTS_FAULTS_LEDGER_H

#include <berth.h>

#define LEDGER_PARTS 2
#define LEDGER_CREATE "CREATE TABLE fault_rows (worker INT NOT NULL, round INT NOT NULL, part INT NOT NULL)"
#define LEDGER_INSERT "INSERT INTO fault_rows (worker, round, part) VALUES (?, ?, ?)"
#define LEDGER_SELECT "SELECT worker, round, part FROM fault_rows"

typedef enum ledger_outcome { LEDGER_NONE, LEDGER_ACKNOWLEDGED, LEDGER_FAILED, LEDGER_UNKNOWN } ledger_outcome;

typedef struct ledger_entry {
    int64_t began_ns;
    int64_t ended_ns;
    char *message; /* Owned; NULL when it was acknowledged. */
    int16_t status;
    uint8_t outcome;            /* A ledger_outcome. */
    uint8_t rows[LEDGER_PARTS]; /* How often each row was found. */
} ledger_entry;

typedef struct ledger {
    uint32_t workers;
    uint32_t rounds; /* Of each worker, at most. */
    uint64_t strange;
    ledger_entry *entries;
} ledger;

/* Counts of sessions, but for `strange`: rows that no session has written. */
typedef struct ledger_verdict {
    uint64_t acknowledged;
    uint64_t failed;
    uint64_t unknown;
    uint64_t unknown_committed;
    uint64_t lost;    /* Acknowledged, and not there. */
    uint64_t present; /* Failed, and there. */
    uint64_t twice;   /* A row of theirs is there more than once. */
    uint64_t half;    /* Some of their rows are there, others not. */
    uint64_t strange;
} ledger_verdict;

/* False without memory. */
bool ledger_open(ledger *ledger, uint32_t workers, uint32_t rounds);
void ledger_close(ledger *ledger);

/* NULL where there is no such worker or round. Each worker may use its own entries without a lock. */
ledger_entry *ledger_at(const ledger *ledger, int64_t worker, int64_t round);

/* How a round ended; `error` is what the end of its session gave. */
void ledger_note(ledger_entry *entry, int64_t began_ns, int64_t ended_ns, const berth_error *error);

/* A row was found in the table. */
void ledger_see(ledger *ledger, int64_t worker, int64_t round, int64_t part);

/* The same of a row of LEDGER_SELECT as texts. */
void ledger_see_row(void *ledger, const char *const *fields);

ledger_verdict ledger_judge(const ledger *ledger);

/* When the worker's first session after that moment was acknowledged; INT64_MAX when none was. */
int64_t ledger_first_success(const ledger *ledger, uint32_t worker, int64_t after_ns);

#endif
