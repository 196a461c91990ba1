/* Fits. Its traits() tell how often the entry point was called. */
#include <stdatomic.h>

#include "tests/support/minimal_driver.h"

static atomic_uint calls;

static uint32_t count_calls(const berth_connect_info *info) {
    (void)info;
    return atomic_load(&calls);
}

BERTH_DRIVER_EXPORT(good) {
    static const char *const schemes[] = {"good", "alias", NULL};
    static const berth_dialect dialect = {MINIMAL_DIALECT};
    static const berth_driver driver = {MINIMAL_DRIVER("good", &dialect), .schemes = schemes, .traits = count_calls};
    (void)services;
    atomic_fetch_add(&calls, 1);
    return &driver;
}
