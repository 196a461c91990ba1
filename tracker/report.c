#include "tracker/report.h"

#include <stdarg.h>
#include <string.h>

#include "tracker/text.h"

static const struct {
    berth_status status;
    const char *advice;
} advices[] = {
    {BERTH_UNDEFINED, "make the tables first: tracker init"},
    {BERTH_OUTCOME_UNKNOWN, "run the same command again: loading twice changes nothing"},
    {BERTH_POOL_TIMEOUT, "too many programs use this database now: try again later"},
};

berth_status report_fail(berth_error *error, berth_status status, const char *format, ...) {
    va_list arguments;
    memset(error, 0, sizeof *error);
    error->struct_size = sizeof *error;
    error->status = status;
    error->index = -1;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    text_trim_utf8(error->message);
    return status;
}

berth_status report_prefix(berth_error *error, const char *format, ...) {
    char message[2 * BERTH_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, BERTH_MESSAGE_BYTES, format, arguments);
    va_end(arguments);
    if (length > BERTH_MESSAGE_BYTES - 1)
        length = BERTH_MESSAGE_BYTES - 1;
    snprintf(message + length, sizeof message - (size_t)length, "%s", error->message);
    memcpy(error->message, message, sizeof error->message);
    error->message[sizeof error->message - 1] = '\0';
    text_trim_utf8(error->message);
    return (berth_status)error->status;
}

berth_status report_no_memory(berth_error *error, const char *what) {
    return report_fail(error, BERTH_NO_MEMORY, "out of memory for %s", what);
}

void report_print(FILE *stream, const berth_error *error) {
    fputs("tracker: ", stream);
    text_print_line(stream, error->message);
    fputc('\n', stream);
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if ((int32_t)advices[i].status == error->status)
            fprintf(stream, "         %s\n", advices[i].advice);
}
