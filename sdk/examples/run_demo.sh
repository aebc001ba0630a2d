#!/bin/sh
# Shows the telemetry sidecar at work: starts one, lets three services and a loader report to it, prints what came
# and the trace of one job as the sidecar put it together, stops it. Needs perl, and what bin/leasehold needs. Ends with 0 if everything arrived.
#
#   SIDECAR_PORT, SIDECAR_API_PORT   where it listens (17000, 17001)
#   DEMO_LOGS                        where its files go (/tmp/monitoring-logs); emptied first
set -eu
cd "$(dirname "$0")/../.."

SIDECAR_PORT=${SIDECAR_PORT:-17000}
SIDECAR_API_PORT=${SIDECAR_API_PORT:-17001}
DEMO_LOGS=${DEMO_LOGS:-/tmp/monitoring-logs}
MONITORING_TCP_HOST=127.0.0.1
MONITORING_TCP_PORT=$SIDECAR_PORT
export SIDECAR_PORT SIDECAR_API_PORT DEMO_LOGS MONITORING_TCP_HOST MONITORING_TCP_PORT

mkdir -p "$DEMO_LOGS"
find "$DEMO_LOGS" -mindepth 1 -delete
work=$(mktemp -d)
log=$work/sidecar.log
sidecar=
trap '[ -z "$sidecar" ] || kill "$sidecar" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

bin/leasehold telemetry run --data-dir "$work" --log-level info sdk/examples/sidecar-config.yaml \
  > "$log" 2>&1 &
sidecar=$!
until grep -q 'info: ready' "$log"; do
  kill -0 "$sidecar" 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.2
done

apps=sdk/examples/perl-app
perl "$apps/service1_config_parser.pl"
perl "$apps/service2_file_receiver.pl"
perl "$apps/service3_queue_manager.pl"
perl sdk/examples/fetch_trace.pl "http://127.0.0.1:$SIDECAR_API_PORT/traces/job-1001" > "$work/trace.json"

kill "$sidecar"
code=0
wait "$sidecar" || code=$?
sidecar=
[ "$code" = 0 ] || { echo "the sidecar ended with $code:"; cat "$log"; exit 1; } >&2

perl sdk/examples/show.pl "$work/trace.json" "$DEMO_LOGS" \
  config-service=7 file-receiver=19 queue-service=24 db-loader=90
