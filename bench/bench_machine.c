#include "bench/bench.h"

#include <berth.h>
#include <sqlite3.h>
#include <stdio.h>

void bench_print_machine(void) {
    char machine[1024];
    bench_describe_machine(machine, sizeof machine);
    printf("Machine: %s\nVersions: Berth %s, SQLite %s, %s, build type %s\n", machine, berth_version(),
           sqlite3_libversion(), BENCH_COMPILER, BENCH_BUILD_TYPE[0] != '\0' ? BENCH_BUILD_TYPE : "none");
}
