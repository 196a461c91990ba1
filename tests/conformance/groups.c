/* The groups of checks. A new group adds its table to both lists. */
#include "conformance.h"

extern const check checks_a[], checks_b[], checks_c[], checks_d[], checks_e[], checks_f[], checks_g[];
extern const check checks_h[], checks_i[], checks_j[], checks_k[], checks_l[], checks_m[], checks_n[];

const check_group check_groups[] = {
    {'A', "Load, URL, connect, authentication", checks_a},
    {'B', "Liveness", checks_b},
    {'C', "Transactions and isolation", checks_c},
    {'D', "Savepoints", checks_d},
    {'E', "Preparing and binding", checks_e},
    {'F', "Types there and back", checks_f},
    {'G', "Results", checks_g},
    {'H', "Affected rows, keys, RETURNING, INSERT or update", checks_h},
    {'I', "Several statements, names, literals", checks_i},
    {'J', "Errors", checks_j},
    {'K', "Cancelling and deadlines", checks_k},
    {'L', "Threads, lifetime, exhaustion", checks_l},
    {'M', "Metadata", checks_m},
    {'N', "Capabilities of Berth's own", checks_n},
    {0, NULL, NULL},
};
