/* Lacks a required slot. */
#include "tests/support/minimal_driver.h"

BERTH_DRIVER_EXPORT(noexecute) {
    static const char *const schemes[] = {"noexecute", NULL};
    static const berth_dialect dialect = {MINIMAL_DIALECT};
    static const berth_driver driver = {
        .struct_size = sizeof driver,
        .name = "noexecute",
        .version = "1",
        .schemes = schemes,
        .dialect = &dialect,
        .connect = minimal_connect,
        .close = minimal_close,
        .fetch = minimal_fetch,
    };
    (void)services;
    return &driver;
}
