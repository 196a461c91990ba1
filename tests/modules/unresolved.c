/* Needs a function that nobody has. */
#include <berth/driver.h>

const berth_driver *function_that_nobody_has(void);

BERTH_DRIVER_EXPORT(unresolved) {
    (void)services;
    return function_that_nobody_has();
}
