#include "core/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What a lead byte asks for: how many bytes follow, and the range of the first of them, which is what rules out
 * overlong forms, surrogates and what lies above U+10FFFF. */
static const struct {
    unsigned char first, last, more, low, high;
} leads[] = {
    {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF}, {0xE1, 0xEC, 2, 0x80, 0xBF}, {0xED, 0xED, 2, 0x80, 0x9F},
    {0xEE, 0xEF, 2, 0x80, 0xBF}, {0xF0, 0xF0, 3, 0x90, 0xBF}, {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

/* Bytes of the character that begins here, 0 when none does. */
static size_t character_bytes(const unsigned char *text, size_t length) {
    if (text[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if (text[0] < leads[i].first || text[0] > leads[i].last)
            continue;
        if (length <= leads[i].more || text[1] < leads[i].low || text[1] > leads[i].high)
            return 0;
        for (size_t next = 2; next <= leads[i].more; next++)
            if ((text[next] & 0xC0) != 0x80)
                return 0;
        return leads[i].more + 1U;
    }
    return 0;
}

/* Bytes of ASCII from here on, eight at a time while they last. */
static size_t ascii_bytes(const unsigned char *text, size_t length) {
    size_t at = 0;
    for (uint64_t word; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (at < length && text[at] < 0x80)
        at++;
    return at;
}

size_t utf8_valid_bytes(const char *text, size_t length) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    if (utf8_is_ascii(text, length))
        return length;
    while (at < length) {
        at += ascii_bytes(bytes + at, length - at);
        size_t character = at < length ? character_bytes(bytes + at, length - at) : 0;
        if (character == 0)
            break;
        at += character;
    }
    return at;
}

const char *utf8_show(const char *text, size_t length, char shown[UTF8_SHOWN_BYTES]) {
    const size_t room = UTF8_SHOWN_BYTES - sizeof "...";
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        char piece[8];
        unsigned char byte = (unsigned char)text[at];
        size_t character = character_bytes((const unsigned char *)text + at, length - at);
        size_t bytes = character;
        if (character == 0 || byte < 0x20 || byte == 0x7F)
            bytes = (size_t)snprintf(piece, sizeof piece, "\\x%02X", byte);
        else
            memcpy(piece, text + at, character);
        if (used + bytes > room) {
            memcpy(shown + used, "...", sizeof "...");
            return shown;
        }
        memcpy(shown + used, piece, bytes);
        used += bytes;
        at += character == 0 ? 1 : character;
    }
    shown[used] = '\0';
    return shown;
}

bool utf8_is_word(const char *text, size_t length, const char *word) {
    size_t at = 0;
    for (; at < length && word[at] != '\0'; at++) {
        char lower = text[at] >= 'A' && text[at] <= 'Z' ? (char)(text[at] - 'A' + 'a') : text[at];
        if (lower != word[at])
            return false;
    }
    return at == length && word[at] == '\0';
}
