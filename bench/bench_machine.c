#include "bench/bench.h"

#include <berth.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void print_cpu(void) {
    static const char key[] = "model name";
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    const char *model = "unknown processor";
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, key, sizeof key - 1) != 0 || colon == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        model = colon + 2;
        break;
    }
    if (file != NULL)
        fclose(file);
    printf("Machine: %s, %ld cores online", model, sysconf(_SC_NPROCESSORS_ONLN));
}

void bench_print_machine(void) {
    struct utsname system;
    print_cpu();
    if (uname(&system) == 0)
        printf(", %s %s %s", system.sysname, system.release, system.machine);
    printf("\nVersions: Berth %s, SQLite %s, %s, build type %s\n", berth_version(), sqlite3_libversion(),
           BENCH_COMPILER, BENCH_BUILD_TYPE[0] != '\0' ? BENCH_BUILD_TYPE : "none");
}
