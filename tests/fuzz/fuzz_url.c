/* What url_parse() takes, url_format() writes so that it reads back to the same parts; a redacted URL reads back too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int differ(const char *a, const char *b) {
    return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

static int urls_differ(const url *a, const url *b) {
    int found = differ(a->scheme, b->scheme) || differ(a->driver, b->driver) || differ(a->user, b->user) ||
                differ(a->password, b->password) || differ(a->database, b->database) ||
                a->host_count != b->host_count || a->query_count != b->query_count;
    for (size_t i = 0; !found && i < a->host_count; i++)
        found = differ(a->hosts[i].name, b->hosts[i].name) || a->hosts[i].port != b->hosts[i].port;
    for (size_t i = 0; !found && i < a->query_count; i++)
        found = differ(a->query[i].name, b->query[i].name) || differ(a->query[i].value, b->query[i].value);
    return found;
}

static void check_format(const url *parsed, bool redact) {
    char *text = url_format(parsed, redact, NULL);
    if (text == NULL)
        return;
    berth_error error;
    url *again = NULL;
    berth_status status = url_parse(text, &again, &error);
    /* Percent signs can make the text longer than what is taken. */
    bool too_long = strlen(text) > 65536;
    if (!too_long && (status != BERTH_OK || (!redact && urls_differ(parsed, again))))
        abort();
    url_free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    berth_error error;
    url *parsed = NULL;
    if (url_parse(text, &parsed, &error) == BERTH_OK) {
        check_format(parsed, false);
        check_format(parsed, true);
    } else if (parsed != NULL || error.status != BERTH_CONFIG || error.message[0] == '\0') {
        abort();
    }
    url_free(parsed);
    free(text);
    return 0;
}
