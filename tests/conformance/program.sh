#!/bin/sh
# program.sh PROGRAM: what berth-conformance says, writes and ends with. Finds SQLite's driver by BERTH_DRIVER_PATH.
set -eu
program="$1"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

# expect STATUS PATTERN ARGUMENT...: runs the program; its last line must fit the pattern.
expect() {
    wanted="$1"
    pattern="$2"
    shift 2
    status=0
    "$program" "$@" >"$folder/out" 2>&1 || status=$?
    last="$(tail -n 1 "$folder/out")"
    if [ "$status" -ne "$wanted" ] || ! expr "$last" : "$pattern" >/dev/null; then
        cat "$folder/out"
        echo "$*: status $status, not $wanted; or the last line does not fit \"$pattern\"" >&2
        exit 1
    fi
}

counts='passed, 0 failed, [0-9]* not declared (verified), [0-9]* not applicable, 0 known failures'
expect 0 "2 $counts, 0 unexpected passes, 0 errors\$" sqlite:// --filter 'url_[mf]*'
expect 0 "4 $counts, 0 unexpected passes, 0 errors\$" sqlite:// --filter 'A[123]' --json "$folder/a.json" \
    --junit "$folder/a.xml"
grep -q '"commit_visible"' "$folder/a.json" && exit 1
grep -q '"name": "url_full"' "$folder/a.json"
grep -q '<testsuite name="sqlite://" tests="4" failures="0" errors="0" skipped="0"' "$folder/a.xml"
grep -q '<testcase classname="A" name="url_full"' "$folder/a.xml"

echo 'url_full  it is said to fail' >"$folder/known"
expect 1 '0 passed, 0 failed, .* 0 known failures, 1 unexpected passes, 0 errors$' sqlite:// --filter url_full \
    --known "$folder/known"
echo 'url_full' >"$folder/known"
expect 2 '.*known:1: a line has the name of a check, a space, and why it fails$' sqlite:// --known "$folder/known"

expect 1 '0 passed, ' sqlite:// --filter no_such_check
expect 2 '.*no driver for the scheme berthnosuch' berthnosuch://
expect 2 '.*cannot open shared object file' sqlite:// --driver "$folder/none.so"
expect 2 '.*there is no folder for the database file' "sqlite:///$folder/none/a.db"
expect 2 '1 passed, ' sqlite:// --filter url_full --json "$folder/none/a.json"
grep -q "none/a.json can't be written: No such file or directory" "$folder/out"
expect 2 'The exit status is 0 when' --no-such-option
expect 0 'D41  *savepoint_release_keeps_rows$' --list --filter 'D*'
