#include "tracker/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_COMMAND (~0u)
#define DATABASE (EVERY_COMMAND & ~OPTIONS_SIMULATE)
#define READING (OPTIONS_LEADERBOARD | OPTIONS_TRADES | OPTIONS_CHATS | OPTIONS_CHART)

typedef enum option_kind { OPTION_TEXT, OPTION_COUNT, OPTION_SWITCH } option_kind;

static const struct option {
    const char *name;
    const char *value;
    const char *help;
    size_t offset;
    unsigned commands;
    option_kind kind;
} known[] = {
    {"url", "URL", "the database, such as sqlite:///tracker.db; default: the environment's DATABASE_URL",
     offsetof(options, url), DATABASE, OPTION_TEXT},
    {"season", "NAME", "the season to load into; default: season-1", offsetof(options, season), OPTIONS_INGEST,
     OPTION_TEXT},
    {"season", "NAME", "the season to show; default: the only one there is", offsetof(options, season), READING,
     OPTION_TEXT},
    {"model", "NAME", "only of this model", offsetof(options, model), OPTIONS_TRADES | OPTIONS_CHATS, OPTION_TEXT},
    {"symbol", "NAME", "only of this symbol, such as BTC", offsetof(options, symbol), OPTIONS_TRADES, OPTION_TEXT},
    {"limit", "N", "show the newest N; default: 20", offsetof(options, limit), OPTIONS_TRADES | OPTIONS_CHATS,
     OPTION_COUNT},
    {"full", NULL, "show prompt, thoughts and decisions, not only the summary", offsetof(options, full), OPTIONS_CHATS,
     OPTION_SWITCH},
    {"at", "TIME", "when a leaderboard was taken, such as 2025-10-28T07:04:56Z; default: it is the current one",
     offsetof(options, at), OPTIONS_INGEST, OPTION_TEXT},
    {"sql", NULL, "print the statements instead of running them", offsetof(options, sql), OPTIONS_INIT, OPTION_SWITCH},
    {"seed", "N", "another season for every number; default: 1", offsetof(options, seed), OPTIONS_SIMULATE,
     OPTION_COUNT},
    {"help", NULL, "print this", offsetof(options, help), EVERY_COMMAND, OPTION_SWITCH},
};

static const struct option *find_option(unsigned command, const char *name, size_t length) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if ((known[i].commands & command) != 0 && strlen(known[i].name) == length &&
            memcmp(known[i].name, name, length) == 0)
            return &known[i];
    return NULL;
}

static berth_status set_count(const char *name, const char *text, int64_t *number, berth_error *error) {
    char *end;
    errno = 0;
    long long read = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || read < 1)
        return report_fail(error, BERTH_MISUSE, "--%s: expected a number from 1, found \"%s\"", name, text);
    *number = read;
    return BERTH_OK;
}

static berth_status set_option(const struct option *option, const char *value, options *options, berth_error *error) {
    void *target = (char *)options + option->offset;
    if (option->kind == OPTION_SWITCH) {
        *(bool *)target = true;
        return BERTH_OK;
    }
    if (option->kind == OPTION_COUNT)
        return set_count(option->name, value, target, error);
    if (*value == '\0')
        return report_fail(error, BERTH_MISUSE, "--%s: expected %s, found nothing", option->name, option->value);
    *(const char **)target = value;
    return BERTH_OK;
}

/* Reads the option at `*index`, which moves to its value where that is an argument of its own. */
static berth_status read_option(unsigned command, int count, char **arguments, int *index, options *options,
                                berth_error *error) {
    const char *name = arguments[*index] + 2;
    size_t length = strcspn(name, "=");
    const struct option *option = find_option(command, name, length);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (option == NULL)
        return report_fail(error, BERTH_MISUSE, "there is no option --%.*s; see --help", (int)length, name);
    if (option->kind == OPTION_SWITCH && value != NULL)
        return report_fail(error, BERTH_MISUSE, "--%s takes no value, found \"%s\"", option->name, value);
    if (option->kind != OPTION_SWITCH && value == NULL) {
        if (*index + 1 == count)
            return report_fail(error, BERTH_MISUSE, "--%s: expected %s, found nothing", option->name, option->value);
        value = arguments[++*index];
    }
    return set_option(option, value, options, error);
}

berth_status options_parse(unsigned command, int count, char **arguments, options *options, berth_error *error) {
    bool only_operands = false;
    memset(options, 0, sizeof *options);
    options->operands = arguments;
    for (int i = 0; i < count; i++) {
        char *argument = arguments[i];
        if (only_operands || argument[0] != '-' || argument[1] == '\0') {
            options->operands[options->operand_count++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            only_operands = true;
        } else if (strcmp(argument, "-h") == 0) {
            options->help = true;
        } else if (argument[1] != '-') {
            return report_fail(error, BERTH_MISUSE, "there is no option %s; see --help", argument);
        } else {
            berth_status status = read_option(command, count, arguments, &i, options, error);
            if (status != BERTH_OK)
                return status;
        }
    }
    return BERTH_OK;
}

void options_print(FILE *stream, unsigned command) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char name[32];
        if ((known[i].commands & command) == 0)
            continue;
        snprintf(name, sizeof name, "--%s %s", known[i].name, known[i].value != NULL ? known[i].value : "");
        fprintf(stream, "  %-15s %s\n", name, known[i].help);
    }
}
