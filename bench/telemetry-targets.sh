#!/usr/bin/env bash
# Measures the telemetry sidecar against its targets, one after the other, and prints a table: target,
# median and worst of the rounds.
#
#   bench/telemetry-targets.sh [--only PART]... [--rounds 5] [--seconds N] [--warmup 10] [--rate R]
#                              [--lines 600000] [--times N]
#
#   latency     receive to route, by its own histogram and by the client; 50,000/s, 10 s a round
#   acks        of durable lines: as many as go with the credit it gives, and p99 at 50,000/s; 10 s a round
#   postgresql  rows a second, beside one COPY of the same rows by psql
#   dead        the rate of files beside a PostgreSQL that refuses, or never answers, from the start, to that
#               beside one that lives, and to that without; 60 s a round
#   reloads     200 under 100,000/s, a fifth of them invalid; once
#   memory      under 100,000/s with a trace of 50,000 spans, idle and slow connections, an endless line;
#               1,800 s, once
#   kill        kill -9 100 times under durable lines on their way to PostgreSQL; once
#   outage      PostgreSQL stopped under 20,000/s, spool.use: always; 600 s, once
#
# Lines of 199 bytes over 4 connections by a client that counts each; after every part what was sent,
# the ledger and what arrived are compared, and it exits with 1 if they differ; never because of a rate. A
# paced line counts from when it has its time, so a client that comes late counts too. Needs gcc, curl,
# python3, perl, postgresql. Everything runs on 127.0.0.1, on free ports, and is stopped at the end.
set -eu
cd "$(dirname "$0")/.."

parts=() rounds=5 seconds='' warmup=10 rate='' lines=600000 times=''
while [ $# -gt 0 ]; do
  case $1 in
    --only) parts+=("$2") ;;
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --warmup) warmup=$2 ;;
    --rate) rate=$2 ;;
    --lines) lines=$2 ;;
    --times) times=$2 ;;
    *) sed -n '2,22p' "$0"; exit 2 ;;
  esac
  shift 2
done
[ ${#parts[@]} -gt 0 ] || parts=(latency acks postgresql dead reloads memory kill outage)
. bench/common.sh
. bench/telemetry.sh
need "gcc libc6-dev curl python3 perl postgresql-client" gcc curl python3 perl psql
gcc -O2 -o "$work/telemetry-client" bench/telemetry-client.c

each_round() { # what, command...
  local round
  for round in $(seq "$rounds"); do
    printf '%s, round %s: ' "$1" "$round"
    "${@:2}"
  done
}

start_files() {
  fresh
  start_sidecar < <(files_yaml)
  drive ack=received "seconds=$warmup"
}

# ---- latency

latency_round() {
  metrics | grep '^sidecar_recv_to_route_seconds_bucket' > "$work/before"
  drive ack=received "rate=$pace" "seconds=${seconds:-10}"
  metrics | grep '^sidecar_recv_to_route_seconds_bucket' > "$work/after"
  quantile "$work/before" "$work/after" 0.5 >> "$work/route50"
  quantile "$work/before" "$work/after" 0.99 >> "$work/route99"
  said p50 >> "$work/received50"
  said p99 >> "$work/received99"
  cat "$work/said"
}

measure_latency() {
  pace=${rate:-50000}
  start_files
  drive ack=received "rate=$pace" "seconds=$warmup"
  each_round latency latency_round
  settle "$total"
  check_files "$total"
  row "receive to route at $pace/s, p50" '<' 1 ms < "$work/route50"
  row "receive to route at $pace/s, p99" '<' 5 ms < "$work/route99"
  row "the same by acks of mode received, p50" '<' 1 ms < "$work/received50"
  row "the same by acks of mode received, p99" '<' 5 ms < "$work/received99"
}

# ---- acks

acks_round() {
  drive ack=durable "seconds=${seconds:-10}"
  said rate >> "$work/durable"
  cat "$work/said"
  settle "$total"
  sync # or the next one waits for the files of this one
  drive ack=durable "rate=$pace" "seconds=${seconds:-10}"
  said p99 >> "$work/durable99"
  cat "$work/said"
  settle "$total"
}

measure_acks() {
  pace=${rate:-50000}
  fresh
  start_sidecar < <(files_yaml)
  drive ack=durable "seconds=$warmup"
  settle "$total"
  each_round acks acks_round
  check_files "$total"
  row "durable acks, window = credit" '>=' 150000 '/s' < "$work/durable"
  row "durable acks at $pace/s, p99" '<=' 10 ms < "$work/durable99"
}

# ---- postgresql

query() {
  psql -h 127.0.0.1 -p "$database_port" -U postgres -X -Atq -v ON_ERROR_STOP=1 -c "$1"
}

start_safe_postgresql() {
  start_postgresql
  until [ "$(query 'select 1' 2> /dev/null)" = 1 ]; do sleep 0.1; done
  local each
  for each in fsync synchronous_commit; do
    [ "$(query "show $each")" = on ] || { echo "$each is not on"; exit 1; }
  done
}

check_rows() { # how many there must be
  local rows
  rows=$(query 'select count(*) from monitoring_events')
  [ "$rows" = "$1" ] || wrong "$rows rows are in the table, not $1"
}

await_delivered() {
  local since=$SECONDS
  until [ "$(figure sidecar_messages_delivered_total)" -ge "$total" ]; do
    [ $((SECONDS - since)) -lt "$patience" ] || { wrong "it delivers no more"; break; }
    sleep 0.05
  done
}

timed() { # command...: sets took, in nanoseconds
  local began
  began=$(date +%s%N)
  "$@"
  took=$(($(date +%s%N) - began))
}

empty_table() {
  query 'truncate monitoring_events'
  query checkpoint
}

per_second() { # lines: of them in $took
  awk -v n="$1" -v t="$took" 'BEGIN {printf "%.0f\n", n / t * 1e9}'
}

postgresql_round() {
  empty_table
  timed eval 'drive "lines=$lines"; await_delivered'
  per_second "$lines" | tee -a "$work/rows" | tr '\n' ' '
  check_rows "$lines"
  query '\copy (select * from monitoring_events) to '"'$work/rows.copy'"
  empty_table
  timed query '\copy monitoring_events from '"'$work/rows.copy'"
  per_second "$lines" | tee -a "$work/copied" | sed 's/$/ by COPY/'
  check_rows "$lines"
}

measure_postgresql() {
  fresh
  start_safe_postgresql
  start_sidecar < <(postgresql_yaml)
  drive "lines=$((lines / 2))"
  await_delivered
  check_rows "$total"
  each_round postgresql postgresql_round
  settle "$total"
  row "rows to PostgreSQL with fsync" '>=' 60000 '/s' < "$work/rows"
  row "  one COPY of the same rows by psql" - 0 '/s' < "$work/copied"
}

# ---- dead

dead_backend() { # port: one of PostgreSQL, for all lines
  local login="postgresql://postgres@127.0.0.1:$1/postgres"
  files_yaml ', fsync: never' \
    "  dead: {type: postgresql, config: {connection_string: \"$login\"}}" '{backend: dead}'
}

dead_run() { # name
  case $1 in
    without) start_sidecar < <(files_yaml ', fsync: never') ;;
    alive)
      start_safe_postgresql
      start_sidecar < <(dead_backend "$database_port")
      ;;
    refused) start_sidecar < <(dead_backend "$(free_port)") ;;
    silent)
      local port
      port=$(free_port)
      perl -MIO::Socket::INET -e \
        '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 64) or die; sleep' \
        "$port" &
      pids+=($!)
      await_port "$port"
      start_sidecar < <(dead_backend "$port")
      ;;
  esac
  drive "rate=${rate:-0}" "seconds=$warmup" # lasts into the first seconds of the failure
  drive "rate=${rate:-0}" "seconds=${seconds:-60}"
  said rate >> "$work/dead-$1"
  printf '%s %s/s  ' "$1" "$(said rate)"
  local since=$SECONDS
  until [ "$(figure sidecar_messages_delivered_total 'backend="files"')" = "$total" ]; do
    [ $((SECONDS - since)) -lt "$patience" ] || { wrong "$1: the files lack lines"; break; }
    sleep 0.1
  done
  check_files "$total"
  [ "$(figure sidecar_messages_dropped_total 'backend="files"')" = 0 ] || wrong "$1: files dropped some"
  book=$(ledger)
  [ "$(term received)" = "$total" ] || wrong "$1: $total lines were sent: $book"
  [ "$(term imbalance)" = 0 ] || wrong "$1: the ledger is not exact: $book"
}

dead_round() {
  local each
  for each in without alive refused silent; do
    fresh
    dead_run "$each"
    kill -9 "$sidecar" # a stop would wait for the dead one
    gone "$sidecar"
  done
  echo
}

measure_dead() {
  each_round dead dead_round
  local each
  for each in refused silent; do
    paste -d' ' "$work/dead-$each" "$work/dead-alive" | awk '{print $1 / $2}' |
      row "rate beside a dead backend, $each, to when it lives" '>=' 0.95 ''
    paste -d' ' "$work/dead-$each" "$work/dead-without" | awk '{print $1 / $2}' |
      row "rate beside a dead backend, $each, to that without" '>=' 0.95 ''
  done
  row "  the rate when it lives" - 0 '/s' < "$work/dead-alive"
  row "  the rate without" - 0 '/s' < "$work/dead-without"
}

# ---- reloads

variant() { # number: each fifth file is invalid, the others change routes, a backend, limits
  case $(($1 % 5)) in
    0) files_yaml ;;
    1) files_yaml '' "  more: {type: filesystem, config: {base_path: $work/more, rotate_daily: false, rotate_size_mb: 0}}" \
      '{backend: more, filter: {types: [metric]}}' ;;
    2) files_yaml ', min_free_mb: 99' ;;
    3) files_yaml | sed 's/max_connections: 1200/max_connections: 1300/; s/{backend: files}/{backend: files, importance: 2}/' ;;
    4) files_yaml | sed 's/{backend: files}/{backend: filse}/' ;;
  esac
}

reload() { # number
  local from result
  variant "$1" > "$work/next.yaml"
  mv "$work/next.yaml" "$work/sidecar.yaml"
  from=$(date +%s%3N)
  result=$(curl -sS -X POST "$admin/reload" | sed 's/.*"result":"\([a-z_]*\)".*/\1/')
  echo "$from $(date +%s%3N) $result" >> "$work/reloaded"
}

measure_reloads() {
  local count=${times:-200} number closed
  pace=${rate:-100000}
  start_files
  drive ack=received "rate=$pace" "seconds=$warmup"
  closed=$(figure sidecar_connections_closed_total)
  depart ack=received "rate=$pace" seconds=100000 "slots=$work/slots"
  for number in $(seq "$count"); do
    reload "$number"
    beat
  done
  reload 0
  kill -0 "$client" 2> /dev/null || wrong "the client has ended"
  [ "$(figure sidecar_connections_closed_total)" = "$closed" ] || wrong "a connection was closed"
  kill "$client"
  arrive
  cat "$work/said"
  settle "$total"
  check_files "$total"
  local more
  more=$(cat "$work"/more/*.jsonl | wc -l)
  [ "$more" = "$(term fanout)" ] || wrong "$more lines are in the second backend: $book"
  [ "$(grep -c ' rejected$' "$work/reloaded")" = $((count / 5)) ] || wrong "rejected files"
  [ "$(grep -cv ' rejected$\| applied$' "$work/reloaded")" = $((count % 5 == 0)) ] || wrong "files not taken"
  # how long the slowest line waited that had its time from just before a reload to just after it
  awk 'NR == 1 {base = $1}
    NR == FNR {slow[int(($1 - base) / 10)] = $2; next}
    {
      longest = 0
      for (at = int(($1 - base) / 10) - 1; at <= int(($2 - base) / 10) + 5; at++) if (slow[at] > longest) longest = slow[at]
      print longest / 1000
    }' "$work/slots" "$work/reloaded" | sort -n > "$work/pauses"
  sed -n "$(((count * 99 + 99) / 100))p" "$work/pauses" |
    row "pause by one of $count reloads at $pace/s, p99" '<=' 50 ms
  tail -n 1 "$work/pauses" | row "  the longest" - 0 ms
}

# ---- memory

sample() { # the memory it holds, in MiB
  awk '/^VmRSS/ {printf "%.1f\n", $2 / 1024}' "/proc/$sidecar/status" >> "$work/rss"
}

tenth() { # which, of the samples: their median
  local all=$(wc -l < "$work/rss")
  sed -n "$((all * ($1 - 1) / 10 + 1)),$((all * $1 / 10))p" "$work/rss" | median
}

measure_memory() {
  local length=${seconds:-1800} guests guest_lines
  pace=${rate:-100000}
  [ "$(ulimit -n)" -ge 4096 ] || ulimit -n 4096
  fresh
  start_sidecar < <(files_yaml)
  python3 bench/telemetry-guests.py "$sidecar_port" > "$work/guests" &
  guests=$!
  pids+=("$guests")
  drive "rate=$pace" "seconds=$warmup"
  depart "rate=$pace" "seconds=$length"
  while kill -0 "$client" 2> /dev/null; do
    sample
    sweep
    sleep 1
  done
  arrive
  cat "$work/said"
  kill "$guests"
  wait "$guests" || wrong "connections of guests were closed"
  gone "$guests"
  guest_lines=$(cat "$work/guests")
  total=$((total + guest_lines))
  settle "$total" 1 # the endless line
  check_files $((total - 1))
  awk '/^VmHWM/ {print $2 / 1024}' "/proc/$sidecar/status" | row "memory at $pace/s over $length s, highest" '<=' 300 MiB
  awk -v a="$(tenth 2)" -v b="$(tenth 10)" 'BEGIN {print 100 * (b - a) / a}' |
    row "its growth from the second tenth to the last" '<=' 5 '%'
  [ "$length" -ge 1800 ] || echo "  $length s are not the 1,800 s of the target" | tee -a "$work/table"
}

# ---- kill

measure_kill() {
  local count=${times:-100} number
  fresh
  start_safe_postgresql
  tcp_port=$(free_port)
  start_sidecar < <(postgresql_yaml)
  depart ack=durable "rate=${rate:-5000}" seconds=100000 numbered=1 stay=1
  for number in $(seq "$count"); do
    sleep "0.$((RANDOM % 900 + 100))"
    kill -9 "$sidecar"
    gone "$sidecar"
    start_sidecar < <(postgresql_yaml)
    printf '\rkill %s' "$number"
  done
  echo
  sleep 1
  kill "$client"
  arrive
  cat "$work/said"
  [ "$(said cuts)" -ge "$count" ] || wrong "only $(said cuts) connections were cut"
  [ "$(said acked)" = "$total" ] || wrong "not all lines are acknowledged"
  book=$(ledger)
  until [ "$(term in_flight)" = 0 ]; do
    sleep 0.2
    book=$(ledger)
  done
  [ "$(term imbalance)" = 0 ] || wrong "the ledger is not exact: $book"
  local rows different highest
  IFS='|' read -r rows different highest < <(query "select sum(n), sum(d), sum(m) from (
    select count(*) n, count(distinct data->'tags'->>'endpoint') d,
      max(substr(data->'tags'->>'endpoint', 4)::bigint) m from monitoring_events group by source) s")
  echo "$total lines acknowledged, $rows rows, $different different ones, $highest the highest numbers"
  [ "$rows $different $highest" = "$total $total $total" ] || wrong "lines are missing, or there twice"
  echo "$((total - different))" | row "acknowledged lines missing after $count times kill -9" '<=' 0 lines
  echo "$((rows - different))" | row "rows of PostgreSQL that are there twice" '<=' 0 rows
}

# ---- outage

measure_outage() {
  local length=${seconds:-600} waiting took
  pace=${rate:-20000}
  fresh
  patience=$((length + 120))
  start_safe_postgresql
  start_sidecar < <(postgresql_yaml 'use: always, max_bytes: 16GiB')
  drive "rate=$pace" "seconds=$warmup"
  settle "$total"
  kill -INT "$(head -n 1 "$work/postgresql/data/postmaster.pid")"
  gone "$database"
  drive "rate=$pace" "seconds=$length"
  cat "$work/said"
  waiting=$(figure sidecar_spool_lag_messages)
  run_postgresql
  timed settle "$total"
  check_rows "$total"
  per_second "$waiting" | row "draining $waiting lines after $length s of outage" - 0 '/s'
}

echo "$(nproc) cores, $rounds rounds, $(java -version 2>&1 | head -n 1), $(date +%F)"
for part in "${parts[@]}"; do
  case $part in
    latency | acks | postgresql | dead | reloads | memory | kill | outage) measure_"$part" ;;
    *) sed -n '2,22p' "$0"; exit 2 ;;
  esac
done
stop_all
printf '\n%-54s %13s %10s %10s\n' '' target median worst
cat "$work/table"
[ ! -s "$work/wrong" ] || { cat "$work/wrong"; exit 1; }
