/* Numbers that look random and are the same on every machine (SplitMix64, Steele, Lea and Flood 2014). */
#ifndef TRACKER_RANDOM_H
#define TRACKER_RANDOM_H

#include <stdint.h>

typedef struct random_source {
    uint64_t state;
} random_source;

uint64_t random_next(random_source *source);

/* From `least` to `most`, both included. */
int64_t random_between(random_source *source, int64_t least, int64_t most);

#endif
