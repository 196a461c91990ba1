/* Has no table. */
#include <berth/driver.h>
#include <stddef.h>

BERTH_DRIVER_EXPORT(nulltable) {
    (void)services;
    return NULL;
}
