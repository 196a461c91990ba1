#include "core/sized.h"

#include <inttypes.h>
#include <string.h>

#include "core/error.h"

#define UNLIKELY_BYTES 65536

berth_status sized_copy(const void *given, void *taken, size_t size, const char *name, const char *maker,
                        berth_error *error) {
    const char *bytes = given;
    uint32_t given_size;
    memset(taken, 0, size);
    memcpy(&given_size, given, sizeof given_size);
    if (given_size < sizeof given_size || given_size > UNLIKELY_BYTES)
        return error_set(error, BERTH_MISUSE, "%s has the struct_size %" PRIu32 "; make it with %s()", name, given_size,
                         maker);
    for (size_t i = size; i < given_size; i++)
        if (bytes[i] != 0)
            return error_set(error, BERTH_MISUSE,
                             "%s sets something that this version of Berth does not know, at byte %zu", name, i);
    memcpy(taken, given, given_size < size ? given_size : size);
    return BERTH_OK;
}
