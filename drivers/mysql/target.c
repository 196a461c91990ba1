/* Where to connect to, and one attempt to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client.h"

#define DEFAULT_SOCKET_NAME "mysqld.sock"
#define LARGEST_PACKET_BYTES (1UL << 30)

static const char *find_option(const berth_connect_info *info, const char *name) {
    for (uint32_t i = 0; i < info->option_count; i++)
        if (strcmp(info->options[i].name, name) == 0)
            return info->options[i].value;
    return NULL;
}

static bool copy_text(char **copy, const char *text) {
    mydb_services->release(*copy);
    *copy = NULL;
    if (text == NULL)
        return true;
    size_t bytes = strlen(text) + 1;
    *copy = mydb_services->allocate(bytes);
    if (*copy != NULL)
        memcpy(*copy, text, bytes);
    return *copy != NULL;
}

bool mydb_target_copy(client_target *target, const berth_connect_info *info) {
    const char *compress = find_option(info, "compress");
    const char *mariadb = find_option(info, "mariadb");
    const char *busy_poll = find_option(info, "busy_poll_us");
    target->tls = info->tls;
    target->is_plain = mariadb != NULL && strcmp(mariadb, "off") == 0;
    target->busy_poll.budget_ns = busy_poll != NULL ? strtoll(busy_poll, NULL, 10) * 1000 : 0;
    target->compress = compress != NULL && strcmp(compress, "on") == 0;
    return copy_text(&target->user, info->user) && copy_text(&target->password, info->password) &&
           copy_text(&target->database, info->database[0] != '\0' ? info->database : NULL) &&
           copy_text(&target->tls_ca, info->tls_ca) && copy_text(&target->tls_cert, info->tls_cert) &&
           copy_text(&target->tls_key, info->tls_key) && copy_text(&target->application_name, info->application_name);
}

/* A path is that of a socket, or of the folder where it is. */
static bool set_socket(client_target *target, const char *path) {
    struct stat found;
    if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode))
        return copy_text(&target->socket, path);
    size_t bytes = strlen(path) + sizeof "/" DEFAULT_SOCKET_NAME;
    target->socket = mydb_services->allocate(bytes);
    if (target->socket != NULL)
        snprintf(target->socket, bytes, "%s/%s", path, DEFAULT_SOCKET_NAME);
    return target->socket != NULL;
}

bool mydb_target_set_host(client_target *target, const berth_connect_info *info, uint32_t index) {
    const char *socket = find_option(info, "socket");
    const berth_host *host = index < info->host_count ? &info->hosts[index] : NULL;
    copy_text(&target->host, NULL);
    copy_text(&target->socket, NULL);
    target->port = host != NULL ? host->port : 0;
    if (socket != NULL)
        return set_socket(target, socket);
    if (host != NULL && host->name[0] == '/')
        return set_socket(target, host->name);
    return host == NULL || host->name[0] == '\0' || copy_text(&target->host, host->name);
}

void mydb_target_free(client_target *target) {
    char *const texts[] = {target->host,   target->socket,   target->user,    target->password,        target->database,
                           target->tls_ca, target->tls_cert, target->tls_key, target->application_name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mydb_services->release(texts[i]);
    memset(target, 0, sizeof *target);
}

/* MariaDB Connector/C encrypts silently where it can, whatever was asked for; only the check of the certificate, which
 * includes the host's name, fails without encryption. What `require` asks for is looked at after connecting.
 * An authority that is given is there to be asked. */
static void set_tls(const client_target *target, MYSQL *handle) {
    uint32_t tls = target->tls;
#if !defined(MYSQL_HAS_SSL_MODE)
    if (tls == BERTH_TLS_DISABLE)
        return; /* A certificate alone would encrypt. */
#endif
    if (tls == BERTH_TLS_DEFAULT && target->tls_ca != NULL)
        tls = BERTH_TLS_VERIFY_CA;
    if (target->tls_ca != NULL || target->tls_cert != NULL || target->tls_key != NULL)
        mysql_ssl_set(handle, target->tls_key, target->tls_cert, target->tls_ca, NULL, NULL);
#if defined(MYSQL_HAS_SSL_MODE)
    static const unsigned modes[] = {
        [BERTH_TLS_DISABLE] = SSL_MODE_DISABLED,
        [BERTH_TLS_PREFER] = SSL_MODE_PREFERRED,
        [BERTH_TLS_REQUIRE] = SSL_MODE_REQUIRED,
        [BERTH_TLS_VERIFY_CA] = SSL_MODE_VERIFY_CA,
        [BERTH_TLS_VERIFY_FULL] = SSL_MODE_VERIFY_IDENTITY,
    };
    if (tls != BERTH_TLS_DEFAULT && tls <= BERTH_TLS_VERIFY_FULL)
        mysql_options(handle, MYSQL_OPT_SSL_MODE, &modes[tls]);
#else
    client_bool yes = 1;
    if (tls >= BERTH_TLS_PREFER)
        mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes);
    if (tls >= BERTH_TLS_VERIFY_CA)
        mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
#endif
}

bool mydb_target_is_secure(const client_target *target, MYSQL *handle) {
    return target->tls < BERTH_TLS_REQUIRE || mysql_get_ssl_cipher(handle) != NULL;
}

static void set_options(const client_target *target, MYSQL *handle, int64_t patience_ns) {
    unsigned local_infile = 0;
    unsigned long packet_bytes = LARGEST_PACKET_BYTES;
    mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &local_infile);
    mysql_options(handle, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet_bytes);
    mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
                   target->application_name[0] != '\0' ? target->application_name : "berth");
    if (target->compress)
        mysql_options(handle, MYSQL_OPT_COMPRESS, NULL);
    if (patience_ns < BERTH_NO_DEADLINE) {
        int64_t seconds = patience_ns <= NS_PER_S ? 1 : (patience_ns + NS_PER_S - 1) / NS_PER_S;
        unsigned patience_s = seconds < INT32_MAX ? (unsigned)seconds : INT32_MAX;
        mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &patience_s);
    }
    if (target->host != NULL) {
        unsigned protocol = MYSQL_PROTOCOL_TCP;
        mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
    }
    set_tls(target, handle);
}

MYSQL *mydb_target_connect(const client_target *target, int64_t patience_ns) {
    MYSQL *handle = mysql_init(NULL);
    if (handle == NULL)
        return NULL;
    set_options(target, handle, patience_ns);
    mysql_real_connect(handle, target->host, target->user, target->password, target->database, target->port,
                       target->socket, CLIENT_FOUND_ROWS);
    return handle;
}
