#!/usr/bin/env bash
# Measures the gateway beside webdis on one redis-server, in turns; prints medians and ratios.
#
#   bench/compare-gateway.sh [--rounds 5] [--seconds 10] [--warmup 10] [--connections 50]
#                            [--only 'get set pipeline'] [--kind 'external embedded']
#                            [--set KEY=VALUE]...
#
# get, set: one command in the path, values of 100 bytes on 10,000 keys, by wrk. pipeline: batches of 100
# GET to the gateway, in commands per second; webdis has no such thing, its rate of get stands beside it.
# external: an instance on the same redis-server that webdis asks; embedded: one that the server keeps
# itself. Instance, user and key are made over the API; the key has a limit (of a million), metrics are
# on. wrk compares every answer with what it has to be, on both sides; which key has which value is
# compared for some hundred keys before and after. Percentiles are medians over the rounds, those of
# pipeline of whole batches. Needs webdis, wrk, redis-server, redis-tools, curl (Debian packages).
# Everything runs on 127.0.0.1, on free ports, and is stopped at the end.
set -eu
cd "$(dirname "$0")/.."

rounds=5 seconds=10 warmup=10 connections=50 only='get set pipeline' kinds='external embedded'
settings=(durability=memory)
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --warmup) warmup=$2 ;;
    --connections) connections=$2 ;;
    --only) only=$2 ;;
    --kind) kinds=$2 ;;
    --set) settings+=("$2") ;;
    *) sed -n '2,17p' "$0"; exit 2 ;;
  esac
  shift 2
done
. bench/common.sh
. bench/kv.sh
need "webdis wrk redis-server redis-tools curl" webdis wrk redis-server redis-cli curl
filler=$(printf 'v%.0s' $(seq 90))

start_redis() { # sets redis_port
  redis_port=$(free_port)
  redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$work" --save '' > "$work/redis.log" 2>&1 &
  pids+=($!)
  await_port "$redis_port"
}

start_webdis() { # as it is shipped, but for its ports and its log: sets webdis_url
  local port
  port=$(free_port)
  cat > "$work/webdis.json" <<JSON
{ "redis_host": "127.0.0.1", "redis_port": $redis_port, "redis_auth": null, "http_host": "127.0.0.1",
  "http_port": $port, "threads": 2, "daemonize": false, "database": 0, "verbosity": 0,
  "logfile": "$work/webdis.out" }
JSON
  webdis "$work/webdis.json" > "$work/webdis.log" 2>&1 &
  pids+=($!)
  await_port "$port"
  webdis_url=http://127.0.0.1:$port
}

member() { # name: of the JSON that comes in, the first text of this name
  grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4
}

call() { # path, body: of the control plane; says why if it is refused
  local answer
  answer=$(curl -sS -H 'Content-Type: application/json' ${session:+-H "Authorization: Bearer $session"} \
    -d "$2" "$kv_url$1")
  case $answer in
    '{"success":true'*) printf '%s' "$answer" ;;
    *) echo "$1: $answer" >&2; exit 1 ;;
  esac
}

open_account() { # sets session, organization, token
  local who='"email":"bench@example.com","password":"correct horse 9"'
  session=
  call /auth/register "{\"username\":\"bench\",$who}" > /dev/null
  session=$(call /auth/login "{$who}" | member token)
  organization=/api/organizations/$(call /api/organizations '{"name":"Bench","slug":"bench"}' | member id)
  token=$(call "$organization/api-keys" \
    '{"name":"bench","scopes":["*"],"rate_limit_rps":1000000,"rate_limit_burst":1000000}' | member key)
}

open_instance() { # kind: sets base
  local body='{"name":"embedded","type":"embedded"}' id
  if [ "$1" = external ]; then
    body="{\"name\":\"external\",\"redis_url\":\"redis://127.0.0.1:$redis_port\"}"
  fi
  id=$(call "$organization/redis-instances" "$body" | member id)
  [ -n "$id" ] || exit 1
  base=/redis/$id
}

fill() { # every key once, in the instance at $base
  awk -v v="$filler" 'BEGIN { for (n = 0; n < 10000; n++) {
    printf "%s[\"SET\",\"key-%05d\",\"key-%05d:%s\"]", n % 1000 ? "," : "[", n, n, v
    if (n % 1000 == 999) print "]" } }' > "$work/fill.json"
  local batch
  while read -r batch; do
    printf '%s' "$batch" | curl -fsS -o /dev/null -H "Authorization: Bearer $token" --data-binary @- \
      "$kv_url$base/pipeline"
  done < "$work/fill.json"
}

compare_keys() { # every hundredth key, on both sides, has its own value
  local n key bad
  for n in $(seq 0 100 9999); do
    key=key-$(printf %05d "$n")
    bad=$(curl -fsS -H "Authorization: Bearer $token" "$kv_url$base/get/$key")
    [ "$bad" = "{\"result\":\"$key:$filler\"}" ] || { echo "leasehold, $key: $bad"; exit 1; }
    bad=$(curl -fsS "$webdis_url/GET/$key")
    [ "$bad" = "{\"GET\":\"$key:$filler\"}" ] || { echo "webdis, $key: $bad"; exit 1; }
  done
}

write_driver() { # into $work/driver.lua: the mode, a path, a key and what answers look like are arguments
  cat > "$work/driver.lua" <<'LUA'
local threads = {}
setup = function(thread) table.insert(threads, thread) end
bad, last = 0, ""

local made, n = {}, 0
local mode, base, token, before, after, filler
local headers = {}

init = function(args)
  mode, base, token, before, after, filler = args[1], args[2], args[3], args[4], args[5], args[6]
  if token ~= "" then headers["Authorization"] = "Bearer " .. token end
  if mode ~= "set" then length = #before + #filler + 10 + #after end
end

-- Every request is made once: the generator shares the cores with the servers.
local function request_of(number)
  local key = string.format("key-%05d", number)
  if mode == "get" then return wrk.format("GET", base .. "/" .. key, headers) end
  if mode == "set" then
    return wrk.format("GET", base .. "/" .. key .. "/" .. key .. ":" .. filler, headers)
  end
  local commands = {}
  for i = 0, 99 do
    commands[#commands + 1] = string.format('["GET","key-%05d"]', (number + i * 101) % 10000)
  end
  return wrk.format("POST", base, headers, "[" .. table.concat(commands, ",") .. "]")
end

request = function()
  n = (n + 7919) % (mode == "pipeline" and 500 or 10000)
  if not made[n] then made[n] = request_of(n) end
  return made[n]
end

local function is_right(status, body)
  if status ~= 200 then return false end
  if mode == "set" then return body == before end
  if mode == "get" then
    return #body == length and body:sub(1, #before) == before and body:sub(-#after - 90) == filler .. after
  end
  return #body == 100 * (length + 1) + 1 and not body:find('"error"', 1, true)
end

response = function(status, _, body)
  if not is_right(status, body) then
    bad = bad + 1
    last = status .. " " .. body:sub(1, 300)
  end
end

done = function(summary, latency)
  local wrong, example = 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("bad")
    if thread:get("last") ~= "" then example = thread:get("last") end
  end
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.3f %.3f %.3f %d\n",
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    wrong + e.status + e.connect + e.read + e.write + e.timeout))
  if wrong > 0 then io.write(wrong .. " wrong answers, such as: " .. example .. "\n") end
end
LUA
}

drive() { # seconds, mode, who: requests/s, p50, p95, p99 in ms
  local url=$kv_url$base before='{"result":"' after='"}' key=$token path
  if [ "$3" = webdis ]; then url=$webdis_url before='{"GET":"' key=; fi
  case $2-$3 in
    get-webdis) path=/GET ;;
    set-webdis) path=/SET before='{"SET":[true,"OK"]}' ;;
    get-*) path=$base/get ;;
    set-*) path=$base/set before='{"result":"OK"}' ;;
    pipeline-*) path=$base/pipeline ;;
  esac
  wrk -t1 -c"$connections" -d"$1"s --timeout 10s -s "$work/driver.lua" "$url" -- \
    "$2" "$path" "$key" "$before" "$after" "$filler" > "$work/wrk.out" 2>&1
  if ! grep -q '^RESULT .* 0$' "$work/wrk.out"; then
    # webdis was seen to answer a SET with what the run before had asked for: told, not hidden
    [ "$3" = webdis ] && grep -q '^RESULT' "$work/wrk.out" || { cat "$work/wrk.out" >&2; exit 1; }
    tail -n 1 "$work/wrk.out" | sed "s/^/webdis, $2: /" >&2
  fi
  sed -n 's/^RESULT \(.*\) [0-9]*$/\1/p' "$work/wrk.out"
}

ratio() { # name, file of one, of the other, factor
  awk -v n="$1" -v a="$(column 1 "$2")" -v b="$(column 1 "$3")" -v f="$4" \
    'BEGIN { printf "%-20s ratio %.2f\n", n, b * f / a }'
}

turns() { # mode, kind
  local round name="$1 $2" webdis="$work/$1-$2-webdis" ours="$work/$1-$2-leasehold"
  drive "$warmup" "$1" leasehold > /dev/null
  [ "$1" = pipeline ] || drive "$warmup" "$1" webdis > /dev/null
  for round in $(seq "$rounds"); do
    [ "$1" = pipeline ] || drive "$seconds" "$1" webdis >> "$webdis"
    drive "$seconds" "$1" leasehold >> "$ours"
  done
  if [ "$1" = pipeline ]; then
    report "$name" leasehold "$ours"
    awk -v n="$name" -v a="$(column 1 "$ours")" 'BEGIN { printf "%-20s %.0f commands/s\n", n, a * 100 }'
    [ ! -s "$work/get-$2-webdis" ] || ratio "$name : get" "$work/get-$2-webdis" "$ours" 100
  else
    report "$name" webdis "$webdis"
    report "$name" leasehold "$ours"
    ratio "$name" "$webdis" "$ours" 1
  fi
}

echo "$(nproc) cores, $rounds rounds of $seconds s, $connections connections, ${settings[*]}, $(date +%F)"
write_driver
start_redis
start_webdis
start_store "$work/data" "${settings[@]}"
open_account
# webdis asks the server itself, so its keys are there whatever the kind
awk -v v="$filler" 'BEGIN { for (n = 0; n < 10000; n++) printf "SET key-%05d key-%05d:%s\r\n", n, n, v }' |
  redis-cli -p "$redis_port" --pipe > "$work/pipe.out"
for kind in $kinds; do
  open_instance "$kind"
  fill
  compare_keys
  for mode in get set pipeline; do
    case " $only " in *" $mode "*) turns "$mode" "$kind" ;; esac
  done
  compare_keys
done
