#!/usr/bin/env bash
# Measures durable locks beside etcd with as many clients, in turns, and prints the medians and the ratio.
#
#   bench/compare-etcd.sh [--rounds 5] [--seconds 6] [--warmup 15]
#
# etcd: one node, its own defaults (every commit forced to disk), over HTTP/JSON with 64 connections: a lock
# as its clients take and give back one (grant of a lease, transaction, revoke), by etcd-lock.c, and a mere
# put of small values, by wrk. Leasehold: one node on the embedded database, acquire and release over 64
# connections with one request in flight, by load.c. Needs etcd, wrk, gcc (Debian packages etcd-server, wrk,
# gcc, libc6-dev). Everything runs on 127.0.0.1, on free ports, and is stopped at the end.
set -eu
cd "$(dirname "$0")/.."

rounds=5 seconds=6 warmup=15
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --warmup) warmup=$2 ;;
    *) sed -n '2,10p' "$0"; exit 2 ;;
  esac
  shift 2
done
. bench/common.sh
need "etcd-server wrk gcc libc6-dev" etcd wrk gcc
build_load
gcc -O2 -o "$work/etcd-lock" bench/etcd-lock.c

client=$(free_port) peer=$(free_port)
etcd --data-dir "$work/etcd" --listen-client-urls "http://127.0.0.1:$client" \
  --advertise-client-urls "http://127.0.0.1:$client" --listen-peer-urls "http://127.0.0.1:$peer" \
  --initial-advertise-peer-urls "http://127.0.0.1:$peer" --initial-cluster "default=http://127.0.0.1:$peer" \
  > "$work/etcd.log" 2>&1 &
pids+=($!)
await_port "$client"
start_leasehold "$work/data"

cat > "$work/put.lua" <<'LUA'
-- a key of a hundred, base64 as the gateway wants it: "a2V5" .. is "key" and some digits
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local n = 0
request = function()
  n = n + 1
  return wrk.format(nil, "/v3/kv/put", nil, string.format('{"key":"a2V5%04d","value":"bG9ja2Vk"}', n % 100))
end
LUA

etcd_once() { # requests/s and p99 of wrk
  wrk -t1 -c64 -d"$1"s --latency -s "$work/put.lua" "http://127.0.0.1:$client" > "$work/wrk.out"
  if grep -q 'Non-2xx' "$work/wrk.out"; then cat "$work/wrk.out"; exit 1; fi
  awk '/Requests\/sec/ {r = $2} /99%/ {p = $2} END {print r, p}' "$work/wrk.out"
}
etcd_lock_once() { # seconds
  "$work/etcd-lock" "$client" 64 "$1"
}
lock_once() { # seconds
  load lock "$lock_port" 1 "$1" 1
}

echo "$(nproc) cores, $(etcd --version | head -n 1), $rounds rounds of $seconds s, $(date +%F); warming up $warmup s"
lock_once "$warmup" > /dev/null
etcd_once 3 > /dev/null
etcd_lock_once 3 > /dev/null
for _ in $(seq "$rounds"); do
  etcd_once "$seconds" >> "$work/etcd.out"
  etcd_lock_once "$seconds" >> "$work/etcd-lock.out"
  lock_once "$seconds" >> "$work/lock.out"
done
e=$(cut -d' ' -f1 "$work/etcd.out" | median) l=$(cut -d' ' -f1 "$work/lock.out" | median)
awk -v e="$e" -v l="$l" -v p="$(tail -n 1 "$work/etcd.out" | cut -d' ' -f2)" -v q="$(cut -d' ' -f4 "$work/lock.out" | median)" 'BEGIN {
  printf "64 clients: etcd put %.0f/s (p99 %s)   leasehold %.0f/s (p95 %s ms)   ratio %.1f\n", e, p, l, q, l / e }'
c=$(cut -d' ' -f2 "$work/etcd-lock.out" | median)
awk -v c="$c" -v l="$l" -v p="$(cut -d' ' -f5 "$work/etcd-lock.out" | median)" 'BEGIN {
  printf "locks taken and given back: etcd %.0f/s (p99 %s ms)   leasehold %.0f/s   ratio %.1f\n", c, p, l / 2, l / 2 / c }'
