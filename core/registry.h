/* Scheme to driver. */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include <berth/driver.h>
#include <pthread.h>

/* For fork.c. */
extern pthread_mutex_t registry_loading_lock;
extern pthread_mutex_t registry_known_lock;

/* The driver for a scheme; `name` (from "scheme+name") picks it by its own name instead, NULL does not. A driver is
 * looked for among the registered ones, then in the file of that scheme or name; once found it stays, and the table is
 * checked and complete (see driver_check.h). Borrowed, lives as long as the process. BERTH_DRIVER lists what was tried
 * and why it did not do, and which schemes are registered.
 * Any thread. Files are opened by one thread at a time, each once, under a lock of that alone: entry points are called
 * under it too, so one must not open an engine or register a driver. */
berth_status registry_find(const char *scheme, const char *name, const berth_driver **driver, berth_error *error);

#endif
