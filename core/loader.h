/* Finds and opens a driver's file. */
#ifndef CORE_LOADER_H
#define CORE_LOADER_H

#include <berth/driver.h>

/* Looks for a file, berth_driver_NAME.so or without a name berth_driver_SCHEME.so, in each folder of BERTH_DRIVER_PATH
 * (absolute, colons between, empty ones skipped; ignored for a program with more rights than its user, see
 * secure_getenv(3)) and then in the folder that was built in. Opens it with RTLD_NOW and RTLD_LOCAL, never to be
 * closed, and checks its table. The first file whose driver fits, serves the scheme and has the name, if one is given,
 * fills `table`. `scheme` and `name` are driver_check_name()s; `name` may be NULL.
 * BERTH_DRIVER says of every file tried why it did not do, and which folders have none; also for a relative folder in
 * BERTH_DRIVER_PATH. BERTH_NO_MEMORY. Any thread; a driver's constructors and entry point run within the call. */
berth_status loader_open(const char *scheme, const char *name, berth_driver *table, berth_error *error);

#endif
