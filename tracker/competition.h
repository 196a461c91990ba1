/* Six invented models that trade on the invented market, and the records that this makes. */
#ifndef TRACKER_COMPETITION_H
#define TRACKER_COMPETITION_H

#include "tracker/market.h"
#include "tracker/writer.h"

#define COMPETITION_MODELS 6
#define COMPETITION_UUID_BYTES 37

/* How a model trades. */
typedef struct competition_style {
    const char *name;
    int64_t eagerness;   /* Chance to open something, per thousand and step. */
    int64_t skill;       /* Chance to foresee the direction, per thousand. */
    int64_t short_share; /* How often it sells short where it foresees nothing, per thousand. */
    int64_t leverage;
    int64_t stake;        /* Percent of its equity behind a position. */
    int64_t longest_hold; /* Steps. */
    bool thinks_in_json;  /* `cot_trace` is an object. */
} competition_style;

extern const competition_style competition_styles[COMPETITION_MODELS];

/* An open position; quantity 0 is none. */
typedef struct competition_position {
    int64_t quantity;
    int64_t entry_price;
    int64_t entry_time_us;
    int64_t entry_oid;
    int64_t entry_tid;
    int64_t entry_fee;
    int64_t confidence; /* Hundredths. */
    int close_step;
} competition_position;

typedef struct competition_model {
    competition_position positions[MARKET_SYMBOLS];
    int64_t realized; /* Profits less all fees so far. */
    int64_t won;      /* Of the trades with a profit, of those with a loss. */
    int64_t lost;
    int wins;
    int losses;
    int chats;
} competition_model;

/* The files that records go to. */
typedef struct competition_files {
    writer trades;
    writer account_totals;
    writer conversations;
} competition_files;

typedef struct competition {
    random_source random;
    market market;
    competition_model models[COMPETITION_MODELS];
    competition_files *files;
    int64_t started_us[COMPETITION_MODELS + 1]; /* The last is the benchmark's. */
} competition;

#define COMPETITION_START_MONEY INT64_C(10000000000) /* 10,000 dollars. */

/* Runs the season from its first step to its last. */
void competition_run(competition *competition, uint64_t seed, competition_files *files);

/* What the model is worth: start + realised + unrealised. */
int64_t competition_equity(const competition *competition, int model, int step);
int64_t competition_unrealized(const competition *competition, int model, int step);

/* A UUID of version 4. */
const char *competition_uuid(random_source *random, char buffer[COMPETITION_UUID_BYTES]);

/* Percent with two digits, of the start. */
int64_t competition_return(int64_t equity);

#endif
