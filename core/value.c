#include <berth/value.h>

/* The makers are inline in the header. These are for programs that were compiled without them, or look them up. */
extern inline berth_value berth_value_of_number(uint32_t type, int64_t number);
extern inline berth_value berth_value_of_data(uint32_t type, const void *data, size_t length);
extern inline berth_value berth_null(void);
extern inline berth_value berth_bool(bool truth);
extern inline berth_value berth_int64(int64_t number);
extern inline berth_value berth_uint64(uint64_t number);
extern inline berth_value berth_double(double number);
extern inline berth_value berth_text(const char *text);
extern inline berth_value berth_text_n(const char *text, size_t length);
extern inline berth_value berth_blob(const void *bytes, size_t length);
extern inline berth_value berth_decimal(const char *number);
extern inline berth_value berth_date(int32_t days);
extern inline berth_value berth_time(int64_t microseconds);
extern inline berth_value berth_timestamp(int64_t microseconds);
extern inline berth_value berth_timestamptz(int64_t microseconds);
extern inline berth_value berth_uuid(const uint8_t uuid[16]);
extern inline berth_value berth_json(const char *json);

const char *berth_type_name(berth_type type) {
    static const char *const names[BERTH_TYPE_COUNT] = {
        [BERTH_TYPE_NULL] = "null",     [BERTH_TYPE_BOOL] = "bool",           [BERTH_TYPE_INT64] = "int64",
        [BERTH_TYPE_UINT64] = "uint64", [BERTH_TYPE_DOUBLE] = "double",       [BERTH_TYPE_TEXT] = "text",
        [BERTH_TYPE_BLOB] = "blob",     [BERTH_TYPE_DECIMAL] = "decimal",     [BERTH_TYPE_DATE] = "date",
        [BERTH_TYPE_TIME] = "time",     [BERTH_TYPE_TIMESTAMP] = "timestamp", [BERTH_TYPE_TIMESTAMPTZ] = "timestamptz",
        [BERTH_TYPE_UUID] = "uuid",     [BERTH_TYPE_JSON] = "json",
    };
    return (unsigned)type < BERTH_TYPE_COUNT ? names[type] : "unknown";
}
