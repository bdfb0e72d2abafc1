#!/bin/sh
# Usage: tools/lock.sh OUTPUT INPUT [uv options]. Pins what INPUT asks for, with hashes, naming no registry.
set -eu
output=$1
shift
exec .venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header \
  --python-version 3.11 --output-file "$output" "$@"
