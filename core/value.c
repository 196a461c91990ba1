#include <berth/value.h>

#include <string.h>

static berth_value make_integer(berth_type type, int64_t number) {
    return (berth_value){.type = type, .as.integer = number};
}

static berth_value make_data(berth_type type, const void *data, size_t length) {
    return (berth_value){.type = type, .length = length, .as.data = data};
}

berth_value berth_null(void) {
    return (berth_value){.type = BERTH_TYPE_NULL};
}

berth_value berth_bool(bool truth) {
    return make_integer(BERTH_TYPE_BOOL, truth);
}

berth_value berth_int64(int64_t number) {
    return make_integer(BERTH_TYPE_INT64, number);
}

berth_value berth_uint64(uint64_t number) {
    return make_integer(number <= INT64_MAX ? BERTH_TYPE_INT64 : BERTH_TYPE_UINT64, (int64_t)number);
}

berth_value berth_double(double number) {
    return (berth_value){.type = BERTH_TYPE_DOUBLE, .as.real = number};
}

berth_value berth_text(const char *text) {
    return text == NULL ? berth_null() : make_data(BERTH_TYPE_TEXT, text, strlen(text));
}

berth_value berth_text_n(const char *text, size_t length) {
    return text == NULL ? berth_null() : make_data(BERTH_TYPE_TEXT, text, length);
}

berth_value berth_blob(const void *bytes, size_t length) {
    return make_data(BERTH_TYPE_BLOB, bytes == NULL && length == 0 ? "" : bytes, length);
}

berth_value berth_decimal(const char *number) {
    return number == NULL ? berth_null() : make_data(BERTH_TYPE_DECIMAL, number, strlen(number));
}

berth_value berth_date(int32_t days) {
    return make_integer(BERTH_TYPE_DATE, days);
}

berth_value berth_time(int64_t microseconds) {
    return make_integer(BERTH_TYPE_TIME, microseconds);
}

berth_value berth_timestamp(int64_t microseconds) {
    return make_integer(BERTH_TYPE_TIMESTAMP, microseconds);
}

berth_value berth_timestamptz(int64_t microseconds) {
    return make_integer(BERTH_TYPE_TIMESTAMPTZ, microseconds);
}

berth_value berth_uuid(const uint8_t uuid[16]) {
    berth_value value = {.type = BERTH_TYPE_UUID};
    memcpy(value.as.uuid, uuid, sizeof value.as.uuid);
    return value;
}

berth_value berth_json(const char *json) {
    return json == NULL ? berth_null() : make_data(BERTH_TYPE_JSON, json, strlen(json));
}

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
