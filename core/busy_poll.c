#include "core/busy_poll.h"

#include <stdbool.h>

/* From one look to the next: longer, and the processor was somebody else's meanwhile, most likely the server's. */
#define PREEMPTED_NS 4000
#define MOST_SKIPPED 1024

/* What was looked for, and how that went. */
typedef struct search {
    uint32_t looks;
    bool is_there;
    bool was_preempted;
} search;

static search look(int64_t budget_ns, int32_t (*is_there)(void *context), void *context, int64_t (*now_ns)(void)) {
    search search = {.looks = 0};
    int64_t now = now_ns();
    const int64_t until_ns = now + budget_ns;
    for (; !search.is_there && now < until_ns; search.looks++) {
        search.is_there = is_there(context) != 0;
        const int64_t before_ns = now;
        now = now_ns();
        if (now - before_ns > PREEMPTED_NS)
            search.was_preempted = true;
    }
    return search;
}

/* What is there at the first look says nothing: with one processor for both the server has often answered before the
 * client goes on, and where it has not, it does not while the client looks. */
static uint32_t pause_after(const search *search, uint32_t pause) {
    if (search->is_there && !search->was_preempted)
        return search->looks > 1 ? 0 : pause;
    return pause == 0 ? 1 : pause < MOST_SKIPPED ? 2 * pause : MOST_SKIPPED;
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
    poll->pause = pause_after(&search, poll->pause);
    poll->skips = poll->pause;
    return search.is_there;
}
