#!/usr/bin/env bash
# Measures Leasehold beside Redis with the same work, in turns, and prints the medians and the ratio.
#
#   bench/compare-redis.sh [--rounds 5] [--seconds 6] [--warmup 20] [--keys 1]
#                          [--only memory|durable|postgresql] [--set KEY=VALUE]...
#
# memory: durability = memory against Redis without persistence. durable: the embedded database
# against Redis with appendfsync always. postgresql: the same against a PostgreSQL with fsync on.
# Needs redis-server, gcc and for the last postgresql (Debian packages of these names, libc6-dev).
# Everything runs on 127.0.0.1, on free ports, and is stopped at the end.
set -eu
cd "$(dirname "$0")/.."

rounds=5 seconds=6 warmup=20 keys=1 only=
sets=()
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --warmup) warmup=$2 ;;
    --keys) keys=$2 ;;
    --only) only=$2 ;;
    --set) sets+=("$2") ;;
    *) sed -n '2,11p' "$0"; exit 2 ;;
  esac
  shift 2
done
. bench/common.sh
need "redis-server gcc libc6-dev" redis-server gcc
build_load

start_redis() { # options...
  local port; port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --dir "$work" --save '' "$@" > "$work/redis.log" 2>&1 &
  pids+=($!)
  await_port "$port"
  redis_port=$port
}

compare() { # name
  echo "$1: warming up ${warmup} s each"
  load lock "$lock_port" 16 "$warmup" "$keys" > /dev/null
  load lock "$lock_port" 1 "$warmup" "$keys" > /dev/null
  for pipeline in 1 16; do
    : > "$work/redis.out"; : > "$work/lock.out"
    for round in $(seq "$rounds"); do
      load redis "$redis_port" "$pipeline" "$seconds" "$keys" >> "$work/redis.out"
      load lock "$lock_port" "$pipeline" "$seconds" "$keys" >> "$work/lock.out"
    done
    local r l rp lp
    r=$(cut -d' ' -f1 "$work/redis.out" | median); l=$(cut -d' ' -f1 "$work/lock.out" | median)
    rp=$(cut -d' ' -f4 "$work/redis.out" | median); lp=$(cut -d' ' -f4 "$work/lock.out" | median)
    awk -v n="$1" -v p="$pipeline" -v r="$r" -v l="$l" -v rp="$rp" -v lp="$lp" 'BEGIN {
      printf "%s 64 x %-2d  redis %8.0f/s p95 %.3f ms   leasehold %8.0f/s p95 %.3f ms   ratio %.2f\n", n, p, r, rp, l, lp, l / r }'
  done
}

echo "$(nproc) cores, $(redis-server --version | cut -d' ' -f3), $rounds rounds of $seconds s, $keys keys a connection, $(date +%F)"

if [ "${only:-memory}" = memory ]; then
  start_redis --appendonly no
  start_leasehold "$work/memory" durability=memory "${sets[@]}"
  compare memory
  stop_all
fi
if [ "${only:-durable}" = durable ]; then
  start_redis --appendonly yes --appendfsync always
  start_leasehold "$work/durable" "${sets[@]}"
  compare durable
  stop_all
fi
if [ "$only" = postgresql ]; then
  start_redis --appendonly yes --appendfsync always
  start_postgresql
  start_leasehold "$work/on-postgresql" "database.url=$database_url" database.user=postgres \
    "${sets[@]}"
  compare postgresql
fi
