#include "bench/pool/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000

extern char **environ;

static void open_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0)
        bench_die("no pipe: %s", strerror(errno));
}

/* One line; none of them is sent in parts. */
static void read_line(child *child, const contest_side *side, int64_t patience_ms, char line[PROTOCOL_LINE_BYTES]) {
    struct pollfd ready = {.fd = fileno(child->output), .events = POLLIN};
    int found = 0;
    while ((found = poll(&ready, 1, (int)patience_ms)) < 0 && errno == EINTR)
        continue;
    if (found == 0) {
        kill(child->process, SIGKILL);
        bench_die("%s does not answer", side->name);
    }
    if (fgets(line, PROTOCOL_LINE_BYTES, child->output) == NULL)
        bench_die("%s ended before its time", side->name);
}

void child_start(child *child, const char *const *command, contest_side *side) {
    int to[2];
    int from[2];
    char line[PROTOCOL_LINE_BYTES];
    posix_spawn_file_actions_t actions;
    open_pipe(to);
    open_pipe(from);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    int code = posix_spawnp(&child->process, command[0], &actions, NULL, (char *const *)command, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0)
        bench_die("%s can't be started: %s", command[0], strerror(code));
    close(to[0]);
    close(from[1]);
    child->input = fdopen(to[1], "w");
    child->output = fdopen(from[0], "r");
    snprintf(side->name, sizeof side->name, "%s", command[0]);
    read_line(child, side, PATIENCE_MS, line);
    if (sscanf(line, "%255[^\t]\t%255[^\n]", side->name, side->note) != 2)
        bench_die("%s: not understood: %s", command[0], line);
}

void child_run_cell(child *child, const contest_side *side, const protocol_cell *cell, protocol_outcome *outcome) {
    char line[PROTOCOL_LINE_BYTES];
    protocol_write_cell(line, cell);
    if (fputs(line, child->input) == EOF || fflush(child->input) == EOF)
        bench_die("%s ended before its time", side->name);
    read_line(child, side, cell->duration_us / 1000 + PATIENCE_MS, line);
    if (!protocol_read_outcome(line, side->name, outcome))
        bench_die("%s: not understood: %s", side->name, line);
    if (outcome->opened > PROTOCOL_CONNECTIONS)
        bench_die("%s opened %d connections, allowed are %d", side->name, outcome->opened, PROTOCOL_CONNECTIONS);
}

void child_stop(child *child, const contest_side *side) {
    int status = 0;
    fclose(child->input);
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR)
        continue;
    fclose(child->output);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        bench_die("%s did not end well: status %d", side->name, status);
}
