/* The program `berth`: finds the command, and ends with its status. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/load.h"
#include "tools/report.h"

static const struct command {
    const char *name;
    int operands;
    int (*run)(char **operands);
    const char *usage;
    const char *help;
} commands[] = {
    {"load", 3, load_run, "load URL TABLE FILE.csv",
     "load a CSV file into a table, all of it or nothing; - is the standard input"},
};

static void print_usage(FILE *stream) {
    fputs("Usage: berth COMMAND OPERAND...\n\nWorks on any database that Berth has a driver for.\n\n", stream);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stream, "  berth %s\n      %s\n", commands[i].usage, commands[i].help);
    fputs("\n  berth --help, berth --version\n", stream);
}

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int run_command(int count, char **arguments) {
    const struct command *command = find_command(arguments[0]);
    if (command == NULL) {
        report("there is no command \"%s\"; see berth --help", arguments[0]);
        return EXIT_USAGE;
    }
    if (count - 1 != command->operands) {
        report("%s: expected %d operands, found %d: berth %s", command->name, command->operands, count - 1,
               command->usage);
        return EXIT_USAGE;
    }
    return command->run(arguments + 1);
}

static int run(int count, char **arguments) {
    if (count < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    const char *last = arguments[count - 1];
    if (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(arguments[1], "--version") == 0) {
        printf("berth %s\n", berth_version());
        return 0;
    }
    return run_command(count - 1, arguments + 1);
}

/* What stays in a buffer is not written yet: a full disk is found here. */
int main(int count, char **arguments) {
    int result = run(count, arguments);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return result;
    report("can't write the output: %s", strerror(errno));
    return EXIT_FAILED;
}
