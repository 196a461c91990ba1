#!/bin/sh
# run.sh PROGRAM WRONG.so: whether the suite finds each lie of the wrong driver, and no fault where it does not lie.
set -eu
program="$1"
driver="$2"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
missed=0

# run LIE CHECK: the exit status is the suite's.
run() {
    "$program" "sqlite:///$folder/wrong.db?lie=$1" --driver "$driver" --filter "$2" >"$folder/log" 2>&1
}

# A lie, and the check that must find it.
while read -r lie check; do
    if ! run none "$check"; then
        echo "$check fails though nothing is wrong:"
        cat "$folder/log"
        missed=1
    fi
    if run "$lie" "$check" || ! grep -q "^[A-Z][0-9]* *$check  *fail\$" "$folder/log"; then
        echo "$check does not find the lie \"$lie\":"
        cat "$folder/log"
        missed=1
    else
        echo "$check finds the lie \"$lie\""
    fi
done <<END
affected affected_update
swallowed error_mid_stream
commit commit_visible
category unique
empty empty_vs_null
truncated returning_insert
microseconds fractional_seconds
capability cancel_from_other_thread
state tx_status_reported
leak open_close_many
refused row_without_room_comes_next
END
exit "$missed"
