/* What the C blocks of the documents on drivers take for granted. */
#ifndef TESTS_DOCS_PRELUDE_DRIVER_H
#define TESTS_DOCS_PRELUDE_DRIVER_H

#include <berth/driver.h>
#include <stdlib.h>
#include <string.h>

/* Names that blocks of statements use without declaring them. */
#define DRIVER_NAMES extern const berth_services *services;

#endif
