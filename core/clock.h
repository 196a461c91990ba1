/* Monotonic time and deadlines, in nanoseconds. BERTH_NO_DEADLINE of berth/driver.h is "no limit". */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_S INT64_C(1000000000)

/* CLOCK_MONOTONIC. */
int64_t clock_now_ns(void);

/* The same clock at the kernel's tick (some milliseconds), at a fifth of the cost. */
int64_t clock_coarse_ns(void);

/* The deadline that is `timeout_ms` away; BERTH_NO_DEADLINE for 0 and for what would overflow. */
int64_t clock_deadline_ns(int64_t timeout_ms);

/* The same by the coarse clock, for what need not be exact to some milliseconds. */
int64_t clock_coarse_deadline_ns(int64_t timeout_ms);

/* Between half and all of a pause, so that those who collided do not collide again. */
int64_t clock_jittered_ns(int64_t pause_ns, uint64_t random);

/* Whether a deadline is over. Reads no clock where there is none. */
bool clock_passed(int64_t deadline_ns);

/* Makes a condition whose timed waits go by CLOCK_MONOTONIC. False without resources. */
bool clock_condition_init(pthread_cond_t *condition);

/* For pthread_cond_timedwait() on such a condition. */
struct timespec clock_timespec(int64_t ns);

#endif
