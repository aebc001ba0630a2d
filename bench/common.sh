# What the scripts here share: a directory for everything they write, processes that are stopped at the
# end, free ports, a median. Sourced from the root of the project, by bash with set -eu.

work=$(mktemp -d)
pids=() # of everything that was started in the background

stop_all() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}

cleanup() {
  stop_all
  rm -rf "$work"
}
trap cleanup EXIT

need() { # packages programs...
  local program
  for program in "${@:2}"; do
    command -v "$program" >/dev/null || { echo "$program is missing: apt-get install $1"; exit 1; }
  done
}

build_load() { # the load generator, as $work/load
  gcc -O2 -o "$work/load" bench/load.c
}

first_key=0
load() { # kind port pipeline seconds keys: by 64 connections, on keys nobody had before
  first_key=$((first_key + 1000))
  "$work/load" "$1" "$2" 64 "$3" "$4" "$5" "$first_key"
}

is_open() { # port
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() { # a port nobody listens on
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    is_open "$port" || { echo "$port"; return; }
  done
}

await_port() { # until somebody listens
  until is_open "$1"; do sleep 0.1; done
}

port_of() { # data directory, door
  sed "s/.*\"$2\":\([0-9]*\).*/\1/" "$1/ports.json"
}

start_leasehold() { # data directory, settings...: sets lock_port
  local data=$1 setting sets=()
  for setting in "${@:2}"; do sets+=(--set "$setting"); done
  rm -f "$data/ports.json"
  bin/leasehold server --set data-dir="$data" --set lock.port=auto --set monitor.port=0 \
    --set monitor.debug-port=0 --set remoting.port=auto --set management.port=0 \
    --set telemetry.enabled=false \
    --set lock.limits.max-locks=0 "${sets[@]}" > "$work/server.log" 2>&1 &
  local server=$!
  pids+=("$server")
  until grep -q '"lock"' "$data/ports.json" 2>/dev/null; do # the last door to open
    kill -0 "$server" 2>/dev/null || { cat "$work/server.log"; exit 1; }
    sleep 0.1
  done
  lock_port=$(port_of "$data" lock)
}

median() {
  sort -n | awk '{v[NR]=$1} END {print (NR % 2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'
}
