/* The server under test, which tests/support/servers has started for this program alone: where it is, and what is done
 * to it from outside. */
#ifndef TESTS_FAULTS_SERVER_H
#define TESTS_FAULTS_SERVER_H

#include <berth.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/faults/raw.h"
#include "tests/support/suite.h"

#define SERVER_DATABASE "berth_tcp"
#define SERVER_FIELDS 4
#define SERVER_SESSIONS_MAX 256

/* A sanitizer makes everything several times slower, and so the machine with its two cores: what is bounded in time has
 * that many times as much of it there. CMakeLists.txt sets it. */
#define SERVER_PATIENCE FAULTS_PATIENCE

int64_t now_ns(void);
#define NS_PER_MS INT64_C(1000000)

typedef bool wait_condition(void *context);

/* Waits for a state. False when it does not come within `limit_ms`. */
bool wait_until(wait_condition *holds, void *context, int64_t limit_ms);

/* A variable of the server's, such as PORT. */
const char *server_variable(const char *name);
const char *server_user(void);
const char *server_password(void);

/* Opens an engine over TCP for that user; `query` is more of the URL, as in "pool_size=5&max_overflow=10". */
berth_engine *server_engine(const char *user, const char *query);

/* A raw connection, which must come. */
raw_connection *server_connect(void);

/* What tests/support/servers does to the server: "kill", "restart", "freeze" or "thaw". It goes on by itself until
 * server_end(), which must find that it succeeded. */
pid_t server_begin(const char *command);
void server_end(pid_t command);
void server_do(const char *command);

/* Waits until the connection's server is gone. */
void server_await_death(const raw_connection *witness);
/* Waits until the server takes a raw connection. Returns the moment when it had. */
int64_t server_await_life(void);

/* Sessions that the server has over TCP. */
typedef struct server_sessions {
    uint32_t count;
    char ids[SERVER_SESSIONS_MAX][24];
    uint16_t ports[SERVER_SESSIONS_MAX];
} server_sessions;

/* False when the server does not answer. */
bool server_list(raw_connection *connection, server_sessions *sessions);

/* How many of the sessions have their client's end still open. A server takes its time to notice that a client is gone;
 * those that were listed and are open afterwards have all been open at the moment of the list. */
uint32_t server_count_open(const server_sessions *sessions);

#endif
