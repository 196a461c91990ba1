#!/usr/bin/env bash
# run.sh MODEL SPIN COMPILER: looks at all states of the model in several sizes, in which nothing may be wrong; and at
# the mutants, each of which has a fault that must be found.
set -euo pipefail

model="$1" spin="$2" compiler="$3"
all=(-DDEADLINES -DBREAKS -DFAILURES -DCHECKS -DOVERTAKING -DINTERRUPTS)
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
ulimit -v 2000000 # Kilobytes.
status=0

# What the words of the search say of the properties in README.md.
name_property() {
    case "$1" in
    *'queue_0==7'*) echo "somebody sleeps in vain" ;;
    'invalid end state'*) echo "somebody waits, and nothing happens any more" ;;
    'acceptance cycle'*) echo "somebody waits for ever" ;;
    *is_early*) echo "somebody spins" ;;
    *leaving*) echo "something goes to who has left" ;;
    *is_old*) echo "a stale one stays" ;;
    *'free=='*) echo "something is lost" ;;
    *is_marked*) echo "a closed pool hands something out" ;;
    *) echo "$1" ;;
    esac
}

# search FLAG...: `finding` is what is wrong in the model with these flags, or nothing.
search() {
    local safety=(-DSAFETY) options=()
    if [[ " $* " == *" -DFOREVER "* ]]; then
        safety=(-DNFAIR=3)
        options=(-a -f)
    fi
    rm -f pan*
    "$spin" -a "$@" "$model" >spin.log
    "$compiler" -w "${safety[@]}" -DCOLLAPSE -o pan pan.c
    ./pan -m2000000 -w22 "${options[@]}" >pan.log 2>&1 || true
    if ! grep -q 'errors: 0$' pan.log || grep -q -e 'too small' -e 'not completed' pan.log; then
        finding="$(sed -n 's/^pan: *\(1: \)\?//p' pan.log | head -n 1 | cut -c 1-100)"
        finding="${finding:-the search did not end: $(tail -n 1 pan.log)}"
    else
        finding=""
    fi
}

# proves FLAG...: nothing is wrong.
proves() {
    search "$@"
    if [[ -n "$finding" ]]; then
        printf 'WRONG: %s: %s\n' "$*" "$finding"
        status=1
    else
        printf '%9d states, nothing wrong: %s\n' "$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' pan.log)" "$*"
    fi
}

# finds NAME FLAG...: the mutant of that name is found out.
finds() {
    local mutant="$1"
    shift
    search "-DMUTANT_$mutant" "$@"
    if [[ ! "$finding" =~ ^(assertion violated|invalid end state|acceptance cycle) ]]; then
        printf 'WRONG: the mutant %s is not found: %s\n' "$mutant" "$finding"
        status=1
    else
        printf '%s: %s\n' "$mutant" "$(name_property "$finding")"
    fi
}

proves -DSLOTS=1 -DUSERS=3 "${all[@]}"
proves -DSLOTS=1 -DUSERS=3 -DDEADLINES -DBREAKS -DFAILURES -DRESETS -DCLOSES
proves -DSLOTS=2 -DUSERS=2 "${all[@]}"
proves -DSLOTS=2 -DUSERS=2 -DDEADLINES -DFAILURES -DKEEPS_HOUSE
proves -DSLOTS=2 -DUSERS=3 -DDEADLINES -DBREAKS -DFAILURES
proves -DSLOTS=2 -DUSERS=3 -DFAILURES -DMAX_CONNECTING=1
proves -DSLOTS=2 -DUSERS=3 -DDEADLINES -DSIZE=1
proves -DSLOTS=2 -DUSERS=3 -DCHECKS
proves -DSLOTS=2 -DUSERS=3 -DRESETS
proves -DSLOTS=2 -DUSERS=3 -DCLOSES
proves -DSLOTS=2 -DUSERS=4
proves -DSLOTS=2 -DUSERS=3 -DBREAKS -DOVERTAKING -DFOREVER

finds FAILED_OPEN_WAKES_NOBODY -DFAILURES
finds BROKEN_RETURN_WAKES_NOBODY -DBREAKS
finds LATE_ONE_FORGETS_WHAT_IT_GOT -DDEADLINES
finds INTERRUPTS_WHO_HAS_LEFT -DINTERRUPTS
finds MARKS_AFTER_A_LOOK -DRESETS
finds QUICK_RETURN_PASSES_OVER_STALE -DRESETS
finds CLOSE_FORGETS_THE_WAITERS -DCLOSES
finds CLOSED_POOL_HANDS_OUT -DCLOSES
finds CLOSED_POOL_KEEPS_WHAT_COMES_BACK -DCLOSES
finds LEAVER_TELLS_NOBODY -DDEADLINES
finds TELLS_WHO_IS_AWAKE -DFAILURES
finds LOOKS_AT_THE_QUEUE_TWICE -DDEADLINES -DOVERTAKING
finds NOBODY_WATCHES -DFAILURES
finds WATCHES_IN_VAIN -DFAILURES
finds NO_LOOK_AGAIN
finds CLEARS_STACKED_BLINDLY
finds SHARED_PLACE
finds NOBODY_IS_OVERDUE -DFOREVER
exit "$status"
