/* Load, URL, connect, authentication. */
#include "conformance.h"

const check checks_b[] = {
    {0},
};
