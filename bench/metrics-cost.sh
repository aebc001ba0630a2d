#!/usr/bin/env bash
# Measures what metrics cost: the same load with metrics.enabled = true and one scrape a second, and
# with metrics.enabled = false, in turns, in memory mode; prints the medians and their ratio.
#
#   bench/metrics-cost.sh [--pairs 5] [--seconds 6] [--warmup 15] [--keys 1]
#
# Every measurement has a server of its own, warmed at both depths for --warmup seconds each: what the
# compiler of one JVM happened to do weighs on one pair only. The order changes from pair to pair.
# Exits 1 if a ratio is below 0.98 or the p95 with metrics is 4 ms or more; a short run may well be
# that far off by chance. Needs gcc (Debian packages gcc, libc6-dev).
set -eu
cd "$(dirname "$0")/.."

pairs=5 seconds=6 warmup=15 keys=1
while [ $# -gt 0 ]; do
  case $1 in
    --pairs) pairs=$2 ;;
    --seconds) seconds=$2 ;;
    --warmup) warmup=$2 ;;
    --keys) keys=$2 ;;
    *) sed -n '2,10p' "$0"; exit 2 ;;
  esac
  shift 2
done
. bench/common.sh
need "gcc libc6-dev" gcc
build_load

start_server() { # true|false: metrics
  local data=$work/data-$1
  rm -rf "$data"
  start_leasehold "$data" durability=memory monitor.port=auto log.level=warn "metrics.enabled=$1"
  monitor_port=$(port_of "$data" monitor)
}

scrape() { # writes the first line of each answer; no other process than the shell and cat
  while sleep 1; do
    exec 3<>"/dev/tcp/127.0.0.1/$monitor_port" || exit
    printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    IFS= read -r status <&3
    echo "$status" >> "$work/scrapes"
    cat <&3 > /dev/null
    exec 3>&-
  done
}

measure() { # true|false: metrics
  start_server "$1"
  : > "$work/scrapes"
  if [ "$1" = true ]; then
    scrape 2>/dev/null &
    pids+=($!)
  fi
  for pipeline in 16 1; do load lock "$lock_port" "$pipeline" "$warmup" "$keys" > /dev/null; done
  for pipeline in 1 16; do
    load lock "$lock_port" "$pipeline" "$seconds" "$keys" > "$work/one"
    read -r rate wrong _ p95 _ < "$work/one"
    [ "$wrong" = 0 ] || { echo "$wrong wrong answers"; exit 1; }
    echo "$rate $p95" >> "$work/$1-$pipeline"
    printf '  metrics %-5s 64 x %-2d %8.0f/s  p95 %.3f ms\n' "$1" "$pipeline" "$rate" "$p95"
  done
  if [ "$1" = true ]; then
    if [ ! -s "$work/scrapes" ] || grep -qv '^HTTP/1.1 200 ' "$work/scrapes"; then
      echo "a scrape failed, or there was none:"; sort "$work/scrapes" | uniq -c
      exit 1
    fi
  fi
  stop_all
}

echo "$(nproc) cores, memory mode, $pairs pairs of $seconds s, warmed ${warmup} s at each depth, $keys keys a connection, $(date +%F)"
for pair in $(seq "$pairs"); do
  echo "pair $pair"
  if [ $((pair % 2)) = 1 ]; then measure false; measure true; else measure true; measure false; fi
done
missed=0
for pipeline in 1 16; do
  off=$(cut -d' ' -f1 "$work/false-$pipeline" | median); on=$(cut -d' ' -f1 "$work/true-$pipeline" | median)
  off95=$(cut -d' ' -f2 "$work/false-$pipeline" | median); on95=$(cut -d' ' -f2 "$work/true-$pipeline" | median)
  awk -v p="$pipeline" -v off="$off" -v on="$on" -v off95="$off95" -v on95="$on95" 'BEGIN {
    printf "64 x %-2d  off %8.0f/s p95 %.3f ms   on, scraped %8.0f/s p95 %.3f ms   ratio %.3f\n", p, off, off95, on, on95, on / off
    exit !(on / off >= 0.98 && on95 < 4) }' || missed=1
done
exit "$missed"
