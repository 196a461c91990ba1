/* Load, URL, connect, authentication. */
#include "conformance.h"

const check checks_c[] = {
    {0},
};
