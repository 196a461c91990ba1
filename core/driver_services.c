#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/connection.h"
#include "core/driver_check.h"
#include "core/error.h"

/* A little more than a message holds, so that error_set() sees that it was cut. */
static int32_t fail(berth_error *error, int32_t status, const char *format, ...) {
    char message[BERTH_MESSAGE_BYTES + 8];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return error_set(error, (berth_status)status, "%s", message);
}

static void notice(void *context, const char *text) {
    const connection *from = context;
    if (from != NULL)
        events_emit(from->events, BERTH_EVENT_NOTICE, from->number, 0, text, NULL);
}

static int32_t parse(int32_t type, const char *text, size_t length, berth_value *value) {
    return berth_value_parse((berth_type)type, text, length, value);
}

const berth_services driver_services = {
    .struct_size = sizeof(berth_services),
    .abi_minor = BERTH_ABI_MINOR,
    .fail = fail,
    .notice = notice,
    .allocate = malloc,
    .reallocate = realloc,
    .release = free,
    .now_ns = clock_now_ns,
    .format = berth_value_format,
    .parse = parse,
};
