/* Fits, but serves no scheme of its file's name. */
#include "tests/support/minimal_driver.h"

BERTH_DRIVER_EXPORT(other) {
    static const char *const schemes[] = {"good", "elsewhere", NULL};
    static const berth_dialect dialect = {MINIMAL_DIALECT};
    static const berth_driver driver = {MINIMAL_DRIVER("other", &dialect), .schemes = schemes};
    (void)services;
    return &driver;
}
