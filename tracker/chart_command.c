#include "tracker/chart.h"
#include "tracker/commands.h"
#include "tracker/reading.h"
#include "tracker/text.h"

#define TITLE_BYTES (SEASON_ID_BYTES + 64)

/* What all models of the season began with, where that is known and the same for all. */
static bool find_start(berth_session *session, const season *season, double *start) {
    berth_result *rows = berth_query(session,
                                     "SELECT inception_nav FROM season_entries "
                                     "WHERE season_id = ? AND inception_nav IS NOT NULL",
                                     berth_params(season->id));
    bool known = berth_next(rows);
    bool same = known;
    *start = known ? berth_get_double(rows, 0) : 0;
    while (berth_next(rows))
        same &= berth_get_double(rows, 0) == *start;
    berth_result_close(rows);
    return same;
}

static berth_status draw(const season *season, const char *path, const series_set *equity, const series_set *profit,
                         const double *start, berth_error *error) {
    char title[TITLE_BYTES], note[TEXT_NUMBER_BYTES + 32] = "", number[TEXT_NUMBER_BYTES];
    snprintf(title, sizeof title, "%s%s", season->id, season->simulated ? " (simulated)" : "");
    if (start != NULL)
        snprintf(note, sizeof note, "   dotted: the start, %s", text_money(number, *start, false));
    const chart chart = {
        .title = title,
        .subtitle = season->simulated ? "Invented models and numbers. Times are UTC." : "Times are UTC.",
        .panels = {{.title = "Equity, $",
                    .note = note,
                    .set = equity,
                    .has_start = start != NULL,
                    .start = start != NULL ? *start : 0},
                   {.title = "Realised profit after fees, $",
                    .set = profit,
                    .stepped = true,
                    .note = "   all trades closed so far",
                    .has_start = true}},
    };
    return chart_write(&chart, path, error);
}

berth_status commands_chart(const console *console, const options *options, berth_error *error) {
    reading reading;
    standings standings = {0};
    series_set equity = {0}, profit = {0};
    double start = 0;
    bool has_start = false;
    berth_status status = reading_begin(&reading, options, error);
    if (status == BERTH_OK) {
        standings_read(reading.session, &reading.season, &standings);
        series_read_equity(reading.session, &reading.season, &standings, &equity);
        series_read_profit(reading.session, &reading.season, &standings, &profit);
        has_start = find_start(reading.session, &reading.season, &start);
    }
    status = reading_end(&reading, status, error);
    if (status == BERTH_OK)
        status = draw(&reading.season, options->operands[0], &equity, &profit, has_start ? &start : NULL, error);
    if (status == BERTH_OK)
        fprintf(console->out, "%s: the chart of %s%s\n", options->operands[0], reading.season.id,
                reading.season.simulated ? " (simulated)" : "");
    series_free(&equity);
    series_free(&profit);
    standings_free(&standings);
    return status;
}
