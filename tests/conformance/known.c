#include "known.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KNOWN 144
#define LINE_BYTES 512

static struct {
    char name[64];
    char reason[LINE_BYTES];
} known[MAX_KNOWN];
static size_t known_count;

/* Takes a line in; false when it says no reason. */
static bool take_line(char *line) {
    line[strcspn(line, "#\r\n")] = '\0';
    line += strspn(line, " \t");
    if (*line == '\0')
        return true;
    size_t length = strcspn(line, " \t");
    const char *reason = line + length + strspn(line + length, " \t");
    if (*reason == '\0' || length >= sizeof known->name || known_count == MAX_KNOWN)
        return false;
    snprintf(known[known_count].name, sizeof known->name, "%.*s", (int)length, line);
    snprintf(known[known_count].reason, sizeof known->reason, "%s", reason);
    known_count++;
    return true;
}

bool known_read(const char *path) {
    char line[LINE_BYTES];
    FILE *file = fopen(path, "r");
    bool good = file != NULL;
    if (file == NULL)
        fprintf(stderr, "berth-conformance: %s can't be read: %s\n", path, strerror(errno));
    for (int number = 1; good && fgets(line, sizeof line, file) != NULL; number++) {
        good = take_line(line);
        if (!good)
            fprintf(stderr, "berth-conformance: %s:%d: a line has the name of a check, a space, and why it fails\n",
                    path, number);
    }
    if (file != NULL)
        fclose(file);
    return good;
}

const char *known_failure(const char *name) {
    for (size_t i = 0; i < known_count; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].reason;
    return NULL;
}
