#include "tools/report.h"

#include <stdarg.h>
#include <stdio.h>

void report(const char *format, ...) {
    char message[2 * BERTH_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    for (char *at = message; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == '\177')
            *at = ' ';
    fprintf(stderr, "berth: %s\n", message);
}
