#!/bin/sh
# Usage: tools/first_run.sh DATA PORT SAMPLE. Makes a network in DATA unless there is one; prints its first administrator.
set -eu
data=$1 port=$2 sample=$3
palabre=.venv/bin/palabre
origin="http://localhost:$port"

if [ -e "$data/keyring" ]; then
  made_for=$(sed -n 's/^origin *= *"\(http:\/\/localhost[^"]*\)".*/\1/p' "$data/palabre.toml")
  if [ -n "$made_for" ] && [ "$made_for" != "$origin" ]; then
    echo "The network in $data was made for $made_for: serve it there, or give this one a folder of its own with DATA=…" >&2
    exit 1
  fi
  echo "Your network is at $origin"
  exit 0
fi

made=$(PALABRE_ORIGIN=$origin "$palabre" init --data "$data" --origin "$origin" --yes --json)
account=$("$palabre" account create admin --admin --data "$data" --json)
[ -z "$sample" ] || "$palabre" sample --data "$data" --reader admin
printf '%s\n%s' "$made" "$account" | .venv/bin/python -c '
import json, sys
made, account = map(json.loads, sys.stdin.read().splitlines())
print("\n  Your network is at", sys.argv[1])
print("  Sign in as        ", account["username"])
print("  with the password ", account["password"], "  (shown only now)")
print("  The recovery key of its backups, shown only now as well:\n   ", made["recovery_key"], "\n", flush=True)
' "$origin"
