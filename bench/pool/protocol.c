#include "bench/pool/protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_FORMAT "%d\t%" PRId64 "\t%" PRId64 "\t%d"
#define CELL_FIELDS 4
#define OUTCOME_FIELDS 9 /* Without the cell's. */

void protocol_write_cell(char line[PROTOCOL_LINE_BYTES], const protocol_cell *cell) {
    snprintf(line, PROTOCOL_LINE_BYTES, CELL_FORMAT "\n", cell->threads, cell->hold_us, cell->duration_us, cell->timed);
}

void protocol_write_outcome(char line[PROTOCOL_LINE_BYTES], const char *name, const protocol_outcome *outcome) {
    const protocol_cell *cell = &outcome->cell;
    snprintf(line, PROTOCOL_LINE_BYTES,
             "%s\t" CELL_FORMAT "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64
             "\t%" PRId64 "\t%" PRId64 "\t%d\n",
             name, cell->threads, cell->hold_us, cell->duration_us, cell->timed, outcome->elapsed_ns,
             outcome->checkouts, outcome->most, outcome->fewest, outcome->held_ns, outcome->p50_ns, outcome->p99_ns,
             outcome->max_ns, outcome->opened);
}

/* Reads exactly `count` numbers, each with one character between it and the next. */
static bool read_numbers(const char *text, int64_t *numbers, int count) {
    for (int i = 0; i < count; i++) {
        char *end = NULL;
        numbers[i] = strtoll(text, &end, 10);
        if (end == text || (i + 1 < count && *end != '\t'))
            return false;
        text = end + 1;
    }
    return text[-1] == '\n';
}

static bool take_cell(const int64_t *numbers, protocol_cell *cell) {
    *cell = (protocol_cell){
        .threads = (int)numbers[0],
        .hold_us = numbers[1],
        .duration_us = numbers[2],
        .timed = numbers[3] != 0,
    };
    return cell->threads > 0 && cell->hold_us >= 0 && cell->duration_us > 0;
}

bool protocol_read_cell(const char *line, protocol_cell *cell) {
    int64_t numbers[CELL_FIELDS];
    return read_numbers(line, numbers, CELL_FIELDS) && take_cell(numbers, cell);
}

bool protocol_read_outcome(const char *line, const char *name, protocol_outcome *outcome) {
    int64_t numbers[CELL_FIELDS + OUTCOME_FIELDS];
    const int64_t *figures = numbers + CELL_FIELDS;
    size_t length = strlen(name);
    if (strncmp(line, name, length) != 0 || line[length] != '\t' ||
        !read_numbers(line + length + 1, numbers, CELL_FIELDS + OUTCOME_FIELDS))
        return false;
    *outcome = (protocol_outcome){
        .elapsed_ns = figures[0],
        .checkouts = figures[1],
        .most = figures[2],
        .fewest = figures[3],
        .held_ns = figures[4],
        .p50_ns = figures[5],
        .p99_ns = figures[6],
        .max_ns = figures[7],
        .opened = (int)figures[8],
    };
    return take_cell(numbers, &outcome->cell);
}
