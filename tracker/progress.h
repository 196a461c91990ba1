/* A bar on a terminal. */
#ifndef TRACKER_PROGRESS_H
#define TRACKER_PROGRESS_H

#include <stddef.h>

#include "tracker/report.h"

typedef struct progress {
    FILE *stream; /* NULL draws nothing. */
    const char *label;
    size_t total;
    int drawn; /* The percentage that is on the screen; -1 for none. */
} progress;

/* `label` is borrowed. Draws nothing where the console is no terminal. */
progress progress_begin(const console *console, const char *label, size_t total);

/* So many are done. Draws only when that changes what is seen. */
void progress_show(progress *progress, size_t done);

/* Takes the bar away. */
void progress_end(progress *progress);

#endif
