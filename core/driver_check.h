/* Whether a driver's table fits this library. */
#ifndef CORE_DRIVER_CHECK_H
#define CORE_DRIVER_CHECK_H

#include <berth/driver.h>
#include <berth/engine.h>

/* Calls the entry point with the services and copies what it returns, as much as both sides know, into `table`, so that
 * a field the driver is too old for is zero. Refuses, naming it: a NULL table, another ABI major, a size that can't be,
 * a missing required field or slot, half of a pair, a bad name or scheme, a capability without its slot. Fills in the
 * defaults that need no other slot (is_alive, cancel, classify, traits, server_info, reset); those that do (ping,
 * begin, finish, ...) stay NULL and are driver_call.h's. BERTH_DRIVER on failure. */
berth_status driver_check(berth_driver_entry entry, berth_driver *table, berth_error *error);

/* The services that every driver gets. */
extern const berth_services driver_services;

#endif
