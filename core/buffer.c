#include "core/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `more` bytes and a NUL. */
static bool reserve(buffer *buffer, size_t more) {
    if (buffer->failed || more >= SIZE_MAX / 4 - buffer->length) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->length + more + 1;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = needed * 2 < 64 ? 64 : needed * 2;
    char *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_add(buffer *buffer, const char *bytes, size_t length) {
    if (!reserve(buffer, length))
        return;
    if (length > 0)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_text(buffer *buffer, const char *text) {
    buffer_add(buffer, text, strlen(text));
}

void buffer_char(buffer *buffer, char character) {
    buffer_add(buffer, &character, 1);
}

void buffer_format(buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !reserve(buffer, (size_t)length)) {
        buffer->failed = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

char *buffer_take(buffer *buffer) {
    buffer_add(buffer, "", 0);
    char *text = buffer->failed ? NULL : buffer->data;
    if (text != NULL)
        buffer->data = NULL;
    buffer_free(buffer);
    return text;
}

void buffer_free(buffer *buffer) {
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}
