#include "bench/clients/harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CELL_BYTES 32

/* ---- Figures. ---- */

static double median_ns(const clients_samples *samples, int side) {
    double values[BENCH_MAX_ROUNDS];
    memcpy(values, samples->ns[side], sizeof values);
    return bench_median(values, samples->rounds);
}

/* Of the rounds' ratios. */
static double median_ratio(const clients_samples *samples, int side, int other) {
    double values[BENCH_MAX_ROUNDS];
    for (int i = 0; i < samples->rounds; i++)
        values[i] = samples->ns[side][i] / samples->ns[other][i];
    return bench_median(values, samples->rounds);
}

/* What the second side takes more than the first, less what the fourth takes more than the third. */
static double median_more_ns(const clients_samples *samples) {
    double values[BENCH_MAX_ROUNDS];
    for (int i = 0; i < samples->rounds; i++)
        values[i] = samples->ns[1][i] - samples->ns[0][i] - (samples->ns[3][i] - samples->ns[2][i]);
    return bench_median(values, samples->rounds);
}

/* Of the two ways that the best client has. */
static clients_column better_of_best(const clients_samples *samples) {
    double stored_ns = median_ns(samples, CLIENTS_BEST_STORED);
    return stored_ns < median_ns(samples, CLIENTS_BEST) ? CLIENTS_BEST_STORED : CLIENTS_BEST;
}

/* ---- Cells. ---- */

static void print_figure(double figure, bool is_marked) {
    char cell[CELL_BYTES] = "-";
    if (!isnan(figure))
        snprintf(cell, sizeof cell, "%.0f%s", figure, is_marked ? "*" : "");
    printf(" %10s |", cell);
}

/* The ratio or nanoseconds, the bar and the verdict; 0 is no bar. */
static bool print_verdict(double found, double bar, const char *format) {
    char bar_cell[CELL_BYTES] = "none";
    bool passed = bar == 0 || found <= bar;
    if (bar > 0)
        snprintf(bar_cell, sizeof bar_cell, format, bar);
    printf(" %7s | %6s |\n", bar_cell, bar == 0 ? "" : passed ? "pass" : "MISSED");
    fflush(stdout);
    return passed;
}

static void print_line(int width) {
    while (width-- > 0)
        putchar('-');
    putchar('|');
}

/* ---- Berth against the others. ---- */

void clients_report_head(bool with_peers) {
    printf("| %-46s | %10s | %10s | %10s |", "nanoseconds an operation", "Berth", "raw, best", "as written");
    for (int i = 0; with_peers && i < clients_peer_count; i++)
        printf(" %10s |", clients_peers[i]->name);
    printf(" %7s | %7s | %6s |\n|", "ratio", "bar", "");
    print_line(48);
    for (int i = 0; i < 3 + (with_peers ? clients_peer_count : 0); i++)
        print_line(12);
    print_line(9);
    print_line(9);
    print_line(8);
    putchar('\n');
}

/* A line of figures, up to the ratio. `marked`: the column to be marked. */
static void print_row(const char *name, const double figures[CLIENTS_COLUMNS_MAX], clients_column best, int marked,
                      bool with_peers) {
    printf("| %-46s |", name);
    print_figure(figures[CLIENTS_OURS], false);
    print_figure(figures[best], marked == (int)best);
    print_figure(figures[CLIENTS_WRITTEN], marked == CLIENTS_WRITTEN);
    for (int i = 0; with_peers && i < clients_peer_count; i++)
        print_figure(figures[CLIENTS_FIRST_PEER + i], false);
}

static bool report_peaks(const clients_samples *samples, clients_column best, bool with_bar, bool with_peers) {
    print_row("... kilobytes more at the peak", samples->peak_kb, best, -1, with_peers);
    printf(" %7s |", "");
    return print_verdict(samples->peak_kb[CLIENTS_OURS], with_bar ? CLIENTS_FLAT_KB : 0, "%.0f");
}

bool clients_report_case(const clients_case *work, const clients_samples *samples, double bar, bool with_peers) {
    double figures[CLIENTS_COLUMNS_MAX];
    clients_column best = better_of_best(samples);
    clients_column against = work->against == CLIENTS_BEST ? best : work->against;
    double ratio = median_ratio(samples, CLIENTS_OURS, against);
    for (int i = 0; i < CLIENTS_COLUMNS_MAX; i++)
        figures[i] = median_ns(samples, i);
    print_row(work->name, figures, best, (int)against, with_peers);
    printf(" %7.3f |", ratio);
    bool passed = print_verdict(ratio, bar, "%.2f");
    if (work->work == CLIENTS_READ)
        passed = report_peaks(samples, best, bar > 0, with_peers) && passed;
    return passed;
}

/* ---- Berth against Berth. ---- */

void clients_report_self_head(void) {
    printf("\n| %-60s | %10s | %10s | %7s | %7s | %7s | %6s |\n|", "nanoseconds an operation, Berth against Berth",
           "against", "Berth", "ratio", "more ns", "bar", "");
    print_line(62);
    print_line(12);
    print_line(12);
    print_line(9);
    print_line(9);
    print_line(9);
    print_line(8);
    putchar('\n');
}

bool clients_report_self(const clients_self_case *work, const clients_samples *samples, bool with_bars) {
    double ratio = median_ratio(samples, 1, 0);
    double more_ns = median_more_ns(samples);
    printf("| %-60s |", work->name);
    print_figure(median_ns(samples, 0), false);
    print_figure(median_ns(samples, 1), false);
    printf(" %7.3f |", ratio);
    if (work->more_ns == 0) {
        printf(" %7s |", "");
        return print_verdict(ratio, with_bars ? work->bar : 0, "%.2f");
    }
    printf(" %7.1f |", more_ns);
    return print_verdict(more_ns, with_bars ? work->more_ns : 0, "%.0f ns");
}
