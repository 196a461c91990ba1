/* How a failure is told. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <berth.h>

#define EXIT_FAILED 1
#define EXIT_USAGE 2

/* Prints "berth: " and the message as one line, with control characters made spaces. */
void report(const char *format, ...) BERTH_PRINTF(1, 2);

#endif
