/* Finds and opens a driver's file. */
#ifndef CORE_LOADER_H
#define CORE_LOADER_H

#include <berth/engine.h>

/* Looks for berth_driver_NAME.so in each absolute folder of BERTH_DRIVER_PATH (colons between; ignored for a program
 * with more rights than its user, see secure_getenv(3)) and then in the folder that was built in; opens it with
 * RTLD_NOW and RTLD_LOCAL, never to be closed, and hands its entry point over. `name` is [a-z][a-z0-9]*. BERTH_DRIVER
 * lists every file tried and why each did not do. */
berth_status loader_open(const char *name, berth_driver_entry *entry, berth_error *error);

#endif
