#include "tracker/commands.h"
#include "tracker/reading.h"
#include "tracker/standings.h"
#include "tracker/table.h"
#include "tracker/text.h"

static const table_column columns[] = {
    {.title = "#", .right = true},        {.title = "Model"},
    {.title = "Equity $", .right = true}, {.title = "Return %", .right = true},
    {.title = "Trades", .right = true},   {.title = "Realised $", .right = true},
    {.title = "Won %", .right = true},    {.title = "Fees $", .right = true},
};

#define NOTHING "-"

static const char *format_percent(char buffer[TEXT_NUMBER_BYTES], size_t part, size_t whole) {
    if (whole == 0)
        return NOTHING;
    snprintf(buffer, TEXT_NUMBER_BYTES, "%.1f", 100.0 * (double)part / (double)whole);
    return buffer;
}

static void add_standing(table *table, const standing *standing, size_t rank) {
    char buffer[TEXT_NUMBER_BYTES];
    snprintf(buffer, sizeof buffer, "%zu", rank);
    table_add(table, standing->benchmark || !standing->has_equity ? NOTHING : buffer);
    table_add(table, standing->model);
    table_add(table, standing->has_equity ? text_money(buffer, standing->equity, false) : NOTHING);
    table_add(table, standing->has_return ? text_money(buffer, standing->return_pct, true) : NOTHING);
    snprintf(buffer, sizeof buffer, "%zu", standing->trades);
    table_add(table, buffer);
    table_add(table, standing->trades > 0 ? text_money(buffer, standing->realized_pnl, true) : NOTHING);
    table_add(table, format_percent(buffer, standing->wins, standing->trades));
    table_add(table, standing->trades > 0 ? text_money(buffer, standing->fees, false) : NOTHING);
}

berth_status commands_leaderboard(const console *console, const options *options, berth_error *error) {
    reading reading;
    standings standings = {0};
    table *table = NULL;
    berth_status status = reading_begin(&reading, options, error);
    if (status == BERTH_OK)
        standings_read(reading.session, &reading.season, &standings);
    status = reading_end(&reading, status, error);
    if (status != BERTH_OK)
        goto cleanup;
    table = table_new(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < standings.count; i++)
        add_standing(table, &standings.list[i], i + 1);
    season_print(console->out, &reading.season, "leaderboard");
    if (!table_print(table, console->out))
        status = report_no_memory(error, "the table");
cleanup:
    table_free(table);
    standings_free(&standings);
    return status;
}
