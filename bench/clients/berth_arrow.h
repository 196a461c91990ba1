/* Rows as columns, on Berth's side. */
#ifndef BENCH_CLIENTS_BERTH_ARROW_H
#define BENCH_CLIENTS_BERTH_ARROW_H

#include <berth.h>

#include "bench/clients/clients.h"

/* From berth.c. */
berth_engine *clients_berth_engine(const clients_connection *connection);
void clients_berth_end(berth_session *session);

uint64_t clients_berth_read_columns(clients_connection *connection, int64_t first, int64_t count, int64_t rows);
uint64_t clients_berth_read_arrow(clients_connection *connection, int64_t first, int64_t count, int64_t rows);

#endif
