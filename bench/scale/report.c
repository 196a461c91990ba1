#include "bench/chart.h"
#include "bench/scale/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_BYTES 4096
#define NOTE_BYTES 256

const char *scale_target_name(int target) {
    static const char *const names[SCALE_TARGETS] = {
        [CLIENTS_POSTGRESQL] = "PostgreSQL", [CLIENTS_MARIADB] = "MariaDB", [CLIENTS_SQLITE_FILE] = "SQLite"};
    return names[target];
}

/* ---- Tables. ---- */

static void print_cell(FILE *to, double value, const char *const units[4]) {
    char text[BENCH_NUMBER_BYTES] = "-";
    if (!isnan(value))
        bench_write_number(value, units, text);
    fprintf(to, " %s |", text);
}

static void print_head(FILE *to, const scale_part *part, const scale_outcome *outcome, int metric) {
    fprintf(to, "\n| %s, by %s |", part->metrics[metric].title, part->x_name);
    for (int step = 0; step < outcome->step_count; step++)
        fprintf(to, " %.*g |", 8, (double)part->steps[step] * part->x_per_step);
    fputs(part->counts_trips ? " round trips |\n" : "\n", to);
    for (int column = 0; column <= outcome->step_count + part->counts_trips; column++)
        fputs("|---", to);
    fputs("|\n", to);
}

/* How many times the delay counts, there and back. */
static void print_trips(FILE *to, const scale_part *part, const scale_figures *figures, int last, int line) {
    static const double ns_per_us = 1000;
    double delay_ns = (double)(part->steps[last] - part->steps[0]) * ns_per_us * 2;
    fprintf(to, " %.1f |", (figures[last].values[0][line] - figures[0].values[0][line]) / delay_ns);
}

static void print_line(FILE *to, const scale_part *part, const scale_outcome *outcome, int metric, int target,
                       int line) {
    const scale_figures *figures = outcome->figures[target];
    if (isnan(figures[0].values[metric][line]))
        return;
    fprintf(to, "| %s: %s |", scale_target_name(target), part->lines[line]);
    for (int step = 0; step < outcome->step_count; step++)
        print_cell(to, figures[step].values[metric][line], part->metrics[metric].units);
    if (part->counts_trips)
        print_trips(to, part, figures, outcome->step_count - 1, line);
    fputc('\n', to);
}

static void print_ratios(FILE *to, const scale_part *part, const scale_outcome *outcome, int target) {
    fprintf(to, "| %s: Berth / raw |", scale_target_name(target));
    for (int step = 0; step < outcome->step_count; step++)
        fprintf(to, " %.2f |", outcome->figures[target][step].ratio);
    fputs(part->counts_trips ? " |\n" : "\n", to);
}

static void print_table(FILE *to, const scale_part *part, const scale_outcome *outcome, int metric) {
    print_head(to, part, outcome, metric);
    for (int target = 0; target < SCALE_TARGETS; target++) {
        if (!outcome->is_measured[target])
            continue;
        for (int line = 0; line < SCALE_MAX_LINES && part->lines[line] != NULL; line++)
            print_line(to, part, outcome, metric, target, line);
        if (metric == 0)
            print_ratios(to, part, outcome, target);
    }
}

void scale_report(FILE *to, const scale_part *part, const scale_outcome *outcome) {
    fprintf(to, "\n## %s\n", part->title);
    for (int metric = 0; metric < part->metric_count; metric++)
        print_table(to, part, outcome, metric);
    fflush(to);
}

/* ---- Charts. ---- */

static void fill_row(chart *chart, const scale_part *part, const scale_outcome *outcome, int metric) {
    int panel = 0;
    chart->rows[metric].title = part->metrics[metric].title;
    for (int i = 0; i < 4; i++)
        chart->rows[metric].units[i] = part->metrics[metric].units[i];
    for (int target = 0; target < SCALE_TARGETS; target++) {
        if (!outcome->is_measured[target])
            continue;
        snprintf(chart->rows[metric].panels[panel].title, CHART_TITLE_BYTES, "%s", scale_target_name(target));
        for (int step = 0; step < outcome->step_count; step++)
            for (int line = 0; line < chart->line_count; line++)
                chart_add(chart, metric, panel, line, (double)part->steps[step] * part->x_per_step,
                          outcome->figures[target][step].values[metric][line]);
        panel++;
    }
    chart->panel_count = panel;
}

void scale_draw(const scale_part *part, const scale_outcome *outcome, const scale_request *request) {
    char path[PATH_BYTES];
    char note[NOTE_BYTES];
    chart *chart = calloc(1, sizeof *chart);
    if (chart == NULL)
        bench_die("out of memory");
    snprintf(path, sizeof path, "%s/performance-%s.png", request->charts, part->name);
    snprintf(note, sizeof note, "Median of %d rounds", request->rounds);
    chart->title = part->title;
    chart->note = note;
    chart->x_name = part->x_name;
    chart->is_linear = part->counts_trips;
    chart->row_count = part->metric_count;
    while (chart->line_count < SCALE_MAX_LINES && part->lines[chart->line_count] != NULL) {
        chart->lines[chart->line_count] = part->lines[chart->line_count];
        chart->line_count++;
    }
    for (int metric = 0; metric < part->metric_count; metric++)
        fill_row(chart, part, outcome, metric);
    chart_write(chart, path);
    free(chart);
}
