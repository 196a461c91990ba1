/* Whether a database has what a record says. */
#ifndef TRACKER_COMPARE_H
#define TRACKER_COMPARE_H

#include <berth/result.h>
#include <stdbool.h>

/* Whether a value is that of a column of the row that was read last. Where the column can't be read as a value of that
 * type, the session fails. */
bool compare_value(const berth_value *value, berth_result *rows, int column);

#endif
