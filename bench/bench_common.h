/* What every benchmark needs. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_NS_PER_S INT64_C(1000000000)
#define BENCH_MAX_ROUNDS 101

#ifdef __cplusplus
extern "C" {
#endif

int64_t bench_now_ns(void);

/* Ends the program with status 2. */
void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Shuffles; in every run of the program to the same orders. */
void bench_shuffle(int *order, int count);

void bench_sort(double *values, int count);

/* The median. Sorts the values. */
double bench_median(double *values, int count);

/* A number in three digits and a unit: of `units` each is a thousand times the one before. */
#define BENCH_NUMBER_BYTES 64
void bench_write_number(double number, const char *const units[4], char text[BENCH_NUMBER_BYTES]);

/* What machine this is, in a line without its end. */
void bench_describe_machine(char *text, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
