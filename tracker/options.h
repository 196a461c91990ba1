/* The command line. */
#ifndef TRACKER_OPTIONS_H
#define TRACKER_OPTIONS_H

#include "tracker/report.h"

/* Which command an option belongs to. */
#define OPTIONS_INIT 1u
#define OPTIONS_INGEST 2u
#define OPTIONS_LEADERBOARD 4u
#define OPTIONS_TRADES 8u
#define OPTIONS_CHATS 16u
#define OPTIONS_CHART 32u
#define OPTIONS_SIMULATE 64u

/* What was asked for. Texts are borrowed from the arguments; NULL or 0 where nothing was said. */
typedef struct options {
    const char *url;
    const char *season;
    const char *model;
    const char *symbol;
    const char *at;
    int64_t limit;
    int64_t seed;
    bool sql;
    bool full;
    bool help;
    char **operands; /* What is no option. */
    int operand_count;
} options;

/* Reads the arguments behind a command's name; moves the operands to the front of `arguments`. BERTH_MISUSE with a
 * message for what the command doesn't know. */
berth_status options_parse(unsigned command, int count, char **arguments, options *options, berth_error *error);

/* Prints the options of a command, a line each. */
void options_print(FILE *stream, unsigned command);

#endif
