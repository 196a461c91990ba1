/* Whether a driver's table fits this library. */
#ifndef CORE_DRIVER_CHECK_H
#define CORE_DRIVER_CHECK_H

#include <berth/driver.h>
#include <berth/engine.h>
#include <stdbool.h>

/* Bytes of a driver's name or scheme at most. */
#define DRIVER_NAME_LENGTH 63

/* Calls the entry point with the services and copies what it returns, as much as both sides know, into `table`, so that
 * a field the driver is too old for is zero. Refuses, naming it: a NULL table, a size that can't be, a missing required
 * field or slot, half of a pair, a bad name, scheme or option, a capability without what it needs, a dialect that this
 * library can't read. Fills in the defaults that need no other slot (is_alive, cancel, classify, traits, server_info,
 * reset); those that do (ping, begin, finish, ...) stay NULL and are driver_call.h's. BERTH_DRIVER on failure. */
berth_status driver_check(berth_driver_entry entry, berth_driver *table, berth_error *error);

/* Whether a text is [a-z][a-z0-9]* of at most DRIVER_NAME_LENGTH bytes. False for NULL. */
bool driver_check_name(const char *name);

/* Whether a scheme is among a driver's. */
bool driver_check_scheme(const berth_driver *table, const char *scheme);

/* Whether a checked table is the one for a scheme and, unless NULL, of this name. BERTH_DRIVER says what it is. */
berth_status driver_check_serves(const berth_driver *table, const char *scheme, const char *name, berth_error *error);

/* The services that every driver gets. The context of a notice is a connection of connection.h. */
extern const berth_services driver_services;

#endif
