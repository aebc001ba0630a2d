#!/usr/bin/env bash
# Loads the key-value store with a million keys of 100-byte values within a heap of 1 GiB, works on them
# for a while, and starts the node again. Prints the rates, what the collector cost, the heap that is left
# after a collection, and the time from the start of the process to the first 200 of /ready.
#
#   bench/million-keys.sh [--keys 1000000] [--seconds 600] [--heap 1g] [--database postgresql|h2]
#
# The load comes over HTTP: batches of 1,000 entries, then four reads to one put by wrk with 64
# connections. Needs python3, wrk, curl, jcmd (of the JDK), and for PostgreSQL postgresql. Exits with 1 if
# keys are missing after the restart.
set -eu
cd "$(dirname "$0")/.."

keys=1000000 seconds=600 heap=1g kind=postgresql
while [ $# -gt 0 ]; do
  case $1 in
    --keys) keys=$2 ;;
    --seconds) seconds=$2 ;;
    --heap) heap=$2 ;;
    --database) kind=$2 ;;
    *) sed -n '2,11p' "$0"; exit 2 ;;
  esac
  shift 2
done
. bench/common.sh
. bench/kv.sh
need "wrk curl python3 openjdk-17-jdk-headless" wrk curl python3 jcmd
write_scripts

settings=()
if [ "$kind" = postgresql ]; then
  start_postgresql
  settings+=("database.url=$database_url" database.user=postgres)
fi
export LEASEHOLD_HEAP=$heap
export LEASEHOLD_JAVA_OPTS="-Xlog:gc:file=$work/gc.log"
millis() { date +%s%3N; }

start_store "$work/data" "${settings[@]}"
echo "$(nproc) cores, heap $heap, $kind, $keys keys of 100 bytes, $(date +%F)"

cat > "$work/fill.py" <<'PYTHON'
import http.client, json, sys, threading, urllib.parse
url, keys = urllib.parse.urlparse(sys.argv[1]), int(sys.argv[2])
batches, lock = iter(range(0, keys, 1000)), threading.Lock()
def work():
    connection = http.client.HTTPConnection(url.netloc)
    while True:
        with lock:
            first = next(batches, None)
        if first is None:
            return
        items = [{"key": "key-%07d" % n, "value": "v" * 100} for n in range(first, min(keys, first + 1000))]
        connection.request("POST", "/api/v1/kv/batch/put", json.dumps({"items": items}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = json.loads(response.read())
        if response.status != 200 or body["success_count"] != len(items):
            print("batch from", first, response.status, str(body)[:300])
            failed.append(first)
            return
failed = []
threads = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
sys.exit(1 if failed else 0)
PYTHON
began=$(millis)
python3 "$work/fill.py" "$kv_url" "$keys"
took=$(($(millis) - began))
echo "loaded in $((took / 1000)) s: $((keys * 1000 / took)) keys/s"

cat > "$work/mixed.lua" <<LUA
dofile("$work/summary.lua")
local put = { ["Content-Type"] = "application/json" }
local get = { ["Accept"] = "application/json" }
local body = '{"value":"$(printf 'w%.0s' $(seq 100))"}'
local n = 0
request = function()
  n = n + 1
  local path = string.format("/api/v1/kv/key-%07d", math.random(0, $keys - 1))
  if n % 5 == 0 then return wrk.format("PUT", path, put, body) end
  return wrk.format("GET", path, get)
end
LUA
collector() { # seconds spent in pauses so far
  awk '/Pause/ { sub(/ms$/, "", $NF); sum += $NF } END { printf "%.3f", sum / 1000 }' "$work/gc.log"
}
before=$(collector)
result=$(wrk_once "$work/mixed.lua" "$kv_url" "$seconds")
echo "$result" | awk '{ printf "mixed: %.0f/s   p50 %.2f ms   p95 %.2f ms   p99 %.2f ms\n", $1, $2, $3, $4 }'
awk -v a="$before" -v b="$(collector)" -v s="$seconds" \
  'BEGIN { printf "collector: %.2f s of %d s, %.2f %%\n", b - a, s, 100 * (b - a) / s }'
jcmd "$server_pid" GC.run > /dev/null
sed -n 's/.*Pause Full (Diagnostic Command) .*->\([0-9]*[KMG]\).*/heap after a collection: \1/p' "$work/gc.log" | tail -n 1

count() { # live keys, as the node counts them
  curl -fsS "$kv_url/api/v1/stats" | sed 's/.*"total_keys":\([0-9]*\).*/\1/'
}
echo "keys: $(count)"
kill "$server_pid"
wait "$server_pid" || true
began=$(millis)
start_store "$work/data" "${settings[@]}"
took=$(($(millis) - began))
awk -v ms="$took" 'BEGIN { printf "restart: ready after %.2f s\n", ms / 1000 }'
found=$(count)
echo "keys: $found"
[ "$found" = "$keys" ] || { echo "$((keys - found)) keys are missing"; exit 1; }
