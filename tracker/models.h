/* The tables: what a trading competition is made of. */
#ifndef TRACKER_MODELS_H
#define TRACKER_MODELS_H

#include <berth/schema.h>

extern const berth_table models_season;               /* Season: one competition. */
extern const berth_table models_llm_model;            /* LLMModel: who competes. */
extern const berth_table models_season_entry;         /* A model in a season: what it began with, and when. */
extern const berth_table models_leaderboard_snapshot; /* LeaderboardSnapshot: what a model was worth at a time. */
extern const berth_table models_trade;                /* Trade: a position that was opened and closed. */
extern const berth_table models_model_chat;           /* ModelChat: what a model was told, thought and answered. */

extern const berth_schema models_schema; /* All of them. */

#endif
