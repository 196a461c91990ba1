#!/bin/sh
# with_url.sh VARIABLE COMMAND...: runs COMMAND with the URL that the environment variable holds as its last argument.
# Ends with 77, which ctest takes for skipped, where there is no such server.
set -eu
variable="$1"
shift
eval "url=\${$variable:-}"
if [ -z "$url" ]; then
    echo "there is no $variable: run this within tests/support/servers run"
    exit 77
fi
exec "$@" "$url"
