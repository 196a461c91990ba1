#include "core/events.h"

#include <stddef.h>

void events_emit(const events *events, berth_event_kind kind, uint64_t connection, int64_t duration_ns,
                 const char *text, const berth_error *error) {
    if (events->hook == NULL)
        return;
    const berth_event event = {
        .struct_size = sizeof event,
        .kind = kind,
        .connection = connection,
        .duration_ns = duration_ns,
        .url = events->url,
        .text = text != NULL ? text : "",
        .error = error,
    };
    events->hook(&event, events->context);
}
