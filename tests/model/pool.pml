/* The protocol of the pool, core/pool*.c. README.md says what is left out and why that may be, and names the properties.
 *
 * An `inline` stands for the function of its name. An atomic{} is one step, which the others find done or not begun. It
 * has one access to what changes without the lock, the word of a slot, and what happens around it under the lock.
 *
 * run.sh sets how many threads and slots there are, what is built wrong on purpose (MUTANT_...), and what may happen:
 *
 *     DEADLINES   a waiter may have one            FAILURES    open() fails, for now or for good
 *     BREAKS      what comes back is broken        CHECKS      a check fails and tells of others
 *     OVERTAKING  who waits again comes first      INTERRUPTS, RESETS, CLOSES, KEEPS_HOUSE: these calls are made
 *     FOREVER     nobody ever stops */

#ifndef USERS
#define USERS 3
#endif
#ifndef SLOTS
#define SLOTS 1 /* pool_size + max_overflow. */
#endif
#ifndef SIZE
#define SIZE SLOTS /* pool_size. */
#endif
#ifndef MAX_CONNECTING
#define MAX_CONNECTING SLOTS
#endif

/* The first waiter may be overdue or not, whenever that is asked for; but to wait for ever it would have to be not
 * overdue for ever. */
#if defined FOREVER && !defined MUTANT_NOBODY_IS_OVERDUE
#define IS_ALWAYS_OVERDUE
#endif

#define NONE 7

mtype:slot_state = { FREE, OPENING, TAKEN, OUT, IDLE, CLOSING };

typedef pool_slot {
    mtype:slot_state state = FREE; /* The word is this and the two flags. */
    bool is_stacked;
    bool is_stale;
    unsigned below : 3 = NONE;
    unsigned next : 3 = NONE;
    bool has_resource;
    /* For the assertions. */
    bool is_old; /* Its resource is older than the last reset. */
    bool is_owned;
};

typedef pool_waiter {
    bool has_deadline;
    bool is_asleep; /* Not signalled. */
    bool watches;   /* Asleep until the time of the next try to open, at most. */
    bool is_nudged;
    bool has_left;
    unsigned given : 3 = NONE; /* `slot`. */
};

pool_slot slots[SLOTS];
pool_waiter waiters[USERS];

/* Under the lock, as in struct pool. */
bool is_locked;
unsigned idle : 3 = NONE;
unsigned free : 3 = NONE;
unsigned queue_0 : 3 = NONE; /* The first waiter. */
unsigned queue_1 : 3 = NONE;
unsigned queue_2 : 3 = NONE;
unsigned queue_3 : 3 = NONE;
unsigned size : 2;
unsigned closing : 2;
unsigned connecting : 2;
unsigned sleeping : 3;
bool is_closed;
bool has_backoff;
bool is_early; /* With a backoff: the time of the next try had not come at the last look at the clock. */
bool drained;  /* The condition was signalled. */

/* What functions return to whoever has the lock. */
unsigned first : 3 = NONE;
unsigned taken : 3 = NONE;
bool has_idle;
bool may_open;

/* The call of pool_serve(). */
bool is_serving;
unsigned self : 3 = NONE;

/* For the assertions. */
bool is_marking; /* pool_make_stale() is on its way through the slots. */
bool is_marked;  /* pool_close() has been through all of them. */

/* Never kept from one step to another. */
hidden byte leaving;
hidden byte was_first;
hidden byte each;

#define HAS_PLACE(bound) (free != NONE && !is_closed && connecting < bound)
#define IS_WAITING(waiter) (queue_0 == waiter || queue_1 == waiter || queue_2 == waiter || queue_3 == waiter)
#define LOOKS(waiter) (waiter != NONE && (waiters[waiter].is_nudged || !waiters[waiter].is_asleep))
#define SOMEBODY_LOOKS (LOOKS(queue_0) || LOOKS(queue_1) || LOOKS(queue_2) || LOOKS(queue_3))
#if SLOTS == 1
#define IS_ONE_IDLE (slots[0].state == IDLE)
#else
#define IS_ONE_IDLE (slots[0].state == IDLE || slots[1].state == IDLE)
#endif

inline lock() {
    !is_locked -> is_locked = true
}

/* NOBODY SLEEPS IN VAIN: a waiter sleeps only while there is nothing for it, or while one of them is about to look. When
 * it is the time alone that nothing may be opened for, the first wakes in time. */
inline unlock() {
    assert(queue_0 == NONE || SOMEBODY_LOOKS ||
           (!IS_ONE_IDLE && (has_backoff -> !HAS_PLACE(1) || waiters[queue_0].watches : !HAS_PLACE(MAX_CONNECTING))));
    is_locked = false
}

/* ---- pool_queue.c ---- */

inline pool_nudge_first() {
    if
#ifdef MUTANT_TELLS_WHO_IS_AWAKE
    :: queue_0 != NONE && !waiters[queue_0].is_nudged ->
#else
    :: queue_0 != NONE && !waiters[queue_0].is_nudged && queue_0 != self ->
#endif
        waiters[queue_0].is_nudged = true;
        waiters[queue_0].is_asleep = false
    :: else
    fi
}

/* The order of `began_ns` may be any, so that who joins may come to stand anywhere. */
inline join(waiter) {
    if
    :: queue_0 == NONE -> queue_0 = waiter
    :: queue_0 != NONE && queue_1 == NONE -> queue_1 = waiter
    :: queue_1 != NONE && queue_2 == NONE -> queue_2 = waiter
    :: queue_2 != NONE -> queue_3 = waiter
#ifdef OVERTAKING
    :: queue_0 != NONE -> queue_3 = queue_2; queue_2 = queue_1; queue_1 = queue_0; queue_0 = waiter
    :: queue_1 != NONE -> queue_3 = queue_2; queue_2 = queue_1; queue_1 = waiter
    :: queue_2 != NONE -> queue_3 = queue_2; queue_2 = waiter
#endif
    fi
}

inline pool_queue_leave(waiter, slot) {
    d_step {
        leaving = waiter;
        assert(leaving != NONE && !waiters[leaving].has_left); /* NOTHING GOES TO WHO HAS LEFT. */
        was_first = (queue_0 == leaving);
        if
        :: queue_0 == leaving -> queue_0 = queue_1; queue_1 = queue_2; queue_2 = queue_3
        :: queue_1 == leaving -> queue_1 = queue_2; queue_2 = queue_3
        :: queue_2 == leaving -> queue_2 = queue_3
        :: else -> assert(queue_3 == leaving)
        fi;
        queue_3 = NONE;
        waiters[leaving].has_left = true;
        waiters[leaving].given = slot;
        waiters[leaving].is_asleep = false;
        if
#ifndef MUTANT_LEAVER_TELLS_NOBODY
        :: waiters[leaving].is_nudged -> pool_nudge_first()
#endif
        :: was_first && has_backoff -> pool_nudge_first()
        :: else
        fi
    }
}

/* Sets `first`. A time that may be over may also be not over yet. */
inline pool_queue_first() {
    do
    :: queue_0 != NONE && waiters[queue_0].has_deadline -> pool_queue_leave(queue_0, NONE)
    :: break
    od;
    first = queue_0
}

/* A call: the caller has the lock, so that one `server` is enough for all. */
inline pool_serve(waiter) {
    self = waiter;
    is_serving = true;
    !is_serving -> self = NONE
}

inline return_served() {
    first = NONE;
    is_serving = false;
    break
}

inline pool_serve_body() {
    do
    :: atomic {
        pool_queue_first();
        if
        :: first == NONE -> return_served()
        :: else
        fi
       }
       atomic { pool_has_idle() }
       if
       :: atomic { has_idle -> has_idle = false;
            if
#ifndef IS_ALWAYS_OVERDUE
            :: first != self -> /* It is not overdue. */
#ifdef MUTANT_LOOKS_AT_THE_QUEUE_TWICE
                pool_queue_first();
#endif
                pool_nudge_first();
                return_served()
#endif
            :: true
            fi
          }
          pool_take_idle();
          atomic {
            if
            :: taken != NONE -> pool_queue_leave(first, taken); taken = NONE
            :: else
            fi
          }
       :: atomic { !has_idle ->
            pool_may_open();
            if
            :: may_open ->
                may_open = false;
                pool_reserve_place();
                pool_queue_leave(first, taken);
                taken = NONE
            :: else -> return_served()
            fi
          }
       fi
    od
}

/* Gives up the lock while it sleeps. A signal may have come after the end of its time, or before it. */
inline sleep_once() {
    atomic {
        waiters[me].is_asleep = true;
#ifdef MUTANT_WATCHES_IN_VAIN
        waiters[me].watches = (queue_0 == me && has_backoff);
#else
        waiters[me].watches = (queue_0 == me && has_backoff && connecting == 0);
#endif
        assert(!waiters[me].watches || is_early); /* NOBODY SPINS: else it would be awake again at once. */
        unlock()
    }
    atomic { (!waiters[me].is_asleep || waiters[me].has_deadline || waiters[me].watches) && !is_locked ->
        is_locked = true;
        if
        :: !waiters[me].is_asleep
        :: waiters[me].watches -> is_early = false
        :: waiters[me].has_deadline && !waiters[me].has_left -> pool_queue_leave(me, NONE)
#ifdef MUTANT_LATE_ONE_FORGETS_WHAT_IT_GOT
        :: waiters[me].has_deadline && waiters[me].has_left -> waiters[me].given = NONE
#endif
        fi;
        waiters[me].is_asleep = false;
        waiters[me].watches = false;
        if
        :: waiters[me].has_left -> break
        :: else -> waiters[me].is_nudged = false
        fi
    }
}

/* Sets `taken`. */
inline pool_queue_wait() {
    atomic {
        sleeping++;
#ifdef DEADLINES
        if
        :: waiters[me].has_deadline = true
        :: true
        fi;
#endif
        join(me)
    }
    do
    :: atomic {
#ifndef MUTANT_NO_LOOK_AGAIN
        pool_serve(me);
#endif
        if
        :: waiters[me].has_left -> break
        :: else
        fi
       }
       sleep_once()
    od;
    atomic {
        sleeping--;
        drained = (is_closed -> true : drained);
        taken = waiters[me].given;
        waiters[me].given = NONE;
        waiters[me].has_left = false;
        waiters[me].is_nudged = false;
        waiters[me].has_deadline = false
    }
}

/* ---- pool_slots.c ---- */

/* Sets `has_idle`. The last branch is unstack_unless_idle(). One step, also where it comes to several slots: what others
 * do meanwhile to the next of them they might have done before. */
inline pool_has_idle() {
    do
    :: idle == NONE -> break
    :: idle != NONE && slots[idle].state == IDLE -> has_idle = true; break
#ifdef MUTANT_CLEARS_STACKED_BLINDLY
    :: idle != NONE -> /* It was not IDLE a moment ago. */
#else
    :: idle != NONE && slots[idle].state != IDLE ->
#endif
        slots[idle].is_stacked = false;
        idle = slots[idle].below
    od
}

/* Sets `taken`. */
inline pool_take_idle() {
    do
    :: atomic {
        pool_has_idle();
        if
        :: !has_idle -> break
        :: else -> has_idle = false
        fi
       }
       atomic {
        if
        :: slots[idle].state == IDLE ->
            assert(slots[idle].is_stacked && !slots[idle].is_stale);
            slots[idle].state = TAKEN;
            slots[idle].is_stacked = false;
            taken = idle;
            idle = slots[idle].below;
            break
        :: else
        fi
       }
    od
}

inline pool_push_idle(slot) {
    assert(slots[slot].state == TAKEN && slots[slot].has_resource && !slots[slot].is_old); /* NO STALE ONE STAYS. */
    if
    :: !slots[slot].is_stacked -> slots[slot].below = idle; idle = slot
    :: else
    fi;
    slots[slot].is_stacked = true;
    slots[slot].state = IDLE
}

/* Sets `may_open`; looks at the clock. */
inline pool_may_open() {
    if
    :: has_backoff && is_early -> is_early = false
    :: true
    fi;
    may_open = (has_backoff -> HAS_PLACE(1) && !is_early : HAS_PLACE(MAX_CONNECTING))
}

/* Sets `taken`. */
inline pool_reserve_place() {
    taken = free;
    assert(slots[taken].state == FREE);
#ifndef MUTANT_SHARED_PLACE
    free = slots[taken].next;
#endif
    slots[taken].next = NONE;
    slots[taken].state = OPENING;
    connecting++;
    assert(size + connecting <= SLOTS && connecting <= MAX_CONNECTING) /* NEVER TOO MANY. */
}

inline pool_give_place(slot, from) {
    assert(slots[slot].state == from);
    slots[slot].is_stale = false;
    slots[slot].state = FREE;
    connecting = connecting - (from == OPENING -> 1 : 0);
    slots[slot].next = free;
    free = slot;
    drained = (is_closed -> true : drained);
    if
#ifdef MUTANT_FAILED_OPEN_WAKES_NOBODY
    :: from == OPENING
#endif
#ifdef MUTANT_BROKEN_RETURN_WAKES_NOBODY
    :: from == CLOSING
#endif
    :: else -> pool_serve(NONE)
    fi;
    if
#ifndef MUTANT_NOBODY_WATCHES
    :: from == OPENING && has_backoff -> pool_nudge_first()
#endif
    :: else
    fi
}

inline begin_close(slot) {
    slots[slot].state = CLOSING;
    closing++
}

inline finish_close(slot) {
    atomic {
        assert(slots[slot].state == CLOSING && slots[slot].has_resource && !slots[slot].is_owned);
        unlock()
    }
    atomic { lock(); /* close() has been called before. */
        slots[slot].has_resource = false;
        slots[slot].is_old = false;
        closing--;
        size--;
        pool_give_place(slot, CLOSING)
    }
}

inline pool_make_stale() {
    atomic {
        is_marking = true;
        at = 0;
        do
        :: at < SLOTS -> slots[at].is_old = slots[at].has_resource; at++
        :: else -> at = 0; break
        od
    }
    do
    :: atomic { at < SLOTS ->
        if
        :: slots[at].state == IDLE ->
            slots[at].is_stale = true;
            begin_close(at);
            slots[at].next = detached;
            detached = at
#ifdef MUTANT_MARKS_AFTER_A_LOOK
        :: else
        fi
       }
       atomic {
        if
#endif
        :: slots[at].state != FREE && slots[at].state != IDLE -> slots[at].is_stale = true
        :: else
        fi;
        at++
       }
    :: atomic { at == SLOTS ->
        do
        :: at > 0 -> at--; assert(!slots[at].is_old || slots[at].state != IDLE) /* NO STALE ONE STAYS. */
        :: else -> break
        od;
        is_marking = false;
        break
       }
    od;
    do
    :: atomic { detached != NONE ->
        detaching = detached;
        detached = slots[detaching].next;
        slots[detaching].next = NONE
       }
       finish_close(detaching);
       detaching = NONE
    :: atomic { detached == NONE -> break }
    od
}

#ifdef MUTANT_CLOSED_POOL_KEEPS_WHAT_COMES_BACK
#define IS_UNFIT (slots[mine].is_stale && !is_closed)
#else
#define IS_UNFIT (slots[mine].is_stale || is_closed)
#endif

/* Of what was OUT, with give_back_slowly() before it; of what is TAKEN, by a call that gave up or as discard() does. */
inline pool_release() {
    atomic { mine != NONE && (slots[mine].state == OUT || slots[mine].state == TAKEN) && !is_locked ->
        is_locked = true;
        slots[mine].is_owned = false;
        slots[mine].state = TAKEN;
        if
#ifdef BREAKS
        :: is_unfit = true /* Or too old. */
#endif
        :: IS_UNFIT -> is_unfit = true
        :: !IS_UNFIT ->
            pool_queue_first();
            if
            :: first != NONE -> pool_queue_leave(first, mine); mine = NONE /* It is overdue. */
            :: first == NONE && size - closing > SIZE -> is_unfit = true
#ifdef IS_ALWAYS_OVERDUE
            :: first == NONE && size - closing <= SIZE
#else
            :: first != NONE || size - closing <= SIZE
#endif
            fi;
            first = NONE
        fi;
        if
        :: is_unfit -> begin_close(mine)
        :: else
        fi
    }
    if
    :: is_unfit -> is_unfit = false; finish_close(mine)
    :: else ->
        atomic {
            if
            :: mine != NONE -> pool_push_idle(mine); mine = NONE; pool_serve(NONE)
            :: else
            fi
        }
    fi;
    atomic { mine = NONE; unlock() }
}

/* ---- pool_open.c ---- */

/* With note_success() and back_off(). When go_on() ends a call before it opens, the same happens as when it fails. */
inline pool_open_slot() {
    atomic { mine != NONE && slots[mine].state == OPENING && !is_locked ->
        is_locked = true; /* open() has been called before. */
        assert(!slots[mine].has_resource);
        if
        ::
            slots[mine].state = TAKEN;
            slots[mine].has_resource = true;
            has_backoff = false;
            is_early = false;
            size++;
            connecting--;
            pool_serve(NONE)
#ifdef FAILURES
        ::
            if
            :: true /* Nothing that passes by itself, or the caller's time was over. */
            :: !has_backoff || !is_early -> has_backoff = true; is_early = true
            fi;
            pool_give_place(mine, OPENING);
            mine = NONE
#endif
        fi;
        unlock()
    }
}

/* ---- pool.c ---- */

/* For the assertions. */
inline own() {
    assert(slots[mine].state == OUT && slots[mine].has_resource && !slots[mine].is_owned); /* ONE OWNER. */
    assert(!is_marked); /* NOTHING FROM A CLOSED POOL. */
    slots[mine].is_owned = true
}

#ifdef MUTANT_CLOSED_POOL_HANDS_OUT
#define IS_CLOSED_FOR_CHECKOUTS false
#else
#define IS_CLOSED_FOR_CHECKOUTS is_closed
#endif

inline hand_over() {
    slots[mine].state = OUT;
    own()
}

inline conclude() {
    atomic { mine != NONE && slots[mine].state == TAKEN && !IS_CLOSED_FOR_CHECKOUTS && !is_locked -> hand_over() }
}

inline end_acquire() {
    mine = taken;
    taken = NONE;
    if
    :: mine != NONE && slots[mine].state == TAKEN && !IS_CLOSED_FOR_CHECKOUTS -> hand_over() /* is_fresh() */
    :: true
    fi;
    unlock()
}

/* Sets `mine`, or not. */
inline acquire() {
    atomic { mine == NONE && !is_closed && !is_locked -> is_locked = true }
    pool_take_idle();
    atomic {
        if
        :: taken == NONE && queue_0 == NONE -> pool_may_open()
        :: else
        fi;
        if
        :: may_open -> may_open = false; pool_reserve_place()
        :: else
        fi;
        if
        :: taken != NONE -> end_acquire()
        :: else
        fi
    }
    if
    :: mine == NONE -> pool_queue_wait(); atomic { end_acquire() }
    :: else
    fi
}

/* By a call whose check failed, or by an owner. */
inline pool_condemn() {
    atomic { mine != NONE && (slots[mine].state == TAKEN || slots[mine].state == OUT) && !is_locked ->
        is_locked = true;
        if
        :: !slots[mine].is_stale -> tells_of_others = true
        :: else
        fi
    }
    if
    :: tells_of_others -> tells_of_others = false; pool_make_stale()
    :: else
    fi;
    atomic { unlock() }
}

/* Of what the thread gave back last, which may be any. */
inline take_hinted() {
    atomic { mine == NONE ->
        if
        :: mine = 0
#if SLOTS > 1
        :: mine = 1
#endif
        fi;
        if
        :: slots[mine].state == IDLE && slots[mine].is_stacked && !slots[mine].is_stale ->
            slots[mine].state = OUT;
            own();
            if
            :: true
            :: slots[mine].is_owned = false; slots[mine].state = TAKEN /* It is not fresh. */
            fi
        :: else -> mine = NONE
        fi
    }
}

#ifdef MUTANT_QUICK_RETURN_PASSES_OVER_STALE
#define IS_STALE_FOR_QUICK_RETURNS false
#else
#define IS_STALE_FOR_QUICK_RETURNS slots[mine].is_stale
#endif

/* Whatever `attention` says: what is seen of it may be old. */
inline give_back_quickly() {
    atomic { mine != NONE && slots[mine].state == OUT && slots[mine].is_stacked && !IS_STALE_FOR_QUICK_RETURNS ->
        assert(!slots[mine].is_old || is_marking); /* NO STALE ONE STAYS. */
        slots[mine].is_owned = false;
        slots[mine].state = IDLE;
        mine = NONE
    }
}

/* A call that does not wait may give up in any case, see `user`. */
inline pool_interrupt(waiter) {
    atomic { lock();
        if
#ifdef MUTANT_INTERRUPTS_WHO_HAS_LEFT
        :: waiters[waiter].has_left || IS_WAITING(waiter) -> pool_queue_leave(waiter, NONE)
#else
        :: IS_WAITING(waiter) -> pool_queue_leave(waiter, NONE)
#endif
        :: else
        fi;
        unlock()
    }
}

inline pool_reset() {
    atomic { lock() }
    pool_make_stale();
    atomic { unlock() }
}

inline pool_close() {
    atomic { lock();
        is_closed = true;
#ifndef MUTANT_CLOSE_FORGETS_THE_WAITERS
        do
        :: queue_0 != NONE -> pool_queue_leave(queue_0, NONE)
        :: else -> break
        od
#endif
    }
    pool_make_stale();
    atomic { is_marked = true }
    do
    :: atomic { sleeping > 0 || size + connecting > 0 ->
        drained = false;
        unlock();
        drained && !is_locked -> is_locked = true
       }
    :: atomic { sleeping == 0 && size + connecting == 0 -> is_drained(); unlock(); break }
    od
}

/* CLOSE ENDS WITH NOTHING OPEN. */
inline is_drained() {
    do
    :: at < SLOTS -> assert(slots[at].state == FREE && !slots[at].has_resource && !slots[at].is_owned); at++
    :: else -> at = 0; break
    od
}

/* ---- pool_housekeeper.c ---- */

/* Of one slot. */
inline close_idle() {
    atomic { mine == NONE && !is_closed && !is_locked ->
        if
        :: mine = 0
#if SLOTS > 1
        :: mine = 1
#endif
        fi;
        if
        :: slots[mine].state == IDLE -> is_locked = true; begin_close(mine)
        :: else -> mine = NONE
        fi
    }
    if
    :: mine != NONE -> finish_close(mine); atomic { mine = NONE; unlock() }
    :: else
    fi
}

/* Its first half; pool_open_slot() and pool_release() follow. */
inline top_up() {
    atomic { mine == NONE && queue_0 == NONE && size - closing + connecting < SIZE && !is_locked ->
        pool_may_open();
        if
        :: may_open -> may_open = false; pool_reserve_place(); mine = taken; taken = NONE
        :: else
        fi
    }
}

/* ---- The threads. ---- */

proctype server() {
end:
    do
    :: is_serving -> pool_serve_body()
    od
}

/* What comes next depends on the state of its slot alone: a call may give up anywhere, or go on trying. */
proctype user(byte me) {
    unsigned mine : 3 = NONE;
    unsigned detached : 3 = NONE;
    unsigned detaching : 3 = NONE;
    unsigned at : 2;
    bool is_unfit, tells_of_others;
    do
    :: take_hinted()
    :: acquire()
    :: pool_open_slot()
    :: conclude()
#ifdef CHECKS
    :: pool_condemn()
#endif
    :: give_back_quickly()
    :: pool_release()
#ifndef FOREVER
    :: mine == NONE -> break
#endif
    od
}

#if defined RESETS || defined INTERRUPTS || defined CLOSES
proctype manager() {
    unsigned detached : 3 = NONE;
    unsigned detaching : 3 = NONE;
    unsigned at : 2;
    do
#ifdef RESETS
    :: pool_reset()
#endif
#ifdef INTERRUPTS
    :: pool_interrupt(0)
#endif
#ifdef CLOSES
    :: pool_close(); break
#endif
    :: break
    od
}
#endif

#ifdef KEEPS_HOUSE
proctype housekeeper() {
    unsigned mine : 3 = NONE;
    bool is_unfit;
    do
    :: close_idle()
    :: top_up()
    :: pool_open_slot()
    :: pool_release()
    :: mine == NONE -> break
    od
}
#endif

/* NOTHING IS LOST: when all is over, each place is free or has an idle resource, and the counts say so. */
inline is_whole() {
    each = 0;
    do
    :: each < SLOTS ->
        assert(slots[each].state == FREE && !slots[each].has_resource || slots[each].state == IDLE && slots[each].is_stacked);
        each++
    :: else -> break
    od;
#if SLOTS == 1
    assert(size == (slots[0].state == IDLE -> 1 : 0));
    assert((free == 0) == (slots[0].state == FREE))
#else
    assert(size == (slots[0].state == IDLE -> 1 : 0) + (slots[1].state == IDLE -> 1 : 0));
    assert((free != NONE) == (size < SLOTS));
    assert((free != NONE && slots[free].next != NONE) == (size == 0))
#endif
    assert(connecting == 0 && closing == 0 && sleeping == 0 && !is_locked)
}

init {
    atomic {
        free = 0;
#if SLOTS > 1
        slots[0].next = 1;
#endif
        run server();
        each = 0;
        do
        :: each < USERS -> run user(each); each++
        :: else -> break
        od;
#if defined RESETS || defined INTERRUPTS || defined CLOSES
        run manager();
#endif
#ifdef KEEPS_HOUSE
        run housekeeper();
#endif
    }
    d_step { _nr_pr == 2 -> is_whole() }
}

#ifdef FOREVER
/* NOBODY WAITS FOR EVER. */
ltl served { [] (IS_WAITING(0) -> <> !IS_WAITING(0)) }
#endif
