/* Setting and reading errors. */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <berth/error.h>
#include <stdarg.h>

/* Success: clears what a caller may look at. NULL is fine, here and below. */
void error_clear(berth_error *error);

/* Clears `error`, sets status and message. Returns `status`, so that a failure is one line. */
berth_status error_set(berth_error *error, berth_status status, const char *format, ...) BERTH_PRINTF(3, 4);

berth_status error_set_list(berth_error *error, berth_status status, const char *format, va_list arguments);

/* Hands an error on: all of a failure, of a success no more than needed. */
void error_copy(berth_error *to, const berth_error *from);

/* Puts what was tried before the message that is there: "loading driver x: " + "no such file". Keeps the rest. Returns
 * the error's status, or BERTH_INTERNAL for NULL. */
berth_status error_prefix(berth_error *error, const char *format, ...) BERTH_PRINTF(2, 3);

/* Sets status BERTH_NO_MEMORY with a message that says what it was for. */
berth_status error_no_memory(berth_error *error, const char *what);

/* The flags that a status has by its nature. */
uint32_t error_flags_of(berth_status status);

/* The status of an SQLSTATE's class (ISO/IEC 9075-2 clause 24), BERTH_INTERNAL for one that says nothing. */
berth_status error_of_sqlstate(const char *sqlstate, uint32_t *flags);

/* The static analyzer does not look into error.c: tell it what these return. */
#if defined(__clang_analyzer__)
#define error_set(error, status, ...) ((void)(error_set)((error), (status), __VA_ARGS__), (berth_status)(status))
#define error_no_memory(error, what) ((void)(error_no_memory)((error), (what)), BERTH_NO_MEMORY)
#endif

#endif
