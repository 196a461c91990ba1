#include "tracker/records_out.h"

#include <berth/value.h>
#include <stdlib.h>

#define TIME_BYTES 64
#define ID_BYTES 128
#define CHAT_STEPS 72
#define TIME_DIGITS 6

/* "2026-01-05 07:04:56.250000" */
static const char *human_time(char buffer[TIME_BYTES], int64_t time_us) {
    berth_value value = berth_timestamp(time_us);
    berth_value_format(&value, buffer, TIME_BYTES);
    return buffer;
}

static void write_trade_ids(writer *writer, const trade_out *trade) {
    char text[ID_BYTES];
    char entry[WRITER_DECIMAL_BYTES], leave[WRITER_DECIMAL_BYTES];
    snprintf(text, sizeof text, "%s_%s", trade->model, trade->uuid);
    writer_text(writer, "id", text);
    snprintf(text, sizeof text, "%s_%s_%s_%s", writer_format(entry, trade->position.entry_time_us, TIME_DIGITS),
             trade->symbol, writer_format(leave, trade->exit_time_us, TIME_DIGITS), trade->model);
    writer_text(writer, "trade_id", text);
    writer_text(writer, "model_id", trade->model);
    writer_text(writer, "symbol", trade->symbol);
}

static void write_entry(writer *writer, const trade_out *trade) {
    char text[TIME_BYTES];
    const competition_position *position = &trade->position;
    writer_decimal(writer, "entry_time", position->entry_time_us, TIME_DIGITS);
    writer_text(writer, "entry_human_time", human_time(text, position->entry_time_us));
    writer_decimal(writer, "entry_price", position->entry_price, MARKET_PRICE_DIGITS);
    writer_decimal(writer, "entry_sz", llabs(position->quantity), MARKET_QUANTITY_DIGITS);
    writer_decimal(writer, "entry_oid", position->entry_oid, 0);
    writer_decimal(writer, "entry_tid", position->entry_tid, 0);
    writer_word(writer, "entry_crossed", "true");
    writer_decimal(writer, "entry_commission_dollars", position->entry_fee, MARKET_MONEY_DIGITS);
    writer_decimal(writer, "entry_closed_pnl", -position->entry_fee, MARKET_MONEY_DIGITS);
    writer_word(writer, "entry_liquidation", "null");
}

static void write_exit(writer *writer, const trade_out *trade) {
    char text[TIME_BYTES];
    writer_decimal(writer, "exit_time", trade->exit_time_us, TIME_DIGITS);
    writer_text(writer, "exit_human_time", human_time(text, trade->exit_time_us));
    writer_decimal(writer, "exit_price", trade->exit_price, MARKET_PRICE_DIGITS);
    writer_decimal(writer, "exit_sz", llabs(trade->position.quantity), MARKET_QUANTITY_DIGITS);
    writer_decimal(writer, "exit_oid", trade->exit_oid, 0);
    writer_decimal(writer, "exit_tid", trade->exit_tid, 0);
    writer_word(writer, "exit_crossed", trade->exit_tid % 4 == 0 ? "false" : "true");
    writer_decimal(writer, "exit_commission_dollars", trade->exit_fee, MARKET_MONEY_DIGITS);
    writer_decimal(writer, "exit_closed_pnl", trade->gross - trade->exit_fee, MARKET_MONEY_DIGITS);
    writer_word(writer, "exit_liquidation", "null");
    writer_word(writer, "exit_plan", "{}");
}

void records_out_trade(writer *writer, const trade_out *trade) {
    const char *side = trade->position.quantity < 0 ? "short" : "long";
    int64_t fees = trade->position.entry_fee + trade->exit_fee;
    writer_begin(writer, NULL);
    write_trade_ids(writer, trade);
    writer_text(writer, "side", side);
    writer_text(writer, "trade_type", side);
    writer_decimal(writer, "quantity", trade->position.quantity, MARKET_QUANTITY_DIGITS);
    writer_decimal(writer, "leverage", trade->leverage, 0);
    writer_decimal(writer, "confidence", trade->position.confidence, 2);
    write_entry(writer, trade);
    write_exit(writer, trade);
    writer_decimal(writer, "total_commission_dollars", fees, MARKET_MONEY_DIGITS);
    writer_decimal(writer, "realized_gross_pnl", trade->gross, MARKET_MONEY_DIGITS);
    writer_decimal(writer, "realized_net_pnl", trade->gross - fees, MARKET_MONEY_DIGITS);
    writer_end(writer);
}

static void write_position(writer *writer, const competition *competition, int model, int symbol, int step) {
    const competition_position *position = &competition->models[model].positions[symbol];
    int64_t price = competition->market.prices[step][symbol];
    if (position->quantity == 0)
        return;
    writer_begin(writer, market_symbols[symbol].name);
    writer_text(writer, "symbol", market_symbols[symbol].name);
    writer_decimal(writer, "quantity", position->quantity, MARKET_QUANTITY_DIGITS);
    writer_decimal(writer, "entry_price", position->entry_price, MARKET_PRICE_DIGITS);
    writer_decimal(writer, "current_price", price, MARKET_PRICE_DIGITS);
    writer_decimal(writer, "entry_time", position->entry_time_us, TIME_DIGITS);
    writer_decimal(writer, "entry_oid", position->entry_oid, 0);
    writer_decimal(writer, "leverage", competition_styles[model].leverage, 0);
    writer_decimal(writer, "confidence", position->confidence, 2);
    writer_decimal(writer, "commission", position->entry_fee, MARKET_MONEY_DIGITS);
    writer_decimal(writer, "unrealized_pnl", position->quantity * (price - position->entry_price), MARKET_MONEY_DIGITS);
    writer_end(writer);
}

static void write_totals(writer *writer, const char *model, int step, int64_t time_us, int64_t equity) {
    char id[ID_BYTES];
    snprintf(id, sizeof id, "%s_%d", model, step / MARKET_STEPS_PER_HOUR);
    writer_text(writer, "id", id);
    writer_text(writer, "model_id", model);
    writer_decimal(writer, "timestamp", time_us, TIME_DIGITS);
    writer_decimal(writer, "since_inception_hourly_marker", step / MARKET_STEPS_PER_HOUR, 0);
    writer_decimal(writer, "dollar_equity", equity, MARKET_MONEY_DIGITS);
    writer_decimal(writer, "cum_pnl_pct", competition_return(equity), 2);
}

static void write_model_totals(competition *competition, int model, int step, int64_t time_us) {
    writer *writer = &competition->files->account_totals;
    writer_begin(writer, NULL);
    write_totals(writer, competition_styles[model].name, step, time_us, competition_equity(competition, model, step));
    writer_decimal(writer, "realized_pnl", competition->models[model].realized, MARKET_MONEY_DIGITS);
    writer_decimal(writer, "total_unrealized_pnl", competition_unrealized(competition, model, step),
                   MARKET_MONEY_DIGITS);
    writer_word(writer, "sharpe_ratio", "0");
    writer_begin(writer, "positions");
    for (int symbol = 0; symbol < MARKET_SYMBOLS; symbol++)
        write_position(writer, competition, model, symbol, step);
    writer_end(writer);
    writer_end(writer);
}

static void write_benchmark_totals(competition *competition, int step, int64_t time_us) {
    writer *writer = &competition->files->account_totals;
    int64_t millionths = competition->market.prices[step][0] * 1000000 / competition->market.prices[0][0];
    int64_t equity = COMPETITION_START_MONEY / 1000000 * millionths;
    writer_begin(writer, NULL);
    write_totals(writer, RECORDS_OUT_BENCHMARK, step, time_us, equity);
    writer_decimal(writer, "realized_pnl", 0, 0);
    writer_decimal(writer, "total_unrealized_pnl", equity - COMPETITION_START_MONEY, MARKET_MONEY_DIGITS);
    writer_word(writer, "positions", "{}");
    writer_end(writer);
}

void records_out_account_totals(competition *competition, int step) {
    int64_t time_us = market_time_us(step) + random_between(&competition->random, 1, 999999);
    for (int model = 0; model < COMPETITION_MODELS; model++)
        write_model_totals(competition, model, step, time_us);
    write_benchmark_totals(competition, step, time_us);
}

/* The decisions, keyed by coin: hold what is open. */
static void write_decisions(writer *writer, const char *name, const competition *competition, int model) {
    writer_begin(writer, name);
    for (int symbol = 0; symbol < MARKET_SYMBOLS; symbol++) {
        const competition_position *position = &competition->models[model].positions[symbol];
        if (position->quantity == 0)
            continue;
        writer_begin(writer, market_symbols[symbol].name);
        writer_text(writer, "coin", market_symbols[symbol].name);
        writer_text(writer, "signal", "hold");
        writer_decimal(writer, "quantity", llabs(position->quantity), MARKET_QUANTITY_DIGITS);
        writer_decimal(writer, "leverage", competition_styles[model].leverage, 0);
        writer_decimal(writer, "confidence", position->confidence, 2);
        writer_text(writer, "justification", "");
        writer_end(writer);
    }
    writer_end(writer);
}

static void write_prompt(writer *writer, const competition *competition, int model, int step) {
    char *text = NULL;
    size_t size;
    char number[WRITER_DECIMAL_BYTES];
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return;
    fprintf(stream, "This is a simulation. It has been %d minutes since you started trading.\n\n",
            step * 60 / MARKET_STEPS_PER_HOUR);
    fputs("ALL OF THE PRICE DATA BELOW IS ORDERED: OLDEST \xE2\x86\x92 NEWEST, at 10\xE2\x80\x91minute intervals\n",
          stream);
    for (int symbol = 0; symbol < MARKET_SYMBOLS; symbol++) {
        fprintf(stream, "\n### ALL %s DATA\n\nMid prices: [", market_symbols[symbol].name);
        for (int past = step < 9 ? 0 : step - 9; past <= step; past++)
            fprintf(stream, "%s%s",
                    writer_format(number, competition->market.prices[past][symbol], MARKET_PRICE_DIGITS),
                    past == step ? "]\n" : ", ");
    }
    fprintf(stream, "\n### YOUR ACCOUNT\n\nAccount value: %s\n",
            writer_format(number, competition_equity(competition, model, step), MARKET_MONEY_DIGITS));
    if (fclose(stream) == 0)
        writer_text(writer, "user_prompt", text);
    free(text);
}

static void write_thoughts(writer *writer, const competition *competition, int model, int step) {
    char text[512];
    char number[WRITER_DECIMAL_BYTES];
    int64_t percent = competition_return(competition_equity(competition, model, step));
    const char *sign = percent < 0 ? "" : "+";
    snprintf(
        text, sizeof text,
        "**Where I stand**\n\nMy account is at %s%s %% of its start. \"Hold\" is a decision too: fees are certain, "
        "profits are not.",
        sign, writer_format(number, percent, 2));
    if (competition_styles[model].thinks_in_json)
        write_decisions(writer, "cot_trace", competition, model);
    else
        writer_text(writer, "cot_trace", text);
    snprintf(text, sizeof text, "At %s%s %% since the start; I hold what I have and wait for my exits.", sign,
             writer_format(number, percent, 2));
    writer_text(writer, "cot_trace_summary", text);
}

void records_out_chat(competition *competition, int model, int step) {
    char id[ID_BYTES];
    char number[WRITER_DECIMAL_BYTES];
    const char *name = competition_styles[model].name;
    writer *writer = &competition->files->conversations;
    if ((step + 11 * model) % CHAT_STEPS != 0)
        return;
    int64_t asked_us = market_time_us(step) + random_between(&competition->random, 1, 60000000);
    int64_t inserted_us = asked_us + random_between(&competition->random, 100000, 9000000);
    snprintf(id, sizeof id, "%s_%s", name, writer_format(number, asked_us, TIME_DIGITS));
    writer_begin(writer, NULL);
    writer_text(writer, "id", id);
    writer_text(writer, "model_id", name);
    writer_text(writer, "run_id", "simulated-1");
    writer_decimal(writer, "cycle_id", ++competition->models[model].chats, 0);
    writer_text(writer, "skill", "swing_trading");
    writer_decimal(writer, "timestamp", asked_us, TIME_DIGITS);
    writer_decimal(writer, "inserted_at", inserted_us, TIME_DIGITS);
    write_prompt(writer, competition, model, step);
    write_decisions(writer, "llm_response", competition, model);
    write_thoughts(writer, competition, model, step);
    writer_end(writer);
}

void records_out_leaderboard(const competition *competition, writer *writer) {
    for (int i = 0; i < COMPETITION_MODELS; i++) {
        const competition_model *model = &competition->models[i];
        int64_t equity = competition_equity(competition, i, MARKET_STEPS);
        writer_begin(writer, NULL);
        writer_text(writer, "id", competition_styles[i].name);
        writer_decimal(writer, "equity", equity, MARKET_MONEY_DIGITS);
        writer_decimal(writer, "return_pct", competition_return(equity), 2);
        writer_decimal(writer, "num_trades", model->wins + model->losses, 0);
        writer_decimal(writer, "num_wins", model->wins, 0);
        writer_decimal(writer, "num_losses", model->losses, 0);
        writer_decimal(writer, "win_dollars", model->won, MARKET_MONEY_DIGITS);
        writer_decimal(writer, "lose_dollars", model->lost, MARKET_MONEY_DIGITS);
        writer_word(writer, "sharpe", "0");
        writer_end(writer);
    }
}

void records_out_since_inception(competition *competition, writer *writer) {
    for (int i = 0; i <= COMPETITION_MODELS; i++) {
        char uuid[COMPETITION_UUID_BYTES];
        bool benchmark = i == COMPETITION_MODELS;
        writer_begin(writer, NULL);
        writer_text(writer, "id", competition_uuid(&competition->random, uuid));
        writer_text(writer, "model_id", benchmark ? RECORDS_OUT_BENCHMARK : competition_styles[i].name);
        writer_decimal(writer, "nav_since_inception", COMPETITION_START_MONEY, MARKET_MONEY_DIGITS);
        writer_decimal(writer, "inception_date", competition->started_us[i], TIME_DIGITS);
        writer_decimal(writer, "num_invocations", benchmark ? 0 : competition->models[i].chats, 0);
        writer_end(writer);
    }
}
