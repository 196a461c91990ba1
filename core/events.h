/* Telling the program's hook what happens to connections. */
#ifndef CORE_EVENTS_H
#define CORE_EVENTS_H

#include <berth/engine.h>

/* Where events go. Fixed before the engine is used. */
typedef struct events {
    berth_event_hook hook; /* NULL: nowhere. */
    void *context;
    const char *url; /* Redacted, borrowed from the engine's settings. */
} events;

/* Calls the hook. Never to be called with a lock held. `text` and `error` may be NULL. */
void events_emit(const events *events, berth_event_kind kind, uint64_t connection, int64_t duration_ns,
                 const char *text, const berth_error *error);

/* The same with the place in the program that it is about, which may be NULL. */
void events_emit_at(const events *events, berth_event_kind kind, uint64_t connection, int64_t duration_ns,
                    const char *text, const char *where);

#endif
