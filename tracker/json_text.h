/* JSON read from streams and shown in messages. */
#ifndef TRACKER_JSON_TEXT_H
#define TRACKER_JSON_TEXT_H

#include <jansson.h>

#include "tracker/report.h"

/* Reads all of a stream as one JSON text (RFC 8259; names within an object are distinct). The caller's, for
 * json_decref(). BERTH_DATA names line and column. */
berth_status json_text_read(FILE *stream, json_t **document, berth_error *error);

/* What a value is, for a message: `the text "abc"`, `the number 12`, `a list`, `nothing` for NULL. */
const char *json_text_describe(const json_t *value, char *buffer, size_t size);

#endif
