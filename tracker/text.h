/* Text for people: widths, numbers, times; and nothing that could command a terminal. */
#ifndef TRACKER_TEXT_H
#define TRACKER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_NUMBER_BYTES 64 /* Room for what the functions below write. */

/* How many columns of a terminal the text takes. */
size_t text_width(const char *text);

/* How many characters (code points) it has. */
size_t text_characters(const char *text);

/* The bytes of the longest beginning that takes at most `width` columns. */
size_t text_fitting_bytes(const char *text, size_t width);

/* Cuts an unfinished UTF-8 character off the end. */
void text_trim_utf8(char *text);

/* Prints text from outside with control characters made spaces; `_block` leaves line ends and tabs. */
void text_print_line(FILE *stream, const char *text);
void text_print_block(FILE *stream, const char *text);

/* 1234567.891 is "1,234,567.89"; with `sign` also "+1.00". Never "-0.00". */
const char *text_money(char buffer[TEXT_NUMBER_BYTES], double amount, bool sign);

/* Up to ten significant digits, no exponent for what people trade in: "0.05", "-7716". */
const char *text_quantity(char buffer[TEXT_NUMBER_BYTES], double quantity);

/* "2025-10-28 07:04:56" in UTC. */
const char *text_time(char buffer[TEXT_NUMBER_BYTES], int64_t microseconds);

#endif
