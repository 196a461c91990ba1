/* Draws lines over time into a picture. */
#ifndef TRACKER_CHART_H
#define TRACKER_CHART_H

#include "tracker/series.h"

typedef struct chart_panel {
    const char *title;
    const char *note; /* Behind the title. */
    const series_set *set;
    bool stepped;   /* A value holds until the next one. */
    bool has_start; /* Whether there is a line at `start`. */
    double start;
    const char *start_label;
} chart_panel;

typedef struct chart {
    const char *title;
    const char *subtitle;
    chart_panel panels[2];
} chart;

/* Writes the picture; PNG or SVG by the ending of `path`. BERTH_MISUSE for another ending, BERTH_DATA when there is no
 * point to draw, BERTH_RESOURCE when the file can't be written. */
berth_status chart_write(const chart *chart, const char *path, berth_error *error);

#endif
