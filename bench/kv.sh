# What the scripts that measure the key-value store share: a server with its port open, the
# scripts for wrk. Sourced after common.sh.

start_store() { # data directory, settings...: sets kv_url, monitor_url, server_pid
  local data=$1 setting sets=()
  for setting in "${@:2}"; do sets+=(--set "$setting"); done
  rm -f "$data/ports.json"
  bin/leasehold server --set data-dir="$data" --set lock.port=auto --set http.port=auto \
    --set monitor.port=auto --set monitor.debug-port=0 --set remoting.port=auto \
    --set management.port=0 --set telemetry.enabled=false "${sets[@]}" > "$work/server.log" 2>&1 &
  server_pid=$!
  pids+=("$server_pid")
  until await_ready; do
    kill -0 "$server_pid" 2>/dev/null || { cat "$work/server.log"; exit 1; }
    sleep 0.02
  done
  kv_url=http://127.0.0.1:$(port_of "$data" http)
}

await_ready() { # whether it is: once
  grep -q '"http"' "$data/ports.json" 2>/dev/null || return 1
  monitor_url=http://127.0.0.1:$(port_of "$data" monitor)
  [ "$(curl -s -o /dev/null -w '%{http_code}' "$monitor_url/ready")" = 200 ]
}

# Every request is made before the first is sent: the generator shares the cores with the servers.
write_scripts() { # into $work
  local value
  value=$(printf 'v%.0s' $(seq 100))
  cat > "$work/summary.lua" <<'LUA'
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.3f %.3f %.3f %d\n",
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    e.status + e.connect + e.read + e.write + e.timeout))
end
local made, n = {}, 0
next_request = function(make)
  return function()
    n = (n + 7919) % 10000
    if not made[n] then made[n] = make(string.format("key-%05d", n)) end
    return made[n]
  end
end
LUA
  cat > "$work/put.lua" <<LUA
dofile("$work/summary.lua")
local headers = { ["Content-Type"] = "application/json" }
request = next_request(function(key)
  return wrk.format("PUT", "/api/v1/kv/" .. key, headers, '{"value":"$value"}')
end)
LUA
  cat > "$work/get.lua" <<LUA
dofile("$work/summary.lua")
request = next_request(function(key)
  return wrk.format("GET", "/api/v1/kv/" .. key, { ["Accept"] = "application/json" })
end)
LUA
  # base64 as the gateway of etcd wants it; the nine characters of a key leave no remainder
  cat > "$work/etcd-put.lua" <<LUA
dofile("$work/summary.lua")
local headers = { ["Content-Type"] = "application/json" }
local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
  return (text:gsub("...", function(three)
    local a, b, c = three:byte(1, 3)
    local bits = a * 65536 + b * 256 + c
    local out = ""
    for i = 3, 0, -1 do
      local digit = math.floor(bits / 64 ^ i) % 64
      out = out .. digits:sub(digit + 1, digit + 1)
    end
    return out
  end))
end
request = next_request(function(key)
  return wrk.format("POST", "/v3/kv/put", headers,
    '{"key":"' .. base64(key) .. '","value":"$(printf '%s' "$value" | base64 -w 0)"}')
end)
LUA
}

wrk_once() { # script, url, seconds: requests/s, p50, p95, p99 in ms
  wrk -t1 -c64 -d"$3"s --timeout 10s -s "$1" "$2" > "$work/wrk.out" 2>&1
  grep -q '^RESULT .* 0$' "$work/wrk.out" || { cat "$work/wrk.out" >&2; exit 1; }
  sed -n 's/^RESULT \(.*\) 0$/\1/p' "$work/wrk.out"
}

column() { # number, file: its median
  cut -d' ' -f"$1" "$2" | median
}

report() { # name, who, file
  printf '%-4s %-10s %9.0f/s   p50 %7.2f ms   p95 %7.2f ms   p99 %7.2f ms\n' "$1" "$2" \
    "$(column 1 "$3")" "$(column 2 "$3")" "$(column 3 "$3")" "$(column 4 "$3")"
}

fill_keys() { # every key there once, with the value that put.lua writes
  awk -v v="$(printf 'v%.0s' $(seq 100))" 'BEGIN {
    for (n = 0; n < 10000; n++) {
      printf "%s{\"key\":\"key-%05d\",\"value\":\"%s\"}", n % 1000 ? "," : "{\"items\":[", n, v
      if (n % 1000 == 999) print "]}"
    }}' > "$work/fill.json"
  while read -r batch; do
    printf '%s' "$batch" | curl -fsS -o /dev/null -H 'Content-Type: application/json' --data-binary @- \
      "$kv_url/api/v1/kv/batch/put"
  done < "$work/fill.json"
}
