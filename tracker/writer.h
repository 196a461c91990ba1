/* Writes a file of the API's shape, {"key": [{...}, ...]}, without any floating point. */
#ifndef TRACKER_WRITER_H
#define TRACKER_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "tracker/report.h"

typedef struct writer {
    FILE *stream;
    char path[4096];
    bool record_before; /* A comma is due. */
    bool field_before;
} writer;

/* Creates the file `name` in `folder`, says that it is simulated and opens the list `key`. */
berth_status writer_open(writer *writer, const char *folder, const char *name, const char *key, berth_error *error);

/* Ends list and file; `server_time_ms` is left out when it is 0. Tells whether all was written. */
berth_status writer_close(writer *writer, int64_t server_time_ms, berth_error *error);

/* Gives up; what was written stays. Does nothing to one that is closed or was never opened (zeroed). */
void writer_abandon(writer *writer);

/* A record, or with a name an object within it. */
void writer_begin(writer *writer, const char *name);
void writer_end(writer *writer);

void writer_text(writer *writer, const char *name, const char *text);
/* `number` divided by 10 to the `digits`: no point where there is nothing behind it. */
void writer_decimal(writer *writer, const char *name, int64_t number, int digits);
/* true, false, null or {}. */
void writer_word(writer *writer, const char *name, const char *word);

/* `number` divided by 10 to the `digits`, as text. */
#define WRITER_DECIMAL_BYTES 32
const char *writer_format(char buffer[WRITER_DECIMAL_BYTES], int64_t number, int digits);

#endif
