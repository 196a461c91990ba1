#include "core/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/utf8.h"

enum { MAX_BYTES = 65536, MAX_PARTS = 256 };

/* Error texts give positions and never quote user, password, host or port: when a password has an unescaped `/` or `?`
 * in it, these parts are not what they seem. */
typedef struct parser {
    const char *text;
    url *url;
    berth_error *error;
} parser;

/* A part of the text, `to` excluded. */
typedef struct span {
    const char *from;
    const char *to;
} span;

static int position_of(const parser *parser, const char *at) {
    return (int)(at - parser->text) + 1;
}

static berth_status refuse(const parser *parser, const char *part, const char *at, const char *reason) {
    return error_set(parser->error, BERTH_CONFIG, "the URL's %s, at byte %d: %s", part, position_of(parser, at),
                     reason);
}

static const char *find_any(span span, const char *characters) {
    for (const char *at = span.from; at < span.to; at++)
        if (strchr(characters, *at) != NULL)
            return at;
    return span.to;
}

static int hexadecimal_digit(char character) {
    if (character >= '0' && character <= '9')
        return character - '0';
    char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static berth_status decode(const parser *parser, const char *part, span span, char **decoded) {
    char *text = malloc((size_t)(span.to - span.from) + 1);
    if (text == NULL)
        return error_no_memory(parser->error, "a URL");
    const char *reason = NULL;
    size_t length = 0;
    const char *at = span.from;
    for (; at < span.to; at++) {
        text[length++] = *at;
        if (*at != '%')
            continue;
        int high = span.to - at > 2 ? hexadecimal_digit(at[1]) : -1;
        int low = high >= 0 ? hexadecimal_digit(at[2]) : -1;
        if (low < 0)
            reason = "\"%\" must be followed by two hexadecimal digits; \"%\" itself is written %25";
        else if (high == 0 && low == 0)
            reason = "a NUL (%00) is not allowed";
        if (reason != NULL)
            break;
        text[length - 1] = (char)(high * 16 + low);
        at += 2;
    }
    text[length] = '\0';
    if (reason == NULL && utf8_valid_bytes(text, length) != length) {
        reason = "the text must be UTF-8";
        at = span.from;
    }
    if (reason == NULL) {
        *decoded = text;
        return BERTH_OK;
    }
    free(text);
    return refuse(parser, part, at, reason);
}

static berth_status check_characters(const parser *parser) {
    size_t length = strnlen(parser->text, MAX_BYTES + 1);
    if (length == 0)
        return error_set(parser->error, BERTH_CONFIG,
                         "the URL is empty; write for instance sqlite:///file.db or postgresql://user@host/database");
    if (length > MAX_BYTES)
        return error_set(parser->error, BERTH_CONFIG, "the URL is longer than %d bytes", MAX_BYTES);
    for (const char *at = parser->text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte <= ' ' || byte == 0x7F)
            return error_set(parser->error, BERTH_CONFIG, "the URL has a %s at byte %d; it is written %%%02X",
                             byte == ' ' ? "blank" : "control character", position_of(parser, at), byte);
        if (byte == '#')
            return error_set(
                parser->error, BERTH_CONFIG,
                "the URL has a \"#\" at byte %d; a fragment means nothing here, and a \"#\" is written %%23",
                position_of(parser, at));
    }
    return BERTH_OK;
}

/* A name of [a-z][a-z0-9]*, put into lower case. */
static berth_status parse_name(const parser *parser, const char *part, span span, char **name) {
    for (const char *at = span.from; at < span.to; at++) {
        char lower = (char)(*at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at);
        if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9' && at > span.from))
            continue;
        return refuse(parser, part, at, "it must be a letter with letters and digits behind it, such as postgresql");
    }
    if (span.from == span.to)
        return refuse(parser, part, span.from, "it is empty; it must be a name such as postgresql");
    *name = strndup(span.from, (size_t)(span.to - span.from));
    if (*name == NULL)
        return error_no_memory(parser->error, "a URL");
    for (char *at = *name; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at |= 0x20;
    return BERTH_OK;
}

static berth_status parse_scheme(const parser *parser, span span) {
    const char *plus = find_any(span, "+");
    struct span scheme = {span.from, plus};
    berth_status status = parse_name(parser, "scheme", scheme, &parser->url->scheme);
    if (status != BERTH_OK || plus == span.to)
        return status;
    struct span driver = {plus + 1, span.to};
    return parse_name(parser, "driver name behind the \"+\"", driver, &parser->url->driver);
}

static berth_status parse_user(const parser *parser, span span) {
    const char *colon = find_any(span, ":");
    struct span user = {span.from, colon};
    berth_status status = decode(parser, "user", user, &parser->url->user);
    if (status != BERTH_OK || colon == span.to)
        return status;
    struct span password = {colon + 1, span.to};
    return decode(parser, "password", password, &parser->url->password);
}

/* An address with an optional zone (RFC 6874), decoded. */
static bool is_ipv6(const char *name) {
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    size_t length = strcspn(name, "%");
    if (length >= sizeof address || (name[length] == '%' && name[length + 1] == '\0'))
        return false;
    memcpy(address, name, length);
    address[length] = '\0';
    for (const char *zone = name + length; *zone != '\0'; zone++)
        if (!isalnum((unsigned char)*zone) && strchr("%-._~", *zone) == NULL)
            return false;
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* What is wrong with a host; NULL when nothing is. */
static const char *check_host(const char *name) {
    if (*name == '\0')
        return "the host is empty; write for instance localhost";
    if (*name == '/' || is_ipv6(name))
        return NULL;
    if (strchr(name, ':') != NULL)
        return "a host with \":\" must be an IPv6 address, in brackets in a URL";
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7F || strchr("/\\,?#[]%", *at) != NULL)
            return "a host must be a name, an address, or the absolute path of a unix socket";
    return NULL;
}

static bool read_port(const char *text, size_t length, uint32_t *port) {
    uint32_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(text[i] - '0');
        if (number > 65535)
            return false;
    }
    *port = number;
    return number != 0;
}

static berth_status parse_port(const parser *parser, span span, berth_host *host) {
    if (span.from == span.to || read_port(span.from, (size_t)(span.to - span.from), &host->port))
        return BERTH_OK;
    return refuse(parser, "port", span.from,
                  "it must be a number from 1 to 65535; a \":\" in a user or password is written %3A");
}

static berth_status parse_host(const parser *parser, span span) {
    berth_host *host = &parser->url->hosts[parser->url->host_count++];
    struct span name = {span.from, find_any(span, ":")};
    const char *behind = name.to;
    bool brackets = span.from < span.to && *span.from == '[';
    if (brackets) {
        name.from++;
        name.to = find_any(span, "]");
        if (name.to == span.to)
            return refuse(parser, "host", span.from, "\"[\" has no \"]\"");
        behind = name.to + 1;
    }
    if (behind < span.to && *behind != ':')
        return refuse(parser, "host", behind, "behind \"]\" only a \":\" and a port may stand");
    char *decoded = NULL;
    berth_status status = decode(parser, "host", name, &decoded);
    if (status != BERTH_OK)
        return status;
    host->name = decoded;
    if (brackets && !is_ipv6(decoded))
        return refuse(parser, "host", span.from, "in brackets must stand an IPv6 address");
    const char *reason = check_host(decoded);
    if (reason != NULL)
        return refuse(parser, "host", span.from, reason);
    struct span port = {behind < span.to ? behind + 1 : behind, span.to};
    return parse_port(parser, port, host);
}

/* Room for what stands between separators. */
static berth_status make_room(const parser *parser, span span, const char *separator, const char *part, size_t size,
                              void **room) {
    size_t count = 1;
    for (const char *at = span.from; at < span.to; at++)
        count += *at == *separator;
    if (count > MAX_PARTS)
        return error_set(parser->error, BERTH_CONFIG, "the URL's %s has more than %d parts", part, MAX_PARTS);
    *room = calloc(count, size);
    return *room != NULL ? BERTH_OK : error_no_memory(parser->error, "a URL");
}

static berth_status parse_hosts(const parser *parser, span span) {
    if (span.from == span.to)
        return BERTH_OK;
    void *room = NULL;
    berth_status status = make_room(parser, span, ",", "list of hosts", sizeof(berth_host), &room);
    parser->url->hosts = room;
    for (struct span rest = span; status == BERTH_OK; rest.from++) {
        struct span host = {rest.from, find_any(rest, ",")};
        status = parse_host(parser, host);
        rest.from = host.to;
        if (rest.from == rest.to)
            break;
    }
    return status;
}

static berth_status parse_authority(const parser *parser, span span, const char *end) {
    const char *user_end = find_any(span, "@");
    bool has_user = user_end < span.to;
    struct span hosts = {has_user ? user_end + 1 : span.from, span.to};
    struct span behind = {hosts.from, span.from < span.to ? end : span.to};
    const char *stray = find_any(behind, "@");
    if (stray < behind.to)
        return error_set(parser->error, BERTH_CONFIG,
                         "the URL has a \"@\" too many at byte %d; in a user or password \"/\" is written %%2F, \"?\" "
                         "%%3F and \"@\" %%40, and elsewhere \"@\" too",
                         position_of(parser, stray));
    struct span user = {span.from, user_end};
    berth_status status = has_user ? parse_user(parser, user) : BERTH_OK;
    return status == BERTH_OK ? parse_hosts(parser, hosts) : status;
}

static berth_status parse_pair(const parser *parser, span span) {
    const char *equals = find_any(span, "=");
    if (equals == span.to || equals == span.from)
        return refuse(parser, "query", span.from, "each of its parts must be name=value");
    url_pair *pair = &parser->url->query[parser->url->query_count++];
    struct span name = {span.from, equals};
    struct span value = {equals + 1, span.to};
    berth_status status = decode(parser, "query", name, &pair->name);
    return status == BERTH_OK ? decode(parser, "query", value, &pair->value) : status;
}

static berth_status parse_query(const parser *parser, span span) {
    void *room = NULL;
    berth_status status = make_room(parser, span, "&", "query", sizeof(url_pair), &room);
    parser->url->query = room;
    while (status == BERTH_OK && span.from < span.to) {
        struct span pair = {span.from, find_any(span, "&")};
        if (pair.from < pair.to)
            status = parse_pair(parser, pair);
        span.from = pair.to < span.to ? pair.to + 1 : span.to;
    }
    return status;
}

static berth_status parse_parts(const parser *parser) {
    const char *separator = strstr(parser->text, "://");
    if (separator == NULL)
        return error_set(parser->error, BERTH_CONFIG,
                         "the URL has no \"scheme://\" at its start; write for instance sqlite:///file.db or "
                         "postgresql://user@host/database");
    const char *end = separator + strlen(separator);
    span scheme = {parser->text, separator};
    span rest = {separator + 3, end};
    span authority = {rest.from, find_any(rest, "/?")};
    span behind = {authority.to, end};
    span path = {authority.to + (authority.to < end && *authority.to == '/'), find_any(behind, "?")};
    span query = {path.to + (path.to < end), end};
    berth_status status = parse_scheme(parser, scheme);
    if (status == BERTH_OK)
        status = parse_authority(parser, authority, end);
    if (status == BERTH_OK)
        status = decode(parser, "database", path, &parser->url->database);
    return status == BERTH_OK ? parse_query(parser, query) : status;
}

berth_status url_parse(const char *text, url **parsed, berth_error *error) {
    parser parser = {.text = text, .error = error};
    *parsed = NULL;
    error_clear(error);
    berth_status status = check_characters(&parser);
    if (status != BERTH_OK)
        return status;
    parser.url = calloc(1, sizeof *parser.url);
    if (parser.url == NULL)
        return error_no_memory(error, "a URL");
    status = parse_parts(&parser);
    if (status == BERTH_OK)
        *parsed = parser.url;
    else
        url_free(parser.url);
    return status;
}

static void free_hosts(url *url) {
    for (size_t i = 0; i < url->host_count; i++)
        free((char *)(uintptr_t)url->hosts[i].name);
    free(url->hosts);
    url->hosts = NULL;
    url->host_count = 0;
}

static size_t count_parts(const char *list) {
    size_t count = 1;
    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

static berth_status set_names(url *url, const char *names, berth_error *error) {
    size_t count = count_parts(names);
    if (count > MAX_PARTS)
        return error_set(error, BERTH_CONFIG, "more than %d hosts are not allowed", MAX_PARTS);
    berth_host *hosts = calloc(count, sizeof *hosts);
    if (hosts == NULL)
        return error_no_memory(error, "a URL");
    free_hosts(url);
    url->hosts = hosts;
    for (const char *at = names; url->host_count < count; at += strcspn(at, ",") + 1) {
        size_t length = strcspn(at, ",");
        size_t bracket = length > 1 && *at == '[' && at[length - 1] == ']';
        char *name = strndup(at + bracket, length - 2 * bracket);
        if (name == NULL)
            return error_no_memory(error, "a URL");
        hosts[url->host_count++].name = name;
        const char *reason = check_host(name);
        if (reason != NULL)
            return error_set(error, BERTH_CONFIG, "%s", reason);
    }
    return BERTH_OK;
}

static berth_status set_ports(url *url, const char *ports, berth_error *error) {
    size_t count = count_parts(ports);
    if (url->host_count == 0)
        return error_set(error, BERTH_CONFIG, "a port needs a host");
    if (count != 1 && count != url->host_count)
        return error_set(error, BERTH_CONFIG, "%zu ports are given for %zu hosts; one for all or one for each must be",
                         count, url->host_count);
    for (size_t i = 0; i < url->host_count; i++) {
        size_t length = strcspn(ports, ",");
        if (!read_port(ports, length, &url->hosts[i].port))
            return error_set(error, BERTH_CONFIG, "a port must be a number from 1 to 65535");
        ports += count > 1 ? length + 1 : 0;
    }
    return BERTH_OK;
}

berth_status url_set_hosts(url *url, const char *names, const char *ports, berth_error *error) {
    error_clear(error);
    berth_status status = names != NULL ? set_names(url, names, error) : BERTH_OK;
    return status == BERTH_OK && ports != NULL ? set_ports(url, ports, error) : status;
}

static void encode(buffer *buffer, const char *text, const char *allowed) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool plain = byte < 0x80 && (isalnum(byte) || strchr("-._~", byte) != NULL || strchr(allowed, byte) != NULL);
        if (plain)
            buffer_char(buffer, *text);
        else
            buffer_format(buffer, "%%%02X", byte);
    }
}

static void format_hosts(buffer *buffer, const url *url) {
    for (size_t i = 0; i < url->host_count; i++) {
        const berth_host *host = &url->hosts[i];
        bool brackets = *host->name != '/' && strchr(host->name, ':') != NULL;
        buffer_text(buffer, i > 0 ? "," : "");
        buffer_text(buffer, brackets ? "[" : "");
        encode(buffer, host->name, brackets ? ":" : "");
        buffer_text(buffer, brackets ? "]" : "");
        if (host->port != 0)
            buffer_format(buffer, ":%u", host->port);
    }
}

static bool is_listed(const char *name, const char *const *list) {
    for (; list != NULL && *list != NULL; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

char *url_format(const url *url, bool redact, const char *const *secrets) {
    buffer buffer = {0};
    buffer_text(&buffer, url->scheme);
    if (url->driver != NULL)
        buffer_format(&buffer, "+%s", url->driver);
    buffer_text(&buffer, "://");
    if (url->user != NULL)
        encode(&buffer, url->user, "");
    if (url->password != NULL) {
        buffer_char(&buffer, ':');
        encode(&buffer, redact ? "***" : url->password, "*");
    }
    if (url->user != NULL)
        buffer_char(&buffer, '@');
    format_hosts(&buffer, url);
    if (*url->database != '\0')
        buffer_char(&buffer, '/');
    encode(&buffer, url->database, "/:");
    for (size_t i = 0; i < url->query_count; i++) {
        const url_pair *pair = &url->query[i];
        buffer_char(&buffer, i > 0 ? '&' : '?');
        encode(&buffer, pair->name, "");
        buffer_char(&buffer, '=');
        encode(&buffer, redact && is_listed(pair->name, secrets) ? "***" : pair->value, "/:*");
    }
    return buffer_take(&buffer);
}

void url_free(url *url) {
    if (url == NULL)
        return;
    for (size_t i = 0; i < url->query_count; i++) {
        free(url->query[i].name);
        free(url->query[i].value);
    }
    free(url->query);
    free_hosts(url);
    free(url->scheme);
    free(url->driver);
    free(url->user);
    free(url->password);
    free(url->database);
    free(url);
}
