#include "bench/chart.h"

#include "bench/bench_common.h"

#include <cairo.h>
#include <math.h>
#include <stdio.h>

#define PANEL_WIDTH 300.0
#define PANEL_HEIGHT 270.0
#define MARGIN 14.0 /* Left and right of the points. */
#define LEFT 84.0   /* Of each panel: room for the numbers. */
#define RIGHT 26.0
#define TOP 138.0
#define GAP 116.0
#define BOTTOM 122.0
#define MOST_TICKS 8        /* Above, only powers of ten are shown. */
#define MOST_LINEAR_TICKS 6 /* Beside 0. */
#define TICK_BYTES 32

typedef struct color {
    double red, green, blue;
} color;

/* Told apart by people with any colour vision (after Okabe and Ito); the first is Berth's. */
static const color palette[CHART_MAX_LINES] = {
    {0.00, 0.28, 0.62}, {0.40, 0.43, 0.47}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45},
    {0.80, 0.40, 0.64}, {0.55, 0.20, 0.16}, {0.76, 0.55, 0.00}, {0.25, 0.65, 0.88},
    {0.42, 0.30, 0.68}, {0.10, 0.50, 0.20}, {0.60, 0.60, 0.20}, {0.20, 0.20, 0.20},
};
static const color ink = {0.13, 0.15, 0.18};
static const color faint = {0.42, 0.45, 0.49};
static const color grid = {0.90, 0.91, 0.93};

/* Where the values of a panel are. */
typedef struct frame {
    const chart *chart;
    const chart_row *row;
    const chart_panel *panel;
    double left, top;
    chart_point least, most;   /* Of the axes. */
    int first_tick, last_tick; /* Of round_number(); of a linear axis multiples of `step`. */
    double step;
} frame;

/* ---- Drawing. ---- */

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

/* Half a pixel makes a line of one pixel sharp. */
static double sharp(double position) {
    return floor(position) + 0.5;
}

/* ---- Scales. ---- */

/* How far a value is from the least to the most. */
static double part_of(const frame *frame, double value, double least, double most) {
    if (frame->chart->is_linear)
        return most > least ? (value - least) / (most - least) : 0.5;
    return most > least ? log(value / least) / log(most / least) : 0.5;
}

static double x_of(const frame *frame, double value) {
    return frame->left + MARGIN + part_of(frame, value, frame->least.x, frame->most.x) * (PANEL_WIDTH - 2 * MARGIN);
}

static double y_of(const frame *frame, double value) {
    return frame->top + (1 - part_of(frame, value, frame->least.y, frame->most.y)) * PANEL_HEIGHT;
}

/* The numbers that are 1, 2 or 5 times a power of ten: number 0 is 1, number 1 is 2, number -1 is 0.5. */
static double round_number(int number) {
    static const double steps[] = {1, 2, 5};
    int power = (int)floor(number / 3.0);
    return steps[number - 3 * power] * pow(10, power);
}

/* The greatest of them that is not above, or the least that is not below. */
static int round_number_near(double value, bool below) {
    int number = 3 * (int)floor(log10(value)) - 1;
    while (round_number(number + 1) <= value * (1 + 1e-9))
        number++;
    return below || round_number(number) >= value * (1 - 1e-9) ? number : number + 1;
}

static void find_linear_ticks(frame *frame, double most) {
    frame->step = round_number(round_number_near(most / MOST_LINEAR_TICKS, false));
    frame->first_tick = 0;
    frame->last_tick = (int)ceil(most / frame->step - 1e-9);
}

static void find_logarithmic_ticks(frame *frame, double least, double most) {
    frame->first_tick = most > 0 ? round_number_near(least, true) : 0;
    frame->last_tick = most > 0 ? round_number_near(most, false) : 3;
    if (frame->last_tick == frame->first_tick)
        frame->last_tick++;
}

static double tick_value(const frame *frame, int tick) {
    return frame->chart->is_linear ? tick * frame->step : round_number(tick);
}

/* Round numbers around all values of the panel. */
static void find_values(frame *frame) {
    double least = INFINITY;
    double most = 0;
    for (int line = 0; line < frame->chart->line_count; line++)
        for (int i = 0; i < frame->panel->counts[line]; i++) {
            least = fmin(least, frame->panel->points[line][i].y);
            most = fmax(most, frame->panel->points[line][i].y);
        }
    if (frame->chart->is_linear)
        find_linear_ticks(frame, most > 0 ? most : 1);
    else
        find_logarithmic_ticks(frame, least, most);
    frame->least.y = tick_value(frame, frame->first_tick);
    frame->most.y = tick_value(frame, frame->last_tick);
}

/* All panels have the same steps. */
static void find_steps(frame *frame) {
    const chart *chart = frame->chart;
    frame->least.x = INFINITY;
    frame->most.x = 0;
    for (int row = 0; row < chart->row_count; row++)
        for (int panel = 0; panel < chart->panel_count; panel++)
            for (int line = 0; line < chart->line_count; line++)
                for (int i = 0; i < chart->rows[row].panels[panel].counts[line]; i++) {
                    double x = chart->rows[row].panels[panel].points[line][i].x;
                    frame->least.x = fmin(frame->least.x, x);
                    frame->most.x = fmax(frame->most.x, x);
                }
}

/* ---- A panel. ---- */

static void format_tick(const char *const units[4], double value, char text[TICK_BYTES]) {
    int unit = 0;
    while (value >= 999.5 && unit < 3) {
        value /= 1000;
        unit++;
    }
    snprintf(text, TICK_BYTES, "%g%s", value, value > 0 ? units[unit] : "");
}

static void draw_values(cairo_t *cairo, const frame *frame) {
    char text[TICK_BYTES];
    bool only_powers = !frame->chart->is_linear && frame->last_tick - frame->first_tick > MOST_TICKS;
    for (int tick = frame->first_tick; tick <= frame->last_tick; tick++) {
        double value = tick_value(frame, tick);
        double y = sharp(y_of(frame, value));
        if (only_powers && tick % 3 != 0)
            continue;
        set_color(cairo, grid);
        draw_line(cairo, frame->left, y, frame->left + PANEL_WIDTH, y);
        format_tick(frame->row->units, value, text);
        set_color(cairo, faint);
        draw_text(cairo, frame->left - 8, y + 4, 1, text);
    }
}

/* Whether an earlier line has a point there too. */
static bool is_drawn(const chart_panel *panel, int line, double x) {
    for (int other = 0; other < line; other++)
        for (int i = 0; i < panel->counts[other]; i++)
            if (panel->points[other][i].x == x)
                return true;
    return false;
}

static void draw_step(cairo_t *cairo, const frame *frame, double value) {
    static const char *const units[4] = {"", " k", " M", " G"};
    char text[TICK_BYTES];
    double bottom = frame->top + PANEL_HEIGHT;
    double x = sharp(x_of(frame, value));
    set_color(cairo, grid);
    draw_line(cairo, x, frame->top, x, bottom);
    format_tick(units, value, text);
    set_color(cairo, faint);
    draw_text(cairo, x, bottom + 18, 0.5, text);
}

static void draw_axes(cairo_t *cairo, const frame *frame) {
    const chart_panel *panel = frame->panel;
    double bottom = frame->top + PANEL_HEIGHT;
    set_font(cairo, 12, false);
    cairo_set_line_width(cairo, 1);
    draw_values(cairo, frame);
    for (int line = 0; line < frame->chart->line_count; line++)
        for (int i = 0; i < panel->counts[line]; i++)
            if (!is_drawn(panel, line, panel->points[line][i].x))
                draw_step(cairo, frame, panel->points[line][i].x);
    set_color(cairo, faint);
    draw_text(cairo, frame->left + PANEL_WIDTH / 2, bottom + 36, 0.5, frame->chart->x_name);
    draw_line(cairo, frame->left, sharp(bottom), frame->left + PANEL_WIDTH, sharp(bottom));
}

/* Berth's is a circle, the others' have three to five corners. */
static void draw_marker(cairo_t *cairo, int line, double x, double y) {
    double radius = line == 0 ? 5 : 4.5;
    int corners = line == 0 ? 24 : 3 + line % 3;
    double turn = line % 2 == 0 ? M_PI / 2 : M_PI / 2 + M_PI / corners;
    cairo_new_path(cairo);
    for (int i = 0; i < corners; i++)
        cairo_line_to(cairo, x + radius * cos(turn + 2 * M_PI * i / corners),
                      y - radius * sin(turn + 2 * M_PI * i / corners));
    cairo_close_path(cairo);
    cairo_fill_preserve(cairo);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
    set_color(cairo, palette[line]);
}

static void draw_points(cairo_t *cairo, const frame *frame, int line) {
    const chart_point *points = frame->panel->points[line];
    int count = frame->panel->counts[line];
    set_color(cairo, palette[line]);
    cairo_set_line_width(cairo, line == 0 ? 3 : 1.4);
    for (int i = 0; i < count; i++)
        cairo_line_to(cairo, x_of(frame, points[i].x), y_of(frame, points[i].y));
    cairo_stroke(cairo);
    for (int i = 0; i < count; i++)
        draw_marker(cairo, line, x_of(frame, points[i].x), y_of(frame, points[i].y));
}

static void draw_panel(cairo_t *cairo, const frame *frame) {
    set_color(cairo, ink);
    set_font(cairo, 13, true);
    draw_text(cairo, frame->left + PANEL_WIDTH / 2, frame->top - 12, 0.5, frame->panel->title);
    draw_axes(cairo, frame);
    /* Berth on top of the others. */
    for (int line = frame->chart->line_count; line-- > 0;)
        draw_points(cairo, frame, line);
}

/* ---- All of it. ---- */

static void draw_legend(cairo_t *cairo, const chart *chart, double top, double width) {
    int columns = chart->panel_count + 1;
    for (int line = 0; line < chart->line_count; line++) {
        double x = LEFT + (line % columns) * (width - LEFT - RIGHT) / columns;
        double y = top + line / columns * 24;
        set_color(cairo, palette[line]);
        cairo_set_line_width(cairo, line == 0 ? 3 : 1.4);
        draw_line(cairo, x, y, x + 34, y);
        draw_marker(cairo, line, x + 17, y);
        set_color(cairo, ink);
        set_font(cairo, 13, line == 0);
        draw_text(cairo, x + 42, y + 4.5, 0, chart->lines[line]);
    }
}

static void draw_head(cairo_t *cairo, const chart *chart) {
    char machine[1024];
    char text[1280];
    bench_describe_machine(machine, sizeof machine);
    snprintf(text, sizeof text, "%s; %s", chart->note, machine);
    set_color(cairo, ink);
    set_font(cairo, 22, true);
    draw_text(cairo, LEFT, 36, 0, chart->title);
    set_color(cairo, faint);
    set_font(cairo, 13, false);
    draw_text(cairo, LEFT, 58, 0, text);
}

static void draw_row(cairo_t *cairo, const chart *chart, int index) {
    frame frame = {.chart = chart, .row = &chart->rows[index], .top = TOP + index * (PANEL_HEIGHT + GAP)};
    find_steps(&frame);
    set_color(cairo, ink);
    set_font(cairo, 15, true);
    draw_text(cairo, LEFT, frame.top - 36, 0, frame.row->title);
    for (int i = 0; i < chart->panel_count; i++) {
        frame.panel = &frame.row->panels[i];
        frame.left = LEFT + i * (PANEL_WIDTH + LEFT + RIGHT - 20);
        find_values(&frame);
        draw_panel(cairo, &frame);
    }
}

void chart_add(chart *chart, int row, int panel, int line, double x, double y) {
    chart_panel *in = &chart->rows[row].panels[panel];
    /* A logarithmic axis begins above 0. */
    bool has_place = isfinite(y) && (chart->is_linear ? y >= 0 : x > 0 && y > 0);
    if (has_place && in->counts[line] < CHART_MAX_POINTS)
        in->points[line][in->counts[line]++] = (chart_point){x, y};
}

void chart_write(const chart *chart, const char *path) {
    double width = chart->panel_count * (PANEL_WIDTH + LEFT + RIGHT - 20) + 20;
    double height = TOP + chart->row_count * (PANEL_HEIGHT + GAP) - GAP + BOTTOM;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    draw_head(cairo, chart);
    for (int i = 0; i < chart->row_count; i++)
        draw_row(cairo, chart, i);
    draw_legend(cairo, chart, height - BOTTOM + 70, width);
    cairo_status_t problem = cairo_status(cairo);
    if (problem == CAIRO_STATUS_SUCCESS)
        problem = cairo_surface_write_to_png(surface, path);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    if (problem != CAIRO_STATUS_SUCCESS)
        bench_die("%s can't be written: %s", path, cairo_status_to_string(problem));
}
