/* A way to the server that counts round trips and can be cut: bytes go through it as they are. One at a time. */
#ifndef TESTS_DRIVERS_POSTGRESQL_PROXY_H
#define TESTS_DRIVERS_POSTGRESQL_PROXY_H

#include <berth/driver.h>

/* Connects through the proxy, which is started. `options` as for fixture_info(). */
berth_driver_connection *proxy_connect(const char *const *options);
/* Closes what proxy_connect() made, and stops the proxy. */
void proxy_close(berth_driver_connection *connection);

/* How often the client has said something since the server said something, after proxy_connect(). */
int proxy_round_trips(void);

/* Cuts the connection instead of handing on what the client says with this word in it ... */
void proxy_cut_before(const char *word);
/* ... or instead of handing on what the server answers to it. */
void proxy_cut_after(const char *word);

#endif
