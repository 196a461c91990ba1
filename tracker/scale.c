#include "tracker/scale.h"

#include <math.h>

#define MINUTE_US 6e7
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

static double nice_step(double span, int ticks) {
    static const double multiples[] = {1, 2, 5, 10};
    double raw = span / ticks;
    double power = pow(10, floor(log10(raw)));
    for (int i = 0; i < 4; i++)
        if (raw <= multiples[i] * power * 1.0001)
            return multiples[i] * power;
    return 10 * power;
}

scale scale_values(double least, double most, int ticks) {
    if (!(most > least)) {
        double around = fabs(least) > 0 ? fabs(least) * 0.1 : 1;
        most = least + around;
        least = least - around;
    }
    double step = nice_step(most - least, ticks);
    double first = floor(least / step) * step;
    return (scale){.least = first, .most = ceil(most / step) * step, .first = first, .step = step};
}

scale scale_times(int64_t least_us, int64_t most_us, int ticks) {
    static const double steps[] = {MINUTE_US,   5 * MINUTE_US, 15 * MINUTE_US, HOUR_US,     3 * HOUR_US,
                                   6 * HOUR_US, 12 * HOUR_US,  DAY_US,         2 * DAY_US,  7 * DAY_US,
                                   14 * DAY_US, 28 * DAY_US,   91 * DAY_US,    364 * DAY_US};
    double least = (double)least_us;
    double most = (double)most_us;
    if (!(most > least)) {
        least -= HOUR_US;
        most += HOUR_US;
    }
    double step = steps[0];
    for (unsigned i = 0; i < sizeof steps / sizeof *steps && (most - least) / step > ticks; i++)
        step = steps[i];
    while ((most - least) / step > 2 * ticks)
        step *= 2;
    return (scale){.least = least, .most = most, .first = ceil(least / step) * step, .step = step};
}
