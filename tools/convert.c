#include "tools/convert.h"

static const char *const expected[BERTH_TYPE_COUNT] = {
    [BERTH_TYPE_NULL] = "text in UTF-8",
    [BERTH_TYPE_BOOL] = "true or false",
    [BERTH_TYPE_INT64] = "an integer of 64 bits such as -42",
    [BERTH_TYPE_UINT64] = "an integer of 64 bits from 0",
    [BERTH_TYPE_DOUBLE] = "a number such as 0.5",
    [BERTH_TYPE_TEXT] = "text in UTF-8",
    [BERTH_TYPE_BLOB] = "bytes in hexadecimal such as 00ff",
    [BERTH_TYPE_DECIMAL] = "an exact number such as -12.50",
    [BERTH_TYPE_DATE] = "a date such as 2025-10-28",
    [BERTH_TYPE_TIME] = "a time such as 07:04:56.25",
    [BERTH_TYPE_TIMESTAMP] = "a date and time such as 2025-10-28 07:04:56",
    [BERTH_TYPE_TIMESTAMPTZ] = "an instant such as 2025-10-28T07:04:56Z",
    [BERTH_TYPE_UUID] = "a UUID such as 123e4567-e89b-42d3-a456-426614174000",
    [BERTH_TYPE_JSON] = "JSON in UTF-8",
};

const char *convert_expected(berth_type type) {
    return expected[type];
}

static int digit_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool is_hexadecimal(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (digit_value(text[i]) < 0)
            return false;
    return length % 2 == 0;
}

static bool convert_blob(char *text, size_t length, berth_value *value) {
    if (!is_hexadecimal(text, length))
        return false;
    for (size_t i = 0; i < length; i += 2)
        text[i / 2] = (char)(digit_value(text[i]) * 16 + digit_value(text[i + 1]));
    *value = berth_blob(text, length / 2);
    return true;
}

bool convert_text(berth_type type, char *text, size_t length, berth_value *value) {
    if (type == BERTH_TYPE_BLOB)
        return convert_blob(text, length, value);
    return berth_value_parse(type == BERTH_TYPE_NULL ? BERTH_TYPE_TEXT : type, text, length, value) == BERTH_OK;
}
