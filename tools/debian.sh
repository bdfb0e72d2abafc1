#!/bin/sh
# Brings what Debian 12 has and this machine lacks: `tools/debian.sh run`, or `tools/debian.sh test` for all of it.
# As root it installs; otherwise it says in one line what to install, and fails.
set -eu

missing=""
lacks() { missing="$missing $*"; }

"${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null || lacks python3-venv
command -v npm >/dev/null || lacks nodejs npm

if [ "${1:-run}" = test ]; then
  [ -x /usr/bin/chromium ] || lacks chromium
  [ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || lacks fonts-noto-color-emoji
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || lacks fonts-dejavu-core
  for initdb in /usr/lib/postgresql/*/bin/initdb; do :; done
  [ -x "$initdb" ] || lacks postgresql
  command -v wrk >/dev/null || lacks wrk
  command -v patroni >/dev/null || lacks patroni python3-etcd
  [ -x /usr/bin/etcd ] || lacks etcd-server
fi

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Please install these first: apt-get install$missing" >&2
  exit 1
fi
echo "Installing from Debian:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 - a list of package names
if ! { apt-get update && apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 $missing; } \
  </dev/null >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  exit 1
fi
