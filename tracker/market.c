#include "tracker/market.h"

#define FINER 10000          /* The walk is computed to this part of a price's unit. */
#define MILLION 1000000      /* Changes are in millionths. */
#define REGIME_STEPS 180     /* How long a trend lasts. */
#define MARKET_WIDE_PPM 1500 /* How far all prices move together in a step. */
#define OWN_PPM 1800         /* How far each moves by itself. */
#define TREND_PPM 220

const market_symbol market_symbols[MARKET_SYMBOLS] = {
    {"BTC", 915000000, 1}, {"ETH", 31200000, 1}, {"SOL", 1384000, 1},
    {"BNB", 8890000, 1},   {"DOGE", 1490, 100},  {"XRP", 21200, 100},
};

/* The sum of four is near enough to a bell. */
static int64_t change_ppm(random_source *random, int64_t size) {
    int64_t sum = 0;
    for (int i = 0; i < 4; i++)
        sum += random_between(random, -size, size);
    return sum / 2;
}

void market_make(market *market, random_source *random) {
    int64_t fine[MARKET_SYMBOLS];
    int64_t trend = 0;
    for (int i = 0; i < MARKET_SYMBOLS; i++)
        fine[i] = market_symbols[i].price * FINER;
    for (int step = 0; step <= MARKET_STEPS; step++) {
        if (step % REGIME_STEPS == 0)
            trend = random_between(random, -TREND_PPM, TREND_PPM);
        int64_t together = trend + change_ppm(random, MARKET_WIDE_PPM);
        for (int i = 0; i < MARKET_SYMBOLS; i++) {
            market->prices[step][i] = fine[i] / FINER;
            fine[i] += fine[i] / MILLION * (together + change_ppm(random, OWN_PPM));
        }
    }
}

int64_t market_time_us(int step) {
    return MARKET_START_US + step * MARKET_STEP_US;
}
