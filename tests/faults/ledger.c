#include "tests/faults/ledger.h"

#include <stdlib.h>
#include <string.h>

bool ledger_open(ledger *ledger, uint32_t workers, uint32_t rounds) {
    ledger->workers = workers;
    ledger->rounds = rounds;
    ledger->strange = 0;
    ledger->entries = calloc((size_t)workers * rounds, sizeof *ledger->entries);
    return ledger->entries != NULL;
}

void ledger_close(ledger *ledger) {
    for (size_t i = 0; i < (size_t)ledger->workers * ledger->rounds; i++)
        free(ledger->entries[i].message);
    free(ledger->entries);
    ledger->entries = NULL;
}

ledger_entry *ledger_at(const ledger *ledger, int64_t worker, int64_t round) {
    if (worker < 0 || worker >= ledger->workers || round < 0 || round >= ledger->rounds)
        return NULL;
    return &ledger->entries[(size_t)worker * ledger->rounds + (size_t)round];
}

void ledger_note(ledger_entry *entry, int64_t began_ns, int64_t ended_ns, const berth_error *error) {
    bool unknown = error->status == BERTH_OUTCOME_UNKNOWN || (error->flags & BERTH_FLAG_OUTCOME_UNKNOWN) != 0;
    entry->began_ns = began_ns;
    entry->ended_ns = ended_ns;
    entry->status = (int16_t)error->status;
    entry->outcome = error->status == BERTH_OK ? LEDGER_ACKNOWLEDGED : unknown ? LEDGER_UNKNOWN : LEDGER_FAILED;
    if (error->status != BERTH_OK)
        entry->message = strdup(error->message);
}

void ledger_see(ledger *ledger, int64_t worker, int64_t round, int64_t part) {
    ledger_entry *entry = ledger_at(ledger, worker, round);
    if (entry == NULL || entry->outcome == LEDGER_NONE || part < 0 || part >= LEDGER_PARTS)
        ledger->strange++;
    else if (entry->rows[part] < UINT8_MAX)
        entry->rows[part]++;
}

static void judge_entry(const ledger_entry *entry, ledger_verdict *verdict) {
    bool any = false, all = true, twice = false;
    for (int part = 0; part < LEDGER_PARTS; part++) {
        any = any || entry->rows[part] > 0;
        all = all && entry->rows[part] > 0;
        twice = twice || entry->rows[part] > 1;
    }
    verdict->acknowledged += entry->outcome == LEDGER_ACKNOWLEDGED;
    verdict->failed += entry->outcome == LEDGER_FAILED;
    verdict->unknown += entry->outcome == LEDGER_UNKNOWN;
    verdict->unknown_committed += entry->outcome == LEDGER_UNKNOWN && all;
    verdict->lost += entry->outcome == LEDGER_ACKNOWLEDGED && !all;
    verdict->present += entry->outcome == LEDGER_FAILED && any;
    verdict->twice += twice;
    verdict->half += any && !all;
}

void ledger_see_row(void *ledger, const char *const *fields) {
    ledger_see(ledger, strtoll(fields[0], NULL, 10), strtoll(fields[1], NULL, 10), strtoll(fields[2], NULL, 10));
}

ledger_verdict ledger_judge(const ledger *ledger) {
    ledger_verdict verdict = {.strange = ledger->strange};
    for (size_t i = 0; i < (size_t)ledger->workers * ledger->rounds; i++)
        judge_entry(&ledger->entries[i], &verdict);
    return verdict;
}

int64_t ledger_first_success(const ledger *ledger, uint32_t worker, int64_t after_ns) {
    for (uint32_t round = 0; round < ledger->rounds; round++) {
        const ledger_entry *entry = ledger_at(ledger, worker, round);
        if (entry->outcome == LEDGER_ACKNOWLEDGED && entry->ended_ns >= after_ns)
            return entry->ended_ns;
    }
    return INT64_MAX;
}
