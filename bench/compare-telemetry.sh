#!/usr/bin/env bash
# Measures the telemetry sidecar beside a tuned rsyslog with the same work, in turns: lines of 199 bytes
# over 4 connections, three fields read, written to files. Prints each run, the medians and the ratio.
#
#   bench/compare-telemetry.sh [--rounds 5] [--lines 3000000] [--warmup 2000000]
#
# A run counts from its first byte to the last line in the file, and only if the file has as many new
# lines as were sent. rsyslog: imptcp, a FixedArray queue of 250,000, 2 workers, mmjsonparse, a template of
# 3 fields. Needs rsyslog and gcc (Debian packages rsyslog, gcc, libc6-dev). Everything runs on
# 127.0.0.1, on free ports, and is stopped at the end.
set -eu
cd "$(dirname "$0")/.."

rounds=5 lines=3000000 warmup=2000000
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --lines) lines=$2 ;;
    --warmup) warmup=$2 ;;
    *) sed -n '2,11p' "$0"; exit 2 ;;
  esac
  shift 2
done
. bench/common.sh
need "rsyslog gcc libc6-dev" rsyslogd gcc
gcc -O2 -o "$work/telemetry-load" bench/telemetry-load.c

start_rsyslog() {
  rsyslog_port=$(free_port)
  cat > "$work/rsyslog.conf" <<EOF
global(workDirectory="$work" maxMessageSize="64k")
main_queue(queue.type="FixedArray" queue.size="250000" queue.dequeueBatchSize="4096" queue.workerThreads="2")
module(load="imptcp" threads="2")
module(load="mmjsonparse")
template(name="fields" type="list") {
  property(name="\$!src") constant(value=" ")
  property(name="\$!ts") constant(value=" ")
  property(name="\$!type") constant(value="\n")
}
ruleset(name="in" queue.type="FixedArray" queue.size="250000" queue.dequeueBatchSize="4096" queue.workerThreads="2") {
  action(type="mmjsonparse" cookie="")
  action(type="omfile" file="$work/rsyslog.out" template="fields" ioBufferSize="256k")
}
input(type="imptcp" port="$rsyslog_port" address="127.0.0.1" ruleset="in")
EOF
  rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" > "$work/rsyslog.log" 2>&1 &
  pids+=($!)
  await_port "$rsyslog_port"
}

start_sidecar() {
  cat > "$work/sidecar.yaml" <<EOF
tcp: {port: auto}
admin: {port: auto}
buffers: {flush_interval: 100ms}
backends: {files: {type: filesystem, config: {base_path: $work/files, rotate_size_mb: 0, rotate_daily: false}}}
routing: {default: [{backend: files}]}
EOF
  bin/leasehold telemetry run "$work/sidecar.yaml" --data-dir "$work/data" > "$work/sidecar.log" 2>&1 &
  local sidecar=$!
  pids+=("$sidecar")
  until grep -q 'info: ready' "$work/sidecar.log" 2>/dev/null; do
    kill -0 "$sidecar" 2>/dev/null || { cat "$work/sidecar.log"; exit 1; }
    sleep 0.1
  done
  sidecar_port=$(port_of "$work/data" telemetry)
}

bytes_of() { # files: how much is in them
  cat "$@" 2>/dev/null | wc -c
}

run() { # name, port, lines, bytes of a line in the file, files...: lines a second, until all are there
  local name=$1 port=$2 count=$3 width=$4
  shift 4
  rm -f "$work/counting"
  local before started ended want
  before=$(bytes_of "$@")
  want=$((before + count * width))
  started=$(date +%s%N)
  "$work/telemetry-load" "$port" 4 "$count" > /dev/null
  until [ "$(stat -c %s "$@" 2>/dev/null | awk '{s += $1} END {printf "%.0f", s}')" -ge "$want" ]; do
    ended=$(date +%s%N)
    [ $(((ended - started) / 1000000000)) -lt 120 ] || { echo "$name: lines are missing"; exit 1; }
    sleep 0.02
  done
  ended=$(date +%s%N)
  awk -v n="$count" -v t="$((ended - started))" 'BEGIN {printf "%.0f\n", n / t * 1e9}'
}

start_rsyslog
start_sidecar
# bench-1 1795211115194 metric\n: what the template makes of a line
narrow=29 wide=199
files=("$work"/files/bench-{1,2,3,4}.jsonl)
mkdir -p "$work/files"
touch "$work/rsyslog.out"
echo "$(nproc) cores, $(rsyslogd -v | head -n 1 | cut -c1-20), $rounds rounds of $lines lines, $(date +%F)"
echo "warming up with $warmup lines each"
run rsyslog "$rsyslog_port" "$warmup" "$narrow" "$work/rsyslog.out" > /dev/null
run leasehold "$sidecar_port" "$warmup" "$wide" "${files[@]}" > /dev/null
for round in $(seq "$rounds"); do
  r=$(run rsyslog "$rsyslog_port" "$lines" "$narrow" "$work/rsyslog.out")
  l=$(run leasehold "$sidecar_port" "$lines" "$wide" "${files[@]}")
  echo "$r" >> "$work/r"
  echo "$l" >> "$work/l"
  echo "round $round: rsyslog $r/s   leasehold $l/s"
done
awk -v r="$(median < "$work/r")" -v l="$(median < "$work/l")" -v w="$(sort -n "$work/l" | head -n 1)" \
  'BEGIN {printf "median: rsyslog %.0f/s   leasehold %.0f/s (worst %.0f/s)   ratio %.2f\n", r, l, w, l / r}'
