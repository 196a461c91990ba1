#include <stdarg.h>
#include <stdlib.h>

#include "core/busy_poll.h"
#include "core/clock.h"
#include "core/connection.h"
#include "core/driver_check.h"
#include "core/error.h"

static int32_t fail(berth_error *error, int32_t status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_set_list(error, (berth_status)status, format, arguments);
    va_end(arguments);
    return status;
}

static void notice(void *context, const char *text) {
    const connection *from = context;
    if (from != NULL)
        events_emit(from->events, BERTH_EVENT_NOTICE, from->number, 0, text, NULL);
}

static int32_t parse(int32_t type, const char *text, size_t length, berth_value *value) {
    return berth_value_parse((berth_type)type, text, length, value);
}

static int32_t busy_poll(berth_busy_poll *poll, int32_t (*is_there)(void *context), void *context) {
    return busy_poll_by(poll, is_there, context, clock_now_ns);
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
    .busy_poll = busy_poll,
};
