/* What `tracker` can do. Each command returns a status; a failure that is in `error` is for the caller to print. */
#ifndef TRACKER_COMMANDS_H
#define TRACKER_COMMANDS_H

#include "tracker/options.h"

berth_status commands_init(const console *console, const options *options, berth_error *error);
berth_status commands_ingest(const console *console, const options *options, berth_error *error);
berth_status commands_leaderboard(const console *console, const options *options, berth_error *error);
berth_status commands_trades(const console *console, const options *options, berth_error *error);
berth_status commands_chats(const console *console, const options *options, berth_error *error);
berth_status commands_chart(const console *console, const options *options, berth_error *error);
berth_status commands_simulate(const console *console, const options *options, berth_error *error);

/* The whole program: 0 when all went well, 1 on a failure, 2 on a command line that can't be understood. */
int commands_run(const console *console, int count, char **arguments);

#endif
