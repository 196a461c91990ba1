#include <stdio.h>
#include <string.h>

#include "postgresql.h"

#define ALIAS(option, setting)                                                                                         \
    { .name = (option), .kind = BERTH_OPTION_TEXT, .help = "as " setting, .alias_of = (setting) }
#define TEXT(option, text)                                                                                             \
    { .name = (option), .kind = BERTH_OPTION_TEXT, .help = (text) }
#define NUMBER(option, highest, otherwise, text)                                                                       \
    {                                                                                                                  \
        .name = (option), .kind = BERTH_OPTION_INTEGER, .maximum = (highest), .default_value = (otherwise),            \
        .help = (text)                                                                                                 \
    }

const berth_driver_option postgresql_options[] = {
    {.name = "prepared",
     .kind = BERTH_OPTION_SWITCH,
     .default_value = "on",
     .help = "off keeps no statements on the server, as PgBouncer in transaction pooling needs it"},
    NUMBER("busy_poll_us", 1000000, "0",
           "microseconds to look at the socket again and again before sleeping, while that pays"),
    {.name = "target_session_attrs",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "any|read-write|read-only|primary|standby|prefer-standby",
     .default_value = "any",
     .help = "which of several servers will do"},
    ALIAS("sslmode", "tls"),
    ALIAS("sslrootcert", "tls_ca"),
    ALIAS("sslcert", "tls_cert"),
    ALIAS("sslkey", "tls_key"),
    {.name = "sslpassword", .kind = BERTH_OPTION_SECRET, .help = "of the key in tls_key"},
    TEXT("sslcrl", "file of revoked certificates"),
    TEXT("sslcrldir", "folder of revoked certificates"),
    {.name = "sslsni", .kind = BERTH_OPTION_SWITCH, .default_value = "on", .help = "whether TLS tells the host's name"},
    {.name = "ssl_min_protocol_version",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "TLSv1|TLSv1.1|TLSv1.2|TLSv1.3",
     .default_value = "TLSv1.2",
     .help = "the oldest TLS that is taken"},
    {.name = "ssl_max_protocol_version",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "TLSv1|TLSv1.1|TLSv1.2|TLSv1.3",
     .help = "the newest TLS that is taken"},
    {.name = "channel_binding",
     .kind = BERTH_OPTION_CHOICE,
     .choices = "disable|prefer|require",
     .default_value = "prefer",
     .help = "whether the password is bound to the TLS connection"},
    TEXT("hostaddr", "address to connect to, without asking for the host's name; for a URL with one host"),
    TEXT("passfile", "file of passwords"),
    TEXT("options", "settings for the server, such as -c work_mem=64MB; PgBouncer refuses it"),
    TEXT("fallback_application_name", "for a program that has not set application_name"),
    {.name = "keepalives", .kind = BERTH_OPTION_SWITCH, .default_value = "on", .help = "TCP keepalives"},
    NUMBER("keepalives_idle", 32767, "10", "seconds of silence before the first keepalive"),
    NUMBER("keepalives_interval", 32767, "5", "seconds between keepalives"),
    NUMBER("keepalives_count", 127, "4", "keepalives without answer that end the connection"),
    NUMBER("tcp_user_timeout", INT32_MAX, "30000", "milliseconds that sent data may stay unacknowledged"),
    {.name = NULL},
};

/* What libpq has as 0 and 1, and what is no keyword of libpq. */
static const char *const switches[] = {"keepalives", "sslsni", NULL};
static const char *const own[] = {"prepared", "busy_poll_us", "target_session_attrs", NULL};

/* What holds when nothing is said. A dead link is noticed within half a minute; GSS encryption, which costs a round
 * trip to find out about, is not asked for. */
static const struct {
    const char *name;
    const char *value;
} defaults[] = {
    {"client_encoding", "UTF8"},   {"gssencmode", "disable"},    {"fallback_application_name", "berth"},
    {"keepalives_idle", "10"},     {"keepalives_interval", "5"}, {"keepalives_count", "4"},
    {"tcp_user_timeout", "30000"},
};

static const char *const tls_modes[] = {
    [BERTH_TLS_DISABLE] = "disable",     [BERTH_TLS_PREFER] = "prefer",           [BERTH_TLS_REQUIRE] = "require",
    [BERTH_TLS_VERIFY_CA] = "verify-ca", [BERTH_TLS_VERIFY_FULL] = "verify-full",
};

const char *postgresql_option(const berth_connect_info *info, const char *name, const char *otherwise) {
    for (uint32_t i = 0; i < info->option_count; i++)
        if (strcmp(info->options[i].name, name) == 0)
            return info->options[i].value;
    return otherwise;
}

static bool is_listed(const char *const *names, const char *name) {
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static void add(postgresql_keywords *keywords, const char *name, const char *value) {
    if (value == NULL || keywords->count == POSTGRESQL_MAX_KEYWORDS - 1)
        return;
    keywords->names[keywords->count] = name;
    keywords->values[keywords->count] = value;
    keywords->count++;
}

/* A unix socket may be given as libpq has it, by its folder and port, or as a file. */
static void add_host(postgresql_keywords *keywords, const berth_host *host) {
    static const char file[] = "/.s.PGSQL.";
    const char *last = strrchr(host->name, '/');
    keywords->port[0] = '\0';
    if (host->port != 0)
        snprintf(keywords->port, sizeof keywords->port, "%u", (unsigned)host->port);
    if (last != NULL && strncmp(last, file, sizeof file - 1) == 0) {
        snprintf(keywords->folder, sizeof keywords->folder, "%.*s", (int)(last - host->name), host->name);
        snprintf(keywords->port, sizeof keywords->port, "%.15s", last + sizeof file - 1);
        add(keywords, "host", keywords->folder);
    } else if (host->name[0] != '\0') {
        add(keywords, "host", host->name);
    }
    if (keywords->port[0] != '\0')
        add(keywords, "port", keywords->port);
}

/* A CA without a mode would be read by nobody, for libpq verifies nothing by default. */
static const char *choose_tls(const berth_connect_info *info) {
    if (info->tls == BERTH_TLS_DEFAULT)
        return info->tls_ca != NULL ? tls_modes[BERTH_TLS_VERIFY_FULL] : NULL;
    return tls_modes[info->tls];
}

void postgresql_keywords_make(const berth_connect_info *info, const berth_host *host, const char *target,
                              postgresql_keywords *keywords) {
    keywords->count = 0;
    if (host != NULL)
        add_host(keywords, host);
    add(keywords, "user", info->user);
    add(keywords, "password", info->password);
    add(keywords, "dbname", info->database[0] != '\0' ? info->database : NULL);
    add(keywords, "application_name", info->application_name[0] != '\0' ? info->application_name : NULL);
    add(keywords, "sslmode", choose_tls(info));
    add(keywords, "sslrootcert", info->tls_ca);
    add(keywords, "sslcert", info->tls_cert);
    add(keywords, "sslkey", info->tls_key);
    add(keywords, "target_session_attrs", target);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (postgresql_option(info, defaults[i].name, NULL) == NULL)
            add(keywords, defaults[i].name, defaults[i].value);
    for (uint32_t i = 0; i < info->option_count; i++) {
        const berth_option *option = &info->options[i];
        const char *value = option->value;
        if (is_listed(switches, option->name))
            value = strcmp(value, "on") == 0 ? "1" : "0";
        if (!is_listed(own, option->name))
            add(keywords, option->name, value);
    }
    keywords->names[keywords->count] = keywords->values[keywords->count] = NULL;
}
