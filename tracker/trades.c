#include "tracker/commands.h"
#include "tracker/filter.h"
#include "tracker/reading.h"
#include "tracker/table.h"
#include "tracker/text.h"

static const table_column columns[] = {
    {.title = "Closed (UTC)"},
    {.title = "Model"},
    {.title = "Symbol"},
    {.title = "Side"},
    {.title = "Quantity", .right = true},
    {.title = "Entry $", .right = true},
    {.title = "Exit $", .right = true},
    {.title = "Fees $", .right = true},
    {.title = "Profit $", .right = true},
};

static void add_trade(table *table, berth_result *rows) {
    char buffer[TEXT_NUMBER_BYTES];
    table_add(table, text_time(buffer, berth_get_timestamp(rows, 0)));
    for (int column = 1; column <= 3; column++)
        table_add(table, berth_get_text(rows, column));
    for (int column = 4; column <= 6; column++)
        table_add(table, text_quantity(buffer, berth_get_double(rows, column)));
    table_add(table, text_money(buffer, berth_get_double(rows, 7), false));
    table_add(table, text_money(buffer, berth_get_double(rows, 8), true));
}

/* The numbers before the id in the order make it the same on servers that sort text in other ways. */
static void read_trades(berth_session *session, const filter *filter, table *table) {
    berth_result *rows = filter_query(session, filter,
                                      "exit_time, model_id, symbol, side, quantity, entry_price, exit_price, "
                                      "total_commission, realized_net_pnl",
                                      "exit_time DESC, exit_tid DESC, entry_tid DESC, id");
    while (berth_next(rows))
        add_trade(table, rows);
    berth_result_close(rows);
}

berth_status commands_trades(const console *console, const options *options, berth_error *error) {
    reading reading;
    filter filter;
    int64_t found = 0;
    table *table = table_new(columns, sizeof columns / sizeof *columns);
    berth_status status = reading_begin(&reading, options, error);
    if (status == BERTH_OK) {
        filter = filter_make("trades", reading.season.id, options);
        found = filter_count(reading.session, &filter);
        read_trades(reading.session, &filter, table);
    }
    status = reading_end(&reading, status, error);
    if (status == BERTH_OK) {
        season_print(console->out, &reading.season, "trades");
        if (!table_print(table, console->out))
            status = report_no_memory(error, "the table");
        else
            filter_print_count(console->out, &filter, found);
    }
    table_free(table);
    return status;
}
