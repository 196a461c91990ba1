/* Invented prices. Integers throughout, so that every machine computes the same. */
#ifndef TRACKER_MARKET_H
#define TRACKER_MARKET_H

#include "tracker/random.h"

#define MARKET_SYMBOLS 6
#define MARKET_STEP_US INT64_C(600000000) /* Ten minutes. */
#define MARKET_STEPS_PER_HOUR 6
#define MARKET_DAYS 14
#define MARKET_STEPS (MARKET_DAYS * 24 * MARKET_STEPS_PER_HOUR)
#define MARKET_START_US INT64_C(1767571200000000) /* 2026-01-05 00:00:00 UTC. */
#define MARKET_PRICE_DIGITS 4                     /* Prices are in ten-thousandths of a dollar, ... */
#define MARKET_QUANTITY_DIGITS 2                  /* ... quantities in hundredths, */
#define MARKET_MONEY_DIGITS 6                     /* so that their product is in millionths, exactly. */

typedef struct market_symbol {
    const char *name;
    int64_t price; /* At the start. */
    int64_t lot;   /* Quantities are multiples of it. */
} market_symbol;

extern const market_symbol market_symbols[MARKET_SYMBOLS];

typedef struct market {
    int64_t prices[MARKET_STEPS + 1][MARKET_SYMBOLS];
} market;

void market_make(market *market, random_source *random);

int64_t market_time_us(int step);

#endif
