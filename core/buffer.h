/* A text that grows. Running out of memory is remembered and told once, at the end. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <berth/version.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct buffer {
    char *data; /* NUL-terminated once something was put in; else NULL. */
    size_t length;
    size_t capacity;
    bool failed;
} buffer;

void buffer_add(buffer *buffer, const char *bytes, size_t length);
void buffer_text(buffer *buffer, const char *text);
void buffer_char(buffer *buffer, char character);
void buffer_format(buffer *buffer, const char *format, ...) BERTH_PRINTF(2, 3);

/* The text, which is the caller's to free() from then on; "" when nothing was put in; NULL when memory ran out. The
 * buffer is empty afterwards. */
char *buffer_take(buffer *buffer);

void buffer_free(buffer *buffer);

#endif
