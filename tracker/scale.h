/* Where the ticks of an axis go. */
#ifndef TRACKER_SCALE_H
#define TRACKER_SCALE_H

#include <stdint.h>

/* An axis: `first`, `first + step`, ... up to `most`. */
typedef struct scale {
    double least;
    double most;
    double first;
    double step;
} scale;

/* Steps of 1, 2 or 5 times a power of ten, about `ticks` of them; the range is widened to whole steps. Equal or
 * reversed bounds make a range around them. */
scale scale_values(double least, double most, int ticks);

/* Steps of minutes, hours or days in UTC; the range stays, but for one that is empty. In microseconds. */
scale scale_times(int64_t least_us, int64_t most_us, int ticks);

#endif
