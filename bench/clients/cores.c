#include "bench/clients/harness.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_on(pid_t task, int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (sched_setaffinity(task, sizeof set, &set) != 0)
        bench_die("process %ld can't be put on core %d: %s; try --cores any", (long)task, core, strerror(errno));
}

/* All threads that the server has, if it runs; those and the processes that it starts later follow them. */
static void put_server_on(const char *variable, int core) {
    char path[64];
    const char *process = getenv(variable);
    if (process == NULL)
        return;
    snprintf(path, sizeof path, "/proc/%.20s/task", process);
    DIR *folder = opendir(path);
    if (folder == NULL)
        bench_die("there is no %s: %s", path, strerror(errno));
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            put_on((pid_t)strtol(entry->d_name, NULL, 10), core);
    closedir(folder);
}

static int core_after(const cpu_set_t *allowed, int core) {
    for (core++; core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, allowed))
            return core;
    bench_die("this needs two cores");
}

void clients_pin(clients_cores cores) {
    cpu_set_t allowed;
    if (cores == CLIENTS_ANY_CORE)
        return;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        bench_die("the cores can't be told: %s", strerror(errno));
    int client_core = core_after(&allowed, -1);
    int server_core = cores == CLIENTS_ONE_CORE ? client_core : core_after(&allowed, client_core);
    put_server_on("BERTH_TEST_POSTGRESQL_PID", server_core);
    put_server_on("BERTH_TEST_MARIADB_PID", server_core);
    put_on(0, client_core);
}
