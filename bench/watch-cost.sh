#!/usr/bin/env bash
# Measures what watchers cost writers: puts alone and puts with 100 watchers over server-sent events, in
# turns on one server; prints the medians and their ratio.
#
#   bench/watch-cost.sh [--rounds 5] [--seconds 8] [--warmup 15] [--watchers 100] [--watch own|all]
#                       [--set KEY=VALUE]...
#
# Puts: values of 100 bytes on 10,000 keys by wrk with 64 connections. own: each watcher has a hundredth of
# the keys, so together they are told each put once; all: each is told every put. The watchers are one
# curl on the same cores, whose work counts against the server. Exits 1 if the ratio is below 0.90, or if
# watchers with own keys were told of less than every put without a gap. Needs wrk and curl.
set -eu
cd "$(dirname "$0")/.."

rounds=5 seconds=8 warmup=15 watchers=100 watch=own
settings=()
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --warmup) warmup=$2 ;;
    --watchers) watchers=$2 ;;
    --watch) watch=$2 ;;
    --set) settings+=("$2") ;;
    *) sed -n '2,12p' "$0"; exit 2 ;;
  esac
  shift 2
done
[ "$watchers" -ge 1 ] && [ "$watchers" -le 100 ] || { echo "--watchers: 1 to 100"; exit 2; }
. bench/common.sh
. bench/kv.sh
need "wrk curl" wrk curl

figure() { # name of a family: the sum of its series
  curl -fsS "$monitor_url/metrics" | awk -v n="$1" '$1 ~ "^" n "([{]|$)" { s += $2 } END { print s + 0 }'
}

watching() { # number
  until [ "$(figure leasehold_kv_watchers)" = "$1" ]; do sleep 0.1; done
}

told() { # how many puts the watchers have been told of so far
  cat "$work"/told-* 2>/dev/null | grep -c '^event: put' || true
}

start_watchers() {
  local last prefix
  last=$(printf '%02d' $((watchers - 1)))
  prefix="key-[00-$last]"
  [ "$watch" = all ] && prefix="key-&watcher=[00-$last]"
  rm -f "$work"/told-*
  local to="$work/told-#1"
  [ "$watch" = all ] && to=/dev/null
  curl -N --no-progress-meter -Z --parallel-immediate --parallel-max 100 -o "$to" \
    "$kv_url/api/v1/watch?prefix=$prefix" 2>/dev/null &
  curl_pid=$!
  pids+=("$curl_pid")
  watching "$watchers"
}

stop_watchers() {
  kill "$curl_pid"
  wait "$curl_pid" 2>/dev/null || true
  watching 0
}

alone() {
  wrk_once "$work/put.lua" "$kv_url" "$seconds" > "$work/one"
  cat "$work/one" >> "$work/alone.out"
  printf '  alone          %8.0f/s\n' "$(cut -d' ' -f1 "$work/one")"
}

watched() {
  local before after gaps
  start_watchers
  before=$(figure kvstore_storage_operations_total) gaps=$(figure leasehold_kv_watch_gaps_total)
  wrk_once "$work/put.lua" "$kv_url" "$seconds" > "$work/one"
  after=$(figure kvstore_storage_operations_total)
  cat "$work/one" >> "$work/watched.out"
  printf '  with %3d, %s  %8.0f/s' "$watchers" "$watch" "$(cut -d' ' -f1 "$work/one")"
  if [ "$watch" = own ] && [ "$watchers" = 100 ]; then
    for _ in $(seq 50); do [ "$(told)" -ge $((after - before)) ] && break; sleep 0.1; done
    printf '  told of %d of %d' "$(told)" $((after - before))
    [ "$(told)" -ge $((after - before)) ] || wrong=1
  fi
  printf '  gaps %d\n' $(($(figure leasehold_kv_watch_gaps_total) - gaps))
  stop_watchers
}

wrong=0
echo "$(nproc) cores, $rounds rounds of $seconds s, 64 connections, $watchers watchers ($watch), $(date +%F)"
write_scripts
start_store "$work/data" "kv.watch.max-watchers=1000" "${settings[@]}"
wrk_once "$work/put.lua" "$kv_url" "$warmup" > /dev/null
for round in $(seq "$rounds"); do
  if [ $((round % 2)) = 1 ]; then alone; watched; else watched; alone; fi
done
report put alone "$work/alone.out"
report put watched "$work/watched.out"
awk -v a="$(column 1 "$work/alone.out")" -v b="$(column 1 "$work/watched.out")" -v wrong="$wrong" \
  'BEGIN { printf "put  ratio %.2f\n", b / a; exit !(b / a >= 0.90 && !wrong) }'
