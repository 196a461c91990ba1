/* Structs of the program whose first field is their size, so that they can grow. */
#ifndef CORE_SIZED_H
#define CORE_SIZED_H

#include <berth/error.h>
#include <stddef.h>

/* Copies what both sides know of a struct that may be older or newer than this library; the rest of `taken`, which has
 * `size` bytes, is zero. `name` and `maker` are for the message.
 * BERTH_MISUSE for a size that can't be, and for a newer struct that sets what this library does not know. */
berth_status sized_copy(const void *given, void *taken, size_t size, const char *name, const char *maker,
                        berth_error *error);

#endif
