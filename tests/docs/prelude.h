/* What the C blocks of the documents take for granted. */
#ifndef TESTS_DOCS_PRELUDE_H
#define TESTS_DOCS_PRELUDE_H

#include <berth.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int report(const berth_error *error);

/* Names that blocks of statements use without declaring them. */
#define PROGRAM_NAMES                                                                                                  \
    extern berth_engine *engine;                                                                                       \
    extern berth_session *session;                                                                                     \
    extern berth_result *rows;                                                                                         \
    extern berth_error error;                                                                                          \
    extern const berth_schema schema;                                                                                  \
    extern int model_id;                                                                                               \
    extern double balance;

#endif
