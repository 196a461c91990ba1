#include "bench/pool/chart.h"

#include "bench/chart.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert(CHART_MAX_LINES >= CONTEST_MAX_SIDES, "more pools than lines");

/* What a row of panels shows. */
typedef struct shown {
    const char *title;
    const char *units[4];
    double (*value)(const contest *contest, int side, int cell);
} shown;

static double checkouts_a_second(const contest *contest, int side, int cell) {
    return 1e9 / contest_median(contest, side, cell, CONTEST_CYCLE_NS);
}

static double worst_wait(const contest *contest, int side, int cell) {
    return contest_median(contest, side, cell, CONTEST_MAX_NS);
}

static const shown rows[] = {
    {"Checkouts a second (more is better)", {"", " k", " M", " G"}, checkouts_a_second},
    {"Longest wait (less is better; with no hold or a busy one it is for a core, not for a connection)",
     {" ns", " us", " ms", " s"},
     worst_wait},
};

#define ROWS ((int)(sizeof rows / sizeof *rows))

static void name_panel(int64_t hold_us, char title[CHART_TITLE_BYTES]) {
    char hold[CONTEST_TEXT_BYTES];
    contest_name_hold(hold_us, hold);
    snprintf(title, CHART_TITLE_BYTES, "%.100s%s", hold,
             hold_us > PROTOCOL_BUSY_UP_TO_US ? ", asleep"
             : hold_us > 0                    ? ", busy"
                                              : "");
}

/* A panel for each hold: which one the cell is in. */
static int find_panel(const contest *contest, int cell) {
    int panel = 0;
    for (int i = 1; i <= cell; i++)
        panel += contest->cells[i].hold_us != contest->cells[i - 1].hold_us;
    return panel;
}

static void fill_row(chart *chart, const contest *contest, int row) {
    chart->rows[row].title = rows[row].title;
    for (int i = 0; i < 4; i++)
        chart->rows[row].units[i] = rows[row].units[i];
    for (int cell = 0; cell < contest->cell_count; cell++) {
        int panel = find_panel(contest, cell);
        name_panel(contest->cells[cell].hold_us, chart->rows[row].panels[panel].title);
        for (int side = 0; side < contest->side_count; side++)
            chart_add(chart, row, panel, side, contest->cells[cell].threads, rows[row].value(contest, side, cell));
    }
}

void pool_chart_write(const contest *contest, const char *path) {
    char note[CONTEST_TEXT_BYTES];
    chart *chart = calloc(1, sizeof *chart);
    if (chart == NULL)
        bench_die("out of memory");
    snprintf(note, sizeof note, "%d connections; median of %d round%s", PROTOCOL_CONNECTIONS, contest->rounds,
             contest->rounds == 1 ? "" : "s");
    chart->title = "Pools of connections: taking one and giving it back";
    chart->note = note;
    chart->x_name = "threads";
    chart->line_count = contest->side_count;
    chart->panel_count = find_panel(contest, contest->cell_count - 1) + 1;
    chart->row_count = ROWS;
    for (int side = 0; side < contest->side_count; side++)
        chart->lines[side] = contest->sides[side].name;
    for (int row = 0; row < ROWS; row++)
        fill_row(chart, contest, row);
    chart_write(chart, path);
    free(chart);
}
