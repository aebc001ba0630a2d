# What the scripts here share: a directory for everything they write, processes that are stopped at the
# end, free ports, a median. Sourced from the root of the project, by bash with set -eu.

work=$(mktemp -d)
pids=() # of everything that was started in the background

stop_all() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}

gone() { # pid: has ended, its number may become another's
  local each left=()
  wait "$1" 2>/dev/null || true
  for each in "${pids[@]}"; do [ "$each" = "$1" ] || left+=("$each"); done
  pids=("${left[@]}")
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

start_postgresql() { # a new one, every commit forced to disk: sets database_port, database_url
  postgresql=$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)")
  [ -x "$postgresql/initdb" ] || { echo "initdb is missing: apt-get install postgresql"; exit 1; }
  database_port=$(free_port)
  database_url=jdbc:postgresql://127.0.0.1:$database_port/postgres
  mkdir "$work/postgresql"
  as_postgres=()
  if [ "$(id -u)" = 0 ]; then # it does not run as root
    as_postgres=(runuser -u postgres --)
    chmod 711 "$work"
    chown postgres "$work/postgresql"
  fi
  (cd / && "${as_postgres[@]}" "$postgresql/initdb" -D "$work/postgresql/data" -A trust -U postgres > /dev/null)
  run_postgresql
}

run_postgresql() { # the same again, after it was stopped; sets database
  (cd / && exec "${as_postgres[@]}" "$postgresql/postgres" -D "$work/postgresql/data" -p "$database_port" \
    -k "$work/postgresql" -c fsync=on -c synchronous_commit=on >> "$work/postgresql.log" 2>&1) &
  database=$!
  pids+=("$database")
  await_port "$database_port"
}

median() {
  sort -n | awk '{v[NR]=$1} END {print (NR % 2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'
}
