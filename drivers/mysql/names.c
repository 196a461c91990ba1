/* The server names constraints and columns only within its messages; these are those of MariaDB 10.11 and MySQL 8 in
 * English. */
#include <string.h>

#include "client.h"

#define LENGTH(table) (sizeof(table) / sizeof *(table))

/* Where a name stands: behind `before`, up to `after`. */
static const struct {
    unsigned code;
    bool is_column;
    const char *before;
    const char *after;
} places[] = {
    {1048, true, "Column '", "' cannot be null"},
    {1062, false, "for key '", "'"},
    {1264, true, "for column `", "` at row"},
    {1265, true, "for column '", "' at row"},
    {1292, true, "for column `", "` at row"},
    {1364, true, "Field '", "' doesn't have"},
    {1366, true, "for column `", "` at row"},
    {1406, true, "for column '", "' at row"},
    {1264, true, "for column '", "' at row"},
    {1292, true, "for column '", "' at row"},
    {1366, true, "for column '", "' at row"},
    {1451, false, "CONSTRAINT `", "` FOREIGN KEY"},
    {1452, false, "CONSTRAINT `", "` FOREIGN KEY"},
    {1586, false, "for key '", "'"},
    {3819, false, "Check constraint '", "' is violated"},
    {4025, false, "CONSTRAINT `", "` failed for"},
};

/* Cuts at the border of a UTF-8 character what did not fit. */
static void copy_name(char name[BERTH_NAME_BYTES], const char *text, size_t length) {
    if (length >= BERTH_NAME_BYTES) {
        length = BERTH_NAME_BYTES - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(name, text, length);
    name[length] = '\0';
}

/* The last place of `words` in `text`: what stands before it may be data. */
static const char *find_last(const char *text, const char *words) {
    const char *found = NULL;
    for (const char *next = strstr(text, words); next != NULL; next = strstr(next + 1, words))
        found = next;
    return found;
}

/* Behind the last of what parts a path of names: "`db`.`table`.`name" and "table.name" to "name". */
static const char *skip_path(const char *name, const char *end) {
    for (const char *at = end - 1; at > name; at--)
        if (*at == '.')
            return at[1] == '`' ? at + 2 : at + 1;
    return name;
}

void mydb_names_find(unsigned code, const char *message, berth_error *error) {
    for (size_t i = 0; i < LENGTH(places); i++) {
        if (places[i].code != code)
            continue;
        const char *name = find_last(message, places[i].before);
        const char *end = name != NULL ? strstr(name + strlen(places[i].before), places[i].after) : NULL;
        if (end == NULL)
            continue;
        name += strlen(places[i].before);
        if (places[i].is_column || code == 1062)
            name = skip_path(name, end);
        copy_name(places[i].is_column ? error->column : error->constraint, name, (size_t)(end - name));
        return;
    }
}
