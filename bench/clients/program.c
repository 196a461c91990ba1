#include "bench/clients/harness.h"

#include <berth.h>
#include <dirent.h>
#include <libpq-fe.h>
#include <mysql.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLDER_BYTES 3500

static char folder[FOLDER_BYTES];

/* Also where something fails, which ends the program. */
static void remove_folder(void) {
    char path[FOLDER_BYTES + 300];
    struct dirent *entry;
    DIR *files = opendir(folder);
    while (files != NULL && (entry = readdir(files)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (files != NULL)
        closedir(files);
    rmdir(folder);
}

const char *clients_folder_open(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/berth-bench-XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder) == NULL)
        bench_die("no temporary folder can be made at %s", folder);
    if (atexit(remove_folder) != 0)
        bench_die("out of memory");
    return folder;
}

void clients_print_machine(FILE *to) {
    char machine[1024];
    bench_describe_machine(machine, sizeof machine);
    fprintf(to, "Machine: %s\nVersions: Berth %s, libpq %d, libmariadb %s, SQLite %s, %s, build type %s\n", machine,
            berth_version(), PQlibVersion(), mysql_get_client_info(), sqlite3_libversion(), BENCH_COMPILER,
            BENCH_BUILD_TYPE[0] != '\0' ? BENCH_BUILD_TYPE : "none");
}
