/* What drivers declare, as Markdown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capabilities.h"

#define MAX_DRIVERS 16

static const berth_driver *drivers[MAX_DRIVERS];
static int driver_count;

static bool load(const char *url) {
    berth_engine *engine;
    berth_error error;
    if (berth_engine_open(url, NULL, &engine, &error) == BERTH_OK) {
        drivers[driver_count++] = berth_engine_driver_table(engine);
        return berth_engine_close(engine, &error) == BERTH_OK;
    }
    fprintf(stderr, "berth-conformance: %s\n", error.message);
    return false;
}

static void print_head(const char *first) {
    printf("| %s |", first);
    for (int i = 0; i < driver_count; i++)
        printf(" %s |", drivers[i]->name);
    printf("\n|---|");
    for (int i = 0; i < driver_count; i++)
        printf("---|");
    printf("\n");
}

static void print_capabilities(void) {
    printf("## Capabilities\n\n");
    print_head("capability");
    for (const capability *each = capabilities; each->name != NULL; each++) {
        printf("| `%s`: %s |", each->name, each->meaning);
        for (int i = 0; i < driver_count; i++)
            printf(" %s |", (drivers[i]->capabilities & each->bit) != 0 ? "yes" : "-");
        printf("\n");
    }
}

static void print_types(void) {
    printf("\n## Types\n\nWhat a column of each type is called in a `CREATE TABLE`.\n\n");
    print_head("type");
    for (berth_type type = BERTH_TYPE_BOOL; type < BERTH_TYPE_COUNT; type++) {
        printf("| %s |", berth_type_name(type));
        for (int i = 0; i < driver_count; i++) {
            const char *name = drivers[i]->dialect->types[type];
            printf(name != NULL ? " `%s` |" : " - |", name);
        }
        printf("\n");
    }
}

static void print_number(const char *what, size_t offset, bool wide) {
    printf("| %s |", what);
    for (int i = 0; i < driver_count; i++) {
        const char *field = (const char *)drivers[i]->dialect + offset;
        uint64_t number = wide ? *(const uint64_t *)field : *(const uint32_t *)field;
        printf(number != 0 ? " %llu |" : " - |", (unsigned long long)number);
    }
    printf("\n");
}

static void print_isolation(void) {
    static const char *const names[] = {"", "read uncommitted", "read committed", "repeatable read", "serializable"};
    for (unsigned level = 1; level <= BERTH_SERIALIZABLE; level++) {
        printf("| %s |", names[level]);
        for (int i = 0; i < driver_count; i++) {
            const berth_dialect *dialect = drivers[i]->dialect;
            bool there = (dialect->isolation_levels & (1U << level)) != 0;
            printf(" %s |", !there ? "-" : dialect->default_isolation == level ? "default" : "yes");
        }
        printf("\n");
    }
}

static void print_limits(void) {
    printf("\n## Isolation levels and limits\n\n");
    print_head("");
    print_isolation();
    print_number("placeholders in a statement", offsetof(berth_dialect, max_params), false);
    print_number("bytes of a name", offsetof(berth_dialect, max_name), false);
    print_number("bytes of a value", offsetof(berth_dialect, max_value_bytes), true);
}

static void print_checks(void) {
    printf("\n## Checks\n");
    for (const check_group *group = check_groups; group->title != NULL; group++) {
        printf("\n### %c. %s\n\n| | check | needs |\n|---|---|---|\n", group->letter, group->title);
        for (const check *check = group->checks; check->name != NULL; check++) {
            printf("| %d | `%s` |", check->number, check->name);
            for (const capability *each = capabilities; each->name != NULL; each++)
                if ((check->capability & each->bit) != 0)
                    printf(" `%s`", each->name);
            printf(" |\n");
        }
    }
}

int document_drivers(int url_count, char **urls) {
    for (int i = 0; i < url_count && i < MAX_DRIVERS; i++)
        if (!load(urls[i]))
            return EXIT_FAILURE;
    print_capabilities();
    print_types();
    print_limits();
    print_checks();
    return EXIT_SUCCESS;
}
