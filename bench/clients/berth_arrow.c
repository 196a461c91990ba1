#include "bench/clients/berth_arrow.h"

#include <berth.h>
#include <berth/arrow.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS 65536

/* All rows into columns, in batches, and each batch into the sum: by getters that fill arrays, as a program does that
 * wants columns and has none, and by Berth's stream. */
typedef struct columns {
    const int64_t *ids;
    const double *ratios;
    const int32_t *ends; /* Of the names; one more than rows, the first is 0. */
    const char *names;
    const int64_t *moments;
} columns;

static uint64_t columns_sum(const columns *batch, int64_t row_count) {
    uint64_t sum = 0;
    for (int64_t row = 0; row < row_count; row++) {
        int32_t begin = batch->ends[row];
        const clients_row found = {batch->ids[row], batch->ratios[row], batch->names + begin, batch->moments[row]};
        sum += clients_named_sum(&found, (size_t)(batch->ends[row + 1] - begin));
    }
    return sum;
}

static void *allocate(void *memory, size_t bytes) {
    memory = realloc(memory, bytes);
    if (memory == NULL)
        bench_die("out of memory");
    return memory;
}

/* Reads a batch of rows into arrays, which are new for each, since whoever wants columns keeps them. */
static int64_t read_batch(berth_result *rows, bool has_moments, uint64_t *sum) {
    int64_t *ids = allocate(NULL, BATCH_ROWS * sizeof *ids);
    double *ratios = allocate(NULL, BATCH_ROWS * sizeof *ratios);
    int64_t *moments = allocate(NULL, BATCH_ROWS * sizeof *moments);
    int32_t *ends = allocate(NULL, (BATCH_ROWS + 1) * sizeof *ends);
    size_t room = BATCH_ROWS * sizeof "model name 00000";
    char *names = allocate(NULL, room);
    int64_t row = 0;
    ends[0] = 0;
    for (; row < BATCH_ROWS && berth_next(rows); row++) {
        ids[row] = berth_get_int64(rows, 0);
        ratios[row] = berth_get_double(rows, 1);
        size_t length = berth_get_length(rows, 2);
        if ((size_t)ends[row] + length > room)
            names = allocate(names, room *= 2);
        memcpy(names + ends[row], berth_get_text(rows, 2), length);
        ends[row + 1] = ends[row] + (int32_t)length;
        moments[row] = has_moments ? berth_get_timestamp(rows, 3) : berth_get_int64(rows, 3);
    }
    *sum += columns_sum(&(columns){ids, ratios, ends, names, moments}, row);
    free(ids);
    free(ratios);
    free(moments);
    free(ends);
    free(names);
    return row;
}

uint64_t clients_berth_read_columns(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    uint64_t sum = 0;
    berth_session *session = berth_session_open(clients_berth_engine(connection), NULL);
    berth_result *found = berth_query(session, CLIENTS_SELECT_ALL, NULL);
    const berth_column_info *moment = berth_column_at(found, 3);
    bool has_moments = moment != NULL && moment->type == BERTH_TYPE_TIMESTAMP;
    while (read_batch(found, has_moments, &sum) == BATCH_ROWS)
        continue;
    berth_result_close(found);
    clients_berth_end(session);
    return sum;
}

uint64_t clients_berth_read_arrow(clients_connection *connection, int64_t first, int64_t count, int64_t rows) {
    (void)first;
    (void)count;
    (void)rows;
    uint64_t sum = 0;
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    berth_session *session = berth_session_open(clients_berth_engine(connection), NULL);
    berth_result *found = berth_query(session, CLIENTS_SELECT_ALL, NULL);
    if (berth_result_arrow(found, &stream) != BERTH_OK)
        bench_die("Berth: %s", berth_session_error(session)->message);
    while (stream.get_next(&stream, &batch) == 0 && batch.release != NULL) {
        struct ArrowArray *const *of = batch.children;
        const columns read = {of[0]->buffers[1], of[1]->buffers[1], of[2]->buffers[1], of[2]->buffers[2],
                              of[3]->buffers[1]};
        sum += columns_sum(&read, batch.length);
        batch.release(&batch);
    }
    stream.release(&stream);
    berth_result_close(found);
    clients_berth_end(session);
    return sum;
}
