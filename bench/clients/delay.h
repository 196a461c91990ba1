/* A way to a server that takes its time, as a network does. */
#ifndef BENCH_CLIENTS_DELAY_H
#define BENCH_CLIENTS_DELAY_H

#include <stdint.h>

typedef struct clients_delay clients_delay;

/* Listens on the unix socket `path` and connects who comes with the unix socket `server_path`. What one end sends, and
 * that it ends, reaches the other `delay_us` later, and never earlier; any number of bytes can be on the way. A thread
 * of its own does that until it is closed. Ends the program where that can't be. */
clients_delay *clients_delay_open(const char *path, const char *server_path, int64_t delay_us);

/* Breaks the connections that are left. */
void clients_delay_close(clients_delay *delay);

#endif
