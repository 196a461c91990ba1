#include "tracker/chart.h"

#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tracker/scale.h"
#include "tracker/text.h"

#define WIDTH 1280.0
#define HEIGHT 990.0
#define LEFT 90.0
#define RIGHT 230.0   /* Room for the names. */
#define NAME_WIDTH 20 /* Characters of a name. */
#define TOP 116.0
#define PANEL_HEIGHT 370.0
#define PANEL_GAP 76.0
#define LABEL_HEIGHT 17.0
#define DOTS_BELOW 10 /* With fewer points than this each gets a dot. */

typedef struct color {
    double red, green, blue;
} color;

/* Told apart by people with any colour vision, dark enough on white (after Okabe and Ito). */
static const color palette[] = {
    {0.00, 0.45, 0.70}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45}, {0.80, 0.40, 0.64},
    {0.76, 0.55, 0.00}, {0.42, 0.30, 0.68}, {0.25, 0.65, 0.88}, {0.55, 0.20, 0.16},
};
static const color ink = {0.13, 0.15, 0.18};
static const color faint = {0.45, 0.48, 0.52};
static const color grid = {0.90, 0.91, 0.93};
static const color gray = {0.55, 0.58, 0.62};

/* A panel's place and scales. */
typedef struct frame {
    double left, top, width, height;
    scale times;
    scale values;
} frame;

/* A name at the end of a line. */
typedef struct label {
    size_t series;
    double y;
} label;

static void set_color(cairo_t *cairo, color color) {
    cairo_set_source_rgb(cairo, color.red, color.green, color.blue);
}

static void set_font(cairo_t *cairo, double size, bool bold) {
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
}

/* `align` is 0 for text that begins at x, 0.5 for the middle, 1 for text that ends there. */
static void draw_text(cairo_t *cairo, double x, double y, double align, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(cairo, text, &extents);
    cairo_move_to(cairo, x - align * extents.x_advance, y);
    cairo_show_text(cairo, text);
}

static void draw_line(cairo_t *cairo, double x1, double y1, double x2, double y2) {
    cairo_move_to(cairo, x1, y1);
    cairo_line_to(cairo, x2, y2);
    cairo_stroke(cairo);
}

static double x_of(const frame *frame, double time) {
    return frame->left + (time - frame->times.least) / (frame->times.most - frame->times.least) * frame->width;
}

static double y_of(const frame *frame, double value) {
    double part = (value - frame->values.least) / (frame->values.most - frame->values.least);
    return frame->top + (1 - part) * frame->height;
}

/* Half a pixel makes a line of one pixel sharp. */
static double sharp(double position) {
    return floor(position) + 0.5;
}

static color series_color(const series_set *set, size_t index) {
    return set->list[index].benchmark ? gray : palette[index % (sizeof palette / sizeof *palette)];
}

/* Cents are shown only where ticks are closer than a dollar. */
static const char *format_tick(char buffer[TEXT_NUMBER_BYTES], double value, double step) {
    text_money(buffer, step >= 1 ? round(value) : value, false);
    char *point = strchr(buffer, '.');
    if (point != NULL && step >= 1)
        *point = '\0';
    return buffer;
}

static void draw_value_axis(cairo_t *cairo, const frame *frame) {
    char text[TEXT_NUMBER_BYTES];
    const scale *values = &frame->values;
    set_font(cairo, 12, false);
    cairo_set_line_width(cairo, 1);
    for (int i = 0; i <= (int)round((values->most - values->first) / values->step); i++) {
        double value = values->first + i * values->step;
        double y = sharp(y_of(frame, value));
        double rounded = fabs(value) < values->step / 1e6 ? 0 : value;
        set_color(cairo, grid);
        draw_line(cairo, frame->left, y, frame->left + frame->width, y);
        set_color(cairo, faint);
        draw_text(cairo, frame->left - 10, y + 4, 1, format_tick(text, rounded, values->step));
    }
}

/* "28 Oct", or "28 Oct 07:00" where ticks are less than a day apart. */
static void format_date(char buffer[TEXT_NUMBER_BYTES], double time_us, bool with_time) {
    struct tm date = {0};
    time_t seconds = (time_t)floor(time_us / 1e6);
    gmtime_r(&seconds, &date);
    int length = snprintf(buffer, TEXT_NUMBER_BYTES, "%d ", date.tm_mday);
    strftime(buffer + length, TEXT_NUMBER_BYTES - (size_t)length, with_time ? "%b %H:%M" : "%b", &date);
}

static void draw_time_axis(cairo_t *cairo, const frame *frame) {
    char text[TEXT_NUMBER_BYTES];
    const scale *times = &frame->times;
    double bottom = frame->top + frame->height;
    set_font(cairo, 12, false);
    cairo_set_line_width(cairo, 1);
    for (int i = 0; i <= (int)floor((times->most - times->first) / times->step); i++) {
        double time = times->first + i * times->step;
        double x = sharp(x_of(frame, time));
        set_color(cairo, grid);
        draw_line(cairo, x, frame->top, x, bottom);
        set_color(cairo, faint);
        format_date(text, time, times->step < 24 * 3.6e9);
        draw_text(cairo, x, bottom + 19, 0.5, text);
    }
    set_color(cairo, gray);
    draw_line(cairo, frame->left, sharp(bottom), frame->left + frame->width, sharp(bottom));
}

static void draw_dots(cairo_t *cairo, const frame *frame, const series *series) {
    for (size_t i = 0; i < series->count && series->count < DOTS_BELOW; i++) {
        cairo_arc(cairo, x_of(frame, (double)series->points[i].at_us), y_of(frame, series->points[i].value), 2.6, 0,
                  2 * M_PI);
        cairo_fill(cairo);
    }
}

/* A stepped line goes on to the right edge: what was earned stays earned. */
static void draw_series(cairo_t *cairo, const frame *frame, const series *series, bool stepped) {
    static const double dashes[] = {6, 4};
    double y = 0;
    if (series->count == 0)
        return;
    for (size_t i = 0; i < series->count; i++) {
        double x = x_of(frame, (double)series->points[i].at_us);
        if (stepped && i > 0)
            cairo_line_to(cairo, x, y);
        y = y_of(frame, series->points[i].value);
        cairo_line_to(cairo, x, y);
    }
    if (stepped)
        cairo_line_to(cairo, frame->left + frame->width, y);
    cairo_set_line_width(cairo, series->benchmark ? 1.5 : 2);
    cairo_set_dash(cairo, dashes, series->benchmark ? 2 : 0, 0);
    cairo_stroke(cairo);
    cairo_set_dash(cairo, NULL, 0, 0);
    if (!stepped)
        draw_dots(cairo, frame, series);
}

static void draw_start(cairo_t *cairo, const frame *frame, const chart_panel *panel) {
    static const double dashes[] = {2, 3};
    double y = sharp(y_of(frame, panel->start));
    if (!panel->has_start)
        return;
    set_color(cairo, ink);
    cairo_set_line_width(cairo, 1);
    cairo_set_dash(cairo, dashes, 2, 0);
    draw_line(cairo, frame->left, y, frame->left + frame->width, y);
    cairo_set_dash(cairo, NULL, 0, 0);
}

static int compare_labels(const void *left, const void *right) {
    const label *a = left;
    const label *b = right;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return (a->series > b->series) - (a->series < b->series);
}

/* Moves labels apart: down from the top, then up from the bottom where they have run out of the panel. */
static void spread_labels(label *labels, size_t count, double top, double bottom) {
    for (size_t i = 0; i < count; i++) {
        double least = i == 0 ? top : labels[i - 1].y + LABEL_HEIGHT;
        labels[i].y = fmax(labels[i].y, least);
    }
    for (size_t i = count; i-- > 0;) {
        double most = i + 1 == count ? bottom : labels[i + 1].y - LABEL_HEIGHT;
        labels[i].y = fmin(labels[i].y, most);
    }
}

static void draw_label(cairo_t *cairo, const frame *frame, const series_set *set, const label *label) {
    char value[TEXT_NUMBER_BYTES];
    char name[SEASON_ID_BYTES];
    const series *series = &set->list[label->series];
    snprintf(name, sizeof name, "%.*s", (int)text_fitting_bytes(series->name, NAME_WIDTH), series->name);
    double x = frame->left + frame->width;
    double end_y = y_of(frame, series->points[series->count - 1].value);
    set_color(cairo, series_color(set, label->series));
    cairo_set_line_width(cairo, 1);
    cairo_move_to(cairo, x + 2, end_y);
    cairo_line_to(cairo, x + 14, label->y);
    cairo_stroke(cairo);
    set_font(cairo, 12, true);
    cairo_move_to(cairo, x + 18, label->y + 4);
    cairo_show_text(cairo, name);
    set_font(cairo, 12, false);
    cairo_show_text(cairo, "  ");
    cairo_show_text(cairo, format_tick(value, series->points[series->count - 1].value, 1));
}

/* Names stand where the lines end, which is easier to read than a box with colours. */
static bool draw_labels(cairo_t *cairo, const frame *frame, const series_set *set) {
    size_t count = 0;
    label *labels = calloc(set->count + 1, sizeof *labels);
    if (labels == NULL)
        return false;
    for (size_t i = 0; i < set->count; i++) {
        const series *series = &set->list[i];
        if (series->count > 0)
            labels[count++] = (label){i, y_of(frame, series->points[series->count - 1].value)};
    }
    qsort(labels, count, sizeof *labels, compare_labels);
    spread_labels(labels, count, frame->top, frame->top + frame->height);
    for (size_t i = 0; i < count; i++)
        draw_label(cairo, frame, set, &labels[i]);
    free(labels);
    return true;
}

/* The range of all points of a set; false when there is none. */
static bool find_range(const series_set *set, series_point *least, series_point *most) {
    bool any = false;
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->list[i].count; k++) {
            series_point point = set->list[i].points[k];
            least->at_us = !any || point.at_us < least->at_us ? point.at_us : least->at_us;
            most->at_us = !any || point.at_us > most->at_us ? point.at_us : most->at_us;
            least->value = any ? fmin(least->value, point.value) : point.value;
            most->value = any ? fmax(most->value, point.value) : point.value;
            any = true;
        }
    return any;
}

static bool draw_panel(cairo_t *cairo, const chart_panel *panel, double top, const scale *times) {
    series_point least = {0}, most = {0};
    frame frame = {.left = LEFT, .top = top, .width = WIDTH - LEFT - RIGHT, .height = PANEL_HEIGHT, .times = *times};
    bool any = find_range(panel->set, &least, &most);
    if (panel->has_start) {
        least.value = any ? fmin(least.value, panel->start) : panel->start;
        most.value = any ? fmax(most.value, panel->start) : panel->start;
    }
    frame.values = scale_values(least.value, most.value, 6);
    set_color(cairo, ink);
    set_font(cairo, 15, true);
    draw_text(cairo, LEFT, top - 14, 0, panel->title);
    set_color(cairo, faint);
    set_font(cairo, 13, false);
    cairo_show_text(cairo, panel->note);
    draw_value_axis(cairo, &frame);
    draw_time_axis(cairo, &frame);
    draw_start(cairo, &frame, panel);
    /* The leaders are drawn last, on top of the others. */
    for (size_t i = panel->set->count; i-- > 0;) {
        set_color(cairo, series_color(panel->set, i));
        draw_series(cairo, &frame, &panel->set->list[i], panel->stepped);
    }
    return draw_labels(cairo, &frame, panel->set);
}

static bool draw(cairo_t *cairo, const chart *chart, const scale *times) {
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    set_color(cairo, ink);
    set_font(cairo, 22, true);
    draw_text(cairo, LEFT, 38, 0, chart->title);
    set_color(cairo, faint);
    set_font(cairo, 13, false);
    draw_text(cairo, LEFT, 59, 0, chart->subtitle);
    bool drawn = draw_panel(cairo, &chart->panels[0], TOP, times);
    return draw_panel(cairo, &chart->panels[1], TOP + PANEL_HEIGHT + PANEL_GAP, times) && drawn;
}

/* Both panels share the time, so that they can be compared. */
static bool find_times(const chart *chart, scale *times) {
    series_point least[2] = {{0}}, most[2] = {{0}};
    bool first = find_range(chart->panels[0].set, &least[0], &most[0]);
    bool second = find_range(chart->panels[1].set, &least[1], &most[1]);
    if (!first && !second)
        return false;
    int a = first ? 0 : 1;
    int b = second ? 1 : 0;
    int64_t from = least[a].at_us < least[b].at_us ? least[a].at_us : least[b].at_us;
    int64_t to = most[a].at_us > most[b].at_us ? most[a].at_us : most[b].at_us;
    *times = scale_times(from, to, 9);
    return true;
}

static bool ends_in(const char *path, const char *ending) {
    size_t length = strlen(path);
    size_t wanted = strlen(ending);
    return length > wanted && strcasecmp(path + length - wanted, ending) == 0;
}

static berth_status check_path(const char *path, berth_error *error) {
    if (ends_in(path, ".png") || ends_in(path, ".svg"))
        return BERTH_OK;
    return report_fail(error, BERTH_MISUSE, "%s: expected a name that ends in .png or .svg", path);
}

berth_status chart_write(const chart *chart, const char *path, berth_error *error) {
    scale times;
    berth_status status = check_path(path, error);
    if (status != BERTH_OK)
        return status;
    if (!find_times(chart, &times))
        return report_fail(error, BERTH_DATA, "there is nothing to draw: no trade, no account totals, no inception");
    bool png = ends_in(path, ".png");
    cairo_surface_t *surface = png ? cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)WIDTH, (int)HEIGHT)
                                   : cairo_svg_surface_create(path, WIDTH, HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    bool drawn = draw(cairo, chart, &times);
    cairo_status_t problem = cairo_status(cairo);
    if (problem == CAIRO_STATUS_SUCCESS && png)
        problem = cairo_surface_write_to_png(surface, path);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    if (problem == CAIRO_STATUS_SUCCESS)
        problem = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (problem != CAIRO_STATUS_SUCCESS)
        return report_fail(error, BERTH_RESOURCE, "%s: can't be written: %s", path, cairo_status_to_string(problem));
    return drawn ? BERTH_OK : report_no_memory(error, "the chart");
}
