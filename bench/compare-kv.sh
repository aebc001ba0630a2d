#!/usr/bin/env bash
# Measures the key-value store: put beside etcd, get beside nginx, in turns; prints medians and ratios.
#
#   bench/compare-kv.sh [--rounds 5] [--seconds 30] [--warmup 20] [--only put|get|floor]
#                       [--database postgresql|h2] [--set KEY=VALUE]...
#
# put: values of 100 bytes on 10,000 keys by wrk with 64 connections; Leasehold on a PostgreSQL with fsync
# and synchronous_commit on (or on its embedded database), etcd with one node and its own defaults, by
# HTTP/JSON (/v3/kv/put). get: JSON of one of these keys, nginx answers `return 200` with a body of the
# same length. floor: beside nginx, what our HTTP library does when it answers with that body and nothing
# else. Percentiles are medians over the rounds. Needs etcd, wrk, nginx, postgresql (Debian packages
# etcd-server, wrk, nginx-light, postgresql). Everything runs on 127.0.0.1, on free ports, and is stopped
# at the end.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin

rounds=5 seconds=30 warmup=20 only='put get floor' database=postgresql
settings=()
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --warmup) warmup=$2 ;;
    --only) only=$2 ;;
    --database) database=$2 ;;
    --set) settings+=("$2") ;;
    *) sed -n '2,14p' "$0"; exit 2 ;;
  esac
  shift 2
done
. bench/common.sh
. bench/kv.sh
need "wrk curl" wrk curl
case $only in *put*) need etcd-server etcd ;; esac
case $only in *get* | *floor*) need nginx-light nginx ;; esac

start_etcd() { # sets etcd_url
  local client peer
  client=$(free_port) peer=$(free_port)
  etcd --data-dir "$work/etcd" --listen-client-urls "http://127.0.0.1:$client" \
    --advertise-client-urls "http://127.0.0.1:$client" --listen-peer-urls "http://127.0.0.1:$peer" \
    --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
    --initial-cluster "default=http://127.0.0.1:$peer" > "$work/etcd.log" 2>&1 &
  pids+=($!)
  await_port "$client"
  etcd_url=http://127.0.0.1:$client
}

start_nginx() { # body: sets nginx_url
  local port
  port=$(free_port)
  mkdir -p "$work/nginx"
  cat > "$work/nginx.conf" <<CONF
daemon off;
pid $work/nginx/pid;
error_log $work/nginx/error.log;
worker_processes auto;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $work/nginx/a;
  proxy_temp_path $work/nginx/b;
  fastcgi_temp_path $work/nginx/c;
  uwsgi_temp_path $work/nginx/d;
  scgi_temp_path $work/nginx/e;
  server {
    listen 127.0.0.1:$port;
    location / { default_type application/json; return 200 '$1'; }
  }
}
CONF
  nginx -p "$work/nginx" -c "$work/nginx.conf" 2> "$work/nginx.log" &
  pids+=($!)
  await_port "$port"
  nginx_url=http://127.0.0.1:$port
}

start_bare() { # body: sets bare_url
  local port
  port=$(free_port)
  java -XX:+UseParallelGC -Xmx1g -cp app/target/leasehold.jar bench/BareHttp.java "$port" "$1" \
    > "$work/bare.log" 2>&1 &
  pids+=($!)
  await_port "$port"
  bare_url=http://127.0.0.1:$port
}

turns() { # name, script and url of one, of the other: medians and ratio of their rates
  local name=$1 one=$2 other=$5 round
  echo "$name: warming up $warmup s each"
  wrk_once "$3" "$4" "$warmup" > /dev/null
  wrk_once "$6" "$7" "$warmup" > /dev/null
  for round in $(seq "$rounds"); do
    wrk_once "$3" "$4" "$seconds" >> "$work/$name-$one.out"
    wrk_once "$6" "$7" "$seconds" >> "$work/$name-$other.out"
  done
  report "$name" "$one" "$work/$name-$one.out"
  report "$name" "$other" "$work/$name-$other.out"
  awk -v n="$name" -v a="$(column 1 "$work/$name-$one.out")" -v b="$(column 1 "$work/$name-$other.out")" \
    'BEGIN { printf "%s  ratio %.2f\n", n, b / a }'
}

echo "$(nproc) cores, $rounds rounds of $seconds s, 64 connections, $database, $(date +%F)"
write_scripts
if [ "$database" = postgresql ]; then
  start_postgresql
  settings+=("database.url=$database_url" database.user=postgres)
fi
start_store "$work/data" "${settings[@]}"
case $only in
  *put*)
    start_etcd
    turns put etcd "$work/etcd-put.lua" "$etcd_url" leasehold "$work/put.lua" "$kv_url"
    ;;
esac
case $only in
  *get* | *floor*)
    fill_keys
    body=$(curl -fsS -H 'Accept: application/json' "$kv_url/api/v1/kv/key-00042")
    start_nginx "$(printf '%s' "$body" | tr -c '{}":,a-zA-Z0-9_-' x)"
    [ "$(curl -fsS "$nginx_url/" | wc -c)" = "${#body}" ] || { echo "the bodies differ in length"; exit 1; }
    case $only in
      *get*) turns get nginx "$work/get.lua" "$nginx_url" leasehold "$work/get.lua" "$kv_url" ;;
    esac
    case $only in
      *floor*)
        start_bare "$body"
        turns floor nginx "$work/get.lua" "$nginx_url" library "$work/get.lua" "$bare_url"
        ;;
    esac
    ;;
esac
