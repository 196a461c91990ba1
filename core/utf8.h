/* UTF-8 (RFC 3629): checking it, comparing words, and showing any bytes in a message. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Room for what utf8_show() writes. */
#define UTF8_SHOWN_BYTES 48

/* How many of the bytes, from the first on, are well-formed UTF-8; `length` when all of them are. */
size_t utf8_valid_bytes(const char *text, size_t length);

/* Writes text for a message: what is no printable UTF-8 as \xNN, a long text cut at a character and ended by "...".
 * Returns `shown`. */
const char *utf8_show(const char *text, size_t length, char shown[UTF8_SHOWN_BYTES]);

/* Whether the text is `word`, which is in lower case, in whatever case of ASCII; no locale has a say in it. */
bool utf8_is_word(const char *text, size_t length, const char *word);

#endif
