/* Texts of a check, and URLs with other parts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

/* Stands before each text. */
typedef struct kept {
    struct kept *next;
    char text[];
} kept;

static kept *first;

const char *text_format(const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    kept *made = malloc(sizeof *made + (size_t)length + 1);
    if (made == NULL)
        needs("more memory");
    vsnprintf(made->text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    made->next = first;
    first = made;
    return made->text;
}

const char *text_repeat(const char *piece, size_t count) {
    size_t bytes = strlen(piece);
    kept *made = malloc(sizeof *made + bytes * count + 1);
    if (made == NULL)
        needs("more memory");
    for (size_t i = 0; i < count; i++)
        memcpy(made->text + i * bytes, piece, bytes);
    made->text[bytes * count] = '\0';
    made->next = first;
    first = made;
    return made->text;
}

void text_clean(void) {
    while (first != NULL) {
        kept *next = first->next;
        free(first);
        first = next;
    }
}

/* A URL's parts, each a piece of it: scheme://user:password@host:port/database?query. */
typedef struct pieces {
    const char *start[URL_DATABASE + 1]; /* NULL: not there. */
    int length[URL_DATABASE + 1];
    int scheme_length; /* With "://". */
    const char *query; /* With its "?", or "". */
} pieces;

static void set_piece(pieces *pieces, url_part part, const char *start, const char *end) {
    pieces->start[part] = start;
    pieces->length[part] = (int)(end - start);
}

static void split_authority(pieces *pieces, const char *start, const char *end) {
    const char *at = memrchr(start, '@', (size_t)(end - start));
    if (at != NULL) {
        const char *colon = memchr(start, ':', (size_t)(at - start));
        set_piece(pieces, URL_USER, start, colon != NULL ? colon : at);
        if (colon != NULL)
            set_piece(pieces, URL_PASSWORD, colon + 1, at);
        start = at + 1;
    }
    const char *bracket = memrchr(start, ']', (size_t)(end - start));
    const char *from = bracket != NULL ? bracket : start;
    const char *colon = memchr(from, ':', (size_t)(end - from));
    set_piece(pieces, URL_HOST, start, colon != NULL ? colon : end);
    if (colon != NULL)
        set_piece(pieces, URL_PORT, colon + 1, end);
}

static void split(const char *url, pieces *pieces) {
    memset(pieces, 0, sizeof *pieces);
    const char *authority = strstr(url, "://");
    REQUIRE(authority != NULL);
    authority += strlen("://");
    pieces->scheme_length = (int)(authority - url);
    pieces->query = authority + strcspn(authority, "?");
    const char *slash = memchr(authority, '/', (size_t)(pieces->query - authority));
    split_authority(pieces, authority, slash != NULL ? slash : pieces->query);
    if (slash != NULL)
        set_piece(pieces, URL_DATABASE, slash + 1, pieces->query);
}

const char *url_with(const char *url, url_part part, const char *encoded) {
    static const char *const before[] = {"", ":", "", ":", "/"};
    pieces pieces;
    const char *made;
    split(url, &pieces);
    pieces.start[part] = encoded;
    pieces.length[part] = encoded != NULL ? (int)strlen(encoded) : 0;
    made = text_format("%.*s", pieces.scheme_length, url);
    for (url_part each = URL_USER; each <= URL_DATABASE; each++) {
        if (pieces.start[each] != NULL)
            made = text_format("%s%s%.*s", made, before[each], pieces.length[each], pieces.start[each]);
        if (each == URL_PASSWORD && pieces.start[URL_USER] != NULL)
            made = text_format("%s@", made);
    }
    return text_format("%s%s", made, pieces.query);
}

const char *url_part_of(const char *url, url_part part) {
    pieces pieces;
    split(url, &pieces);
    return text_format("%.*s", pieces.length[part], pieces.start[part] != NULL ? pieces.start[part] : "");
}

const char *url_with_query(const char *url, const char *name, const char *encoded) {
    const char *query = strchr(url, '?');
    size_t length = strlen(name);
    const char *made =
        text_format("%.*s?%s=%s", query != NULL ? (int)(query - url) : (int)strlen(url), url, name, encoded);
    while (query != NULL && query[1] != '\0') {
        const char *setting = query + 1;
        int setting_length = (int)strcspn(setting, "&");
        if (strncmp(setting, name, length) != 0 || setting[length] != '=')
            made = text_format("%s&%.*s", made, setting_length, setting);
        query = setting[setting_length] == '&' ? setting + setting_length : NULL;
    }
    return made;
}
