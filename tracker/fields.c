#include "tracker/fields.h"

#include <string.h>

#include "tracker/models.h"

/* The standing of the moment. Without a time of its own it is one row per model, which the next answer replaces. */
static const field leaderboard[] = {
    {NULL, "season_id", FIELD_SEASON, true},
    {NULL, "source", FIELD_SOURCE, true},
    {"id", "id", FIELD_NAME, true},
    {"id", "model_id", FIELD_NAME, true},
    {NULL, "taken_at", FIELD_TIME_GIVEN, false},
    {"equity", "equity", FIELD_NUMBER, true},
    {"return_pct", "return_pct", FIELD_NUMBER, true},
    {"sharpe", "sharpe", FIELD_NUMBER, false},
    {"num_trades", "num_trades", FIELD_INTEGER, false},
    {"num_wins", "num_wins", FIELD_INTEGER, false},
    {"num_losses", "num_losses", FIELD_INTEGER, false},
    {"win_dollars", "win_dollars", FIELD_NUMBER, false},
    {"lose_dollars", "lose_dollars", FIELD_NUMBER, false},
    {NULL, "extra", FIELD_EXTRA, false},
    {0},
};

/* What a model was worth at an hour of the season. */
static const field account_totals[] = {
    {NULL, "season_id", FIELD_SEASON, true},
    {NULL, "source", FIELD_SOURCE, true},
    {"id", "id", FIELD_NAME, true},
    {"model_id", "model_id", FIELD_NAME, true},
    {"timestamp", "taken_at", FIELD_TIME, true},
    {"dollar_equity", "equity", FIELD_NUMBER, true},
    {"cum_pnl_pct", "return_pct", FIELD_NUMBER, false},
    {"sharpe_ratio", "sharpe", FIELD_NUMBER, false},
    {"realized_pnl", "realized_pnl", FIELD_NUMBER, false},
    {"total_unrealized_pnl", "unrealized_pnl", FIELD_NUMBER, false},
    {"positions", "positions", FIELD_JSON, false},
    {NULL, "extra", FIELD_EXTRA, false},
    {0},
};

static const field since_inception[] = {
    {NULL, "season_id", FIELD_SEASON, true},
    {"model_id", "model_id", FIELD_NAME, true},
    {"id", "inception_id", FIELD_UUID, true},
    {"inception_date", "inception_at", FIELD_TIME, true},
    {"nav_since_inception", "inception_nav", FIELD_NUMBER, true},
    {"num_invocations", "invocations", FIELD_INTEGER, false},
    {NULL, "extra", FIELD_EXTRA, false},
    {0},
};

static const field trades[] = {
    {NULL, "season_id", FIELD_SEASON, true},
    {"id", "id", FIELD_NAME, true},
    {"model_id", "model_id", FIELD_NAME, true},
    {"symbol", "symbol", FIELD_NAME, true},
    {"side", "side", FIELD_SIDE, true},
    {"quantity", "quantity", FIELD_NUMBER, true},
    {"leverage", "leverage", FIELD_NUMBER, false},
    {"confidence", "confidence", FIELD_NUMBER, false},
    {"entry_time", "entry_time", FIELD_TIME, true},
    {"entry_price", "entry_price", FIELD_NUMBER, true},
    {"entry_sz", "entry_size", FIELD_NUMBER, false},
    {"entry_oid", "entry_oid", FIELD_INTEGER, false},
    {"entry_tid", "entry_tid", FIELD_INTEGER, true},
    {"entry_crossed", "entry_crossed", FIELD_BOOL, false},
    {"entry_commission_dollars", "entry_commission", FIELD_NUMBER, false},
    {"entry_closed_pnl", "entry_closed_pnl", FIELD_NUMBER, false},
    {"entry_liquidation", "entry_liquidation", FIELD_NUMBER, false},
    {"exit_time", "exit_time", FIELD_TIME, true},
    {"exit_price", "exit_price", FIELD_NUMBER, true},
    {"exit_sz", "exit_size", FIELD_NUMBER, false},
    {"exit_oid", "exit_oid", FIELD_INTEGER, false},
    {"exit_tid", "exit_tid", FIELD_INTEGER, true},
    {"exit_crossed", "exit_crossed", FIELD_BOOL, false},
    {"exit_commission_dollars", "exit_commission", FIELD_NUMBER, false},
    {"exit_closed_pnl", "exit_closed_pnl", FIELD_NUMBER, false},
    {"exit_liquidation", "exit_liquidation", FIELD_NUMBER, false},
    {"exit_plan", "exit_plan", FIELD_JSON, false},
    {"total_commission_dollars", "total_commission", FIELD_NUMBER, true},
    {"realized_gross_pnl", "realized_gross_pnl", FIELD_NUMBER, true},
    {"realized_net_pnl", "realized_net_pnl", FIELD_NUMBER, true},
    {NULL, "extra", FIELD_EXTRA, false},
    {0},
};

static const field conversations[] = {
    {NULL, "season_id", FIELD_SEASON, true},
    {"id", "id", FIELD_NAME, true},
    {"model_id", "model_id", FIELD_NAME, true},
    {"run_id", "run_id", FIELD_NAME, true},
    {"cycle_id", "cycle_id", FIELD_INTEGER, true},
    {"skill", "skill", FIELD_TEXT, false},
    {"timestamp", "asked_at", FIELD_TIME, true},
    {"inserted_at", "inserted_at", FIELD_TIME, true},
    {"user_prompt", "user_prompt", FIELD_TEXT, true},
    {"llm_response", "llm_response", FIELD_JSON, false},
    {"cot_trace", "cot_trace", FIELD_TEXT_OR_JSON, false},
    {"cot_trace", "cot_trace_kind", FIELD_KIND_OF_TEXT, false},
    {"cot_trace_summary", "cot_trace_summary", FIELD_TEXT, false},
    {NULL, "extra", FIELD_EXTRA, false},
    {0},
};

const record_kind fields_kinds[FIELDS_KIND_COUNT] = {
    {.key = "leaderboard",
     .noun = "leaderboard rows",
     .id = "id",
     .source = "leaderboard",
     .timeless = true,
     .table = &models_leaderboard_snapshot,
     .fields = leaderboard},
    {.key = "trades", .noun = "trades", .id = "id", .table = &models_trade, .fields = trades},
    {.key = "conversations", .noun = "chats", .id = "id", .table = &models_model_chat, .fields = conversations},
    {.key = "sinceInceptionValues",
     .noun = "season entries",
     .id = "model_id",
     .table = &models_season_entry,
     .fields = since_inception},
    {.key = "accountTotals",
     .noun = "account totals",
     .id = "id",
     .source = "account",
     .table = &models_leaderboard_snapshot,
     .fields = account_totals},
};

size_t fields_index(const record_kind *kind, const char *column) {
    size_t index = 0;
    while (strcmp(kind->fields[index].column, column) != 0)
        index++;
    return index;
}

size_t fields_count(const record_kind *kind) {
    size_t count = 0;
    while (kind->fields[count].column != NULL)
        count++;
    return count;
}

size_t fields_key(const record_kind *kind) {
    size_t index = 0;
    while (kind->fields[index].name == NULL || !fields_declaration(kind, &kind->fields[index])->primary_key)
        index++;
    return index;
}

const berth_table_column *fields_declaration(const record_kind *kind, const field *field) {
    const berth_table_column *declared = kind->table->columns;
    while (strcmp(declared->name, field->column) != 0)
        declared++;
    return declared;
}
