#include "core/statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/driver_call.h"
#include "core/error.h"
#include "core/value.h"

#define ORDERED_ON_STACK 16 /* Values that are put in order without allocating. */
#define BATCH_VALUES 16384  /* Of many rows, copied together at once. */
#define SHOWN_BYTES 120     /* Of a statement, to people. */

typedef struct statement {
    struct statement *bucket_next;
    struct statement *newer;
    struct statement *older;
    uint64_t hash;
    size_t length;
    char *sql; /* As the program wrote it. */
    sql_text text;
    berth_driver_statement *prepared; /* NULL where the driver keeps none. */
} statement;

/* Eight bytes a step; the multiplier is the odd constant of MurmurHash64. */
uint64_t statement_hash(const char *text, size_t length) {
    const uint64_t multiplier = UINT64_C(0xc6a4a7935bd1e995);
    uint64_t hash = length * multiplier;
    uint64_t word;
    for (; length >= sizeof word; text += sizeof word, length -= sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = (hash ^ word) * multiplier;
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, text, length);
    hash = (hash ^ word) * multiplier;
    return hash ^ (hash >> 32);
}

berth_status statement_cache_open(statement_cache *cache, uint32_t limit, berth_error *error) {
    memset(cache, 0, sizeof *cache);
    cache->limit = limit;
    if (limit == 0)
        return BERTH_OK;
    size_t count = 16;
    while (count < limit)
        count *= 2;
    cache->buckets = calloc(count, sizeof(statement *));
    if (cache->buckets == NULL)
        return error_no_memory(error, "the statement cache");
    cache->bucket_count = count;
    return BERTH_OK;
}

static void statement_free(statement *entry, connection *connection) {
    if (entry->prepared != NULL && connection != NULL)
        driver_unprepare(connection, entry->prepared);
    sql_text_free(&entry->text);
    free(entry->sql);
    free(entry);
}

static void unlink_used(statement_cache *cache, statement *entry) {
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(statement_cache *cache, statement *entry) {
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static statement **find_bucket(statement_cache *cache, uint64_t hash) {
    return &cache->buckets[hash & (cache->bucket_count - 1)];
}

static void drop_oldest(statement_cache *cache, connection *connection) {
    statement *entry = cache->oldest;
    statement **place = find_bucket(cache, entry->hash);
    while (*place != entry)
        place = &(*place)->bucket_next;
    *place = entry->bucket_next;
    unlink_used(cache, entry);
    cache->count--;
    statement_free(entry, connection);
}

void statement_cache_clear(statement_cache *cache, connection *connection) {
    while (cache->oldest != NULL)
        drop_oldest(cache, connection);
}

void statement_cache_close(statement_cache *cache, connection *connection) {
    statement_cache_clear(cache, connection);
    free(cache->buckets);
    memset(cache, 0, sizeof *cache);
}

statement_key statement_key_of(const char *sql) {
    return (statement_key){.sql = sql};
}

static bool is_of(const statement *entry, const statement_key *key) {
    return entry->length == key->length && memcmp(entry->sql, key->sql, key->length) == 0;
}

static statement *find(statement_cache *cache, const statement_key *key) {
    for (statement *entry = *find_bucket(cache, key->hash); entry != NULL; entry = entry->bucket_next) {
        if (entry->hash != key->hash || !is_of(entry, key))
            continue;
        unlink_used(cache, entry);
        link_newest(cache, entry);
        return entry;
    }
    return NULL;
}

static void insert(statement_cache *cache, statement *entry, connection *connection) {
    if (cache->count == cache->limit)
        drop_oldest(cache, connection);
    statement **bucket = find_bucket(cache, entry->hash);
    entry->bucket_next = *bucket;
    *bucket = entry;
    link_newest(cache, entry);
    cache->count++;
}

/* Scans, and prepares where the statement will be kept. */
static berth_status make(connection *connection, const statement_key *key, int64_t deadline_ns, statement **made,
                         berth_error *error) {
    const berth_driver *driver = connection->driver;
    statement *entry = calloc(1, sizeof *entry);
    *made = NULL;
    if (entry == NULL || (entry->sql = malloc(key->length + 1)) == NULL) {
        free(entry);
        return error_no_memory(error, "a statement");
    }
    memcpy(entry->sql, key->sql, key->length + 1);
    entry->length = key->length;
    berth_status status = key->handle != NULL
                              ? statement_handle_text(key->handle, driver->dialect, &entry->text, error)
                              : sql_rewrite(driver->dialect, key->sql, key->length, &entry->text, error);
    if (status == BERTH_OK && entry->text.transaction_control)
        status = error_set(error, BERTH_MISUSE,
                           "transactions are begun and ended by the session, not by SQL: use berth_session_end(), "
                           "berth_session_commit(), berth_session_rollback() or berth_savepoint_begin()");
    if (status == BERTH_OK && connection->statements.limit > 0 && driver->prepare != NULL)
        status = driver_prepare(connection, entry->text.text, entry->text.length, deadline_ns, &entry->prepared, error);
    if (status != BERTH_OK) {
        statement_free(entry, connection);
        return status;
    }
    *made = entry;
    return BERTH_OK;
}

static inline berth_status check_values(const connection *connection, const statement *entry,
                                        const berth_params *params, berth_error *error) {
    uint64_t capabilities = connection->driver->capabilities;
    bool takes_nul = (capabilities & BERTH_CAP_TEXT_NUL) != 0;
    size_t count = params != NULL ? params->count : 0;
    if (count != entry->text.value_count)
        return error_set(error, BERTH_MISUSE, "the statement takes %u value%s, %zu given",
                         (unsigned)entry->text.value_count, entry->text.value_count == 1 ? "" : "s", count);
    for (size_t i = 0; i < count; i++)
        if (!value_is_plain(&params->values[i], takes_nul) &&
            value_check(&params->values[i], capabilities, error) != BERTH_OK)
            return error_prefix(error, "value %zu of %zu: ", i + 1, count);
    return BERTH_OK;
}

static berth_status send(connection *connection, berth_execution *execution, int64_t deadline_ns, berth_error *error) {
    connection->has_executed = true;
    return driver_execute(connection, execution, deadline_ns, error);
}

/* Puts the values in the order of the placeholders and executes. */
static berth_status execute_ordered(connection *connection, const statement *entry, const berth_params *params,
                                    berth_execution *execution, int64_t deadline_ns, berth_error *error) {
    berth_value on_stack[ORDERED_ON_STACK];
    berth_value *values = on_stack;
    uint32_t count = entry->text.placeholder_count;
    if (count > ORDERED_ON_STACK && (values = malloc(count * sizeof *values)) == NULL)
        return error_no_memory(error, "a statement's values");
    for (uint32_t i = 0; i < count; i++)
        values[i] = params->values[entry->text.order[i]];
    execution->params = values;
    berth_status status = send(connection, execution, deadline_ns, error);
    execution->params = NULL;
    if (values != on_stack)
        free(values);
    return status;
}

static void set_statement(const statement *entry, berth_execution *execution) {
    execution->statement = entry->prepared;
    execution->sql = entry->text.text;
    execution->sql_length = entry->text.length;
    execution->param_count = entry->text.placeholder_count;
}

/* With values that were checked. */
static inline berth_status execute(connection *connection, const statement *entry, const berth_params *params,
                                   berth_execution *execution, int64_t deadline_ns, berth_error *error) {
    set_statement(entry, execution);
    if (entry->text.order != NULL)
        return execute_ordered(connection, entry, params, execution, deadline_ns, error);
    execution->params = params != NULL ? params->values : NULL;
    return send(connection, execution, deadline_ns, error);
}

static const char *skip_blanks(const char *sql) {
    return sql + strspn(sql, " \n\t\r");
}

/* Bytes before the first literal: a quote, a dollar quote, a number. */
static size_t literal_free_bytes(const berth_dialect *dialect, const char *sql) {
    const char *quotes = dialect->quote_open == 0 || dialect->quote_open == '"' ? "'$" : "'$\"";
    bool in_word = false;
    size_t at = 0;
    for (; sql[at] != '\0' && strchr(quotes, sql[at]) == NULL; at++) {
        bool is_digit = sql[at] >= '0' && sql[at] <= '9';
        if (is_digit && !in_word)
            break;
        in_word =
            is_digit || sql[at] == '_' || (sql[at] & 0x80) != 0 || ((sql[at] | 0x20) >= 'a' && (sql[at] | 0x20) <= 'z');
    }
    return at;
}

void statement_keep_start(const char *sql, char start[STATEMENT_SHOWN_BYTES]) {
    sql = skip_blanks(sql);
    size_t length = strnlen(sql, STATEMENT_SHOWN_BYTES - 1);
    memcpy(start, sql, length);
    start[length] = '\0';
}

void statement_show(const berth_dialect *dialect, const char *sql, char shown[STATEMENT_SHOWN_BYTES]) {
    sql = skip_blanks(sql);
    size_t length = literal_free_bytes(dialect, sql);
    bool cut = sql[length] != '\0' || length > SHOWN_BYTES;
    if (length > SHOWN_BYTES)
        length = SHOWN_BYTES;
    while (cut && length > 0 && ((unsigned char)sql[length] & 0xC0) == 0x80)
        length--;
    snprintf(shown, STATEMENT_SHOWN_BYTES, "%.*s%s", (int)length, sql, cut ? "..." : "");
}

void statement_name_error(const berth_dialect *dialect, const char *sql, berth_error *error) {
    char shown[STATEMENT_SHOWN_BYTES];
    statement_show(dialect, sql, shown);
    error_prefix(error, "%s: ", shown);
}

/* Finds the statement or makes it. Most often it is the one that ran last, which is found without a hash. */
static inline berth_status find_or_make(connection *connection, const statement_key *key, int64_t deadline_ns,
                                        statement **found, berth_error *error) {
    statement_cache *cache = &connection->statements;
    *found = cache->newest;
    if (*found != NULL && strcmp((*found)->sql, key->sql) == 0)
        return BERTH_OK;
    statement_key whole = *key;
    if (key->handle == NULL)
        whole.length = strlen(key->sql);
    if (cache->limit == 0)
        return make(connection, &whole, deadline_ns, found, error);
    if (key->handle == NULL)
        whole.hash = statement_hash(whole.sql, whole.length);
    *found = find(cache, &whole);
    if (*found != NULL)
        return BERTH_OK;
    berth_status status = make(connection, &whole, deadline_ns, found, error);
    if (status == BERTH_OK) {
        (*found)->hash = whole.hash;
        insert(cache, *found, connection);
    }
    return status;
}

berth_status statement_execute(struct connection *connection, const statement_key *key, const berth_params *params,
                               berth_execution *execution, int64_t deadline_ns, berth_error *error) {
    statement *entry;
    berth_status status = find_or_make(connection, key, deadline_ns, &entry, error);
    if (status == BERTH_OK) {
        status = check_values(connection, entry, params, error);
        if (status == BERTH_OK)
            status = execute(connection, entry, params, execution, deadline_ns, error);
        if (connection->statements.limit == 0)
            statement_free(entry, connection);
    }
    return status;
}

/* ---- Many rows. ---- */

/* What goes to the driver at once. */
typedef struct batch {
    berth_value *values; /* Room for those that must be put together; NULL where the caller's lie well. */
    size_t rows;         /* At most. */
} batch;

/* Whether rows lie one behind the other, in the order of the placeholders. */
static bool lie_well(const statement *entry, const berth_params *rows, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (rows[i].values != rows[0].values + i * entry->text.placeholder_count)
            return false;
    return entry->text.order == NULL;
}

static berth_status check_rows(const connection *connection, const statement *entry, const berth_params *rows,
                               size_t count, berth_error *error) {
    for (size_t i = 0; i < count; i++) {
        berth_status status = check_values(connection, entry, &rows[i], error);
        if (status != BERTH_OK) {
            error->index = (int64_t)i;
            return status;
        }
    }
    return BERTH_OK;
}

static const berth_value *gather(const statement *entry, const berth_params *rows, size_t count, berth_value *values) {
    uint32_t width = entry->text.placeholder_count;
    if (values == NULL)
        return rows[0].values;
    for (size_t row = 0; row < count; row++)
        for (uint32_t i = 0; i < width; i++)
            values[row * width + i] = rows[row].values[entry->text.order != NULL ? entry->text.order[i] : i];
    return values;
}

/* Rows before `first` are done. Failures count from there. */
static berth_status place_failure(size_t first, berth_error *error) {
    if (error->index >= 0)
        error->index += (int64_t)first;
    return (berth_status)error->status;
}

/* The sum, unless one of them is not known. */
static int64_t add_affected(int64_t affected, int64_t more) {
    return affected < 0 || more < 0 ? -1 : affected + more;
}

static berth_status send_batches(connection *connection, const statement *entry, const batch *batch,
                                 const berth_params *rows, size_t count, berth_execution *execution,
                                 int64_t deadline_ns, berth_error *error) {
    int64_t affected = 0;
    for (size_t done = 0; done < count;) {
        size_t now = count - done < batch->rows ? count - done : batch->rows;
        execution->params = gather(entry, rows + done, now, batch->values);
        execution->affected_rows = -1;
        connection->has_executed = true;
        if (driver_execute_many(connection, execution, now, deadline_ns, error) != BERTH_OK)
            return place_failure(done, error);
        affected = add_affected(affected, execution->affected_rows);
        done += now;
    }
    execution->affected_rows = affected;
    return BERTH_OK;
}

/* For a driver that has nothing faster. */
static berth_status execute_one_by_one(connection *connection, const statement *entry, const berth_params *rows,
                                       size_t count, berth_execution *execution, int64_t deadline_ns,
                                       berth_error *error) {
    int64_t affected = 0;
    for (size_t i = 0; i < count; i++) {
        execution->affected_rows = -1;
        if (execute(connection, entry, &rows[i], execution, deadline_ns, error) != BERTH_OK) {
            error->index = 0;
            return place_failure(i, error);
        }
        affected = add_affected(affected, execution->affected_rows);
    }
    execution->affected_rows = affected;
    return BERTH_OK;
}

static berth_status execute_batches(connection *connection, const statement *entry, const berth_params *rows,
                                    size_t count, berth_execution *execution, int64_t deadline_ns, berth_error *error) {
    uint32_t width = entry->text.placeholder_count;
    bool fit = lie_well(entry, rows, count);
    batch batch = {.rows = fit ? count : 1 + BATCH_VALUES / (width + 1)};
    if (!fit) {
        batch.values = malloc(batch.rows * (width > 0 ? width : 1) * sizeof *batch.values);
        if (batch.values == NULL)
            return error_no_memory(error, "the values of many rows");
    }
    set_statement(entry, execution);
    berth_status status = send_batches(connection, entry, &batch, rows, count, execution, deadline_ns, error);
    execution->params = NULL;
    free(batch.values);
    return status;
}

berth_status statement_execute_many(struct connection *connection, const statement_key *key, const berth_params *rows,
                                    size_t count, berth_execution *execution, int64_t deadline_ns, berth_error *error) {
    statement *entry;
    berth_status status = find_or_make(connection, key, deadline_ns, &entry, error);
    if (status != BERTH_OK)
        return status;
    status = check_rows(connection, entry, rows, count, error);
    if (status == BERTH_OK)
        status = (connection->driver->execute_many != NULL ? execute_batches : execute_one_by_one)(
            connection, entry, rows, count, execution, deadline_ns, error);
    if (connection->statements.limit == 0)
        statement_free(entry, connection);
    return status;
}
