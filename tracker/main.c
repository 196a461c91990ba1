#include <unistd.h>

#include "tracker/commands.h"

int main(int count, char **arguments) {
    const console console = {.in = stdin, .out = stdout, .err = stderr, .terminal = isatty(STDERR_FILENO)};
    return commands_run(&console, count, arguments);
}
