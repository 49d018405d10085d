#!/bin/sh
# Of the image: numba uses compiled code only where it may write as well, and all but /tmp is read-only.
set -eu
kernels="$(dirname "$0")/kernels"
if [ -d "$kernels" ] && [ ! -e "${NUMBA_CACHE_DIR:=/tmp/kernels}" ]; then
    # Whole or not at all; without it the loops are compiled at the start.
    cp -R "$kernels" "$NUMBA_CACHE_DIR.$$" && mv "$NUMBA_CACHE_DIR.$$" "$NUMBA_CACHE_DIR" || rm -rf "$NUMBA_CACHE_DIR.$$"
fi
export NUMBA_CACHE_DIR
exec "$@"
