#include "tracker/json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracker/text.h"

#define SHOWN_BYTES 40 /* Of a text in a message. */

static size_t read_stream(void *buffer, size_t size, void *stream) {
    return fread(buffer, 1, size, stream);
}

berth_status json_text_read(FILE *stream, json_t **document, berth_error *error) {
    json_error_t problem;
    *document = json_load_callback(read_stream, stream, JSON_REJECT_DUPLICATES, &problem);
    if (ferror(stream)) {
        int cause = errno;
        json_decref(*document);
        *document = NULL;
        return report_fail(error, BERTH_RESOURCE, "can't be read: %s", strerror(cause));
    }
    if (*document != NULL)
        return BERTH_OK;
    if (json_error_code(&problem) == json_error_out_of_memory)
        return report_no_memory(error, "the JSON");
    return report_fail(error, BERTH_DATA, "no valid JSON at line %d, column %d: %s", problem.line, problem.column,
                       problem.text);
}

static void describe_text(const char *text, char *buffer, size_t size) {
    char shown[SHOWN_BYTES + 1];
    snprintf(shown, sizeof shown, "%s", text);
    text_trim_utf8(shown);
    snprintf(buffer, size, "the text \"%s\"%s", shown, strlen(shown) < strlen(text) ? "..." : "");
}

const char *json_text_describe(const json_t *value, char *buffer, size_t size) {
    if (value == NULL)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        describe_text(json_string_value(value), buffer, size);
        return buffer;
    case JSON_INTEGER:
        snprintf(buffer, size, "the number %" JSON_INTEGER_FORMAT, json_integer_value(value));
        return buffer;
    case JSON_REAL:
        snprintf(buffer, size, "the number %.17g", json_real_value(value));
        return buffer;
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        break;
    }
    return "null";
}
