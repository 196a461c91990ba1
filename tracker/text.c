#include "tracker/text.h"

#include <berth/value.h>
#include <math.h>
#include <string.h>

/* What takes two columns, and what takes none (Unicode 15, the blocks that matter). */
static const struct {
    uint32_t first;
    uint32_t last;
    size_t width;
} ranges[] = {
    {0x0300, 0x036F, 0},   {0x1100, 0x115F, 2},   {0x200B, 0x200F, 0},   {0x20D0, 0x20FF, 0},
    {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},   {0xF900, 0xFAFF, 2},
    {0xFE00, 0xFE0F, 0},   {0xFE30, 0xFE6F, 2},   {0xFF00, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
    {0x1F300, 0x1F64F, 2}, {0x1F680, 0x1F6FF, 2}, {0x1F900, 0x1FAFF, 2}, {0x20000, 0x3FFFD, 2},
};

static bool is_continuation(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The code point at `*text`, which moves behind it. Texts come from jansson, the database or messages: valid UTF-8. */
static uint32_t next_character(const char **text) {
    unsigned char lead = (unsigned char)*(*text)++;
    uint32_t character = lead < 0x80 ? lead : lead < 0xE0 ? lead & 0x1F : lead < 0xF0 ? lead & 0x0F : lead & 0x07;
    while (is_continuation(**text))
        character = character << 6 | ((unsigned char)*(*text)++ & 0x3F);
    return character;
}

static size_t character_width(uint32_t character) {
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

size_t text_width(const char *text) {
    size_t width = 0;
    while (*text != '\0')
        width += character_width(next_character(&text));
    return width;
}

size_t text_characters(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += !is_continuation(*text);
    return count;
}

size_t text_fitting_bytes(const char *text, size_t width) {
    const char *start = text;
    const char *end = text;
    size_t used = 0;
    while (*text != '\0') {
        used += character_width(next_character(&text));
        if (used > width)
            break;
        end = text;
    }
    return (size_t)(end - start);
}

void text_trim_utf8(char *text) {
    size_t length = strlen(text);
    size_t start = length;
    while (start > 0 && is_continuation(text[start - 1]))
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length - (start - 1) < wanted)
        text[start - 1] = '\0';
}

/* C0, DEL and C1: what a terminal would take as a command. */
static bool is_control(uint32_t character) {
    return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

static void print_text(FILE *stream, const char *text, const char *allowed) {
    while (*text != '\0') {
        const char *start = text;
        uint32_t character = next_character(&text);
        if (is_control(character) && (character > 0x7F || strchr(allowed, (int)character) == NULL))
            fputc(' ', stream);
        else
            fwrite(start, 1, (size_t)(text - start), stream);
    }
}

void text_print_line(FILE *stream, const char *text) {
    print_text(stream, text, "");
}

void text_print_block(FILE *stream, const char *text) {
    print_text(stream, text, "\n\t");
}

const char *text_money(char buffer[TEXT_NUMBER_BYTES], double amount, bool sign) {
    char plain[TEXT_NUMBER_BYTES];
    if (!isfinite(amount) || fabs(amount) >= 1e15) {
        snprintf(buffer, TEXT_NUMBER_BYTES, "%.6g", amount);
        return buffer;
    }
    int length = snprintf(plain, sizeof plain, "%.2f", fabs(amount));
    bool zero = strcmp(plain, "0.00") == 0;
    char *out = buffer;
    if (!zero && amount < 0)
        *out++ = '-';
    else if (!zero && sign)
        *out++ = '+';
    int whole = length - 3;
    for (int i = 0; i < length; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            *out++ = ',';
        *out++ = plain[i];
    }
    *out = '\0';
    return buffer;
}

const char *text_quantity(char buffer[TEXT_NUMBER_BYTES], double quantity) {
    snprintf(buffer, TEXT_NUMBER_BYTES, "%.10g", quantity);
    return buffer;
}

const char *text_time(char buffer[TEXT_NUMBER_BYTES], int64_t microseconds) {
    berth_value value = berth_timestamptz(microseconds);
    berth_value_format(&value, buffer, TEXT_NUMBER_BYTES);
    char *fraction = strchr(buffer, '.');
    if (fraction != NULL)
        *fraction = '\0';
    return buffer;
}
