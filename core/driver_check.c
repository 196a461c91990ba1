#include "core/driver_check.h"

#include <stddef.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"

/* The slots a driver can't do without end here; so does the smallest table. */
#define SMALLEST_TABLE (offsetof(berth_driver, fetch) + sizeof(((berth_driver *)NULL)->fetch))
/* The whole dialect of ABI minor 0. */
#define SMALLEST_DIALECT (offsetof(berth_dialect, keys_query) + sizeof(((berth_dialect *)NULL)->keys_query))

#define KNOWN_LEXICAL (BERTH_LEX_DASH_NEEDS_SPACE * 2 - 1)

#define SLOT(name) #name, offsetof(berth_driver, name)

static const struct {
    const char *name;
    size_t offset;
} required_slots[] = {{SLOT(connect)}, {SLOT(close)}, {SLOT(execute)}, {SLOT(fetch)}};

/* Neighbours of one group come together. */
static const struct {
    const char *group;
    const char *name;
    size_t offset;
} grouped_slots[] = {
    {"prepare", SLOT(prepare)},
    {"prepare", SLOT(unprepare)},
    {"bulk", SLOT(bulk_begin)},
    {"bulk", SLOT(bulk_rows)},
    {"bulk", SLOT(bulk_end)},
    {"bulk", SLOT(bulk_abort)},
    {"savepoint", SLOT(savepoint)},
    {"savepoint", SLOT(savepoint_release)},
    {"savepoint", SLOT(savepoint_rollback)},
};

static const struct {
    uint64_t capability;
    const char *capability_name;
    const char *name;
    size_t offset;
} capability_slots[] = {
    {BERTH_CAP_PREPARE, "PREPARE", SLOT(prepare)}, {BERTH_CAP_PIPELINE, "PIPELINE", SLOT(sync)},
    {BERTH_CAP_CANCEL, "CANCEL", SLOT(cancel)},    {BERTH_CAP_BATCH, "BATCH", SLOT(execute_many)},
    {BERTH_CAP_BULK, "BULK", SLOT(bulk_begin)},    {BERTH_CAP_FULL_RESET, "FULL_RESET", SLOT(reset)},
};

static const struct {
    berth_type type;
    const char *name;
} required_types[] = {{BERTH_TYPE_INT64, "INT64"}, {BERTH_TYPE_DOUBLE, "DOUBLE"}, {BERTH_TYPE_TEXT, "TEXT"}};

static bool has_slot(const berth_driver *table, size_t offset) {
    static const char empty[sizeof table->connect];
    return memcmp((const char *)table + offset, empty, sizeof empty) != 0;
}

bool driver_check_name(const char *name) {
    if (name == NULL || name[0] < 'a' || name[0] > 'z')
        return false;
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
    return length <= DRIVER_NAME_LENGTH && name[length] == '\0';
}

bool driver_check_scheme(const berth_driver *table, const char *scheme) {
    for (const char *const *served = table->schemes; *served != NULL; served++)
        if (strcmp(*served, scheme) == 0)
            return true;
    return false;
}

berth_status driver_check_serves(const berth_driver *table, const char *scheme, const char *name, berth_error *error) {
    if (name != NULL && strcmp(table->name, name) != 0)
        return error_set(error, BERTH_DRIVER, "it is the driver %s, not %s", table->name, name);
    if (driver_check_scheme(table, scheme))
        return BERTH_OK;
    buffer served = {0};
    for (const char *const *other = table->schemes; *other != NULL; other++)
        buffer_format(&served, "%s%s", other == table->schemes ? "" : ", ", *other);
    error_set(error, BERTH_DRIVER, "the driver %s serves %s, not %s", table->name, served.failed ? "?" : served.data,
              scheme);
    buffer_free(&served);
    return BERTH_DRIVER;
}

static berth_status copy_table(const berth_driver *found, berth_driver *table, berth_error *error) {
    if (found == NULL)
        return error_set(error, BERTH_DRIVER, "the entry point returned no table");
    if (found->struct_size < SMALLEST_TABLE || found->struct_size % sizeof(void *) != 0)
        return error_set(error, BERTH_DRIVER,
                         "the table says that it has %lu bytes; it must have at least %zu, a multiple of 8",
                         (unsigned long)found->struct_size, SMALLEST_TABLE);
    memset(table, 0, sizeof *table);
    memcpy(table, found, found->struct_size < sizeof *table ? found->struct_size : sizeof *table);
    table->struct_size = sizeof *table;
    return BERTH_OK;
}

static berth_status check_names(const berth_driver *table, berth_error *error) {
    static const char allowed[] = "it must be lower-case letters and digits, a letter first, 63 at most";
    if (!driver_check_name(table->name))
        return error_set(error, BERTH_DRIVER, "the driver's name is \"%.80s\"; %s", table->name ? table->name : "",
                         allowed);
    if (table->version == NULL)
        return error_set(error, BERTH_DRIVER, "the driver %s has no version", table->name);
    if (table->schemes == NULL || table->schemes[0] == NULL)
        return error_set(error, BERTH_DRIVER, "the driver %s has no scheme", table->name);
    for (const char *const *scheme = table->schemes; *scheme != NULL; scheme++)
        if (!driver_check_name(*scheme))
            return error_set(error, BERTH_DRIVER, "the driver %s has the scheme \"%.80s\"; %s", table->name, *scheme,
                             allowed);
    return BERTH_OK;
}

static berth_status check_slots(const berth_driver *table, berth_error *error) {
    for (size_t i = 0; i < sizeof required_slots / sizeof *required_slots; i++)
        if (!has_slot(table, required_slots[i].offset))
            return error_set(error, BERTH_DRIVER, "the driver %s has no %s slot", table->name, required_slots[i].name);
    for (size_t i = 1; i < sizeof grouped_slots / sizeof *grouped_slots; i++) {
        bool first = has_slot(table, grouped_slots[i - 1].offset);
        if (grouped_slots[i].group != grouped_slots[i - 1].group || first == has_slot(table, grouped_slots[i].offset))
            continue;
        return error_set(error, BERTH_DRIVER, "the driver %s has the slot %s but not %s", table->name,
                         grouped_slots[first ? i - 1 : i].name, grouped_slots[first ? i : i - 1].name);
    }
    return BERTH_OK;
}

static berth_status check_capabilities(const berth_driver *table, berth_error *error) {
    for (size_t i = 0; i < sizeof capability_slots / sizeof *capability_slots; i++)
        if ((table->capabilities & capability_slots[i].capability) != 0 && !has_slot(table, capability_slots[i].offset))
            return error_set(error, BERTH_DRIVER, "the driver %s claims BERTH_CAP_%s but has no %s slot", table->name,
                             capability_slots[i].capability_name, capability_slots[i].name);
    const berth_dialect *dialect = table->dialect;
    if ((table->capabilities & BERTH_CAP_UPSERT) != 0 && dialect->upsert == BERTH_UPSERT_NONE)
        return error_set(error, BERTH_DRIVER, "the driver %s claims BERTH_CAP_UPSERT but its dialect has no upsert",
                         table->name);
    if ((table->capabilities & BERTH_CAP_METADATA) != 0 &&
        (dialect->tables_query == NULL || dialect->columns_query == NULL || dialect->keys_query == NULL))
        return error_set(error, BERTH_DRIVER,
                         "the driver %s claims BERTH_CAP_METADATA but its dialect lacks a metadata query", table->name);
    return BERTH_OK;
}

/* What the scanner and the schema can't do without. A dialect of a newer driver may say more, but not in these. */
static berth_status check_dialect(const berth_driver *table, berth_error *error) {
    const berth_dialect *dialect = table->dialect;
    if (dialect == NULL)
        return error_set(error, BERTH_DRIVER, "the driver %s has no dialect", table->name);
    if (dialect->struct_size < SMALLEST_DIALECT)
        return error_set(error, BERTH_DRIVER,
                         "the dialect of the driver %s says that it has %lu bytes; it must have at least %zu",
                         table->name, (unsigned long)dialect->struct_size, SMALLEST_DIALECT);
    const struct {
        const char *field;
        uint32_t found;
        uint32_t highest;
    } numbers[] = {
        {"placeholder", dialect->placeholder, BERTH_PLACEHOLDER_NUMBERED},
        {"lexical", dialect->lexical, KNOWN_LEXICAL},
        {"upsert", dialect->upsert, BERTH_UPSERT_ON_DUPLICATE_KEY},
        {"default_isolation", dialect->default_isolation, 4},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].found > numbers[i].highest)
            return error_set(error, BERTH_DRIVER,
                             "the dialect of the driver %s has %s %lu; this library knows 0 to %lu", table->name,
                             numbers[i].field, (unsigned long)numbers[i].found, (unsigned long)numbers[i].highest);
    for (size_t i = 0; i < sizeof required_types / sizeof *required_types; i++)
        if (dialect->types[required_types[i].type] == NULL || dialect->types[required_types[i].type][0] == '\0')
            return error_set(error, BERTH_DRIVER, "the dialect of the driver %s has no name for BERTH_TYPE_%s",
                             table->name, required_types[i].name);
    return BERTH_OK;
}

static berth_status check_options(const berth_driver *table, berth_error *error) {
    for (const berth_driver_option *option = table->options; option != NULL && option->name != NULL; option++) {
        const char *wrong = NULL;
        if (option->name[0] == '\0')
            wrong = "has no name";
        else if (option->kind > BERTH_OPTION_SECRET)
            wrong = "is of a kind that this library does not know";
        else if (option->kind == BERTH_OPTION_CHOICE && (option->choices == NULL || option->choices[0] == '\0'))
            wrong = "is a choice without choices";
        else if (option->minimum > option->maximum)
            wrong = "has a minimum above its maximum";
        if (wrong != NULL)
            return error_set(error, BERTH_DRIVER, "the option \"%s\" of the driver %s %s", option->name, table->name,
                             wrong);
    }
    return BERTH_OK;
}

static int32_t default_is_alive(berth_driver_connection *connection) {
    (void)connection;
    return 1;
}

static int32_t default_reset(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)connection;
    (void)deadline_ns;
    return error_set(error, BERTH_NOT_SUPPORTED, "this driver can't reset a connection");
}

static int32_t default_cancel(berth_driver_connection *connection, int64_t deadline_ns, berth_error *error) {
    (void)connection;
    (void)deadline_ns;
    return error_set(error, BERTH_NOT_SUPPORTED, "this driver can't cancel a statement");
}

static int32_t default_classify(int64_t native_code, const char *sqlstate, uint32_t *flags) {
    (void)native_code;
    return error_of_sqlstate(sqlstate, flags);
}

static uint32_t default_traits(const berth_connect_info *info) {
    (void)info;
    return 0;
}

static int32_t default_server_info(berth_driver_connection *connection, berth_server_info *info, berth_error *error) {
    (void)connection;
    (void)info;
    return error_set(error, BERTH_NOT_SUPPORTED, "this driver can't tell the server's version");
}

static void fill_defaults(berth_driver *table) {
    if (table->is_alive == NULL)
        table->is_alive = default_is_alive;
    if (table->reset == NULL)
        table->reset = default_reset;
    if (table->cancel == NULL)
        table->cancel = default_cancel;
    if (table->classify == NULL)
        table->classify = default_classify;
    if (table->traits == NULL)
        table->traits = default_traits;
    if (table->server_info == NULL)
        table->server_info = default_server_info;
}

berth_status driver_check(berth_driver_entry entry, berth_driver *table, berth_error *error) {
    static berth_status (*const checks[])(const berth_driver *, berth_error *) = {
        check_names, check_slots, check_dialect, check_capabilities, check_options,
    };
    berth_status status = copy_table(entry(&driver_services), table, error);
    for (size_t i = 0; status == BERTH_OK && i < sizeof checks / sizeof *checks; i++)
        status = checks[i](table, error);
    if (status == BERTH_OK)
        fill_defaults(table);
    return status;
}
