/* The server as its own client library sees it, with nothing of Berth in between: what the tests believe when Berth and
 * the server say different things. Each server has a file of its own, of which one is linked in. Over the unix socket,
 * so that whoever comes over TCP is Berth. */
#ifndef TESTS_FAULTS_RAW_H
#define TESTS_FAULTS_RAW_H

#include <stdbool.h>

/* What is known about the server. */
typedef struct raw_server {
    const char *name; /* As tests/support/servers and the variables of its environment name it. */
    const char *scheme;
    const char *sessions_sql; /* The id and the client's port of every session that came over TCP. */
    const char *full_words;   /* Of its message to a user who has all the sessions that he may have. */
} raw_server;

extern const raw_server raw_server_here;

typedef struct raw_connection raw_connection;

/* Logs in; NULL where the server takes nobody. */
raw_connection *raw_open(void);
void raw_close(raw_connection *connection);

/* Its descriptor, to notice that the server is gone. */
int raw_descriptor(const raw_connection *connection);

typedef void raw_row_handler(void *context, const char *const *fields);

/* Runs one statement and hands over its rows. False when it fails, as it does when the server is gone. */
bool raw_query(raw_connection *connection, const char *sql, raw_row_handler *handle_row, void *context);

/* The same for one that must not fail and whose rows are of no interest. */
void raw_run(raw_connection *connection, const char *sql);

/* Ends the session with that id. False when there is none any more. */
bool raw_kill(raw_connection *connection, const char *id);

/* Makes the user "limited", with the password of the tests, who may have two sessions at a time. */
void raw_make_limited_user(raw_connection *connection);

#endif
