#include "tracker/competition.h"

#include <string.h>

#include "tracker/records_out.h"

#define MOST_POSITIONS 4
#define FEE_PER_100000 45             /* Of what is traded. */
#define STOP_PERCENT 40               /* Of the stake: a loss that ends a position. */
#define POOREST (INT64_C(1000000000)) /* With less nobody opens anything. */
#define SECOND_US INT64_C(1000000)
#define MILLISECOND_US INT64_C(1000)

const competition_style competition_styles[COMPETITION_MODELS] = {
    {"alpha", 14, 380, 150, 10, 15, 300, false}, {"bravo", 80, 60, 500, 10, 12, 24, false},
    {"charlie", 9, 300, 150, 20, 18, 200, true}, {"delta", 12, 150, 300, 5, 12, 400, false},
    {"echo", 14, 60, 900, 10, 15, 140, true},    {"foxtrot", 24, 0, 400, 15, 14, 90, false},
};

const char *competition_uuid(random_source *random, char buffer[COMPETITION_UUID_BYTES]) {
    uint64_t high = random_next(random);
    uint64_t low = random_next(random);
    snprintf(buffer, COMPETITION_UUID_BYTES, "%08llx-%04llx-4%03llx-%04llx-%012llx", (unsigned long long)(high >> 32),
             (unsigned long long)(high >> 16 & 0xFFFF), (unsigned long long)(high & 0xFFF),
             (unsigned long long)((low >> 48 & 0x3FFF) | 0x8000), (unsigned long long)(low & 0xFFFFFFFFFFFF));
    return buffer;
}

int64_t competition_return(int64_t equity) {
    return (equity - COMPETITION_START_MONEY) / (COMPETITION_START_MONEY / 10000);
}

int64_t competition_unrealized(const competition *competition, int model, int step) {
    int64_t sum = 0;
    for (int i = 0; i < MARKET_SYMBOLS; i++) {
        const competition_position *position = &competition->models[model].positions[i];
        sum += position->quantity * (competition->market.prices[step][i] - position->entry_price);
    }
    return sum;
}

int64_t competition_equity(const competition *competition, int model, int step) {
    return COMPETITION_START_MONEY + competition->models[model].realized +
           competition_unrealized(competition, model, step);
}

static int64_t fee_of(int64_t quantity, int64_t price) {
    int64_t value = quantity * price;
    return (value < 0 ? -value : value) * FEE_PER_100000 / 100000;
}

/* A time within a step, behind its first seconds, in which the account totals are taken. */
static int64_t time_within(random_source *random, int step) {
    return market_time_us(step) + 2 * SECOND_US +
           random_between(random, 0, (MARKET_STEP_US - 3 * SECOND_US) / MILLISECOND_US) * MILLISECOND_US;
}

static int64_t order_number(random_source *random) {
    return random_between(random, INT64_C(200000000000), INT64_C(299999999999));
}

static int64_t trade_number(random_source *random) {
    return (int64_t)(random_next(random) >> 14);
}

static void close_position(competition *competition, int model, int symbol, int step) {
    competition_model *owner = &competition->models[model];
    competition_position *position = &owner->positions[symbol];
    random_source *random = &competition->random;
    trade_out trade = {
        .model = competition_styles[model].name,
        .symbol = market_symbols[symbol].name,
        .position = *position,
        .leverage = competition_styles[model].leverage,
        .exit_price = competition->market.prices[step][symbol],
        .exit_time_us = time_within(random, step),
        .exit_oid = order_number(random),
        .exit_tid = trade_number(random),
    };
    trade.exit_fee = fee_of(position->quantity, trade.exit_price);
    trade.gross = position->quantity * (trade.exit_price - position->entry_price);
    competition_uuid(random, trade.uuid);
    records_out_trade(&competition->files->trades, &trade);
    int64_t net = trade.gross - position->entry_fee - trade.exit_fee;
    owner->realized += trade.gross - trade.exit_fee;
    *(net > 0 ? &owner->won : &owner->lost) += net;
    *(net > 0 ? &owner->wins : &owner->losses) += 1;
    memset(position, 0, sizeof *position);
}

/* Which way to go: with skill the way that the price will have gone when the position is closed. */
static int64_t choose_direction(competition *competition, int model, int symbol, int step, int close_step) {
    const competition_style *style = &competition_styles[model];
    const market *market = &competition->market;
    if (random_between(&competition->random, 0, 999) < style->skill)
        return market->prices[close_step][symbol] >= market->prices[step][symbol] ? 1 : -1;
    return random_between(&competition->random, 0, 999) < style->short_share ? -1 : 1;
}

static void open_position(competition *competition, int model, int symbol, int step) {
    const competition_style *style = &competition_styles[model];
    random_source *random = &competition->random;
    int64_t price = competition->market.prices[step][symbol];
    int64_t money = competition_equity(competition, model, step) / 100 * style->stake * style->leverage;
    int64_t size = money / price / market_symbols[symbol].lot * market_symbols[symbol].lot;
    int hold = (int)random_between(random, style->longest_hold / 4, style->longest_hold);
    int close_step = step + hold < MARKET_STEPS ? step + hold : MARKET_STEPS;
    if (size == 0)
        return;
    competition_position position = {
        .quantity = size * choose_direction(competition, model, symbol, step, close_step),
        .entry_price = price,
        .entry_time_us = time_within(random, step),
        .entry_oid = order_number(random),
        .entry_tid = trade_number(random),
        .entry_fee = fee_of(size, price),
        .confidence = random_between(random, 55, 90),
        .close_step = step + hold,
    };
    competition->models[model].positions[symbol] = position;
    competition->models[model].realized -= position.entry_fee;
}

static bool is_due(const competition *competition, int model, int symbol, int step) {
    const competition_style *style = &competition_styles[model];
    const competition_position *position = &competition->models[model].positions[symbol];
    int64_t profit = position->quantity * (competition->market.prices[step][symbol] - position->entry_price);
    int64_t value = position->quantity * position->entry_price;
    int64_t stake = (value < 0 ? -value : value) / style->leverage;
    return step >= position->close_step || -profit > stake / 100 * STOP_PERCENT;
}

static void trade(competition *competition, int model, int step) {
    competition_model *trader = &competition->models[model];
    int open = 0;
    for (int i = 0; i < MARKET_SYMBOLS; i++) {
        if (trader->positions[i].quantity != 0 && is_due(competition, model, i, step))
            close_position(competition, model, i, step);
        open += trader->positions[i].quantity != 0;
    }
    int symbol = (int)random_between(&competition->random, 0, MARKET_SYMBOLS - 1);
    bool wants = random_between(&competition->random, 0, 999) < competition_styles[model].eagerness;
    if (wants && open < MOST_POSITIONS && trader->positions[symbol].quantity == 0 &&
        competition_equity(competition, model, step) > POOREST)
        open_position(competition, model, symbol, step);
}

void competition_run(competition *competition, uint64_t seed, competition_files *files) {
    memset(competition, 0, sizeof *competition);
    competition->random.state = seed;
    competition->files = files;
    market_make(&competition->market, &competition->random);
    for (int model = 0; model <= COMPETITION_MODELS; model++)
        competition->started_us[model] = MARKET_START_US - random_between(&competition->random, 1, 900 * SECOND_US);
    for (int step = 0; step <= MARKET_STEPS; step++) {
        if (step % MARKET_STEPS_PER_HOUR == 0)
            records_out_account_totals(competition, step);
        for (int model = 0; model < COMPETITION_MODELS && step < MARKET_STEPS; model++) {
            trade(competition, model, step);
            records_out_chat(competition, model, step);
        }
    }
}
