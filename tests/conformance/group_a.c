/* Load, URL, connect, authentication. */
#include "conformance.h"

#include <string.h>

#include "capabilities.h"

/* Of the driver's table: what the core needs is there. The ABI's major is in the entry's name, and tables only grow, so
 * a newer driver is taken as far as it is known. */
static void load_vtable_abi(void) {
    const berth_driver *driver = target_driver();
    CHECK(driver->struct_size >= offsetof(berth_driver, finish));
    CHECK_INT(driver->struct_size % sizeof(void *), 0);
    CHECK(driver->name != NULL && driver->name[0] != '\0');
    CHECK(driver->version != NULL && driver->version[0] != '\0');
    CHECK(driver->schemes != NULL && driver->schemes[0] != NULL);
    CHECK(driver->dialect != NULL);
    CHECK(driver->connect != NULL);
    CHECK(driver->close != NULL);
    CHECK(driver->execute != NULL);
    CHECK(driver->fetch != NULL);
    check_note("%s, ABI 1.%u", driver->version, (unsigned)driver->abi_minor);
}

/* What is declared is known before the first connection, and no connection changes it. */
static void caps_static_vs_dynamic(void) {
    berth_driver before = *target_driver();
    berth_dialect dialect = *before.dialect;
    uint64_t known = 0;
    for (const capability *each = capabilities; each->name != NULL; each++)
        known |= each->bit;
    CHECK_INT(before.capabilities & ~known, 0);
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
    CHECK(memcmp(&before, target_driver(), sizeof before) == 0);
    CHECK(memcmp(&dialect, target_driver()->dialect, sizeof dialect) == 0);
}

const check checks_a[] = {
    {1, "load_vtable_abi", 0, load_vtable_abi, NULL},
    {2, "caps_static_vs_dynamic", 0, caps_static_vs_dynamic, NULL},
    {0},
};
