#include "bench/scale/scale.h"

#include <math.h>

#define LEAST_ROUNDS 3
#define ROWS_OF_ALL_ROUNDS INT64_C(10000000) /* Of one line; where that makes too few rounds, LEAST_ROUNDS. */
#define MOST_STORED 1000000                  /* Rows that are read into memory, about 150 MB. */
#define MOST_MANY 1000000                    /* Values of all rows are in memory for exec_many(). */
#define MOST_ONE_BY_ONE 10000
#define SESSIONS 10
#define LEAST_PEAK_KB 4 /* Memory comes in pages: less can't be seen. */

#define NORMAL "?synchronous=normal" /* Writing must not wait for the disk. */

static int rounds_of(const scale_request *request, int64_t rows) {
    int64_t rounds = ROWS_OF_ALL_ROUNDS / rows;
    rounds = rounds < LEAST_ROUNDS ? LEAST_ROUNDS : rounds;
    return rounds < request->rounds ? (int)rounds : request->rounds;
}

static void measure(const scale_request *request, clients_contest *contest, clients_samples *samples) {
    contest->folder = request->folder;
    samples->rounds = rounds_of(request, contest->operations);
    clients_measure(contest, request->quick, samples);
}

/* The first metric of all lines, which are the contest's first sides. */
static void note_ns(const clients_samples *samples, scale_figures *figures) {
    for (int line = 0; line < SCALE_MAX_LINES; line++)
        figures->values[0][line] = clients_median_ns(samples, line);
}

void scale_reading(const scale_request *request, clients_target target, int64_t rows, scale_figures *figures) {
    static clients_samples samples;
    const clients_api *best = clients_api_at(target, CLIENTS_BEST);
    clients_contest contest = {
        .name = "reading",
        .target = target,
        .operations = rows,
        .rows = rows,
        .sides = {[CLIENTS_OURS] = {&clients_berth, CLIENTS_READ, ""},
                  [CLIENTS_BEST] = {best, CLIENTS_READ, ""},
                  [CLIENTS_BEST_STORED] = {rows <= MOST_STORED ? best : NULL, CLIENTS_READ_STORED, ""}},
    };
    measure(request, &contest, &samples);
    note_ns(&samples, figures);
    for (int line = 0; line < SCALE_MAX_LINES; line++)
        figures->values[1][line] = isnan(samples.peak_kb[line]) ? NAN : fmax(samples.peak_kb[line], LEAST_PEAK_KB);
    figures->ratio = clients_median_ratio(&samples, CLIENTS_OURS, clients_better_of_best(&samples));
}

void scale_loading(const scale_request *request, clients_target target, int64_t rows, scale_figures *figures) {
    static clients_samples samples;
    const char *options = target == CLIENTS_SQLITE_FILE ? NORMAL : "";
    clients_contest contest = {
        .name = "loading",
        .target = target,
        .operations = rows,
        .sides = {{&clients_berth, CLIENTS_BULK, options},
                  {clients_api_at(target, CLIENTS_BEST), CLIENTS_BULK, ""},
                  {rows <= MOST_MANY ? &clients_berth : NULL, CLIENTS_MANY, options},
                  {rows <= MOST_ONE_BY_ONE ? &clients_berth : NULL, CLIENTS_INSERT, options}},
    };
    measure(request, &contest, &samples);
    note_ns(&samples, figures);
    figures->ratio = clients_median_ratio(&samples, 0, 1);
}

void scale_network(const scale_request *request, clients_target target, int64_t delay_us, scale_figures *figures) {
    static clients_samples samples;
    const clients_api *best = clients_api_at(target, CLIENTS_BEST);
    clients_contest contest = {
        .name = "network",
        .target = target,
        .operations = SESSIONS,
        .sides = {{&clients_berth, CLIENTS_SESSION, ""},
                  {best, CLIENTS_SESSION, ""},
                  {clients_api_at(target, CLIENTS_WRITTEN), CLIENTS_SESSION, ""},
                  {&clients_berth, CLIENTS_SESSION_PIPELINED, ""}},
    };
    if (delay_us > 0)
        clients_network_open(request->folder, delay_us);
    measure(request, &contest, &samples);
    if (delay_us > 0)
        clients_network_close();
    note_ns(&samples, figures);
    figures->ratio = clients_median_ratio(&samples, 0, 1);
}
