#include "tracker/random.h"

uint64_t random_next(random_source *source) {
    uint64_t mixed = source->state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

int64_t random_between(random_source *source, int64_t least, int64_t most) {
    return least + (int64_t)(random_next(source) % (uint64_t)(most - least + 1));
}
