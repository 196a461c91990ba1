#include "bench/clients/harness.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES 4200

/* A line of this process's own state, in kilobytes. */
static long state_kb(const char *name) {
    char line[256];
    long kb = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtol(line + strlen(name), NULL, 10);
    if (file == NULL || kb < 0)
        bench_die("/proc/self/status does not tell %s", name);
    fclose(file);
    return kb;
}

/* Has the peak begin anew. */
static void forget_peak(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL || fputs("5", file) < 0 || fclose(file) != 0)
        bench_die("the peak of memory can't be reset");
}

int clients_peak_child(char **arguments) {
    clients_target target = (clients_target)strtol(arguments[0], NULL, 10);
    clients_work work = (clients_work)strtol(arguments[2], NULL, 10);
    const clients_api *api = clients_api_at(target, (clients_column)strtol(arguments[1], NULL, 10));
    int64_t rows = strtoll(arguments[3], NULL, 10);
    const char *path = arguments[4][0] != '\0' ? arguments[4] : NULL;
    if (path != NULL)
        clients_sqlite_copy_setup(target, path, "");
    clients_connection *connection = api->open(target, path, "");
    clients_do(api, connection, CLIENTS_ONE, 0, 1, rows);
    forget_peak();
    long before_kb = state_kb("VmRSS:");
    clients_do(api, connection, work, 0, rows, rows);
    printf("%ld\n", state_kb("VmHWM:") - before_kb);
    api->close(connection);
    return 0;
}

/* Runs this program with arguments and gives the number that it prints. */
static double ask_program(char **arguments) {
    int ends[2];
    int status;
    pid_t child;
    double number;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) != 0 ||
        posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, environ) != 0)
        bench_die("this program can't be run again");
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    bool understood = output != NULL && fscanf(output, "%lf", &number) == 1;
    if (waitpid(child, &status, 0) != child || status != 0 || !understood)
        bench_die("what was to tell the peak of its memory ended with status %d", status);
    fclose(output);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

double clients_peak_kb(clients_target target, clients_column column, clients_work work, int64_t rows,
                       const char *path) {
    char target_text[12], column_text[12], work_text[12], rows_text[24], path_text[PATH_BYTES];
    char program[] = "berth-bench-clients", option[] = CLIENTS_PEAK;
    snprintf(target_text, sizeof target_text, "%d", (int)target);
    snprintf(column_text, sizeof column_text, "%d", (int)column);
    snprintf(work_text, sizeof work_text, "%d", (int)work);
    snprintf(rows_text, sizeof rows_text, "%lld", (long long)rows);
    snprintf(path_text, sizeof path_text, "%s", path);
    return ask_program((char *[]){program, option, target_text, column_text, work_text, rows_text, path_text, NULL});
}
