#include <stdlib.h>

#include "core/error.h"
#include "core/session.h"

struct berth_session_maker {
    berth_engine *engine; /* NULL: whichever engine is the default one. */
    berth_session_options options;
};

berth_session_maker *berth_session_maker_new(berth_engine *engine, const berth_session_options *options,
                                             berth_error *error) {
    if (engine == NULL) {
        error_set(error, BERTH_MISUSE, "berth_session_maker_new: engine is NULL");
        return NULL;
    }
    berth_session_options taken;
    if (session_take_options(options, &taken, error) != BERTH_OK)
        return NULL;
    berth_session_maker *maker = calloc(1, sizeof *maker);
    if (maker == NULL) {
        error_no_memory(error, "a session maker");
        return NULL;
    }
    engine_hold(engine);
    maker->engine = engine;
    maker->options = taken;
    error_clear(error);
    return maker;
}

berth_session *berth_session_maker_open(berth_session_maker *maker) {
    berth_error error;
    if (maker == NULL) {
        error_set(&error, BERTH_MISUSE, "berth_session_maker_open: maker is NULL");
        return session_open_failed(NULL, &error);
    }
    if (maker->engine != NULL)
        return berth_session_open(maker->engine, &maker->options);
    berth_engine *engine = engine_hold_default(&error);
    return engine != NULL ? session_open_held(engine, &maker->options) : session_open_failed(NULL, &error);
}

void berth_session_maker_free(berth_session_maker *maker) {
    if (maker == NULL || maker->engine == NULL)
        return;
    engine_release(maker->engine);
    free(maker);
}

berth_session_maker *berth_get_session_maker(void) {
    static berth_session_maker maker = {.options = {.struct_size = sizeof(berth_session_options)}};
    return &maker;
}

berth_session *berth_get_session(void) {
    return berth_session_maker_open(berth_get_session_maker());
}
