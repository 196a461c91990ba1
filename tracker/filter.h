/* The rows of one table that the user asked for, the newest first. */
#ifndef TRACKER_FILTER_H
#define TRACKER_FILTER_H

#include "tracker/options.h"

#define FILTER_VALUES 4 /* Season, model, symbol, limit. */

typedef struct filter {
    const char *table;
    char where[128];
    berth_value values[FILTER_VALUES];
    size_t count; /* Of the values in `where`. */
    int64_t limit;
} filter;

/* Borrows the texts. */
filter filter_make(const char *table, const char *season, const options *options);

/* How many rows there are without the limit. */
int64_t filter_count(berth_session *session, const filter *filter);

/* The rows themselves, as berth_query() gives them. */
berth_result *filter_query(berth_session *session, const filter *filter, const char *columns, const char *order);

/* Prints "20 of 253 trades". */
void filter_print_count(FILE *stream, const filter *filter, int64_t found);

#endif
