#include "tracker/commands.h"

#include <errno.h>
#include <string.h>

#define EXIT_FAILED 1
#define EXIT_USAGE 2

static const struct command {
    const char *name;
    unsigned bit;
    const char *operands;
    int least;
    int most; /* -1: any number. */
    berth_status (*run)(const console *console, const options *options, berth_error *error);
    const char *help;
} commands[] = {
    {"init", OPTIONS_INIT, "", 0, 0, commands_init, "make the tables that are missing"},
    {"ingest", OPTIONS_INGEST, " FILE...", 1, -1, commands_ingest,
     "load the API's JSON; - is the standard input; loading twice changes nothing"},
    {"leaderboard", OPTIONS_LEADERBOARD, "", 0, 0, commands_leaderboard, "show who leads"},
    {"trades", OPTIONS_TRADES, "", 0, 0, commands_trades, "show closed trades, the newest first"},
    {"chats", OPTIONS_CHATS, "", 0, 0, commands_chats, "show what the models said, the newest first"},
    {"chart", OPTIONS_CHART, " FILE.png|FILE.svg", 1, 1, commands_chart, "draw equity and realised profit over time"},
    {"simulate", OPTIONS_SIMULATE, " FOLDER", 1, 1, commands_simulate,
     "write an invented season as the API's JSON: the same for the same seed"},
};

static void print_usage(FILE *stream) {
    fputs("Usage: tracker COMMAND [OPTION...] [OPERAND...]\n\n"
          "Keeps a trading competition of language models in any database.\n\n",
          stream);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stream, "  %-12s %s\n", commands[i].name, commands[i].help);
    fputs("\nMore about one of them: tracker COMMAND --help\n", stream);
}

static void print_help(FILE *stream, const struct command *command) {
    fprintf(stream, "Usage: tracker %s [OPTION...]%s\n\n%s\n\n", command->name, command->operands, command->help);
    options_print(stream, command->bit);
}

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static berth_status check_operands(const struct command *command, const options *options, berth_error *error) {
    if (options->operand_count < command->least)
        return report_fail(error, BERTH_MISUSE, "%s: expected%s, found nothing", command->name, command->operands);
    if (command->most >= 0 && options->operand_count > command->most)
        return report_fail(error, BERTH_MISUSE, "%s: \"%s\" is too much", command->name,
                           options->operands[command->most]);
    return BERTH_OK;
}

static int run_command(const console *console, const struct command *command, int count, char **arguments) {
    berth_error error;
    options options;
    berth_status status = options_parse(command->bit, count, arguments, &options, &error);
    if (status == BERTH_OK && options.help) {
        print_help(console->out, command);
        return 0;
    }
    if (status == BERTH_OK)
        status = check_operands(command, &options, &error);
    if (status != BERTH_OK) {
        report_print(console->err, &error);
        return EXIT_USAGE;
    }
    status = command->run(console, &options, &error);
    if (status != BERTH_OK)
        report_print(console->err, &error);
    return status == BERTH_OK ? 0 : EXIT_FAILED;
}

/* What stays in a buffer is not written yet: a full disk is found here. */
static int finish(const console *console, int result) {
    if (fflush(console->out) == 0 && !ferror(console->out))
        return result;
    fprintf(console->err, "tracker: can't write the output: %s\n", strerror(errno));
    return EXIT_FAILED;
}

int commands_run(const console *console, int count, char **arguments) {
    if (count < 2) {
        print_usage(console->err);
        return EXIT_USAGE;
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0) {
        print_usage(console->out);
        return finish(console, 0);
    }
    if (strcmp(arguments[1], "--version") == 0) {
        fprintf(console->out, "tracker %s\n", berth_version());
        return finish(console, 0);
    }
    const struct command *command = find_command(arguments[1]);
    if (command == NULL) {
        fprintf(console->err, "tracker: there is no command \"%s\"; see tracker --help\n", arguments[1]);
        return EXIT_USAGE;
    }
    return finish(console, run_command(console, command, count - 2, arguments + 2));
}
