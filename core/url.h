/* Text to the parts of a URL and back (RFC 3986). No policy: what a part means is for settings.c and the driver. */
#ifndef CORE_URL_H
#define CORE_URL_H

#include <berth/driver.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct url_pair {
    char *name;
    char *value;
} url_pair;

typedef struct url {
    char *scheme;      /* [a-z][a-z0-9]*, in lower case. */
    char *driver;      /* Of "scheme+driver", likewise; NULL without. */
    char *user;        /* NULL where there is none; "" where it is empty. */
    char *password;    /* Likewise. */
    berth_host *hosts; /* Names are decoded, without brackets. */
    size_t host_count;
    char *database;  /* The path without its first slash, decoded: "/a" of sqlite:////a. Never NULL. */
    url_pair *query; /* In order, decoded. */
    size_t query_count;
} url;

/* Parses. On failure `*parsed` is NULL and the error (BERTH_CONFIG) says which part, what was found, what is allowed,
 * and shows no password. */
berth_status url_parse(const char *text, url **parsed, berth_error *error);

/* Replaces the hosts by those of plain texts, lists with commas as in `?host=a,b&port=1,2`: NULL `names` keeps the
 * names, one port counts for all. BERTH_CONFIG for what can't be a host or port; the message is a bare reason. */
berth_status url_set_hosts(url *url, const char *names, const char *ports, berth_error *error);

/* A text that url_parse() reads back to the same parts; with `redact` the password, and every query value whose name is
 * in `secrets` (NULL-terminated, may be NULL), is "***". The caller's to free(); NULL without memory. */
char *url_format(const url *url, bool redact, const char *const *secrets);

void url_free(url *url);

#endif
