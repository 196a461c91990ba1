/* UTF-8 (RFC 3629): checking it, comparing words, and showing any bytes in a message. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Room for what utf8_show() writes. */
#define UTF8_SHOWN_BYTES 48

/* Eight bytes of a text, as they are. */
static inline uint64_t utf8_word(const char *text) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return word;
}

/* Whether all of it is ASCII, the common case, decided in place: each text that is bound is looked at. Sixteen bytes a
 * step; the last ones may overlap those before them. */
static inline bool utf8_is_ascii(const char *text, size_t length) {
    uint64_t seen = 0;
    if (length >= 16) {
        for (size_t at = 0; at + 16 < length; at += 16)
            seen |= utf8_word(text + at) | utf8_word(text + at + 8);
        seen |= utf8_word(text + length - 16) | utf8_word(text + length - 8);
    } else if (length >= 8) {
        seen = utf8_word(text) | utf8_word(text + length - 8);
    } else {
        while (length > 0)
            seen |= (unsigned char)text[--length];
    }
    return (seen & UINT64_C(0x8080808080808080)) == 0;
}

/* How many of the bytes, from the first on, are well-formed UTF-8; `length` when all of them are. */
size_t utf8_valid_bytes(const char *text, size_t length);

/* Writes text for a message: what is no printable UTF-8 as \xNN, a long text cut at a character and ended by "...".
 * Returns `shown`. */
const char *utf8_show(const char *text, size_t length, char shown[UTF8_SHOWN_BYTES]);

/* Whether the text is `word`, which is in lower case, in whatever case of ASCII; no locale has a say in it. */
bool utf8_is_word(const char *text, size_t length, const char *word);

#endif
