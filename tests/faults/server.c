#include "tests/faults/server.h"

#include <ctype.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 30000
#define PAUSE_NS (2 * NS_PER_MS)
#define URL_BYTES 512
#define SKIPPED 77

extern char **environ;

int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

bool wait_until(wait_condition *holds, void *context, int64_t limit_ms) {
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    int64_t deadline_ns = now_ns() + limit_ms * NS_PER_MS;
    while (!holds(context)) {
        if (now_ns() > deadline_ns)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "there is no %s: run this within tests/support/servers run\n", name);
        exit(SKIPPED);
    }
    return value;
}

const char *server_variable(const char *name) {
    char full[64];
    int length = snprintf(full, sizeof full, "BERTH_TEST_%s_%s", raw_server_here.name, name);
    for (int i = 0; i < length; i++)
        full[i] = (char)toupper((unsigned char)full[i]);
    return variable(full);
}

const char *server_user(void) {
    return variable("BERTH_TEST_USER");
}

const char *server_password(void) {
    return variable("BERTH_TEST_PASSWORD");
}

berth_engine *server_engine(const char *user, const char *query) {
    char url[URL_BYTES];
    berth_error error;
    berth_engine *engine = NULL;
    snprintf(url, sizeof url, "%s://%s:%s@127.0.0.1:%s/" SERVER_DATABASE "?tls=disable&%s", raw_server_here.scheme,
             user, server_password(), server_variable("PORT"), query);
    berth_engine_open(url, NULL, &engine, &error);
    ASSERT_TEXT(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(engine);
    return engine;
}

raw_connection *server_connect(void) {
    raw_connection *connection = raw_open();
    CU_ASSERT_PTR_NOT_NULL_FATAL(connection);
    return connection;
}

pid_t server_begin(const char *command) {
    const char *const words[] = {SERVERS_SCRIPT, command, variable("BERTH_TEST_SERVERS"), raw_server_here.name, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    posix_spawn_file_actions_init(&actions);
    /* The server that is started anew must not hold this program's ends of dead connections. */
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    CU_ASSERT_EQUAL_FATAL(posix_spawn(&child, SERVERS_SCRIPT, &actions, NULL, (char *const *)words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

void server_end(pid_t command) {
    int status = 0;
    CU_ASSERT_EQUAL_FATAL(waitpid(command, &status, 0), command);
    CU_ASSERT_EQUAL_FATAL(status, 0);
}

void server_do(const char *command) {
    server_end(server_begin(command));
}

void server_await_death(const raw_connection *witness) {
    struct pollfd hang_up = {.fd = raw_descriptor(witness)};
    CU_ASSERT_EQUAL_FATAL(poll(&hang_up, 1, LIMIT_MS), 1);
}

static bool has_connected(void *context) {
    raw_connection **connection = context;
    *connection = raw_open();
    return *connection != NULL;
}

int64_t server_await_life(void) {
    raw_connection *connection = NULL;
    CU_ASSERT_FATAL(wait_until(has_connected, &connection, LIMIT_MS));
    int64_t moment_ns = now_ns();
    raw_close(connection);
    return moment_ns;
}

static void add_session(void *context, const char *const *fields) {
    server_sessions *sessions = context;
    if (sessions->count == SERVER_SESSIONS_MAX)
        return;
    snprintf(sessions->ids[sessions->count], sizeof sessions->ids[0], "%s", fields[0]);
    sessions->ports[sessions->count++] = (uint16_t)strtoul(fields[1], NULL, 10);
}

bool server_list(raw_connection *connection, server_sessions *sessions) {
    sessions->count = 0;
    return raw_query(connection, raw_server_here.sessions_sql, add_session, sessions);
}

/* The hexadecimal number behind the next colon; moves on to its end. */
static unsigned long next_port(char **text) {
    char *colon = strchr(*text, ':');
    return colon != NULL ? strtoul(colon + 1, text, 16) : 0;
}

/* The local port of a line "  0: 0100007F:D431 0100007F:1538 01 ..." when it is a connection to that port, else 0. */
static unsigned long port_of_client(char *line, unsigned long server_port) {
    enum { ESTABLISHED = 1 };
    char *text = strchr(line, ':');
    if (text == NULL)
        return 0;
    text++;
    unsigned long port = next_port(&text);
    return next_port(&text) == server_port && strtoul(text, NULL, 16) == ESTABLISHED ? port : 0;
}

uint32_t server_count_open(const server_sessions *sessions) {
    const unsigned long server_port = strtoul(server_variable("PORT"), NULL, 10);
    uint32_t open = 0;
    char line[512];
    FILE *table = fopen("/proc/self/net/tcp", "r");
    if (table == NULL)
        return sessions->count;
    while (fgets(line, sizeof line, table) != NULL) {
        unsigned long port = port_of_client(line, server_port);
        for (uint32_t i = 0; port != 0 && i < sessions->count; i++)
            open += sessions->ports[i] == port;
    }
    fclose(table);
    return open;
}
