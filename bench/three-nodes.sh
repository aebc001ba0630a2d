#!/usr/bin/env bash
# Measures locks on a cluster of three nodes on this machine, with its own PostgreSQL (fsync on): 64
# connections to the first node, so that about two thirds of the requests are for keys of the others.
# Prints requests/s, wrong answers, p50, p95, p99 in ms, three times with one request in flight on each
# connection and three times with 16.
#
#   bench/three-nodes.sh
#
# Needs gcc, curl and what bin/leasehold cluster needs. Everything is stopped at the end.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
need "gcc curl" gcc curl
build_load
bin/leasehold cluster --set telemetry.enabled=false --data-dir "$work/cluster" > "$work/cluster.log" 2>&1 &
pids+=($!)

is_ready() { # node
  local ports=$work/cluster/node-$1/ports.json
  [ -f "$ports" ] || return 1
  [ "$(curl -s -o /dev/null -w '%{http_code}' \
    "http://127.0.0.1:$(port_of "$work/cluster/node-$1" monitor)/ready")" = 200 ]
}

for node in 1 2 3; do
  for try in $(seq 120); do
    is_ready "$node" && break
    [ "$try" -lt 120 ] || { cat "$work/cluster.log"; exit 1; }
    sleep 0.5
  done
done
port=$(port_of "$work/cluster/node-1" lock)
load lock "$port" 1 8 1 > /dev/null
for pipeline in 1 16; do
  for round in 1 2 3; do
    printf '64 x %s: ' "$pipeline"
    load lock "$port" "$pipeline" 4 1 # not in a subshell: it counts the keys that were used
  done
done
