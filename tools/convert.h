/* Texts of a file to values. */
#ifndef TOOLS_CONVERT_H
#define TOOLS_CONVERT_H

#include <berth.h>

/* Reads a text as a value of the type. The bytes of a blob, written in hexadecimal, go where the text was; other values
 * borrow it. False when it is none of the type. */
bool convert_text(berth_type type, char *text, size_t length, berth_value *value);

/* What is right for the type: "an integer such as -42". */
const char *convert_expected(berth_type type);

#endif
