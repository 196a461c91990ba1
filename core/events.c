#include "core/events.h"

#include <stddef.h>

static void emit(const events *events, berth_event event) {
    event.struct_size = sizeof event;
    event.url = events->url;
    event.text = event.text != NULL ? event.text : "";
    event.where = event.where != NULL ? event.where : "";
    events->hook(&event, events->context);
}

void events_emit(const events *events, berth_event_kind kind, uint64_t connection, int64_t duration_ns,
                 const char *text, const berth_error *error) {
    if (events->hook != NULL)
        emit(events,
             (berth_event){
                 .kind = kind, .connection = connection, .duration_ns = duration_ns, .text = text, .error = error});
}

void events_emit_at(const events *events, berth_event_kind kind, uint64_t connection, int64_t duration_ns,
                    const char *text, const char *where) {
    if (events->hook != NULL)
        emit(events,
             (berth_event){
                 .kind = kind, .connection = connection, .duration_ns = duration_ns, .text = text, .where = where});
}
