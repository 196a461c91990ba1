#include "tracker/writer.h"

#include <errno.h>
#include <string.h>

static berth_status fail(const writer *writer, berth_error *error) {
    return report_fail(error, BERTH_RESOURCE, "%s: can't be written: %s", writer->path, strerror(errno));
}

berth_status writer_open(writer *writer, const char *folder, const char *name, const char *key, berth_error *error) {
    memset(writer, 0, sizeof *writer);
    if (snprintf(writer->path, sizeof writer->path, "%s/%s", folder, name) >= (int)sizeof writer->path)
        return report_fail(error, BERTH_MISUSE, "the folder's name is too long");
    writer->stream = fopen(writer->path, "wb");
    if (writer->stream == NULL)
        return fail(writer, error);
    fprintf(writer->stream, "{\"simulated\":true,\"%s\":[", key);
    return BERTH_OK;
}

berth_status writer_close(writer *writer, int64_t server_time_ms, berth_error *error) {
    fputs("\n]", writer->stream);
    if (server_time_ms > 0)
        fprintf(writer->stream, ",\"serverTime\":%lld", (long long)server_time_ms);
    fputs("}\n", writer->stream);
    bool failed = ferror(writer->stream) != 0;
    failed |= fclose(writer->stream) != 0;
    writer->stream = NULL;
    return failed ? fail(writer, error) : BERTH_OK;
}

void writer_abandon(writer *writer) {
    if (writer->stream != NULL)
        fclose(writer->stream);
    writer->stream = NULL;
}

static void print_name(writer *writer, const char *name) {
    fprintf(writer->stream, "%s\"%s\":", writer->field_before ? "," : "", name);
    writer->field_before = true;
}

void writer_begin(writer *writer, const char *name) {
    if (name != NULL) {
        print_name(writer, name);
    } else {
        fputs(writer->record_before ? ",\n" : "\n", writer->stream);
        writer->record_before = true;
    }
    fputc('{', writer->stream);
    writer->field_before = false;
}

void writer_end(writer *writer) {
    fputc('}', writer->stream);
    writer->field_before = true;
}

void writer_text(writer *writer, const char *name, const char *text) {
    print_name(writer, name);
    fputc('"', writer->stream);
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fputs("\\n", writer->stream);
        else if (*text == '"' || *text == '\\')
            fprintf(writer->stream, "\\%c", *text);
        else
            fputc(*text, writer->stream);
    }
    fputc('"', writer->stream);
}

const char *writer_format(char buffer[WRITER_DECIMAL_BYTES], int64_t number, int digits) {
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    uint64_t unit = 1;
    for (int i = 0; i < digits; i++)
        unit *= 10;
    int length = snprintf(buffer, WRITER_DECIMAL_BYTES, "%s%llu.%0*llu", number < 0 ? "-" : "",
                          (unsigned long long)(size / unit), digits, (unsigned long long)(size % unit));
    while (buffer[length - 1] == '0' && strchr(buffer, '.') != NULL)
        buffer[--length] = '\0';
    if (buffer[length - 1] == '.')
        buffer[--length] = '\0';
    return buffer;
}

void writer_decimal(writer *writer, const char *name, int64_t number, int digits) {
    char buffer[WRITER_DECIMAL_BYTES];
    print_name(writer, name);
    fputs(writer_format(buffer, number, digits), writer->stream);
}

void writer_word(writer *writer, const char *name, const char *word) {
    print_name(writer, name);
    fputs(word, writer->stream);
}
