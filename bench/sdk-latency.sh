#!/usr/bin/env bash
# How long a call of the telemetry SDKs takes: 100,000 events each, p99 and longest in microseconds, with the sidecar
# up, with nobody listening, and with a peer that accepts and never reads. Median of the rounds.
#
#   bench/sdk-latency.sh [--rounds 5] [--calls 100000] [--states "up stopped deaf"] [--languages "java perl python"]
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh

rounds=5 calls=100000 states="up stopped deaf" languages="java perl python"
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --calls) calls=$2 ;;
    --states) states=$2 ;;
    --languages) languages=$2 ;;
    *) sed -n '2,5p' "$0"; exit 2 ;;
  esac
  shift 2
done
need perl perl
need python3 python3

mkdir "$work/classes" "$work/logs"
jars=$(ls app/target/lib/jackson-*.jar 2>/dev/null | tr '\n' ':')
[ -n "$jars" ] || { echo "app/target/lib is missing: mvn -q -DskipTests package"; exit 1; }
javac -proc:none -cp "$jars" -d "$work/classes" \
  sdk/java/src/main/java/io/leasehold/sdk/telemetry/MonitoringSDK.java app/src/test/sdk/Driver.java

driver() { # language
  case $1 in
    java) java -cp "$work/classes:$jars" Driver ;;
    perl) perl -Isdk/perl/lib app/src/test/sdk/driver.pl ;;
    python) python3 app/src/test/sdk/driver.py sdk/python ;;
  esac
}

measure() { # language, port: p99 and max; Java gets its code compiled first
  local n call='"call":"log_metric","args":["response_time_ms",125.5,"milliseconds",'
  call+='{"endpoint":"/api/v1/orders/7","method":"GET","status":"200"}]'
  {
    echo '{"op":"new","options":{"source":"bench-1","tcp_host":"127.0.0.1","tcp_port":'"$2"',"timeout":1}}'
    for n in $((calls / 5)) "$calls"; do echo '{"op":"repeat","n":'"$n,$call}"; done
  } | driver "$1" | tail -n 1 |
    perl -ne '/"p99_us":\s*([\d.]+)/; my $p = $1; /"max_us":\s*([\d.]+)/; printf "%.1f %.0f\n", $p, $1'
}

for state in $states; do
  port=$(free_port)
  case $state in
    up)
      printf '%s\n' "tcp: {host: 127.0.0.1, port: $port}" "admin: {host: 127.0.0.1, port: $(free_port)}" \
        "backends: {files: {type: filesystem, config: {base_path: $work/logs}}}" \
        "routing: {default: [{backend: files}]}" > "$work/sidecar.yaml"
      bin/leasehold telemetry run "$work/sidecar.yaml" > "$work/sidecar.log" 2>&1 &
      pids+=($!)
      until is_open "$port"; do
        kill -0 "${pids[-1]}" 2>/dev/null || { cat "$work/sidecar.log"; exit 1; }
        sleep 0.1
      done ;;
    deaf)
      perl -MIO::Socket::INET -e \
        '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 64) or die; sleep' \
        "$port" &
      pids+=($!)
      await_port "$port" ;;
  esac
  for language in $languages; do
    : > "$work/figures"
    for _ in $(seq "$rounds"); do measure "$language" "$port" >> "$work/figures"; done
    printf '%-8s %-7s p99 %8.1f us   longest %8.0f us\n' "$state" "$language" \
      "$(cut -d' ' -f1 "$work/figures" | median)" "$(cut -d' ' -f2 "$work/figures" | median)"
  done
  stop_all
done
