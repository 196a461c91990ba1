#include "slt_values.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t as_integer(const berth_value *value, const char *text) {
    if (value->type == BERTH_TYPE_DOUBLE)
        return (int64_t)value->as.real;
    return value->type == BERTH_TYPE_INT64 || value->type == BERTH_TYPE_BOOL ? value->as.integer
                                                                             : strtoll(text, NULL, 10);
}

static double as_real(const berth_value *value, const char *text) {
    return value->type == BERTH_TYPE_DOUBLE ? value->as.real : strtod(text, NULL);
}

/* What can't be printed becomes '@'. */
static char *write_value(const berth_value *value, char type) {
    char *text = NULL;
    if (value->type == BERTH_TYPE_NULL)
        return strdup("NULL");
    size_t length = berth_value_format(value, NULL, 0);
    char *plain = malloc(length + 1);
    if (plain == NULL)
        return NULL;
    berth_value_format(value, plain, length + 1);
    if (type == 'T') {
        for (char *at = plain; *at != '\0'; at++)
            if (*at < ' ' || *at > '~')
                *at = '@';
        text = strdup(plain[0] != '\0' ? plain : "(empty)");
    } else {
        int size = type == 'I' ? asprintf(&text, "%lld", (long long)as_integer(value, plain))
                               : asprintf(&text, "%.3f", as_real(value, plain));
        text = size < 0 ? NULL : text;
    }
    free(plain);
    return text;
}

bool slt_values_add(slt_values *values, const berth_value *value, char type) {
    if (values->count == values->room) {
        size_t room = values->room * 2 + 64;
        char **items = realloc(values->items, room * sizeof *items);
        if (items == NULL)
            return false;
        values->items = items;
        values->room = room;
    }
    values->items[values->count] = write_value(value, type);
    return values->items[values->count++] != NULL;
}

static int compare_rows(const void *left, const void *right, void *columns) {
    const char *const *a = left, *const *b = right;
    int order = 0;
    for (size_t i = 0; order == 0 && i < *(const size_t *)columns; i++)
        order = strcmp(a[i], b[i]);
    return order;
}

void slt_values_sort(slt_values *values, const char *mode) {
    size_t columns = strcmp(mode, "rowsort") == 0 ? values->columns : 1;
    if (strcmp(mode, "nosort") != 0 && values->count > 0 && columns > 0)
        qsort_r(values->items, values->count / columns, columns * sizeof *values->items, compare_rows, &columns);
}

bool slt_values_hash(const slt_values *values, char hash[SLT_HASH_BYTES]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1;
    for (size_t i = 0; good && i < values->count; i++)
        good = EVP_DigestUpdate(context, values->items[i], strlen(values->items[i])) == 1 &&
               EVP_DigestUpdate(context, "\n", 1) == 1;
    good = good && EVP_DigestFinal_ex(context, digest, &length) == 1 && length * 2 + 1 == SLT_HASH_BYTES;
    for (unsigned i = 0; good && i < length; i++)
        snprintf(hash + 2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(context);
    return good;
}

void slt_values_free(slt_values *values) {
    for (size_t i = 0; i < values->count; i++)
        free(values->items[i]);
    free(values->items);
    *values = (slt_values){0};
}
