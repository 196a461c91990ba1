/* What bulk.c and bulk_rows.c share: a load that goes on. */
#ifndef DRIVERS_MYSQL_BULK_H
#define DRIVERS_MYSQL_BULK_H

#include "client.h"

/* Rows that are kept, so that those that come one by one go together. */
typedef struct bulk_store {
    berth_value *values;
    char *bytes; /* Of the texts and blobs among them. */
    uint64_t bytes_used;
    uint64_t row_count;
} bulk_store;

typedef struct bulk_load {
    char *sql; /* INSERT ... VALUES, where rows of placeholders follow. */
    uint64_t sql_length;
    char *names; /* Of the columns, each with its NUL. */
    uint32_t column_count;
    uint64_t batch_bytes;
    bool owns_transaction;             /* The load is one itself, since there was none. */
    berth_driver_statement *statement; /* For `statement_rows` rows; each load has its own. */
    uint64_t statement_rows;
    uint64_t loaded;
    bulk_store store;
} bulk_load;

/* Within a call: loads rows now, or what is kept. A failure has the index among all rows of the load. */
int32_t mydb_bulk_load(berth_driver_connection *connection, const berth_value *values, uint64_t row_count,
                       berth_error *error);
int32_t mydb_bulk_flush(berth_driver_connection *connection, berth_error *error);
/* Prepares the INSERT for so many rows. */
int32_t mydb_bulk_prepare(berth_driver_connection *connection, uint64_t row_count, berth_error *error);

#endif
