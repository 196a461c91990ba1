#include "bench/pool/contest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void contest_name_hold(int64_t hold_us, char text[CONTEST_TEXT_BYTES]) {
    if (hold_us >= 1000)
        snprintf(text, CONTEST_TEXT_BYTES, "a hold of %g ms", (double)hold_us / 1000);
    else if (hold_us > 0)
        snprintf(text, CONTEST_TEXT_BYTES, "a hold of %d us", (int)hold_us);
    else
        snprintf(text, CONTEST_TEXT_BYTES, "no hold");
}

void contest_name_cell(const contest_cell *cell, char text[CONTEST_TEXT_BYTES]) {
    char hold[CONTEST_TEXT_BYTES];
    contest_name_hold(cell->hold_us, hold);
    snprintf(text, CONTEST_TEXT_BYTES, "%d thread%s, %.200s", cell->threads, cell->threads == 1 ? "" : "s", hold);
}

void contest_fill_cells(contest *contest, const char *only) {
    static const int threads[] = {1, 2, 8, 32, 128};
    static const int64_t holds_us[] = {0, 5, 50, 1000};
    char name[CONTEST_TEXT_BYTES];
    for (size_t hold = 0; hold < sizeof holds_us / sizeof *holds_us; hold++)
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
            contest_cell cell = {.threads = threads[i], .hold_us = holds_us[hold]};
            contest_name_cell(&cell, name);
            /* A single thread has nobody to wait for. */
            if (strstr(name, only) != NULL && (cell.threads > 1 || cell.hold_us == 0))
                contest->cells[contest->cell_count++] = cell;
        }
}

void contest_note(contest *contest, int side, int cell, int round, const protocol_outcome *outcome) {
    double(*values)[BENCH_MAX_ROUNDS] = contest->values[side][cell];
    if (outcome->cell.timed) {
        values[CONTEST_P50_NS][round] = (double)outcome->p50_ns;
        values[CONTEST_P99_NS][round] = (double)outcome->p99_ns;
        values[CONTEST_MAX_NS][round] = (double)outcome->max_ns;
        values[CONTEST_HELD_NS][round] = (double)outcome->held_ns;
    }
    if (!outcome->cell.timed || outcome->cell.hold_us > 0) {
        values[CONTEST_CYCLE_NS][round] =
            outcome->checkouts > 0 ? (double)outcome->elapsed_ns / (double)outcome->checkouts : INFINITY;
        values[CONTEST_FAIRNESS][round] =
            outcome->fewest > 0 ? (double)outcome->most / (double)outcome->fewest : INFINITY;
    }
}

double contest_median(const contest *contest, int side, int cell, contest_metric metric) {
    double values[BENCH_MAX_ROUNDS];
    memcpy(values, contest->values[side][cell][metric], sizeof values);
    return bench_median(values, contest->rounds);
}

static void fill_ratios(const contest *contest, int side, int cell, contest_metric metric,
                        double ratios[BENCH_MAX_ROUNDS]) {
    const double *ours = contest->values[CONTEST_BERTH][cell][metric];
    const double *theirs = contest->values[side][cell][metric];
    for (int round = 0; round < contest->rounds; round++)
        ratios[round] = ours[round] / theirs[round];
}

double contest_ratio(const contest *contest, int side, int cell, contest_metric metric) {
    double ratios[BENCH_MAX_ROUNDS];
    fill_ratios(contest, side, cell, metric, ratios);
    return bench_median(ratios, contest->rounds);
}

int contest_sure_rounds(const contest *contest) {
    return contest->rounds - contest->rounds / 5;
}

double contest_sure_ratio(const contest *contest, int side, int cell, contest_metric metric) {
    double ratios[BENCH_MAX_ROUNDS];
    fill_ratios(contest, side, cell, metric, ratios);
    bench_sort(ratios, contest->rounds);
    return ratios[contest->rounds - contest_sure_rounds(contest)];
}

int contest_rival(const contest *contest, int cell, contest_metric metric, contest_comparison compare) {
    int rival = CONTEST_BERTH + 1;
    double greatest = compare(contest, rival, cell, metric);
    for (int side = rival + 1; side < contest->side_count; side++) {
        double ratio = compare(contest, side, cell, metric);
        if (ratio > greatest) {
            rival = side;
            greatest = ratio;
        }
    }
    return rival;
}
