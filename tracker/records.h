/* The API's JSON to rows of typed values: every record is checked before a database hears of any. */
#ifndef TRACKER_RECORDS_H
#define TRACKER_RECORDS_H

#include <berth/value.h>
#include <jansson.h>

#include "tracker/fields.h"
#include "tracker/report.h"

/* What the records of one document became. */
typedef struct batch {
    const record_kind *kind;
    size_t count;        /* Records. */
    size_t columns;      /* Values of each: one per field of the kind. */
    berth_value *values; /* count * columns; texts belong to `document` and `texts`. */
    bool simulated;      /* The document says that it is invented. */
    int64_t server_time; /* When the answer was given, in microseconds; 0 where it doesn't say. */
    json_t *models;      /* An object whose keys are the models' ids. */
    json_t *numbers;     /* From the value of fields_key(), which no two records share, to the record's number. */
    json_t *document;
    char **texts;
    size_t text_count;
    size_t text_capacity;
} batch;

/* What does not come from the document. */
typedef struct records_options {
    const char *season; /* Borrowed for as long as the batch lives. */
    bool has_time;
    int64_t time_us; /* For records without a time of their own. */
} records_options;

/* Reads a whole stream as JSON and its records. Messages begin with the position in the document.
 * BERTH_DATA, BERTH_NO_MEMORY; BERTH_RESOURCE where the stream can't be read. On failure `*made` is NULL. */
berth_status records_read(FILE *stream, const records_options *options, batch **made, berth_error *error);

/* NULL does nothing. */
void records_free(batch *batch);

/* The values of one record. */
const berth_value *records_row(const batch *batch, size_t record);

/* Finds the record with that value of fields_key(); false where there is none. */
bool records_find(const batch *batch, const char *key, size_t *record);

/* Seconds to microseconds; false outside of 1970 to 2106. Within it a double is nearer than half a microsecond to the
 * decimal it was read from, so that the rounded product is exact. */
bool records_microseconds(double seconds, int64_t *microseconds);

#endif
