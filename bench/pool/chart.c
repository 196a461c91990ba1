#include "bench/pool/chart.h"

#include <cairo.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PANEL_WIDTH 300.0
#define PANEL_HEIGHT 270.0
#define LEFT 84.0 /* Of each panel: room for the numbers. */
#define RIGHT 26.0
#define TOP 138.0
#define GAP 116.0
#define BOTTOM 122.0
#define LEGEND_COLUMNS 5
#define MAX_PANELS 8
#define MOST_TICKS 8 /* Above, only powers of ten are shown. */

typedef struct color {
    double red, green, blue;
} color;

/* Told apart by people with any colour vision (after Okabe and Ito); the first is Berth's. */
static const color palette[CONTEST_MAX_SIDES] = {
    {0.00, 0.28, 0.62}, {0.40, 0.43, 0.47}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45},
    {0.80, 0.40, 0.64}, {0.55, 0.20, 0.16}, {0.76, 0.55, 0.00}, {0.25, 0.65, 0.88},
    {0.42, 0.30, 0.68}, {0.10, 0.50, 0.20}, {0.60, 0.60, 0.20}, {0.20, 0.20, 0.20},
};
static const color ink = {0.13, 0.15, 0.18};
static const color faint = {0.42, 0.45, 0.49};
static const color grid = {0.90, 0.91, 0.93};

/* What a row of panels shows. */
typedef struct row {
    const char *title;
    double (*value)(const contest *contest, int side, int cell);
    const char *units[4]; /* Each a thousand times the one before. */
} row;

/* One panel: all cells with the same hold. Both axes are logarithmic. */
typedef struct panel {
    const contest *contest;
    const row *row;
    int64_t hold_us;
    double left, top;
    int first_tick, last_tick; /* Of round_number(). */
    double least, most;        /* The same. */
    int least_threads, most_threads;
} panel;

static double checkouts_a_second(const contest *contest, int side, int cell) {
    return 1e9 / contest_median(contest, side, cell, CONTEST_CYCLE_NS);
}

static double worst_wait(const contest *contest, int side, int cell) {
    return contest_median(contest, side, cell, CONTEST_MAX_NS);
}

static const row rows[] = {
    {"Checkouts a second (more is better)", checkouts_a_second, {"", " k", " M", " G"}},
    {"Longest wait (less is better; with no hold or a busy one it is for a core, not for a connection)",
     worst_wait,
     {" ns", " us", " ms", " s"}},
};

#define ROWS ((int)(sizeof rows / sizeof *rows))

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

static double x_of(const panel *panel, int threads) {
    double span = log((double)panel->most_threads / panel->least_threads);
    double part = span > 0 ? log((double)threads / panel->least_threads) / span : 0.5;
    return panel->left + 14 + part * (PANEL_WIDTH - 28);
}

static double y_of(const panel *panel, double value) {
    double part = log(value / panel->least) / log(panel->most / panel->least);
    return panel->top + (1 - part) * PANEL_HEIGHT;
}

/* A logarithmic axis has no place for other values. */
static bool is_drawable(double value) {
    return isfinite(value) && value > 0;
}

static bool is_in(const panel *panel, int cell) {
    return panel->contest->cells[cell].hold_us == panel->hold_us;
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

/* Round numbers around all values of the panel. */
static void find_range(panel *panel) {
    const contest *contest = panel->contest;
    double least = INFINITY;
    double most = 0;
    for (int cell = 0; cell < contest->cell_count; cell++)
        for (int side = 0; side < contest->side_count && is_in(panel, cell); side++) {
            double value = panel->row->value(contest, side, cell);
            least = is_drawable(value) ? fmin(least, value) : least;
            most = is_drawable(value) ? fmax(most, value) : most;
        }
    panel->first_tick = most > 0 ? round_number_near(least, true) : 0;
    panel->last_tick = most > 0 ? round_number_near(most, false) : 3;
    if (panel->last_tick == panel->first_tick)
        panel->last_tick++;
    panel->least = round_number(panel->first_tick);
    panel->most = round_number(panel->last_tick);
}

static void find_threads(panel *panel) {
    const contest *contest = panel->contest;
    panel->least_threads = INT32_MAX;
    for (int cell = 0; cell < contest->cell_count; cell++) {
        int threads = contest->cells[cell].threads;
        panel->least_threads = threads < panel->least_threads ? threads : panel->least_threads;
        panel->most_threads = threads > panel->most_threads ? threads : panel->most_threads;
    }
}

static void format_tick(const row *row, double value, char text[CONTEST_TEXT_BYTES]) {
    int unit = 0;
    while (value >= 999.5 && unit < 3) {
        value /= 1000;
        unit++;
    }
    snprintf(text, CONTEST_TEXT_BYTES, "%g%s", value, row->units[unit]);
}

static void draw_axes(cairo_t *cairo, const panel *panel) {
    char text[CONTEST_TEXT_BYTES];
    const contest *contest = panel->contest;
    double bottom = panel->top + PANEL_HEIGHT;
    set_font(cairo, 12, false);
    cairo_set_line_width(cairo, 1);
    for (int tick = panel->first_tick; tick <= panel->last_tick; tick++) {
        double value = round_number(tick);
        double y = sharp(y_of(panel, value));
        if (panel->last_tick - panel->first_tick > MOST_TICKS && tick % 3 != 0)
            continue;
        set_color(cairo, grid);
        draw_line(cairo, panel->left, y, panel->left + PANEL_WIDTH, y);
        format_tick(panel->row, value, text);
        set_color(cairo, faint);
        draw_text(cairo, panel->left - 8, y + 4, 1, text);
    }
    for (int cell = 0; cell < contest->cell_count; cell++) {
        double x = sharp(x_of(panel, contest->cells[cell].threads));
        if (!is_in(panel, cell))
            continue;
        set_color(cairo, grid);
        draw_line(cairo, x, panel->top, x, bottom);
        snprintf(text, sizeof text, "%d", contest->cells[cell].threads);
        set_color(cairo, faint);
        draw_text(cairo, x, bottom + 18, 0.5, text);
    }
    draw_text(cairo, panel->left + PANEL_WIDTH / 2, bottom + 36, 0.5, "threads");
    draw_line(cairo, panel->left, sharp(bottom), panel->left + PANEL_WIDTH, sharp(bottom));
}

/* Berth's is a circle, the others' have three to five corners. */
static void draw_marker(cairo_t *cairo, int side, double x, double y) {
    double radius = side == CONTEST_BERTH ? 5 : 4.5;
    int corners = side == CONTEST_BERTH ? 24 : 3 + side % 3;
    double turn = side % 2 == 0 ? M_PI / 2 : M_PI / 2 + M_PI / corners;
    cairo_new_path(cairo);
    for (int i = 0; i < corners; i++)
        cairo_line_to(cairo, x + radius * cos(turn + 2 * M_PI * i / corners),
                      y - radius * sin(turn + 2 * M_PI * i / corners));
    cairo_close_path(cairo);
    cairo_fill_preserve(cairo);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
    set_color(cairo, palette[side]);
}

static void draw_side(cairo_t *cairo, const panel *panel, int side) {
    const contest *contest = panel->contest;
    set_color(cairo, palette[side]);
    cairo_set_line_width(cairo, side == CONTEST_BERTH ? 3 : 1.4);
    for (int cell = 0; cell < contest->cell_count; cell++) {
        double value = panel->row->value(contest, side, cell);
        if (is_in(panel, cell) && is_drawable(value))
            cairo_line_to(cairo, x_of(panel, contest->cells[cell].threads), y_of(panel, value));
    }
    cairo_stroke(cairo);
    for (int cell = 0; cell < contest->cell_count; cell++) {
        double value = panel->row->value(contest, side, cell);
        if (is_in(panel, cell) && is_drawable(value))
            draw_marker(cairo, side, x_of(panel, contest->cells[cell].threads), y_of(panel, value));
    }
}

static void draw_panel(cairo_t *cairo, const panel *panel) {
    char hold[CONTEST_TEXT_BYTES];
    char title[CONTEST_TEXT_BYTES * 2];
    contest_name_hold(panel->hold_us, hold);
    snprintf(title, sizeof title, "%s%s", hold,
             panel->hold_us > PROTOCOL_BUSY_UP_TO_US ? ", asleep"
             : panel->hold_us > 0                    ? ", busy"
                                                     : "");
    set_color(cairo, ink);
    set_font(cairo, 13, true);
    draw_text(cairo, panel->left + PANEL_WIDTH / 2, panel->top - 12, 0.5, title);
    draw_axes(cairo, panel);
    /* Berth on top of the others. */
    for (int side = panel->contest->side_count; side-- > 0;)
        draw_side(cairo, panel, side);
}

static void draw_legend(cairo_t *cairo, const contest *contest, double top, double width) {
    for (int side = 0; side < contest->side_count; side++) {
        double x = LEFT + (side % LEGEND_COLUMNS) * (width - LEFT - RIGHT) / LEGEND_COLUMNS;
        int line = side / LEGEND_COLUMNS;
        double y = top + line * 24;
        set_color(cairo, palette[side]);
        cairo_set_line_width(cairo, side == CONTEST_BERTH ? 3 : 1.4);
        draw_line(cairo, x, y, x + 34, y);
        draw_marker(cairo, side, x + 17, y);
        set_color(cairo, ink);
        set_font(cairo, 13, side == CONTEST_BERTH);
        draw_text(cairo, x + 42, y + 4.5, 0, contest->sides[side].name);
    }
}

static void draw_head(cairo_t *cairo, const contest *contest) {
    char machine[CONTEST_TEXT_BYTES * 4];
    char text[CONTEST_TEXT_BYTES * 5];
    bench_describe_machine(machine, sizeof machine);
    snprintf(text, sizeof text, "%d connections; median of %d round%s; %s", PROTOCOL_CONNECTIONS, contest->rounds,
             contest->rounds == 1 ? "" : "s", machine);
    set_color(cairo, ink);
    set_font(cairo, 22, true);
    draw_text(cairo, LEFT, 36, 0, "Pools of connections: taking one and giving it back");
    set_color(cairo, faint);
    set_font(cairo, 13, false);
    draw_text(cairo, LEFT, 58, 0, text);
}

/* The holds of the cells, each once. */
static int find_holds(const contest *contest, int64_t holds_us[MAX_PANELS]) {
    int count = 0;
    for (int cell = 0; cell < contest->cell_count; cell++)
        if (count == 0 || holds_us[count - 1] != contest->cells[cell].hold_us)
            holds_us[count++] = contest->cells[cell].hold_us;
    return count;
}

static void draw_row(cairo_t *cairo, const contest *contest, int index, const int64_t *holds_us, int count) {
    panel panel = {.contest = contest, .row = &rows[index]};
    panel.top = TOP + index * (PANEL_HEIGHT + GAP);
    find_threads(&panel);
    for (int i = 0; i < count; i++) {
        panel.hold_us = holds_us[i];
        panel.left = LEFT + i * (PANEL_WIDTH + LEFT + RIGHT - 20);
        find_range(&panel);
        if (i == 0) {
            set_color(cairo, ink);
            set_font(cairo, 15, true);
            draw_text(cairo, LEFT, panel.top - 36, 0, panel.row->title);
        }
        draw_panel(cairo, &panel);
    }
}

void chart_write(const contest *contest, const char *path) {
    int64_t holds_us[MAX_PANELS];
    int count = find_holds(contest, holds_us);
    double width = LEFT + count * (PANEL_WIDTH + LEFT + RIGHT - 20) - LEFT + 20;
    double height = TOP + ROWS * (PANEL_HEIGHT + GAP) - GAP + BOTTOM;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    draw_head(cairo, contest);
    for (int i = 0; i < ROWS; i++)
        draw_row(cairo, contest, i, holds_us, count);
    draw_legend(cairo, contest, height - BOTTOM + 70, width);
    cairo_status_t problem = cairo_status(cairo);
    if (problem == CAIRO_STATUS_SUCCESS)
        problem = cairo_surface_write_to_png(surface, path);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    if (problem != CAIRO_STATUS_SUCCESS)
        bench_die("%s can't be written: %s", path, cairo_status_to_string(problem));
}
