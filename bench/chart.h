/* Charts for benchmarks: rows of panels with lines in them, all with the same names, as a PNG. */
#ifndef BENCH_CHART_H
#define BENCH_CHART_H

#include <stdbool.h>

#define CHART_MAX_LINES 12
#define CHART_MAX_POINTS 16
#define CHART_MAX_PANELS 8
#define CHART_MAX_ROWS 2
#define CHART_TITLE_BYTES 128

typedef struct chart_point {
    double x, y;
} chart_point;

typedef struct chart_panel {
    char title[CHART_TITLE_BYTES];
    int counts[CHART_MAX_LINES];
    chart_point points[CHART_MAX_LINES][CHART_MAX_POINTS]; /* From left to right. */
} chart_panel;

typedef struct chart_row {
    const char *title;
    const char *units[4]; /* Of y, each a thousand times the one before. */
    chart_panel panels[CHART_MAX_PANELS];
} chart_row;

typedef struct chart {
    const char *title;
    const char *note; /* How it was measured; the machine is named behind it. */
    const char *x_name;
    bool is_linear; /* Both axes; else both are logarithmic. */
    int line_count, panel_count, row_count;
    const char *lines[CHART_MAX_LINES]; /* Names; the first one is Berth's. */
    chart_row rows[CHART_MAX_ROWS];
} chart;

/* Adds a point, unless it is one that such a chart has no place for. */
void chart_add(chart *chart, int row, int panel, int line, double x, double y);

/* Ends the program where the file can't be written. */
void chart_write(const chart *chart, const char *path);

#endif
