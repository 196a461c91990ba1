#include "tracker/filter.h"

#include <string.h>

#define DEFAULT_LIMIT 20
#define STATEMENT_BYTES 512

static void add_condition(filter *filter, const char *column, const char *value) {
    if (value == NULL)
        return;
    size_t length = strlen(filter->where);
    snprintf(filter->where + length, sizeof filter->where - length, "%s%s = ?", filter->count == 0 ? "" : " AND ",
             column);
    filter->values[filter->count++] = berth_text(value);
}

filter filter_make(const char *table, const char *season, const options *options) {
    filter made = {.table = table, .limit = options->limit > 0 ? options->limit : DEFAULT_LIMIT};
    add_condition(&made, "season_id", season);
    add_condition(&made, "model_id", options->model);
    add_condition(&made, "symbol", options->symbol);
    return made;
}

int64_t filter_count(berth_session *session, const filter *filter) {
    char sql[STATEMENT_BYTES];
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM %s WHERE %s", filter->table, filter->where);
    const berth_params params = {.values = filter->values, .count = filter->count};
    berth_result *rows = berth_query(session, sql, &params);
    int64_t count = berth_next(rows) ? berth_get_int64(rows, 0) : 0;
    berth_result_close(rows);
    return count;
}

berth_result *filter_query(berth_session *session, const filter *filter, const char *columns, const char *order) {
    char sql[STATEMENT_BYTES];
    berth_value values[FILTER_VALUES];
    memcpy(values, filter->values, sizeof values);
    values[filter->count] = berth_int64(filter->limit);
    snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT ?", columns, filter->table, filter->where,
             order);
    const berth_params params = {.values = values, .count = filter->count + 1};
    return berth_query(session, sql, &params);
}

void filter_print_count(FILE *stream, const filter *filter, int64_t found) {
    int64_t shown = found < filter->limit ? found : filter->limit;
    fprintf(stream, "\n%lld of %lld\n", (long long)shown, (long long)found);
}
