/* Recognises "INSERT INTO table (columns) VALUES ($1, $2)" in its plainest form, and turns it into one that takes
 * arrays of values. What is not recognised for certain is left alone. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "postgresql.h"

/* Types whose arrays are written, by the server's names for them. Not real, for a double is rounded otherwise there. */
static const struct {
    Oid oid;
    const char *name;
} types[] = {
    {OID_BOOL, "bool"},           {OID_BYTEA, "bytea"},
    {OID_INT2, "int2"},           {OID_INT4, "int4"},
    {OID_INT8, "int8"},           {OID_FLOAT8, "float8"},
    {OID_NUMERIC, "numeric"},     {OID_TEXT, "text"},
    {OID_VARCHAR, "varchar"},     {OID_BPCHAR, "bpchar"},
    {OID_DATE, "date"},           {OID_TIME, "time"},
    {OID_TIMESTAMP, "timestamp"}, {OID_TIMESTAMPTZ, "timestamptz"},
    {OID_UUID, "uuid"},           {OID_JSON, "json"},
    {OID_JSONB, "jsonb"},
};

static const char *find_type(Oid oid) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].oid == oid)
            return types[i].name;
    return NULL;
}

static const char *skip_space(const char *at) {
    return at + strspn(at, " \t\r\n");
}

static bool is_letter(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
           (character & 0x80) != 0;
}

static bool is_name_character(char character) {
    return is_letter(character) || (character >= '0' && character <= '9') || character == '$';
}

/* Behind a key word and the white space after it; NULL where it is another. */
static const char *take_word(const char *at, const char *word) {
    size_t length = strlen(word);
    if (at == NULL || strncasecmp(at, word, length) != 0 || is_name_character(at[length]))
        return NULL;
    return skip_space(at + length);
}

static const char *take_name(const char *at) {
    if (at == NULL)
        return NULL;
    if (is_letter(*at)) {
        while (is_name_character(*at))
            at++;
        return at;
    }
    if (*at != '"')
        return NULL;
    do {
        at = strchr(at + 1, '"');
        if (at == NULL)
            return NULL;
        at++;
    } while (*at == '"');
    return at;
}

/* "(a, b)" */
static const char *take_columns(const char *at) {
    do {
        at = take_name(skip_space(at + 1));
        if (at == NULL)
            return NULL;
        at = skip_space(at);
    } while (*at == ',');
    return *at == ')' ? skip_space(at + 1) : NULL;
}

/* "($1, $2)", all of them and in order, and nothing behind. */
static bool takes_values(const char *at, uint32_t count) {
    char expected[16];
    for (uint32_t i = 1; i <= count; i++) {
        if (*at != (i == 1 ? '(' : ','))
            return false;
        at = skip_space(at + 1);
        size_t length = (size_t)snprintf(expected, sizeof expected, "$%u", (unsigned)i);
        if (strncmp(at, expected, length) != 0)
            return false;
        at = skip_space(at + length);
    }
    return count > 0 && *at == ')' && *skip_space(at + 1) == '\0';
}

typedef struct insert {
    const char *table;
    size_t table_length;
    size_t values; /* Where that word begins. */
} insert;

static bool recognise(const char *sql, uint32_t count, insert *found) {
    const char *at = take_word(take_word(skip_space(sql), "INSERT"), "INTO");
    found->table = at;
    at = take_name(at);
    if (at != NULL && *at == '.')
        at = take_name(at + 1);
    if (at == NULL)
        return false;
    found->table_length = (size_t)(at - found->table);
    at = skip_space(at);
    if (*at == '(')
        at = take_columns(at);
    if (at == NULL)
        return false;
    found->values = (size_t)(at - sql);
    const char *values = take_word(at, "VALUES");
    return values != NULL && takes_values(values, count);
}

static bool write_form(postgresql_array_form *form, const char *sql, const insert *found) {
    const char start[] = "SELECT * FROM ROWS FROM (";
    const size_t parameter = sizeof "pg_catalog.unnest($65535::pg_catalog.timestamptz[]), ";
    form->table = postgresql_services->allocate(found->table_length + 1);
    form->sql = postgresql_services->allocate(found->values + sizeof start + sizeof ")" + form->count * parameter);
    if (form->table == NULL || form->sql == NULL)
        return false;
    memcpy(form->table, found->table, found->table_length);
    form->table[found->table_length] = '\0';
    char *at = mempcpy(form->sql, sql, found->values);
    at = stpcpy(at, start);
    for (uint32_t i = 0; i < form->count; i++)
        at += sprintf(at, "%spg_catalog.unnest($%u::pg_catalog.%s[])", i > 0 ? ", " : "", (unsigned)i + 1,
                      find_type(form->oids[i]));
    stpcpy(at, ")");
    return true;
}

postgresql_array_form *postgresql_array_form_new(const char *sql, const PGresult *description) {
    insert found;
    int count = PQnparams(description);
    if (!recognise(sql, (uint32_t)count, &found))
        return NULL;
    for (int i = 0; i < count; i++)
        if (find_type(PQparamtype(description, i)) == NULL)
            return NULL;
    postgresql_array_form *form = postgresql_services->allocate(sizeof *form);
    if (form == NULL)
        return NULL;
    memset(form, 0, sizeof *form);
    form->count = (uint32_t)count;
    form->oids = postgresql_services->allocate((size_t)count * sizeof *form->oids);
    for (int i = 0; form->oids != NULL && i < count; i++)
        form->oids[i] = PQparamtype(description, i);
    if (form->oids != NULL && write_form(form, sql, &found))
        return form;
    postgresql_array_form_free(form);
    return NULL;
}

void postgresql_array_form_free(postgresql_array_form *form) {
    if (form == NULL)
        return;
    postgresql_services->release(form->table);
    postgresql_services->release(form->sql);
    postgresql_services->release(form->oids);
    postgresql_services->release(form);
}
