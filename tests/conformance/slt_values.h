/* The values of a query, as sqllogictest compares them. */
#ifndef TESTS_CONFORMANCE_SLT_VALUES_H
#define TESTS_CONFORMANCE_SLT_VALUES_H

#include <berth.h>
#include <stddef.h>

#define SLT_HASH_BYTES 33 /* Of an MD5 in hexadecimal, its NUL included. */

typedef struct slt_values {
    char **items; /* Row by row. */
    size_t count;
    size_t room;
    size_t columns;
} slt_values;

/* Adds a value as `type` ('I', 'R' or 'T') writes it. False without memory. */
bool slt_values_add(slt_values *values, const berth_value *value, char type);
/* Sorts rows ("rowsort"), values ("valuesort") or nothing ("nosort"). */
void slt_values_sort(slt_values *values, const char *mode);
/* The MD5 of all values, each with a line's end. False when there is no MD5. */
bool slt_values_hash(const slt_values *values, char hash[SLT_HASH_BYTES]);
void slt_values_free(slt_values *values);

#endif
