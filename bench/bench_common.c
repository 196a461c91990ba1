#include "bench/bench_common.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

int64_t bench_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * BENCH_NS_PER_S + now.tv_nsec;
}

void bench_die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static uint64_t next_random(void) {
    static uint64_t state = UINT64_C(0x2545F4914F6CDD1D);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

void bench_shuffle(int *order, int count) {
    for (int i = count - 1; i > 0; i--) {
        int other = (int)(next_random() % (uint64_t)(i + 1));
        int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
}

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

void bench_sort(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
}

double bench_median(double *values, int count) {
    bench_sort(values, count);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void bench_write_number(double number, const char *const units[4], char text[BENCH_NUMBER_BYTES]) {
    int unit = 0;
    if (number == 0) {
        snprintf(text, BENCH_NUMBER_BYTES, "0");
        return;
    }
    while (number >= 999.5 && unit < 3) {
        number /= 1000;
        unit++;
    }
    int decimals = number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
    snprintf(text, BENCH_NUMBER_BYTES, "%.*f%s", decimals, number, units[unit]);
}

static void find_processor(char *text, size_t bytes) {
    static const char key[] = "model name";
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(text, bytes, "unknown processor");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, key, sizeof key - 1) != 0 || colon == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, bytes, "%s", colon + 2);
        break;
    }
    if (file != NULL)
        fclose(file);
}

void bench_describe_machine(char *text, size_t bytes) {
    char processor[256];
    struct utsname system = {0};
    find_processor(processor, sizeof processor);
    uname(&system);
    snprintf(text, bytes, "%s, %ld cores online, %s %s %s", processor, sysconf(_SC_NPROCESSORS_ONLN), system.sysname,
             system.release, system.machine);
}
