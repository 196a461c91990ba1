#include "bench/pool/judge.h"
#include "bench/pool/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MANY INT32_MAX
#define LONG INT64_MAX

/* In the cells between these bounds Berth's figure, or how it compares to the same figure of every other pool, is at
 * most so much. */
typedef struct bar {
    int least_threads, most_threads;
    int64_t least_hold_us, most_hold_us;
    contest_metric metric;
    contest_comparison compare; /* NULL: Berth's own. */
    double most;
} bar;

static const bar bars[] = {
    {1, 1, 0, 0, CONTEST_CYCLE_NS, NULL, 10},
    {32, 32, 0, 0, CONTEST_CYCLE_NS, NULL, 30},
    {1, 1, 0, 0, CONTEST_CYCLE_NS, contest_ratio, 1},
    {32, 32, 0, 0, CONTEST_CYCLE_NS, contest_ratio, 1},
    {2, MANY, 0, LONG, CONTEST_CYCLE_NS, contest_sure_ratio, 1.03},
    /* With shorter holds the longest waits are for a core, not for a connection. */
    {PROTOCOL_CONNECTIONS + 1, MANY, PROTOCOL_BUSY_UP_TO_US + 1, LONG, CONTEST_MAX_NS, contest_sure_ratio, 1},
    {2, MANY, 1000, 1000, CONTEST_FAIRNESS, NULL, 2},
    {128, 128, 1000, 1000, CONTEST_P99_NS, NULL, 12e6},
    {128, 128, 1000, 1000, CONTEST_MAX_NS, NULL, 20e6},
};

static const char *const metric_names[CONTEST_METRICS] = {
    [CONTEST_CYCLE_NS] = "cycle",      [CONTEST_P50_NS] = "p50",        [CONTEST_P99_NS] = "p99",
    [CONTEST_MAX_NS] = "longest wait", [CONTEST_FAIRNESS] = "fairness", [CONTEST_HELD_NS] = "hold",
};

static bool is_for(const bar *bar, const contest_cell *cell) {
    return cell->threads >= bar->least_threads && cell->threads <= bar->most_threads &&
           cell->hold_us >= bar->least_hold_us && cell->hold_us <= bar->most_hold_us;
}

static void append(char text[CONTEST_TEXT_BYTES], const char *format, ...) {
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, CONTEST_TEXT_BYTES - length, format, arguments);
    va_end(arguments);
}

static void append_miss(char text[CONTEST_TEXT_BYTES], const bar *bar, double found) {
    char found_text[CONTEST_TEXT_BYTES];
    char most_text[CONTEST_TEXT_BYTES];
    if (bar->metric == CONTEST_FAIRNESS) {
        append(text, " %.2f, allowed %.2f", found, bar->most);
    } else {
        report_time(found, found_text);
        report_time(bar->most, most_text);
        append(text, " %s, allowed %s", found_text, most_text);
    }
}

static void append_defeat(char text[CONTEST_TEXT_BYTES], const bar *bar, double found, const contest *contest,
                          int rival) {
    append(text, " %.2f of %s's", found, contest->sides[rival].name);
    if (bar->compare == contest_sure_ratio)
        append(text, " or more in %d of %d rounds", contest_sure_rounds(contest), contest->rounds);
    append(text, ", allowed %.2f", bar->most);
}

bool judge_cell(const contest *contest, int cell, char text[CONTEST_TEXT_BYTES]) {
    bool passed = true;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof bars / sizeof *bars; i++) {
        const bar *bar = &bars[i];
        int rival = bar->compare != NULL ? contest_rival(contest, cell, bar->metric, bar->compare) : CONTEST_BERTH;
        double found = bar->compare != NULL ? bar->compare(contest, rival, cell, bar->metric)
                                            : contest_median(contest, CONTEST_BERTH, cell, bar->metric);
        if (!is_for(bar, &contest->cells[cell]) || found <= bar->most)
            continue;
        append(text, "%s %s", passed ? "MISSED:" : ";", metric_names[bar->metric]);
        if (bar->compare != NULL)
            append_defeat(text, bar, found, contest, rival);
        else
            append_miss(text, bar, found);
        passed = false;
    }
    if (passed)
        append(text, "pass");
    return passed;
}
