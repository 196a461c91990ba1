#include "core/busy_poll.h"

#include <stdbool.h>

/* From one look to the next: longer, and the processor was somebody else's meanwhile, most likely the server's. */
#define PREEMPTED_NS 4000
#define MOST_SKIPPED 1024

/* What was looked for, and how that went. */
typedef struct search {
    bool is_there;
    bool has_paid;
} search;

static search look(int64_t budget_ns, int32_t (*is_there)(void *context), void *context, int64_t (*now_ns)(void)) {
    search search = {.is_there = false, .has_paid = true};
    int64_t now = now_ns();
    const int64_t until_ns = now + budget_ns;
    while (!search.is_there && now < until_ns) {
        search.is_there = is_there(context) != 0;
        const int64_t before_ns = now;
        now = now_ns();
        if (now - before_ns > PREEMPTED_NS)
            search.has_paid = false;
    }
    search.has_paid = search.has_paid && search.is_there;
    return search;
}

int32_t busy_poll_by(berth_busy_poll *poll, int32_t (*is_there)(void *context), void *context,
                     int64_t (*now_ns)(void)) {
    if (poll->budget_ns <= 0)
        return 0;
    if (poll->skips > 0) {
        poll->skips--;
        return 0;
    }
    search search = look(poll->budget_ns, is_there, context, now_ns);
    if (search.has_paid)
        poll->pause = 0;
    else
        poll->pause = poll->pause == 0 ? 1 : poll->pause < MOST_SKIPPED ? 2 * poll->pause : MOST_SKIPPED;
    poll->skips = poll->pause;
    return search.is_there;
}
