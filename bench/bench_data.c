#include "bench/bench.h"

#include <stdio.h>

#define TEXT_COUNT 1000

static char names[TEXT_COUNT][24];
static char notes[TEXT_COUNT][48];

static void make_texts(void) {
    for (int i = 0; i < TEXT_COUNT; i++) {
        snprintf(names[i], sizeof names[i], "model name %05d", i);
        snprintf(notes[i], sizeof notes[i], "a longer note %05d about the trade", i);
    }
}

bench_row bench_row_at(int64_t index) {
    if (names[0][0] == '\0')
        make_texts();
    return (bench_row){
        .number = index * 7919 % 1000003,
        .ratio = (double)index / 8,
        .name = names[index % TEXT_COUNT],
        .note = notes[(index * 7) % TEXT_COUNT],
    };
}

int64_t bench_key_at(int64_t step, int64_t rows) {
    uint64_t mixed = (uint64_t)step * UINT64_C(0x9E3779B97F4A7C15);
    return (int64_t)((mixed ^ (mixed >> 32)) % (uint64_t)rows);
}
