#include "tracker/models.h"

/* Every table that belongs to a season begins with it, so that the same answer can be loaded into two seasons. Texts
 * that are keys have a length, which MySQL asks for. What a record has beyond these columns is kept in `extra`. */
#define SEASON_COLUMN                                                                                                  \
    { .name = "season_id", .type = BERTH_TYPE_TEXT, .length = 64, .not_null = true, .primary_key = true }
#define ID_COLUMN                                                                                                      \
    { .name = "id", .type = BERTH_TYPE_TEXT, .length = 128, .not_null = true, .primary_key = true }
#define MODEL_COLUMN                                                                                                   \
    { .name = "model_id", .type = BERTH_TYPE_TEXT, .length = 64, .not_null = true }
#define EXTRA_COLUMN                                                                                                   \
    { .name = "extra", .type = BERTH_TYPE_JSON }
#define ENTRY_KEY                                                                                                      \
    BERTH_FOREIGN_KEYS({.columns = "season_id, model_id", .references = "season_entries(season_id, model_id)"})

const berth_table models_season = {
    .name = "seasons",
    .columns =
        BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_TEXT, .length = 64, .not_null = true, .primary_key = true},
                      {.name = "simulated", .type = BERTH_TYPE_BOOL, .not_null = true},
                      {.name = "seen_at", .type = BERTH_TYPE_TIMESTAMPTZ}),
};

const berth_table models_llm_model = {
    .name = "llm_models",
    .columns =
        BERTH_COLUMNS({.name = "id", .type = BERTH_TYPE_TEXT, .length = 64, .not_null = true, .primary_key = true},
                      {.name = "benchmark", .type = BERTH_TYPE_BOOL, .not_null = true}),
};

const berth_table models_season_entry = {
    .name = "season_entries",
    .columns = BERTH_COLUMNS({.name = "season_id",
                              .type = BERTH_TYPE_TEXT,
                              .length = 64,
                              .not_null = true,
                              .primary_key = true,
                              .references = "seasons(id)"},
                             {.name = "model_id",
                              .type = BERTH_TYPE_TEXT,
                              .length = 64,
                              .not_null = true,
                              .primary_key = true,
                              .references = "llm_models(id)"},
                             {.name = "inception_id", .type = BERTH_TYPE_UUID},
                             {.name = "inception_at", .type = BERTH_TYPE_TIMESTAMPTZ},
                             {.name = "inception_nav", .type = BERTH_TYPE_DOUBLE},
                             {.name = "invocations", .type = BERTH_TYPE_INT64}, EXTRA_COLUMN),
    .indexes = BERTH_INDEXES({.columns = "model_id"}),
};

const berth_table models_leaderboard_snapshot = {
    .name = "leaderboard_snapshots",
    .columns = BERTH_COLUMNS(
        SEASON_COLUMN, {.name = "source", .type = BERTH_TYPE_TEXT, .length = 16, .not_null = true, .primary_key = true},
        ID_COLUMN, MODEL_COLUMN, {.name = "taken_at", .type = BERTH_TYPE_TIMESTAMPTZ},
        {.name = "equity", .type = BERTH_TYPE_DOUBLE, .not_null = true},
        {.name = "return_pct", .type = BERTH_TYPE_DOUBLE}, {.name = "sharpe", .type = BERTH_TYPE_DOUBLE},
        {.name = "realized_pnl", .type = BERTH_TYPE_DOUBLE}, {.name = "unrealized_pnl", .type = BERTH_TYPE_DOUBLE},
        {.name = "num_trades", .type = BERTH_TYPE_INT64}, {.name = "num_wins", .type = BERTH_TYPE_INT64},
        {.name = "num_losses", .type = BERTH_TYPE_INT64}, {.name = "win_dollars", .type = BERTH_TYPE_DOUBLE},
        {.name = "lose_dollars", .type = BERTH_TYPE_DOUBLE}, {.name = "positions", .type = BERTH_TYPE_JSON},
        EXTRA_COLUMN),
    .checks = BERTH_CHECKS("source IN ('leaderboard', 'account')"),
    .foreign_keys = ENTRY_KEY,
    .indexes = BERTH_INDEXES({.columns = "season_id, model_id, taken_at"}),
};

const berth_table models_trade = {
    .name = "trades",
    .columns = BERTH_COLUMNS(
        SEASON_COLUMN, ID_COLUMN, MODEL_COLUMN,
        {.name = "symbol", .type = BERTH_TYPE_TEXT, .length = 32, .not_null = true},
        {.name = "side", .type = BERTH_TYPE_TEXT, .length = 8, .not_null = true},
        {.name = "quantity", .type = BERTH_TYPE_DOUBLE, .not_null = true},
        {.name = "leverage", .type = BERTH_TYPE_DOUBLE}, {.name = "confidence", .type = BERTH_TYPE_DOUBLE},
        {.name = "entry_time", .type = BERTH_TYPE_TIMESTAMPTZ, .not_null = true},
        {.name = "entry_price", .type = BERTH_TYPE_DOUBLE, .not_null = true},
        {.name = "entry_size", .type = BERTH_TYPE_DOUBLE}, {.name = "entry_oid", .type = BERTH_TYPE_INT64},
        {.name = "entry_tid", .type = BERTH_TYPE_INT64, .not_null = true},
        {.name = "entry_crossed", .type = BERTH_TYPE_BOOL}, {.name = "entry_commission", .type = BERTH_TYPE_DOUBLE},
        {.name = "entry_closed_pnl", .type = BERTH_TYPE_DOUBLE},
        {.name = "entry_liquidation", .type = BERTH_TYPE_DOUBLE},
        {.name = "exit_time", .type = BERTH_TYPE_TIMESTAMPTZ, .not_null = true},
        {.name = "exit_price", .type = BERTH_TYPE_DOUBLE, .not_null = true},
        {.name = "exit_size", .type = BERTH_TYPE_DOUBLE}, {.name = "exit_oid", .type = BERTH_TYPE_INT64},
        {.name = "exit_tid", .type = BERTH_TYPE_INT64, .not_null = true},
        {.name = "exit_crossed", .type = BERTH_TYPE_BOOL}, {.name = "exit_commission", .type = BERTH_TYPE_DOUBLE},
        {.name = "exit_closed_pnl", .type = BERTH_TYPE_DOUBLE}, {.name = "exit_liquidation", .type = BERTH_TYPE_DOUBLE},
        {.name = "exit_plan", .type = BERTH_TYPE_JSON},
        {.name = "total_commission", .type = BERTH_TYPE_DOUBLE, .not_null = true},
        {.name = "realized_gross_pnl", .type = BERTH_TYPE_DOUBLE, .not_null = true},
        {.name = "realized_net_pnl", .type = BERTH_TYPE_DOUBLE, .not_null = true}, EXTRA_COLUMN),
    .uniques = BERTH_UNIQUES("season_id, model_id, entry_tid, exit_tid"),
    .checks = BERTH_CHECKS("side IN ('long', 'short')"),
    .foreign_keys = ENTRY_KEY,
    .indexes = BERTH_INDEXES({.columns = "season_id, model_id, exit_time"}, {.columns = "season_id, symbol, exit_time"},
                             {.columns = "season_id, exit_time"}),
};

const berth_table models_model_chat = {
    .name = "model_chats",
    .columns =
        BERTH_COLUMNS(SEASON_COLUMN, ID_COLUMN, MODEL_COLUMN,
                      {.name = "run_id", .type = BERTH_TYPE_TEXT, .length = 64, .not_null = true},
                      {.name = "cycle_id", .type = BERTH_TYPE_INT64, .not_null = true},
                      {.name = "skill", .type = BERTH_TYPE_TEXT, .length = 64},
                      {.name = "asked_at", .type = BERTH_TYPE_TIMESTAMPTZ, .not_null = true},
                      {.name = "inserted_at", .type = BERTH_TYPE_TIMESTAMPTZ, .not_null = true},
                      {.name = "user_prompt", .type = BERTH_TYPE_TEXT, .not_null = true},
                      {.name = "llm_response", .type = BERTH_TYPE_JSON}, {.name = "cot_trace", .type = BERTH_TYPE_TEXT},
                      {.name = "cot_trace_kind", .type = BERTH_TYPE_TEXT, .length = 8},
                      {.name = "cot_trace_summary", .type = BERTH_TYPE_TEXT}, EXTRA_COLUMN),
    .uniques = BERTH_UNIQUES("season_id, model_id, run_id, cycle_id"),
    .checks = BERTH_CHECKS("cot_trace_kind IN ('text', 'json')"),
    .foreign_keys = ENTRY_KEY,
    .indexes = BERTH_INDEXES({.columns = "season_id, model_id, inserted_at"}, {.columns = "season_id, inserted_at"}),
};

const berth_schema models_schema = {.tables =
                                        BERTH_TABLES(&models_season, &models_llm_model, &models_season_entry,
                                                     &models_leaderboard_snapshot, &models_trade, &models_model_chat)};
