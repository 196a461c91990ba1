/* What is checked: set once by the program, before the first check. */
#ifndef TESTS_CONFORMANCE_TARGET_H
#define TESTS_CONFORMANCE_TARGET_H

#include "conformance.h"

/* Loads the driver of the URL, from `driver_file` where that is not NULL. Connects to nothing. `url` is borrowed. */
berth_status target_set(const char *url, const char *driver_file, berth_error *error);
/* The URL without its password. */
const char *target_shown_url(void);
/* The driver's name and version. */
const char *target_description(void);

/* After a check: closes its sessions and engines, drops its tables; says what was left open. */
void target_clean(void);

/* Parts of it: drops the tables, frees the texts. */
void sql_clean(void);
void text_clean(void);

#endif
