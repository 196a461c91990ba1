/* Looking for an answer before sleeping, as long as that pays. */
#ifndef CORE_BUSY_POLL_H
#define CORE_BUSY_POLL_H

#include <berth/driver.h>

/* What berth_services offers as busy_poll(), by a clock that tests choose. */
int32_t busy_poll_by(berth_busy_poll *poll, int32_t (*is_there)(void *context), void *context, int64_t (*now_ns)(void));

#endif
