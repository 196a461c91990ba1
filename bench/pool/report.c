#include "bench/pool/report.h"
#include "bench/pool/judge.h"

#include <math.h>
#include <stdio.h>

void report_time(double ns, char text[CONTEST_TEXT_BYTES]) {
    static const char *const units[] = {" ns", " us", " ms", " s"};
    bench_write_number(ns, units, text);
}

static void print_time(const contest *contest, int side, int cell, contest_metric metric) {
    char text[CONTEST_TEXT_BYTES];
    report_time(contest_median(contest, side, cell, metric), text);
    printf(" %s |", text);
}

/* The best of the others, by a metric where less is better. */
static void print_best_other(const contest *contest, int cell, contest_metric metric) {
    char text[CONTEST_TEXT_BYTES];
    int best = CONTEST_BERTH + 1;
    for (int side = best + 1; side < contest->side_count; side++)
        if (contest_median(contest, side, cell, metric) < contest_median(contest, best, cell, metric))
            best = side;
    report_time(contest_median(contest, best, cell, metric), text);
    printf(" %s (%s) |", text, contest->sides[best].name);
}

/* Where a thread got nothing at all the ratio is infinite. */
static void print_fairness(const contest *contest, int side, int cell) {
    double fairness = contest_median(contest, side, cell, CONTEST_FAIRNESS);
    if (isfinite(fairness))
        printf(fairness < 100 ? " %.2f |" : " %.0f |", fairness);
    else
        printf(" starved |");
}

static void print_sides(const contest *contest) {
    puts("| pool | what it is | checkouts | connections opened |\n|---|---|---|---|");
    for (int side = 0; side < contest->side_count; side++)
        printf("| %s | %s | %lld | %d |\n", contest->sides[side].name, contest->sides[side].note,
               (long long)contest->sides[side].checkouts, contest->sides[side].opened);
}

static bool print_verdict(const contest *contest, int cell) {
    char text[CONTEST_TEXT_BYTES];
    contest_name_cell(&contest->cells[cell], text);
    printf("| %s |", text);
    print_time(contest, CONTEST_BERTH, cell, CONTEST_CYCLE_NS);
    print_best_other(contest, cell, CONTEST_CYCLE_NS);
    printf(" %.2f |", contest_ratio(contest, contest_rival(contest, cell, CONTEST_CYCLE_NS, contest_ratio), cell,
                                    CONTEST_CYCLE_NS));
    print_time(contest, CONTEST_BERTH, cell, CONTEST_P50_NS);
    print_time(contest, CONTEST_BERTH, cell, CONTEST_P99_NS);
    print_time(contest, CONTEST_BERTH, cell, CONTEST_MAX_NS);
    print_best_other(contest, cell, CONTEST_MAX_NS);
    print_fairness(contest, CONTEST_BERTH, cell);
    bool passed = judge_cell(contest, cell, text);
    printf(" %s |\n", text);
    return passed;
}

static bool print_verdicts(const contest *contest) {
    bool passed = true;
    puts(
        "\n| 15 connections | Berth, a cycle | best other | Berth/other | Berth's wait, p50 | p99 | longest | shortest "
        "of the others' longest | fairness | bars |\n|---|---|---|---|---|---|---|---|---|---|");
    for (int cell = 0; cell < contest->cell_count; cell++)
        passed = print_verdict(contest, cell) && passed;
    return passed;
}

static void print_figures(const contest *contest, int side, int cell) {
    printf("| %s | %.0f |", contest->sides[side].name, 1e9 / contest_median(contest, side, cell, CONTEST_CYCLE_NS));
    print_time(contest, side, cell, CONTEST_CYCLE_NS);
    print_time(contest, side, cell, CONTEST_P50_NS);
    print_time(contest, side, cell, CONTEST_P99_NS);
    print_time(contest, side, cell, CONTEST_MAX_NS);
    print_fairness(contest, side, cell);
    print_time(contest, side, cell, CONTEST_HELD_NS);
    putchar('\n');
}

bool report_print(const contest *contest) {
    char name[CONTEST_TEXT_BYTES];
    print_sides(contest);
    bool passed = print_verdicts(contest);
    for (int cell = 0; cell < contest->cell_count; cell++) {
        contest_name_cell(&contest->cells[cell], name);
        printf("\n| %s | checkouts a second | a cycle | wait, p50 | p99 | longest | fairness | held |\n"
               "|---|---|---|---|---|---|---|---|\n",
               name);
        for (int side = 0; side < contest->side_count; side++)
            print_figures(contest, side, cell);
    }
    return passed;
}
