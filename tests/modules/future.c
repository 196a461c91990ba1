/* Built for an ABI that does not exist yet. */
#include <berth/driver.h>
#include <stddef.h>

BERTH_API const void *berth_driver_v2(const void *services);
BERTH_API const void *berth_driver_v2(const void *services) {
    (void)services;
    return NULL;
}
